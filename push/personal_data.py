"""What waking tablets keeps of persons: who took a certificate in."""

from mdm.privacy.declaration import MANAGED, Table, actor, nothing_personal
from mdm.privacy.retention import Kept

TABLES = (
    Table(
        name="push_certificate",
        about="Certificates of Apple's push service",
        activity=MANAGED,
        retention=Kept(reason="a certificate is the server's; who took it in is taken out in time"),
        fields=(actor("imported_by", "who took it in"),),
        plain="topic certificate sealed_key not_after imported_at",
    ),
    nothing_personal("push_request", "request_id sealed_key csr created_at", why="the server's own key"),
    nothing_personal(
        "wake",
        "tablet_id due_at attempts last_reason claimed_by claimed_until platform",
        why="a tablet to be woken; claimed_by is a server process",
    ),
)
