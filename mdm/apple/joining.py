"""An iPad joins: its first message pins its certificate to it and gives it its slot.

The certificate says which slot its challenge was made for; who holds a kit's ticket is trusted with that kit only.
"""

from typing import ClassVar, Protocol

import msgspec
import structlog

from mdm.apple import enrollment_store
from mdm.apple.enrollment_store import AppleEnrollment
from mdm.apple.identity import Identity
from mdm.apple.messages import Authenticate
from mdm.clock import Clock
from mdm.commands import convergence_store, queue
from mdm.errors import ValiseError
from mdm.fleet.kit_store import slot_of_tablet
from mdm.fleet.report_store import ReportedFacts, save_facts
from mdm.fleet.slot_binding import Identity as TabletIdentity
from mdm.fleet.slot_binding import bind_tablet
from mdm.fleet.tablet import Platform
from mdm.fleet.tablet_store import tablet_by_serial
from mdm.i18n import N_
from mdm.journal import Journal
from mdm.store import Connection

log = structlog.get_logger()


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """The slot that a certificate was issued for."""

    kit_id: str
    slot_number: int
    ticket_id: str


class Claims(Protocol):
    """Knows what a certificate was issued for."""

    def claim_of(self, conn: Connection, serial: str) -> Claim | None:
        """Return the slot that the certificate with this serial number (hex) was issued for."""
        ...

    def settle(self, conn: Connection, claim: Claim, *, serial: str, tablet_id: str) -> None:
        """Note which tablet the certificate is now, and end the slot's reservation."""
        ...

    def abandon(self, conn: Connection, claim: Claim) -> None:
        """End the slot's reservation: whoever took it was refused."""
        ...

    def renews(self, conn: Connection, serial: str, pinned_digest: str) -> bool:
        """Tell whether this certificate is the renewal of the one that is pinned."""
        ...


class JoiningRefused(ValiseError):
    """The device may not join as what it says it is."""

    code: ClassVar[str] = "joining_refused"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("This tablet may not join: {reason}.")
    hint: ClassVar[str] = N_("Look at the kit's page, then enrol the tablet again with its slot's QR code.")


class Joining:
    """Decides which tablet a device is, inside the transaction of its Authenticate message."""

    def __init__(self, clock: Clock, journal: Journal, claims: Claims) -> None:
        self._clock = clock
        self._journal = journal
        self._claims = claims

    def authenticate(self, conn: Connection, message: Authenticate, identity: Identity) -> str:
        """Bind the device to its slot and pin its certificate; return the tablet.

        Raises `JoiningRefused`, or what the fleet refuses (a slot that another tablet holds, a retired tablet).
        """
        owner = enrollment_store.enrollment_of_identity(conn, identity.digest)
        if owner is not None and owner.udid != message.udid:
            raise JoiningRefused(reason="its certificate is another tablet's")
        claim = self._claims.claim_of(conn, identity.serial)
        if claim is None:
            raise JoiningRefused(reason="its certificate was issued for no slot")
        known = enrollment_store.enrollment_of_udid(conn, message.udid)
        slot_number = self._slot_for(conn, message, known, claim)
        tablet_id = bind_tablet(
            conn,
            self._journal,
            self._clock,
            TabletIdentity(
                platform=Platform.IPAD,
                serial=message.serial_number,
                udid=message.udid,
                model=message.product_name or message.model or "",
            ),
            kit_id=claim.kit_id,
            slot_number=slot_number,
            actor=f"ticket:{claim.ticket_id}",
        )
        now = self._clock.ms()
        cancelled = queue.cancel_open(conn, tablet_id, now=now)
        convergence_store.forget(conn, tablet_id)
        enrollment_store.begin(
            conn,
            udid=message.udid,
            tablet_id=tablet_id,
            digest=identity.digest,
            topic=message.topic,
            os_version=message.os_version or "",
            product_name=message.product_name or "",
            now=now,
        )
        self._claims.settle(conn, claim, serial=identity.serial, tablet_id=tablet_id)
        save_facts(
            conn, [(tablet_id, ReportedFacts(os_version=message.os_version, model_name=message.model_name))], now=now
        )
        self._journal.record(
            conn,
            "tablet_authenticated",
            actor=f"ticket:{claim.ticket_id}",
            subject=f"tablet:{tablet_id}",
            detail={"kit": claim.kit_id, "slot": slot_number, "again": known is not None, "cancelled": cancelled},
        )
        return tablet_id

    def give_up(self, conn: Connection, message: Authenticate, identity: Identity, code: str) -> None:
        """Note that a device was refused, and show its slot as it was before the device took its profile."""
        claim = self._claims.claim_of(conn, identity.serial)
        subject = f"slot:{claim.kit_id}/{claim.slot_number}" if claim is not None else "slot:unknown"
        if claim is not None:
            self._claims.abandon(conn, claim)
        detail = {"reason": code, "certificate": identity.serial, "serial": message.serial_number or ""}
        self._journal.record(conn, "joining_refused", actor="system", subject=subject, detail=detail)

    def _slot_for(self, conn: Connection, message: Authenticate, known: AppleEnrollment | None, claim: Claim) -> int:
        """A tablet of this kit goes back to its own slot, whichever of the kit's codes was scanned."""
        tablet_id = known.tablet_id if known else None
        if tablet_id is None and message.serial_number:
            found = tablet_by_serial(conn, message.serial_number)
            tablet_id = found.tablet_id if found else None
        place = slot_of_tablet(conn, tablet_id) if tablet_id else None
        if place is None:
            return claim.slot_number
        if place.kit_id == claim.kit_id:
            return place.number
        if known is not None and known.state != "checked_out":
            raise JoiningRefused(reason="it is enrolled in another kit, and was neither erased nor checked out")
        return claim.slot_number
