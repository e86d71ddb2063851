"""The territory's edition key, Ed25519 (RFC 8032): each new one is signed by the one before, the first by itself."""

import hashlib
from collections.abc import Sequence
from typing import Annotated

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Meta

from mdm.i18n import N_
from profiles.charter.ballot import Base64Url, decode, encode
from profiles.charter.canonical import Tree, canonical_json
from profiles.charter.errors import malformed
from profiles.charter.proposal import Digest, Part

FORMAT = "valise-edition-key/1"
_SIGNED = b"valise-edition-key/1\n"


class EditionKey(Part, frozen=True, kw_only=True):
    """A public key. ``key``: SHA-256 of its 32 bytes; ``from_number``: the first edition that it signs.

    ``signature`` is that of the key before over this one, or of the first over itself.
    """

    key: Digest
    public_key: Base64Url
    from_number: Annotated[int, Meta(ge=1)]
    previous: Digest | None = None
    signature: Base64Url

    def statement(self) -> Tree:
        """Return what ``signature`` signs, as plain values."""
        return _statement(self.key, self.public_key, self.from_number, self.previous)

    @property
    def verifier(self) -> Ed25519PublicKey:
        """The key itself; raises `RecordMalformed`."""
        try:
            return Ed25519PublicKey.from_public_bytes(decode(self.public_key))
        except ValueError as error:
            raise malformed(N_("a key cannot be read")) from error


def key_id(public: Ed25519PublicKey) -> str:
    """Return a key's identifier: the SHA-256 of its 32 bytes, in hex."""
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()


def introduce(
    new: Ed25519PrivateKey, *, from_number: int, previous: tuple[str, Ed25519PrivateKey] | None = None
) -> EditionKey:
    """Return the record of a new key, signed by the one before; by itself when there is none."""
    public = new.public_key()
    before, signer = previous if previous is not None else (None, new)
    text = encode(public.public_bytes_raw())
    message = _message(_statement(key_id(public), text, from_number, before))
    return EditionKey(
        key=key_id(public),
        public_key=text,
        from_number=from_number,
        previous=before,
        signature=encode(signer.sign(message)),
    )


def verify_keys(keys: Sequence[EditionKey]) -> dict[str, Ed25519PublicKey]:
    """Check that keys follow from each other, in order; return them by identifier. Raises `RecordMalformed`."""
    known: dict[str, Ed25519PublicKey] = {}
    before: EditionKey | None = None
    for one in keys:
        public = one.verifier
        if one.key != key_id(public):
            raise malformed(N_("a key has another identifier than its own"))
        if before is None:
            if one.previous is not None or one.from_number != 1:
                raise malformed(N_("the first key follows another"))
            signer = public
        else:
            if one.previous != before.key or one.from_number < before.from_number:
                raise malformed(N_("a key does not follow the one before"))
            signer = known[before.key]
        try:
            signer.verify(decode(one.signature), _message(one.statement()))
        except InvalidSignature as error:
            raise malformed(N_("a key was not signed by the one before")) from error
        known[one.key] = public
        before = one
    if before is None:
        raise malformed(N_("there is no key"))
    return known


def key_for(keys: Sequence[EditionKey], number: int) -> EditionKey:
    """Return the key that must have signed an edition: the newest that was in force; raise `RecordMalformed`."""
    found = [one for one in keys if one.from_number <= number]
    if not found:
        raise malformed(N_("there is no key"))
    return found[-1]


def _statement(key: str, public_key: str, from_number: int, previous: str | None) -> Tree:
    return {
        "format": FORMAT,
        "from_number": from_number,
        "key": key,
        "previous": previous or "",
        "public_key": public_key,
    }


def _message(statement: Tree) -> bytes:
    return _SIGNED + hashlib.sha256(canonical_json(statement)).digest()
