"""A rollout that is killed in the middle of a wave goes on where it was; two servers at once move each kit once."""

import asyncio
import os
import random
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from mdm.clock import ManualClock
from mdm.journal import verify
from mdm.store import Connection, Database, open_database
from profiles.rollouts.rollout import Plan, RolloutState
from profiles.rollouts.runner import RolloutRunner
from profiles.rollouts.waves import NOW, Wave
from tests.rollouts.world import ACTOR, EVERYBODY, GATES, Territory

KITS = 40


def whole(conn: Connection, edition_id: str) -> int:
    """Return how many kits were moved; each is moved in all its tables, or in none."""
    rows = conn.all(
        "SELECT r.kit_id, r.moved_at, k.edition_id,"
        " (SELECT COUNT(*) FROM rollout_tablet t WHERE t.kit_id = r.kit_id) AS tablets,"
        " (SELECT COUNT(*) FROM journal j WHERE j.kind = 'rollout_kit_moved' AND j.subject = 'kit:' || r.kit_id)"
        " AS told"
        " FROM rollout_kit r JOIN kit k ON k.kit_id = r.kit_id"
    )
    for row in rows:
        state = (row["edition_id"] == edition_id, row["tablets"], row["told"])
        assert state == ((True, 2, 1) if row["moved_at"] is not None else (False, 0, 0))
    return sum(row["moved_at"] is not None for row in rows)


@pytest.mark.slow
async def test_a_rollout_that_is_killed_in_the_middle_of_a_wave_goes_on_where_it_was(
    store_url: str, clock: ManualClock, tmp_path: Path
) -> None:
    database = await open_database(store_url, clock, migrate=True)
    world = Territory(database, clock, tmp_path)
    await world.settle()
    await world.agree()
    for number in range(KITS):
        await world.kit(f"Kit {number:02d}", tablets=2)
    new = await world.publish(android={"volume": 50})
    await world.begin(EVERYBODY)
    rng, moved, kills = random.Random(11), 0, 0
    while moved < KITS:
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.rollouts.crash_worker", store_url, str(tmp_path)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
            env=os.environ,
        )
        assert worker.stdout is not None
        await asyncio.to_thread(worker.stdout.readline)
        enough = moved + rng.randint(1, KITS // 4)
        async with asyncio.timeout(60):
            while await database.read(_moved) < min(enough, KITS):
                await asyncio.sleep(0.002)
        worker.kill()
        await asyncio.to_thread(worker.wait)
        worker.stdout.close()
        moved, kills = await database.read(lambda conn: whole(conn, new.edition_id)), kills + 1
    assert kills > 1
    assert await database.read(lambda conn: verify(conn).intact)
    view = await world.rollouts.show()
    assert (view.waves[0].moved, view.waves[0].counts.moved) == (KITS, KITS * 2)
    await database.close()


async def _is_free(database: Database) -> bool:
    async with database.singleton("rollouts") as mine:
        return mine


def _moved(conn: Connection) -> int:
    row = conn.one("SELECT COUNT(moved_at) AS n FROM rollout_kit")
    return 0 if row is None else int(row["n"])


async def test_two_servers_at_once_move_each_kit_once(store_url: str, clock: ManualClock, tmp_path: Path) -> None:
    database = await open_database(store_url, clock, migrate=True)
    other = await open_database(store_url, clock)
    world = Territory(database, clock, tmp_path)
    await world.settle()
    await world.agree()
    for number in range(12):
        await world.kit(f"Kit {number:02d}", tablets=2)
    new = await world.publish(android={"volume": 50})
    await world.begin(EVERYBODY)
    second = world.another_server(other)

    async def work(runner: RolloutRunner) -> None:
        for _ in range(20):
            await runner.run_once()

    await asyncio.gather(*[work(runner) for runner in (world.runner, second.runner) * 3])
    assert await database.read(lambda conn: whole(conn, new.edition_id)) == 12
    opened = [entry for entry in await world.told("rollout_changed") if '"open_wave"' in entry.detail]
    assert len(opened) == 1
    await other.close()
    await database.close()


async def test_one_server_alone_carries_rollouts_out_and_another_takes_over(
    store_url: str, clock: ManualClock, tmp_path: Path
) -> None:
    database = await open_database(store_url, clock, migrate=True)
    other = await open_database(store_url, clock)
    world = Territory(database, clock, tmp_path)
    await world.settle()
    await world.agree()
    for number in range(3):
        await world.kit(f"Kit {number}", tablets=0)
    new = await world.publish(android={"volume": 50})
    second = world.another_server(other)
    await second.runner.start()
    await world.begin(EVERYBODY)
    async with asyncio.timeout(30):
        while set((await world.editions()).values()) != {new.edition_id}:
            await other.write(lambda conn: conn.publish("rollout", ""))
            await asyncio.sleep(0.02)
    async with database.singleton("rollouts") as mine:
        assert not mine
    await second.runner.stop()
    async with asyncio.timeout(30):
        while not await _is_free(database):
            await asyncio.sleep(0.02)
    await other.close()
    await database.close()


async def test_a_pause_takes_hold_between_two_kits(territory: Territory, clock: ManualClock) -> None:
    await territory.agree()
    for number in range(20):
        await territory.kit(f"Kit {number:02d}", tablets=0)
    new = await territory.publish(android={"volume": 50})
    await territory.begin(Plan(waves=(Wave(window=NOW),), gates=GATES, kits_per_minute=1000))
    running = asyncio.create_task(territory.runner.run_once())
    async with territory.database.events.subscribe("rollout") as events, asyncio.timeout(30):
        for _ in range(2):
            await anext(events)
    await territory.rollouts.pause(words="Stop.", actor=ACTOR)
    at_the_pause = list((await territory.editions()).values()).count(new.edition_id)
    await running
    clock.advance(timedelta(hours=2))
    await territory.runner.run_once()
    assert list((await territory.editions()).values()).count(new.edition_id) == at_the_pause
    assert (await territory.rollouts.show()).rollout.state is RolloutState.PAUSED
