"""School years as files give them: the one that is shipped, ours, and the ministry's open data.

The ministry's file ("Le calendrier scolaire", data.education.gouv.fr) gives the day after whose class pupils leave and
the day on whose morning they come back, once for each académie and kind of people. Where its lines for pupils differ,
only days that all of them call free are taken as free.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from mdm.errors import Words
from mdm.home.calendar.errors import CalendarInvalid, CalendarLineInvalid
from mdm.home.calendar.places import PARIS, ZONES
from mdm.home.calendar.zone import Break, SchoolYear
from mdm.i18n import N_

FORMAT = "valise-school-calendar/1"
BYTES = 32 * 1024 * 1024

_FILE = Words(N_("in the whole file"))
_WRONG = Words(N_("something is missing, or is not what it should be"))
_DAY = timedelta(days=1)
_LONGEST_BREAK = 120
_BREAKS = 60
_SATURDAY = 5
_YEARS = range(1990, 2100)
_MINISTRY_ZONES: Mapping[str, str] = {
    "Zone A": "A",
    "Zone B": "B",
    "Zone C": "C",
    "Corse": "corse",
    "Guadeloupe": "guadeloupe",
    "Martinique": "martinique",
    "Guyane": "guyane",
    "Réunion": "reunion",
    "Mayotte": "mayotte",
    "Saint Pierre et Miquelon": "saint-pierre-et-miquelon",
    "Polynésie": "polynesie",
    "Nouvelle Calédonie": "nouvelle-caledonie",
    "Wallis et Futuna": "wallis-et-futuna",
}
_NOT_PRIMARY = ("enseignants", "second degré", "élèves du second degré", "élèves des lycées", "élèves des collèges")
_BEGINNING = "Début des "


class _OwnFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of our form."""

    years: list[SchoolYear] = []


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the ministry's file; what else it has is not looked at."""

    description: str
    start_date: str
    end_date: str
    zones: str
    annee_scolaire: str
    population: str | None = None


@lru_cache(maxsize=1)
def shipped() -> tuple[SchoolYear, ...]:
    """Return the school years that come with Valise."""
    return parse_school_years(resources.files(__package__).joinpath("school_years.json").read_bytes())


def parse_school_years(body: bytes) -> tuple[SchoolYear, ...]:
    """Return the school years in a file of our form or of the ministry's, by zone and year; raise `CalendarInvalid`."""
    if len(body) > BYTES:
        raise CalendarInvalid(where=_FILE, reason=Words(N_("the file is larger than 32 MiB")))
    try:
        tree = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CalendarInvalid(where=_FILE, reason=Words(N_("it is no JSON file"))) from error
    is_own = isinstance(tree, dict) and tree.get("format") == FORMAT
    return require_years(_own(tree) if is_own else _ministry(_records(tree)))


def require_years(years: Sequence[SchoolYear]) -> tuple[SchoolYear, ...]:
    """Return school years that hold together, by zone and year; raise `CalendarInvalid`."""
    for year in years:
        _require_coherent(year)
    keys = [(year.zone, year.year) for year in years]
    if len(keys) != len(set(keys)):
        raise CalendarInvalid(where=_FILE, reason=Words(N_("a school year is there twice")))
    if not years:
        raise CalendarInvalid(where=_FILE, reason=Words(N_("no school year is in the file")))
    return tuple(sorted(years, key=lambda one: (one.zone, one.year)))


def _own(tree: Mapping[str, Any]) -> list[SchoolYear]:
    try:
        return msgspec.convert(tree, _OwnFile, strict=False).years
    except msgspec.ValidationError as error:
        raise CalendarInvalid(where=_place(error), reason=_WRONG) from error


def _place(error: msgspec.ValidationError) -> str:
    """Return where in the file something is wrong, such as ``$.years[0].first``."""
    return str(error).rpartition(" - at ")[2].strip("`")[:60]


def _records(tree: Any) -> Sequence[Any]:
    """Return the lines of the ministry's export, in each of the forms that its site gives."""
    if isinstance(tree, dict):
        tree = tree.get("results", tree.get("records"))
    if not isinstance(tree, list):
        raise CalendarInvalid(where=_FILE, reason=Words(N_("it is of another form")))
    return [one["fields"] if isinstance(one, dict) and isinstance(one.get("fields"), dict) else one for one in tree]


def _ministry(records: Sequence[Any]) -> list[SchoolYear]:
    found: dict[tuple[str, str], dict[str, list[Break]]] = {}
    for place, record in enumerate(records):
        try:
            line = msgspec.convert(record, _Line)
        except msgspec.ValidationError as error:
            raise CalendarLineInvalid(line=place + 1, reason=_WRONG) from error
        zone = _MINISTRY_ZONES.get(line.zones)
        if zone is None or (line.population or "").lower().startswith(_NOT_PRIMARY):
            continue
        one = _break(line, place + 1)
        if one is not None:
            found.setdefault((zone, line.annee_scolaire), {}).setdefault(one.name, []).append(one)
    return [_year(zone, text, by_name) for (zone, text), by_name in found.items()]


def _break(line: _Line, number: int) -> Break | None:
    leave, back = _day(line.start_date, number), _day(line.end_date, number)
    name = line.description.removeprefix(_BEGINNING)
    whole_day = leave.weekday() >= _SATURDAY
    first = leave if whole_day else leave + _DAY
    if line.description.startswith(_BEGINNING):
        return Break(name=name, first=first, last=max(first, date(leave.year, 8, 31)))
    if leave == back:
        return Break(name=name, first=leave, last=leave)
    return Break(name=name, first=first, last=back - _DAY) if first < back else None


def _year(zone: str, text: str, by_name: Mapping[str, Sequence[Break]]) -> SchoolYear:
    head = text[:4]
    year = int(head) if head.isascii() and head.isdigit() else 0
    if year not in _YEARS:
        raise CalendarInvalid(where=text[:40], reason=Words(N_("there is no such zone or year")))
    southern = "-" not in text
    breaks = sorted(_common(by_name), key=lambda one: one.first)
    last = date(year, 12, 31) if southern else date(year + 1, 7, 31)
    return SchoolYear(
        zone=zone,
        year=year,
        first=date(year, 1, 1) if southern else date(year, 8, 1),
        last=max([last, *(one.last for one in breaks)]),
        breaks=tuple(breaks),
        source=f"data.education.gouv.fr, fr-en-calendrier-scolaire, {text[:9]}",
    )


def _common(by_name: Mapping[str, Sequence[Break]]) -> Iterable[Break]:
    for name, lines in by_name.items():
        first, last = max(one.first for one in lines), min(one.last for one in lines)
        if first <= last:
            yield Break(name=name[:100], first=first, last=last)


def _day(text: str, number: int) -> date:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CalendarLineInvalid(line=number, reason=Words(N_("a date cannot be read"))) from error
    if moment.year not in _YEARS:
        raise CalendarLineInvalid(line=number, reason=Words(N_("a date cannot be read")))
    return (moment if moment.tzinfo is None else moment.astimezone(ZoneInfo(PARIS))).date()


def _require_coherent(year: SchoolYear) -> None:
    where = f"{year.zone[:40]} {year.year}"
    if year.zone not in ZONES or year.year not in _YEARS:
        raise CalendarInvalid(where=where, reason=Words(N_("there is no such zone or year")))
    if not year.first <= year.last or (year.last - year.first).days > 500 or abs(year.first.year - year.year) > 1:
        raise CalendarInvalid(where=where, reason=Words(N_("the school year has the wrong length")))
    if len(year.breaks) > _BREAKS:
        raise CalendarInvalid(where=where, reason=Words(N_("there are too many holidays")))
    for one in year.breaks:
        _require_possible(one, year, f"{where}, {one.name[:60]}")
    if any(one.last >= other.first for one, other in pairwise(sorted(year.breaks, key=lambda item: item.first))):
        raise CalendarInvalid(where=where, reason=Words(N_("two holidays overlap")))


def _require_possible(one: Break, year: SchoolYear, where: str) -> None:
    if not 0 <= (one.last - one.first).days <= _LONGEST_BREAK:
        reason = Words(N_("the holidays end before they begin, or last too long"))
        raise CalendarInvalid(where=where, reason=reason)
    if one.first < year.first or one.last > year.last:
        raise CalendarInvalid(where=where, reason=Words(N_("the holidays lie outside the school year")))
