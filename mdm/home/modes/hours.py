"""Hours of use at home: spans of local time, as moments of a day, so that they are right where clocks change.

A span that ends before it begins goes on after midnight and belongs to the day on which it begins; one that ends when
it begins is empty.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

_DAY = timedelta(days=1)


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A span of local time; ``end`` is not part of it."""

    begin: time
    end: time

    def on(self, day: date, clock: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the moments of the span that begins on that day, in UTC; the same one twice where it is empty.

        A local time that a clock jumps over stands for the moment of the jump plus what is past it; one that comes
        twice stands for the first.
        """
        begin = at(day, self.begin, clock)
        if self.begin == self.end:
            return begin, begin
        return begin, max(begin, at(day if self.begin < self.end else day + _DAY, self.end, clock))


class HomeHours(msgspec.Struct, frozen=True, kw_only=True):
    """When a tablet may be used at home; None sets no limit. ``school_days``: days on which its school has class."""

    school_days: Span | None = None
    other_days: Span | None = None
    night: Span | None = None

    def use_of(self, *, school_day: bool) -> Span | None:
        """Return the span of use of such days."""
        return self.school_days if school_day else self.other_days


NO_LIMIT = HomeHours()


class DayKind(msgspec.Struct, frozen=True):
    """A day and whether the school has class on it."""

    day: date
    school_day: bool


def in_night(hours: HomeHours, days: tuple[DayKind, ...], clock: ZoneInfo, moment: datetime) -> bool:
    """Tell whether a night covers the moment; ``days`` are its local day and the one before."""
    return hours.night is not None and any(_holds(hours.night, one.day, clock, moment) for one in days)


def in_use(hours: HomeHours, days: tuple[DayKind, ...], clock: ZoneInfo, moment: datetime) -> bool:
    """Tell whether the hours of use cover the moment, nights apart; ``days`` as in `in_night`."""
    for one in days:
        span = hours.use_of(school_day=one.school_day)
        if span is None:
            if at(one.day, time(), clock) <= moment < at(one.day + _DAY, time(), clock):
                return True
        elif _holds(span, one.day, clock, moment):
            return True
    return False


def edges_of(hours: HomeHours, one: DayKind, clock: ZoneInfo) -> Iterator[datetime]:
    """Yield the moments at which spans of that day begin and end."""
    for span in (hours.use_of(school_day=one.school_day), hours.night):
        if span is not None:
            yield from span.on(one.day, clock)


def at(day: date, local: time, clock: ZoneInfo) -> datetime:
    """Return the moment of a local time, in UTC."""
    return datetime.combine(day, local, clock).astimezone(UTC)


def _holds(span: Span, day: date, clock: ZoneInfo, moment: datetime) -> bool:
    begin, end = span.on(day, clock)
    return begin <= moment < end
