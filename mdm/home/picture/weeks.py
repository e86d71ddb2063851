"""Weeks from Monday to Sunday, named by their Monday."""

from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from mdm.home.use.loans import bounds_of

_WEEK = timedelta(days=7)


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def sunday_of(monday: date) -> date:
    """Return the last day of a week."""
    return monday + timedelta(days=6)


def week_bounds(monday: date, zone: ZoneInfo) -> tuple[int, int]:
    """Return when a week begins and when the next one does, in milliseconds."""
    return bounds_of(monday, zone)[0], bounds_of(monday + _WEEK, zone)[0]


def mondays(first: date, last: date) -> Iterator[date]:
    """Yield the Mondays of the weeks that lie wholly between two days, both among them."""
    monday = monday_of(first)
    if monday < first:
        monday += _WEEK
    while sunday_of(monday) <= last:
        yield monday
        monday += _WEEK
