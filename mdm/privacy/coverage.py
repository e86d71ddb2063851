"""Whether declarations and schema say the same: what a test asks, and whoever adds a column."""

from mdm.privacy.declaration import Table
from mdm.privacy.register import Register
from mdm.privacy.retention import After, Replaced, SchoolYearEnd, WhileUsed, WithParent
from mdm.privacy.schema_store import Schema, TableSchema

_TELLING = (
    "login",
    "actor",
    "author",
    "person",
    "user",
    "child",
    "parent",
    "first_name",
    "last_name",
    "family_name",
    "surname",
    "nickname",
    "email",
    "mail",
    "phone",
    "mobile",
    "address",
    "ip",
    "user_agent",
    "latitude",
    "longitude",
    "birth",
    "gender",
    "photo",
    "picture",
    "portrait",
    "comment",
    "remark",
    "note",
    "notes",
)
"""Words that a column's name is, begins or ends with, where it says something of a person."""
_DOERS = "_by"
_HARMLESS = frozenset({"claimed_by", "replaced_by", "commune_geography.latitude", "commune_geography.longitude"})
"""Columns that name a server process or a tablet, or where a commune is."""


def differences(register: Register, schema: Schema) -> list[str]:
    """Return what is missing or too much, in words for whoever wrote the column; empty when all is declared."""
    declared = {table.name: table for table in register.tables}
    found = [
        f"table {name} is declared nowhere: add it to its room's personal_data.py"
        for name in sorted({*schema} - {*declared})
    ]
    found += [f"table {name} is declared and does not exist" for name in sorted({*declared} - {*schema})]
    for name in sorted({*schema} & {*declared}):
        found += _columns(declared[name], schema[name])
        found += _references(declared[name], schema)
    return found


def _columns(table: Table, real: TableSchema) -> list[str]:
    found = [
        f"column {table.name}.{column} is neither declared personal nor named in plain"
        for column in real.columns
        if column not in table.columns
    ]
    found += [
        f"column {table.name}.{column} is declared and does not exist"
        for column in table.columns
        if column not in real.columns
    ]
    found += [
        f"column {table.name}.{column} has the name of something personal: declare it, or rename it"
        for column in table.plain_columns
        if _tells(table.name, column)
    ]
    return found


def _tells(table: str, column: str) -> bool:
    if not _HARMLESS.isdisjoint((column, f"{table}.{column}")) or column.endswith("_at"):
        return False
    return column.endswith(_DOERS) or any(f"_{word}_" in f"_{column}_" for word in _TELLING)


def _references(table: Table, schema: Schema) -> list[str]:
    """Check the columns that rules and owners name, in this table and in the ones that they lead to."""
    wanted: list[tuple[str, str]] = []
    rules = [rule for rule in (table.retention, *(one.retention for one in table.fields)) if rule is not None]
    for rule in rules:
        match rule:
            case After(column=column, via=None) | SchoolYearEnd(column=column):
                wanted.append((table.name, column))
            case After(column=column, via=via) if via is not None:
                wanted += [(table.name, via.column), (via.table, via.key), (via.table, column)]
            case WithParent(column=column, parent=parent, key=key) | Replaced(column=column, parent=parent, key=key):
                wanted += [(table.name, column), (parent, key)]
            case WhileUsed(key=key, by=by, since=since):
                wanted += [
                    (table.name, key),
                    *([(table.name, since)] if since else []),
                    *((one.table, one.column) for one in by),
                ]
    owners = [*table.owners, *(one.of for one in table.fields if one.of is not None)]
    for owner in owners:
        place = table.name
        for step in owner.via:
            wanted += [(place, step.column), (step.table, step.key)]
            place = step.table
        wanted.append((place, owner.column))
    return [
        f"the declaration of {table.name} names {place}.{column}, which does not exist"
        for place, column in dict.fromkeys(wanted)
        if place not in schema or column not in schema[place].columns
    ]
