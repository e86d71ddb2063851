"""A school's own hours: when each day's class begins and ends, and the days on which this school alone is closed."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from itertools import pairwise

import msgspec

from mdm.errors import Words
from mdm.home.calendar.errors import HoursInvalid
from mdm.i18n import N_

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
DAY_NAMES: Mapping[str, str] = {
    "monday": N_("Monday"),
    "tuesday": N_("Tuesday"),
    "wednesday": N_("Wednesday"),
    "thursday": N_("Thursday"),
    "friday": N_("Friday"),
    "saturday": N_("Saturday"),
}
EARLIEST, LATEST = time(6, 0), time(22, 0)
SESSIONS = 4
"""How many times of class a day has at most."""
CLOSED_DAYS = 100
_SESSION = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A time of class in the school's local time; ``end`` is not part of it."""

    begin: time
    end: time


class SchoolHours(msgspec.Struct, frozen=True, kw_only=True):
    """When a school has class. ``closed`` are days on which it has none though the calendar says so."""

    monday: tuple[Session, ...] = ()
    tuesday: tuple[Session, ...] = ()
    wednesday: tuple[Session, ...] = ()
    thursday: tuple[Session, ...] = ()
    friday: tuple[Session, ...] = ()
    saturday: tuple[Session, ...] = ()
    closed: tuple[date, ...] = ()

    def sessions(self, day: date) -> tuple[Session, ...]:
        """Return the times of class of that day of the week."""
        weekday = day.weekday()
        if weekday >= len(DAYS) or day in self.closed:
            return ()
        found: tuple[Session, ...] = getattr(self, DAYS[weekday])
        return found


def _sessions(text: str) -> tuple[Session, ...]:
    found = []
    for part in text.split():
        match = _SESSION.fullmatch(part)
        if match is None:
            raise HoursInvalid(where=part[:40], reason=Words(N_("a time of class is written as 08:30-11:45")))
        begin, end = time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))
        found.append(Session(begin=begin, end=end))
    return tuple(found)


_LONG, _SHORT = _sessions("08:30-11:45 13:45-15:45"), _sessions("08:30-11:30")
_FOUR_DAYS = _sessions("08:30-11:30 13:30-16:30")

FOUR_AND_A_HALF_DAYS = SchoolHours(monday=_LONG, tuesday=_LONG, wednesday=_SHORT, thursday=_LONG, friday=_LONG)
"""24 hours in nine half-days, Wednesday morning among them: what holds where a school said nothing.

Source: code de l'éducation, article D. 521-10 (at most 5 h 30 a day, 3 h 30 a half-day, 1 h 30 at noon).
"""

FOUR_DAYS = SchoolHours(monday=_FOUR_DAYS, tuesday=_FOUR_DAYS, thursday=_FOUR_DAYS, friday=_FOUR_DAYS)
"""24 hours in eight half-days. Source: code de l'éducation, article D. 521-12, which allows it by derogation."""

PRESETS: Mapping[str, SchoolHours] = {"4.5-days": FOUR_AND_A_HALF_DAYS, "4-days": FOUR_DAYS}


def parse_sessions(text: str) -> tuple[Session, ...]:
    """Return the times of class in a text such as ``08:30-11:45 13:45-15:45``; empty for no class.

    Raises `HoursInvalid`.
    """
    sessions = _sessions(text)
    _require_coherent(sessions, text)
    return sessions


def require_coherent(hours: SchoolHours) -> SchoolHours:
    """Return hours whose times of class are in order, by day, between 6 and 22 o'clock; raise `HoursInvalid`."""
    for day in DAYS:
        _require_coherent(getattr(hours, day), Words(DAY_NAMES[day]))
    if len(hours.closed) > CLOSED_DAYS:
        raise HoursInvalid(
            where=Words(N_("closed days")), reason=Words(N_("a school is not closed on so many days of its own"))
        )
    return msgspec.structs.replace(hours, closed=tuple(sorted(set(hours.closed))))


def in_words(sessions: Sequence[Session]) -> str:
    """Return times of class as they are written."""
    return " ".join(f"{one.begin:%H:%M}-{one.end:%H:%M}" for one in sessions)


def week_minutes(hours: SchoolHours) -> int:
    """Return how much class a week without a closed day has, in minutes."""
    return sum(_minutes(one.end) - _minutes(one.begin) for day in DAYS for one in getattr(hours, day))


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _require_coherent(sessions: Sequence[Session], where: str) -> None:
    if len(sessions) > SESSIONS:
        raise HoursInvalid(where=where, reason=Words(N_("a day has four times of class at most")))
    for one in sessions:
        if not EARLIEST <= one.begin < one.end <= LATEST:
            raise HoursInvalid(where=where, reason=Words(N_("class begins before it ends, between 06:00 and 22:00")))
    if any(one.end > other.begin for one, other in pairwise(sessions)):
        raise HoursInvalid(where=where, reason=Words(N_("the times of class are not in order")))
