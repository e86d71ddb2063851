"""What the purge does, made from the declarations and the schema as it is; pure."""

from typing import Any

import msgspec

from mdm.privacy import statements
from mdm.privacy.declaration import Personal, Table
from mdm.privacy.register import Register
from mdm.privacy.retention import After, SchoolYearEnd, Timed, WhileUsed, cutoff
from mdm.privacy.schema_store import Schema, TableSchema


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one table to look for, and what is done to each that is due.

    ``fields`` are cleared; without them the row is deleted, after ``before`` was done. ``by_index``: the rule's column
    has an index; otherwise the table is read in the order of its key.
    """

    table: Table
    real: TableSchema
    rule: Timed | WhileUsed
    fields: tuple[Personal, ...] = ()
    by_index: bool
    before: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What the task is called where it is told."""
        return ".".join((self.table.name, *(one.column for one in self.fields[:1])))

    @property
    def in_order(self) -> Timed | None:
        """The rule where one statement deletes many rows, in the order of their time; None where each is looked at."""
        alone = not (self.fields or self.before or self.table.by_erasure)
        return self.rule if self.by_index and alone and not isinstance(self.rule, WhileUsed) else None

    def most(self, now: int) -> int | str:
        """Return the bound of the rule's column."""
        return cutoff(self.rule, now)

    def least(self) -> int | str:
        """Return a value that no row's column is below."""
        return "" if isinstance(self.rule, After) and self.rule.is_day else 0

    def query(self, *, first: bool) -> str:
        """Return the query for the next rows."""
        if self.by_index and not isinstance(self.rule, WhileUsed):
            still = statements.not_cleared(self.fields) if self.fields else ""
            return statements.due_by_index(self.real, self.rule, still)
        still = statements.not_cleared(self.fields, "t.") if self.fields else ""
        return statements.due_by_walk(self.real, self.rule, still, first=first)

    def changes(self) -> dict[str, Any]:
        """Return what the cleared columns hold afterwards, as parameters."""
        return {f"new_{one.column}": one.cleared_to for one in self.fields}


def tasks_of(register: Register, schema: Schema) -> list[Task]:
    """Return what is to be done, for the tables that the schema has; last what other rows keep alive."""
    found: list[Task] = []
    for table in register.tables:
        real = schema.get(table.name)
        if real is None or not real.key:
            continue
        if isinstance(table.retention, After | SchoolYearEnd | WhileUsed):
            before = statements.dependent_statements(register, schema, table.name)
            found.append(
                Task(
                    table=table,
                    real=real,
                    rule=table.retention,
                    by_index=_has_index(real, table.retention),
                    before=tuple(before),
                )
            )
        for rule, fields in statements.with_due_fields(table).items():
            found.append(Task(table=table, real=real, rule=rule, fields=tuple(fields), by_index=_has_index(real, rule)))
    return sorted(found, key=lambda task: (isinstance(task.rule, WhileUsed), task.table.by_erasure))


def _has_index(real: TableSchema, rule: Timed | WhileUsed) -> bool:
    if isinstance(rule, WhileUsed) or (isinstance(rule, After) and rule.via is not None):
        return False
    return rule.column in real.indexed
