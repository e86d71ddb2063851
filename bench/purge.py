"""The purge of many rows while tablets check in: ``python -m bench.purge --engine sqlite --rows 10000000``.

The rows are warnings of 10,000 Android tablets (``android_log``, kept 14 days), in the order of time, as a server would
have them; a tenth is not due. Check-ins are durable turns of the command cycle, an answer of 3 KB each, at a steady
rate, in the process that purges, as on a server: each is timed from the call to its commit. The rate is the one of
100,000 tablets that check in every half hour.
"""

import argparse
import asyncio
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from bench.territory import Site, prepare
from mdm.apple.cycle import CommandCycle, Turn
from mdm.apple.departure import Departure
from mdm.apple.steps import AppleSteps
from mdm.clock import DAY_MS, SystemClock
from mdm.commands.convergence import Convergence
from mdm.commands.queue import NewCommand, enqueue
from mdm.fleet.fleet import Fleet
from mdm.journal import Journal
from mdm.privacy.pace import MOST_ROWS
from mdm.privacy.purge import Purge
from mdm.privacy.register import whole_register
from mdm.settings import load_settings
from mdm.store import Connection, Database, open_database
from mdm.vault_key import open_vault
from profiles.charter.charter import charter_of
from profiles.compilers import compilers_of
from profiles.targets import AgreedTargets
from tests.temporary_postgres import TemporaryPostgres

RESULTS = Path(__file__).parent / "results"
_ENROLLED = 1000
_TABLETS = 10_000
_PER_SECOND = 55
_BEFORE_SECONDS = 20.0
_INDEX = "CREATE INDEX android_log_received ON android_log (received_at)"
_ANSWER = b"<plist>" + b"x" * 3000 + b"</plist>"


def main() -> None:
    """Measure what was asked for, and write it down."""
    parser = argparse.ArgumentParser(description="Purge many rows while tablets check in.")
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--most", type=int, default=MOST_ROWS, help="rows in one transaction at most")
    options = parser.parse_args()
    found = [measure(engine, options.rows, options.most) for engine in options.engine or ["sqlite", "postgresql"]]
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"purge-{int(time.time())}.json").write_text(json.dumps(found, indent=2), encoding="utf-8")


def measure(engine: str, rows: int, most: int) -> dict[str, Any]:
    """Return the figures of one engine."""
    with tempfile.TemporaryDirectory() as name:
        folder, postgres = Path(name), None
        url = f"sqlite:///{folder / 'valise.db'}"
        if engine == "postgresql":
            postgres = TemporaryPostgres()
            postgres.start()
            url = postgres.create("purge")
        try:
            site = prepare(folder, url, _ENROLLED)
            asyncio.run(_tablets(url))
            begun, clock = time.monotonic(), _Still()
            edge = clock.ms() - 14 * DAY_MS
            if postgres is None:
                due = _fill_sqlite(folder / "valise.db", rows, edge)
            else:
                due = _fill_postgres(url, rows, edge)
            filled = time.monotonic() - begun
            figures = asyncio.run(_purge(site, most, clock))
        finally:
            if postgres is not None:
                postgres.stop()
    figures = {"engine": engine, "rows": rows, "due": due, "filled_seconds": round(filled, 1), **figures}
    print(json.dumps(figures, indent=2))
    assert figures["purged"] == due
    return figures


async def _tablets(url: str) -> None:
    database = await open_database(url, SystemClock())
    rows = [{"id": _tablet(number)} for number in range(_TABLETS)]
    await database.write(
        lambda conn: conn.many(
            "INSERT INTO tablet (tablet_id, platform, name, state, state_since, created_at)"
            " VALUES (:id, 'android', 'x', 'ready', 1, 1)",
            rows,
        )
    )
    await database.close()


def _rows(count: int) -> Iterator[tuple[str, int, str, int, str, str, int]]:
    """Warnings in the order of time: nine tenths older than 14 days."""
    now = SystemClock().ms()
    first, step = now - 140 * DAY_MS, 140 * DAY_MS / count
    for number in range(count):
        at = int(first + number * step)
        yield (
            _tablet(number * 7919 % _TABLETS), at, f"{number:032x}", 2, "com.hmdm.launcher",
            "Failed to download the file: connection reset", at,
        )  # fmt: skip


def _fill_sqlite(path: Path, count: int, edge: int) -> int:
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA synchronous = OFF")
    raw.execute("PRAGMA cache_size = -3000000")
    raw.execute("DROP INDEX android_log_received")
    raw.executemany("INSERT INTO android_log VALUES (?, ?, ?, ?, ?, ?, ?)", _rows(count))
    raw.execute(_INDEX)
    raw.commit()
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    due = raw.execute("SELECT COUNT(*) FROM android_log WHERE received_at <= ?", (edge,)).fetchone()
    raw.close()
    return int(due[0])


def _fill_postgres(url: str, count: int, edge: int) -> int:
    with psycopg.connect(url) as raw:
        raw.execute("DROP INDEX android_log_received")
        raw.execute("ALTER TABLE android_log DROP CONSTRAINT android_log_pkey")
        # The tablets are there: each row need not be asked for its own.
        raw.execute("SET session_replication_role = replica")
        with raw.cursor().copy("COPY android_log FROM STDIN") as copy:
            for row in _rows(count):
                copy.write_row(row)
        raw.execute("ALTER TABLE android_log ADD PRIMARY KEY (tablet_id, at, digest)")
        raw.execute(_INDEX)
        # As PostgreSQL does by itself, a minute after so many rows have come.
        raw.execute("ANALYZE android_log")
        raw.commit()
        due = raw.execute("SELECT COUNT(*) FROM android_log WHERE received_at <= %s", (edge,)).fetchone()
    assert due is not None
    return int(due[0])


async def _purge(site: Site, most: int, clock: SystemClock) -> dict[str, Any]:
    database = await open_database(site.database, clock)
    visits = Visits(site, database)
    visiting = asyncio.create_task(visits.go_on())
    await asyncio.sleep(_BEFORE_SECONDS)
    before = visits.take()
    purge = Purge(database, clock, Journal(clock), whole_register(), rows=most)
    begun = time.monotonic()
    done = await purge.once()
    seconds = time.monotonic() - begun
    during = visits.take()
    visits.stop()
    await visiting
    await database.close()
    purged = done.rows.get("android_log", 0)
    return {
        "purged": purged,
        "seconds": round(seconds, 1),
        "rows_per_second": round(purged / seconds),
        "transactions": done.transactions,
        "most_rows_in_one": most,
        "longest_transaction_ms": done.longest_ms,
        "check_ins_before": before,
        "check_ins_during": during,
    }


class _Still(SystemClock):
    """Stands at the moment of its making: nothing becomes due while what is due is counted and purged."""

    def __init__(self) -> None:
        self._at = super().ms()

    def ms(self) -> int:
        return self._at


class Visits:
    """Tablets that fetch an order and answer it, at a steady rate; each turn is timed."""

    def __init__(self, site: Site, database: Database) -> None:
        self._database = database
        self._clock = SystemClock()
        settings = load_settings(site.config, {})
        vault, journal = open_vault(settings.keys_dir), Journal(self._clock)
        charter = charter_of(database, self._clock, journal, vault, settings)
        targets = AgreedTargets(self._clock, compilers_of(settings, vault), charter.agreed)
        fleet = Fleet(database, self._clock, journal)
        convergence = Convergence(self._clock, targets, {"ipad": AppleSteps()}, fleet)
        self._cycle = CommandCycle(self._clock, convergence, Departure(self._clock, journal).erased)
        self._take = self._cycle.take
        self._site = site
        self._times: list[float] = []
        self._running = True

    async def go_on(self) -> None:
        """Let one tablet after the other come, whether or not those before it are done."""
        under_way: set[asyncio.Task[None]] = set()
        digests = await self._database.read(
            lambda conn: {row["udid"]: row["identity_digest"] for row in conn.all("SELECT * FROM apple_enrollment")}
        )
        begun, number = time.monotonic(), 0
        while self._running:
            tablet = self._site.tablets[number % len(self._site.tablets)]
            visit = asyncio.create_task(self._visit(tablet.tablet_id, tablet.udid, digests[tablet.udid], number))
            under_way.add(visit)
            visit.add_done_callback(under_way.discard)
            number += 1
            await asyncio.sleep(max(0.0, begun + number / _PER_SECOND - time.monotonic()))
        await asyncio.gather(*under_way)

    def take(self) -> dict[str, Any]:
        """Return the figures of the turns since the last call, in milliseconds."""
        times, self._times = sorted(self._times), []
        return {
            "turns": len(times),
            "p50_ms": round(statistics.median(times) * 1000, 1),
            "p99_ms": round(times[int(len(times) * 0.99)] * 1000, 1),
            "longest_ms": round(times[-1] * 1000, 1),
        }

    def stop(self) -> None:
        """Let no more tablets come."""
        self._running = False

    async def _visit(self, tablet_id: str, udid: str, digest: str, number: int) -> None:
        command_id = f"{number:032x}"

        def order(conn: Connection) -> None:
            command = NewCommand(command_id=command_id, request_type="RestartDevice", body=b"<plist/>")
            enqueue(conn, command, [tablet_id], now=self._clock.ms(), actor="bench")

        await self._database.write(order)
        idle = Turn(udid=udid, digest=digest, status="Idle", command_id=None, error_chain=None, body=b"", now=1)
        await self._timed(idle)
        await self._timed(msgspec.structs.replace(idle, status="Acknowledged", command_id=command_id, body=_ANSWER))

    async def _timed(self, turn: Turn) -> None:
        begun = time.monotonic()
        turn = msgspec.structs.replace(turn, now=self._clock.ms())
        reply = await self._database.write_batch(self._take, turn)
        self._times.append(time.monotonic() - begun)
        assert reply.outcome == "answered"


def _tablet(number: int) -> str:
    return f"b{number:031x}"


if __name__ == "__main__":
    main()
