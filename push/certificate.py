"""The MDM push certificate: asking for it, taking it in, and knowing how long it lasts.

Source: Apple, "Setting up push notifications for your MDM customers". The topic is the UID in its subject.
"""

import asyncio
from typing import Literal

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from mdm.clock import Clock, from_ms, to_ms
from mdm.ids import new_id
from mdm.journal import Journal
from mdm.store import Connection, Database
from mdm.vault import Vault
from push.certificate_store import (
    PushCertificate,
    PushRequest,
    current_certificate,
    forget_request,
    open_requests,
    save_certificate,
    save_request,
)
from push.errors import CertificateExpired, CertificateUnreadable, NoMatchingRequest, NotForMdm, OtherTopic

Level = Literal["missing", "expired", "urgent", "warning", "notice", "good"]

TOPIC_PREFIX = "com.apple.mgmt."
_KEY_PURPOSE = "push.key"
_DAY = 24 * 3600 * 1000
_LEVELS: tuple[tuple[int, Level], ...] = ((7, "urgent"), (30, "warning"), (60, "notice"))


class PushStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How the certificate stands; ``days_left`` and ``not_after`` (ms) are None when there is none."""

    level: Level
    topic: str = ""
    days_left: int | None = None
    not_after: int | None = None


def status_of(certificate: PushCertificate | None, now: int) -> PushStatus:
    """Return how a certificate stands at ``now`` (ms): a notice from 60 days, a warning from 30, urgent from 7."""
    if certificate is None:
        return PushStatus(level="missing")
    days = (certificate.not_after - now) // _DAY
    level: Level = next((name for limit, name in _LEVELS if days < limit), "good")
    if certificate.not_after <= now:
        level = "expired"
    return PushStatus(level=level, topic=certificate.topic, days_left=days, not_after=certificate.not_after)


def key_pem(certificate: PushCertificate, vault: Vault) -> bytes:
    """Return the certificate's private key, PEM."""
    return vault.open(certificate.sealed_key, _KEY_PURPOSE)


class PushCertificates:
    """Requests and imports."""

    def __init__(self, database: Database, clock: Clock, vault: Vault, journal: Journal) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._journal = journal

    async def request(self, organization: str, email: str, *, actor: str) -> bytes:
        """Make a key and return the certificate request, PEM; the key stays here, sealed."""
        csr, key = await asyncio.to_thread(_make_request, organization, email)
        request = PushRequest(
            request_id=new_id(self._clock),
            csr=csr.public_bytes(Encoding.DER),
            sealed_key=self._vault.seal(key, _KEY_PURPOSE),
        )

        def write(conn: Connection) -> None:
            save_request(conn, request, now=self._clock.ms())
            self._journal.record(conn, "push_request_made", actor=actor, subject=f"push_request:{request.request_id}")

        await self._database.write(write)
        return csr.public_bytes(Encoding.PEM)

    async def import_certificate(
        self, body: bytes, *, actor: str, key: bytes | None = None, force: bool = False
    ) -> PushStatus:
        """Take Apple's certificate in, with the key of its request or with ``key`` (PEM); return how it stands.

        Raises `CertificateUnreadable`, `NotForMdm`, `CertificateExpired`, `NoMatchingRequest`, or `OtherTopic` where
        the tablets were enrolled with another topic and ``force`` is not said.
        """
        certificate = _read(body)
        topic = _topic(certificate)
        not_after = to_ms(certificate.not_valid_after_utc)
        if not_after <= self._clock.ms():
            raise CertificateExpired(date=from_ms(not_after).date().isoformat())
        return await self._database.write(
            lambda conn: self._import(conn, certificate, topic, not_after, key, actor, force=force)
        )

    async def status(self) -> PushStatus:
        """Return how the certificate in use stands."""
        return await self._database.read(lambda conn: status_of(current_certificate(conn), self._clock.ms()))

    def _import(
        self,
        conn: Connection,
        certificate: x509.Certificate,
        topic: str,
        not_after: int,
        key: bytes | None,
        actor: str,
        *,
        force: bool,
    ) -> PushStatus:
        known = current_certificate(conn)
        if known is not None and known.topic != topic and not force:
            raise OtherTopic(found=topic, known=known.topic)
        sealed, request_id = self._key_for(conn, certificate, known, key)
        now = self._clock.ms()
        stored = PushCertificate(
            topic=topic,
            certificate=certificate.public_bytes(Encoding.PEM),
            sealed_key=sealed,
            not_after=not_after,
            imported_at=now,
        )
        save_certificate(conn, stored, actor=actor)
        if request_id is not None:
            forget_request(conn, request_id)
        self._journal.record(
            conn, "push_certificate_imported", actor=actor, subject=f"push:{topic}", detail={"not_after": not_after}
        )
        conn.publish("push", "certificate")
        return status_of(stored, now)

    def _key_for(
        self, conn: Connection, certificate: x509.Certificate, known: PushCertificate | None, key: bytes | None
    ) -> tuple[bytes, str | None]:
        """Return the sealed key that belongs to the certificate, and the request that it answers, if one does."""
        wanted = _public(certificate.public_key())
        if key is not None:
            try:
                private = load_pem_private_key(key, None)
            except (ValueError, TypeError) as error:
                raise NoMatchingRequest from error
            if _public(private.public_key()) != wanted:
                raise NoMatchingRequest
            plain = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            return self._vault.seal(plain, _KEY_PURPOSE), None
        for request in open_requests(conn):
            if _public(x509.load_der_x509_csr(request.csr).public_key()) == wanted:
                return request.sealed_key, request.request_id
        if known is not None and _public(_read(known.certificate).public_key()) == wanted:
            return known.sealed_key, None
        raise NoMatchingRequest


def _make_request(organization: str, email: str) -> tuple[x509.CertificateSigningRequest, bytes]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Valise, {organization}"[:64]),
            x509.NameAttribute(NameOID.EMAIL_ADDRESS, email),
        ]
    )
    csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return csr, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _read(body: bytes) -> x509.Certificate:
    try:
        if b"-----BEGIN" in body:
            return x509.load_pem_x509_certificate(body)
        return x509.load_der_x509_certificate(body)
    except ValueError as error:
        raise CertificateUnreadable from error


def _topic(certificate: x509.Certificate) -> str:
    for attribute in certificate.subject.get_attributes_for_oid(NameOID.USER_ID):
        if str(attribute.value).startswith(TOPIC_PREFIX):
            return str(attribute.value)
    raise NotForMdm


def _public(key: object) -> bytes:
    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]
    return encoded
