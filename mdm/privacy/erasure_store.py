"""SQL of erasure: the rows that name a person, and what is done to them."""

from collections.abc import Sequence
from typing import Any, Protocol

from mdm.i18n import N_
from mdm.privacy import statements
from mdm.privacy.declaration import Owner
from mdm.privacy.schema_store import TableSchema
from mdm.privacy.subject import Person
from mdm.store import Connection, Row

Keys = list[dict[str, Any]]

STILL_OPEN = N_("the account has not ended")
_ON_LOAN = N_("a tablet is on loan")


class RowWork(Protocol):
    """Something that is done to some rows in one transaction."""

    def __call__(self, conn: Connection, *, keys: Keys) -> None:
        """Do it; rows that are gone are no harm."""
        ...


def open_loan(conn: Connection, person: Person) -> str:
    """Return why a family's data are needed: a tablet is still at home; empty when none is."""
    match person.subject.kind:
        case "pupil":
            chosen = "pupil_id = :key"
        case "guardian":
            chosen = "loan_id IN (SELECT loan_id FROM loan_acceptance WHERE guardian_id = :key)"
        case _:
            return ""
    found = conn.one(
        f"SELECT 1 AS one FROM loan WHERE {chosen} AND state IN ('accepted', 'handed_over', 'lost')",  # noqa: S608
        key=person.subject.key,
    )
    return _ON_LOAN if found is not None else ""


def rows_of_person(
    conn: Connection, *, real: TableSchema, owner: Owner, word: str, column: str = "", unlike: str | int | None = None
) -> Keys:
    """Return the keys of a person's rows; with ``column``, of those that hold something else than ``unlike``."""
    still = ""
    if column:
        still = f" AND {column} IS NOT NULL" if unlike is None else f" AND {column} <> :unlike"
    query = f"SELECT {', '.join(real.key)} FROM {real.name} WHERE {statements.belongs(owner)}{still}"  # noqa: S608
    return [_key(real, row) for row in conn.stream(query, word=word, unlike=unlike)]


def rows_holding(conn: Connection, table: str, column: str, word: str) -> list[Row]:
    """Return the rows in whose column a word is found, in texts and in bytes."""
    sought = word.encode()
    rows = conn.stream(f"SELECT * FROM {table} WHERE {column} IS NOT NULL")  # noqa: S608
    return [row for row in rows if sought in _bytes(row[column])]


def keys_holding(conn: Connection, *, real: TableSchema, column: str, word: str) -> Keys:
    """Return the keys of rows in whose column a word is found."""
    return [_key(real, row) for row in rows_holding(conn, real.name, column, word)]


def change_rows(conn: Connection, *, real: TableSchema, column: str, value: str | int | None, keys: Keys) -> None:
    """Give a column of some rows another value."""
    conn.many(statements.change_row(real, [column]), [{**key, f"new_{column}": value} for key in keys])


def delete_rows(conn: Connection, *, before: Sequence[str], real: TableSchema, keys: Keys) -> None:
    """Delete some rows with all that lives only as long as they do."""
    for statement in (*before, statements.delete_row(real)):
        conn.many(statement, keys)


def delete_root(conn: Connection, before: Sequence[str], real: TableSchema, key: str, value: str) -> None:
    """Delete the row that is the person."""
    query = f"SELECT {', '.join(real.key)} FROM {real.name} WHERE {key} = :value"  # noqa: S608
    delete_rows(conn, before=before, real=real, keys=[_key(real, row) for row in conn.all(query, value=value)])


def _key(real: TableSchema, row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[column] for name, column in zip(statements.key_names(real), real.key, strict=True)}


def _bytes(content: object) -> bytes:
    return content.encode() if isinstance(content, str) else bytes(content)  # type: ignore[call-overload]
