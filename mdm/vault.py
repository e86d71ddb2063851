"""Encryption at rest of the few secrets that the store must be able to read back."""

import os
from typing import ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mdm.errors import ValiseError
from mdm.i18n import N_

KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = b"\x01"


class VaultError(ValiseError):
    """A sealed value cannot be opened with this key."""

    code: ClassVar[str] = "vault_cannot_open"
    status: ClassVar[int] = 500
    message: ClassVar[str] = N_("A secret kept in the database cannot be opened with this server's key.")
    hint: ClassVar[str] = N_("Check that the key file is the one that this database was made with.")


class Vault:
    """Seals bytes with AES-256-GCM; ``purpose`` is bound to the result, so that one secret cannot pass for another."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a vault key has {KEY_BYTES} bytes, not {len(key)}")
        self._key = key
        self._cipher = AESGCM(key)

    def derive(self, purpose: str) -> bytes:
        """Return a key of 32 bytes for another use (HKDF, RFC 5869), the same each time."""
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose.encode()).derive(self._key)

    def seal(self, plain: bytes, purpose: str) -> bytes:
        """Return ``plain`` encrypted (NIST SP 800-38D, a fresh random 96-bit nonce each time)."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, plain, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Return what was sealed; raise `VaultError` when key, purpose or content is not the one that sealed it."""
        if sealed[:1] != _VERSION:
            raise VaultError
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, body, purpose.encode())
        except (InvalidTag, ValueError) as broken:
            raise VaultError from broken
