"""Whatever is tried with seats, by whomever, in whatever order: each change took two persons, and seats are whole."""

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdm.clock import ManualClock
from mdm.store import open_database
from profiles.charter.committee import Appointment
from profiles.charter.errors import CharterError
from profiles.charter.seat_store import Holding
from tests.charter.committee import EVERYBODY, SETTING
from tests.charter.members import Members

BODIES = ("authority", "dsden", "teachers", "parents")
PEOPLE = (*EVERYBODY, "mayor-deputy", "secretary", "newcomer", "other")
SEATS = (*EVERYBODY, "teacher-4", "parent-2")

logins = st.sampled_from(PEOPLE)
seats = st.sampled_from(SEATS)
acts = st.one_of(
    st.tuples(st.just("appoint"), logins, seats, st.sampled_from(BODIES), logins),
    st.tuples(st.just("end"), logins, seats),
    st.tuples(st.just("resign"), logins, seats),
    st.tuples(st.just("deputy"), logins, seats, logins),
    st.tuples(st.just("suspend"), logins),
    st.tuples(st.just("confirm"), st.permutations(PEOPLE)),
    st.tuples(st.just("confirm"), st.permutations(PEOPLE)),
    st.tuples(st.just("refuse"), st.permutations(PEOPLE)),
    st.tuples(st.just("wait"), st.sampled_from((-3_600, 1, 86_400))),
    st.tuples(st.just("vote")),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(acts, min_size=5, max_size=30))
def test_no_sequence_of_acts_changes_a_seat_on_one_persons_word(tried: list[tuple[Any, ...]]) -> None:
    asyncio.run(walk(tried))


async def walk(tried: list[tuple[Any, ...]]) -> None:
    clock = ManualClock(datetime(2026, 9, 1, 8, 0, tzinfo=UTC))
    with tempfile.TemporaryDirectory() as folder:
        database = await open_database(f"sqlite:///{Path(folder) / 'walk.db'}", clock, migrate=True)
        members = Members(database, clock)
        await members.begin()
        clock.advance(timedelta(days=2))
        for act in tried:
            await attempt(members, clock, act)
            require_whole(await members.seats.history(), clock.ms())
        await vote(members)
        assert (await members.charter.editions.verify()).editions >= 1
        await database.close()


async def attempt(members: Members, clock: ManualClock, act: tuple[Any, ...]) -> None:
    try:
        await carry_out(members, clock, *act)
    except CharterError:
        return


async def carry_out(members: Members, clock: ManualClock, kind: str, *given: Any) -> None:
    desk = members.seats
    if kind == "wait":
        clock.advance(timedelta(seconds=given[0]))
    elif kind == "vote":
        await vote(members)
    elif kind == "suspend":
        await desk.suspend_for(given[0], actor="account:technician")
    elif kind == "appoint":
        login, seat, body, holder = given
        await desk.appoint(Appointment(seat_id=seat, body=body, label=seat, holder=holder), login=login)
    elif kind == "deputy":
        await desk.change_deputy(given[1], given[2], login=given[0])
    elif kind in ("end", "resign"):
        await (desk.end if kind == "end" else desk.resign)(given[1], login=given[0])
    else:
        await decide(members, kind, given[0])


async def decide(members: Members, kind: str, people: list[str]) -> None:
    """Whoever may confirms or refuses what waits; everybody tries, one after the other."""
    for one in [one for one in await members.seats.seats() if one.state == "proposed"]:
        for login in people:
            try:
                await (members.seats.confirm if kind == "confirm" else members.seats.refuse)(
                    one.holding_id, login=login
                )
            except CharterError:
                continue


async def vote(members: Members) -> None:
    """A vote by those who sit there now; what is adopted goes into an edition, which verifies the seats."""
    proposal = await members.propose("setting", changes=SETTING)
    await members.charter.votes.open(proposal.proposal_id, actor="account:secretary")
    for seat in {one.seat_id: one for one in await members.seats.seats() if one.state != "proposed"}.values():
        try:
            await members.charter.casting.cast(proposal.proposal_id, seat.holder, "yes", seat=seat.seat_id)
        except CharterError:
            continue
    try:
        await members.charter.votes.close(proposal.proposal_id, actor="account:secretary")
        await members.charter.editions.publish(actor="account:secretary")
    except CharterError:
        return


def require_whole(history: list[Holding], now: int) -> None:
    held = [one.seat_id for one in history if one.held_at(now)]
    assert len(set(held)) == len(held)
    for one in history:
        if one.since is None or one.proposed_by == "test":
            continue
        confirmer = str(one.confirmed_by).removeprefix("account:")
        assert one.confirmed_by != one.proposed_by
        assert confirmer not in (one.holder, one.deputy)
        before = [other for other in history if other.since is not None and other.since <= one.since]
        assert confirmer in {other.holder for other in before if other is not one}
    for one in history:
        starts = [other for other in history if other.seat_id == one.seat_id and other.held_at(one.since or 0)]
        assert one.since is None or len(starts) <= 1
