"""The purge works in short transactions, leaves alone what changed meanwhile, and removes files with their rows."""

import asyncio
import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from mdm.clock import DAY_MS, ManualClock
from mdm.journal import Journal, latest_entries
from mdm.privacy.job import purge_upkeep
from mdm.privacy.purge import Purge
from mdm.privacy.register import Register
from mdm.repairs.photos import Photos
from mdm.store import Connection, Database
from tests.privacy.rows import ON_SQLITE


@pytest.fixture
async def warned(any_database: Database, clock: ManualClock) -> Database:
    """A tablet that wrote 1,150 old warnings, 50 of them at one moment, and 7 new ones."""

    def fill(conn: Connection) -> None:
        now = clock.ms()
        conn.run(
            "INSERT INTO tablet (tablet_id, platform, name, state, state_since, created_at)"
            " VALUES ('t', 'android', '1', 'ready', 0, 0)"
        )
        old = [now - 20 * DAY_MS - number for number in range(1100)] + [now - 15 * DAY_MS] * 50
        new = [now - 14 * DAY_MS + 1] * 7
        conn.many(
            "INSERT INTO android_log (tablet_id, at, digest, level, package, message, received_at)"
            " VALUES ('t', :n, 'd', 1, 'p', 'm', :at)",
            [{"n": number, "at": at} for number, at in enumerate([*old, *new])],
        )

    await any_database.write(fill)
    return any_database


def purge_of(database: Database, clock: ManualClock, register: Register, rows: int = 100, **more: Any) -> Purge:
    return Purge(database, clock, Journal(clock), register, rows=rows, rest_seconds=0, **more)


PHOTOS = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("old", "shared", "new")}


def closed_faults(conn: Connection, clock: ManualClock) -> None:
    """A repair that ended more than a year ago and one that ended later, with a photo of their own and one of both."""
    now = clock.ms()
    conn.run(
        "INSERT INTO tablet (tablet_id, platform, name, state, state_since, created_at)"
        " VALUES ('t', 'ipad', '1', 'ready', 0, 0)"
    )
    for fault, closed in (("f1", now - 366 * DAY_MS), ("f2", now - 364 * DAY_MS)):
        conn.run(
            "INSERT INTO fault (fault_id, tablet_id, kind, state, reported_at, changed_at, closed_at)"
            " VALUES (:fault, 't', 'screen', 'closed', 0, 0, :closed)",
            fault=fault, closed=closed,
        )  # fmt: skip
    for fault, name in (("f1", "old"), ("f1", "shared"), ("f2", "shared"), ("f2", "new")):
        conn.run(
            "INSERT INTO fault_photo (fault_id, hash, size, width, height, added_at)"
            " VALUES (:fault, :hash, 1, 1, 1, 0)",
            fault=fault, hash=PHOTOS[name],
        )  # fmt: skip


async def count(database: Database, table: str) -> int:
    row = await database.read(lambda conn: conn.one(f"SELECT COUNT(*) AS n FROM {table}"))
    assert row is not None
    return int(row["n"])


async def test_no_transaction_touches_more_rows_than_it_may(
    warned: Database, clock: ManualClock, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    write = warned.write

    async def counting(fn: Callable[[Connection], Any]) -> Any:
        done = await write(fn)
        if isinstance(done, int) and isinstance(fn, partial):
            sizes.append(done)
        return done

    monkeypatch.setattr(warned, "write", counting)
    done = await purge_of(warned, clock, register).once()
    assert done.rows == {"android_log": 1150}
    assert done.transactions == len(sizes) == 12
    assert max(sizes) == 100
    assert await count(warned, "android_log") == 7


@ON_SQLITE
async def test_others_write_between_the_parts(
    warned: Database, clock: ManualClock, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each part waits its turn: what was asked for before it is durable before it."""
    order: list[str] = []
    write = warned.write

    async def noting(fn: Callable[[Connection], Any]) -> Any:
        done = await write(fn)
        order.append("purge" if isinstance(fn, partial) else "other")
        return done

    monkeypatch.setattr(warned, "write", noting)
    purging = asyncio.create_task(purge_of(warned, clock, register).once())
    while not purging.done():
        await warned.write(lambda conn: conn.run("UPDATE tablet SET model = 'x' WHERE tablet_id = 't'"))
    await purging
    parts = [number for number, who in enumerate(order) if who == "purge"]
    between = [later - earlier for earlier, later in pairwise(parts)]
    assert len(parts) == 12
    assert sum(gap > 1 for gap in between) >= 8


async def test_a_row_that_was_renewed_meanwhile_is_left_alone(
    warned: Database, clock: ManualClock, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, changed = warned.write, False

    async def renewing(fn: Callable[[Connection], Any]) -> Any:
        nonlocal changed
        if not changed and isinstance(fn, partial):
            changed = True
            await write(lambda conn: conn.run("UPDATE android_log SET received_at = :n WHERE at < 5", n=clock.ms()))
        return await write(fn)

    monkeypatch.setattr(warned, "write", renewing)
    done = await purge_of(warned, clock, register).once()
    assert changed
    assert done.rows == {"android_log": 1145}
    assert await count(warned, "android_log") == 12


@ON_SQLITE
async def test_a_photo_of_a_repair_that_begins_again_meanwhile_is_left_alone(
    any_database: Database, clock: ManualClock, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    await any_database.write(lambda conn: closed_faults(conn, clock))
    read_long, changed = any_database.read_long, False

    async def reopening(fn: Callable[[Connection], Any]) -> Any:
        nonlocal changed
        found = await read_long(fn)
        if not changed and isinstance(found, list) and found and "hash" in found[0]:
            changed = True
            await any_database.write(lambda conn: conn.run("UPDATE fault SET closed_at = NULL WHERE fault_id = 'f1'"))
        return found

    monkeypatch.setattr(any_database, "read_long", reopening)
    await purge_of(any_database, clock, register).once()
    assert changed
    assert await count(any_database, "fault_photo") == 4


@ON_SQLITE
async def test_the_journal_gets_numbers_and_nothing_else(
    warned: Database, clock: ManualClock, register: Register
) -> None:
    await purge_of(warned, clock, register).once()
    (entry,) = await warned.read(lambda conn: latest_entries(conn, limit=1))
    assert (entry.kind, entry.actor, entry.subject) == ("personal_data_purged", "system", "retention")
    assert entry.detail == '{"android_log":1150}'


async def test_counting_what_is_due_changes_nothing(warned: Database, clock: ManualClock, register: Register) -> None:
    purge = purge_of(warned, clock, register)
    assert await purge.overdue() == {"android_log": 1150}
    assert await count(warned, "android_log") == 1157
    clock.advance(timedelta(days=1))
    assert await purge.overdue() == {"android_log": 1157}


@ON_SQLITE
async def test_a_server_begins_with_a_purge(warned: Database, clock: ManualClock, register: Register) -> None:
    """After a restored backup nothing that is past its time is there for longer than the start takes."""
    job = purge_upkeep(warned, purge_of(warned, clock, register))
    await job.start()
    async with asyncio.timeout(20):
        while await count(warned, "android_log") > 7:
            await asyncio.sleep(0.01)
    await job.stop()


@ON_SQLITE
async def test_only_one_server_purges(warned: Database, clock: ManualClock, register: Register) -> None:
    async with warned.singleton("purge") as mine:
        assert mine
        job = purge_upkeep(warned, purge_of(warned, clock, register))
        await job.start()
        await asyncio.sleep(0.2)
        assert await count(warned, "android_log") == 1157
        await job.stop()


@ON_SQLITE
async def test_photos_go_with_the_last_row_that_names_them(
    any_database: Database, clock: ManualClock, register: Register, tmp_path: Path
) -> None:
    photos = Photos(tmp_path / "photos", clock)
    for digest in PHOTOS.values():
        path = photos.path_of(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"jpeg")
    clock.advance(timedelta(days=500))

    await any_database.write(lambda conn: closed_faults(conn, clock))
    done = await purge_of(any_database, clock, register, places={"photos": photos}).once()
    assert (done.rows, done.files) == ({"fault_photo": 2}, 1)
    assert {name for name, digest in PHOTOS.items() if photos.path_of(digest).exists()} == {"shared", "new"}
