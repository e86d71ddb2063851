"""Files that declared columns name: which of them still have a row."""

from collections.abc import Awaitable, Callable, Collection
from typing import Protocol

from mdm.privacy import statements
from mdm.privacy.register import Register
from mdm.privacy.subject import Person
from mdm.store import Connection


class FilePlace(Protocol):
    """A folder of files that rows name, such as photos of loans."""

    async def sweep(self, known: Callable[[Collection[str]], Awaitable[Collection[str]]]) -> int:
        """Remove files that have no row and are not new; return how many. ``known`` returns those that have one."""
        ...

    async def content(self, name: str, /) -> bytes:
        """Return a file's bytes; raise a `ValiseError` where it is not there."""
        ...

    async def remove(self, names: Collection[str]) -> int:
        """Remove files of these names at once; return how many there were."""
        ...


def files_of_person(conn: Connection, register: Register, person: Person) -> dict[str, set[str]]:
    """Return the files that rows of a person name, by place."""
    found: dict[str, set[str]] = {}
    for one in register.fields.values():
        for owner in one.owners if one.field.file else ():
            word = person.word(owner.holds) if person.is_called(owner.subject) else None
            if word is None:
                continue
            name, column = one.table.name, one.field.column
            rows = conn.all(f"SELECT {column} AS file FROM {name} WHERE {statements.belongs(owner)}", word=word)  # noqa: S608
            found.setdefault(one.field.file, set()).update(row["file"] for row in rows)
    return found


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
