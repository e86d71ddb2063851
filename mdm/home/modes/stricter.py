"""What guardians take away on top of the charter: hours of use and apps. It can only subtract.

Where two guardians of a child say different things, the stricter holds, since both hold.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

import msgspec

from mdm.errors import Words
from mdm.home.modes.errors import StricterInvalid
from mdm.home.modes.hours import HomeHours, Span
from mdm.i18n import N_

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_APP = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,199}", re.ASCII)
_APPS = 500
_DAY = 24 * 60
_SPANS = {
    "school_days": N_("On school days, it may be used"),
    "other_days": N_("On other days and in the holidays, it may be used"),
    "night": N_("At night, it rests"),
}
_TAKEN_AWAY = Words(N_("Apps to take away at home"))


class StricterRules(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One guardian's rules. ``apps_taken_away``: bundle identifiers and packages, sorted."""

    hours: HomeHours = HomeHours()
    apps_taken_away: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Return the form that the store keeps."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def from_json(cls, text: str) -> "StricterRules":
        """Read the form that the store keeps."""
        return msgspec.json.decode(text, type=cls)


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What all guardians of a tablet take away together."""

    hours: tuple[HomeHours, ...] = ()
    apps: frozenset[str] = frozenset()


def together(rules: Sequence[StricterRules]) -> Taken:
    """Return what holds where several guardians gave rules: all of them."""
    apps = frozenset(app for one in rules for app in one.apps_taken_away)
    return Taken(hours=tuple(one.hours for one in rules if one.hours != HomeHours()), apps=apps)


def takes_more(before: StricterRules, after: StricterRules) -> bool:
    """Tell whether rules take away something that a guardian's earlier ones left."""
    if set(after.apps_taken_away) - set(before.apps_taken_away):
        return True
    was, now = before.hours, after.hours
    return (
        bool(_minutes(was.school_days) - _minutes(now.school_days))
        or bool(_minutes(was.other_days) - _minutes(now.other_days))
        # A night is what is taken away.
        or bool(_minutes(now.night, none=False) - _minutes(was.night, none=False))
    )


def stricter_rules(fields: Mapping[str, Any]) -> StricterRules:
    """Return the rules in fields named as a policy's home rules: ``night_from``, ``night_to``, ``apps_taken_away``…

    Times are texts such as ``19:00``; empty and absent ones set no limit. Raises `StricterInvalid`.
    """
    known = {*(f"{name}_{end}" for name in _SPANS for end in ("from", "to")), "apps_taken_away"}
    if unknown := sorted(set(fields) - known):
        raise StricterInvalid(where=unknown[0][:60], reason=Words(N_("there is no such rule")))
    apps = fields.get("apps_taken_away") or ()
    if isinstance(apps, str) or not isinstance(apps, Sequence) or len(apps) > _APPS:
        raise StricterInvalid(where=_TAKEN_AWAY, reason=Words(N_("it is a list of at most 500 apps")))
    for app in apps:
        if not isinstance(app, str) or not _APP.fullmatch(app):
            raise StricterInvalid(where=_TAKEN_AWAY, reason=Words(N_("one of them is not the name of an app")))
    spans = {name: _span(fields, name) for name in _SPANS}
    return StricterRules(hours=HomeHours(**spans), apps_taken_away=tuple(sorted(set(apps))))


def _span(fields: Mapping[str, Any], name: str) -> Span | None:
    begin, end = fields.get(f"{name}_from") or None, fields.get(f"{name}_to") or None
    if begin is None and end is None:
        return None
    if begin is None or end is None:
        raise StricterInvalid(where=Words(_SPANS[name]), reason=Words(N_("a span of hours needs both its ends")))
    times = [_time(one, name) for one in (begin, end)]
    if times[0] == times[1]:
        raise StricterInvalid(where=Words(_SPANS[name]), reason=Words(N_("the hours begin and end at the same time")))
    return Span(begin=times[0], end=times[1])


def _minutes(span: Span | None, *, none: bool = True) -> set[int]:
    """Return the minutes of a span, from its day's midnight on; ``none``: whether no span is the whole day."""
    if span is None:
        return set(range(_DAY)) if none else set()
    begin, end = (one.hour * 60 + one.minute for one in (span.begin, span.end))
    return {minute % _DAY for minute in range(begin, end if begin <= end else end + _DAY)}


def _time(text: Any, name: str) -> time:
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise StricterInvalid(where=Words(_SPANS[name]), reason=Words(N_("write a time as 19:00")))
    return time(int(match[1]), int(match[2]))
