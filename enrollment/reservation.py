"""Taking the enrollment profile: a slot is held for the tablet, and a one-time challenge is bound to it.

A tablet that takes the profile again from the same page gets the same slot: the page's link carries a random ``visit``
from which the challenge follows, together with the ticket's secret.
"""

import hashlib
import re
import secrets

import msgspec

from enrollment.authority.certificate_store import claim_slot
from enrollment.scep.challenge_store import add_challenge, forget_unused, others_wait, trace_challenge
from enrollment.ticket_store import Ticket, places, reserve_first_free
from enrollment.tickets import no_place, slot_of_ticket, valid_ticket
from mdm.clock import Clock
from mdm.fleet.kit import JOINING_MS, Kit, Slot
from mdm.fleet.kit_store import mark_joining, require_kit
from mdm.journal import Journal
from mdm.store import Connection

RENEWAL_MS = 14 * 24 * 3600 * 1000
"""How long a tablet may take to install a profile that renews its identity."""
_VISIT = re.compile(r"[A-Za-z0-9_-]{16,64}")
_REPEATS = 8


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """A slot held for a tablet, and the challenge that its profile carries."""

    kit: Kit
    slot_number: int
    slot_name: str
    ticket_id: str
    challenge: str


class Reservations:
    """Holds slots for tablets. Every method runs inside the caller's transaction."""

    def __init__(self, clock: Clock, journal: Journal) -> None:
        self._clock = clock
        self._journal = journal

    def take(self, conn: Connection, secret: str, visit: str) -> Reservation:
        """Hold a slot for the tablet that holds a ticket's secret, for 15 minutes.

        A kit's ticket gives the lowest slot that is free and that nobody joins; a slot's ticket gives its slot, also
        when a tablet is in it, so that a wiped tablet can come back. Raises what `Tickets.look` raises.
        """
        now = self._clock.ms()
        ticket, kit = valid_ticket(conn, secret, now)
        challenge, earlier = _challenge(conn, secret, visit)
        slot = self._slot(conn, ticket, kit, earlier, challenge, now)
        forget_unused(conn, kit_id=kit.kit_id, slot_number=slot.number, but=challenge)
        add_challenge(
            conn,
            challenge,
            ticket_id=ticket.ticket_id,
            kit_id=kit.kit_id,
            slot_number=slot.number,
            now=now,
            expires_at=now + JOINING_MS,
        )
        mark_joining(conn, kit.kit_id, slot.number, now)
        self._journal.record(
            conn,
            "enrollment_profile_taken",
            actor=f"ticket:{ticket.ticket_id}",
            subject=f"kit:{kit.kit_id}",
            detail={"slot": slot.number},
        )
        return Reservation(
            kit=kit,
            slot_number=slot.number,
            slot_name=slot.name,
            ticket_id=ticket.ticket_id,
            challenge=challenge,
        )

    def renew(self, conn: Connection, serial: str) -> Reservation | None:
        """Make a challenge for the renewal of an enrolled tablet's identity; None when that is none of ours.

        iOS renews by asking anew, with the challenge of a profile that its MDM server sends it.
        """
        claim = claim_slot(conn, serial)
        if claim is None:
            return None
        now, challenge = self._clock.ms(), secrets.token_hex(32)
        kit = require_kit(conn, claim.kit_id)
        slots = conn.one(
            "SELECT name FROM slot WHERE kit_id = :kit_id AND number = :number",
            kit_id=claim.kit_id,
            number=claim.slot_number,
        )
        if slots is None:
            return None
        add_challenge(
            conn,
            challenge,
            ticket_id=claim.ticket_id,
            kit_id=claim.kit_id,
            slot_number=claim.slot_number,
            now=now,
            expires_at=now + RENEWAL_MS,
            renews=serial,
        )
        return Reservation(
            kit=kit,
            slot_number=claim.slot_number,
            slot_name=slots["name"],
            ticket_id=claim.ticket_id,
            challenge=challenge,
        )

    def _slot(self, conn: Connection, ticket: Ticket, kit: Kit, earlier: int | None, challenge: str, now: int) -> Slot:
        if ticket.slot_number is not None:
            return slot_of_ticket(conn, ticket, ticket.slot_number)
        if earlier is not None:
            slot = slot_of_ticket(conn, ticket, earlier)
            if slot.tablet_id is None and not others_wait(
                conn, kit_id=kit.kit_id, slot_number=earlier, but=challenge, now=now
            ):
                return slot
        free = reserve_first_free(conn, kit.kit_id, now)
        if free is None:
            raise no_place(kit, joining=places(conn, kit.kit_id, now).joining)
        return free


def new_visit() -> str:
    """Return a random token for a page's link."""
    return secrets.token_urlsafe(16)


def known_visit(token: str) -> str:
    """Return a link's token, or a fresh one where it is missing or malformed."""
    return token if _VISIT.fullmatch(token) else new_visit()


def _challenge(conn: Connection, secret: str, visit: str) -> tuple[str, int | None]:
    """Return the visit's first challenge that is not used, and the slot that the visit holds or held."""
    earlier = None
    for repeat in range(_REPEATS):
        challenge = hashlib.sha256(f"valise challenge\n{secret}\n{visit}\n{repeat}".encode()).hexdigest()
        trace = trace_challenge(conn, challenge)
        if trace is None:
            return challenge, earlier
        earlier = trace.slot_number
        if not trace.used:
            return challenge, earlier
    return secrets.token_hex(32), earlier
