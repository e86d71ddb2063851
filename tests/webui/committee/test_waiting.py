"""What waits for me: each person sees their own work, one tap from where it is done."""

import re
from datetime import timedelta

from mdm.clock import ManualClock
from profiles.charter.committee import Appointment
from profiles.charter.meetings import Entry, Invitation
from tests.api.chamber import ADD_LIRE
from tests.charter.committee import EVERYBODY
from tests.webui.committee.conftest import Hall, Page

NAMELESS = {"kind": "add_app", "title": "Ajouter « Calcul vif »"}


def headings(page: Page) -> list[str]:
    """The headings of what waits."""
    within = page.text.split('<div id="waiting">')[1].split('<section class="doors"')[0]
    return [re.sub(r" *<.*", "", one).strip() for one in re.findall(r"<h2[^>]*>(.*?)</h2>", within, re.DOTALL)]


async def test_where_nothing_waits_the_page_says_so_kindly(hall: Hall) -> None:
    for login in (*EVERYBODY, "evaluator", "tim", "anne"):
        page = await hall.reader(login).get("/committee")
        assert headings(page) == ["Nothing waits for you"], login
        assert "/editions/next" in page.text


async def test_an_open_vote_waits_for_each_seat_until_it_has_voted(hall: Hall) -> None:
    proposal_id = await hall.chamber.opened()
    ballot = f"/proposals/{proposal_id}/vote"
    for login in ("mayor", "mayor-deputy", "parent"):
        page = await hall.reader(login).get("/committee")
        assert "Votes for your seat" in headings(page)
        assert f'href="{ballot}"' in page.text
        assert "in 2 weeks" in page.text
        # The second tap votes.
        assert (await hall.reader(login).get(ballot)).offers(ballot)
    assert headings(await hall.reader("newcomer").get("/committee")) == ["Nothing waits for you"]
    await hall.chamber.say(proposal_id, "yes", "mayor")
    for login in ("mayor", "mayor-deputy"):
        assert "Votes for your seat" not in headings(await hall.reader(login).get("/committee"))


async def test_a_seat_that_stands_aside_is_asked_for_no_vote(hall: Hall) -> None:
    proposal_id = await hall.chamber.opened()
    path = f"/proposals/{proposal_id}/recusals"
    await hall.chamber.done("inspector", "POST", path, {"seat": "inspector", "words": "Mon frère l'édite."})
    assert "Votes for your seat" not in headings(await hall.reader("inspector").get("/committee"))


async def test_the_secretariat_sees_each_step_that_is_its_own(hall: Hall) -> None:
    chamber, secretary = hall.chamber, hall.reader("secretary")
    proposal_id = await chamber.submitted()
    assert "Proposals to admit" in headings(await secretary.get("/committee"))
    assert "Proposals to admit" not in headings(await hall.reader("mayor").get("/committee"))
    for step, then in (("admission", "Proposals to examine"), ("examination", "Votes to open")):
        await chamber.done("secretary", "POST", f"/proposals/{proposal_id}/{step}", {})
        assert headings(await secretary.get("/committee")) == [then]
    await chamber.done("secretary", "POST", f"/proposals/{proposal_id}/vote", {})
    assert headings(await secretary.get("/committee")) == ["Nothing waits for you"]
    await chamber.say(proposal_id, "yes", *EVERYBODY)
    assert headings(await secretary.get("/committee")) == ["Votes that can be closed"]
    await chamber.done("secretary", "POST", f"/proposals/{proposal_id}/vote/close")
    assert headings(await secretary.get("/committee")) == ["Decisions to publish"]
    await chamber.done("secretary", "POST", "/editions")
    assert headings(await secretary.get("/committee")) == ["Nothing waits for you"]


async def test_a_pilot_waits_for_the_dsden_alone(hall: Hall, clock: ManualClock) -> None:
    scope = {"name": "essai", "schools": ["0400377T"], "until": clock.ms() + 40 * 86_400_000}
    proposal_id = await hall.chamber.submitted({**ADD_LIRE, "kind": "pilot", "scope": scope})
    await hall.chamber.done("secretary", "POST", f"/proposals/{proposal_id}/admission", {})
    assert "Pilots to validate" in headings(await hall.reader("inspector").get("/committee"))
    for login in ("secretary", "mayor", "teacher-1"):
        assert "Pilots to validate" not in headings(await hall.reader(login).get("/committee"))
        assert "Proposals to examine" not in headings(await hall.reader(login).get("/committee"))


async def test_an_author_sees_drafts_returns_and_questions(hall: Hall) -> None:
    chamber, author = hall.chamber, hall.reader("teacher-1")
    await chamber.drafted()
    assert headings(await author.get("/committee")) == ["Your drafts"]
    returned = await chamber.submitted()
    await chamber.done("secretary", "POST", f"/proposals/{returned}/return", {"words": "Quel niveau ?"})
    asked = await chamber.submitted()
    await chamber.done("parent", "POST", f"/proposals/{asked}/comments", {"words": "Le prix ?", "kind": "request"})
    page = await author.get("/committee")
    assert {"Proposals sent back to you", "Questions about your proposals", "Your drafts"} <= set(headings(page))
    position = re.search(rf"/proposals/{asked}#said-(\d+)", page.text)
    assert position is not None
    answer = {"words": "Gratuite.", "kind": "answer", "about": int(position[1])}
    await chamber.done("teacher-1", "POST", f"/proposals/{asked}/comments", answer)
    assert "Questions about your proposals" not in headings(await author.get("/committee"))


async def test_an_app_that_a_teacher_asks_for_waits_for_those_who_keep_the_catalogue(hall: Hall) -> None:
    await hall.chamber.drafted(NAMELESS)
    for login in ("secretary", "inspector"):
        page = await hall.reader(login).get("/committee")
        assert "Apps that are asked for" in headings(page)
        assert "teacher-1 asks for an app" in page.text
    assert "Apps that are asked for" not in headings(await hall.reader("mayor").get("/committee"))


async def test_meetings_and_seats_wait_for_those_who_sit(hall: Hall, clock: ManualClock) -> None:
    services = hall.site.services
    invitation = Invitation(kind="room", title="Comité", begins_at=clock.ms() + 86_400_000, place="Mairie")
    await services.meetings.call(invitation, [Entry(title="Divers")], login="secretary")
    wanted = Appointment(seat_id="mayor-2", body="authority", label="Maire de Doazit", holder="newcomer")
    await services.committee.appoint(wanted, login="secretary")
    assert headings(await hall.reader("mayor").get("/committee")) == ["Meetings", "Seats to confirm"]
    # Where the body has others they confirm; those of other bodies and whoever it concerns do not.
    assert headings(await hall.reader("inspector").get("/committee")) == ["Meetings"]
    assert headings(await hall.reader("newcomer").get("/committee")) == ["Nothing waits for you"]


async def test_what_others_said_is_new_for_a_week(hall: Hall, clock: ManualClock) -> None:
    proposal_id = await hall.chamber.submitted()
    await hall.chamber.done("parent", "POST", f"/proposals/{proposal_id}/comments", {"words": "Très bien."})
    assert "New in the discussions" in headings(await hall.reader("mayor").get("/committee"))
    assert "New in the discussions" in headings(await hall.reader("teacher-1").get("/committee"))
    assert "New in the discussions" not in headings(await hall.reader("parent").get("/committee"))
    assert "New in the discussions" not in headings(await hall.reader("newcomer").get("/committee"))
    clock.advance(timedelta(days=8))
    await hall.chamber.sign_in_again()
    assert headings(await hall.reader("mayor").get("/committee")) == ["Nothing waits for you"]
