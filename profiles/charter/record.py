"""The record of an edition: the agreed state, the decisions that made it and the seats; signed, and linked.

An edition's identifier is the SHA-256 of its record's canonical JSON (RFC 8785).
"""

import hashlib
from functools import cached_property
from typing import Annotated, Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Meta

from mdm.i18n import N_
from profiles.charter.ballot import RelyingParty, decode, encode
from profiles.charter.canonical import Tree, canonical_json, is_same
from profiles.charter.convention import Slug, Text
from profiles.charter.decision import Decision
from profiles.charter.errors import RecordMalformed, malformed
from profiles.charter.proposal import Digest, Id, Moment, Part
from profiles.charter.state import State

FORMAT = "valise-edition/1"
_SIGNED = b"valise-edition/1\n"


class Seat(Part, frozen=True, kw_only=True):
    """A seat that is held, from ``since`` until ``until``. ``reference``: the act that appointed its holder.

    Who holds it is not in the record: the committee's own papers say so.
    """

    seat: Id
    body: Slug
    label: Text
    since: Moment
    until: Moment | None = None
    reference: Annotated[str, Meta(max_length=200)] = ""


class SeatKey(Part, frozen=True, kw_only=True):
    """A voter's key that stood for a seat, from ``since`` until ``until``: its holder's or its deputy's.

    ``fingerprint``: the SHA-256 of the key's SubjectPublicKeyInfo, in hex. Whose it is, its owner sees for himself.
    """

    seat: Id
    fingerprint: Digest
    since: Moment
    until: Moment | None = None


class JournalHead(Part, frozen=True, kw_only=True):
    """The journal as it stood when the edition was made, so that it cannot be written anew behind it."""

    seq: Annotated[int, Meta(ge=0)]
    hash: str


class Record(Part, frozen=True, kw_only=True, dict=True):
    """An edition. ``previous`` is the identifier of the one before, None for the founding one.

    ``seats`` are all that were ever held, ``seat_keys`` all keys that ever stood for one. ``key`` names the edition
    key that signs.
    """

    territory: Text
    number: Annotated[int, Meta(ge=1)]
    previous: Digest | None = None
    made_at: Moment
    state: State
    decisions: tuple[Decision, ...] = ()
    seats: tuple[Seat, ...] = ()
    seat_keys: tuple[SeatKey, ...] = ()
    journal: JournalHead
    party: RelyingParty
    key: Digest

    def tree(self) -> Tree:
        """Return the record as plain values, with the name of its format."""
        return {"format": FORMAT, **msgspec.to_builtins(self)}

    @cached_property
    def edition_id(self) -> str:
        """The SHA-256 of the canonical JSON, in hex."""
        return hashlib.sha256(canonical_json(self.tree())).hexdigest()


class SignedEdition(msgspec.Struct, frozen=True, kw_only=True):
    """A record and its signature, in base64url."""

    record: Record
    signature: str


def sign(record: Record, key: Ed25519PrivateKey) -> SignedEdition:
    """Return the record signed."""
    return SignedEdition(record=record, signature=encode(key.sign(_message(record))))


def verify_signature(edition: SignedEdition, key: Ed25519PublicKey) -> None:
    """Check an edition's signature; raise `RecordMalformed`."""
    try:
        key.verify(decode(edition.signature), _message(edition.record))
    except InvalidSignature as error:
        raise malformed(N_("its signature is not right")) from error


def record_of(tree: Any) -> Record:
    """Return the record in a tree of plain values; raise `RecordMalformed` also when it is not in its one form."""
    fields = dict(tree) if isinstance(tree, dict) else {}
    if fields.pop("format", None) != FORMAT:
        raise malformed(N_("it is of another format"))
    try:
        record = msgspec.convert(fields, Record, strict=True)
    except msgspec.ValidationError as error:
        raise RecordMalformed(reason=str(error)[:200]) from error
    if not is_same(record.tree(), tree):
        raise malformed(N_("it is not in its one form"))
    return record


def _message(record: Record) -> bytes:
    return _SIGNED + bytes.fromhex(record.edition_id)
