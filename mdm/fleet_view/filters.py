"""Which tablets a list shows, as a value and as a query string; pure."""

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

import msgspec

from mdm.fleet.errors import FleetError
from mdm.fleet.insee import parse_insee
from mdm.fleet.states import TabletState
from mdm.fleet.tablet import Platform
from mdm.fleet.uai import parse_uai
from mdm.fleet_view.errors import FilterInvalid

CHARTERS_EDITION = "charter"
"""In place of an edition's identifier: the charter's current one, where kit and school follow none of their own."""

_TEXT = 200
_DAYS = 3660
_SHOWN = 60


class TabletFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What tablets must have; what is empty chooses nothing.

    ``unseen_days``: not heard of for so many days. ``silent``: in use, and not heard of for a month or never; one that
    is broken, lost or still in its box has a reason. ``older_than``: a system's version, such as ``17.5``; tablets that
    did not tell theirs are left out. ``spare``: in no kit. ``service``: their battery should be serviced.
    ``errors``: a command failed since they are in their state. ``fault``: somebody reported one that is not settled.
    """

    text: str = ""
    state: TabletState | None = None
    platform: Platform | None = None
    insee: str = ""
    uai: str = ""
    kit_id: str = ""
    spare: bool = False
    model: str = ""
    older_than: str = ""
    edition: str = ""
    unseen_days: int = 0
    silent: bool = False
    drifting: bool = False
    storage_low: bool = False
    battery_low: bool = False
    service: bool = False
    errors: bool = False
    fault: bool = False

    @property
    def is_empty(self) -> bool:
        """Tell whether every tablet passes."""
        return self == NO_FILTER

    def query(self) -> str:
        """Return the query string that `parse_filter` makes this filter of."""
        pairs = [(name, _written(getattr(self, field))) for name, (field, _) in _FIELDS.items()]
        return urlencode([(name, value) for name, value in pairs if value])


NO_FILTER = TabletFilter()


def parse_filter(query: Mapping[str, str]) -> TabletFilter:
    """Return the filter in a query; other names in it are left alone, empty values choose nothing.

    Raises `FilterInvalid`.
    """
    found: dict[str, object] = {}
    for name, (field, parse) in _FIELDS.items():
        value = query.get(name, "").strip()
        if not value:
            continue
        try:
            found[field] = parse(value)
        except (ValueError, FleetError) as error:
            raise FilterInvalid(field=name, value=value[:_SHOWN]) from error
    return TabletFilter(**found)  # type: ignore[arg-type]


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else ""
    return str(value) if value else ""


def _text(value: str) -> str:
    if len(value) > _TEXT:
        raise ValueError
    return " ".join(value.split())


def _identifier(value: str) -> str:
    if len(value) > 64 or not value.isalnum():
        raise ValueError
    return value


def _yes(value: str) -> bool:
    if value not in ("0", "1"):
        raise ValueError
    return value == "1"


def _days(value: str) -> int:
    days = int(value)
    if not 1 <= days <= _DAYS:
        raise ValueError
    return days


def _version(value: str) -> str:
    parts = value.split(".")
    if len(parts) > 4 or not all(part.isascii() and part.isdigit() and len(part) <= 3 for part in parts):
        raise ValueError
    return value


_FIELDS: dict[str, tuple[str, Callable[[str], object]]] = {
    "text": ("text", _text),
    "state": ("state", TabletState),
    "platform": ("platform", Platform),
    "commune": ("insee", parse_insee),
    "school": ("uai", parse_uai),
    "kit": ("kit_id", _identifier),
    "spare": ("spare", _yes),
    "model": ("model", _text),
    "older_than": ("older_than", _version),
    "edition": ("edition", _identifier),
    "unseen": ("unseen_days", _days),
    "silent": ("silent", _yes),
    "drifting": ("drifting", _yes),
    "storage_low": ("storage_low", _yes),
    "battery_low": ("battery_low", _yes),
    "service": ("service", _yes),
    "errors": ("errors", _yes),
    "fault": ("fault", _yes),
}
