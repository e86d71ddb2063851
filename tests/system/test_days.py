"""The main day of each person, from the sign-in to what they came for, in a real Chromium against the demonstration.

The server and its simulated tablets are processes of their own; SQLite on a desk in French, PostgreSQL on a phone in
English.
"""

import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.conftest import not_run
from tests.system.demonstration import Demonstration
from tests.temporary_postgres import TemporaryPostgres

pytestmark = [pytest.mark.browser, pytest.mark.external, pytest.mark.slow]
PICTURES = Path(__file__).resolve().parents[1] / "artifacts" / "days"
TABLETS = 20
_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def demonstration(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres: TemporaryPostgres
) -> Iterator[Demonstration]:
    database = postgres.create(f"days_{uuid.uuid4().hex[:8]}") if request.param == "postgresql" else ""
    running = Demonstration(tmp_path_factory.mktemp("demo"), database=database)
    try:
        running.wait(converged=TABLETS)
        yield running
    finally:
        running.stop()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        not_run("Chromium is not installed")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield opened
        await opened.close()


class Person:
    """Somebody at their browser: on a desk in French for SQLite's server, on a phone in English for PostgreSQL's."""

    def __init__(self, page: Page, url: str, login: str, kind: str) -> None:
        self.page, self.url, self._login, self._kind = page, url, login, kind
        self.noise: list[str] = []
        page.on("console", lambda message: self.noise.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.noise.append(str(error)))

    async def sign_in(self) -> None:
        await self.page.goto(f"{self.url}/demo/people")
        await self.page.locator(f'button[value="{self._login}"]').click()
        await self.page.wait_for_load_state()

    async def go(self, path: str) -> None:
        await self.page.goto(f"{self.url}{path}")

    async def follow(self, href: str) -> None:
        await self.page.locator(f'main a[href^="{href}"]').first.click()
        await self.page.wait_for_load_state()

    async def send(self, action: str) -> None:
        """Press the button of the form that goes to this address."""
        await self.page.locator(f'form[action$="{action}"] button').first.click()
        await self.page.wait_for_load_state()

    async def picture(self, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=PICTURES / f"{self._kind}-{self._login}-{name}.png", full_page=True)
        fits = await self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert fits, f"{name} is wider than the window"


async def person(browser: Browser, demonstration: Demonstration, login: str, kind: str) -> Person:
    phone = kind == "postgresql"
    context = await browser.new_context(
        viewport={"width": 390, "height": 844} if phone else {"width": 1280, "height": 900},
        locale="en-GB" if phone else "fr-FR",
    )
    page = await context.new_page()
    page.set_default_timeout(30_000)
    made = Person(page, demonstration.url, login, kind)
    await made.sign_in()
    return made


@pytest.fixture
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.node.callspec.params["demonstration"])


async def test_a_teacher_runs_the_class_and_reports_a_fault(
    demonstration: Demonstration, browser: Browser, kind: str, tmp_path: Path
) -> None:
    teacher = await person(browser, demonstration, "enseignante", kind)
    page = teacher.page
    await expect(page.locator("h1")).to_be_visible()
    await page.locator(".kits a", has_text="Cassiopée").click()
    await page.locator('button[value^="app:org.scratchjr"]').click()
    await expect(page.locator("#class-now")).to_contain_text("ScratchJr")
    await expect(page.locator(".slot.at-doing")).to_have_count(12, timeout=90_000)
    await teacher.picture("class-mode")
    await teacher.send("/class/stop")
    await expect(page.locator(".slot.at-doing")).to_have_count(0, timeout=60_000)
    await page.locator("#class-slot-7 a").click()
    await teacher.send("/where/7/show")
    await teacher.picture("where-is-7")
    await page.locator('main a[href$="/fault"]').first.click()
    await page.locator('input[name="kind"]').first.check(force=True)
    await page.locator('textarea[name="words"]').fill("Une touche ne répond plus.")
    picture = tmp_path / "photo.png"
    await page.screenshot(path=picture)
    await page.locator('input[name="photos"]').set_input_files(picture)
    await page.locator('form:has(input[name="photos"]) button.main').click()
    await page.wait_for_url("**/fault/thanks/**")
    await teacher.picture("fault-thanks")
    await teacher.go("/editions/next")
    await teacher.picture("next-edition")
    assert teacher.noise == []


async def test_a_technician_finds_a_tablet_repairs_and_paces_a_rollout(
    demonstration: Demonstration, browser: Browser, kind: str
) -> None:
    technician = await person(browser, demonstration, "technicien", kind)
    page = technician.page
    await technician.picture("fleet")
    await technician.go("/tablets?text=cassio")
    await expect(page.locator("main a", has_text="Cassiopée 07").first).to_be_visible()
    await technician.picture("search")
    await page.locator("main a", has_text="Cassiopée 07").first.click()
    await technician.picture("tablet")
    await technician.go("/faults")
    await page.locator('main a[href^="/faults/"]:not([href$=".csv"])').first.click()
    await technician.picture("fault")
    await technician.go("/spares")
    await technician.picture("spares")
    await technician.go("/rollouts")
    await page.locator('main a[href^="/rollouts/"]:not([href$="new"])').first.click()
    await technician.picture("rollout")
    assert technician.noise == []


async def test_a_member_votes(demonstration: Demonstration, browser: Browser, kind: str) -> None:
    member = await person(browser, demonstration, "presidente", kind)
    page = member.page
    await expect(page.locator("h1")).to_be_visible()
    await member.picture("inbox")
    await page.locator("main a", has_text="AirDrop").first.click()
    await page.wait_for_url("**/vote")
    await member.picture("ballot")
    await page.locator('input[name="choice"][value="yes"]').check()
    await page.locator('form:has(input[name="choice"]) button.main').last.click()
    await page.wait_for_load_state()
    await member.picture("receipt")
    await member.go("/decisions")
    await member.picture("register")
    assert member.noise == []


async def test_an_inspector_reads_what_waits_and_the_register(
    demonstration: Demonstration, browser: Browser, kind: str
) -> None:
    inspector = await person(browser, demonstration, "inspectrice", kind)
    await inspector.picture("inbox")
    for path, name in (("/proposals", "proposals"), ("/meetings", "meetings"), ("/editions", "editions")):
        await inspector.go(path)
        await inspector.picture(name)
    await inspector.page.locator('main a[href^="/editions/"]').first.click()
    await inspector.picture("edition")
    assert inspector.noise == []


async def test_a_head_adds_a_class_and_sees_the_school(
    demonstration: Demonstration, browser: Browser, kind: str
) -> None:
    head = await person(browser, demonstration, "directrice", kind)
    page = head.page
    await head.picture("school")
    await page.locator("details summary").last.click()
    await page.locator('form[action$="/classes"] input[name="name"]').fill("Grande section")
    await head.send("/classes")
    await expect(page.locator("main")).to_contain_text("Grande section")
    assert head.noise == []


async def test_a_manager_reads_schools_and_costs(demonstration: Demonstration, browser: Browser, kind: str) -> None:
    manager = await person(browser, demonstration, "gestionnaire", kind)
    await manager.picture("schools")
    await manager.go("/costs")
    await manager.picture("costs")
    await manager.go("/committee")
    await manager.picture("committee")
    assert manager.noise == []


async def test_an_administrator_invites_somebody_who_comes_in(
    demonstration: Demonstration, browser: Browser, kind: str
) -> None:
    administrator = await person(browser, demonstration, "administratrice", kind)
    await administrator.picture("accounts")
    await administrator.go("/invitations/new?role=evaluator")
    await administrator.page.locator('input[name="address"]').fill("newcomer@example.fr")
    await administrator.picture("invite")
    await administrator.page.locator('form[action="/invitations/send"] button.main').first.click()
    await administrator.page.wait_for_load_state()
    await administrator.picture("invitations")
    context = await browser.new_context(locale="fr-FR")
    newcomer = await context.new_page()
    letter = newcomer.locator("article.letter a[href*='/invitation']").first
    for _ in range(60):
        await newcomer.goto(f"{demonstration.url}/demo/mail")
        if await letter.count():
            break
        await newcomer.wait_for_timeout(500)
    await letter.click()
    await newcomer.locator('form[action="/invitation"] button').first.click()
    await newcomer.locator("#login").fill(f"newcomer-{kind}")
    await newcomer.locator('input[name="password"]').fill("cheval correct batterie agrafe")
    await newcomer.locator("form#by-password button").first.click()
    await newcomer.wait_for_url("**/evaluations**")
    await context.close()
    assert administrator.noise == []


async def test_a_parent_does_the_training_and_reads_what_is_stored(
    demonstration: Demonstration, browser: Browser, kind: str
) -> None:
    parent = await person(browser, demonstration, "parents", kind)
    page = parent.page
    await expect(page.locator("h1")).to_be_visible()
    await parent.picture("home")
    await parent.go("/home/training")
    await page.locator('main a[href^="/home/training/"]').first.click()
    await parent.picture("training")
    await parent.go("/home/data")
    await parent.picture("data")
    assert parent.noise == []


async def test_an_officer_reads_the_register(demonstration: Demonstration, browser: Browser, kind: str) -> None:
    officer = await person(browser, demonstration, "dpo", kind)
    await officer.picture("privacy")
    paper = await officer.page.context.request.get(f"{demonstration.url}/privacy/register.pdf")
    assert paper.status == 200
    assert (await paper.body()).startswith(b"%PDF")
    assert officer.noise == []


async def test_a_researcher_sees_the_evaluations(demonstration: Demonstration, browser: Browser, kind: str) -> None:
    researcher = await person(browser, demonstration, "chercheuse", kind)
    await researcher.picture("evaluations")
    await researcher.go("/evaluations/new")
    await researcher.picture("new-evaluation")
    assert researcher.noise == []
