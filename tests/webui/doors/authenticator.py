"""An authenticator without a browser: makes passkeys and signs with them (WebAuthn Level 3, sections 6 and 7)."""

import hashlib
import json
import secrets
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from profiles.charter.ballot import decode, encode

_PRESENT_AND_VERIFIED = 0x05
_ATTESTED = 0x40


class Authenticator:
    """One passkey; ``count`` is what it counts up."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.count = 0
        self.credential = secrets.token_bytes(32)
        self._key = ec.generate_private_key(ec.SECP256R1())

    def make(self, options: bytes) -> str:
        """Answer `navigator.credentials.create`."""
        told = json.loads(options)
        numbers = self._key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.credential).to_bytes(2, "big") + self.credential + cbor2.dumps(public)
        data = self._data(told["rp"]["id"], _PRESENT_AND_VERIFIED | _ATTESTED) + attested
        client = self._client("webauthn.create", told["challenge"])
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._json({"clientDataJSON": encode(client), "attestationObject": encode(statement)})

    def sign(self, options: bytes, *, challenge: str = "", flags: int = _PRESENT_AND_VERIFIED) -> str:
        """Answer `navigator.credentials.get`."""
        told = json.loads(options)
        self.count += 1
        data = self._data(told["rpId"], flags)
        client = self._client("webauthn.get", challenge or told["challenge"])
        signature = self._key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        said: dict[str, Any] = {"clientDataJSON": encode(client), "authenticatorData": encode(data)}
        return self._json({**said, "signature": encode(signature)})

    def _data(self, party: str, flags: int) -> bytes:
        return hashlib.sha256(party.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _json(self, response: dict[str, Any]) -> str:
        name = encode(self.credential)
        return json.dumps(
            {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}
        )


def challenge_of(options: bytes) -> bytes:
    """What a browser is asked to sign."""
    return decode(json.loads(options)["challenge"])
