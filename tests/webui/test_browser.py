"""In a real Chromium: slots turn green by themselves, the page comes back, and it fits a phone."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.conftest import not_run
from tests.webui.conftest import MakeSite

pytestmark = [pytest.mark.browser, pytest.mark.external]
FOCUSED = """() => {
  const here = document.activeElement;
  if (!here || here === document.body) return "end";
  const menu = document.querySelector(".main-menu");
  const hidden = !menu.contains(here) && here.getBoundingClientRect().bottom > menu.getBoundingClientRect().top;
  return hidden ? false : `${here.innerText} `;
}"""
"""What has the focus, once it is not under the menu; ``end`` behind the last."""
ARTIFACTS = Path(__file__).resolve().parents[1] / "artifacts"
_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        not_run("Chromium is not installed")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield opened
        await opened.close()


async def page_of(browser: Browser, *, phone: bool = False, locale: str = "fr-FR") -> Page:
    size = {"width": 390, "height": 844} if phone else {"width": 1280, "height": 900}
    context = await browser.new_context(viewport=size, locale=locale)  # type: ignore[arg-type]
    return await context.new_page()


async def test_a_slot_turns_green_without_a_reload(make_site: MakeSite, browser: Browser) -> None:
    site = await make_site(demo=True)
    page = await page_of(browser)
    await page.goto(site.kit_url)
    await page.evaluate("window.stayed = true")
    card = page.locator("#slot-3")
    await expect(card.locator(".stage")).to_have_text("En attente")
    tablet = await site.join(3)
    await expect(card.locator(".stage")).to_have_text("En préparation", timeout=15_000)
    await site.converge(tablet)
    await expect(card.locator(".stage")).to_have_text("Prête", timeout=15_000)
    await expect(page.locator("#progress")).to_contain_text("1 sur 4 prêtes")
    assert await page.evaluate("window.stayed")
    ARTIFACTS.mkdir(exist_ok=True)
    await page.screenshot(path=ARTIFACTS / "kit-desktop-fr.png")


async def test_the_page_comes_back_after_the_server_was_away(make_site: MakeSite, browser: Browser) -> None:
    site = await make_site(demo=True)
    page = await page_of(browser)
    await page.goto(site.kit_url)
    await expect(page.locator("#line")).to_be_hidden()
    await site.stop()
    await expect(page.locator("#line")).to_be_visible(timeout=20_000)
    tablet = await site.join(1)
    await site.converge(tablet)
    await site.start()
    await expect(page.locator("#slot-1 .stage")).to_have_text("Prête", timeout=30_000)
    await expect(page.locator("#line")).to_be_hidden()


@pytest.mark.parametrize("locale", ["fr-FR", "en-GB"])
async def test_no_page_is_wider_than_a_phone(make_site: MakeSite, browser: Browser, locale: str) -> None:
    site = await make_site(demo=True)
    tablet = await site.join(1)
    await site.converge(tablet)
    await site.join(2)
    page = await page_of(browser, phone=True, locale=locale)
    paths = {
        "kits": "/kits",
        "kit": f"/kits/{site.kit_id}",
        "slot": f"/kits/{site.kit_id}/slots/3",
        "tablet": f"/tablets/{tablet}",
    }
    ARTIFACTS.mkdir(exist_ok=True)
    for name, path in paths.items():
        await page.goto(f"{site.url}{path}")
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
        await page.screenshot(path=ARTIFACTS / f"{name}-phone-{locale[:2]}.png", full_page=True)


async def test_on_a_phone_nothing_that_has_the_focus_lies_under_the_menu(make_site: MakeSite, browser: Browser) -> None:
    site = await make_site(demo=True)
    page = await page_of(browser, phone=True)
    await page.goto(site.kit_url)
    seen: list[str] = []
    while len(seen) < 60:
        await page.keyboard.press("Tab")
        # The browser brings into view what has the focus a moment after the key.
        shown = await page.wait_for_function(FOCUSED)
        seen.append(await shown.json_value())
        if seen[-1] == "end":
            break
    tablets = [text.strip() for text in seen if text.startswith("Cassiopée")]
    assert tablets == ["Cassiopée 01", "Cassiopée 02", "Cassiopée 03", "Cassiopée 04"]


async def test_on_a_phone_what_to_do_with_a_red_tablet_comes_before_the_tablets(
    make_site: MakeSite, browser: Browser
) -> None:
    site = await make_site(demo=True)
    page = await page_of(browser, phone=True)
    await page.goto(site.kit_url)
    assert await page.evaluate(
        "document.querySelector('.help-red').getBoundingClientRect().bottom"
        " <= document.querySelector('.slots').getBoundingClientRect().top"
    )
    tops = await page.evaluate("[1, 2].map((n) => document.getElementById(`slot-${n}`).getBoundingClientRect().top)")
    assert tops[0] == tops[1]


async def test_the_keyboard_reaches_a_tablet(make_site: MakeSite, browser: Browser) -> None:
    site = await make_site(demo=True)
    await site.join(1)
    page = await page_of(browser)
    await page.goto(site.kit_url)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "main"
    for _ in range(12):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.closest('#slot-1') !== null"):
            break
    assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("Cassiopée 01")


async def test_a_tablet_that_is_held_appears_by_itself_and_a_tap_gives_it_another_slot(
    make_site: MakeSite, browser: Browser
) -> None:
    site = await make_site(demo=True)
    kit = await site.android_kit(slots=2)
    page = await page_of(browser, phone=True)
    await page.goto(f"{site.url}/kits/{kit}")
    await expect(page.locator(".scan")).to_contain_text("n'est pas encore sur ce serveur")
    await expect(page.locator(".held")).to_have_count(0)
    await site.ask_for_slot(kit, 1, "AAA1")
    await site.ask_for_slot(kit, 1, "BBB2")
    await expect(page.locator(".held")).to_contain_text("Deux tablettes veulent la place 1", timeout=15_000)
    await expect(page.locator(".held")).to_contain_text("BBB2")
    ARTIFACTS.mkdir(exist_ok=True)
    await page.screenshot(path=ARTIFACTS / "held-phone-fr.png", full_page=True)
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    await page.get_by_role("button", name="Lui donner une autre place libre").click()
    await expect(page.locator(".held")).to_have_count(0)
    await expect(page.locator("#slot-2 .stage")).to_have_text("En préparation")
