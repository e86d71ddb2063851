"""Seats: nobody enters the committee, leaves it or is replaced on one person's word. On both engines."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from mdm.clock import ManualClock
from mdm.store import Connection, Database
from profiles.charter.committee import Appointment
from profiles.charter.errors import ConventionInvalid, NoCharter
from profiles.charter.founding import founding_holdings
from profiles.charter.proposal_errors import NotYourSeat
from profiles.charter.seat_errors import (
    BodyUnknown,
    FoundingFileWrong,
    HoldingDecided,
    HoldingUnknown,
    MayNotConfirm,
    NoAccount,
    SeatMalformed,
    SeatUnknown,
    TermOver,
)
from profiles.charter.vote_errors import NoSeat
from tests.charter.committee import EVERYBODY, SETTING
from tests.charter.members import Members

OTHER_SETTING = [{"op": "set", "path": ["restrictions", "siri"], "value": False}]


@pytest.fixture
async def members(any_database: Database, clock: ManualClock) -> Members:
    made = Members(any_database, clock)
    await made.begin()
    clock.advance(timedelta(minutes=1))
    return made


def fourth_teacher(**fields: object) -> Appointment:
    given = {"seat_id": "teacher-4", "body": "teachers", "label": "Enseignant", "holder": "newcomer", **fields}
    return Appointment(**given)  # type: ignore[arg-type]


async def held(members: Members) -> dict[str, str]:
    now = members.clock.ms()
    return {one.seat_id: one.holder for one in await members.seats.seats() if one.held_at(now)}


async def test_an_appointment_holds_once_somebody_of_the_same_body_confirmed_it(
    members: Members, clock: ManualClock
) -> None:
    proposed = await members.seats.appoint(fourth_teacher(reference="arrêté 12"), login="secretary")
    assert proposed.state == "proposed"
    assert "teacher-4" not in await held(members)
    confirmed = await members.seats.confirm(proposed.holding_id, login="teacher-1")
    assert confirmed.since == clock.ms()
    assert (await held(members))["teacher-4"] == "newcomer"
    proposal_id = await members.opened()
    await members.say(proposal_id, "yes", "newcomer")
    assert (await members.journalled(4))[2:] == ["seat_appointment_confirmed", "seat_appointment_proposed"]


@pytest.mark.parametrize(
    ("login", "words"),
    [
        ("secretary", "you proposed it"),
        ("newcomer", "it concerns you"),
        ("other", "you hold no seat"),
        ("teacher-1-deputy", "you hold no seat"),
        ("mayor", "the others of the same body"),
    ],
)
async def test_others_do_not_confirm(members: Members, login: str, words: str) -> None:
    proposed = await members.seats.appoint(fourth_teacher(), login="secretary")
    with pytest.raises(MayNotConfirm) as refused:
        await members.seats.confirm(proposed.holding_id, login=login)
    assert words in str(refused.value)
    assert "teacher-4" not in await held(members)


async def test_a_seated_person_does_not_confirm_what_he_proposed(members: Members) -> None:
    proposed = await members.seats.appoint(fourth_teacher(), login="teacher-1")
    with pytest.raises(MayNotConfirm):
        await members.seats.confirm(proposed.holding_id, login="teacher-1")
    await members.seats.confirm(proposed.holding_id, login="teacher-2")


async def test_where_nobody_else_of_the_body_can_another_body_confirms(members: Members) -> None:
    # The mayor's is the only seat of the authority.
    proposed = await members.seats.appoint(
        Appointment(seat_id="mayor", body="authority", label="Maire", holder="newcomer"), login="secretary"
    )
    await members.seats.confirm(proposed.holding_id, login="inspector")
    assert (await held(members))["mayor"] == "newcomer"


async def test_a_new_holder_ends_the_earlier_at_the_same_moment(members: Members, clock: ManualClock) -> None:
    wanted = fourth_teacher(seat_id="teacher-1")
    proposed = await members.seats.appoint(wanted, login="secretary")
    assert (await held(members))["teacher-1"] == "teacher-1"
    clock.advance(timedelta(hours=1))
    await members.seats.confirm(proposed.holding_id, login="teacher-2")
    rows = [one for one in await members.seats.history() if one.seat_id == "teacher-1"]
    assert {one.holder: (one.state, one.since == clock.ms(), one.until == clock.ms()) for one in rows} == {
        "teacher-1": ("ended", False, True),
        "newcomer": ("confirmed", True, False),
    }


async def test_editions_verify_while_seats_change_before_and_during_votes(members: Members, clock: ManualClock) -> None:
    proposal_id = await members.opened()
    # In the very millisecond of the opening: the new holder waits for the next vote.
    proposed = await members.seats.appoint(fourth_teacher(), login="secretary")
    confirmed = await members.seats.confirm(proposed.holding_id, login="teacher-1")
    assert confirmed.since == clock.ms() + 1
    await members.say(proposal_id, "yes", *EVERYBODY)
    clock.advance(timedelta(hours=1))
    with pytest.raises(NoSeat):
        await members.say(proposal_id, "no", "newcomer")
    await members.charter.votes.close(proposal_id, actor="account:secretary")
    await members.publish()
    await members.seats.resign("teacher-2", login="teacher-2")
    clock.advance(timedelta(hours=1))
    await members.opened(kind="setting", changes=OTHER_SETTING)
    assert (await members.charter.editions.verify()).editions == 2


async def test_a_clock_that_jumps_back_changes_nothing_in_the_past(members: Members, clock: ManualClock) -> None:
    clock.advance(timedelta(days=5))
    await members.adopt("setting", changes=SETTING)
    record = await members.publish()
    clock.advance(timedelta(days=-3))
    proposed = await members.seats.appoint(fourth_teacher(seat_id="teacher-3"), login="secretary")
    confirmed = await members.seats.confirm(proposed.holding_id, login="teacher-1")
    assert confirmed.since is not None
    assert confirmed.since >= record.made_at
    clock.advance(timedelta(days=4))
    proposal_id = await members.opened(
        "setting", changes=[{"op": "set", "path": ["restrictions", "siri"], "value": True}]
    )
    await members.say(proposal_id, "yes", "mayor", "inspector", "teacher-1", "teacher-2", "newcomer", "parent")
    await members.charter.votes.close(proposal_id, actor="account:secretary")
    await members.publish()
    assert (await members.charter.editions.verify()).editions == 3


async def test_a_seat_whose_term_is_over_does_not_vote(members: Members, clock: ManualClock) -> None:
    ends = clock.ms() + timedelta(days=30) // timedelta(milliseconds=1)
    proposed = await members.seats.appoint(fourth_teacher(term_ends_at=ends), login="secretary")
    await members.seats.confirm(proposed.holding_id, login="teacher-1")
    clock.advance(timedelta(days=29))
    proposal_id = await members.opened()
    clock.advance(timedelta(days=1))
    assert "teacher-4" not in await held(members)
    with pytest.raises(NoSeat):
        await members.say(proposal_id, "yes", "newcomer")


async def test_a_holder_resigns_at_once(members: Members) -> None:
    with pytest.raises(NotYourSeat):
        await members.seats.resign("parent", login="parent-deputy")
    ended = await members.seats.resign("parent", login="parent")
    assert ended.state == "ended"
    assert "parent" not in await held(members)
    with pytest.raises(SeatUnknown):
        await members.seats.resign("parent", login="parent")


async def test_nobody_empties_anothers_seat_alone(members: Members) -> None:
    vacancy = await members.seats.end("teacher-3", login="secretary")
    assert vacancy.state == "proposed"
    assert (await held(members))["teacher-3"] == "teacher-3"
    with pytest.raises(MayNotConfirm):
        await members.seats.confirm(vacancy.holding_id, login="secretary")
    await members.seats.confirm(vacancy.holding_id, login="teacher-1")
    assert "teacher-3" not in await held(members)
    assert (await members.journalled(2))[0] == "seat_appointment_confirmed"


async def test_another_deputy_needs_the_same_confirmation(members: Members) -> None:
    proposed = await members.seats.change_deputy("teacher-1", "newcomer", login="teacher-1")
    with pytest.raises(MayNotConfirm):
        await members.seats.confirm(proposed.holding_id, login="teacher-1")
    proposal_id = await members.opened()
    with pytest.raises(NoSeat):
        await members.say(proposal_id, "yes", "newcomer")
    await members.say(proposal_id, "yes", "teacher-1-deputy")
    await members.seats.confirm(proposed.holding_id, login="teacher-2")
    members.clock.advance(timedelta(seconds=1))  # type: ignore[attr-defined]
    await members.say(proposal_id, "no", "newcomer")
    with pytest.raises(NoSeat):
        await members.say(proposal_id, "yes", "teacher-1-deputy")


async def test_a_holder_whose_password_somebody_else_set_is_confirmed_again(
    members: Members, clock: ManualClock
) -> None:
    waiting = await members.seats.suspend_for("teacher-1", actor="account:technician")
    assert [(one.seat_id, one.holder, one.deputy) for one in waiting] == [
        ("teacher-1", "teacher-1", "teacher-1-deputy")
    ]
    clock.advance(timedelta(seconds=1))
    assert "teacher-1" not in await held(members)
    proposal_id = await members.opened()
    with pytest.raises(NoSeat):
        await members.say(proposal_id, "yes", "teacher-1")
    with pytest.raises(MayNotConfirm):
        await members.seats.confirm(waiting[0].holding_id, login="teacher-1")
    await members.seats.confirm(waiting[0].holding_id, login="teacher-3")
    clock.advance(timedelta(seconds=1))
    await members.say(await members.opened(), "yes", "teacher-1")


async def test_a_deputy_whose_password_somebody_else_set_is_out_while_the_holder_goes_on(members: Members) -> None:
    waiting = await members.seats.suspend_for("teacher-1-deputy", actor="cli:root")
    proposal_id = await members.opened()
    with pytest.raises(NoSeat):
        await members.say(proposal_id, "yes", "teacher-1-deputy")
    await members.say(proposal_id, "yes", "teacher-1")
    await members.seats.confirm(waiting[0].holding_id, login="teacher-2")
    assert await members.seats.suspend_for("secretary", actor="cli:root") == []


async def test_what_was_proposed_may_be_taken_back_declined_or_refused(members: Members) -> None:
    for login in ("secretary", "newcomer", "teacher-2"):
        proposed = await members.seats.appoint(fourth_teacher(), login="secretary")
        with pytest.raises(MayNotConfirm):
            await members.seats.refuse(proposed.holding_id, login="other")
        assert (await members.seats.refuse(proposed.holding_id, login=login)).state == "refused"
        with pytest.raises(HoldingDecided):
            await members.seats.confirm(proposed.holding_id, login="teacher-1")


async def test_a_later_appointment_takes_the_place_of_one_that_waits(members: Members) -> None:
    first = await members.seats.appoint(fourth_teacher(), login="secretary")
    second = await members.seats.appoint(fourth_teacher(holder="other"), login="secretary")
    with pytest.raises(HoldingDecided):
        await members.seats.confirm(first.holding_id, login="teacher-1")
    await members.seats.confirm(second.holding_id, login="teacher-1")


async def test_two_who_confirm_at_once_fill_the_seat_once(members: Members) -> None:
    proposed = await members.seats.appoint(fourth_teacher(), login="secretary")
    logins = ("teacher-1", "teacher-2", "teacher-3")
    outcomes = await asyncio.gather(
        *(members.seats.confirm(proposed.holding_id, login=login) for login in logins), return_exceptions=True
    )
    assert sum(not isinstance(one, BaseException) for one in outcomes) == 1
    assert sum(isinstance(one, HoldingDecided) for one in outcomes) == 2


async def test_a_row_that_was_edited_by_hand_counts_for_nothing_and_is_named(members: Members) -> None:
    proposed = await members.seats.appoint(fourth_teacher(), login="secretary")

    def edit(conn: Connection) -> None:
        conn.run(
            "UPDATE seat_holding SET state = 'confirmed', since = 1, position = 99 WHERE holding_id = :id",
            id=proposed.holding_id,
        )

    await members.database.write(edit)
    assert "teacher-4" not in await held(members)
    assert await members.seats.edited() == [proposed.holding_id]
    with pytest.raises(HoldingUnknown):
        await members.seats.confirm(proposed.holding_id, login="teacher-1")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"body": "nobody"}, BodyUnknown),
        ({"holder": "stranger"}, NoAccount),
        ({"deputy": "stranger"}, NoAccount),
        ({"holder": ""}, SeatMalformed),
        ({"deputy": "newcomer"}, SeatMalformed),
        ({"seat_id": "Teacher 4"}, SeatMalformed),
        ({"label": " "}, SeatMalformed),
        ({"label": "a\x00b"}, SeatMalformed),
        ({"term_ends_at": 1}, TermOver),
        ({"term_ends_at": 10**15}, SeatMalformed),
    ],
)
async def test_an_appointment_that_is_not_right_is_refused(
    members: Members, fields: dict[str, object], error: type[Exception]
) -> None:
    before = await members.seats.seats()
    with pytest.raises(error):
        await members.seats.appoint(fourth_teacher(**fields), login="secretary")
    assert await members.seats.seats() == before


async def test_an_account_that_ended_is_not_appointed(members: Members) -> None:
    await members.accounts("gone", ended=True)
    with pytest.raises(NoAccount):
        await members.seats.appoint(fourth_teacher(holder="gone"), login="secretary")


async def test_unknown_seats_and_appointments_are_said_to_be(members: Members) -> None:
    with pytest.raises(HoldingUnknown):
        await members.seats.confirm("nothing", login="teacher-1")
    with pytest.raises(SeatUnknown):
        await members.seats.change_deputy("nothing", "other", login="secretary")


async def test_without_a_charter_nobody_is_appointed(any_database: Database, clock: ManualClock) -> None:
    members = Members(any_database, clock)
    with pytest.raises(NoCharter):
        await members.seats.appoint(fourth_teacher(), login="secretary")


FILE = """
territory = "MACS"
convention = "default"
reference = "délibération 2026-41 du 3 juillet 2026"
[[seats]]
seat = "mayor"
body = "authority"
label = "Maire"
holder = "anne"
deputy = "paul"
reference = "arrêté 2026-12"
term_ends = 2029-06-30
[[seats]]
seat = "inspector"
body = "dsden"
label = "Inspectrice"
holder = "ines"
"""


async def test_a_charter_is_founded_from_a_file(any_database: Database, clock: ManualClock, tmp_path: Path) -> None:
    path = tmp_path / "founding.toml"
    path.write_text(FILE, encoding="utf-8")
    founding = founding_holdings(path, clock=clock, actor="cli:root")
    members = Members(any_database, clock)
    record = await members.charter.editions.found(
        founding.territory, founding.convention, founding.holdings, actor="cli:root"
    )
    assert record.state.convention.reference == "délibération 2026-41 du 3 juillet 2026"
    assert await held(members) == {"mayor": "anne", "inspector": "ines"}
    assert (await members.charter.editions.verify()).editions == 1
    clock.advance(timedelta(days=365 * 3))
    assert await held(members) == {"inspector": "ines"}


def test_a_convention_of_ones_own_lies_beside_the_founding_file(clock: ManualClock, tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(
        'name = "La nôtre"\nreference = "délibération 7"\n[[bodies]]\nbody = "all"\nname = "Tous"\n'
        '[rules.default]\nneeds = [{ body = "all" }]\n',
        encoding="utf-8",
    )
    path = tmp_path / "founding.toml"
    path.write_text(
        'territory = "MACS"\nconvention = "ours.toml"\n'
        '[[seats]]\nseat = "one"\nbody = "all"\nlabel = "Un"\nholder = "anne"\n',
        encoding="utf-8",
    )
    assert founding_holdings(path, clock=clock, actor="cli:root").convention.name == "La nôtre"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('reference = "délibération 2026-41 du 3 juillet 2026"\n', "", "lacks the reference"),
        ('body = "dsden"', 'body = "nobody"', "a body that the convention does not have"),
        ('seat = "inspector"', 'seat = "mayor"', "twice"),
        ('deputy = "paul"', 'deputy = "anne"', "his own deputy"),
        ("term_ends = 2029-06-30", "term_ends = 2019-06-30", "over already"),
        ("term_ends = 2029-06-30", "term_ends = 9999-12-31", "another century"),
        ('convention = "default"', 'convention = "missing.toml"', "No such file"),
        ('holder = "ines"', 'holder = "Inès!"', "holder"),
        ('territory = "MACS"', "", "territory"),
        ('territory = "MACS"', "territory = ", ""),
    ],
)
def test_a_founding_file_that_is_not_right_is_refused_with_words(
    clock: ManualClock, tmp_path: Path, old: str, new: str, words: str
) -> None:
    path = tmp_path / "founding.toml"
    assert old in FILE
    path.write_text(FILE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(FoundingFileWrong) as refused:
        founding_holdings(path, clock=clock, actor="cli:root")
    assert words in str(refused.value)


def test_a_founding_file_names_what_is_wrong_in_the_convention(clock: ManualClock, tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text('name = "La nôtre"\n', encoding="utf-8")
    path = tmp_path / "founding.toml"
    path.write_text(FILE.replace('"default"', '"ours.toml"'), encoding="utf-8")
    with pytest.raises(ConventionInvalid):
        founding_holdings(path, clock=clock, actor="cli:root")
