"""A ballot: what a seat says of the exact content that is voted, and the proof of it.

The signed message is the SHA-256 of the canonical JSON of the statement, which names the proposal's digest and the
choice. Passkey: WebAuthn Level 3, section 7.2, with that digest as the challenge. Attested: Ed25519 (RFC 8032) by the
territory's edition key, for a person who signed in to the server; weaker, and marked so.

A secret ballot is two records that nothing joins: that a seat took part, and a choice under a random serial that only
its voter was told. Everybody can count, and each voter can find his own; the server itself must be trusted not to keep
who cast what, and a voter who shows his serial proves his vote.
"""

import base64
import hashlib
from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from msgspec import Meta

from mdm.errors import Words
from mdm.i18n import N_
from profiles.charter.canonical import Tree, canonical_json
from profiles.charter.convention import Slug
from profiles.charter.counting import Choice
from profiles.charter.errors import BallotRefused
from profiles.charter.proposal import Digest, Id, Part

FORMAT = "valise-ballot/1"
ATTESTED = b"valise-ballot/1\n"
_PRESENT, _VERIFIED = 0x01, 0x04

Base64Url = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]*$", max_length=8000)]


class Statement(Part, frozen=True, kw_only=True):
    """What a ballot says. An open one has ``seat`` and ``choice``; a secret one's halves have one of them each."""

    proposal: Digest
    round: Annotated[int, Meta(ge=1, le=1000)]
    body: Slug
    seat: Id | None = None
    choice: Choice | None = None
    serial: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$")] | None = None

    def tree(self) -> Tree:
        """Return the statement as plain values, with the name of its format."""
        return {"format": FORMAT, **msgspec.to_builtins(self)}

    @property
    def digest(self) -> bytes:
        """The SHA-256 of its canonical JSON: the challenge that a passkey signs."""
        return hashlib.sha256(canonical_json(self.tree())).digest()


class Passkey(Part, frozen=True, kw_only=True, tag_field="by", tag="passkey"):
    """A WebAuthn assertion. ``public_key``: SubjectPublicKeyInfo, as DER. Everything in base64url without padding."""

    credential: Base64Url
    public_key: Base64Url
    authenticator_data: Base64Url
    client_data: Base64Url
    signature: Base64Url

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the key that signed; raises `BallotRefused` when it cannot be read."""
        return fingerprint_of(self.public_key)


class Attested(Part, frozen=True, kw_only=True, tag_field="by", tag="server"):
    """The server's word that a signed-in person cast it."""

    key: Digest
    signature: Base64Url


Evidence = Passkey | Attested


class Ballot(Part, frozen=True, kw_only=True):
    """A statement and its proof."""

    statement: Statement
    evidence: Evidence


class RelyingParty(Part, frozen=True, kw_only=True):
    """Whom passkeys were made for: the host name, and the web origins that people open."""

    id: Annotated[str, Meta(max_length=253)]
    origins: tuple[str, ...]


class ClientData(msgspec.Struct, frozen=True):
    """What the browser signed; source: WebAuthn Level 3, section 5.8.1."""

    type: Literal["webauthn.get"]
    challenge: str
    origin: str
    cross_origin: bool = msgspec.field(name="crossOrigin", default=False)


def encode(raw: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Return the bytes of base64url without padding; raise `BallotRefused`."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise BallotRefused(reason=Words(N_("a part of it is not base64url"))) from error
    if encode(raw) != text:
        # Two spellings of one signature would be two files that both verify.
        raise BallotRefused(reason=Words(N_("a part of it is not base64url")))
    return raw


def fingerprint_of(public_key: str) -> str:
    """Return the fingerprint of a passkey's public key, by which people compare it: its SHA-256, in hex.

    ``public_key``: SubjectPublicKeyInfo, as DER, in base64url without padding. Raises `BallotRefused`.
    """
    return hashlib.sha256(decode(public_key)).hexdigest()


def attest(statement: Statement, key: ed25519.Ed25519PrivateKey, key_id: str) -> Ballot:
    """Return the ballot with the server's word for it."""
    return Ballot(
        statement=statement,
        evidence=Attested(key=key_id, signature=encode(key.sign(ATTESTED + statement.digest))),
    )


def verify_ballot(ballot: Ballot, party: RelyingParty, keys: Mapping[str, ed25519.Ed25519PublicKey]) -> None:
    """Check a ballot's proof; raise `BallotRefused`. ``keys``: the territory's edition keys, by identifier."""
    evidence = ballot.evidence
    if isinstance(evidence, Attested):
        key = keys.get(evidence.key)
        if key is None:
            raise BallotRefused(reason=Words(N_("the server's key is not known")))
        try:
            key.verify(decode(evidence.signature), ATTESTED + ballot.statement.digest)
        except InvalidSignature as error:
            raise BallotRefused(reason=Words(N_("its signature is not right"))) from error
        return
    verify_passkey(evidence, ballot.statement.digest, party)


def verify_passkey(evidence: Passkey, challenge: bytes, party: RelyingParty) -> None:
    """Check that a passkey signed this challenge for this site, and who held it; raise `BallotRefused`."""
    raw = decode(evidence.client_data)
    try:
        client = msgspec.json.decode(raw, type=ClientData)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BallotRefused(reason=Words(N_("what the browser signed is not readable"))) from error
    if decode(client.challenge) != challenge:
        raise BallotRefused(reason=Words(N_("it was signed for another content")))
    if client.origin not in party.origins or client.cross_origin:
        raise BallotRefused(reason=Words(N_("it was signed on another site")))
    data = decode(evidence.authenticator_data)
    if len(data) < 37 or data[:32] != hashlib.sha256(party.id.encode()).digest():
        raise BallotRefused(reason=Words(N_("it was signed for another site")))
    if data[32] & (_PRESENT | _VERIFIED) != (_PRESENT | _VERIFIED):
        raise BallotRefused(reason=Words(N_("the passkey did not check who holds it")))
    try:
        _verify_signature(decode(evidence.public_key), decode(evidence.signature), data + hashlib.sha256(raw).digest())
    except (InvalidSignature, UnsupportedAlgorithm, ValueError) as error:
        raise BallotRefused(reason=Words(N_("its signature is not right"))) from error


def _verify_signature(der: bytes, signature: bytes, message: bytes) -> None:
    key = load_der_public_key(der)
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, message, ec.ECDSA(SHA256()))
    elif isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(signature, message)
    elif isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, message, padding.PKCS1v15(), SHA256())
    else:
        raise UnsupportedAlgorithm("a kind of key that no passkey has")
