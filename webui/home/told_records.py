"""What is stored, as people read it: by sort and row, the child and the loan first, with moments and days in words."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

import msgspec
from babel.dates import format_date

from mdm.clock import to_ms
from mdm.privacy.stored import Told
from webui.formats import Formats

_MOMENT = len("2026-11-24T17:00:00Z")
_DAY = len("2026-11-24")
_FIRST = (
    "pupil", "inscription", "guardianship", "guardian", "loan", "loan_photo", "loan_acceptance", "loan_reminder",
    "stricter_rules", "family_rules_told", "home_use_day", "home_seen_day", "home_use_report", "data_request",
    "objection", "evaluation_notice", "evaluation_choice", "evaluation_export_pupil", "training_completion",
    "training_progress", "account", "account_grant", "family_address", "family_letter", "lost_search",
)  # fmt: skip
"""What families look for, in this order; the tablet's own messages come last."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of one sort, such as loans; each row is its fields in order."""

    table: str
    name: str
    purpose: str
    basis: str
    rows: tuple[tuple[Told, ...], ...]

    @property
    def fields(self) -> tuple[Told, ...]:
        """Each field once, as the first row that has it tells it."""
        found: dict[str, Told] = {}
        for row in self.rows:
            for one in row:
                found.setdefault(one.key, one)
        return tuple(found.values())

    @property
    def columns(self) -> tuple[Told, ...]:
        """The fields whose values people read."""
        return tuple(one for one in self.fields if not one.technical)

    @property
    def technical(self) -> tuple[str, ...]:
        """What only programs and technicians read, by name."""
        return tuple(one.field for one in self.fields if one.technical)

    def cells(self, row: tuple[Told, ...]) -> list[tuple[str, str]]:
        """Return a row's fields and values in the order of `columns`."""
        values = {one.key: one.said for one in row}
        return [(one.field, values.get(one.key, "–")) for one in self.columns]

    def photos(self, row: tuple[Told, ...]) -> list[str]:
        """Return the photos that a row names."""
        return [one.value for one in row if one.file]

    def erased_on(self, row: tuple[Told, ...]) -> str:
        """Return the day on which the last of a row is erased; empty where it is not known."""
        days = [one.erased_on for one in row]
        return max(days) if all(days) else ""

    def seen_by(self) -> list[tuple[str, str]]:
        """Return who sees it, with the fields that this is about; no field is named where it is about all."""
        return self._by(lambda one: ", ".join(one.seen_by))

    def erased(self) -> list[tuple[str, str]]:
        """Return when it is erased, with the fields."""
        return self._by(lambda one: one.erased)

    def sources(self) -> list[tuple[str, str]]:
        """Return where it comes from, with the fields."""
        return self._by(lambda one: one.source)

    def recipients(self) -> list[tuple[str, str]]:
        """Return who receives it besides, with the fields."""
        return [one for one in self._by(lambda one: ", ".join(one.recipients)) if one[0]]

    def other_purposes(self) -> list[tuple[str, str]]:
        """Return purposes that only some fields have, with these."""
        return [one for one in self._by(lambda one: one.purpose) if one[0] != self.purpose]

    def _by(self, what: Callable[[Told], str]) -> list[tuple[str, str]]:
        found: dict[str, list[str]] = {}
        for one in self.fields:
            found.setdefault(what(one), []).append(one.field)
        if len(found) == 1:
            return [(next(iter(found)), "")]
        return [(said, ", ".join(dict.fromkeys(fields))) for said, fields in found.items()]


class Values(msgspec.Struct, frozen=True):
    """Writes told values as people read them; days and moments come in ISO 8601."""

    formats: Formats

    def said(self, value: str) -> str:
        """Return a value, with a day or a moment in words."""
        try:
            if len(value) == _MOMENT and value.endswith("Z"):
                return self.formats.moment(to_ms(datetime.fromisoformat(value)))
            return self.day(date.fromisoformat(value)) if len(value) == _DAY and value[4] == "-" else value
        except ValueError:
            return value

    def day(self, day: date | str) -> str:
        """Return a day in words."""
        known = date.fromisoformat(day) if isinstance(day, str) else day
        return str(format_date(known, format="long", locale=self.formats.translate.lang))


def records_of(found: Sequence[Told]) -> list[Record]:
    """Put told fields together: by sort, then by row; what families look for comes first."""
    sorts: dict[str, dict[int, list[Told]]] = {}
    for one in found:
        sorts.setdefault(one.key.partition(".")[0], {}).setdefault(one.row, []).append(one)
    records = []
    for table, rows in sorts.items():
        first = next(iter(rows.values()))[0]
        records.append(
            Record(
                table=table,
                name=first.record,
                purpose=first.purpose,
                basis=first.basis,
                rows=tuple(tuple(row) for row in rows.values()),
            )
        )
    return sorted(records, key=_place)


def fields_of(records: Sequence[Record]) -> list[tuple[str, str]]:
    """Return the fields that a request may be about: key and words, each once."""
    found = {one.key: f"{record.name} – {one.field}" for record in records for one in record.columns}
    return list(found.items())


def _place(record: Record) -> tuple[int, str]:
    return (_FIRST.index(record.table) if record.table in _FIRST else len(_FIRST), record.name)
