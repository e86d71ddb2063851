"""What a device certificate was issued for, as the check-in asks it."""

from enrollment.authority.certificate_store import assign_tablet, claim_slot, renews_identity
from mdm.apple.joining import Claim
from mdm.fleet.kit_store import mark_joining
from mdm.store import Connection


class IssuedClaims:
    """Answers from the certificates in the store; implements `mdm.apple.joining.Claims`."""

    def claim_of(self, conn: Connection, serial: str) -> Claim | None:
        """Return the slot that the certificate with this serial number was issued for; None when it is revoked."""
        return claim_slot(conn, serial)

    def settle(self, conn: Connection, claim: Claim, *, serial: str, tablet_id: str) -> None:
        """Note which tablet the certificate is now, and end the slot's reservation."""
        assign_tablet(conn, serial, tablet_id)
        mark_joining(conn, claim.kit_id, claim.slot_number, None)

    def abandon(self, conn: Connection, claim: Claim) -> None:
        """End the slot's reservation: whoever took it was refused."""
        mark_joining(conn, claim.kit_id, claim.slot_number, None)

    def renews(self, conn: Connection, serial: str, pinned_digest: str) -> bool:
        """Tell whether this certificate is the renewal of the one that is pinned."""
        return renews_identity(conn, new_serial=serial, old_digest=pinned_digest)
