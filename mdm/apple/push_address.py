"""Where an iPad can be woken: its token and magic, opened for the push room."""

import structlog

from mdm.apple import enrollment_store
from mdm.store import Connection
from mdm.vault import Vault

log = structlog.get_logger()


class AppleAddresses:
    """Reads push addresses from the enrollments."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def address_of(self, conn: Connection, tablet_id: str) -> tuple[str, bytes, str] | None:
        """Return topic, token and magic of a tablet; None when it cannot be woken."""
        found = enrollment_store.push_secrets(conn, tablet_id)
        if found is None:
            return None
        topic, token, magic = found
        return (
            topic,
            self._vault.open(token, "apple.push_token"),
            self._vault.open(magic, "apple.push_magic").decode(),
        )

    def forget(self, conn: Connection, tablet_id: str) -> None:
        """Forget an address that Apple says is dead; the tablet gives a new one at its next check-in."""
        enrollment_store.forget_push_token(conn, tablet_id)
        log.info("push_address_dead", tablet=tablet_id)
