"""Every page of the console, as the people of the demonstration find it: accessible, light, narrow, without a noise."""

import shutil
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from tests.conftest import not_run
from tests.system.crawling import Crawler
from tests.system.demonstration import Demonstration
from tests.webui.conftest import MakeSite, make_site
from webui.pages import Door

__all__ = ["make_site"]

pytestmark = [pytest.mark.browser, pytest.mark.external, pytest.mark.slow]
PEOPLE = (
    "enseignante", "technicien", "directrice", "presidente", "inspectrice", "gestionnaire", "administratrice", "dpo",
    "parents", "chercheuse",
)  # fmt: skip
TABLETS = 20
STARTS = ("/", "/me", "/labels", "/kits/new", "/home/join", "/invitation")
"""Where somebody comes by the menu, by a link of a letter or of a paper."""
NO_PAGES = ("/events", ".pdf", ".csv", ".svg", ".jpg", ".png", ".json", ".{form}", "/healthz", "/metrics")
"""What is no page to look at: streams, files and pictures; their own tests read them."""
ONLY_AFTER_SOMETHING = frozenset(
    {
        # Parts of the sign-in and of one's own account, which tests/webui/doors goes through.
        "/sign-in/second",
        "/sign-in/confirm",
        "/sign-in/protect",
        "/sign-in/oidc",
        "/sign-in/oidc/callback",
        "/me/one-time-codes",
        "/me/other-login",
        # Fragments that a search asks for.
        "/invitations/places",
        "/accounts/{login}/places",
        # A loan, and what only somebody who has one is shown: tests/webui/home and tests/webui/loans.
        "/home/loans/{loan_id}",
        "/home/loans/{loan_id}/photos/{photo}",
        "/home/loans/{loan_id}/lost",
        "/home/loans/{loan_id}/fault",
        "/home/training/certificate",
        # A slot's own page is linked while it is empty; the demonstration fills them all.
        "/kits/{kit_id}/slots/{number}",
        # After a form was sent: tests/webui/repairs and tests/webui/fleet.
        "/tablets/{tablet_id}/fault/thanks/{fault_id}",
        "/bulk/{work_id}",
        # No document is in the demonstration's dossiers, and no data sheet waits.
        "/catalogue/{item_id}/documents/{hash}",
        "/catalogue/{item_id}/data-sheet",
    }
)


async def paths_of_pages(make_site: MakeSite) -> list[str]:
    site = await make_site(demo=True)
    return [
        route.resource.canonical
        for route in site.app.router.routes()
        if route.method == "GET" and route.resource is not None and isinstance(needs_of(route.handler), str | Door)
    ]


def needs_of(handler: object) -> object:
    return getattr(handler, "needs", None)


async def test_every_page_is_accessible_light_and_quiet(make_site: MakeSite, tmp_path: Path) -> None:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        not_run("Chromium is not installed")
    patterns = await paths_of_pages(make_site)
    demonstration = Demonstration(tmp_path)
    try:
        demonstration.wait(converged=TABLETS)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
            crawler = Crawler(browser, demonstration.url, patterns)
            for login in PEOPLE:
                await crawler.go(login, start=STARTS)
            await browser.close()
    finally:
        demonstration.stop()
    assert not crawler.faults, "\n".join(f"{one.who} {one.path}: {'; '.join(one.faults)}" for one in crawler.faults)
    pages = [pattern for pattern in patterns if not pattern.endswith(NO_PAGES)]
    unseen = {pattern for pattern in pages if pattern not in crawler.visited and pattern not in ONLY_AFTER_SOMETHING}
    assert unseen == set(), "no link leads to these pages"
    assert "Traceback" not in demonstration.log()
