"""The embedded engine: one SQLite file, WAL, every commit on the disk before it is acknowledged."""

import fcntl
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from mdm.store.connection import Row
from mdm.store.errors import Conflict, StoreError

_BUSY_SECONDS = 30.0
_STREAM_ROWS = 500


class SqliteConnection:
    """One connection; used by one thread at a time."""

    def __init__(self, path: Path, *, readonly: bool) -> None:
        self._raw = sqlite3.connect(
            path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        self._raw.execute("PRAGMA journal_mode = WAL")
        self._raw.execute("PRAGMA synchronous = FULL")
        self._raw.execute("PRAGMA foreign_keys = ON")
        self._raw.execute("PRAGMA temp_store = MEMORY")
        self._raw.execute("PRAGMA cache_size = -65536")
        self._raw.execute("PRAGMA wal_autocheckpoint = 4000")
        self._raw.execute("PRAGMA journal_size_limit = 67108864")
        if readonly:
            self._raw.execute("PRAGMA query_only = ON")
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

    def close(self) -> None:
        """Close it."""
        self._raw.close()

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

    def close(self) -> None:
        """Nothing is shared between connections."""


def _translated(error: sqlite3.Error) -> StoreError:
    if isinstance(error, sqlite3.IntegrityError):
        return Conflict(reason=str(error))
    return StoreError(reason=str(error))
