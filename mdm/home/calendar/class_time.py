"""When there is class: pure questions about a school's hours, its zone and a moment. Moments are aware datetimes.

Class lies between 6 and 22 o'clock, where no clock in France is ever put forward or back, so that each local time of
class is one moment.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import msgspec

from mdm.home.calendar.hours import SchoolHours, Session
from mdm.home.calendar.zone import Zone

_DAY = timedelta(days=1)
_LOOK_AHEAD = 400
"""Days: no break is longer."""


class SchoolCalendar(msgspec.Struct, frozen=True, kw_only=True):
    """A school's hours and its zone."""

    hours: SchoolHours
    zone: Zone


def is_class_time(hours: SchoolHours, zone: Zone, moment: datetime) -> bool:
    """Tell whether pupils are in class at that moment."""
    return any(begin <= moment < end for begin, end in _periods(hours, zone, _day(zone, moment)))


def is_school_day_time(hours: SchoolHours, zone: Zone, moment: datetime, margin: timedelta = timedelta()) -> bool:
    """Tell whether the moment lies in a day of class, noon included: from ``margin`` before it begins to its end."""
    span = _span(hours, zone, _day(zone, moment), margin)
    return span is not None and span[0] <= moment < span[1]


def next_moment_outside_class(hours: SchoolHours, zone: Zone, moment: datetime) -> datetime:
    """Return the moment itself when there is no class, or when the present time of class ends, in UTC."""
    moment = moment.astimezone(UTC)
    for begin, end in _periods(hours, zone, _day(zone, moment)):
        if begin <= moment < end:
            moment = end
    return moment


def next_moment_outside_school_day(
    hours: SchoolHours, zone: Zone, moment: datetime, margin: timedelta = timedelta()
) -> datetime:
    """Return the moment itself when the school day is not on, or its end, in UTC."""
    span = _span(hours, zone, _day(zone, moment), margin)
    outside = span is None or not span[0] <= moment < span[1]
    return moment.astimezone(UTC) if outside or span is None else span[1]


def next_class(hours: SchoolHours, zone: Zone, moment: datetime) -> datetime | None:
    """Return when class begins next, after that moment, in UTC; None when it does not within a year."""
    first = _day(zone, moment)
    for step in range(_LOOK_AHEAD):
        for begin, _ in _periods(hours, zone, first + step * _DAY):
            if begin > moment:
                return begin
    return None


def sessions_of(hours: SchoolHours, zone: Zone, day: date) -> tuple[Session, ...]:
    """Return the times of class of a day; none on a Sunday, on a holiday or where the school is closed."""
    return () if zone.is_free(day) else hours.sessions(day)


def _day(zone: Zone, moment: datetime) -> date:
    return moment.astimezone(zone.clock).date()


def _periods(hours: SchoolHours, zone: Zone, day: date) -> Iterator[tuple[datetime, datetime]]:
    for one in sessions_of(hours, zone, day):
        begin = datetime.combine(day, one.begin, zone.clock)
        yield begin.astimezone(UTC), datetime.combine(day, one.end, zone.clock).astimezone(UTC)


def _span(hours: SchoolHours, zone: Zone, day: date, margin: timedelta) -> tuple[datetime, datetime] | None:
    periods = list(_periods(hours, zone, day))
    return (periods[0][0] - margin, periods[-1][1]) if periods else None
