"""A passkey in software: signs ballots as a browser and an authenticator do together (WebAuthn Level 3)."""

import hashlib
import json
import secrets
from typing import Literal

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from profiles.charter.ballot import Ballot, Passkey, RelyingParty, Statement, encode

Algorithm = Literal["ES256", "EdDSA", "RS256"]
ALGORITHMS: tuple[Algorithm, ...] = ("ES256", "EdDSA", "RS256")

PRESENT, VERIFIED = 0x01, 0x04


class Authenticator:
    """One credential on one device."""

    def __init__(self, algorithm: Algorithm = "ES256") -> None:
        self.credential = secrets.token_bytes(32)
        self.uses = 0
        self._key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
        if algorithm == "ES256":
            self._key = ec.generate_private_key(ec.SECP256R1())
        elif algorithm == "EdDSA":
            self._key = ed25519.Ed25519PrivateKey.generate()
        else:
            self._key = rsa.generate_private_key(65537, 2048)

    @property
    def public_key(self) -> bytes:
        """The public key as SubjectPublicKeyInfo."""
        return self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the public key, in hex."""
        return hashlib.sha256(self.public_key).hexdigest()

    def ballot(
        self,
        statement: Statement,
        party: RelyingParty,
        *,
        flags: int = PRESENT | VERIFIED,
        party_id: str | None = None,
        client: dict[str, object] | None = None,
    ) -> Ballot:
        """Sign a statement; ``party_id`` and ``client`` change what a right browser would have said."""
        self.uses += 1
        seen = {
            "type": "webauthn.get",
            "challenge": encode(statement.digest),
            "origin": party.origins[0],
            "crossOrigin": False,
            **(client or {}),
        }
        client_data = json.dumps(seen, separators=(",", ":")).encode()
        data = hashlib.sha256((party_id or party.id).encode()).digest() + bytes([flags]) + self.uses.to_bytes(4, "big")
        return Ballot(
            statement=statement,
            evidence=Passkey(
                credential=encode(self.credential),
                public_key=encode(self.public_key),
                authenticator_data=encode(data),
                client_data=encode(client_data),
                signature=encode(self._sign(data + hashlib.sha256(client_data).digest())),
            ),
        )

    def _sign(self, message: bytes) -> bytes:
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            return self._key.sign(message, ec.ECDSA(SHA256()))
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(message, padding.PKCS1v15(), SHA256())
        return self._key.sign(message)
