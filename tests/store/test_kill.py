"""A writer that is killed at any moment loses nothing that it acknowledged, and leaves nothing half done."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from mdm.clock import ManualClock
from mdm.journal import verify
from mdm.store import Connection, Database, open_database
from mdm.store.maintenance import check
from tests.conftest import not_run
from tests.temporary_postgres import PostgresMissing, TemporaryPostgres

ROUNDS = 200
_LOOK_EVERY = 20
WORKER = Path(__file__).with_name("kill_worker.py")


class Killer:
    """Runs writers and kills them; keeps the keys that they acknowledged."""

    def __init__(self, url: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(WORKER), url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(WORKER.parents[2])},
        )
        self.acknowledged: list[str] = []
        assert self._line() == "ready"

    def round(self, number: int, seconds: float) -> None:
        """Let a writer write for so long, then kill it without a word."""
        pid = self._begin(number)
        time.sleep(seconds)
        self._kill(pid)

    def crash_during(self, number: int, seconds: float, cluster: TemporaryPostgres) -> None:
        """Let a writer write for so long, then kill the whole database under it, and the writer after it."""
        pid = self._begin(number)
        time.sleep(seconds)
        cluster.crash()
        self._kill(pid)

    def _begin(self, number: int) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{number}\n")
        self._process.stdin.flush()
        pid, begun = 0, False
        while not (pid and begun):
            line = self._line()
            if line.startswith("pid "):
                pid = int(line[4:])
            begun = begun or line == "begun"
            self._keep(line)
        return pid

    def _kill(self, pid: int) -> None:
        # A writer whose database went away may have ended by itself.
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        dead = False
        while not dead:
            line = self._line()
            dead = line == "dead"
            self._keep(line)

    def stop(self) -> None:
        """End the parent."""
        self._process.kill()
        self._process.wait()

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the worker ended by itself"
        return line.strip()

    def _keep(self, line: str) -> None:
        # A line that the kill cut short is no acknowledgement.
        if line[:1].isdigit() and len(line) == 13:
            self.acknowledged.append(line)


def whole(conn: Connection) -> set[str]:
    """Return the keys that are there with all their rows; none may be there in part."""

    def keys(sql: str) -> set[str]:
        return {row["key"] for row in conn.stream(sql)}

    found = keys("SELECT territory_id AS key FROM territory")
    parts = "SELECT territory_id AS key FROM commune GROUP BY territory_id HAVING COUNT(*) = 3"
    assert found == keys(parts)
    assert found == keys("SELECT hash AS key FROM artifact")
    assert {f"territory:{key}" for key in found} == keys("SELECT subject AS key FROM journal")
    assert conn.one("SELECT COUNT(*) AS n FROM commune") == {"n": 3 * len(found)}
    return found


async def look(url: str, clock: ManualClock, killed: Killer) -> None:
    database = await open_database(url, clock)
    kept = await database.read_long(whole)
    assert set(killed.acknowledged) <= kept
    verdict = await database.read_long(verify)
    assert verdict.intact, verdict
    await database.close()
    report = check(url)
    assert report.clean, report.problems


@pytest.mark.slow
async def test_a_killed_writer_loses_nothing_and_leaves_nothing_half_done(store_url: str, clock: ManualClock) -> None:
    seed = int.from_bytes(os.urandom(4), "big")
    print(f"seed {seed}")
    rng = random.Random(seed)
    database: Database = await open_database(store_url, clock, migrate=True)
    await database.close()
    killer = Killer(store_url)
    try:
        for number in range(ROUNDS):
            killer.round(number, rng.uniform(0.0, 0.06))
            if number % _LOOK_EVERY == _LOOK_EVERY - 1:
                await look(store_url, clock, killer)
    finally:
        killer.stop()
    assert len(killer.acknowledged) > ROUNDS
    print(f"{ROUNDS} kills, {len(killer.acknowledged)} acknowledged writes")


@pytest.mark.slow
async def test_a_killed_postgresql_loses_nothing_that_was_acknowledged(clock: ManualClock) -> None:
    try:
        cluster = TemporaryPostgres()
    except PostgresMissing as missing:
        not_run(str(missing))
    cluster.start()
    url = cluster.create("crash")
    database = await open_database(url, clock, migrate=True)
    await database.close()
    killer = Killer(url)
    rng = random.Random(7)
    try:
        for number in range(5):
            killer.crash_during(number, rng.uniform(0.05, 0.3), cluster)
            await look(url, clock, killer)
    finally:
        killer.stop()
        cluster.stop()
    assert killer.acknowledged
