"""What a teacher asks for, and until when: always an end, never past the school day."""

from datetime import UTC, datetime, time, timedelta
from typing import Literal

import msgspec

from mdm.home.calendar.class_time import SchoolCalendar, sessions_of
from mdm.home.class_mode.errors import UntilPassed, UntilTooLate
from mdm.home.modes.hours import at

Kind = Literal["app", "page", "lock"]

USUAL = timedelta(minutes=60)
"""How long it lasts where nothing is said."""
_TOO_SHORT = timedelta(minutes=5)


class Focus(msgspec.Struct, frozen=True, kw_only=True):
    """One app (``what``: its identifier), one page (its label), or the screens covered (``what`` is empty)."""

    kind: Kind
    what: str = ""


def default_end(calendar: SchoolCalendar, now: datetime) -> datetime:
    """Return an hour from now, or the end of the half-day when that comes first, in UTC.

    An end that is nearly there is passed over: who starts at 11:43 means the afternoon.
    """
    end = now + USUAL
    for _, closes in _half_days(calendar, now):
        if _TOO_SHORT <= closes - now < USUAL:
            end = closes
    return min(end, latest_end(calendar, now))


def latest_end(calendar: SchoolCalendar, now: datetime) -> datetime:
    """Return the end of today's school day, in UTC; where there is none any more, an hour from now, today still."""
    closes = [end for _, end in _half_days(calendar, now) if end > now]
    if closes:
        return closes[-1]
    clock = calendar.zone.clock
    tomorrow = now.astimezone(clock).date() + timedelta(days=1)
    return min(now + USUAL, at(tomorrow, time(), clock)).astimezone(UTC)


def checked_end(calendar: SchoolCalendar, now: datetime, until: datetime | None) -> datetime:
    """Return when it ends, in UTC; raise `UntilPassed`, or `UntilTooLate` for an end past the school day."""
    if until is None:
        return default_end(calendar, now)
    if until <= now:
        raise UntilPassed
    latest = latest_end(calendar, now)
    if until > latest:
        raise UntilTooLate(latest=f"{latest.astimezone(calendar.zone.clock):%H:%M}")
    return until.astimezone(UTC)


def _half_days(calendar: SchoolCalendar, now: datetime) -> list[tuple[datetime, datetime]]:
    clock = calendar.zone.clock
    today = now.astimezone(clock).date()
    return [
        (at(today, one.begin, clock), at(today, one.end, clock))
        for one in sessions_of(calendar.hours, calendar.zone, today)
    ]
