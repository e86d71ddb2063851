"""Migrations go forward, whole or not at all, once; a database of another version is refused."""

import asyncio
import sys
from pathlib import Path

import pytest

from mdm.clock import ManualClock
from mdm.store import open_database
from mdm.store.engine import engine_for
from mdm.store.errors import DatabaseTooNew, DatabaseTooOld, MigrationChanged, StoreError
from mdm.store.maintenance import migration_plan
from mdm.store.migrations import Migration, apply_migrations, known_migrations

FIRST = Migration(number=1, name="first", sql="CREATE TABLE one (a BIGINT);\nINSERT INTO one VALUES (1);\n")
SECOND = Migration(number=2, name="second", sql="ALTER TABLE one ADD COLUMN b TEXT;\n")
BROKEN = Migration(number=2, name="broken", sql="CREATE TABLE two (a BIGINT);\nINSERT INTO nowhere VALUES (1);\n")


def test_each_is_carried_out_once_in_order(empty_url: str, clock: ManualClock) -> None:
    engine = engine_for(empty_url)
    engine.open()
    assert apply_migrations(engine, clock, [FIRST]) == [FIRST]
    assert apply_migrations(engine, clock, [FIRST, SECOND]) == [SECOND]
    assert apply_migrations(engine, clock, [FIRST, SECOND]) == []
    engine.close()


def test_one_that_fails_leaves_nothing_behind(empty_url: str, clock: ManualClock) -> None:
    engine = engine_for(empty_url)
    engine.open()
    with pytest.raises(StoreError):
        apply_migrations(engine, clock, [FIRST, BROKEN])
    connection = engine.connect(write=False)
    connection.begin(write=False)
    assert connection.all("SELECT number FROM schema_migration") == [{"number": 1}]
    with pytest.raises(StoreError):
        connection.all("SELECT * FROM two")
    connection.rollback()
    engine.give_back(connection, broken=False)
    engine.close()


def test_a_changed_one_and_a_newer_database_are_refused(empty_url: str, clock: ManualClock) -> None:
    engine = engine_for(empty_url)
    engine.open()
    apply_migrations(engine, clock, [FIRST, SECOND])
    with pytest.raises(DatabaseTooNew):
        apply_migrations(engine, clock, [FIRST])
    other = Migration(number=1, name="first", sql=FIRST.sql + "-- changed\n")
    with pytest.raises(MigrationChanged):
        apply_migrations(engine, clock, [other, SECOND])
    engine.close()


async def test_a_server_does_not_start_on_an_older_database(empty_url: str, clock: ManualClock) -> None:
    with pytest.raises(DatabaseTooOld):
        await open_database(empty_url, clock)
    assert [one.number for one in migration_plan(empty_url)] == [one.number for one in known_migrations()]
    with pytest.raises(DatabaseTooOld):
        await open_database(empty_url, clock)


async def test_two_that_start_together_migrate_once(empty_url: str) -> None:
    code = (
        "import asyncio, sys; from mdm.clock import SystemClock; from mdm.store import open_database\n"
        "async def main():\n"
        "    database = await open_database(sys.argv[1], SystemClock(), migrate=True)\n"
        "    print(len(await database.read(lambda c: c.all('SELECT * FROM schema_migration'))))\n"
        "    await database.close()\n"
        "asyncio.run(main())\n"
    )
    root = str(Path(__file__).resolve().parents[2])
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, empty_url, stdout=asyncio.subprocess.PIPE, cwd=root
        )
        for _ in range(3)
    ]
    outputs = [(await process.communicate())[0].decode().strip() for process in processes]
    assert outputs == [str(len(known_migrations()))] * 3
