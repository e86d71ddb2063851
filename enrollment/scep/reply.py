"""Answers: CertRep with a certificate, a failure or a wait (RFC 8894 section 3.3.2), and GetCACert's chain."""

import hashlib
import os
from collections.abc import Mapping
from enum import StrEnum

from asn1crypto import cms, core
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from enrollment.authority import Authority
from enrollment.scep.envelope import seal_envelope
from enrollment.scep.errors import Address, ScepRefused
from enrollment.scep.message import (
    FAIL_INFO,
    FAIL_INFO_TEXT,
    MESSAGE_TYPE,
    PKI_STATUS,
    RECIPIENT_NONCE,
    SENDER_NONCE,
    TRANSACTION_ID,
    Message,
    MessageType,
)
from mdm.apple.cms import CONTENT_TYPE, HASHES, MESSAGE_DIGEST, SIGNING_TIME
from mdm.clock import Clock


class _Status(StrEnum):
    SUCCESS = "0"
    FAILURE = "2"
    PENDING = "3"


class Replies:
    """Writes the answers, signed by the issuing authority; each costs some milliseconds.

    A tablet is answered with the digest and the cipher that it used: those it certainly knows.
    """

    def __init__(self, authority: Authority, clock: Clock) -> None:
        self._authority = authority
        self._clock = clock

    def success(self, message: Message, certificate: x509.Certificate) -> bytes:
        """Return the answer with the certificate, encrypted to the request's signer."""
        only = pkcs7.serialize_certificates([certificate], Encoding.DER)
        envelope = seal_envelope(only, message.signer, message.cipher)
        return self._signed(message.address, _Status.SUCCESS, {}, envelope)

    def pending(self, message: Message) -> bytes:
        """Return the answer that asks to poll later."""
        return self._signed(message.address, _Status.PENDING, {}, b"")

    def failure(self, address: Address, refused: ScepRefused) -> bytes:
        """Return the answer that says why not."""
        more = {
            FAIL_INFO: core.PrintableString(str(int(refused.fail))),
            FAIL_INFO_TEXT: core.UTF8String(refused.reason),
        }
        return self._signed(address, _Status.FAILURE, more, b"")

    def authority_chain(self) -> bytes:
        """Return GetCACert's answer: the issuing authority, then its root, in a degenerate PKCS #7."""
        return pkcs7.serialize_certificates([self._authority.issuing, self._authority.root], Encoding.DER)

    def _signed(self, address: Address, status: _Status, more: Mapping[str, core.Asn1Value], content: bytes) -> bytes:
        digest = hashlib.new(address.digest, content).digest()
        attributes = {
            CONTENT_TYPE: cms.ContentType("data"),
            MESSAGE_DIGEST: core.OctetString(digest),
            SIGNING_TIME: cms.Time({"utc_time": self._clock.now()}),
            TRANSACTION_ID: core.PrintableString(address.transaction_id),
            MESSAGE_TYPE: core.PrintableString(MessageType.CERT_REP.value),
            PKI_STATUS: core.PrintableString(status.value),
            SENDER_NONCE: core.OctetString(os.urandom(16)),
            RECIPIENT_NONCE: core.OctetString(address.sender_nonce),
            **more,
        }
        signed_attributes = cms.CMSAttributes(
            [cms.CMSAttribute({"type": oid, "values": [value]}) for oid, value in attributes.items()]
        )
        issuing = cms.Certificate.load(self._authority.issuing.public_bytes(Encoding.DER))
        signer = {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                {
                    "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                        {
                            "issuer": issuing.issuer,
                            "serial_number": issuing["tbs_certificate"]["serial_number"],
                        }
                    )
                }
            ),
            "digest_algorithm": {"algorithm": address.digest},
            "signed_attrs": signed_attributes,
            "signature_algorithm": {"algorithm": "rsassa_pkcs1v15"},
            "signature": self._authority.sign(signed_attributes.dump(), HASHES[address.digest]()),
        }
        # Without an envelope the content is empty rather than absent: OpenSSL, and so certmonger, takes an absent one
        # for a detached signature and reads no failure at all.
        inner = {"content_type": "data", "content": content}
        signed = {
            "version": "v1",
            "digest_algorithms": [{"algorithm": address.digest}],
            "encap_content_info": inner,
            "certificates": [issuing],
            "signer_infos": [signer],
        }
        der: bytes = cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump()
        return der
