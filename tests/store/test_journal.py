"""The journal: one chain whoever writes, and no change of it stays unseen."""

import asyncio
import hashlib
import resource
import sqlite3
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdm.clock import ManualClock
from mdm.journal import Journal, entries, latest_entries, verify
from mdm.store import Connection, Database, open_database


async def test_writers_at_once_keep_one_chain(store_url: str, clock: ManualClock) -> None:
    first = await open_database(store_url, clock, migrate=True)
    second = await open_database(store_url, clock)
    journal = Journal(clock)
    await asyncio.gather(
        *[
            database.write(lambda conn, n=number: journal.record(conn, "told", actor="system", subject=f"tablet:{n}"))
            for number in range(150)
            for database in (first, second)
        ]
    )
    verdict = await first.read(verify)
    assert verdict.intact
    assert verdict.entries == 300
    await first.close()
    await second.close()


async def test_an_entry_of_what_was_undone_does_not_exist(any_database: Database, clock: ManualClock) -> None:
    journal = Journal(clock)

    def undone(conn: Connection) -> None:
        journal.record(conn, "never", actor="system", subject="x")
        raise ValueError

    with pytest.raises(ValueError):
        await any_database.write(undone)
    await any_database.write(lambda conn: journal.record(conn, "kept", actor="system", subject="x"))
    assert [entry.kind for entry in await any_database.read(latest_entries)] == ["kept"]
    assert (await any_database.read(verify)).intact


async def test_entries_are_read_in_order_and_by_subject(any_database: Database, clock: ManualClock) -> None:
    journal = Journal(clock)
    for number in range(6):
        await any_database.write(
            lambda conn, n=number: journal.record(
                conn, f"k{n}", actor="account:anne", subject=f"kit:{n % 2}", detail={"n": n, "é": "à"}
            )
        )
    assert [one.kind for one in await any_database.read(lambda conn: entries(conn, after=3))] == ["k3", "k4", "k5"]
    of_kit = await any_database.read(lambda conn: latest_entries(conn, subject="kit:1"))
    assert [one.kind for one in of_kit] == ["k5", "k3", "k1"]
    assert msgspec.json.decode(of_kit[0].detail) == {"n": 5, "é": "à"}


def tamper(path: Path, statement: str) -> None:
    raw = sqlite3.connect(path)
    raw.execute(statement)
    raw.commit()
    raw.close()


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_tampering_is_found_and_named(data: st.DataObject) -> None:
    seq = data.draw(st.integers(2, 9))
    kind, statement, named = data.draw(
        st.sampled_from(
            [
                ("changed", f"UPDATE journal SET actor = 'account:eve' WHERE seq = {seq}", seq),
                ("changed", f"UPDATE journal SET detail = '{{}} ' WHERE seq = {seq}", seq),
                ("changed", f"UPDATE journal SET at = at + 1 WHERE seq = {seq}", seq),
                ("missing", f"DELETE FROM journal WHERE seq = {seq}", seq),
                ("missing", "DELETE FROM journal WHERE seq = 10", 10),
                ("missing", "DELETE FROM journal", 1),
                ("reordered", f"UPDATE journal SET seq = CASE seq WHEN {seq} THEN -1 ELSE seq END", 1),
                ("head", "UPDATE journal_head SET hash = 'x'", 10),
                ("added", "INSERT INTO journal SELECT 11, at, kind, actor, subject, detail, previous, hash"
                          " FROM journal WHERE seq = 10", 11),
            ]
        )
    )  # fmt: skip

    async def run(folder: Path) -> None:
        clock = ManualClock(datetime(2026, 9, 1, tzinfo=UTC))
        url = f"sqlite:///{folder / 'j.db'}"
        database = await open_database(url, clock, migrate=True)
        journal = Journal(clock)
        for number in range(10):
            await database.write(
                lambda conn, n=number: journal.record(conn, "told", actor="system", subject="x", detail={"n": n})
            )
        assert (await database.read(verify)).intact
        await database.close()
        tamper(folder / "j.db", statement)
        database = await open_database(url, clock)
        verdict = await database.read(verify)
        await database.close()
        assert verdict.wrong_seq == named, (kind, verdict)

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))


@pytest.mark.slow
async def test_a_million_entries_are_verified_without_holding_them(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "million.db"
    database = await open_database(f"sqlite:///{path}", clock, migrate=True)
    await database.close()
    raw = sqlite3.connect(path)
    previous, rows = "", []
    for seq in range(1, 1_000_001):
        fields = {"actor": "system", "at": seq, "detail": "{}", "kind": "k", "previous": previous, "seq": seq}
        fields["subject"] = "s"
        hashed = hashlib.sha256(msgspec.json.encode(fields)).hexdigest()
        rows.append((seq, seq, "k", "system", "s", "{}", previous, hashed))
        previous = hashed
        if len(rows) == 50_000:
            raw.executemany("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
            rows.clear()
    raw.execute("UPDATE journal_head SET seq = 1000000, hash = ?", (previous,))
    raw.commit()
    raw.close()
    database = await open_database(f"sqlite:///{path}", clock)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.monotonic()
    verdict = await database.read_long(verify)
    print(f"1,000,000 entries in {time.monotonic() - begun:.1f} s")
    assert verdict.intact
    assert verdict.entries == 1_000_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024
    await database.close()
