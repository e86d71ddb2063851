"""Meetings: called, held and closed, with an agenda, attendance and all that the minutes need. On both engines."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from mdm.clock import ManualClock
from mdm.store import Database
from profiles.charter.change import Set
from profiles.charter.drafting import Draft, adding_app
from profiles.charter.errors import NoCharter
from profiles.charter.meeting_errors import (
    ItemUnknown,
    MeetingAmbiguous,
    MeetingChanged,
    MeetingClosed,
    MeetingMalformed,
    MeetingNotCalled,
    MeetingNotHeld,
    MeetingUnknown,
    NotForAgenda,
    VotesOpen,
)
from profiles.charter.meeting_record import MeetingRecord
from profiles.charter.meetings import Entry, Invitation
from profiles.charter.proposal import Withdrawn
from profiles.charter.proposal_errors import WordsRefused
from profiles.charter.seat_errors import SeatUnknown
from profiles.charter.vote_errors import ProposalUnknown
from tests.charter.agreeing import SIMPLE
from tests.charter.committee import convention_with
from tests.charter.members import LIRE, Members

NO_CAMERA = Draft(
    kind="setting", title="Sans appareil photo", changes=(Set(path=("restrictions", "camera"), value=False),)
)
ADD_LIRE = Draft(kind="add_app", title="Ajouter Lire", changes=adding_app(LIRE))


@pytest.fixture
async def members(any_database: Database, clock: ManualClock) -> Members:
    made = Members(any_database, clock)
    await made.begin()
    clock.advance(timedelta(minutes=1))
    return made


def invitation(members: Members, **fields: Any) -> Invitation:
    in_a_week = members.clock.ms() + 7 * 86_400_000
    given = {"kind": "room", "title": "Comité", "begins_at": in_a_week, "place": "Mairie de Tosse", **fields}
    return Invitation(**given)


async def called(members: Members, *agenda: Entry) -> MeetingRecord:
    return await members.meetings.call(invitation(members), agenda, login="secretary")


async def opened(members: Members, *agenda: Entry) -> MeetingRecord:
    meeting = await called(members, *agenda)
    return await members.meetings.open(meeting.meeting_id, revision=meeting.revision, login="secretary")


async def withdrawn(members: Members) -> str:
    """An urgent withdrawal that waits; return its ratification."""
    await members.adopt("add_app", changes=[{"op": "add", "path": ["apps"], "value": LIRE}])
    await members.publish()
    done = await members.charter.withdrawals.withdraw(
        Withdrawn(path=("apps",), match={"bundle_id": "fr.lire"}),
        title="Retrait : Lire",
        purpose="L'éditeur a changé de mains.",
        login="inspector",
    )
    return done.ratification_id


async def test_a_meeting_from_its_call_to_its_minutes(members: Members, clock: ManualClock) -> None:
    proposal_id = await members.examined(NO_CAMERA)
    meeting = await called(members, Entry(title="Ouverture"), Entry(proposal_id=proposal_id))
    assert (meeting.state, meeting.revision, meeting.territory) == ("called", 1, "MACS")
    assert [(one.position, one.title) for one in meeting.items] == [(1, "Ouverture"), (2, "Sans appareil photo")]

    clock.advance(timedelta(days=7))
    meetings, key = members.meetings, meeting.meeting_id
    await meetings.open(key, revision=1, login="secretary")
    await meetings.attend(
        key,
        {"mayor": "holder", "inspector": "deputy", "teacher-1": "holder", "teacher-2": "excused", "parent": "absent"},
        revision=2,
        login="secretary",
    )
    await meetings.note(key, "Débat sur les photos de classe.", item=2, revision=3, login="secretary")
    await meetings.note(key, "Séance levée à 19 h.", revision=4, login="secretary")
    await members.charter.votes.open(proposal_id, actor="account:secretary", meeting_id=key)
    await members.proposals.stand_aside(proposal_id, seat_id="teacher-3", login="teacher-3", words="Auteur.")
    await members.say(proposal_id, "yes", "mayor", "inspector-deputy", "teacher-1")
    with pytest.raises(VotesOpen):
        await meetings.close(key, revision=5, login="secretary")
    await members.charter.votes.close(proposal_id, actor="account:secretary")
    clock.advance(timedelta(hours=2))
    record = await meetings.close(key, revision=5, login="secretary")

    assert (record.state, record.closed_at, record.notes) == ("closed", clock.ms(), "Séance levée à 19 h.")
    item = record.items[1]
    assert (item.notes, item.proposal and item.proposal.state) == ("Débat sur les photos de classe.", "adopted")
    assert item.proposal is not None
    assert item.proposal.proposal.title == "Sans appareil photo"
    vote = item.vote
    assert vote is not None
    assert vote.tally is not None
    assert vote.tally.adopted
    assert (vote.by_passkey, vote.by_server, vote.secret, vote.round) == (0, 3, False, 1)
    assert vote.stood_aside == ("Teacher-3",)
    assert record.items[0].vote is None
    present = {one.body: (one.present, len(one.seats), one.quorum, one.quorum_reached) for one in record.bodies}
    assert present == {
        "authority": (1, 1, 1, True),
        "dsden": (1, 1, 1, True),
        "teachers": (1, 3, 2, False),
        "parents": (0, 1, 0, True),
    }
    teachers = next(one for one in record.bodies if one.body == "teachers")
    assert [(one.label, one.presence) for one in teachers.seats] == [
        ("Teacher-1", "holder"),
        ("Teacher-2", "excused"),
        ("Teacher-3", None),
    ]
    assert await members.meetings.show(key) == record


async def test_the_minutes_keep_what_was_voted_and_who_sat_there(members: Members, clock: ManualClock) -> None:
    proposal_id = await members.examined(NO_CAMERA)
    meeting = await opened(members, Entry(proposal_id=proposal_id))
    await members.charter.votes.open(proposal_id, actor="account:secretary", meeting_id=meeting.meeting_id)
    await members.say(proposal_id, "yes", "mayor", "inspector", "teacher-1", "teacher-2", "teacher-3")
    await members.charter.votes.close(proposal_id, actor="account:secretary")
    before = await members.meetings.close(meeting.meeting_id, revision=meeting.revision, login="secretary")
    clock.advance(timedelta(days=1))
    newer = msgspec.structs.replace(SIMPLE, version=2, name="Convention suivante", bodies=SIMPLE.bodies[:3])
    await members.adopt("convention", convention=newer.tree())
    await members.publish()
    await members.seats.resign("parent", login="parent")
    after = await members.meetings.show(meeting.meeting_id)
    assert (after.convention, after.bodies) == (before.convention, before.bodies)
    (then,), (item,) = before.items, after.items
    assert (then.vote is not None, item.proposal is not None) == (True, True)
    assert (item.proposal and item.proposal.state, item.vote and item.vote.tally) == (
        "in_edition",
        then.vote and then.vote.tally,
    )


async def test_a_secret_vote_counts_the_seats_that_took_part(any_database: Database, clock: ManualClock) -> None:
    members = Members(any_database, clock)
    await members.begin(convention_with(setting={"needs": [{"body": "teachers"}], "secret": True}))
    proposal_id = await members.examined(NO_CAMERA)
    meeting = await opened(members, Entry(proposal_id=proposal_id))
    await members.charter.votes.open(proposal_id, actor="account:secretary", meeting_id=meeting.meeting_id)
    await members.say(proposal_id, "yes", "teacher-1", "teacher-2")
    during = (await members.meetings.show(meeting.meeting_id)).items[0].vote
    assert during is not None
    assert (during.tally, during.by_server, during.closed_at) == (None, 2, None)
    await members.charter.votes.close(proposal_id, actor="account:secretary")
    vote = (await members.meetings.show(meeting.meeting_id)).items[0].vote
    assert vote is not None
    assert (vote.secret, vote.by_server, vote.tally is not None) == (True, 2, True)


async def test_a_vote_outside_the_meeting_is_not_in_its_minutes(members: Members) -> None:
    proposal_id = await members.examined(NO_CAMERA)
    meeting = await opened(members, Entry(proposal_id=proposal_id))
    await members.charter.votes.open(proposal_id, actor="account:secretary")
    record = await members.meetings.close(meeting.meeting_id, revision=meeting.revision, login="secretary")
    assert record.items[0].vote is None
    assert record.items[0].proposal is not None
    assert record.items[0].proposal.state == "vote_open"


async def test_an_urgent_withdrawal_comes_onto_the_next_agenda_by_itself(members: Members, clock: ManualClock) -> None:
    ratification = await withdrawn(members)
    meeting = await called(members, Entry(title="Divers"))
    assert [one.title for one in meeting.items] == ["Divers", "Retrait : Lire"]
    assert meeting.items[1].proposal is not None
    assert meeting.items[1].proposal.proposal_id == ratification
    # It cannot be left out, and is on one agenda at a time.
    kept = await members.meetings.set_agenda(meeting.meeting_id, [], revision=1, login="secretary")
    assert [one.title for one in kept.items] == ["Retrait : Lire"]
    assert (await called(members)).items == ()
    # A meeting that did not vote on it leaves it to the next one.
    clock.advance(timedelta(days=7))
    await members.meetings.open(meeting.meeting_id, revision=2, login="secretary")
    await members.meetings.close(meeting.meeting_id, revision=3, login="secretary")
    assert [one.title for one in (await called(members)).items] == ["Retrait : Lire"]


async def test_a_withdrawal_comes_onto_the_agenda_of_the_meeting_that_was_called(members: Members) -> None:
    meeting = await called(members)
    assert meeting.items == ()
    await withdrawn(members)
    record = await members.meetings.show(meeting.meeting_id)
    assert ([one.title for one in record.items], record.revision) == (["Retrait : Lire"], 2)
    await members.database.write(members.meetings.put_waiting_in)
    assert await members.meetings.show(meeting.meeting_id) == record


async def test_a_withdrawal_that_one_meeting_left_open_is_there_when_the_next_opens(members: Members) -> None:
    await withdrawn(members)
    first, second = await called(members), await called(members)
    assert (len(first.items), len(second.items)) == (1, 0)
    await members.meetings.open(first.meeting_id, revision=1, login="secretary")
    await members.meetings.close(first.meeting_id, revision=2, login="secretary")
    held = await members.meetings.open(second.meeting_id, revision=1, login="secretary")
    assert [one.title for one in held.items] == ["Retrait : Lire"]


async def test_a_withdrawal_that_was_lifted_is_on_no_agenda(members: Members, clock: ManualClock) -> None:
    ratification = await withdrawn(members)
    clock.advance(timedelta(days=30))
    assert (await called(members)).items == ()
    assert await members.state_of(ratification) == "examined"


async def test_notes_stay_with_what_they_are_about_when_the_agenda_changes(members: Members) -> None:
    proposal_id = await members.submitted(NO_CAMERA)
    meeting = await opened(members, Entry(title="Bilan"), Entry(proposal_id=proposal_id))
    key = meeting.meeting_id
    await members.meetings.note(key, "Bon.", item=1, revision=2, login="secretary")
    await members.meetings.note(key, "À voir.", item=2, revision=3, login="secretary")
    changed = await members.meetings.set_agenda(
        key,
        [Entry(proposal_id=proposal_id), Entry(title="Divers"), Entry(title="Bilan")],
        revision=4,
        login="secretary",
    )
    assert [(one.title, one.notes) for one in changed.items] == [
        ("Sans appareil photo", "À voir."),
        ("Divers", ""),
        ("Bilan", "Bon."),
    ]


async def test_two_who_write_at_once_do_not_overwrite_each_other(members: Members) -> None:
    meeting = await opened(members)
    note = members.meetings.note
    outcomes = await asyncio.gather(
        *(note(meeting.meeting_id, text, revision=2, login="secretary") for text in ("a", "b", "c")),
        return_exceptions=True,
    )
    assert sum(isinstance(one, MeetingRecord) for one in outcomes) == 1
    assert [one.params for one in outcomes if isinstance(one, MeetingChanged)] == [{"revision": 3}] * 2


async def test_nothing_of_a_closed_meeting_changes(members: Members) -> None:
    meeting = await opened(members, Entry(title="Bilan"))
    key = meeting.meeting_id
    record = await members.meetings.close(key, revision=2, login="secretary")
    for change in (
        members.meetings.note(key, "Encore", revision=3, login="secretary"),
        members.meetings.set_agenda(key, [], revision=3, login="secretary"),
        members.meetings.attend(key, {"mayor": "holder"}, revision=3, login="secretary"),
        members.meetings.open(key, revision=3, login="secretary"),
        members.meetings.close(key, revision=3, login="secretary"),
        members.meetings.move(key, revision=3, title="Autre", login="secretary"),
    ):
        with pytest.raises(MeetingClosed):
            await change
    assert await members.meetings.show(key) == record


async def test_a_meeting_is_opened_once_and_closed_once_it_is_open(members: Members) -> None:
    meeting = await called(members)
    key = meeting.meeting_id
    with pytest.raises(MeetingNotHeld):
        await members.meetings.close(key, revision=1, login="secretary")
    await members.meetings.open(key, revision=1, login="secretary")
    with pytest.raises(MeetingNotCalled):
        await members.meetings.open(key, revision=2, login="secretary")
    with pytest.raises(MeetingNotCalled):
        await members.meetings.move(key, revision=2, place="Ailleurs", login="secretary")


async def test_a_meeting_that_was_called_can_be_moved(members: Members) -> None:
    meeting = await called(members)
    later = meeting.begins_at + 86_400_000
    moved = await members.meetings.move(
        meeting.meeting_id, revision=1, begins_at=later, place="Ailleurs", login="secretary"
    )
    assert (moved.begins_at, moved.place, moved.title) == (later, "Ailleurs", "Comité")


async def test_a_written_consultation_needs_no_room(members: Members) -> None:
    record = await members.meetings.call(
        invitation(members, kind="written", place="", title="Consultation"), login="secretary"
    )
    assert (record.kind, record.place) == ("written", "")


async def test_a_clock_that_jumps_back_closes_no_meeting_before_its_opening(
    members: Members, clock: ManualClock
) -> None:
    meeting = await opened(members)
    clock.advance(timedelta(seconds=-30))
    record = await members.meetings.close(meeting.meeting_id, revision=2, login="secretary")
    assert record.closed_at == record.opened_at


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"title": " "}, MeetingMalformed),
        ({"title": "a\x00"}, WordsRefused),
        ({"place": ""}, MeetingMalformed),
        ({"begins_at": 1}, MeetingMalformed),
        ({"begins_at": 10**15}, MeetingMalformed),
        ({"begins_at": -1}, MeetingMalformed),
    ],
)
async def test_a_call_that_is_not_right_is_refused(
    members: Members, fields: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await members.meetings.call(invitation(members, **fields), login="secretary")
    assert await members.meetings.list() == []


async def test_an_agenda_that_is_not_right_is_refused(members: Members) -> None:
    draft = (await members.drafted(NO_CAMERA)).row.proposal_id
    proposal_id = await members.submitted(ADD_LIRE)
    meeting = await called(members, Entry(title="Bilan"))
    for agenda, error in (
        ([Entry(proposal_id=draft)], NotForAgenda),
        ([Entry(proposal_id="nothing")], ProposalUnknown),
        ([Entry(proposal_id=proposal_id), Entry(proposal_id=proposal_id, title="Encore")], MeetingMalformed),
        ([Entry()], MeetingMalformed),
        ([Entry(title="a")] * 201, MeetingMalformed),
    ):
        with pytest.raises(error):
            await members.meetings.set_agenda(meeting.meeting_id, agenda, revision=1, login="secretary")
    assert await members.meetings.show(meeting.meeting_id) == meeting


async def test_only_seats_that_are_held_attend(members: Members) -> None:
    meeting = await opened(members)
    for presences, error in (({"nobody": "holder"}, SeatUnknown), ({"mayor": "asleep"}, MeetingMalformed)):
        with pytest.raises(error):
            await members.meetings.attend(
                meeting.meeting_id,
                presences,  # type: ignore[arg-type]
                revision=2,
                login="secretary",
            )
    with pytest.raises(ItemUnknown):
        await members.meetings.note(meeting.meeting_id, "Rien", item=1, revision=2, login="secretary")


async def test_an_excuse_is_noted_before_the_opening_and_can_be_corrected(members: Members) -> None:
    meeting = await called(members)
    key = meeting.meeting_id
    await members.meetings.attend(key, {"mayor": "excused", "parent": "excused"}, revision=1, login="secretary")
    await members.meetings.open(key, revision=2, login="secretary")
    record = await members.meetings.attend(key, {"mayor": "deputy"}, revision=3, login="secretary")
    noted = {seat.seat_id: seat.presence for body in record.bodies for seat in body.seats if seat.presence}
    assert noted == {"mayor": "deputy", "parent": "excused"}


async def test_meetings_are_listed_in_parts_and_found_by_a_part_of_their_identifier(
    members: Members, clock: ManualClock
) -> None:
    made = []
    for _ in range(3):
        clock.advance(timedelta(hours=1))
        made.append((await called(members)).meeting_id)
    first = await members.meetings.list(limit=2)
    assert [one.meeting_id for one in first] == [made[2], made[1]]
    rest = await members.meetings.list(after=(first[-1].begins_at, first[-1].meeting_id), limit=2)
    assert [one.meeting_id for one in rest] == [made[0]]
    assert await members.meetings.list(state="closed") == []
    assert await members.meetings.find(made[0][-8:]) == made[0]
    with pytest.raises(MeetingAmbiguous):
        await members.meetings.find(made[0][:6])
    for reference in ("", "abc", "%%%%%%", "0" * 32):
        with pytest.raises(MeetingUnknown):
            await members.meetings.find(reference)
    with pytest.raises(MeetingUnknown):
        await members.meetings.show("nothing")


async def test_without_a_charter_no_meeting_is_called(any_database: Database, clock: ManualClock) -> None:
    members = Members(any_database, clock)
    with pytest.raises(NoCharter):
        await called(members)
