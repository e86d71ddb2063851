"""Looking after a database: checking it, exporting it, and saying what a migration would do. Everything here blocks."""

import base64
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import sqlite_utils

from mdm.store.connection import Connection, EngineConnection
from mdm.store.engine import Engine, engine_for
from mdm.store.errors import StoreError
from mdm.store.migrations import Migration, waiting_migrations
from mdm.store.sqlite_engine import SqliteEngine

_LEFT_OUT = frozenset(
    {"session", "idempotency_key", "api_token", "passkey_challenge", "entry_step", "failed_attempt", "letter"}
)
"""Tables whose content is worth nothing elsewhere, and something to a thief."""


class CheckReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found; ``problems`` in words, empty when all is well."""

    engine: str
    tables: int
    problems: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """Tell whether nothing is wrong."""
        return not self.problems


def check(url: str) -> CheckReport:
    """Check structure, foreign keys, migrations; the journal has its own check, `mdm.journal.verify`."""
    engine = engine_for(url)
    engine.open()
    try:
        problems: list[str] = []
        try:
            problems += [f"migration {one.number} waits: run valise db migrate" for one in waiting_migrations(engine)]
        except StoreError as error:
            problems.append(str(error))
        if isinstance(engine, SqliteEngine):
            tables, found = _check_sqlite(engine.path)
        else:
            tables, found = _check_postgres(engine)
        return CheckReport(engine=engine.name, tables=tables, problems=(*problems, *found))
    finally:
        engine.close()


def export(url: str, folder: Path) -> dict[str, int]:
    """Write every table to ``<folder>/<table>.jsonl`` from one snapshot; return the rows of each.

    Bytes are written as ``{"base64": ...}``; sealed columns stay sealed. Files are readable by their owner only.
    """
    engine = engine_for(url)
    engine.open()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection: EngineConnection = engine.connect(write=False)
    try:
        connection.begin(write=False)
        return {name: _export_table(connection, name, folder) for name in _tables(engine, connection)}
    finally:
        connection.rollback()
        engine.give_back(connection, broken=False)
        engine.close()


def migration_plan(url: str) -> list[Migration]:
    """Return the migrations that `valise db migrate` would carry out."""
    engine = engine_for(url)
    engine.open()
    try:
        return waiting_migrations(engine)
    finally:
        engine.close()


def _check_sqlite(path: Path) -> tuple[int, list[str]]:
    try:
        raw = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            database = sqlite_utils.Database(raw)
            problems = [row[0] for row in raw.execute("PRAGMA integrity_check") if row[0] != "ok"]
            problems += [
                f"table {row[0]}, row {row[1]}: points to nothing in {row[2]}"
                for row in raw.execute("PRAGMA foreign_key_check")
            ]
            return len(database.table_names()), problems
        finally:
            raw.close()
    except sqlite3.Error as error:
        return 0, [str(error)]


def _check_postgres(engine: Engine) -> tuple[int, list[str]]:
    connection: EngineConnection = engine.connect(write=False)
    try:
        connection.begin(write=False)
        tables = _tables(engine, connection)
        for name in tables:
            # Reads every page of the table: a broken one is an error here.
            for _ in connection.stream(f"SELECT * FROM {name}"):  # noqa: S608  # a name out of the catalogue
                pass
        invalid = connection.all(
            "SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE NOT i.indisvalid"
        )
        return len(tables), [f"index {row['name']} is not valid: REINDEX it" for row in invalid]
    except StoreError as error:
        return 0, [str(error)]
    finally:
        connection.rollback()
        engine.give_back(connection, broken=False)


def _tables(engine: Engine, connection: Connection) -> list[str]:
    if engine.name == "sqlite":
        rows = connection.all(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
        )
    else:
        rows = connection.all(
            "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()"
            " AND table_type = 'BASE TABLE' ORDER BY table_name"
        )
    return [row["name"] for row in rows if row["name"] not in _LEFT_OUT]


def _export_table(connection: Connection, name: str, folder: Path) -> int:
    path = folder / f"{name}.jsonl"
    path.touch(mode=0o600)
    count = 0
    with path.open("wb") as file:
        for line in _lines(connection, name):
            file.write(line)
            count += 1
    return count


def _lines(connection: Connection, name: str) -> Iterator[bytes]:
    for row in connection.stream(f"SELECT * FROM {name}"):  # noqa: S608  # a name out of the catalogue
        yield msgspec.json.encode({column: _plain(value) for column, value in row.items()}) + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, (bytes, memoryview)):
        return {"base64": base64.b64encode(bytes(value)).decode()}
    return value
