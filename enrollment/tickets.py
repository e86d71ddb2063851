"""Tickets: made by a technician, shown as QR codes, revoked, looked at by a tablet that scanned one."""

import secrets
from datetime import timedelta

import msgspec

from enrollment.agent_paths import add_typed_code
from enrollment.errors import (
    OtherTabletsOnly,
    SlotsJoining,
    TicketExpired,
    TicketRevoked,
    TicketUnknown,
    TicketUsed,
)
from enrollment.ticket_store import (
    Ticket,
    TicketState,
    add_ticket,
    mark_revoked,
    places,
    ticket_of_id,
    ticket_of_secret,
    valid_tickets,
)
from mdm.clock import Clock
from mdm.fleet.kit import Kit, Slot
from mdm.fleet.kit_store import hold_slot, list_slots, require_kit
from mdm.fleet.tablet import Platform
from mdm.ids import new_id
from mdm.journal import Journal
from mdm.store import Connection
from mdm.vault import Vault

_SECRET_BYTES = 16
_PURPOSE = "ticket "
_MILLISECOND = timedelta(milliseconds=1)


class ShownTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket with its secret, for the people who may show its QR code. Never logged, never in the journal."""

    ticket: Ticket
    secret: str


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """What a valid ticket offers: the slot that is next, and whether a tablet is in it already (slot tickets only)."""

    ticket: Ticket
    kit: Kit
    slot_name: str
    occupied: bool


class Tickets:
    """Makes, shows and revokes tickets. Every method runs inside the caller's transaction."""

    def __init__(self, clock: Clock, vault: Vault, journal: Journal) -> None:
        self._clock = clock
        self._vault = vault
        self._journal = journal

    def create(
        self, conn: Connection, kit_id: str, *, lifetime: timedelta, actor: str, slot_number: int | None = None
    ) -> ShownTicket:
        """Make a ticket for a kit's free slots, or for one slot; it takes the place of the valid one for the same.

        Raises `KitUnknown` or `SlotUnknown`.
        """
        require_kit(conn, kit_id)
        if slot_number is not None:
            hold_slot(conn, kit_id, slot_number)
        now = self._clock.ms()
        for old, _ in valid_tickets(conn, kit_id, now):
            if old.slot_number == slot_number:
                mark_revoked(conn, old.ticket_id, now)
        return self._add(conn, kit_id, slot_number, lifetime, actor, now)

    def create_kit_tickets(
        self, conn: Connection, kit_id: str, *, lifetime: timedelta, actor: str
    ) -> list[ShownTicket]:
        """Make the kit's ticket and one for each slot, as a label sheet needs them; older ones are revoked.

        Raises `KitUnknown`.
        """
        require_kit(conn, kit_id)
        now = self._clock.ms()
        for old, _ in valid_tickets(conn, kit_id, now):
            mark_revoked(conn, old.ticket_id, now)
        numbers = [None, *(slot.number for slot in list_slots(conn, kit_id))]
        return [self._add(conn, kit_id, number, lifetime, actor, now) for number in numbers]

    def show(self, conn: Connection, kit_id: str, slot_number: int | None = None) -> ShownTicket | None:
        """Return the valid ticket of a kit, or of one slot; None when there is none."""
        return next((one for one in self.show_all(conn, kit_id) if one.ticket.slot_number == slot_number), None)

    def show_all(self, conn: Connection, kit_id: str) -> list[ShownTicket]:
        """Return a kit's valid tickets: the kit's own first, then by slot."""
        return [
            ShownTicket(ticket=ticket, secret=self._vault.open(sealed, _PURPOSE + ticket.ticket_id).decode())
            for ticket, sealed in valid_tickets(conn, kit_id, self._clock.ms())
        ]

    def revoke(self, conn: Connection, ticket_id: str, *, actor: str) -> None:
        """Withdraw a ticket, and the profiles taken with it that are not used yet; raise `TicketUnknown`."""
        ticket = ticket_of_id(conn, ticket_id)
        if ticket is None:
            raise TicketUnknown
        if mark_revoked(conn, ticket_id, self._clock.ms()):
            self._record(conn, "ticket_revoked", ticket, actor)

    def look(self, conn: Connection, secret: str) -> Invitation:
        """Return what a scanned ticket offers.

        Raises `TicketUnknown`, `TicketRevoked`, `TicketExpired`, `OtherTabletsOnly`, `TicketUsed` or `SlotsJoining`.
        """
        ticket, kit = valid_ticket(conn, secret, self._clock.ms())
        if ticket.slot_number is not None:
            slot = slot_of_ticket(conn, ticket, ticket.slot_number)
            return Invitation(ticket=ticket, kit=kit, slot_name=slot.name, occupied=slot.tablet_id is not None)
        kit_places = places(conn, kit.kit_id, self._clock.ms())
        if kit_places.free == 0:
            raise no_place(kit, joining=kit_places.joining)
        return Invitation(ticket=ticket, kit=kit, slot_name=kit_places.first_name, occupied=False)

    def _add(
        self, conn: Connection, kit_id: str, slot_number: int | None, lifetime: timedelta, actor: str, now: int
    ) -> ShownTicket:
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        ticket = Ticket(
            ticket_id=new_id(self._clock),
            kit_id=kit_id,
            slot_number=slot_number,
            created_at=now,
            created_by=actor,
            expires_at=now + lifetime // _MILLISECOND,
            revoked_at=None,
        )
        add_ticket(conn, ticket, secret, self._vault.seal(secret.encode(), _PURPOSE + ticket.ticket_id))
        if require_kit(conn, kit_id).platform is Platform.ANDROID:
            add_typed_code(conn, ticket, secret)
        self._record(conn, "ticket_created", ticket, actor)
        return ShownTicket(ticket=ticket, secret=secret)

    def _record(self, conn: Connection, kind: str, ticket: Ticket, actor: str) -> None:
        detail: dict[str, str | int | None] = {"kit": ticket.kit_id, "slot": ticket.slot_number}
        self._journal.record(conn, kind, actor=actor, subject=f"ticket:{ticket.ticket_id}", detail=detail)
        conn.publish("kit", ticket.kit_id)


def ticket_url(device_url: str, secret: str) -> str:
    """Return the address that a ticket's QR code holds."""
    return f"{device_url.rstrip('/')}/e/{secret}"


def valid_ticket(conn: Connection, secret: str, now: int) -> tuple[Ticket, Kit]:
    """Return the ticket with that secret and its kit.

    Raises `TicketUnknown`, `TicketRevoked`, `TicketExpired`, or `OtherTabletsOnly`.
    """
    ticket = ticket_of_secret(conn, secret)
    if ticket is None:
        raise TicketUnknown
    state = ticket.state(now)
    if state is TicketState.REVOKED:
        raise TicketRevoked
    if state is TicketState.EXPIRED:
        raise TicketExpired
    kit = require_kit(conn, ticket.kit_id)
    if kit.platform is not Platform.IPAD:
        raise OtherTabletsOnly(kit=kit.name)
    return ticket, kit


def slot_of_ticket(conn: Connection, ticket: Ticket, number: int) -> Slot:
    """Return the slot of that number in the ticket's kit; raise `TicketUnknown` when it is no more."""
    slot = next((one for one in list_slots(conn, ticket.kit_id) if one.number == number), None)
    if slot is None:
        raise TicketUnknown
    return slot


def no_place(kit: Kit, *, joining: int) -> TicketUsed | SlotsJoining:
    """Return why a kit has no free slot now."""
    return SlotsJoining(kit=kit.name) if joining else TicketUsed(kit=kit.name)
