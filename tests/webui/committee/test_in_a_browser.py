"""In a real Chromium: a proposal's whole life with a passkey, pages that follow by themselves, and that fit a phone."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from profiles.charter.meetings import Entry, Invitation
from tests.api.chamber import ADD_LIRE, NO_CAMERA
from tests.charter.committee import EVERYBODY
from tests.system.conftest import free_port
from tests.webui.committee.conftest import Hall, MakeHall
from tests.webui.test_browser import browser

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.external]
ARTIFACTS = Path(__file__).resolve().parents[2] / "artifacts"
HEAVIEST = 100_000
"""Bytes of a page with its styles and scripts, unpacked."""
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
LOOK = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"];
  const found = await axe.run(document, {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]});
  const where = (one) => one.nodes.slice(0, 3).map((node) => node.target.join(" "));
  const told = found.violations.map((one) => `${one.id}: ${where(one)}`);
  const parts = performance.getEntriesByType("navigation").concat(performance.getEntriesByType("resource"));
  const weight = parts.reduce((sum, one) => sum + one.decodedBodySize, 0);
  const wide = document.documentElement.scrollWidth > window.innerWidth;
  return [...told, ...(weight > HEAVIEST ? [`weighs ${weight}`] : []), ...(wide ? ["is wider than its screen"] : [])];
}""".replace("HEAVIEST", str(HEAVIEST))
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
async def hall(make_hall: MakeHall) -> Hall:
    """Passkeys are made for one address: the port is known beforehand."""
    return await make_hall(port=free_port())


class Desk:
    """A person's browser, whose console is heard."""

    def __init__(self, context: BrowserContext, page: Page, url: str) -> None:
        self.context = context
        self.page = page
        self.url = url
        self.errors: list[str] = []
        page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    async def open(self, path: str) -> None:
        """Open a page."""
        await self.page.goto(f"{self.url}{path}")

    async def faults(self) -> list[str]:
        """What is wrong with the page that is open: for those who see badly, on a poor line, or on a small screen.

        Source of the rules: WCAG 2.1, levels A and AA, as axe-core checks them.
        """
        said = list(self.errors)
        await self.page.evaluate(AXE)
        found: list[str] = await self.page.evaluate(LOOK)
        # The checker styles what it measures, which our pages do not allow and the console says.
        self.errors.clear()
        return [*said, *found]


async def desk_of(
    browser: Browser, hall: Hall, login: str, *, phone: bool = False, locale: str = "en-GB", script: bool = True
) -> Desk:
    """The browser of somebody who signed in."""
    size = {"width": 360, "height": 780} if phone else {"width": 1280, "height": 900}
    context = await browser.new_context(viewport=size, locale=locale, java_script_enabled=script)  # type: ignore[arg-type]
    name, _, value = hall.chamber.headers(login)["Cookie"].partition("=")
    await context.add_cookies([{"name": name, "value": value, "url": hall.site.url}])
    return Desk(context, await context.new_page(), hall.site.url)


@pytest.fixture
async def mayor(browser: Browser, hall: Hall) -> AsyncIterator[Desk]:
    """The mayor's telephone, which checks who holds it, as by a finger."""
    desk = await desk_of(browser, hall, "mayor", phone=True)
    client = await desk.context.new_cdp_session(desk.page)
    await client.send("WebAuthn.enable")
    await client.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    yield desk
    await desk.context.close()


async def test_a_proposal_lives_from_a_teachers_form_to_a_signed_edition(hall: Hall, mayor: Desk) -> None:
    entry = await hall.item()
    teacher, secretary = hall.reader("teacher-1"), hall.reader("secretary")
    form = f"/proposals/new/app?item={entry.item_id}"
    made = await teacher.done(form, "/proposals/new/app", why="Lire chaque matin.", level=["3"], then="submit")
    proposal = made.path
    await secretary.done(proposal, f"{proposal}/admission")
    await secretary.done(proposal, f"{proposal}/examination", words="Avis favorable.")

    page = mayor.page
    await mayor.open("/committee/passkeys")
    await page.get_by_label("What you call it").fill("Mon téléphone")
    await page.get_by_role("button", name="Register this device").click()
    await expect(page.get_by_text("This device can sign your ballots now.")).to_be_visible()
    await expect(page.get_by_text("Mon téléphone").first).to_be_visible()

    # What waits comes by itself, and the vote is two taps away.
    await mayor.open("/committee")
    await expect(page.get_by_role("heading", name="Nothing waits for you")).to_be_visible()
    await secretary.done(proposal, f"{proposal}/opening")
    waiting = page.get_by_role("link", name=re.compile("Add “Lire à la volée”"))
    await expect(waiting).to_be_visible(timeout=15_000)
    await waiting.click()
    await page.get_by_label("No", exact=True).check()
    await page.get_by_role("button", name="Sign with my passkey and vote").click()
    await expect(page.get_by_text("The seat “Mayor” has said: No.")).to_be_visible()
    await page.get_by_label("Yes", exact=True).check()
    await page.get_by_role("button", name="Sign with my passkey and vote").click()
    await expect(page.get_by_text("The seat “Mayor” has said: Yes.")).to_be_visible()
    await expect(page.get_by_text("signed with a passkey")).to_be_visible()

    # The proposal's page follows the others' votes, the result, and the edition.
    await mayor.open(proposal)
    await page.evaluate("window.stayed = true")
    vote = page.locator("#vote")
    await expect(vote).to_contain_text("1 / 6")
    ballot = f"{proposal}/vote"
    for login in ("inspector", "teacher-1"):
        await hall.reader(login).done(ballot, ballot, choice="yes")
    await expect(vote).to_contain_text("3 / 6", timeout=15_000)
    for login in ("teacher-2", "teacher-3", "parent"):
        await hall.reader(login).done(ballot, ballot, choice="abstain")
    await secretary.done(proposal, f"{proposal}/closing")
    await expect(vote).to_contain_text("Adopted", timeout=15_000)
    edition = await secretary.done("/editions/next", "/editions")
    assert edition.path == "/editions/2"
    await expect(page.locator("#proposal-state")).to_contain_text("It is in edition 2.", timeout=15_000)
    assert await page.evaluate("window.stayed")
    assert mayor.errors == []
    verdict = await hall.site.services.charter.editions.verify()
    assert (verdict.by_passkey, verdict.by_server) == (1, 5)
    decided = await hall.reader("parent").get("/decisions")
    assert "Add “Lire à la volée”" in decided.text
    await hall.chamber.done("tim", "PUT", "/editions/2/followers", {"kit_id": hall.site.kit_id})
    assert await hall.chamber.apps() == ["Lire à la volée"]


async def test_a_passkey_that_is_not_used_sends_nothing_and_says_so(hall: Hall, mayor: Desk) -> None:
    await mayor.open("/committee/passkeys")
    await mayor.page.get_by_role("button", name="Register this device").click()
    await expect(mayor.page.get_by_text("This device can sign your ballots now.")).to_be_visible()
    # The same device holds one passkey of a person.
    await mayor.page.get_by_role("button", name="Register this device").click()
    await expect(mayor.page.locator("#ballot-trouble")).to_contain_text("It may have one already")
    proposal_id = await hall.chamber.opened()
    await mayor.open(f"/proposals/{proposal_id}/vote")
    refuse = "Promise.reject(new DOMException('no', 'NotAllowedError'))"
    await mayor.page.evaluate(f"() => {{ navigator.credentials.get = () => {refuse}; }}")
    await mayor.page.get_by_label("Yes", exact=True).check()
    await mayor.page.get_by_role("button", name="Sign with my passkey and vote").click()
    await expect(mayor.page.locator("#ballot-trouble")).to_contain_text("Nothing was signed, and nothing was sent")
    stand = await hall.reader("mayor").get(f"/proposals/{proposal_id}")
    assert "<strong>0</strong> / 6" in stand.text


async def test_without_script_all_is_there_but_the_passkey_which_says_so(hall: Hall, browser: Browser) -> None:
    proposal_id = await hall.chamber.opened()
    desk = await desk_of(browser, hall, "inspector", phone=True, script=False)
    await desk.open("/committee/passkeys")
    await expect(desk.page.get_by_text("Registering a passkey needs this page's script")).to_be_visible()
    await desk.open("/committee")
    await desk.page.get_by_role("link", name=re.compile("Ajouter Lire")).click()
    await desk.page.get_by_label("Yes", exact=True).check()
    await desk.page.get_by_role("button", name="Vote").click()
    await expect(desk.page.get_by_text("The seat “Inspector” has said: Yes.")).to_be_visible()
    await desk.open(f"/proposals/{proposal_id}")
    await desk.page.get_by_label("Your message").fill("Très utile.")
    await desk.page.get_by_role("button", name="Send").click()
    await expect(desk.page.locator("#talk")).to_contain_text("Très utile.")
    await desk.context.close()


@pytest.mark.slow
async def test_every_page_can_be_read_by_all_on_a_small_screen_and_a_poor_line(hall: Hall, browser: Browser) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    paths = await busy(hall)
    wrong: dict[str, list[str]] = {}
    for phone, locale in ((True, "fr-FR"), (False, "en-GB")):
        desk = await desk_of(browser, hall, "secretary", phone=phone, locale=locale)
        for name, path in paths.items():
            await desk.open(path)
            if faults := await desk.faults():
                wrong[f"{name} {locale}"] = faults
            size = "phone" if phone else "desktop"
            await desk.page.screenshot(path=ARTIFACTS / f"committee-{name}-{size}-{locale[:2]}.png")
        await desk.context.close()
    assert wrong == {}


async def busy(hall: Hall) -> dict[str, str]:
    """Something on every page; return the pages by their names."""
    entry = await hall.item()
    await hall.chamber.agreed(ADD_LIRE)
    await hall.chamber.adopted(NO_CAMERA)
    opened = await hall.chamber.opened({**NO_CAMERA, "title": "Sans captures", "changes": SCREENSHOTS})
    await hall.chamber.say(opened, "yes", *EVERYBODY[:2])
    submitted = await hall.chamber.submitted({**NO_CAMERA, "title": "Encore"})
    await hall.chamber.done("parent", "POST", f"/proposals/{submitted}/comments", {"words": "Pourquoi ?"})
    services = hall.site.services
    begins = services.clock.ms() + 86_400_000
    invitation = Invitation(kind="room", title="Comité", begins_at=begins, place="Mairie")
    agenda = [Entry(proposal_id=opened), Entry(title="Divers")]
    meeting = await services.meetings.call(invitation, agenda, login="secretary")
    await services.meetings.open(meeting.meeting_id, revision=meeting.revision, login="secretary")
    return {
        "waiting": "/committee",
        "seats": "/committee/seats",
        "passkeys": "/committee/passkeys",
        "proposals": "/proposals?q=camera",
        "proposal": f"/proposals/{opened}",
        "discussion": f"/proposals/{submitted}",
        "propose": "/proposals/new?q=lire",
        "propose-app": f"/proposals/new/app?item={entry.item_id}",
        "removal": "/proposals/new/removal",
        "replacement": "/proposals/new/replacement?q=lire",
        "settings": "/proposals/new/settings/system",
        "settings-of-use": "/proposals/new/settings/use",
        "settings-of-android": "/proposals/new/settings/android",
        "home": "/proposals/new/settings/home",
        "meetings": "/meetings",
        "meeting-new": "/meetings/new",
        "meeting": f"/meetings/{meeting.meeting_id}",
        "minutes": f"/meetings/{meeting.meeting_id}/minutes",
        "editions": "/editions",
        "edition": "/editions/2",
        "coming": "/editions/next",
        "verification": "/editions/verification",
        "decisions": "/decisions",
        "catalogue": "/catalogue",
        "item": f"/catalogue/{entry.item_id}",
        "item-edit": f"/catalogue/{entry.item_id}/edit",
        "documents": f"/catalogue/{entry.item_id}/documents",
        "history": f"/catalogue/{entry.item_id}/history",
    }


async def test_on_the_smallest_phone_a_votes_result_is_seen_without_scrolling(browser: Browser, hall: Hall) -> None:
    await hall.chamber.agreed(ADD_LIRE)
    desk = await desk_of(browser, hall, "mayor", phone=True, locale="fr-FR")
    await desk.open("/decisions")
    await expect(desk.page.get_by_text("d'accord").first).to_be_visible()
    hidden = await desk.page.evaluate(
        "[...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > one.clientWidth).length"
    )
    assert hidden == 0
    await desk.page.set_viewport_size({"width": 1280, "height": 900})
    assert await desk.page.locator("td.wide").first.is_visible()
    assert not await desk.page.locator(".tally-table .narrow").first.is_visible()
    await desk.context.close()


async def test_registering_a_device_makes_one_passkey(mayor: Desk) -> None:
    posts: list[str] = []
    mayor.page.on("request", lambda sent: posts.append(sent.url) if sent.method == "POST" else None)
    await mayor.open("/committee/passkeys")
    await mayor.page.get_by_role("button", name="Register this device").click()
    await expect(mayor.page.get_by_text("This device can sign your ballots now.")).to_be_visible()
    assert len([url for url in posts if url.endswith("/passkey-options")]) == 1
    await expect(mayor.page.locator("#main ul.lines li")).to_have_count(1)


SCREENSHOTS = [{"op": "set", "path": ["restrictions", "screenshots"], "value": False}]
