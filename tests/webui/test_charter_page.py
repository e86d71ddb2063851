"""The charter's public page: everybody reads it without signing in, on a phone, in French and English."""

import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
from aiohttp import ClientSession, web
from playwright.async_api import async_playwright
from pypdf import PdfReader

from mdm.clock import ManualClock
from mdm.i18n import Catalogs
from mdm.journal import Journal
from mdm.settings import People, Settings
from mdm.store import Connection, Database
from mdm.vault import Vault
from profiles.charter.charter import charter_of
from profiles.charter.charter_view import in_groups
from profiles.charter.public_page import PublicCharter
from profiles.charter.sentence import Day
from tests.charter.agreeing import PaperCharter
from tests.charter.every_kind import CONVENTION, SEATS, every_kind
from tests.charter.storing import keep
from tests.conftest import not_run
from webui.access import visitor_finder
from webui.app import rules_of
from webui.charter_page import CharterPages
from webui.faults import fault_pages
from webui.passwords import Passwords
from webui.rendering import Renderer
from webui.security import header_signal
from webui.sessions import Sessions

CATALOGS = Catalogs("mdm", "profiles", "webui")
VAULT = Vault(bytes(range(32)))
ARTIFACTS = Path(__file__).resolve().parents[1] / "artifacts"
VERIFIER = Path(__file__).resolve().parents[2] / "docs" / "verify-charter.py"
ENGLISH = {"Accept-Language": "en"}


class Site:
    """The public pages on a port of this machine, with a browser's session."""

    def __init__(self, url: str, client: ClientSession, charter: PaperCharter) -> None:
        self.url = url
        self.client = client
        self.charter = charter

    async def text(self, path: str, **headers: str) -> str:
        async with self.client.get(f"{self.url}{path}", headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.text()


async def serve(database: Database, clock: ManualClock) -> web.AppRunner:
    settings = msgspec.structs.replace(Settings(), people=People(url="https://valise.example", listen="127.0.0.1:1"))
    rules = msgspec.structs.replace(rules_of(settings), hosts=frozenset())
    charter = charter_of(database, clock, Journal(clock), VAULT, settings)
    public = PublicCharter(database, charter.editions, charter.agreed, address=settings.people.url)
    renderer = Renderer(clock, rules)
    sessions = Sessions(database, clock, Journal(clock), Passwords())
    app = web.Application(middlewares=[visitor_finder(rules, CATALOGS, sessions), fault_pages(renderer)])
    app.add_routes(CharterPages(public, CATALOGS, renderer).routes())
    app.router.add_static("/static/", Path(__file__).resolve().parents[2] / "webui" / "static")
    app.on_response_prepare.append(header_signal(rules))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner


@pytest.fixture(scope="module")
def charter() -> PaperCharter:
    return every_kind()


@pytest.fixture
async def site(database: Database, clock: ManualClock, charter: PaperCharter) -> AsyncIterator[Site]:
    await keep(charter, database, VAULT)

    def name_places(conn: Connection) -> None:
        conn.run("INSERT INTO territory (territory_id, name) VALUES ('m', 'MACS')")
        conn.run("INSERT INTO commune (insee, name, territory_id) VALUES ('40018', 'Audignon', 'm')")
        conn.run("INSERT INTO school (uai, insee, name) VALUES ('0400377T', '40018', 'École d''Audignon')")

    await database.write(name_places)
    runner = await serve(database, clock)
    async with ClientSession() as client:
        yield Site(f"http://localhost:{runner.addresses[0][1]}", client, charter)
    await runner.cleanup()


async def test_everybody_reads_the_newest_edition_without_signing_in(site: Site) -> None:
    page = await site.text("/charter")
    head = site.charter.head
    assert "<h1>Charte des tablettes de classe</h1>" in page
    assert f"Édition {head.number}, 3 juillet 2027" in page
    assert head.edition_id in page
    assert "Lire à la volée" in page
    assert "Entraîner la fluence en lecture, du CM1 à la 6e." in page
    assert "L&#39;application « Chrome » disparaît." in page
    assert "École d&#39;Audignon, 0400378U" in page
    assert site.charter.keys[0].key in page


async def test_the_keys_of_seats_are_shown_with_their_dates_for_their_holders_to_compare(site: Site) -> None:
    page = await site.text("/charter")
    assert "Clés des sièges" in page
    old, new = (one for one in site.charter.head.seat_keys if one.seat == "mayor")
    assert new.fingerprint == site.charter.passkeys["mayor"].fingerprint
    day = Day(new.since).text(CATALOGS.for_language("fr"))
    shown = f"<li>Maire d&#39;Audignon <code>{in_groups(new.fingerprint)}</code> "
    assert f'{shown}<span class="hint">depuis le {day}</span></li>' in page
    shown = f"<li>Maire d&#39;Audignon <code>{in_groups(old.fingerprint)}</code> "
    assert f'{shown}<span class="hint">du 1er septembre 2026 au {day}</span></li>' in page
    assert page.index(in_groups(new.fingerprint)) < page.index(in_groups(old.fingerprint))
    english = await site.text("/charter", **ENGLISH)
    assert "Keys of the seats" in english
    assert in_groups(new.fingerprint) not in await site.text("/charter/editions/1")


async def test_it_speaks_english_when_it_is_asked_for(site: Site) -> None:
    for page in (await site.text("/charter?lang=en"), await site.text("/charter", **ENGLISH)):
        assert '<html lang="en">' in page
        assert "Charter of classroom tablets" in page
        assert "The camera cannot be used." in page
    assert '<html lang="fr">' in await site.text("/charter?lang=fr", **ENGLISH)


async def test_it_runs_no_script_sets_no_cookie_and_is_light(site: Site) -> None:
    async with site.client.get(f"{site.url}/charter") as answer:
        page = await answer.text()
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "public, max-age=60"
        assert "script-src" in answer.headers["Content-Security-Policy"]
    assert "<script" not in page
    assert "onclick" not in page
    assert "style=" not in page
    weight = len(page.encode())
    for name in ("valise.css", "charter.css", "valise.svg"):
        weight += len((await site.text(f"/static/{name}")).encode())
    assert weight < 100_000


async def test_a_browser_that_has_it_is_given_nothing_again(site: Site) -> None:
    for path in ("/charter", "/charter/editions/3", "/charter/editions/3.pdf", "/charter/export.json"):
        async with site.client.get(f"{site.url}{path}") as answer:
            tag = answer.headers["ETag"]
            assert (await answer.read()) != b""
        async with site.client.get(f"{site.url}{path}", headers={"If-None-Match": tag}) as answer:
            assert answer.status == 304
            assert await answer.read() == b""
            assert answer.headers["ETag"] == tag
    tags = set()
    for path in ("/charter?lang=fr", "/charter?lang=en", "/charter/editions/3"):
        async with site.client.get(f"{site.url}{path}") as answer:
            tags.add(answer.headers["ETag"])
    assert len(tags) == 3


async def test_an_edition_that_was_replaced_says_so(site: Site) -> None:
    old = await site.text("/charter/editions/3")
    assert "Cette édition a été remplacée." in old
    assert "Ce qui est nouveau depuis l&#39;édition 2" in old
    assert "Cette édition a été remplacée." not in await site.text(f"/charter/editions/{site.charter.head.number}")


async def test_every_edition_is_shown_and_led_to(site: Site) -> None:
    newest = await site.text("/charter")
    for record in site.charter.records:
        assert f'href="/charter/editions/{record.number}"' in newest
        page = await site.text(f"/charter/editions/{record.number}")
        assert record.edition_id in page
    assert "C&#39;est l&#39;édition fondatrice" in await site.text("/charter/editions/1")


async def test_the_paper_of_an_edition_is_served(site: Site) -> None:
    async with site.client.get(f"{site.url}/charter/editions/3.pdf") as answer:
        assert answer.content_type == "application/pdf"
        assert "charte-MACS-3.pdf" in answer.headers["Content-Disposition"]
        pages = PdfReader(BytesIO(await answer.read())).pages
    words = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert "Édition 3" in words
    assert "https://valise.example/charter/editions/3" in words


async def test_the_export_verifies_with_the_independent_verifier(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "export.json"
    async with site.client.get(f"{site.url}/charter/export.json") as answer:
        assert answer.content_type == "application/json"
        assert f"charte-MACS-{site.charter.head.number}.json" in answer.headers["Content-Disposition"]
        file.write_bytes(await answer.read())
    assert json.loads(file.read_bytes())["format"] == "valise-charter/1"
    key = site.charter.keys[0].key
    done = subprocess.run([sys.executable, "-I", VERIFIER, file, "--first-key", key], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", ["/charter/editions/0", "/charter/editions/999999", "/charter/editions/99.pdf"])
async def test_an_edition_that_is_not_there_is_told(site: Site, path: str) -> None:
    async with site.client.get(f"{site.url}{path}") as answer:
        assert answer.status == 404
        assert "Il n&#39;y a pas ici cette édition de la charte." in await answer.text()


async def test_before_the_charter_is_founded_nothing_is_there(database: Database, clock: ManualClock) -> None:
    runner = await serve(database, clock)
    async with ClientSession() as client:
        for path in ("/charter", "/charter/export.json", "/charter/editions/1.pdf"):
            async with client.get(f"http://localhost:{runner.addresses[0][1]}{path}") as answer:
                assert answer.status == 404
    await runner.cleanup()


async def test_an_edition_that_was_edited_by_hand_is_not_shown(database: Database, clock: ManualClock) -> None:
    charter = every_kind()
    await keep(charter, database, VAULT)
    head = charter.head
    await database.write(
        lambda conn: conn.run(
            "UPDATE edition SET body = REPLACE(body, 'GeoGebra', 'GeoGebri') WHERE edition_id = :edition_id",
            edition_id=head.edition_id,
        )
    )
    runner = await serve(database, clock)
    async with ClientSession() as client:
        url = f"http://localhost:{runner.addresses[0][1]}"
        async with client.get(f"{url}/charter") as answer:
            page = await answer.text()
            assert answer.status == 200
            assert f"Édition {head.number - 1}," in page
            assert "GeoGebri" not in page
        async with client.get(f"{url}/charter/editions/{head.number}") as answer:
            assert answer.status == 404
    await runner.cleanup()


async def test_what_people_wrote_is_only_shown(database: Database, clock: ManualClock) -> None:
    charter = PaperCharter(CONVENTION, SEATS)
    nasty = "<script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}"
    app = {"name": nasty[:100], "bundle_id": "org.nasty", "store_id": 3}
    change = [{"op": "add", "path": ["apps"], "value": app}]
    charter.publish(charter.vote(charter.proposal("add_app", title=nasty, purpose=nasty, changes=change)))
    await keep(charter, database, VAULT)
    runner = await serve(database, clock)
    async with (
        ClientSession() as client,
        client.get(f"http://localhost:{runner.addresses[0][1]}/charter") as answer,
    ):
        page = await answer.text()
    await runner.cleanup()
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{7*7}}" in page


@pytest.mark.browser
@pytest.mark.external
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("locale", ["fr-FR", "en-GB"])
async def test_it_fits_a_phone_and_a_screen(site: Site, width: int, locale: str) -> None:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        not_run("Chromium is not installed")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        context = await browser.new_context(viewport={"width": width, "height": 800}, locale=locale)
        page = await context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        head = site.charter.head
        await page.goto(f"{site.url}/charter/editions/{head.number}#{head.edition_id}")
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert await page.locator(".match").is_visible()
        assert all(url.startswith(site.url) for url in asked)
        await page.goto(f"{site.url}/charter#{'0' * 64}")
        assert not await page.locator(".match").is_visible()
        for each in await page.locator("summary").all():
            await each.click()
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        ARTIFACTS.mkdir(exist_ok=True)
        await page.goto(f"{site.url}/charter")
        await page.screenshot(path=ARTIFACTS / f"charter-{width}-{locale[:2]}.png", full_page=True)
        await browser.close()
