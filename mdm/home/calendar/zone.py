"""A school's zone with its dates: which days have class, as far as the published calendars say.

A break runs from its first day without class to its last. What no calendar covers counts as days of class: nothing is
done in a classroom because a date is not known.
"""

from datetime import date, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import msgspec

from mdm.home.calendar.places import Place
from mdm.home.calendar.public_holidays import public_holidays

_SUNDAY = 6
_FIRST_MONTH = 8
_DAY = timedelta(days=1)
_SOON = timedelta(days=183)


class Break(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Days without class, ``first`` and ``last`` among them."""

    name: str
    first: date
    last: date


class SchoolYear(msgspec.Struct, frozen=True, kw_only=True):
    """What is published of a zone's school year: its first day of class, the days that it speaks of, and its breaks.

    ``year`` is the one in which it begins. ``source`` names the text that sets the dates.
    """

    zone: str
    year: int
    first: date
    last: date
    breaks: tuple[Break, ...]
    source: str


class Zone(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A place with the school years that are published for it."""

    place: Place
    years: tuple[SchoolYear, ...] = ()

    @cached_property
    def clock(self) -> ZoneInfo:
        """The zone's local time."""
        return ZoneInfo(self.place.time_zone)

    @cached_property
    def _free(self) -> frozenset[date]:
        return frozenset(
            one.first + timedelta(days=step)
            for year in self.years
            for one in year.breaks
            for step in range((one.last - one.first).days + 1)
        )

    def covers(self, day: date) -> bool:
        """Tell whether a published calendar speaks of that day."""
        return any(year.first <= day <= year.last for year in self.years)

    def known_until(self, day: date) -> date | None:
        """Return the last of the days, without a gap from that one on, that published calendars speak of."""
        known: date | None = None
        for year in sorted(self.years, key=lambda one: one.first):
            if year.first <= (day if known is None else known + _DAY) and year.last >= day:
                known = year.last if known is None else max(known, year.last)
        return known

    def year_at(self, day: date) -> SchoolYear | None:
        """Return the published school year that speaks of a day; the later one where two do."""
        return max((one for one in self.years if one.first <= day <= one.last), key=lambda one: one.first, default=None)

    def is_break(self, day: date) -> bool:
        """Tell whether that day is in the school holidays."""
        return day in self._free

    def is_public_holiday(self, day: date) -> bool:
        """Tell whether that day is a public holiday here."""
        return day in public_holidays(day.year, self.place.holidays)

    def is_free(self, day: date) -> bool:
        """Tell whether no school of the zone has class that day: a Sunday, a public holiday, or the holidays."""
        return day.weekday() == _SUNDAY or self.is_public_holiday(day) or self.is_break(day)


def runs_out(known: date | None, day: date) -> bool:
    """Tell whether, as seen on a day, dates are known for less than half a year, or not at all."""
    return known is None or known < day + _SOON


def school_year_of(day: date) -> int:
    """Return the year in which the school year of that day begins; school years are cut on the first of August.

    The day of return differs from zone to zone, but lies in August or September, except in the Pacific.
    """
    return day.year if day.month >= _FIRST_MONTH else day.year - 1
