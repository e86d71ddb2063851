"""A kit's QR codes, for the pages and the command line: making, showing and withdrawing them."""

from datetime import timedelta

import msgspec

from enrollment.qr import qr_png, qr_svg
from enrollment.ticket_store import Ticket
from enrollment.tickets import ShownTicket, Tickets, ticket_url
from mdm.clock import Clock
from mdm.journal import Journal
from mdm.store import Connection, Database
from mdm.vault import Vault


class KitCode(msgspec.Struct, frozen=True, kw_only=True):
    """A valid ticket's code, for the kit or for one slot. ``address`` is a secret; ``expires_at`` in milliseconds."""

    ticket_id: str
    slot_number: int | None
    expires_at: int
    address: str

    def png(self) -> bytes:
        """Return the QR code as PNG; takes some milliseconds."""
        return qr_png(self.address)

    def svg(self) -> bytes:
        """Return the QR code as SVG; takes some milliseconds."""
        return qr_svg(self.address)


class KitCodes:
    """The codes of kits; ``device_url`` is the address that tablets call."""

    def __init__(self, database: Database, clock: Clock, journal: Journal, vault: Vault, device_url: str) -> None:
        self._database = database
        self._device_url = device_url
        self._tickets = Tickets(clock, vault, journal)

    async def codes(self, kit_id: str, *, slots: bool, lifetime: timedelta, actor: str) -> list[KitCode]:
        """Make the kit's code, and one for each slot where ``slots``; those that were valid are withdrawn.

        Raises `KitUnknown`.
        """

        def make(conn: Connection) -> list[ShownTicket]:
            if slots:
                return self._tickets.create_kit_tickets(conn, kit_id, lifetime=lifetime, actor=actor)
            return [self._tickets.create(conn, kit_id, lifetime=lifetime, actor=actor)]

        return [self._code(one) for one in await self._database.write(make)]

    async def slot_code(self, kit_id: str, slot_number: int, *, lifetime: timedelta, actor: str) -> KitCode:
        """Make a code for one slot; the one that was valid is withdrawn. Raises `KitUnknown` or `SlotUnknown`."""
        made = await self._database.write(
            lambda conn: self._tickets.create(conn, kit_id, slot_number=slot_number, lifetime=lifetime, actor=actor)
        )
        return self._code(made)

    async def shown(self, kit_id: str, slot_number: int | None = None) -> KitCode | None:
        """Return the valid code of a kit, or of one of its slots; None when there is none."""
        found = await self._database.read(lambda conn: self._tickets.show(conn, kit_id, slot_number))
        return self._code(found) if found is not None else None

    async def shown_all(self, kit_id: str) -> list[KitCode]:
        """Return every valid code of a kit: its own first, then by slot."""
        return [self._code(one) for one in await self._database.read(lambda conn: self._tickets.show_all(conn, kit_id))]

    async def revoke(self, ticket_id: str, *, actor: str) -> None:
        """Withdraw a code; raise `TicketUnknown`."""
        await self._database.write(lambda conn: self._tickets.revoke(conn, ticket_id, actor=actor))

    def _code(self, shown: ShownTicket) -> KitCode:
        ticket: Ticket = shown.ticket
        return KitCode(
            ticket_id=ticket.ticket_id,
            slot_number=ticket.slot_number,
            expires_at=ticket.expires_at,
            address=ticket_url(self._device_url, shown.secret),
        )
