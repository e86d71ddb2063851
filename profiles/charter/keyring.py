"""The territory's edition keys as the server holds them: private halves sealed in the store, never elsewhere."""

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mdm.errors import Words
from mdm.i18n import N_
from mdm.store import Connection
from mdm.vault import Vault, VaultError
from profiles.charter.edition_keys import EditionKey, introduce, key_for, key_id, verify_keys
from profiles.charter.edition_store import KeyRow, insert_key, key_rows
from profiles.charter.errors import NoCharter, RecordMalformed

_PURPOSE = "edition key"


class Keyring(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of a charter: ``keys`` as they are published, ``known`` ready to check with."""

    keys: tuple[EditionKey, ...]
    known: dict[str, Ed25519PublicKey]


class Keys:
    """Makes, opens and rotates edition keys, inside the caller's transaction."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._opened: tuple[tuple[str, ...], Keyring] | None = None

    def ring(self, conn: Connection) -> Keyring:
        """Return the keys, checked; raise `NoCharter`, or `RecordMalformed` when one is not the server's own.

        A key is believed because its private half opens with the vault: a row that somebody added does not.
        """
        rows = key_rows(conn)
        if not rows:
            raise NoCharter
        names = tuple(f"{row.key.key}{row.key.signature}" for row in rows)
        if self._opened is not None and self._opened[0] == names:
            return self._opened[1]
        for row in rows:
            if key_id(self._private(row).public_key()) != row.key.key:
                raise RecordMalformed(reason=Words(N_("an edition key is not this server's")))
        keys = tuple(row.key for row in rows)
        ring = Keyring(keys=keys, known=verify_keys(keys))
        self._opened = (names, ring)
        return ring

    def signer(self, conn: Connection, number: int) -> tuple[str, Ed25519PrivateKey]:
        """Return the key that signs an edition of this number, with its identifier."""
        ring = self.ring(conn)
        wanted = key_for(ring.keys, number).key
        row = next(row for row in key_rows(conn) if row.key.key == wanted)
        return wanted, self._private(row)

    def create(self, conn: Connection, *, from_number: int, now: int, actor: str) -> EditionKey:
        """Make a new key, signed by the one before where there is one; return its record."""
        rows = key_rows(conn)
        previous = (rows[-1].key.key, self._private(rows[-1])) if rows else None
        private = Ed25519PrivateKey.generate()
        record = introduce(private, from_number=from_number, previous=previous)
        row = KeyRow(key=record, sealed_key=self._vault.seal(private.private_bytes_raw(), _PURPOSE))
        insert_key(conn, row, position=len(rows) + 1, now=now, actor=actor)
        return record

    def _private(self, row: KeyRow) -> Ed25519PrivateKey:
        try:
            return Ed25519PrivateKey.from_private_bytes(self._vault.open(row.sealed_key, _PURPOSE))
        except (VaultError, ValueError) as error:
            raise RecordMalformed(reason=Words(N_("an edition key is not this server's"))) from error
