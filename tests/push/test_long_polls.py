"""Held polls: woken by whichever process wished it, never by what concerns another tablet, and by nothing twice."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from mdm.clock import ManualClock
from mdm.commands.wakes import request_wake
from mdm.store import Connection, Database, open_database
from push.long_polls import LongPolls


@pytest.fixture
async def two(store_url: str, clock: ManualClock) -> AsyncIterator[tuple[Database, Database]]:
    """Two openings of one database, as two processes have them."""
    first = await open_database(store_url, clock, migrate=True)
    second = await open_database(store_url, clock)
    yield first, second
    await second.close()
    await first.close()


def wish(clock: ManualClock, *tablets: str) -> Callable[[Connection], None]:
    return lambda conn: request_wake(conn, list(tablets), clock.ms(), "test", platform="android")


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_wish_of_another_process_wakes_the_tablet_and_no_other(
    two: tuple[Database, Database], clock: ManualClock
) -> None:
    here, there = two
    polls = LongPolls(here, clock, seconds=60)
    await polls.start()
    woken: list[str] = []
    for tablet in ("a", "b"):
        polls.hold(tablet, polls.mark(), lambda tablet=tablet: woken.append(tablet), lambda: None)  # type: ignore[misc]
    await there.write(wish(clock, "a"))
    await until(lambda: woken == ["a"])
    assert polls.waiting == 1
    await polls.stop()
    assert polls.waiting == 0


async def test_what_happened_after_the_mark_wakes_at_once(two: tuple[Database, Database], clock: ManualClock) -> None:
    polls = LongPolls(two[0], clock, seconds=60)
    mark = polls.mark()
    polls.happened("a")
    woken: list[str] = []
    polls.hold("a", mark, lambda: woken.append("a"), lambda: None)
    assert (woken, polls.waiting) == (["a"], 0)
    polls.hold("a", polls.mark(), lambda: woken.append("again"), lambda: None)
    assert (woken, polls.waiting) == (["a"], 1)
    await polls.stop()


async def test_a_wish_for_everybody_wakes_everybody(two: tuple[Database, Database], clock: ManualClock) -> None:
    polls = LongPolls(two[0], clock, seconds=60)
    await polls.start()
    woken: list[int] = []
    for number in range(300):
        polls.hold(f"t{number}", polls.mark(), lambda number=number: woken.append(number), lambda: None)  # type: ignore[misc]
    await two[0].write(wish(clock, *(f"t{number}" for number in range(300))))
    await until(lambda: len(woken) == 300)
    await polls.stop()
