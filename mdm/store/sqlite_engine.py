"""The embedded engine: one SQLite file, WAL, every commit on the disk before it is acknowledged."""

import fcntl
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from mdm.store.connection import Row
from mdm.store.errors import Conflict, StoreError

_BUSY_SECONDS = 30.0
_SCRUB_BUSY_SECONDS = 0.05
_PAGES, _SETTLED_PAGES = 4000, 16_000
"""So many pages in the WAL let a commit bring them into the file; more while another thread settles."""
_SETTLING_SECONDS = 2.0
_STREAM_ROWS = 500


class SqliteConnection:
    """One connection; used by one thread at a time."""

    def __init__(self, path: Path, *, readonly: bool, busy_seconds: float = _BUSY_SECONDS) -> None:
        self._raw = sqlite3.connect(
            path, timeout=busy_seconds, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        self._raw.execute("PRAGMA journal_mode = WAL")
        self._raw.execute("PRAGMA synchronous = FULL")
        self._raw.execute("PRAGMA foreign_keys = ON")
        # What is deleted is written over with zeros, in the same transaction.
        self._raw.execute("PRAGMA secure_delete = ON")
        self._raw.execute("PRAGMA temp_store = MEMORY")
        self._raw.execute("PRAGMA cache_size = -65536")
        self._raw.execute(f"PRAGMA wal_autocheckpoint = {_PAGES}")
        self._raw.execute("PRAGMA journal_size_limit = 67108864")
        if readonly:
            self._raw.execute("PRAGMA query_only = ON")
        self.settled_at = -_SETTLING_SECONDS
        self._pages = _PAGES
        self._events: list[tuple[str, str]] = []
        self._data_version = self._read_data_version()

    def all(self, sql: str, /, **params: Any) -> list[Row]:
        """Run a query and return its rows."""
        cursor = self._execute(sql, params)
        rows = cursor.fetchall()
        if not rows:
            return []
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in rows]

    def one(self, sql: str, /, **params: Any) -> Row | None:
        """Run a query and return its first row, or None."""
        return self._first(sql, params)

    def run(self, sql: str, /, **params: Any) -> int:
        """Run a statement and return how many rows it touched."""
        return self._execute(sql, params).rowcount

    def many(self, sql: str, rows: Sequence[Mapping[str, Any]], /) -> None:
        """Run a statement once for each mapping of parameters."""
        try:
            self._raw.executemany(sql, rows)
        except sqlite3.Error as error:
            raise _translated(error) from error

    def many_returning(self, sql: str, rows: Sequence[Mapping[str, Any]], /) -> list[Row | None]:
        """Run a query once for each mapping of parameters; return the first row of each, or None."""
        return [self._first(sql, params) for params in rows]

    def stream(self, sql: str, /, **params: Any) -> Iterator[Row]:
        """Run a query and yield its rows without holding them all."""
        cursor = self._execute(sql, params)
        names = [column[0] for column in cursor.description]
        while rows := cursor.fetchmany(_STREAM_ROWS):
            for row in rows:
                yield dict(zip(names, row, strict=True))

    def publish(self, topic: str, key: str, /) -> None:
        """Tell subscribers once this transaction is committed."""
        self._events.append((topic, key))

    def begin(self, *, write: bool) -> None:
        """Begin a transaction; a writer takes the file's write lock at once."""
        self._events.clear()
        if write:
            self._leave_to_settlers()
        self._execute("BEGIN IMMEDIATE" if write else "BEGIN", {})

    def commit(self) -> None:
        """Make it durable."""
        self._execute("COMMIT", {})

    def rollback(self) -> None:
        """Undo it."""
        self._events.clear()
        with suppress(sqlite3.Error):
            self._raw.execute("ROLLBACK")

    def savepoint(self) -> int:
        """Begin a part that can be undone alone."""
        self._raw.execute("SAVEPOINT part")
        return len(self._events)

    def release(self) -> None:
        """Keep the part."""
        self._raw.execute("RELEASE part")

    def rollback_to(self, mark: int) -> None:
        """Undo the part and forget what it published."""
        del self._events[mark:]
        self._raw.execute("ROLLBACK TO part")
        self._raw.execute("RELEASE part")

    def take_events(self) -> list[tuple[str, str]]:
        """Return and forget what was published."""
        events, self._events = self._events, []
        return events

    def changed_elsewhere(self) -> bool:
        """Tell whether another process wrote since the last call.

        Source: SQLite's documentation of ``PRAGMA data_version``: it changes on a connection only by others' commits,
        and the writer's connection is the only one of this process that commits.
        """
        version = self._read_data_version()
        changed, self._data_version = version != self._data_version, version
        return changed

    def checkpoint(self, mode: str) -> None:
        """Bring what is committed from the WAL into the file; ``PASSIVE`` waits for nobody, ``TRUNCATE`` empties it."""
        self._raw.execute(f"PRAGMA wal_checkpoint({mode})").fetchall()

    def close(self) -> None:
        """Close it."""
        self._raw.close()

    def _leave_to_settlers(self) -> None:
        """Let commits checkpoint only where nobody else does: that takes long, and others wait for it."""
        pages = _SETTLED_PAGES if time.monotonic() - self.settled_at < _SETTLING_SECONDS else _PAGES
        if pages != self._pages:
            self._raw.execute(f"PRAGMA wal_autocheckpoint = {pages}")
            self._pages = pages

    def _read_data_version(self) -> int:
        return int(self._raw.execute("PRAGMA data_version").fetchone()[0])

    def _execute(self, sql: str, params: Mapping[str, Any]) -> sqlite3.Cursor:
        try:
            return self._raw.execute(sql, params)
        except sqlite3.Error as error:
            raise _translated(error) from error

    def _first(self, sql: str, params: Mapping[str, Any]) -> Row | None:
        cursor = self._execute(sql, params)
        row = cursor.fetchone()
        if row is None:
            return None
        names = [column[0] for column in cursor.description]
        # A statement with RETURNING is carried out in full only when it is stepped to its end.
        cursor.fetchall()
        return dict(zip(names, row, strict=True))


class SqliteEngine:
    """Opens connections to one file."""

    name = "sqlite"
    reader_threads = 2
    savepoint_each = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writing: SqliteConnection | None = None

    def open(self) -> None:
        """Make the file's folder; the file itself is made by the first connection."""
        self.path.parent.mkdir(parents=True, exist_ok=True)

    def connect(self, *, write: bool) -> SqliteConnection:
        """Return a new connection; raise `StoreError` when the file cannot be opened."""
        try:
            connection = SqliteConnection(self.path, readonly=not write)
        except sqlite3.Error as error:
            raise _translated(error) from error
        if write:
            self.path.chmod(0o600)
            self._writing = connection
        return connection

    def give_back(self, connection: SqliteConnection, *, broken: bool) -> None:
        """Close a connection."""
        del broken
        connection.close()

    def is_transient(self, error: BaseException) -> bool:
        """Tell whether the same work may succeed when it is simply done again."""
        del error
        return False

    def start_listening(self, dispatch: Callable[[list[tuple[str, str]]], None]) -> None:
        """Nothing to do: events of this process are announced by its writer."""

    def try_singleton(self, name: str) -> Callable[[], None] | None:
        """Lock a file beside the database; return the function that releases it, or None when another holds it."""
        file = self.path.with_name(f"{self.path.name}.{name}.lock").open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return None
        return file.close

    def settle(self) -> None:
        """Bring what is committed from the WAL into the file, here instead of in the writer's next commits."""
        if self._writing is not None:
            self._writing.settled_at = time.monotonic()
        self._checkpoint("PASSIVE")

    def scrub(self, tables: Collection[str]) -> None:
        """Empty the WAL, where pages are as they were before something was deleted.

        While somebody reads for long it stays, for the next time: nobody waits for it.
        """
        del tables
        self._checkpoint("TRUNCATE")

    def _checkpoint(self, mode: str) -> None:
        try:
            connection = SqliteConnection(self.path, readonly=False, busy_seconds=_SCRUB_BUSY_SECONDS)
        except sqlite3.Error as error:
            raise _translated(error) from error
        try:
            connection.checkpoint(mode)
        except sqlite3.OperationalError as error:
            # Another checkpoint is under way, or somebody reads or writes: there will be another time.
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise _translated(error) from error
        finally:
            connection.close()

    def close(self) -> None:
        """Nothing is shared between connections."""


def _translated(error: sqlite3.Error) -> StoreError:
    if isinstance(error, sqlite3.IntegrityError):
        return Conflict(reason=str(error))
    return StoreError(reason=str(error))
