"""`mode_at(facts, moment)`: the pure function that decides a tablet's mode, and when it changes by itself.

Declared lost comes first; then the class mode of its kit, for a tablet that is in it; then the loan, with the school's
calendar; and the school's rules where none of these holds. A loaned tablet is as at school only in class time and where
it was seen in the school's network: at home with a cold it stays as at home.
"""

from datetime import UTC, date, datetime, time, timedelta

import msgspec

from mdm.home.calendar.class_time import SchoolCalendar, sessions_of
from mdm.home.modes.hours import NO_LIMIT, DayKind, HomeHours, at, edges_of, in_night, in_use
from mdm.home.modes.mode import AT_SCHOOL, Mode, Moded, Why

_DAY = timedelta(days=1)
_LOOK_AHEAD = 400
"""Days: no break is longer."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What decides a tablet's mode.

    ``focus_until``: when its kit's class mode ends, in UTC; None where none runs. ``seen_at_school``: its last contact
    came from the school's network. ``hours``: the charter's and each guardian's; it may be used where all allow it.
    """

    calendar: SchoolCalendar
    lost: bool = False
    focus_until: datetime | None = None
    on_loan: bool = False
    seen_at_school: bool = False
    hours: tuple[HomeHours, ...] = ()


def mode_at(facts: Facts, moment: datetime) -> Moded:
    """Return the tablet's mode at that moment; its ``until`` and ``next_at`` lie after the moment.

    ``seen_at_school`` is taken to stay as it is: another contact brings other facts.
    """
    if facts.lost:
        return Moded(mode=Mode.LOST, usable=False, why=Why.DECLARED_LOST)
    if facts.on_loan:
        now = _on_loan(facts, moment)
        next_at, until = _changes(facts, moment, now)
        return msgspec.structs.replace(now, next_at=next_at, until=until)
    if facts.focus_until is not None and moment < facts.focus_until:
        end = facts.focus_until.astimezone(UTC)
        return Moded(mode=Mode.FOCUS, why=Why.CLASS_MODE, until=end, next_at=end)
    return AT_SCHOOL


def _on_loan(facts: Facts, moment: datetime) -> Moded:
    zone = facts.calendar.zone
    today = moment.astimezone(zone.clock).date()
    if facts.seen_at_school and _in_class(facts.calendar, today, moment):
        return Moded(mode=Mode.SCHOOL, why=Why.BACK_IN_CLASS)
    mode = Mode.HOLIDAY if zone.is_break(today) else Mode.HOME
    days = (_kind(facts.calendar, today), _kind(facts.calendar, today - _DAY))
    if any(in_night(hours, days, zone.clock, moment) for hours in facts.hours):
        return Moded(mode=mode, usable=False, why=Why.NIGHT)
    if not all(in_use(hours, days, zone.clock, moment) for hours in facts.hours):
        return Moded(mode=mode, usable=False, why=Why.OUT_OF_HOURS)
    return Moded(mode=mode, why=Why.HOURS_OF_USE)


def _changes(facts: Facts, moment: datetime, now: Moded) -> tuple[datetime | None, datetime | None]:
    """Return when it is in another mode, and when something else is allowed: then, or later."""
    today = moment.astimezone(facts.calendar.zone.clock).date()
    varies = facts.seen_at_school or any(hours != NO_LIMIT for hours in facts.hours)
    next_at: datetime | None = None
    for step in range(_LOOK_AHEAD):
        for edge in _edges(facts, today + step * _DAY):
            then = _on_loan(facts, edge) if edge > moment else now
            if next_at is None and not then.same_mode(now):
                next_at = edge
            if not then.allows_same(now):
                return next_at, edge
            if next_at is not None and not varies:
                return next_at, None
    return next_at, None


def _edges(facts: Facts, day: date) -> list[datetime]:
    """Return the moments within a local day at which something may change, in order."""
    clock = facts.calendar.zone.clock
    midnight, end = at(day, time(), clock), at(day + _DAY, time(), clock)
    found = {midnight}
    for one in (day - _DAY, day):
        # A span of the day before may end on this one.
        kind = _kind(facts.calendar, one)
        for hours in facts.hours:
            found.update(edge for edge in edges_of(hours, kind, clock) if midnight <= edge < end)
    if facts.seen_at_school:
        for session in sessions_of(facts.calendar.hours, facts.calendar.zone, day):
            found.update((at(day, session.begin, clock), at(day, session.end, clock)))
    return sorted(found)


def _kind(calendar: SchoolCalendar, day: date) -> DayKind:
    return DayKind(day, bool(sessions_of(calendar.hours, calendar.zone, day)))


def _in_class(calendar: SchoolCalendar, day: date, moment: datetime) -> bool:
    clock = calendar.zone.clock
    return any(
        at(day, one.begin, clock) <= moment < at(day, one.end, clock)
        for one in sessions_of(calendar.hours, calendar.zone, day)
    )
