"""What is stored, as people read it: by sort and row, with moments and days in words."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from babel.dates import format_date

from mdm.clock import to_ms
from mdm.privacy.stored import Told
from webui.formats import Formats

_MOMENT = len("2026-11-24T17:00:00Z")


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of one sort, such as loans; each row is its fields in order."""

    name: str
    purpose: str
    basis: str
    source: str
    recipients: tuple[str, ...]
    rows: tuple[tuple[Told, ...], ...]

    @property
    def fields(self) -> tuple[Told, ...]:
        """Each field once, as the first row that has it tells it."""
        found: dict[str, Told] = {}
        for row in self.rows:
            for one in row:
                found.setdefault(one.key, one)
        return tuple(found.values())

    def cells(self, row: tuple[Told, ...]) -> list[str]:
        """Return a row's values in the order of `fields`."""
        values = {one.key: one.value for one in row}
        return [values.get(one.key, "–") for one in self.fields]

    def erased_on(self, row: tuple[Told, ...]) -> str:
        """Return the day on which the last of a row is erased; empty where it is not known."""
        days = [one.erased_on for one in row]
        return max(days) if all(days) else ""


class Values(msgspec.Struct, frozen=True):
    """Writes told values as people read them; days and moments come in ISO 8601."""

    formats: Formats

    def said(self, value: str) -> str:
        """Return a value, with a moment in words."""
        try:
            moment = datetime.fromisoformat(value) if len(value) == _MOMENT and value.endswith("Z") else None
        except ValueError:
            return value
        return value if moment is None else self.formats.moment(to_ms(moment))

    def day(self, day: date | str) -> str:
        """Return a day in words."""
        known = date.fromisoformat(day) if isinstance(day, str) else day
        return str(format_date(known, format="long", locale=self.formats.translate.lang))


def records_of(found: Sequence[Told]) -> list[Record]:
    """Put told fields together: by sort, then by row."""
    sorts: dict[str, dict[int, list[Told]]] = {}
    for one in found:
        sorts.setdefault(one.record, {}).setdefault(one.row, []).append(one)
    records = []
    for name, rows in sorts.items():
        first = next(iter(rows.values()))[0]
        records.append(
            Record(
                name=name,
                purpose=first.purpose,
                basis=first.basis,
                source=first.source,
                recipients=first.recipients,
                rows=tuple(tuple(row) for row in rows.values()),
            )
        )
    return records


def fields_of(records: Sequence[Record]) -> list[tuple[str, str]]:
    """Return the fields that a request may be about: key and words, each once."""
    found = {one.key: f"{record.name} – {one.field}" for record in records for row in record.rows for one in row}
    return list(found.items())
