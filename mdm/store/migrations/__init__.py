"""Numbered, forward-only, checksummed migrations: one SQL text for both engines, each in a transaction."""

import hashlib
import re
import sqlite3
from collections.abc import Iterator, Sequence
from importlib import resources

import msgspec

from mdm.clock import Clock
from mdm.store.connection import Connection, EngineConnection
from mdm.store.engine import Engine
from mdm.store.errors import DatabaseTooNew, DatabaseTooOld, MigrationChanged

_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migration (
    number BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL
)
"""


class Migration(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the schema; ``checksum`` is the SHA-256 of its text, in hex."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """The SHA-256 of the text, in hex."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    def statements(self) -> Iterator[str]:
        """Yield the statements one by one."""
        text = ""
        for line in self.sql.splitlines(keepends=True):
            if not text and (not line.strip() or line.lstrip().startswith("--")):
                continue
            text += line
            if line.rstrip().endswith(";") and sqlite3.complete_statement(text):
                yield text.strip().removesuffix(";")
                text = ""


def known_migrations() -> list[Migration]:
    """Return the migrations of this code, in order."""
    found = []
    for entry in resources.files(__package__).iterdir():
        if match := _NAME.fullmatch(entry.name):
            found.append(Migration(number=int(match[1]), name=match[2], sql=entry.read_text(encoding="utf-8")))
    return sorted(found, key=lambda migration: migration.number)


def pending(conn: Connection, migrations: Sequence[Migration]) -> list[Migration]:
    """Return the migrations that wait.

    Raises `DatabaseTooNew` when the database has one that the code has not, and `MigrationChanged` when one that was
    carried out has another text now.
    """
    done = {row["number"]: row["checksum"] for row in conn.all("SELECT number, checksum FROM schema_migration")}
    known = {migration.number: migration for migration in migrations}
    newest = max(known, default=0)
    if done and max(done) > newest:
        raise DatabaseTooNew(found=max(done), known=newest)
    for number, checksum in done.items():
        if number not in known or known[number].checksum != checksum:
            raise MigrationChanged(number=number)
    return [migration for migration in migrations if migration.number not in done]


def apply_migrations(engine: Engine, clock: Clock, migrations: Sequence[Migration] | None = None) -> list[Migration]:
    """Carry out the migrations that wait, each in its own transaction; return them. Blocks."""
    migrations = known_migrations() if migrations is None else migrations
    connection: EngineConnection = engine.connect(write=True)
    try:
        _begin_exclusive(engine, connection)
        connection.run(_TABLE)
        connection.commit()
        carried_out: list[Migration] = []
        while True:
            _begin_exclusive(engine, connection)
            waiting = pending(connection, migrations)
            if not waiting:
                return carried_out
            migration = waiting[0]
            for statement in migration.statements():
                connection.run(statement)
            connection.run(
                "INSERT INTO schema_migration (number, name, checksum, applied_at) VALUES (:number, :name, :sum, :at)",
                number=migration.number,
                name=migration.name,
                sum=migration.checksum,
                at=clock.ms(),
            )
            connection.commit()
            carried_out.append(migration)
    finally:
        connection.rollback()
        engine.give_back(connection, broken=False)


def waiting_migrations(engine: Engine) -> list[Migration]:
    """Return what `apply_migrations` would do, and change nothing. Blocks."""
    connection: EngineConnection = engine.connect(write=True)
    try:
        connection.begin(write=True)
        connection.run(_TABLE)
        return pending(connection, known_migrations())
    finally:
        connection.rollback()
        engine.give_back(connection, broken=False)


def require_current(engine: Engine) -> None:
    """Raise `DatabaseTooOld`, `DatabaseTooNew` or `MigrationChanged` when code and database do not belong together."""
    waiting = waiting_migrations(engine)
    if waiting:
        raise DatabaseTooOld(found=waiting[0].number - 1, known=waiting[-1].number)


def _begin_exclusive(engine: Engine, connection: EngineConnection) -> None:
    connection.begin(write=True)
    if engine.name == "postgresql":
        # Two servers that start together must not both migrate.
        connection.run("SELECT pg_advisory_xact_lock(1447383380)")
