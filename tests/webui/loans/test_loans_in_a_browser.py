"""In a real Chromium: the yes appears under the teacher's hands, and takes nothing out of them."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect

from tests.webui.loans.office import Office
from tests.webui.loans.test_live_loans import parent_of, say_yes
from tests.webui.loans.test_loans import prepared
from tests.webui.repairs.browsing import ARTIFACTS, opened
from tests.webui.signed_in import Browser

pytestmark = [pytest.mark.browser, pytest.mark.external]


@pytest.fixture
async def chromium() -> AsyncIterator[Chromium]:
    async with opened() as found:
        yield found


async def phone_of(chromium: Chromium, office: Office, browser: Browser) -> Page:
    context = await chromium.new_context(viewport={"width": 390, "height": 844}, locale="fr-FR")
    cookie = {"name": "valise", "value": browser._cookies["valise"], "url": office.site.url}
    await context.add_cookies([cookie])  # type: ignore[list-item]
    page = await context.new_page()
    page.set_default_timeout(15_000)
    return page


async def test_a_yes_arrives_while_the_teacher_fills_in_the_form(office: Office, chromium: Chromium) -> None:
    await office.fill()
    teacher = await office.teacher()
    address, guardian = await prepared(office, teacher)
    parent = await parent_of(office, guardian)
    page = await phone_of(chromium, office, teacher)
    await page.goto(f"{office.site.url}{address}")
    await expect(page.locator("#loan-state")).to_contain_text("change d'elle-même")
    await page.fill("#note", "Coin rayé")
    await page.locator("#loan-facts summary").click()
    await say_yes(parent, address.rpartition("/")[2])
    await expect(page.locator("#loan-state")).to_contain_text("la tablette peut être remise")
    await expect(page.locator("#loan-yes")).to_contain_text("sur un téléphone")
    assert await page.input_value("#note") == "Coin rayé"
    await expect(page.locator("#loan-facts details")).to_have_attribute("open", "")
    await page.screenshot(path=ARTIFACTS / "loan-accepted-phone.png", full_page=True)
    await page.locator("#loan-next button.main").click()
    await expect(page.locator("#loan-state")).to_contain_text("Remis")
    await expect(page.locator("#loan-seen")).to_contain_text("Coin rayé")


async def test_the_page_comes_back_by_itself_after_the_line_was_lost(office: Office, chromium: Chromium) -> None:
    await office.fill()
    teacher = await office.teacher()
    address, guardian = await prepared(office, teacher)
    page = await phone_of(chromium, office, teacher)
    await page.goto(f"{office.site.url}{address}")
    await expect(page.locator("#line")).to_be_hidden()
    await office.site.stop()
    await expect(page.locator("#line")).to_be_visible()
    await office.home.loans.agreements.note_on_paper(
        address.rpartition("/")[2],
        guardian,
        signed_on=office.site.services.clock.now().date(),
        insured=True,
        actor="account:test",
    )
    await office.site.start()
    await expect(page.locator("#loan-state")).to_contain_text("la tablette peut être remise", timeout=30_000)
    await expect(page.locator("#line")).to_be_hidden()
