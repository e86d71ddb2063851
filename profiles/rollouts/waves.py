"""Waves and their windows: who goes when. Pure; moments are aware datetimes."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

from mdm.errors import Words
from mdm.home.calendar.class_time import SchoolCalendar, is_school_day_time, next_moment_outside_school_day
from mdm.home.calendar.zone import Zone
from mdm.i18n import N_
from profiles.rollouts.errors import PlanInvalid

WHOLE = 1000
_THE_WAVES = Words(N_("the waves"))
_WAVES = 12
_TRIES = 900
_DAY = timedelta(days=1)
ClockTime = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class Window(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a wave's kits may be moved, by the local time of each kit's school. With neither part: at any time.

    ``outside_class``: not from ``margin_minutes`` before the school day begins to its end, noon included.
    ``begin`` and ``end``: hours of the day; past midnight when the end is the earlier one.
    """

    outside_class: bool = True
    margin_minutes: Annotated[int, Meta(ge=0, le=180)] = 30
    begin: ClockTime | None = None
    end: ClockTime | None = None


NOW = Window(outside_class=False)


class Wave(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A wave: the pilot kits, ``per_mille`` of the other kits, or with None all that are left."""

    per_mille: Annotated[int, Meta(ge=1, le=999)] | None = None
    pilots: bool = False
    window: Window = Window()


def require_coherent_waves(waves: Sequence[Wave], pilots: Sequence[str]) -> None:
    """Check that pilots come first, everybody comes last, and nobody comes twice; raise `PlanInvalid`."""
    if not 1 <= len(waves) <= _WAVES:
        raise PlanInvalid(where=_THE_WAVES, reason=Words(N_("there are between one and twelve waves")))
    rest = waves[1:] if waves[0].pilots else waves
    if waves[0].pilots != bool(pilots):
        reason = Words(N_("a wave of pilots needs kits that are named, and only it does"))
        raise PlanInvalid(where=Words(N_("the pilot kits")), reason=reason)
    if any(wave.pilots for wave in rest) or not rest or rest[-1].per_mille is not None:
        reason = Words(N_("pilots come first, and the last wave takes all that are left"))
        raise PlanInvalid(where=_THE_WAVES, reason=reason)
    shares = [wave.per_mille for wave in rest[:-1]]
    if any(share is None for share in shares) or sum(share or 0 for share in shares) >= WHOLE:
        raise PlanInvalid(
            where=_THE_WAVES, reason=Words(N_("the shares before the last wave stay under 1000 per mille"))
        )
    for wave in waves:
        window = wave.window
        if (window.begin is None) != (window.end is None) or (window.begin is not None and window.begin == window.end):
            raise PlanInvalid(
                where=Words(N_("the hours of a wave")), reason=Words(N_("hours have a beginning and another end"))
            )


def is_open(window: Window, calendar: SchoolCalendar, moment: datetime) -> bool:
    """Tell whether a school's kits may be moved at that moment."""
    if not _within_hours(window, calendar.zone, moment):
        return False
    margin = timedelta(minutes=window.margin_minutes)
    return not window.outside_class or not is_school_day_time(calendar.hours, calendar.zone, moment, margin)


def opens_at(window: Window, calendar: SchoolCalendar, moment: datetime) -> datetime | None:
    """Return when a school's kits may be moved next: the moment itself when they may now. In UTC.

    None when hours and class leave no time in the coming year.
    """
    moment = moment.astimezone(UTC)
    margin = timedelta(minutes=window.margin_minutes)
    for _ in range(_TRIES):
        if is_open(window, calendar, moment):
            return moment
        if not _within_hours(window, calendar.zone, moment):
            moment = _next_beginning(window, calendar.zone, moment)
        else:
            moment = next_moment_outside_school_day(calendar.hours, calendar.zone, moment, margin)
    return None


def _within_hours(window: Window, zone: Zone, moment: datetime) -> bool:
    if window.begin is None or window.end is None:
        return True
    local = moment.astimezone(zone.clock).time()
    begin, end = time.fromisoformat(window.begin), time.fromisoformat(window.end)
    return begin <= local < end if begin < end else local >= begin or local < end


def _next_beginning(window: Window, zone: Zone, moment: datetime) -> datetime:
    """Return the next time that the hours begin; on the night when clocks go forward, the first moment after it."""
    begin = time.fromisoformat(window.begin or "00:00")
    day = moment.astimezone(zone.clock).date()
    found = datetime.combine(day, begin, zone.clock).astimezone(UTC)
    return found if found > moment else datetime.combine(day + _DAY, begin, zone.clock).astimezone(UTC)
