"""The SQL that declarations ask for, written from the names in them; pure.

Names are those of declarations, which the register checks to be names and nothing else; values are parameters.
"""

from collections.abc import Iterable, Sequence

from mdm.privacy.declaration import Owner, Personal, Table
from mdm.privacy.register import Register
from mdm.privacy.retention import After, Replaced, SchoolYearEnd, Timed, WhileUsed, WithParent
from mdm.privacy.schema_store import Schema, TableSchema

Key = tuple[str, ...]


def key_names(real: TableSchema) -> list[str]:
    """Return the parameters that name a row: ``k0``, ``k1``..."""
    return [f"k{number}" for number in range(len(real.key))]


def is_row(real: TableSchema) -> str:
    """Return the condition that names one row by its key."""
    return " AND ".join(f"{column} = :{name}" for column, name in zip(real.key, key_names(real), strict=True))


def belongs(owner: Owner) -> str:
    """Return the condition that a row is the person's; the person's word is ``:word``."""
    condition = f"{owner.column} = :word"
    for step in reversed(owner.via):
        only = f"{step.only} AND " if step.only else ""
        condition = f"{step.column} IN (SELECT {step.key} FROM {step.table} WHERE {only}{condition})"  # noqa: S608
    return condition


def due_by_index(real: TableSchema, rule: Timed, still: str) -> str:
    """Return the query for the next rows that are due, the oldest first; ``:least`` and ``:most`` bound the column."""
    return (
        f"SELECT {', '.join(real.key)}, {rule.column} AS due_value FROM {real.name}"  # noqa: S608
        f" WHERE {rule.column} >= :least AND {rule.column} < :most{still} ORDER BY {rule.column} LIMIT :rows"
    )


def newest_due(real: TableSchema, rule: Timed) -> str:
    """Return the query for the newest moment of the next ``:rows`` rows that are due; NULL where there are none."""
    rows = (
        f"SELECT {rule.column} AS due_value FROM {real.name} WHERE {rule.column} >= :least AND {rule.column} < :most"  # noqa: S608
        f" ORDER BY {rule.column} LIMIT :rows"
    )
    return f"SELECT MAX(due_value) AS newest FROM ({rows}) due"  # noqa: S608


def delete_due(real: TableSchema, rule: Timed) -> str:
    """Return the statement that deletes the next ``:rows`` rows up to the moment ``:upto``, the oldest first.

    What others change while it runs is looked at again, and stays where it is not due any more.
    """
    key = ", ".join(real.key)
    return (
        f"DELETE FROM {real.name} WHERE ({key}) IN (SELECT {key} FROM {real.name}"  # noqa: S608
        f" WHERE {rule.column} >= :least AND {rule.column} <= :upto ORDER BY {rule.column} LIMIT :rows)"
        f" AND {rule.column} <= :upto"
    )


def due_by_walk(real: TableSchema, rule: Timed | WhileUsed, still: str, *, first: bool) -> str:
    """Return the query that reads a part of the table in the order of its key, with what the rule looks at.

    ``still`` is a condition on rows that have not been seen to.
    """
    columns = ", ".join(f"t.{column} AS {column}" for column in real.key)
    join, value = "", ""
    wanted = [still.removeprefix(" AND ")] if still else []
    match rule:
        case WhileUsed(since=since):
            value = f"t.{since}" if since else "0"
            wanted.append(_unused(rule, real.name, "t."))
        case After(column=column, via=via) if via is not None:
            join, value = f" JOIN {via.table} p ON p.{via.key} = t.{via.column}", f"p.{column}"
        case After(column=column) | SchoolYearEnd(column=column):
            value = f"t.{column}"
    wanted.append(f"{value} < :most")
    if not first:
        wanted.append(
            f"({', '.join(f't.{one}' for one in real.key)}) > ({', '.join(f':{n}' for n in key_names(real))})"
        )
    return (
        f"SELECT {columns}, {value} AS due_value FROM {real.name} t{join}"  # noqa: S608
        f" WHERE {' AND '.join(wanted)} ORDER BY {', '.join(f't.{one}' for one in real.key)} LIMIT :rows"
    )


def hold(real: TableSchema, condition: str) -> str:
    """Return the statement that takes a row's lock where a condition still holds, and returns its key."""
    column = real.key[0]
    return f"UPDATE {real.name} SET {column} = {column} WHERE {is_row(real)}{condition} RETURNING {column}"  # noqa: S608


def still_due(real: TableSchema, rule: Timed | WhileUsed) -> str:
    """Return the condition, on the row itself, that its time is over; ``:most`` bounds the column."""
    match rule:
        case WhileUsed(since=since):
            return f" AND {since or 0} < :most AND {_unused(rule, real.name, '')}"
        case After(column=column, via=via) if via is not None:
            return f" AND {via.column} IN (SELECT p.{via.key} FROM {via.table} p WHERE p.{column} < :most)"  # noqa: S608
        case _:
            return f" AND {rule.column} < :most"


def _unused(rule: WhileUsed, table: str, alias: str) -> str:
    """Return the condition that nothing points to a row. Inside, a column without a name in front is the row's own."""
    own = alias or f"{table}."
    return " AND ".join(
        f"NOT EXISTS (SELECT 1 FROM {one.table} u WHERE u.{one.column} = {own}{rule.key}"  # noqa: S608
        + (f" AND u.{one.only})" if one.only else ")")
        for one in rule.by
    )


def delete_row(real: TableSchema) -> str:
    """Return the statement that deletes one row."""
    return f"DELETE FROM {real.name} WHERE {is_row(real)}"  # noqa: S608


def change_row(real: TableSchema, columns: Sequence[str], condition: str = "") -> str:
    """Return the statement that changes columns of one row to ``:new_<column>``."""
    changes = ", ".join(f"{column} = :new_{column}" for column in columns)
    return f"UPDATE {real.name} SET {changes} WHERE {is_row(real)}{condition}"  # noqa: S608


def dependent_statements(register: Register, schema: Schema, table: str) -> list[str]:
    """Return what is done before a row of a table is deleted: rows that live as long as it go, others let go of it.

    The row is named by its key's parameters; deepest first.
    """
    real = schema[table]
    return list(_dependents(register, schema, table, f"SELECT {{key}} FROM {real.name} WHERE {is_row(real)}", (table,)))  # noqa: S608


def _dependents(register: Register, schema: Schema, parent: str, chosen: str, path: Key) -> Iterable[str]:
    for table in register.tables:
        if table.name in path or table.name not in schema:
            continue
        rule = table.retention
        if isinstance(rule, WithParent | Replaced) and rule.parent == parent:
            rows = f"{rule.column} IN ({chosen.format(key=rule.key)})"
            inner = f"SELECT {{key}} FROM {table.name} WHERE {rows}"  # noqa: S608
            yield from _dependents(register, schema, table.name, inner, (*path, table.name))
            yield f"DELETE FROM {table.name} WHERE {rows}"  # noqa: S608
            continue
        # What only points to the row lets go of it.
        for one in schema[table.name].references:
            if one.table == parent and one.column in schema[table.name].nullable and not one.follows:
                rows = f"{one.column} IN ({chosen.format(key=one.key)})"
                yield f"UPDATE {table.name} SET {one.column} = NULL WHERE {rows}"  # noqa: S608


def _literal(field: Personal) -> str:
    """Return the value that takes a field's place, as SQL; texts of declarations have no quotes."""
    if field.cleared_to is None:
        return "NULL"
    return str(field.cleared_to) if isinstance(field.cleared_to, int) else f"'{field.cleared_to}'"


def not_cleared(fields: Sequence[Personal], alias: str = "") -> str:
    """Return the condition that at least one of some fields still holds something."""
    parts = [
        f"{alias}{one.column} IS NOT NULL" if one.cleared_to is None else f"{alias}{one.column} <> {_literal(one)}"
        for one in fields
    ]
    return f" AND ({' OR '.join(parts)})"


def with_due_fields(table: Table) -> dict[Timed, list[Personal]]:
    """Return a table's fields that have a timed rule of their own, by rule."""
    found: dict[Timed, list[Personal]] = {}
    for field in table.fields:
        if isinstance(field.retention, After | SchoolYearEnd) and field.retention != table.retention:
            found.setdefault(field.retention, []).append(field)
    return found
