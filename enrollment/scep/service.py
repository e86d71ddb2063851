"""Answers SCEP's operations: who may have a certificate, and the same certificate for a repeated request.

A first certificate is given for a one-time challenge, a further one to whoever signs with one that is still good. The
request must be signed with the key that it asks to certify (RFC 8894 section 2.3), or, in a renewal, with the identity
that it renews; the answer is encrypted to that signer, so that a copied request gives its copier nothing.
"""

import asyncio
import hashlib
from collections.abc import Coroutine

import msgspec
import structlog
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from enrollment.authority import Authority
from enrollment.authority.certificate_store import add_certificate, certificate_of_serial
from enrollment.authority.certificates import serial_hex
from enrollment.scep.challenge_store import Grant, challenge_digest, find_grant, use_challenge
from enrollment.scep.errors import FailInfo, ScepRefused
from enrollment.scep.message import Message, MessageType, open_message
from enrollment.scep.reply import Replies
from enrollment.scep.request import CertificateRequest
from enrollment.scep.transaction_store import answered, remember
from mdm.clock import Clock
from mdm.journal import Journal
from mdm.store import Connection, Database

log = structlog.get_logger()

CAPABILITIES = b"AES\nDES3\nPOSTPKIOperation\nRenewal\nSCEPStandard\nSHA-256\nSHA-384\nSHA-512\n"
"""RFC 8894 section 3.5.2. SHA-1 is accepted too, but nobody is invited to use it.

strongSwan 5.9.8 reads the wrong bits: it takes DES3 for SHA-256, and SHA-384 for AES.
"""


class _Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A request in the store's terms. ``challenge`` or ``renewed`` (a serial) is set, never both."""

    transaction: str
    request_digest: str
    request: CertificateRequest
    challenge: str | None
    renewed: str | None


class ScepService:
    """SCEP's operations over the store. ``patience``: seconds until a tablet is asked to poll instead."""

    def __init__(
        self, database: Database, authority: Authority, journal: Journal, clock: Clock, *, patience: float = 20.0
    ) -> None:
        self._database = database
        self._authority = authority
        self._journal = journal
        self._clock = clock
        self._patience = patience
        self._replies = Replies(authority, clock)
        self._under_way: dict[str, tuple[str, asyncio.Task[bytes]]] = {}

    def capabilities(self) -> bytes:
        """Answer GetCACaps."""
        return CAPABILITIES

    def authority_chain(self) -> bytes:
        """Answer GetCACert: a degenerate PKCS #7 of the issuing authority and its root."""
        return self._replies.authority_chain()

    async def operate(self, body: bytes) -> bytes:
        """Answer PKIOperation with a CertRep.

        Raises `NotScep` when the message cannot be answered in the protocol, and StoreError when the store failed.
        """
        try:
            message = await asyncio.to_thread(open_message, body, self._authority, self._clock.now())
        except ScepRefused as refused:
            if refused.address is None:
                raise
            log.info("scep_refused", fail=refused.fail.name.lower(), reason=refused.reason)
            return await asyncio.to_thread(self._replies.failure, refused.address, refused)
        try:
            der = await self._decided(message)
        except ScepRefused as refused:
            log.info("scep_refused", fail=refused.fail.name.lower(), reason=refused.reason)
            return await asyncio.to_thread(self._replies.failure, message.address, refused)
        if der is None:
            log.info("scep_pending")
            return await asyncio.to_thread(self._replies.pending, message)
        return await asyncio.to_thread(self._success, message, der)

    async def _decided(self, message: Message) -> bytes | None:
        """Return the DER of the certificate, None when it takes longer than a tablet should wait."""
        if message.request is None:
            return await self._polled(message)
        wish = self._wish(message, message.request)
        digest, task = self._under_way.get(wish.transaction, ("", None))
        if task is None:
            task = self._begin(wish.transaction, wish.request_digest, self._issue(wish))
        elif digest != wish.request_digest:
            raise _other_request()
        return await self._result(task)

    def _begin(self, transaction: str, digest: str, work: Coroutine[None, None, bytes]) -> asyncio.Task[bytes]:
        task = asyncio.get_running_loop().create_task(work)
        self._under_way[transaction] = (digest, task)

        def forget(done: asyncio.Task[bytes]) -> None:
            del self._under_way[transaction]
            if not done.cancelled():
                done.exception()

        task.add_done_callback(forget)
        return task

    async def _result(self, task: asyncio.Task[bytes]) -> bytes | None:
        # Waiting without awaiting the task itself: when this caller goes away, the certificate is still recorded.
        done, _ = await asyncio.wait({task}, timeout=self._patience)
        return task.result() if done else None

    def _wish(self, message: Message, request: CertificateRequest) -> _Wish:
        identity = self._authority.identify(message.signer.public_bytes(Encoding.DER))
        own_key = message.signer_key == request.key
        if message.kind is MessageType.RENEWAL_REQ and identity is None:
            raise ScepRefused(FailInfo.BAD_REQUEST, "a renewal is signed with an identity of ours that is still valid")
        # Clients older than RFC 8894 renew by PKCSReq, signed with the old identity, and repeat their old challenge.
        if identity is not None:
            return _Wish(
                transaction=f"{message.address.transaction_id}:{identity.serial}",
                request_digest=hashlib.sha256(request.digest + message.signer.public_bytes(Encoding.DER)).hexdigest(),
                request=request,
                challenge=None,
                renewed=identity.serial,
            )
        if not own_key:
            raise ScepRefused(FailInfo.BAD_MESSAGE_CHECK, "the message is not signed with the key that it is about")
        return _Wish(
            transaction=message.address.transaction_id,
            request_digest=request.digest.hex(),
            request=request,
            challenge=challenge_digest(request.challenge or ""),
            renewed=None,
        )

    async def _issue(self, wish: _Wish) -> bytes:
        now = self._clock.ms()
        found = await self._database.read(lambda conn: self._grant(conn, wish, now))
        if isinstance(found, bytes):
            return found
        certificate = await asyncio.to_thread(self._authority.issue_identity, wish.request.key, found.slot_name)
        return await self._database.write(lambda conn: self._record(conn, wish, found, certificate))

    def _grant(self, conn: Connection, wish: _Wish, now: int) -> Grant | bytes:
        """Return what may be issued, or the certificate that the same request was answered with before."""
        before = answered(conn, wish.transaction)
        if before is not None:
            if before.request_digest != wish.request_digest:
                raise _other_request()
            return before.der
        if wish.challenge is not None:
            grant = find_grant(conn, wish.challenge, now)
            if grant is None:
                raise _no_challenge()
            return grant
        return _renewable(conn, wish.renewed or "")

    def _record(self, conn: Connection, wish: _Wish, grant: Grant, certificate: x509.Certificate) -> bytes:
        """Store the certificate, unless the same request was answered meanwhile; return the one that counts."""
        serial, now = serial_hex(certificate), self._clock.ms()
        first = remember(conn, wish.transaction, request_digest=wish.request_digest, serial=serial, now=now)
        if not first:
            before = answered(conn, wish.transaction)
            if before is None or before.request_digest != wish.request_digest:
                raise _other_request()
            return before.der
        if wish.challenge is not None and not use_challenge(conn, wish.challenge, serial, now):
            raise _no_challenge()
        add_certificate(
            conn,
            certificate,
            "identity",
            kit_id=grant.kit_id,
            slot_number=grant.slot_number,
            renews=grant.renews,
        )
        detail: dict[str, str | int | None] = {"kit": grant.kit_id, "slot": grant.slot_number, "renews": grant.renews}
        self._journal.record(
            conn,
            "identity_issued" if grant.renews is None else "identity_renewed",
            actor=f"ticket:{grant.ticket_id}" if wish.challenge is not None else f"certificate:{grant.renews}",
            subject=f"certificate:{serial}",
            detail=detail,
        )
        return certificate.public_bytes(Encoding.DER)

    async def _polled(self, message: Message) -> bytes | None:
        """Return the certificate that a polling tablet waits for, None when it must wait on."""
        transaction, serial = message.address.transaction_id, serial_hex(message.signer)
        for key, renews in ((transaction, None), (f"{transaction}:{serial}", serial)):
            _, task = self._under_way.get(key, ("", None))
            if task is not None:
                der = await self._result(task)
                return der if der is None else _for_poller(der, message, renews)
        found = await self._database.read(
            lambda conn: answered(conn, transaction) or answered(conn, f"{transaction}:{serial}")
        )
        if found is None:
            raise ScepRefused(FailInfo.BAD_CERT_ID, "nothing waits under this transaction")
        return _for_poller(found.der, message, found.renews)

    def _success(self, message: Message, der: bytes) -> bytes:
        return self._replies.success(message, x509.load_der_x509_certificate(der))


def _renewable(conn: Connection, serial: str) -> Grant:
    stored = certificate_of_serial(conn, serial)
    if stored is None or stored.purpose != "identity" or stored.revoked_at is not None:
        raise ScepRefused(FailInfo.BAD_CERT_ID, "the identity is unknown or revoked")
    slot = conn.one(
        "SELECT name FROM slot WHERE kit_id = :kit_id AND number = :number",
        kit_id=stored.kit_id,
        number=stored.slot_number,
    )
    if slot is None or stored.kit_id is None or stored.slot_number is None:
        raise ScepRefused(FailInfo.BAD_CERT_ID, "the identity's slot is no more")
    name = x509.load_der_x509_certificate(stored.der).subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return Grant(
        kit_id=stored.kit_id,
        slot_number=stored.slot_number,
        slot_name=str(name[0].value),
        ticket_id="",
        renews=serial,
    )


def _for_poller(der: bytes, message: Message, renews: str | None) -> bytes:
    same_key = x509.load_der_x509_certificate(der).public_key() == message.signer_key
    if not same_key and renews != serial_hex(message.signer):
        raise ScepRefused(FailInfo.BAD_CERT_ID, "the transaction is another signer's")
    return der


def _other_request() -> ScepRefused:
    return ScepRefused(FailInfo.BAD_REQUEST, "the transaction was used for another request")


def _no_challenge() -> ScepRefused:
    return ScepRefused(FailInfo.BAD_REQUEST, "the challenge is not good, was used, or ran out")
