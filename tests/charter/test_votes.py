"""Votes: who may vote, until when, on what exactly, and what the count makes of it. On both engines."""

import asyncio
from datetime import timedelta

import pytest

from mdm.clock import ManualClock
from mdm.journal import Journal, latest_entries
from mdm.store import Connection, Database
from mdm.vault import Vault
from profiles.charter import seat_store, vote_store
from profiles.charter.counting import Choice
from profiles.charter.errors import NoCharter
from profiles.charter.vote_errors import (
    HolderVoted,
    NoSeat,
    NoticeRunning,
    SeatNeeded,
    SecretBallotStands,
    VoteNotOpen,
    VoteNotOver,
)
from tests.charter.agreeing import SIMPLE
from tests.charter.agreeing_in_store import holding
from tests.charter.committee import SEATS, SETTING, Committee, convention_with


@pytest.fixture
async def committee(any_database: Database, clock: ManualClock) -> Committee:
    made = Committee(any_database, clock, Journal(clock), Vault(bytes(range(32))))
    await made.begin()
    return made


async def test_what_every_deciding_body_wants_is_adopted_and_goes_into_an_edition(committee: Committee) -> None:
    proposal_id = await committee.opened()
    await committee.say(proposal_id, "yes", "mayor", "inspector", "teacher-1", "teacher-2")
    await committee.say(proposal_id, "no", "teacher-3")
    decision = await committee.charter.votes.close(proposal_id, actor="account:secretary")
    assert decision.tally.adopted
    published = await committee.charter.editions.publish(actor="account:secretary")
    assert published.record.state.policy["restrictions"] == {"camera": False}
    assert await committee.state_of(proposal_id) == "in_edition"
    assert (await committee.charter.editions.verify()).editions == 2


async def test_a_body_that_says_no_rejects_it(committee: Committee, clock: ManualClock) -> None:
    proposal_id = await committee.opened()
    await committee.say(proposal_id, "yes", "mayor", "teacher-1", "teacher-2", "teacher-3")
    await committee.say(proposal_id, "no", "inspector")
    decision = await committee.charter.votes.close(proposal_id, actor="account:secretary")
    assert not decision.tally.adopted
    assert {one.body: one.reason for one in decision.tally.bodies}["dsden"] == "not enough said yes"
    assert await committee.state_of(proposal_id) == "rejected"


async def test_a_vote_stays_open_until_its_time_or_until_all_who_decide_have_voted(
    committee: Committee, clock: ManualClock
) -> None:
    proposal_id = await committee.opened()
    await committee.say(proposal_id, "yes", "mayor", "inspector", "teacher-1", "teacher-2")
    with pytest.raises(VoteNotOver):
        await committee.charter.votes.close(proposal_id, actor="account:secretary")
    clock.advance(timedelta(days=14))
    assert await committee.charter.votes.close_due() == [proposal_id]
    assert await committee.state_of(proposal_id) == "adopted"


async def test_a_ballot_after_the_closing_is_not_taken(committee: Committee, clock: ManualClock) -> None:
    proposal_id = await committee.opened()
    clock.advance(timedelta(days=14))
    with pytest.raises(VoteNotOpen):
        await committee.say(proposal_id, "yes", "mayor")
    await committee.charter.votes.close_due()
    with pytest.raises(VoteNotOpen):
        await committee.charter.votes.close(proposal_id, actor="account:secretary")


async def test_the_notice_comes_before_the_vote(any_database: Database, clock: ManualClock) -> None:
    committee = Committee(any_database, clock, Journal(clock), Vault(bytes(range(32))))
    needs = SIMPLE.tree()["rules"]["default"]["needs"]
    await committee.begin(convention_with(default={"needs": needs, "notice_days": 7}))
    proposal = await committee.propose("setting", changes=SETTING)
    with pytest.raises(NoticeRunning):
        await committee.charter.votes.open(proposal.proposal_id, actor="account:secretary")
    clock.advance(timedelta(days=7))
    await committee.charter.votes.open(proposal.proposal_id, actor="account:secretary")


async def test_who_holds_no_seat_does_not_vote(committee: Committee) -> None:
    proposal_id = await committee.opened()
    for stranger in ("secretary", "admin", ""):
        with pytest.raises(NoSeat):
            await committee.say(proposal_id, "yes", stranger)


async def test_a_seat_that_ended_yesterday_does_not_vote(committee: Committee, clock: ManualClock) -> None:
    proposal_id = await committee.opened()

    await committee.end_seat("inspector")
    clock.advance(timedelta(days=1))
    with pytest.raises(NoSeat):
        await committee.say(proposal_id, "yes", "inspector")


async def test_a_seat_that_was_filled_after_the_opening_waits_for_the_next_vote(
    committee: Committee, clock: ManualClock
) -> None:
    proposal_id = await committee.opened()
    clock.advance(timedelta(hours=1))
    late = holding("mayor-2", "authority", holder="late", now=clock.ms(), number=77)
    await committee.database.write(lambda conn: seat_store.insert_holding(conn, late, committee.charter.seals))
    with pytest.raises(NoSeat):
        await committee.say(proposal_id, "yes", "late")
    await committee.say(await committee.opened(), "yes", "late")


async def test_a_seat_that_stands_aside_does_not_vote_and_does_not_count(committee: Committee) -> None:
    proposal_id = await committee.opened()
    await committee.say(proposal_id, "no", "teacher-1")

    def stand_aside(conn: Connection) -> None:
        conn.run("INSERT INTO recusal VALUES (:proposal, 'teacher-1', 1, 'éditeur')", proposal=proposal_id)

    await committee.database.write(stand_aside)
    with pytest.raises(NoSeat):
        await committee.say(proposal_id, "no", "teacher-1")
    await committee.say(proposal_id, "yes", "mayor", "inspector", "teacher-2")
    await committee.say(proposal_id, "no", "teacher-3")
    decision = await committee.charter.votes.close(proposal_id, actor="account:secretary")
    teachers = next(one for one in decision.tally.bodies if one.body == "teachers")
    assert (teachers.seats, teachers.yes, teachers.no) == (2, 1, 1)
    assert decision.recused == ("teacher-1",)


async def test_the_holders_word_stands_before_the_deputys(committee: Committee) -> None:
    proposal_id = await committee.opened()
    await committee.say(proposal_id, "no", "mayor-deputy")
    await committee.say(proposal_id, "yes", "mayor")
    with pytest.raises(HolderVoted):
        await committee.say(proposal_id, "no", "mayor-deputy")
    ballots = await committee.database.read(lambda conn: vote_store.ballots_of(conn, proposal_id, 1))
    assert [(one.seat_id, one.ballot.statement.choice, one.by_deputy) for one in ballots] == [("mayor", "yes", False)]


async def test_who_holds_two_seats_says_for_which_one(committee: Committee, clock: ManualClock) -> None:
    second = holding("parent-2", "parents", holder="mayor", now=clock.ms(), number=78)
    await committee.database.write(lambda conn: seat_store.insert_holding(conn, second, committee.charter.seals))
    proposal_id = await committee.opened()
    with pytest.raises(SeatNeeded):
        await committee.say(proposal_id, "yes", "mayor")
    receipt = await committee.charter.casting.cast(proposal_id, "mayor", "no", seat="parent-2")
    assert receipt.seat == "parent-2"


async def test_all_can_vote_at_once_and_each_seat_counts_once(committee: Committee) -> None:
    proposal_id = await committee.opened()
    casting = committee.charter.casting
    await asyncio.gather(
        *(casting.cast(proposal_id, seat, "yes") for seat, _ in SEATS for _ in range(4)),
    )
    decision = await committee.charter.votes.close(proposal_id, actor="account:secretary")
    assert len(decision.ballots) == len(SEATS)
    assert decision.tally.adopted


async def test_two_who_close_at_once_decide_once(committee: Committee) -> None:
    proposal_id = await committee.opened()
    await committee.say(proposal_id, "yes", *(seat for seat, _ in SEATS))
    close = committee.charter.votes.close
    outcomes = await asyncio.gather(*(close(proposal_id, actor="test") for _ in range(4)), return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in outcomes) == 1
    assert sum(isinstance(one, VoteNotOpen) for one in outcomes) == 3
    entries = await committee.database.read(lambda conn: latest_entries(conn, limit=20))
    assert [one.kind for one in entries].count("proposal_adopted") == 1


async def test_a_secret_vote_is_counted_and_says_of_nobody_what_he_voted(
    any_database: Database, clock: ManualClock
) -> None:
    committee = Committee(any_database, clock, Journal(clock), Vault(bytes(range(32))))
    await committee.begin(convention_with(setting={"needs": [{"body": "teachers"}], "secret": True}))
    proposal_id = await committee.opened()
    choices: dict[str, Choice] = {"teacher-1": "yes", "teacher-2": "no", "teacher-3": "yes"}
    receipts = {
        login: await committee.charter.casting.cast(proposal_id, login, choice) for login, choice in choices.items()
    }
    with pytest.raises(SecretBallotStands):
        await committee.charter.casting.cast(proposal_id, "teacher-2", "yes")
    decision = await committee.charter.votes.close(proposal_id, actor="account:secretary")
    assert decision.tally.adopted
    counted = {one.statement.serial: one.statement for one in decision.ballots}
    assert {login: counted[receipt.serial].choice for login, receipt in receipts.items()} == choices
    assert all(one.seat is None for one in counted.values())
    assert all(one.statement.choice is None for one in decision.taken_part)
    assert {one.statement.seat for one in decision.taken_part} == set(choices)
    await committee.charter.editions.publish(actor="test")
    assert (await committee.charter.editions.verify()).editions == 2
    entries = await any_database.read(lambda conn: latest_entries(conn, limit=50))
    assert not any(receipt.serial in one.detail for one in entries for receipt in receipts.values() if receipt.serial)


async def test_a_clock_that_jumps_back_makes_no_decision_older_than_its_vote(
    committee: Committee, clock: ManualClock
) -> None:
    proposal_id = await committee.opened()
    await committee.say(proposal_id, "yes", *(seat for seat, _ in SEATS))
    clock.advance(timedelta(days=-3))
    decision = await committee.charter.votes.close(proposal_id, actor="account:secretary")
    assert decision.closed_at >= decision.opened_at
    await committee.charter.editions.publish(actor="account:secretary")
    assert (await committee.charter.editions.verify()).editions == 2


async def test_without_a_charter_there_is_no_vote(any_database: Database, clock: ManualClock) -> None:
    committee = Committee(any_database, clock, Journal(clock), Vault(bytes(range(32))))
    proposal = await committee.propose("setting", changes=SETTING)
    with pytest.raises(NoCharter):
        await committee.charter.votes.open(proposal.proposal_id, actor="account:secretary")
