"""Trackers that are known by the names of their classes.

The list is ``trackers.json``. That none is found proves nothing: names may be changed when an app is built, and a
server may pass data on. That one is found proves that its code is there, and not that it runs.
"""

from bisect import bisect_left
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Literal

import msgspec

from mdm.i18n import N_

Purpose = Literal["analytics", "advertising", "attribution", "crashes", "engagement", "recording", "location", "social"]

PURPOSE_NAMES: dict[Purpose, str] = {
    "analytics": N_("measures what users do"),
    "advertising": N_("shows or sells advertising"),
    "attribution": N_("tells which advertisement brought a user"),
    "crashes": N_("reports crashes and slowness"),
    "engagement": N_("sends messages to profiles of users"),
    "recording": N_("records the screen and what is touched"),
    "location": N_("collects where users are"),
    "social": N_("links users with a social network"),
}


class Tracker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tracker. ``prefixes``: the Java packages or classes that its code in an app is in."""

    id: str
    name: str
    publisher: str
    purpose: Purpose
    prefixes: tuple[str, ...]


class TrackerList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that are known; ``version`` is the day of the list's last change."""

    version: str
    trackers: tuple[Tracker, ...]


@cache
def known_trackers() -> TrackerList:
    """Return the list that ships with this version."""
    body = resources.files(__package__).joinpath("trackers.json").read_bytes()
    return msgspec.json.decode(body, type=TrackerList)


def trackers_among(classes: Iterable[str]) -> list[tuple[Tracker, tuple[str, ...]]]:
    """Return the trackers whose classes are there, each with the prefixes that were found."""
    names = sorted(set(classes))
    found = []
    for tracker in known_trackers().trackers:
        seen = tuple(prefix for prefix in tracker.prefixes if _begins(names, prefix))
        if seen:
            found.append((tracker, seen))
    return found


def _begins(names: list[str], prefix: str) -> bool:
    """Tell whether there is that class, one inside it, or one in that package."""
    for begun in (prefix, f"{prefix}$", f"{prefix}."):
        place = bisect_left(names, begun)
        if place < len(names) and (names[place] == prefix or names[place].startswith((f"{prefix}.", f"{prefix}$"))):
            return True
    return False
