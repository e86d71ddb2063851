"""Signing the enrollment profile: with a certificate that tablets know already, or with one of our own authority.

A tablet shows "Verified" when it knows the signer: with the server's public TLS certificate at once, with ours after it
has our root.
"""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, pkcs7

from enrollment.authority import Authority
from enrollment.authority.certificates import new_authority_key
from enrollment.authority.errors import AuthorityMissing, CertificateUnusable
from enrollment.authority.key_files import (
    read_certificate,
    read_private,
    read_sealed_key,
    write_certificates,
    write_sealed_key,
)
from mdm.clock import Clock
from mdm.vault import Vault

RENEW_SIGNING = timedelta(days=30)
_KEY_BITS = 3072
_CERTIFICATE = "signing.crt"
_KEY = "signing.key.sealed"
_Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class ProfileSigner(Protocol):
    """Signs profiles; takes milliseconds, now and then a second: call it off the loop."""

    def sign(self, profile: bytes) -> bytes:
        """Return the profile inside a CMS signature, DER."""
        ...


class GivenSigner:
    """Signs with the certificate and key that the configuration names."""

    def __init__(self, certificate_file: Path, key_file: Path) -> None:
        try:
            chain = x509.load_pem_x509_certificates(certificate_file.read_bytes())
            key = load_pem_private_key(read_private(key_file), None)
        except (OSError, ValueError, TypeError) as error:
            raise CertificateUnusable(file=str(certificate_file), reason=str(error)) from error
        if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise CertificateUnusable(file=str(certificate_file), reason="the key is neither RSA nor EC")
        if key.public_key() != chain[0].public_key():
            raise CertificateUnusable(file=str(certificate_file), reason="the key is another certificate's")
        self._chain = chain
        self._key: _Key = key

    def sign(self, profile: bytes) -> bytes:
        """Return the profile inside a CMS signature, DER."""
        return _signed(profile, self._chain[0], self._key, self._chain[1:])


class OwnSigner:
    """Signs with a certificate of our authority, which it makes in ``directory`` and renews 30 days before its end."""

    def __init__(self, directory: Path, authority: Authority, vault: Vault, clock: Clock) -> None:
        self._directory = directory
        self._authority = authority
        self._vault = vault
        self._clock = clock
        self._lock = threading.Lock()
        self._pair: tuple[x509.Certificate, rsa.RSAPrivateKey] | None = None

    def sign(self, profile: bytes) -> bytes:
        """Return the profile inside a CMS signature, DER."""
        certificate, key = self._current()
        return _signed(profile, certificate, key, [self._authority.issuing])

    def _current(self) -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
        with self._lock:
            if self._pair is None:
                self._pair = self._stored()
            if self._pair is None or self._pair[0].not_valid_after_utc - self._clock.now() < RENEW_SIGNING:
                self._pair = self._made()
            return self._pair

    def _stored(self) -> tuple[x509.Certificate, rsa.RSAPrivateKey] | None:
        if not (self._directory / _CERTIFICATE).exists():
            return None
        certificate = read_certificate(self._directory / _CERTIFICATE)
        try:
            key = read_sealed_key(self._directory / _KEY, self._vault)
        except AuthorityMissing:
            return None
        # Two processes that make one at the same time may leave the certificate of one with the key of the other.
        usable = self._authority.issued(certificate) and certificate.public_key() == key.public_key()
        return (certificate, key) if usable else None

    def _made(self) -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
        key = new_authority_key(_KEY_BITS)
        certificate = self._authority.issue_signing(key.public_key())
        write_sealed_key(self._directory / _KEY, key, self._vault)
        write_certificates(self._directory / _CERTIFICATE, certificate, self._authority.issuing)
        return certificate, key


def _signed(profile: bytes, certificate: x509.Certificate, key: _Key, chain: list[x509.Certificate]) -> bytes:
    builder = pkcs7.PKCS7SignatureBuilder().set_data(profile).add_signer(certificate, key, hashes.SHA256())
    for above in chain:
        builder = builder.add_certificate(above)
    return builder.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoCapabilities])
