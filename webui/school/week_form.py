"""The form of a school's week: two times of class a day, or as many as the school has; read and written."""

import re
from collections.abc import Mapping
from datetime import time

import msgspec

from mdm.errors import Words
from mdm.home.calendar.errors import HoursInvalid
from mdm.home.calendar.hours import DAY_NAMES, DAYS, SESSIONS, SchoolHours, Session
from mdm.i18n import N_
from webui.forms import Given

_ROWS = 2
_NOON = time(12)
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::00)?", re.ASCII)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A time of class in the form; ``name`` begins the names of its two fields."""

    name: str
    begin: str = ""
    end: str = ""


def week_in(given: Given) -> SchoolHours:
    """Return the week that a form brought, with no closed day; raise `HoursInvalid`. Its order is looked at later."""
    return msgspec.structs.replace(SchoolHours(), **{day: tuple(_sessions(given, day)) for day in DAYS})


def rows_of(hours: SchoolHours) -> Mapping[str, list[Row]]:
    """Return the rows of each day; an afternoon alone stands in the second row."""
    return {day: _rows(day, getattr(hours, day)) for day in DAYS}


def rows_in(given: Given) -> Mapping[str, list[Row]]:
    """Return the rows as they were typed."""
    rows = {
        day: [
            Row(
                name=f"{day}-{number}", begin=given.text(f"{day}-{number}-begin"), end=given.text(f"{day}-{number}-end")
            )
            for number in range(SESSIONS)
        ]
        for day in DAYS
    }
    return {day: [one for place, one in enumerate(found) if place < _ROWS or one.begin or one.end]
            for day, found in rows.items()}  # fmt: skip


def _sessions(given: Given, day: str) -> list[Session]:
    found = []
    for number in range(SESSIONS):
        begin, end = given.text(f"{day}-{number}-begin"), given.text(f"{day}-{number}-end")
        if begin or end:
            found.append(Session(begin=_time(begin, day), end=_time(end, day)))
    return found


def _time(text: str, day: str) -> time:
    match = _TIME.fullmatch(text)
    if match is None:
        reason = N_("a time of class lacks its end") if text == "" else N_("a time is written as 08:30")
        raise HoursInvalid(where=Words(DAY_NAMES[day]), reason=Words(reason))
    return time(int(match[1]), int(match[2]))


def _rows(day: str, sessions: tuple[Session, ...]) -> list[Row]:
    held = [(f"{one.begin:%H:%M}", f"{one.end:%H:%M}") for one in sessions]
    if len(sessions) == 1 and sessions[0].begin >= _NOON:
        held.insert(0, ("", ""))
    held += [("", "")] * (_ROWS - len(held))
    return [Row(name=f"{day}-{number}", begin=begin, end=end) for number, (begin, end) in enumerate(held)]
