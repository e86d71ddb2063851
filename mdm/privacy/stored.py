"""What is stored about a person: every field with its value, why, on what basis, who sees it, until when."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from mdm.clock import DAY_MS, from_ms
from mdm.i18n import N_, Translator
from mdm.privacy import statements
from mdm.privacy.declaration import Named, OfRegister, Owner, Search
from mdm.privacy.erasure_store import rows_holding
from mdm.privacy.register import Declared, Register, whole_register
from mdm.privacy.retention import (
    AFTER_ACCOUNT_DAYS,
    After,
    Replaced,
    Retention,
    SchoolYearEnd,
    WithParent,
    WithPerson,
    erased_at,
    words_of,
)
from mdm.privacy.subject import Person, Subject, person_of
from mdm.privacy.vocabulary import SELF, VIEWERS
from mdm.store import Connection, Row

_MOMENTS_FROM = 10**11
"""Numbers above are moments in milliseconds: this one is in 1973."""
_THEMSELVES = frozenset({SELF, "guardian"})


Openers = Mapping[str, Callable[[Row], str]]
"""What reads sealed columns out of their rows, by the key of the register."""
NO_OPENERS: Openers = {}


class StoredField(msgspec.Struct, frozen=True, kw_only=True):
    """One field of one row about a person.

    ``value``: None where nothing is there, or where it is shown to nobody, which ``hidden`` tells. ``erased_at``: when
    it is erased, in milliseconds; None while that is not known, as long as something has not ended. ``name``: what the
    value is the key of, as people call it.
    """

    key: str
    row: int
    declared: Declared
    value: str | int | None
    hidden: bool = False
    erased_at: int | None = None
    name: str = ""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A stored field in words, for pages and exports. Days and moments are in ISO 8601, UTC.

    ``value``: as it is stored; ``said``: as people are told. ``file``: the folder of the file that the value names.
    ``technical``: only programs and technicians read it.
    """

    key: str
    record: str
    row: int
    field: str
    value: str
    said: str
    technical: bool
    file: str
    purpose: str
    basis: str
    seen_by: tuple[str, ...]
    source: str
    recipients: tuple[str, ...]
    erased_on: str
    erased: str


def stored_about(
    conn: Connection,
    subject: Subject,
    *,
    viewers: Iterable[str] = (SELF,),
    register: Register | None = None,
    openers: Openers = NO_OPENERS,
) -> list[StoredField]:
    """Return all that is stored about a person, table by table; raise `SubjectUnknown`.

    The person, and a child's guardian, are shown every field, those that are secret without their value. To others,
    fields that they may not see are left out; so is the value of what is sealed and has no opener. It reads tables that
    have no index for it: use ``Database.read_long``.
    """
    register = register or whole_register()
    person = person_of(conn, subject)
    viewers = frozenset(viewers)
    if "guardian" in viewers and subject.kind != "pupil":
        viewers -= {"guardian"}
    found: list[StoredField] = []
    for table in register.tables:
        number = 0
        for owner, fields in _by_owner(register.fields_of(table.name), person).items():
            word = person.word(owner.holds)
            shown = [one for one in fields if one.visible_to(viewers) or viewers & _THEMSELVES]
            if word is None or not shown:
                continue
            for row in _rows(conn, fields[0], owner, word):
                number += 1
                found += [_field(conn, register, person, one, row, number, viewers, openers) for one in shown]
    return found


def told(stored: Iterable[StoredField], translate: Translator) -> list[Told]:
    """Return stored fields in the translator's language."""
    return [_told(one, translate) for one in stored]


def value_in_words(one: StoredField, translate: Translator) -> str:
    """Return a value as it is told: moments in ISO 8601, nothing as a dash."""
    if one.hidden:
        return translate("(shown to nobody)")
    if one.value is None or one.value == "":
        return "–"
    if isinstance(one.value, int) and one.value >= _MOMENTS_FROM:
        return _iso(from_ms(one.value))
    return str(one.value)


def said_in_words(one: StoredField, translate: Translator, register: Register | None = None) -> str:
    """Return a value as people are told it: by the name of what it means, moments and days in ISO 8601."""
    how = one.declared.field.said
    if one.hidden or one.value is None or one.value == "" or how is None:
        return value_in_words(one, translate)
    if isinstance(how, Named):
        return one.name or translate(N_("(not there any more)"))
    if isinstance(how, OfRegister):
        return _in_register(str(one.value), translate, register or whole_register())
    try:
        return how(one.value, translate)
    except (msgspec.MsgspecError, ValueError, TypeError):
        # What an earlier version wrote otherwise is shown as it is.
        return str(one.value)


def _in_register(key: str, translate: Translator, register: Register) -> str:
    if key in register.fields:
        declared = register.field(key)
        return f"{translate(declared.table.about)} – {translate(declared.field.what)}"
    return next((translate(one.name) for one in register.activities if one.key == key), key)


def retention_in_words(rule: Retention, translate: Translator) -> str:
    """Return a rule in the translator's language."""
    message, params = words_of(rule)
    return translate(message, **{**params, "event": translate(str(params["event"]))})


def _by_owner(fields: Iterable[Declared], person: Person) -> dict[Owner, list[Declared]]:
    """Return fields by what says whose they are, so that each row is read once."""
    found: dict[Owner, list[Declared]] = {}
    for one in fields:
        for owner in one.owners:
            if person.is_called(owner.subject):
                found.setdefault(owner, []).append(one)
    return found


def _rows(conn: Connection, one: Declared, owner: Owner, word: str) -> list[Row]:
    name = one.table.name
    if isinstance(one.erasure, Search):
        return rows_holding(conn, name, one.field.column, word)
    return conn.all(f"SELECT * FROM {name} WHERE {statements.belongs(owner)}", word=word)  # noqa: S608


def _field(
    conn: Connection,
    register: Register,
    person: Person,
    one: Declared,
    row: Row,
    number: int,
    viewers: frozenset[str],
    openers: Openers,
) -> StoredField:
    value: Any = row[one.field.column]
    hidden = one.field.secret or not (one.visible_to(viewers) or viewers & _THEMSELVES)
    if value is not None and not hidden and one.key in openers:
        value = openers[one.key](row)
    elif isinstance(value, bytes | memoryview):
        value = bytes(value).decode(errors="replace")
        # What cannot be read is encrypted.
        hidden = hidden or "\ufffd" in value
    return StoredField(
        key=one.key,
        row=number,
        declared=one,
        value=None if hidden else value,
        hidden=hidden and value is not None,
        erased_at=_end(conn, register, person, one.retention, row),
        name="" if hidden or value is None else _name(conn, one, value),
    )


def _name(conn: Connection, one: Declared, value: Any) -> str:
    how = one.field.said
    if not isinstance(how, Named):
        return ""
    row = conn.one(f"SELECT {how.name} AS name FROM {how.table} WHERE {how.key} = :value", value=value)  # noqa: S608
    return "" if row is None or row["name"] is None else str(row["name"])


def _end(conn: Connection, register: Register, person: Person, rule: Retention, row: Row) -> int | None:
    """Return when a rule is due for a row; None while what it waits for has not come."""
    match rule:
        case WithPerson():
            return None if person.ended_at is None else person.ended_at + AFTER_ACCOUNT_DAYS * DAY_MS
        case After(via=via, column=column) if via is not None:
            other = _other(conn, via.table, via.key, row[via.column])
            return None if other is None or other[column] is None else erased_at(rule, other[column])
        case After(column=column) | SchoolYearEnd(column=column):
            return None if row[column] is None else erased_at(rule, row[column])
        case WithParent(parent=parent, key=key, column=column) | Replaced(parent=parent, key=key, column=column):
            outer = register.table(parent).retention
            other = _other(conn, parent, key, row[column])
            return None if outer is None or other is None else _end(conn, register, person, outer, other)
        case _:
            return None


def _other(conn: Connection, table: str, key: str, value: Any) -> Row | None:
    return conn.one(f"SELECT * FROM {table} WHERE {key} = :value", value=value)  # noqa: S608


def _told(one: StoredField, translate: Translator) -> Told:
    declared = one.declared
    return Told(
        key=one.key,
        record=translate(declared.table.about),
        row=one.row,
        field=translate(declared.field.what),
        value=value_in_words(one, translate),
        said=said_in_words(one, translate),
        technical=declared.field.technical,
        file=declared.field.file if one.value else "",
        purpose=translate(declared.purpose),
        basis=translate(declared.basis.value),
        seen_by=tuple(translate(VIEWERS[viewer]) for viewer in declared.seen_by) if not declared.field.secret else (),
        source=translate(declared.source),
        recipients=tuple(translate(text) for text in declared.recipients),
        erased_on="" if one.erased_at is None else _iso(from_ms(one.erased_at))[:10],
        erased=retention_in_words(declared.retention, translate),
    )


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
