"""In a real Chromium: a rollout's page follows what happens, and what is left is found again as it was."""

import pytest
from playwright.async_api import Browser, expect

from tests.webui.repairs.browsing import ARTIFACTS, page_of
from tests.webui.rollouts.pacing import World

pytestmark = [pytest.mark.browser, pytest.mark.external]


async def test_a_rollout_is_watched_paused_and_rolled_back(world: World, browser: Browser) -> None:
    rollout = await world.begin("Andromède", "Céphée")
    address = f"{world.console.site.url}/rollouts/{rollout.rollout_id}"
    technician = await page_of(browser, world.console, "technician", phone=False)
    teacher = await page_of(browser, world.console, "teacher")
    said: list[str] = []
    for page in (technician, teacher):
        page.on("console", lambda message: said.append(message.text))
        await page.goto(address)
        await expect(page.locator("#rollout-state")).to_contain_text("vague 1 sur 2")
    await expect(teacher.locator("#rollout-acts")).to_be_hidden()

    # A tablet refuses: the gate pauses the rollout, and the pages say so by themselves.
    await world.obey("Andromède", "Céphée", refusing=1)
    for page in (technician, teacher):
        await expect(page.locator("#rollout-state")).to_contain_text("En pause")
        await expect(page.locator("#rollout-state")).to_contain_text("Il s'est arrêté de lui-même")
    await expect(technician.locator("#rollout-ill")).to_contain_text("not enough space")

    await technician.get_by_role("link", name="Continuer").click()
    await technician.get_by_label("Pourquoi").fill("une mémoire pleine")
    await technician.get_by_role("button", name="Continuer").click()
    await expect(technician.locator("#rollout-state")).to_contain_text("En cours")
    await technician.get_by_role("link", name="Mettre en pause").click()
    await technician.get_by_label("Pourquoi").fill("les vacances")
    await technician.get_by_role("button", name="Mettre en pause").click()
    await expect(teacher.locator("#rollout-history")).to_contain_text("les vacances")

    await technician.get_by_role("link", name="Revenir en arrière").click()
    await technician.get_by_label("Pourquoi").fill("la page ne s'ouvre pas")
    await technician.get_by_role("button", name="Revenir en arrière").click()
    # The box is required: nothing was sent.
    await expect(technician.locator("#act")).to_be_visible()
    await technician.get_by_label("Oui : les valises reviennent en arrière").check()
    await technician.get_by_role("button", name="Revenir en arrière").click()
    await expect(technician.locator("#rollout-state")).to_contain_text("En cours de retour en arrière")
    await world.run()
    for page in (technician, teacher):
        await expect(page.locator("#rollout-state")).to_contain_text("Ramené en arrière")
        await expect(page.locator("#rollout-history")).to_contain_text("Chaque valise est revenue")
    assert await world.moved(rollout) == set()

    left = await technician.locator("main").inner_text()
    await technician.goto(f"{world.console.site.url}/rollouts")
    await expect(technician.locator("#rollouts-list")).to_contain_text("Ramené en arrière")
    await technician.goto(address)
    assert await technician.locator("main").inner_text() == left
    await technician.screenshot(path=ARTIFACTS / "rollout-desktop-fr.png", full_page=True)
    assert not said


async def test_no_page_of_rollouts_is_wider_than_a_phone(world: World, browser: Browser) -> None:
    rollout = await world.begin("Andromède", "Céphée")
    await world.obey("Andromède", "Céphée", refusing=6)
    address = f"/rollouts/{rollout.rollout_id}"
    page = await page_of(browser, world.console, "technician")
    await page.set_viewport_size({"width": 360, "height": 740})
    for path in ("/rollouts", address, f"{address}?act=roll-back", f"{address}/dry-run", "/rollouts/new"):
        answer = await page.goto(f"{world.console.site.url}{path}")
        assert answer is not None
        assert answer.status == 200, path
        wide = await page.evaluate(
            "[...document.querySelectorAll('main *')].filter((one) => one.getBoundingClientRect().right > innerWidth"
            " && !one.closest('.choices, .scroll')).map((one) => one.outerHTML.slice(0, 120))"
        )
        assert not wide, (path, wide)
