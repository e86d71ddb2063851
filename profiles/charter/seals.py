"""Seals of rows: keyed hashes that only the server can make, so that a row which was edited by hand is found."""

import hashlib
import hmac

from mdm.vault import Vault


class Seals:
    """Makes and checks seals. The key is derived from the vault's and is not in the database."""

    def __init__(self, vault: Vault) -> None:
        self._key = vault.derive("seals of the charter's rows")

    def seal(self, subject: str, *parts: str | int | None) -> str:
        """Return the seal of a row's parts, in hex. ``subject`` names the kind of row."""
        message = hashlib.sha256()
        for part in (subject, *parts):
            text = b"\x00" if part is None else b"\x01" + str(part).encode()
            message.update(len(text).to_bytes(8, "big") + text)
        return hmac.new(self._key, message.digest(), "sha256").hexdigest()

    def holds(self, seal: str | None, subject: str, *parts: str | int | None) -> bool:
        """Tell whether a row is as it was sealed."""
        return seal is not None and hmac.compare_digest(seal, self.seal(subject, *parts))
