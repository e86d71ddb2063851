"""What an engine is to the rest of the store."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Protocol

from mdm.store.errors import UnknownDatabase
from mdm.store.postgres_engine import PostgresEngine
from mdm.store.sqlite_engine import SqliteEngine


class Engine(Protocol):
    """Opens connections to one database. `SqliteEngine` and `PostgresEngine` are the two there are."""

    name: str
    reader_threads: int
    savepoint_each: bool

    def open(self) -> None:
        """Make the database reachable."""
        ...

    # A connection goes back to the engine that made it, which alone knows its class.
    def connect(self, *, write: bool) -> Any:
        """Return a connection (an ``EngineConnection``)."""
        ...

    def give_back(self, connection: Any, *, broken: bool) -> None:
        """Take a connection back."""
        ...

    def is_transient(self, error: BaseException) -> bool:
        """Tell whether doing the same work again may succeed."""
        ...

    def start_listening(self, dispatch: Callable[[list[tuple[str, str]]], None]) -> None:
        """Bring what other processes publish."""
        ...

    def try_singleton(self, name: str) -> Callable[[], None] | None:
        """Take a lock that one process of all can hold."""
        ...

    def settle(self) -> None:
        """Do now, on this thread, what the next writes would have to do for those before them."""
        ...

    def scrub(self, tables: Collection[str]) -> None:
        """Take what was deleted, from these tables just now, out of the database's files too, as far as it can."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


def engine_for(url: str) -> Engine:
    """Return the engine for ``sqlite:///path`` or ``postgresql://...``; raise `UnknownDatabase` for another address."""
    if url.startswith("sqlite:///") and len(url) > len("sqlite:///"):
        return SqliteEngine(Path(url.removeprefix("sqlite:///")))
    if url.startswith(("postgresql://", "postgres://")):
        return PostgresEngine(url)
    raise UnknownDatabase(url=url.split("@")[-1])
