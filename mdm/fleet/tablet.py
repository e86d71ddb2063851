"""A tablet: what it is, where it is kept, and what it said last."""

from enum import StrEnum

import msgspec

from mdm.fleet.errors import PlatformUnknown, SerialInvalid
from mdm.fleet.states import TabletState

_SERIAL_LIMIT = 64
_SHOWN = 40


class Platform(StrEnum):
    """The kinds of tablet; a kit holds one kind."""

    IPAD = "ipad"
    ANDROID = "android"


class Tablet(msgspec.Struct, frozen=True, kw_only=True):
    """A tablet. Times in milliseconds since the epoch; ``serial`` is None while it is not known."""

    tablet_id: str
    platform: Platform
    serial: str | None
    name: str
    state: TabletState
    state_since: int
    model: str
    created_at: int


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """The kit and the slot that a tablet belongs to."""

    kit_id: str
    kit_name: str
    slot_number: int
    uai: str
    school_name: str


class LastReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a tablet said last. Sizes in bytes, battery in percent; None where it did not say."""

    seen_at: int
    os_version: str | None
    model_name: str | None
    battery: int | None
    capacity: int | None
    free_space: int | None
    supervised: bool | None


class TabletView(msgspec.Struct, frozen=True, kw_only=True):
    """All that a tablet's page and the list of tablets show.

    ``errors`` counts the commands that ended in an error since the tablet is in its present state.
    """

    tablet: Tablet
    place: Place | None
    report: LastReport | None
    errors: int


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a list of tablets; ``next`` asks for the following part, and is empty after the last."""

    tablets: tuple[TabletView, ...]
    next: str


def parse_platform(text: str) -> Platform:
    """Return the platform that a text names, ``iPad`` and ``Android`` in any case; raise `PlatformUnknown`."""
    try:
        return Platform(text.strip().lower())
    except ValueError as unknown:
        raise PlatformUnknown(platform=text.strip()[:_SHOWN]) from unknown


def clean_serial(text: str | None) -> str | None:
    """Return a serial number without the spaces around it, None for an empty one; raise `SerialInvalid`."""
    serial = (text or "").strip()
    if not serial:
        return None
    if len(serial) > _SERIAL_LIMIT or not (serial.isascii() and serial.isprintable()):
        raise SerialInvalid(serial="".join(c for c in serial if c.isprintable())[:_SHOWN])
    return serial
