"""What enrollment keeps of persons: who made a code."""

from mdm.privacy.declaration import MANAGED, Table, actor, nothing_personal
from mdm.privacy.retention import Kept

TABLES = (
    Table(
        name="ticket",
        about="Codes by which tablets join a kit",
        activity=MANAGED,
        retention=Kept(reason="a code is about a kit; who made it is taken out in time"),
        fields=(actor("created_by", "who made the code"),),
        plain="ticket_id kit_id slot_number secret_digest sealed_secret created_at expires_at revoked_at",
    ),
    nothing_personal(
        "scep_challenge",
        "challenge_digest ticket_id kit_id slot_number created_at expires_at used_at serial",
        why="a tablet's certificate request",
    ),
    nothing_personal(
        "certificate",
        "serial digest purpose subject der not_before not_after kit_id slot_number tablet_id renews revoked_at"
        " revocation_reason",
        why="certificates of tablets and of the server",
    ),
    nothing_personal(
        "scep_transaction", "transaction_id request_digest serial answered_at", why="a tablet's certificate request"
    ),
    nothing_personal("certificate_list", "one number der next_update", why="numbers of certificates"),
)
