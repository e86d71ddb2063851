"""In a real Chromium: every page fits a small phone, is read without script, and turns round for other scripts."""

from pathlib import Path

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page

from enrollment.labels.label import inventory_code
from tests.webui.home.conftest import Families
from tests.webui.repairs.browsing import ARTIFACTS, opened
from tests.webui.repairs.test_repairs_in_browser import film_of
from tests.webui.signed_in import Browser

pytestmark = [pytest.mark.browser, pytest.mark.external]

_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_SMALL = """
() => [...document.querySelectorAll("main :is(button, a.button, summary, input:not([type=hidden]), select)")]
  .filter((one) => one.offsetParent && !["checkbox", "radio"].includes(one.type))
  .filter((one) => one.getBoundingClientRect().height < 43.5).map((one) => one.outerHTML.slice(0, 80))
"""


async def opened_as(chromium: Chromium, families: Families, browser: Browser, *, width: int) -> Page:
    """A page of a parent's browser."""
    context = await chromium.new_context(
        viewport={"width": width, "height": 844 if width < 700 else 900}, locale="fr-FR"
    )
    cookie = {"name": "valise", "value": browser._cookies["valise"], "url": families.site.url}
    await context.add_cookies([cookie])  # type: ignore[list-item]
    return await context.new_page()


async def test_each_page_fits_a_small_phone_and_a_desk(families: Families, chromium: Chromium) -> None:
    ilse = await families.parent("ilse")
    odon = await families.parent("odon")
    loan = await families.lend()
    waiting = await families.prepare("Noé", tablet=1)
    zoe = await families.parent("zoe")
    lina, noe = families.ids["Lina"], families.ids["Noé"]
    await odon.post(f"/home/rules/{lina}", {"school_days_from": "17:00", "school_days_to": "18:00", "app": "fr.dessin"})
    await ilse.post(f"/home/data/{lina}/ask", {"kind": "objection", "about": "home_use_day.minutes", "words": "Non."})
    places = {
        "home": (ilse, "/home"),
        "waiting": (zoe, "/home"),
        "join": (ilse, "/home/join"),
        "training": (zoe, "/home/training"),
        "part": (zoe, "/home/training/parts/safe"),
        "certificate": (ilse, "/home/training/certificate"),
        "agreement": (zoe, f"/home/loans/{waiting.loan_id}"),
        "loan": (ilse, f"/home/loans/{loan.loan_id}"),
        "lost": (ilse, f"/home/loans/{loan.loan_id}/lost"),
        "fault": (ilse, f"/home/loans/{loan.loan_id}/fault"),
        "rules": (ilse, f"/home/rules/{lina}"),
        "no-rules": (zoe, f"/home/rules/{noe}"),
        "data": (ilse, f"/home/data/{lina}"),
        "my-data": (ilse, "/home/data"),
    }
    ARTIFACTS.mkdir(exist_ok=True)
    for who in (ilse, zoe):
        for width in (360, 1280):
            page = await opened_as(chromium, families, who, width=width)
            for name, (reader, path) in places.items():
                if reader is not who:
                    continue
                answer = await page.goto(f"{families.site.url}{path}")
                assert answer is not None
                assert answer.status == 200, path
                await page.screenshot(path=ARTIFACTS / f"home-{name}-{width}.png", full_page=True)
                for one in await page.locator("details").all():
                    await one.evaluate("(one) => { one.open = true; }")
                assert await page.evaluate(_WIDER) <= 0, (name, width)
                assert await page.evaluate(_SMALL) == [], (name, width)
            await page.context.close()


@pytest.mark.usefixtures("arabic")
async def test_from_right_to_left_a_page_fits_as_well(families: Families, chromium: Chromium) -> None:
    ilse = await families.parent("ilse")
    loan = await families.lend()
    lina = families.ids["Lina"]
    page = await opened_as(chromium, families, ilse, width=360)
    language = {"name": "valise-language", "value": "ar", "url": families.site.url}
    await page.context.add_cookies([language])  # type: ignore[list-item]
    for path in ("/home", f"/home/loans/{loan.loan_id}", f"/home/rules/{lina}", "/home/training/parts/safe"):
        await page.goto(f"{families.site.url}{path}")
        assert await page.evaluate("getComputedStyle(document.body).direction") == "rtl"
        assert await page.evaluate(_WIDER) <= 0, path
        brand = await page.evaluate("innerWidth - document.querySelector('.brand').getBoundingClientRect().right")
        assert brand < 40
    await page.screenshot(path=ARTIFACTS / "home-rtl-360.png")


async def test_a_phone_without_a_reader_of_its_own_scans_the_label_too(families: Families, tmp_path: Path) -> None:
    """As Safari and Firefox: our decoder reads the film of a label, and the loan opens by itself."""
    loan = await families.lend()
    ilse = await families.parent("ilse")
    film = tmp_path / "label.y4m"
    film.write_bytes(film_of(inventory_code(families.site.kit_id, 1)))
    async with opened(
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ) as browser:
        page = await opened_as(browser, families, ilse, width=390)
        await page.add_init_script("delete window.BarcodeDetector")
        await page.goto(f"{families.site.url}/home")
        await page.locator("#camera-start").click()
        await page.wait_for_url(f"**/home/loans/{loan.loan_id}", timeout=20_000)
