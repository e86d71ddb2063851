"""Files that declared columns name: which of them still have a row."""

from collections.abc import Awaitable, Callable, Collection
from typing import Protocol

from mdm.privacy.register import Register
from mdm.store import Connection


class FilePlace(Protocol):
    """A folder of files that rows name, such as photos of loans."""

    async def sweep(self, known: Callable[[Collection[str]], Awaitable[Collection[str]]]) -> int:
        """Remove files that have no row and are not new; return how many. ``known`` returns those that have one."""
        ...


def named_files(conn: Connection, register: Register, place: str, names: Collection[str]) -> set[str]:
    """Return those of some files that a column of any table still names."""
    found: set[str] = set()
    for one in register.fields.values():
        if one.field.file != place:
            continue
        query = f"SELECT {one.field.column} FROM {one.table.name} WHERE {one.field.column} = :name"  # noqa: S608
        rows = conn.many_returning(query, [{"name": name} for name in names])
        found |= {name for name, row in zip(names, rows, strict=True) if row is not None}
    return found
