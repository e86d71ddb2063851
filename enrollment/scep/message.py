"""A request as it arrives: its outer layer checked, its inner layer decrypted (RFC 8894 section 3)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from asn1crypto import cms, core
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from enrollment.authority import Authority
from enrollment.scep.envelope import open_envelope
from enrollment.scep.errors import Address, FailInfo, NotScep, ScepRefused
from enrollment.scep.request import CertificateRequest, check_poll, read_request
from mdm.apple.cms import (
    SIGNING_TIME,
    BadSignature,
    Signed,
    WeakSignature,
    unreadable_as,
    unverified_attributes,
    verify,
)

MESSAGE_TYPE = "2.16.840.1.113733.1.9.2"
PKI_STATUS = "2.16.840.1.113733.1.9.3"
FAIL_INFO = "2.16.840.1.113733.1.9.4"
SENDER_NONCE = "2.16.840.1.113733.1.9.5"
RECIPIENT_NONCE = "2.16.840.1.113733.1.9.6"
TRANSACTION_ID = "2.16.840.1.113733.1.9.7"
FAIL_INFO_TEXT = "1.3.6.1.5.5.7.24.1"
"""The attributes of RFC 8894 section 3.2."""

CLOCK_TOLERANCE = timedelta(days=1)
"""How far a tablet's clock may be off; where messages carry a time at all."""
_NONCE_BYTES = 16
_ID_LIMIT = 128


class MessageType(StrEnum):
    """What a message asks for."""

    CERT_REP = "3"
    RENEWAL_REQ = "17"
    PKCS_REQ = "19"
    CERT_POLL = "20"


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A request whose layers are checked; ``request`` is None in a poll; ``cipher`` is the sender's."""

    address: Address
    kind: MessageType
    signer: x509.Certificate
    signer_key: rsa.RSAPublicKey
    cipher: str
    request: CertificateRequest | None


def open_message(der: bytes, authority: Authority, now: datetime) -> Message:
    """Check and decrypt a request; costs milliseconds.

    Raises `NotScep` when nobody could be answered, and `ScepRefused`, addressed, for every other mistake.
    """
    try:
        signed = verify(der)
    except BadSignature as wrong:
        raise _refused_signature(der, wrong) from wrong
    address = _address(signed.attributes, signed.digest)
    try:
        return _opened(signed, address, authority, now)
    except ScepRefused as refused:
        raise refused.to(address) from refused


def _opened(signed: Signed, address: Address, authority: Authority, now: datetime) -> Message:
    kind = _message_type(signed.attributes)
    _check_time(signed.attributes, now)
    with unreadable_as(ScepRefused(FailInfo.BAD_MESSAGE_CHECK, "the signer's certificate cannot be read")):
        signer = x509.load_der_x509_certificate(signed.signer)
        key = signer.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise ScepRefused(FailInfo.BAD_ALG, "the signer's key is not RSA")
    inner, cipher = open_envelope(signed.content, authority)
    request = None
    if kind is MessageType.CERT_POLL:
        check_poll(inner)
    else:
        request = read_request(inner)
    return Message(address=address, kind=kind, signer=signer, signer_key=key, cipher=cipher, request=request)


def _refused_signature(der: bytes, wrong: BadSignature) -> NotScep | ScepRefused:
    try:
        address = _address(unverified_attributes(der), "sha256")
    except (BadSignature, NotScep):
        return NotScep(reason="it has no readable signature")
    if isinstance(wrong, WeakSignature):
        return ScepRefused(FailInfo.BAD_ALG, "the signature's algorithm or key is not accepted", address)
    return ScepRefused(FailInfo.BAD_MESSAGE_CHECK, "the signature is not right", address)


def _address(attributes: Mapping[str, bytes], digest: str) -> Address:
    with unreadable_as(NotScep(reason="its transaction or nonce is missing or malformed")):
        transaction = str(core.PrintableString.load(attributes[TRANSACTION_ID], strict=True).native)
        nonce = core.OctetString.load(attributes[SENDER_NONCE], strict=True).native
        if not (0 < len(transaction) <= _ID_LIMIT and transaction.isascii() and transaction.isprintable()):
            raise ValueError("transaction identifier")
        if len(nonce) != _NONCE_BYTES:
            raise ValueError("nonce")
        return Address(transaction_id=transaction, sender_nonce=nonce, digest=digest)


def _message_type(attributes: Mapping[str, bytes]) -> MessageType:
    try:
        kind = MessageType(str(core.PrintableString.load(attributes[MESSAGE_TYPE], strict=True).native))
    except (KeyError, ValueError, TypeError) as unknown:
        raise ScepRefused(FailInfo.BAD_REQUEST, "this type of message is not served") from unknown
    if kind is MessageType.CERT_REP:
        raise ScepRefused(FailInfo.BAD_REQUEST, "this type of message is not served")
    return kind


def _check_time(attributes: Mapping[str, bytes], now: datetime) -> None:
    if SIGNING_TIME not in attributes:
        return
    with unreadable_as(ScepRefused(FailInfo.BAD_TIME, "the time in the message cannot be read")):
        told = cms.Time.load(attributes[SIGNING_TIME], strict=True).native
        if not isinstance(told, datetime) or abs(told - now) > CLOCK_TOLERANCE:
            raise ScepRefused(FailInfo.BAD_TIME, "the tablet's clock is more than a day off")
