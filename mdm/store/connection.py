"""What a transaction may do: the same few calls and the same SQL on both engines."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

Row = dict[str, Any]
"""One row, by column name. The SQL file next to a query turns it into a value."""


class Connection(Protocol):
    """A connection inside a transaction. SQL has named parameters, ``:name``, on both engines."""

    def all(self, sql: str, /, **params: Any) -> list[Row]:
        """Run a query and return its rows."""
        ...

    def one(self, sql: str, /, **params: Any) -> Row | None:
        """Run a query and return its first row, or None."""
        ...

    def run(self, sql: str, /, **params: Any) -> int:
        """Run a statement and return how many rows it touched."""
        ...

    def many(self, sql: str, rows: Sequence[Mapping[str, Any]], /) -> None:
        """Run a statement once for each mapping of parameters."""
        ...

    def many_returning(self, sql: str, rows: Sequence[Mapping[str, Any]], /) -> list[Row | None]:
        """Run a query once for each mapping of parameters; return the first row of each, or None, in order."""
        ...

    def stream(self, sql: str, /, **params: Any) -> Iterator[Row]:
        """Run a query and yield its rows without holding them all."""
        ...

    def publish(self, topic: str, key: str, /) -> None:
        """Tell subscribers, in every server process, once this transaction is committed; forgotten if it is not."""
        ...


class EngineConnection(Connection, Protocol):
    """What the writer and the readers need beyond what a transaction may do."""

    def begin(self, *, write: bool) -> None:
        """Begin a transaction."""
        ...

    def commit(self) -> None:
        """Make it durable, and announce what was published where the engine does that itself."""
        ...

    def rollback(self) -> None:
        """Undo it."""
        ...

    def savepoint(self) -> int:
        """Begin a part that can be undone alone; return a mark for the events published so far."""
        ...

    def release(self) -> None:
        """Keep the part."""
        ...

    def rollback_to(self, mark: int) -> None:
        """Undo the part and forget what it published."""
        ...

    def take_events(self) -> list[tuple[str, str]]:
        """Return and forget what was published for this process to announce."""
        ...

    def changed_elsewhere(self) -> bool:
        """Tell whether another process wrote since the last call, where only asking shows it."""
        ...

    def close(self) -> None:
        """Close it."""
        ...
