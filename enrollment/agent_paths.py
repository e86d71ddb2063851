"""Kits' paths for the Android agent: a ticket's secret as one segment of an address, or its short form, typed.

Implements `mdm.android.joining.KitPaths`.
"""

import hashlib

from enrollment.ticket_store import (
    Ticket,
    TicketState,
    add_typed_digest,
    mark_used,
    places,
    reserve_first_free,
    ticket_of_secret,
    ticket_of_typed,
)
from mdm.android.joining import KitPath
from mdm.clock import Clock
from mdm.fleet.kit_store import mark_joining, require_kit
from mdm.fleet.tablet import Platform
from mdm.store import Connection

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_LENGTH = 12
_GROUP = 4


class AgentPaths:
    """Knows the paths; ``minutes``: how long one takes tablets in after the first has come."""

    def __init__(self, clock: Clock, *, minutes: int) -> None:
        self._clock = clock
        self._lapse_ms = minutes * 60_000

    def find(self, conn: Connection, secret: str) -> KitPath | None:
        """Return what a path stands for; None for one that never was, was withdrawn, or is not for Android."""
        ticket = ticket_of_secret(conn, secret) or ticket_of_typed(conn, typed_digest(secret))
        if ticket is None or ticket.revoked_at is not None:
            return None
        kit = require_kit(conn, ticket.kit_id)
        if kit.platform is not Platform.ANDROID:
            return None
        return KitPath(
            ticket_id=ticket.ticket_id,
            kit_id=ticket.kit_id,
            kit_name=kit.name,
            slot_number=ticket.slot_number,
            is_open=ticket.state(self._clock.ms()) is TicketState.VALID,
        )

    def used(self, conn: Connection, path: KitPath) -> None:
        """Let the path end soon after its first use: every tablet that came by it can show it on its screen."""
        mark_used(conn, path.ticket_id, now=self._clock.ms(), lapse_ms=self._lapse_ms)

    def reserve(self, conn: Connection, kit_id: str, slot_number: int | None) -> int | None:
        """Hold a slot for a tablet, or the first that is free; None when there is none."""
        now = self._clock.ms()
        if slot_number is not None:
            mark_joining(conn, kit_id, slot_number, now)
            return slot_number
        if places(conn, kit_id, now).free == 0:
            return None
        slot = reserve_first_free(conn, kit_id, now)
        if slot is None:
            return None
        mark_joining(conn, kit_id, slot.number, now)
        return slot.number


def typed_code(secret: str) -> str:
    """Return the short form of a ticket's secret, for a person to type: 12 letters and digits in groups of four."""
    number = int.from_bytes(hashlib.sha256(b"typed " + secret.encode()).digest())
    letters = ""
    for _ in range(_LENGTH):
        number, rest = divmod(number, len(_ALPHABET))
        letters += _ALPHABET[rest]
    return "-".join(letters[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))


def typed_digest(code: str) -> str:
    """Return what a typed code is looked up by, however it was typed."""
    return hashlib.sha256(b"typed " + code.replace("-", "").lower().encode()).hexdigest()


def add_typed_code(conn: Connection, ticket: Ticket, secret: str) -> None:
    """Let a ticket be found by its short form."""
    add_typed_digest(conn, ticket.ticket_id, typed_digest(typed_code(secret)))
