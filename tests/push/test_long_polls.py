"""Held polls: woken by whichever process wished it, never by what concerns another tablet, and by nothing twice."""

import asyncio
from collections import Counter
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


async def test_a_server_that_stops_lets_tablets_go_one_after_another(
    two: tuple[Database, Database], clock: ManualClock
) -> None:
    polls = LongPolls(two[0], clock, seconds=60)
    turns = 0
    let_go: list[tuple[int, int]] = []

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.01)

    meanwhile = asyncio.create_task(others())
    for number in range(1000):
        polls.hold(f"t{number}", polls.mark(), lambda: None, lambda number=number: let_go.append((turns, number)))  # type: ignore[misc]
    await polls.stop()
    meanwhile.cancel()
    assert sorted(number for _, number in let_go) == list(range(1000))
    assert [number for _, number in let_go] != list(range(1000))
    at_once = Counter(turn for turn, _ in let_go)
    assert len(at_once) >= 5
    assert max(at_once.values()) <= 300


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
