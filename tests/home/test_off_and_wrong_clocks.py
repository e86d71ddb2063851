"""A lent tablet that was off for a month gets the rules of now; one whose clock is wrong, those of the right hour."""

from datetime import UTC, datetime, timedelta

from mdm.clock import from_ms
from mdm.fleet.states import TabletEvent
from mdm.fleet.tablet_store import tablet_view
from tests.home.classroom import GEOGEBRA, Classroom, SimulatedIpad
from tests.home.test_mode_runner import lent_ipad, until

A_MONTH = 30


class Since2019(SimulatedIpad):
    """An iPad whose clock stood still in 2019."""

    def now(self) -> datetime:
        return datetime(2019, 1, 1, 3, 0, tzinfo=UTC)


async def days_pass(room: Classroom, first: str, days: int) -> int:
    """Let modes change as on every day; return how often they did."""
    changes, before = 0, await room.mode(room.ipads[0].tablet_id)
    begin = datetime.fromisoformat(first)
    for day in range(days):
        for hour in ("16:31", "19:01"):
            await until(room, f"{(begin + timedelta(days=day)).date()}T{hour}")
            now = await room.mode(room.ipads[0].tablet_id)
            changes += now != before
            before = now
    return changes


async def test_a_tablet_that_was_off_for_a_month_gets_the_mode_of_now_and_no_old_ones(any_room: Classroom) -> None:
    room = any_room
    ipad = await lent_ipad(room)
    heard = await room.database.read(lambda conn: tablet_view(conn, ipad.tablet_id).report)
    ipad.asleep = True
    changes = await days_pass(room, "2026-11-25", A_MONTH)
    assert changes > A_MONTH
    report = await room.database.read(lambda conn: tablet_view(conn, ipad.tablet_id).report)
    assert report is not None
    assert heard is not None
    # The store says for how long nothing was heard, and nothing else.
    assert report.seen_at == heard.seen_at
    assert room.clock.now() - from_ms(report.seen_at) > timedelta(days=A_MONTH - 1)

    await until(room, "2026-12-28T11:00")
    ipad.asleep = False
    commands = await ipad.converse()
    assert await room.mode(ipad.tablet_id) == ("holiday", True)
    assert ipad.tablet.opens(GEOGEBRA)
    assert await room.holds(ipad.tablet_id)
    # One day's change takes as many commands as all of these days': old ones are not made up for.
    await until(room, "2026-12-28T18:30")
    assert commands <= await ipad.converse() + 2
    assert not ipad.tablet.opens(GEOGEBRA)


async def test_one_that_was_given_back_while_it_was_off_is_as_at_school_when_it_is_heard(any_room: Classroom) -> None:
    room = any_room
    ipad = await lent_ipad(room)
    assert not ipad.tablet.opens(GEOGEBRA)
    ipad.asleep = True
    await days_pass(room, "2026-11-25", 2)
    await room.change(ipad.tablet_id, TabletEvent.GIVE_BACK)
    await room.later(days=A_MONTH)
    ipad.asleep = False
    await ipad.converse()
    assert await room.mode(ipad.tablet_id) is None
    assert ipad.tablet.opens(GEOGEBRA)


async def test_the_servers_clock_decides_whatever_the_tablet_believes(any_room: Classroom) -> None:
    room = any_room
    ipad = await lent_ipad(room)
    ipad.__class__ = Since2019
    for moment, usable in (("2026-11-24T16:30", True), ("2026-11-24T19:00", False), ("2026-11-25T16:30", True)):
        await until(room, moment)
        await ipad.converse()
        assert await room.mode(ipad.tablet_id) == ("home", usable), moment
        assert ipad.tablet.opens(GEOGEBRA) is usable, moment
    report = await room.database.read(lambda conn: tablet_view(conn, ipad.tablet_id).report)
    assert report is not None
    assert from_ms(report.seen_at).year == 2026
