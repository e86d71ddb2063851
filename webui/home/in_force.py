"""What several people's hours come to together: the hours in which a tablet may be used, for people to read; pure.

What decides is `mdm.home.modes.mode_at`. Here a usual day is drawn, between two days of its own kind.
"""

from collections.abc import Sequence
from datetime import time

from mdm.home.modes.hours import HomeHours, Span

_DAY = 24 * 60


def hours_together(rules: Sequence[HomeHours], *, school_day: bool) -> tuple[tuple[time, time], ...]:
    """Return the spans of a day in which all the rules let a tablet be used; none: not at all on such a day.

    A span that is the whole day begins and ends at midnight.
    """
    allowed = [all(_lets(one, minute, school_day) for one in rules) for minute in range(_DAY)]
    spans: list[tuple[time, time]] = []
    begin: int | None = None
    for minute in range(_DAY + 1):
        open_now = minute < _DAY and allowed[minute]
        if open_now and begin is None:
            begin = minute
        elif not open_now and begin is not None:
            spans.append((_clock(begin), _clock(minute)))
            begin = None
    return tuple(spans)


def _lets(rule: HomeHours, minute: int, school_day: bool) -> bool:
    use = rule.use_of(school_day=school_day)
    in_use = use is None or _holds(use, minute)
    return in_use and not (rule.night is not None and _holds(rule.night, minute))


def _holds(span: Span, minute: int) -> bool:
    begin, end = _minute(span.begin), _minute(span.end)
    if begin < end:
        return begin <= minute < end
    return begin != end and (minute >= begin or minute < end)


def _minute(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _clock(minute: int) -> time:
    return time(minute % _DAY // 60, minute % 60)
