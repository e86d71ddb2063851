"""Pseudonyms of an evaluation: keyed hashes, with a key of its own that is destroyed at its end."""

import hmac
import secrets

from mdm.vault import Vault

_SIGNS = 32


class Pseudonyms:
    """Makes the pseudonyms of one evaluation."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, pupil_id: str) -> str:
        """Return a pupil's pseudonym: HMAC-SHA256, 128 bits of it in hex."""
        return hmac.new(self._key, pupil_id.encode(), "sha256").hexdigest()[:_SIGNS]


def new_sealed_key(vault: Vault, evaluation_id: str) -> bytes:
    """Return a new key, sealed."""
    return vault.seal(secrets.token_bytes(32), _purpose(evaluation_id))


def open_pseudonyms(vault: Vault, evaluation_id: str, sealed_key: bytes) -> Pseudonyms:
    """Return the pseudonyms of a sealed key; raise `VaultError`."""
    return Pseudonyms(vault.open(sealed_key, _purpose(evaluation_id)))


def _purpose(evaluation_id: str) -> str:
    return f"pseudonyms of evaluation {evaluation_id}"
