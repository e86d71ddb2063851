"""Rows for every table of the real schema, made from the schema alone: an old one and a recent one."""

import re
import sqlite3
from typing import Any

import pytest

from mdm.privacy.declaration import Owner
from mdm.privacy.register import Register
from mdm.privacy.schema_store import Schema
from mdm.store import Connection
from mdm.store.migrations import known_migrations

ON_SQLITE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
"""For tests of what is the same on both engines once others have shown that the SQL is."""

_ALLOWED = re.compile(r"(\w+) IN \(([^)]*)\)")
_MOMENT = re.compile(r".*_at|since|until|at|moments_until|not_before|not_after|next_update|last_step|.*_until")
_DAY = re.compile(r".*_on|day|week|first|last|.*_day")


class Shape:
    """What the schema says of a column's values: its type, whether it may be NULL, and the values allowed."""

    def __init__(self) -> None:
        raw = sqlite3.connect(":memory:")
        for migration in known_migrations():
            for statement in migration.statements():
                raw.execute(statement)
        self.types: dict[str, dict[str, str]] = {}
        self.allowed: dict[str, dict[str, list[str]]] = {}
        for name, sql in raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'"):
            columns = raw.execute(f"PRAGMA table_info({name})").fetchall()
            self.types[name] = {row[1]: row[2] for row in columns}
            self.allowed[name] = {
                column: re.findall(r"'([^']*)'", values) or values.replace(" ", "").split(",")
                for column, values in _ALLOWED.findall(sql)
            }
        raw.close()


class Maker:
    """Puts rows into every table, parents first. Moments and days of a row are those of its age."""

    def __init__(self, register: Register, schema: Schema) -> None:
        self.shape = Shape()
        self.register = register
        self.schema = schema
        self.made: dict[str, dict[str, dict[str, Any]]] = {}
        self.parents = {table.key[0]: name for name, table in schema.items() if len(table.key) == 1}
        self.parents = {column: name for column, name in self.parents.items() if column.endswith("_id")}

    def order(self) -> list[str]:
        """Tables, those first to which others point."""
        declared = {table.name for table in self.register.tables}
        left, found = {name: table for name, table in self.schema.items() if name in declared}, []
        while left:
            free = [
                name
                for name, table in left.items()
                if not any(one.table in left and one.table != name for one in table.references)
            ]
            assert free, sorted(left)
            for name in sorted(free):
                found.append(name)
                del left[name]
        return found

    def fill(self, conn: Connection, ages: dict[str, tuple[int, str]], people: dict[str, str]) -> None:
        """Add one row of each age to each table; ``ages``: moment and day, ``people``: the login of each age."""
        for name in self.order():
            if name in ("journal_head", "schema_migration"):
                continue
            conn.run(f"DELETE FROM {name}")
            for number, (age, when) in enumerate(ages.items(), start=1):
                if "one" in self.schema[name].columns and number > 1:
                    continue
                row = self.row(name, age, number, when, people[age])
                columns = ", ".join(row)
                values = ", ".join(f":{column}" for column in row)
                conn.run(f"INSERT INTO {name} ({columns}) VALUES ({values})", **row)
                self.made.setdefault(name, {})[age] = row

    def row(self, table: str, age: str, number: int, when: tuple[int, str], login: str) -> dict[str, Any]:
        references = {one.column: one for one in self.schema[table].references}
        row: dict[str, Any] = {}
        for column in self.schema[table].columns:
            if column in references:
                parent = references[column]
                source = self.made.get(parent.table, {})
                row[column] = source.get(age, next(iter(source.values()), {})).get(parent.key)
            else:
                row[column] = self.value(table, column, age, number, when, login)
        return row

    def value(self, table: str, column: str, age: str, number: int, when: tuple[int, str], login: str) -> Any:
        if (table, column) == ("account", "login"):
            return login
        owner = self.owner(table, column)
        if owner is not None and not owner.via and owner.column == column:
            if owner.subject == "account":
                known = {"login": login, "actor": f"account:{login}", "id": f"account-{age}"}
                if owner.holds in known:
                    return known[owner.holds]
            elif owner.holds == "id":
                return f"{owner.subject}-{age}"
        parent = self.parents.get(column, table)
        if parent != table:
            # Written without a reference: the row of the other table all the same.
            return self.value(parent, column, age, number, when, login)
        if allowed := self.shape.allowed[table].get(column):
            return allowed[0] if not allowed[0].isdigit() else int(allowed[0])
        kind = self.shape.types[table][column]
        if kind == "BYTEA":
            return f"{table}.{column}.{age}".encode()
        if kind == "BIGINT":
            if column in ("one", "active"):
                return 1 if number == 1 else None
            return when[0] if _MOMENT.fullmatch(column) else number
        if _DAY.fullmatch(column):
            return when[1]
        return f"{table}.{column}.{age}"

    def owner(self, table: str, column: str) -> Owner | None:
        declared = next((one for one in self.register.table(table).fields if one.column == column), None)
        if declared is None:
            return None
        owners = (declared.of,) if declared.of is not None else self.register.table(table).owners
        return next((one for one in owners if one is not None and one.column == column), None)
