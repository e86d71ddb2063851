"""How long something is kept: rules that a machine carries out, and their words; pure.

Source: Regulation (EU) 2016/679, articles 5(1)(e) and 30(1)(f).
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from mdm.clock import DAY_MS, from_ms, to_ms

ZONE = ZoneInfo("Europe/Paris")
_FIRST_MONTH = 9
_YEAR = 365


class Via(msgspec.Struct, frozen=True, kw_only=True):
    """The row of another table that has the rule's column: ``column`` of the own table holds ``key`` of ``table``."""

    column: str
    table: str
    key: str


class After(msgspec.Struct, frozen=True, kw_only=True):
    """Erased ``days`` after the moment in ``column``; while that is NULL, the time has not begun.

    ``event`` names the moment in words: “the end of the session”. ``is_day``: the column holds an ISO date.
    """

    column: str
    event: str
    days: int = 0
    is_day: bool = False
    via: Via | None = None


class SchoolYearEnd(msgspec.Struct, frozen=True, kw_only=True):
    """Erased when ``years`` more school years have ended after the one in which the moment in ``column`` lies.

    School years begin on 1 September in Paris, for all zones alike.
    """

    column: str
    event: str
    years: int = 0


class WithParent(msgspec.Struct, frozen=True, kw_only=True):
    """Kept as long as the row of another table to which it belongs, and erased with it, in one transaction.

    ``column`` holds ``parent``'s ``key``. ``event`` names the other row's end.
    """

    column: str
    parent: str
    key: str
    event: str


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """A table whose ``column`` points to a row; ``only``: an SQL condition on the rows that count, of table ``u``."""

    table: str
    column: str
    only: str = ""


class WhileUsed(msgspec.Struct, frozen=True, kw_only=True):
    """Kept as long as another row points to this one's ``key``; ``event`` names when none does any more.

    ``since``: a column with the moment at which the row was made; it is kept for its first day in any case.
    """

    key: str
    by: tuple[Reference, ...]
    event: str
    since: str = ""


class WithPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Kept as long as the person's account, and a year more; then another word stands where the person's was."""


class Replaced(msgspec.Struct, frozen=True, kw_only=True):
    """Only the newest state is kept: what comes next takes its place. It goes with the row of ``parent``."""

    column: str
    parent: str
    key: str
    event: str


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Kept without an end, for a reason that the law knows; the text says which."""

    reason: str


Retention = After | SchoolYearEnd | WithParent | WhileUsed | WithPerson | Replaced | Kept
Timed = After | SchoolYearEnd
"""The rules that the clock alone decides."""

AFTER_ACCOUNT_DAYS = _YEAR
"""How long an account that ended is kept, with all that names its person."""


def cutoff(rule: Timed | WhileUsed, now: int) -> int | str:
    """Return the value below which a row's column says that its time is over: milliseconds, or an ISO date."""
    if isinstance(rule, WhileUsed):
        return now - DAY_MS
    if isinstance(rule, SchoolYearEnd):
        return school_year_start(now, rule.years)
    if rule.is_day:
        return (_local(now).date() - timedelta(days=rule.days)).isoformat()
    # A moment itself is over: what ends now is of no more use.
    return now - rule.days * DAY_MS + 1


def erased_at(rule: Timed, value: int | str) -> int:
    """Return when a row whose column holds ``value`` is due, in milliseconds."""
    if isinstance(value, str):
        # The whole day and the days after it are kept.
        after = date.fromisoformat(value) + timedelta(days=1 + (rule.days if isinstance(rule, After) else 0))
        return to_ms(datetime.combine(after, time(0), ZONE))
    if isinstance(rule, After):
        return value + rule.days * DAY_MS
    local = _local(value)
    return _september(local.year + (1 if local.month >= _FIRST_MONTH else 0) + rule.years)


def school_year_start(now: int, years: int = 0) -> int:
    """Return when the school year of ``now`` began, or one that is ``years`` earlier."""
    local = _local(now)
    year = local.year - (0 if local.month >= _FIRST_MONTH else 1)
    return _september(year - years)


def words_of(rule: Retention) -> tuple[str, dict[str, str | int]]:
    """Return a rule as a gettext text with its parameters; ``event`` is itself a text to translate."""
    match rule:
        case After(days=0, event=event):
            return "at {event}", {"event": event}
        case After(days=days, event=event) if days % _YEAR == 0:
            years = days // _YEAR
            return ("1 year after {event}" if years == 1 else "{years} years after {event}"), {
                "years": years,
                "event": event,
            }
        case After(days=days, event=event):
            return ("1 day after {event}" if days == 1 else "{days} days after {event}"), {"days": days, "event": event}
        case SchoolYearEnd(years=0, event=event):
            return "at the end of the school year of {event}", {"event": event}
        case SchoolYearEnd(years=years, event=event):
            return "{years} school years after the one of {event}", {"years": years, "event": event}
        case WithParent(event=event) | WhileUsed(event=event):
            return "at {event}", {"event": event}
        case WithPerson():
            return "1 year after {event}: the person's name is then taken out", {"event": ACCOUNT_END}
        case Replaced(event=event):
            return "replaced by what comes next, and erased at {event}", {"event": event}
        case Kept(reason=reason):
            return "kept without an end: {event}", {"event": reason}


ACCOUNT_END = "the end of the account"

TEXTS = (
    "at {event}",
    "1 year after {event}",
    "{years} years after {event}",
    "1 day after {event}",
    "{days} days after {event}",
    "at the end of the school year of {event}",
    "{years} school years after the one of {event}",
    "1 year after {event}: the person's name is then taken out",
    "replaced by what comes next, and erased at {event}",
    "kept without an end: {event}",
    ACCOUNT_END,
)
"""Every text that `words_of` may return, and the event that it adds."""


def _local(moment: int) -> datetime:
    return from_ms(moment).astimezone(ZONE)


def _september(year: int) -> int:
    return to_ms(datetime(year, _FIRST_MONTH, 1, tzinfo=ZONE))
