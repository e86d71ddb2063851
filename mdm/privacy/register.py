"""All declarations together: found in the rooms, checked, and asked what may be seen."""

import importlib
import importlib.util
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from pathlib import Path

import msgspec

from mdm.privacy import retention as retentions
from mdm.privacy.declaration import Activity, DeleteRow, Erasure, Owner, Personal, Pseudonym, Stay, Table, is_name
from mdm.privacy.errors import DeclarationWrong, FieldUnknown
from mdm.privacy.retention import Kept, Retention, WithPerson
from mdm.privacy.vocabulary import EVERYBODY, PUBLIC, VIEWERS, Basis, Data, Persons

ROOTS = ("mdm", "enrollment", "profiles", "push", "webui")
"""The packages in which rooms are looked for: each has its own ``personal_data.py``, and no list has to name it."""

_FILE = "personal_data.py"


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """A field with all that holds for it, from its own declaration, its table's or its activity's."""

    key: str
    table: Table
    field: Personal
    activity: Activity
    purpose: str
    basis: Basis
    persons: tuple[Persons, ...]
    retention: Retention
    seen_by: tuple[str, ...]
    source: str
    recipients: tuple[str, ...]
    erasure: Erasure
    owners: tuple[Owner, ...]

    def visible_to(self, viewers: Iterable[str]) -> bool:
        """Tell whether somebody with these viewer keys may see it."""
        if self.field.secret:
            return False
        return not {*viewers, PUBLIC}.isdisjoint(self.seen_by)


class Register:
    """The declarations of all tables; raises `DeclarationWrong` for what contradicts itself."""

    def __init__(self, tables: Iterable[Table]) -> None:
        self._tables: dict[str, Table] = {}
        for table in tables:
            if table.name in self._tables:
                raise DeclarationWrong(name=table.name, reason="it is declared twice")
            _check(table)
            self._tables[table.name] = table

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables, by name."""
        return tuple(self._tables[name] for name in sorted(self._tables))

    def table(self, name: str) -> Table:
        """Return a table; raise `FieldUnknown`."""
        if name not in self._tables:
            raise FieldUnknown(key=name)
        return self._tables[name]

    @cached_property
    def fields(self) -> dict[str, Declared]:
        """Every personal field by its key, ``table.column``."""
        return {one.key: one for table in self.tables for one in _declared(table)}

    def field(self, key: str) -> Declared:
        """Return a field; raise `FieldUnknown`."""
        if key not in self.fields:
            raise FieldUnknown(key=key)
        return self.fields[key]

    def fields_of(self, table: str) -> tuple[Declared, ...]:
        """Return a table's personal fields, in the order of their declaration."""
        return tuple(self.fields[f"{table}.{one.column}"] for one in self.table(table).fields)

    @property
    def activities(self) -> tuple[Activity, ...]:
        """The processing activities, by their keys."""
        found = {one.activity.key: one.activity for one in self.fields.values()}
        return tuple(found[key] for key in sorted(found))

    def visible(self, key: str, viewers: Iterable[str]) -> bool:
        """Tell whether somebody with these viewer keys may see a field; raise `FieldUnknown`.

        Viewer keys are those of `mdm.privacy.vocabulary.VIEWERS`; who has an account also has ``everybody``.
        """
        return self.field(key).visible_to(viewers)

    def texts(self) -> set[str]:
        """Return every text of the declarations and of their vocabulary, for translation."""
        return {text for text in self._texts() if text}

    def _texts(self) -> Iterator[str]:
        yield from VIEWERS.values()
        yield from retentions.TEXTS
        for kind in (Basis, Persons, Data):
            yield from (one.value for one in kind)
        for table in self.tables:
            yield table.about
            # Reasons why a column says nothing of a person are for those who read the code.
        for one in self.fields.values():
            yield from (one.activity.name, one.activity.purpose, one.activity.grounds)
            yield from (one.purpose, one.field.what, one.source)
            yield from one.recipients
            yield getattr(one.retention, "event", "") or getattr(one.retention, "reason", "")
            if isinstance(one.erasure, Stay):
                yield one.erasure.reason


@lru_cache(maxsize=1)
def whole_register() -> Register:
    """Return the register of all rooms."""
    return Register(table for module in _modules() for table in importlib.import_module(module).TABLES)


def visible(key: str, viewers: Iterable[str]) -> bool:
    """Tell whether somebody with these viewer keys may see a field of the whole register."""
    return whole_register().visible(key, viewers)


def _modules() -> Iterator[str]:
    for root in ROOTS:
        spec = importlib.util.find_spec(root)
        for place in (spec.submodule_search_locations or ()) if spec is not None else ():
            folder = Path(place)
            for file in sorted(folder.rglob(_FILE)):
                yield ".".join((root, *file.relative_to(folder).with_suffix("").parts))


def _declared(table: Table) -> Iterator[Declared]:
    activity = table.activity
    for one in table.fields:
        if activity is None or (rule := _rule(table, one)) is None:
            raise DeclarationWrong(name=f"{table.name}.{one.column}", reason="it has no activity or no retention")
        yield Declared(
            key=f"{table.name}.{one.column}",
            table=table,
            field=one,
            activity=activity,
            purpose=one.purpose or activity.purpose,
            basis=one.basis or activity.basis,
            persons=one.persons or activity.persons,
            retention=rule,
            seen_by=one.seen_by or activity.seen_by,
            source=one.source or activity.source,
            recipients=activity.recipients if one.recipients is None else one.recipients,
            erasure=one.erasure or DeleteRow(),
            owners=(one.of,) if one.of is not None else table.owners,
        )


def _rule(table: Table, field: Personal) -> Retention | None:
    """Return a field's rule: its own, or the table's; who did something is named no longer than the account lasts."""
    rule = field.retention or table.retention
    return WithPerson() if isinstance(rule, Kept) and isinstance(field.erasure, Pseudonym) else rule


def _check(table: Table) -> None:
    if any(not is_name(name) for name in table.names()):
        raise DeclarationWrong(name=table.name, reason="a name is not one of a table or a column")
    columns = table.columns
    if len(set(columns)) != len(columns):
        raise DeclarationWrong(name=table.name, reason="a column is declared twice")
    if not table.fields and not table.why_plain:
        raise DeclarationWrong(name=table.name, reason="it says nothing of a person, and not why")
    for one in _declared(table):
        if unknown := {*one.seen_by} - {*VIEWERS, EVERYBODY}:
            raise DeclarationWrong(name=one.key, reason=f"{min(unknown)} is no viewer")
        if not one.field.what or not one.persons:
            raise DeclarationWrong(name=one.key, reason="what it is, or whom it is about, is missing")
        if one.field.erasure is None and (one.field.of is not None or not table.owners):
            raise DeclarationWrong(name=one.key, reason="how it is erased is missing")
