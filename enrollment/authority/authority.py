"""The authority at work: what it signs, and whom it recognises. Nothing here waits or writes."""

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from enrollment.authority import certificates
from enrollment.authority.certificates import Issuer, serial_hex
from mdm.apple.identity import Identity
from mdm.clock import Clock, to_ms


class Authority:
    """The issuing authority and the root above it. Signing costs milliseconds: call it off the loop.

    ``crl_url`` is where tablets' certificates say that the revocation list is.
    """

    def __init__(self, *, root: x509.Certificate, issuer: Issuer, clock: Clock, crl_url: str | None = None) -> None:
        self.root = root
        self._issuer = issuer
        self._clock = clock
        self._crl_url = crl_url

    @property
    def issuing(self) -> x509.Certificate:
        """The issuing authority's certificate."""
        return self._issuer.certificate

    @property
    def root_der(self) -> bytes:
        """The root, as the enrollment profile carries it."""
        return self.root.public_bytes(Encoding.DER)

    def issue_identity(self, key: rsa.RSAPublicKey, name: str) -> x509.Certificate:
        """Return a tablet's identity, for one year; ``name`` is what its common name shows."""
        return certificates.identity_certificate(self._issuer, key, name, self._clock.now(), self._crl_url)

    def issue_server(self, key: ec.EllipticCurvePublicKey, hosts: Sequence[str]) -> x509.Certificate:
        """Return a TLS certificate for this server's names and addresses."""
        return certificates.server_certificate(self._issuer, key, hosts, self._clock.now())

    def issue_signing(self, key: certificates.PublicKey) -> x509.Certificate:
        """Return a certificate to sign profiles with."""
        return certificates.signing_certificate(self._issuer, key, self._clock.now())

    def issued(self, certificate: x509.Certificate) -> bool:
        """Tell whether the issuing authority signed ``certificate``, whatever its dates and purpose."""
        try:
            certificate.verify_directly_issued_by(self.issuing)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True

    def identify(self, der: bytes) -> Identity | None:
        """Return the identity in a tablet's certificate, None when it is not ours, not for a tablet, or not in time.

        Whether it is revoked or replaced the store knows, by the identity that an enrollment is pinned to.
        """
        try:
            certificate = x509.load_der_x509_certificate(der)
            usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except (ValueError, x509.ExtensionNotFound, x509.InvalidVersion):
            return None
        now = self._clock.now()
        in_time = certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc
        if not in_time or ExtendedKeyUsageOID.CLIENT_AUTH not in usage or not self.issued(certificate):
            return None
        return Identity(
            digest=certificate.fingerprint(hashes.SHA256()).hex(),
            serial=serial_hex(certificate),
            expires=to_ms(certificate.not_valid_after_utc),
        )

    def decrypt(self, encrypted: bytes) -> bytes:
        """Return what was encrypted to the issuing key with RSA PKCS #1 v1.5.

        Wrong padding gives other bytes rather than an error (implicit rejection), so that nobody learns from it.
        Raises ValueError for a length that cannot be right.
        """
        return self._issuer.key.decrypt(encrypted, padding.PKCS1v15())

    def sign(self, data: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
        """Return the issuing key's RSA PKCS #1 v1.5 signature."""
        return self._issuer.key.sign(data, padding.PKCS1v15(), algorithm)

    def sign_revocation_list(
        self, revoked: Sequence[x509.RevokedCertificate], number: int, until: datetime
    ) -> x509.CertificateRevocationList:
        """Return the numbered list of revoked certificates (RFC 5280 section 5), good until ``until``."""
        builder = (
            x509.CertificateRevocationListBuilder(revoked_certificates=list(revoked))
            .issuer_name(self.issuing.subject)
            .last_update(self._clock.now())
            .next_update(until)
            .add_extension(x509.CRLNumber(number), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._issuer.key.public_key()), critical=False
            )
        )
        return builder.sign(self._issuer.key, hashes.SHA256())
