"""In a real Chromium, from the researcher's form to the researcher's file: committee, guardians and second person."""

import zipfile
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from mdm.home.evaluation.evaluation import State
from tests.charter.committee import EVERYBODY
from tests.evaluation.study import FIRST
from tests.home_use.world import OTHER_UAI, UAI
from tests.webui.evaluation.researchers import WEEK, Research
from tests.webui.repairs.browsing import opened
from tests.webui.signed_in import browser_of
from webui.roles import Role

pytestmark = [pytest.mark.browser, pytest.mark.external]


async def page_of(browser: Browser, research: Research, login: str, role: Role, *, phone: bool = False) -> Page:
    person = await browser_of(research.site, login, role)
    width = 390 if phone else 1280
    context = await browser.new_context(viewport={"width": width, "height": 844}, locale="fr-FR", accept_downloads=True)
    await context.add_cookies([{"name": "valise", "value": person.cookie, "url": research.site.url}])
    page = await context.new_page()
    page.set_default_timeout(15_000)
    return page


async def test_a_researcher_goes_from_the_question_to_the_file(research: Research, tmp_path: Path) -> None:
    await research.lend((UAI, "CP", 6), (OTHER_UAI, "CP", 6))
    async with opened() as browser:
        rita = await page_of(browser, research, "rita", Role.EVALUATOR, phone=True)
        max_ = await page_of(browser, research, "max", Role.MANAGER)
        await rita.goto(f"{research.site.url}/evaluations/new")
        for field, text in {
            "title": "Lire à la maison",
            "question": "Les tablettes à la maison font-elles lire davantage au CP ?",
            "first_day": "2026-11-02",
            "last_day": "2027-01-31",
            "schools": f"{UAI} {OTHER_UAI}",
            "threshold": "5",
            "notice_days": "15",
        }.items():
            await rita.fill(f"#{field}", text)
        await rita.check("input[value=days_seen]")
        await rita.check("input[value=minutes_reading]")
        await rita.get_by_role("button", name="Garder le brouillon").click()
        await rita.get_by_role("button", name="Le soumettre au comité").click()
        await expect(rita.get_by_text("Le protocole est devant le comité.")).to_be_visible()
        evaluation = rita.url
        await _committee(max_, research, evaluation)
        await rita.reload()
        await expect(rita.get_by_text("Décidée par le comité")).to_be_visible()
        await max_.goto(evaluation)
        await max_.get_by_role("button", name="La lancer").click()
        await max_.get_by_role("button", name="Noter").click()
        (made,) = await research.evaluations.every()
        assert made.state is State.RUNNING
        for step in range(2):
            await research.week(FIRST + step * WEEK)
        rita = await page_of(browser, research, "rita-again", Role.EVALUATOR, phone=True)
        officer = await page_of(browser, research, "olga", Role.DPO)
        await rita.goto(evaluation)
        await rita.get_by_role("button", name="Demander un export").click()
        await officer.goto(evaluation)
        await officer.get_by_role("button", name="Autoriser").click()
        await rita.reload()
        async with rita.expect_download() as coming:
            await rita.get_by_role("button", name="Télécharger (ZIP)").click()
        await (await coming.value).save_as(tmp_path / "export.zip")
    with zipfile.ZipFile(tmp_path / "export.zip") as file:
        assert file.read("data.csv").count(b"\n") == 25
        assert made.ethics is not None
        assert made.ethics.encode() in file.read("provenance.json")


async def _committee(page: Page, research: Research, evaluation: str) -> None:
    """The manager admits, examines, opens and closes; the members read the protocol, and vote."""
    await page.goto(evaluation)
    await page.get_by_role("link", name="Voir la proposition").click()
    await expect(page.get_by_role("heading", name="Le protocole")).to_be_visible()
    for step in ("Elle est recevable", "Elle est instruite", "Ouvrir le vote"):
        await page.get_by_role("button", name=step).click()
    await expect(page.get_by_text("vote ouvert").first).to_be_visible()
    await research.committee.say(page.url.rstrip("/").rpartition("/")[2].partition("?")[0], "yes", *EVERYBODY)
    await page.reload()
    await page.get_by_role("button", name="Clore le vote et dépouiller").click()
    await expect(page.get_by_text("adoptée").first).to_be_visible()
