"""The signature of an application file: scheme v2.

Source: Android, "APK Signature Scheme v2". The block lies before the central directory of the archive.
"""

import hashlib
import struct
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_ECDSA_SHA256 = 0x0201
_SCHEME = 0x7109871A
_MAGIC = b"APK Sig Block 42"
_CHUNK = 1024 * 1024
_END = b"PK\x05\x06"
_YEARS = 30


class SigningKey:
    """A publisher's key with its certificate."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        self._key = key
        self._certificate = certificate.public_bytes(serialization.Encoding.DER)

    @classmethod
    def create(cls, name: str) -> "SigningKey":
        """Make a key for a publisher of that name."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        begin = datetime(2024, 1, 1, tzinfo=UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + timedelta(days=365 * _YEARS))
            .sign(key, hashes.SHA256())
        )
        return cls(key, certificate)

    @property
    def certificate_digest(self) -> str:
        """The SHA-256 of the certificate, in hex."""
        return hashlib.sha256(self._certificate).hexdigest()

    def sign(self, archive: bytes) -> bytes:
        """Return an archive with its signature block."""
        end = archive.rindex(_END)
        directory = struct.unpack_from("<I", archive, end + 16)[0]
        digest = _digest((archive[:directory], archive[directory:end], archive[end:]))
        block = self._block(digest)
        moved = archive[end : end + 16] + struct.pack("<I", directory + len(block)) + archive[end + 20 :]
        return archive[:directory] + block + archive[directory:end] + moved

    def _block(self, digest: bytes) -> bytes:
        digests = _sized(_sized(struct.pack("<I", _ECDSA_SHA256) + _sized(digest)))
        signed = digests + _sized(_sized(self._certificate)) + _sized(b"")
        signature = self._key.sign(signed, ec.ECDSA(hashes.SHA256()))
        public = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        signatures = _sized(_sized(struct.pack("<I", _ECDSA_SHA256) + _sized(signature)))
        value = _sized(_sized(_sized(signed) + signatures + _sized(public)))
        pair = struct.pack("<QI", len(value) + 4, _SCHEME) + value
        size = struct.pack("<Q", len(pair) + 8 + len(_MAGIC))
        return size + pair + size + _MAGIC


def _digest(sections: Iterable[bytes]) -> bytes:
    chunks = [
        hashlib.sha256(b"\xa5" + struct.pack("<I", len(chunk)) + chunk).digest()
        for section in sections
        for chunk in (section[start : start + _CHUNK] for start in range(0, len(section), _CHUNK))
    ]
    return hashlib.sha256(b"\x5a" + struct.pack("<I", len(chunks)) + b"".join(chunks)).digest()


def _sized(content: bytes) -> bytes:
    return struct.pack("<I", len(content)) + content
