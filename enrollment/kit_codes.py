"""A kit's QR codes, for the pages and the command line: making, showing and withdrawing them."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from enrollment.errors import AgentMissing
from enrollment.provisioning import AgentFile, ProvisioningFacts, WifiNetwork, provisioning_text, typed_address
from enrollment.qr import qr_png, qr_svg
from enrollment.ticket_store import Ticket
from enrollment.tickets import ShownTicket, Tickets, ticket_url
from mdm.clock import Clock
from mdm.fleet.kit_store import list_slots, require_kit
from mdm.fleet.tablet import Platform
from mdm.journal import Journal
from mdm.store import Connection, Database
from mdm.vault import Vault


class KitCode(msgspec.Struct, frozen=True, kw_only=True):
    """A valid ticket's code, for the kit or for one slot; ``expires_at`` in milliseconds.

    ``address`` is what the code holds, a secret: an address for iPads, instructions for Android; empty where those
    cannot be made because the agent's APK is not on the server. ``typed``: the address to type, for Android.
    """

    ticket_id: str
    slot_number: int | None
    expires_at: int
    address: str
    typed: str = ""

    def png(self) -> bytes:
        """Return the QR code as PNG; takes some milliseconds."""
        return qr_png(self.address)

    def svg(self) -> bytes:
        """Return the QR code as SVG; takes some milliseconds."""
        return qr_svg(self.address)


class KitCodes:
    """The codes of kits; ``device_url`` is the address that tablets call."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        journal: Journal,
        vault: Vault,
        device_url: str,
        facts: ProvisioningFacts,
        *,
        language: str = "fr",
    ) -> None:
        self._database = database
        self._device_url = device_url
        self._facts = facts
        self._language = language
        self._tickets = Tickets(clock, vault, journal)

    async def codes(
        self, kit_id: str, *, slots: bool, lifetime: timedelta, actor: str, wifi: bool = False
    ) -> list[KitCode]:
        """Make the kit's code, and one for each slot where ``slots``; those that were valid are withdrawn.

        With ``wifi``, a code for Android holds the network of the kit's edition. Raises `KitUnknown`.
        """

        def make(conn: Connection) -> list[KitCode]:
            if slots:
                made = self._tickets.create_kit_tickets(conn, kit_id, lifetime=lifetime, actor=actor)
            else:
                made = [self._tickets.create(conn, kit_id, lifetime=lifetime, actor=actor)]
            return self._shown(conn, kit_id, made, wifi=wifi)

        return await self._database.write(make)

    async def slot_code(self, kit_id: str, slot_number: int, *, lifetime: timedelta, actor: str) -> KitCode:
        """Make a code for one slot; the one that was valid is withdrawn. Raises `KitUnknown` or `SlotUnknown`."""

        def make(conn: Connection) -> KitCode:
            made = self._tickets.create(conn, kit_id, slot_number=slot_number, lifetime=lifetime, actor=actor)
            return self._shown(conn, kit_id, [made])[0]

        return await self._database.write(make)

    async def slot_codes(self, kit_id: str, *, lifetime: timedelta, actor: str) -> list[KitCode]:
        """Make a code for each slot, as labels need them; the kit's own stays, the slots' older ones are withdrawn.

        Raises `KitUnknown`, or `AgentMissing` before anything is changed.
        """

        def make(conn: Connection) -> list[KitCode]:
            kit = require_kit(conn, kit_id)
            if kit.platform is Platform.ANDROID and self._facts.agent_file(conn) is None:
                raise AgentMissing
            made = [
                self._tickets.create(conn, kit_id, slot_number=slot.number, lifetime=lifetime, actor=actor)
                for slot in list_slots(conn, kit_id)
            ]
            return self._shown(conn, kit_id, made)

        return await self._database.write(make)

    async def shown(self, kit_id: str, slot_number: int | None = None, *, wifi: bool = False) -> KitCode | None:
        """Return the valid code of a kit, or of one of its slots; None when there is none."""

        def show(conn: Connection) -> KitCode | None:
            found = self._tickets.show(conn, kit_id, slot_number)
            return self._shown(conn, kit_id, [found], wifi=wifi)[0] if found is not None else None

        return await self._database.read(show)

    async def shown_all(self, kit_id: str) -> list[KitCode]:
        """Return every valid code of a kit: its own first, then by slot."""
        return await self._database.read(lambda conn: self._shown(conn, kit_id, self._tickets.show_all(conn, kit_id)))

    async def revoke(self, ticket_id: str, *, actor: str) -> None:
        """Withdraw a code; raise `TicketUnknown`."""
        await self._database.write(lambda conn: self._tickets.revoke(conn, ticket_id, actor=actor))

    def _shown(
        self, conn: Connection, kit_id: str, tickets: Sequence[ShownTicket], *, wifi: bool = False
    ) -> list[KitCode]:
        if require_kit(conn, kit_id).platform is not Platform.ANDROID:
            return [_code(one.ticket, ticket_url(self._device_url, one.secret)) for one in tickets]
        agent = self._facts.agent_file(conn)
        network = self._facts.wifi_of(conn, kit_id) if wifi else None
        return [
            _code(
                one.ticket,
                self._instructions(one, agent, network) if agent is not None else "",
                typed_address(self._device_url, one.secret),
            )
            for one in tickets
        ]

    def _instructions(self, shown: ShownTicket, agent: AgentFile, network: WifiNetwork | None) -> str:
        return provisioning_text(
            device_url=self._device_url,
            secret=shown.secret,
            agent=agent,
            wifi=network,
            language=self._language,
        )


def _code(ticket: Ticket, address: str, typed: str = "") -> KitCode:
    return KitCode(
        ticket_id=ticket.ticket_id,
        slot_number=ticket.slot_number,
        expires_at=ticket.expires_at,
        address=address,
        typed=typed,
    )
