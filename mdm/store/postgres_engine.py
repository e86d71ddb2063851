"""The territory's engine: PostgreSQL 15 or later, shared by several server processes."""

import re
import selectors
import socket
import threading
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

import msgspec
import psycopg
from psycopg.rows import TupleRow, dict_row
from psycopg.sql import SQL, Identifier
from psycopg_pool import ConnectionPool, PoolTimeout

from mdm.store.connection import Row
from mdm.store.errors import Conflict, StoreError
from mdm.store.events import RESYNC

_CHANNEL = "valise_events"
_NOTIFY_BYTES = 7000
"""PostgreSQL refuses a NOTIFY payload of 8,000 bytes or more."""
_STREAM_ROWS = 500
_POOL_SECONDS = 10.0
_LISTEN_SECONDS = 5.0
_TRANSIENT = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
_PARAMETER = re.compile(r"'(?:[^']|'')*'|--[^\n]*|::|:([a-z_][a-z0-9_]*)|%")


@lru_cache(maxsize=2048)
def to_format_style(sql: str) -> str:
    """Return SQL with ``:name`` parameters in the form that psycopg takes, ``%(name)s``."""

    def swap(found: re.Match[str]) -> str:
        if found.group(1):
            return f"%({found.group(1)})s"
        return found.group(0).replace("%", "%%")

    return _PARAMETER.sub(swap, sql)


class PostgresConnection:
    """One pooled connection inside a transaction; used by one thread at a time."""

    def __init__(self, raw: psycopg.Connection[TupleRow]) -> None:
        self.raw = raw
        self._events: list[tuple[str, str]] = []
        self._streams = 0
        self._cursor = raw.cursor(row_factory=dict_row)

    def all(self, sql: str, /, **params: Any) -> list[Row]:
        """Run a query and return its rows."""
        return self._execute(sql, params).fetchall()

    def one(self, sql: str, /, **params: Any) -> Row | None:
        """Run a query and return its first row, or None."""
        return self._execute(sql, params).fetchone()

    def run(self, sql: str, /, **params: Any) -> int:
        """Run a statement and return how many rows it touched."""
        return self._execute(sql, params).rowcount

    def many(self, sql: str, rows: Sequence[Mapping[str, Any]], /) -> None:
        """Run a statement once for each mapping of parameters, in one pipeline."""
        if not rows:
            return
        try:
            self._cursor.executemany(to_format_style(sql), rows)
        except psycopg.Error as error:
            raise _translated(error) from error

    def many_returning(self, sql: str, rows: Sequence[Mapping[str, Any]], /) -> list[Row | None]:
        """Run a query once for each mapping of parameters, in one pipeline; return the first row of each, or None."""
        if not rows:
            return []
        if len(rows) == 1:
            return [self._execute(sql, rows[0]).fetchone()]
        found: list[Row | None] = []
        try:
            self._cursor.executemany(to_format_style(sql), rows, returning=True)
            while True:
                found.append(self._cursor.fetchone())
                if not self._cursor.nextset():
                    return found
        except psycopg.Error as error:
            raise _translated(error) from error

    def stream(self, sql: str, /, **params: Any) -> Iterator[Row]:
        """Run a query and yield its rows from a server-side cursor."""
        self._streams += 1
        try:
            with self.raw.cursor(name=f"stream_{self._streams}", row_factory=dict_row) as cursor:
                cursor.itersize = _STREAM_ROWS
                cursor.execute(to_format_style(sql), params)
                yield from cursor
        except psycopg.Error as error:
            raise _translated(error) from error

    def publish(self, topic: str, key: str, /) -> None:
        """Tell subscribers once this transaction is committed."""
        self._events.append((topic, key))

    def begin(self, *, write: bool) -> None:
        """Begin a transaction: psycopg sends BEGIN with the first statement."""
        self._events.clear()
        del write

    def commit(self) -> None:
        """Make it durable, and notify every server process."""
        try:
            for payload in _payloads(list(dict.fromkeys(self._events))):
                self._cursor.execute("SELECT pg_notify(%s, %s)", (_CHANNEL, payload))
            self._events.clear()
            self.raw.commit()
        except psycopg.Error as error:
            raise _translated(error) from error

    def rollback(self) -> None:
        """Undo it."""
        self._events.clear()
        with suppress(psycopg.Error):
            self.raw.rollback()

    def savepoint(self) -> int:
        """Begin a part that can be undone alone."""
        self._cursor.execute("SAVEPOINT part")
        return len(self._events)

    def release(self) -> None:
        """Keep the part."""
        self._cursor.execute("RELEASE SAVEPOINT part")

    def rollback_to(self, mark: int) -> None:
        """Undo the part and forget what it published."""
        del self._events[mark:]
        self._cursor.execute("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")

    def take_events(self) -> list[tuple[str, str]]:
        """Nothing: PostgreSQL brings this process's own events back to it like everybody's."""
        return []

    def changed_elsewhere(self) -> bool:
        """Nothing to ask: PostgreSQL tells."""
        return False

    def close(self) -> None:
        """Close it."""
        self.raw.close()

    def _execute(self, sql: str, params: Mapping[str, Any]) -> psycopg.Cursor[Row]:
        try:
            return self._cursor.execute(to_format_style(sql), params)
        except psycopg.Error as error:
            raise _translated(error) from error


class PostgresEngine:
    """Connections to one PostgreSQL database, from a pool."""

    name = "postgresql"
    reader_threads = 4
    savepoint_each = False

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: ConnectionPool[psycopg.Connection[TupleRow]] | None = None
        self._stopping = threading.Event()
        self._listening = threading.Event()
        self._listener: threading.Thread | None = None
        self._bell: socket.socket | None = None

    def open(self) -> None:
        """Open the pool; raise `StoreError` when the server cannot be reached."""
        pool = ConnectionPool(
            self._url,
            min_size=1,
            max_size=self.reader_threads + 4,
            timeout=_POOL_SECONDS,
            open=False,
            configure=_configure,
        )
        try:
            pool.open(wait=True, timeout=_POOL_SECONDS)
        except PoolTimeout as error:
            pool.close()
            raise StoreError(reason="PostgreSQL cannot be reached") from error
        self._pool = pool

    def connect(self, *, write: bool) -> PostgresConnection:
        """Take a connection from the pool."""
        del write
        if self._pool is None:
            raise StoreError(reason="the pool is closed")
        try:
            return PostgresConnection(self._pool.getconn())
        except (PoolTimeout, psycopg.Error) as error:
            raise StoreError(reason="PostgreSQL cannot be reached") from error

    def give_back(self, connection: PostgresConnection, *, broken: bool) -> None:
        """Give a connection back; the pool replaces one that is broken."""
        if broken:
            connection.raw.close()
        if self._pool is not None:
            self._pool.putconn(connection.raw)

    def is_transient(self, error: BaseException) -> bool:
        """Tell whether the same work may succeed when it is done again: a deadlock or a serialization failure."""
        return isinstance(error, _TRANSIENT) or isinstance(error.__cause__, _TRANSIENT)

    def start_listening(self, dispatch: Callable[[list[tuple[str, str]]], None]) -> None:
        """Hand to ``dispatch`` what any server process publishes; after a lost connection, a resync first."""
        self._bell, heard = socket.socketpair()
        self._listener = threading.Thread(target=self._listen, args=(dispatch, heard), name="store-listen", daemon=True)
        self._listener.start()
        self._listening.wait(_LISTEN_SECONDS)

    def try_singleton(self, name: str) -> Callable[[], None] | None:
        """Take the advisory lock ``name``; return the function that releases it, or None when another holds it."""
        raw = psycopg.connect(self._url, autocommit=True)
        key = zlib.crc32(name.encode())
        row = raw.execute("SELECT pg_try_advisory_lock(1447383379, %s::bigint::int)", (key - (1 << 31),)).fetchone()
        if row is not None and row[0]:
            return raw.close
        raw.close()
        return None

    def settle(self) -> None:
        """Nothing to do: PostgreSQL's own processes do it."""

    def scrub(self, tables: Collection[str]) -> None:
        """Vacuum these tables, and those that are said to have dead rows; slowly, since others work, who do not wait.

        A deleted row stays in its table's file, where no query finds it, until then. Rows that a transaction under way
        may still see wait for the next time.
        """
        try:
            with psycopg.connect(self._url, autocommit=True) as raw:
                raw.execute("SET vacuum_cost_delay = 2")
                told = raw.execute(
                    "SELECT relname, n_dead_tup > 0 FROM pg_stat_user_tables WHERE schemaname = current_schema()"
                ).fetchall()
                for name in [name for name, dead in told if dead or name in tables]:
                    raw.execute(SQL("VACUUM (SKIP_LOCKED, TRUNCATE FALSE) {}").format(Identifier(name)))
        except psycopg.Error as error:
            raise _translated(error) from error

    def close(self) -> None:
        """Stop listening and close the pool."""
        self._stopping.set()
        if self._bell is not None:
            self._bell.close()
        if self._listener is not None:
            self._listener.join(timeout=5)
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def _listen(self, dispatch: Callable[[list[tuple[str, str]]], None], bell: socket.socket) -> None:
        with bell:
            self._listen_until(dispatch, bell)

    def _listen_until(self, dispatch: Callable[[list[tuple[str, str]]], None], bell: socket.socket) -> None:
        first = True
        while not self._stopping.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True) as raw:
                    raw.execute(f"LISTEN {_CHANNEL}")
                    self._listening.set()
                    if not first:
                        dispatch([(RESYNC, "")])
                    first = False
                    with selectors.DefaultSelector() as either:
                        either.register(raw.fileno(), selectors.EVENT_READ)
                        either.register(bell, selectors.EVENT_READ)
                        while not self._stopping.is_set():
                            for notice in raw.notifies(timeout=0):
                                dispatch(msgspec.json.decode(notice.payload, type=list[tuple[str, str]]))
                            either.select()
            except (psycopg.Error, msgspec.DecodeError):
                self._stopping.wait(1.0)


def _configure(raw: psycopg.Connection[TupleRow]) -> None:
    raw.prepare_threshold = 2
    raw.prepared_max = 500


def _payloads(events: list[tuple[str, str]]) -> Iterator[str]:
    chunk: list[tuple[str, str]] = []
    size = 2
    for event in events:
        cost = len(msgspec.json.encode(event)) + 1
        if chunk and size + cost > _NOTIFY_BYTES:
            yield msgspec.json.encode(chunk).decode()
            chunk, size = [], 2
        chunk.append(event)
        size += cost
    if chunk:
        yield msgspec.json.encode(chunk).decode()


def _translated(error: psycopg.Error) -> StoreError:
    primary = error.diag.message_primary or type(error).__name__
    if isinstance(error, psycopg.IntegrityError):
        return Conflict(reason=primary)
    return StoreError(reason=primary)
