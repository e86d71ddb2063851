"""What a tablet asks for: a certificate request (PKCS #10, RFC 2986) with its challenge password."""

import hashlib

import msgspec
from asn1crypto import core, csr
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from enrollment.scep.errors import FailInfo, ScepRefused
from mdm.apple.cms import WeakSignature, unreadable_as

KEY_BITS = range(2048, 4096 + 1)
_HASHES = (hashes.SHA1, hashes.SHA256, hashes.SHA384, hashes.SHA512)
_UNREADABLE = "the request cannot be read"


class CertificateRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request whose own signature is right: the key to certify, and the challenge where there is one."""

    key: rsa.RSAPublicKey
    challenge: str | None
    digest: bytes


class _IssuerAndSubject(core.Sequence):  # type: ignore[misc]
    """RFC 8894 section 3.3.3."""

    _fields = [("issuer", asn1_x509.Name), ("subject", asn1_x509.Name)]  # noqa: RUF012


def read_request(der: bytes) -> CertificateRequest:
    """Return what a PKCS #10 request asks for; raise `ScepRefused` (badMessageCheck, badAlg)."""
    unreadable = ScepRefused(FailInfo.BAD_MESSAGE_CHECK, _UNREADABLE)
    try:
        with unreadable_as(unreadable):
            request = x509.load_der_x509_csr(der)
            if not isinstance(request.signature_hash_algorithm, _HASHES):
                raise WeakSignature(reason="its digest is not accepted")
            key = request.public_key()
            if not isinstance(key, rsa.RSAPublicKey) or key.key_size not in KEY_BITS:
                raise WeakSignature(reason="its key is not RSA of 2048 to 4096 bits")
            if not request.is_signature_valid:
                raise unreadable
            challenge = _challenge(der)
    except WeakSignature as weak:
        raise ScepRefused(FailInfo.BAD_ALG, "the request's key or digest is not accepted") from weak
    except InvalidSignature as wrong:
        raise unreadable from wrong
    return CertificateRequest(key=key, challenge=challenge, digest=hashlib.sha256(der).digest())


def check_poll(der: bytes) -> None:
    """Check what a tablet that polls sends inside: issuer and subject; raise `ScepRefused` (badMessageCheck)."""
    with unreadable_as(ScepRefused(FailInfo.BAD_MESSAGE_CHECK, _UNREADABLE)):
        names = _IssuerAndSubject.load(der, strict=True)
        if len(names["issuer"].chosen) + len(names["subject"].chosen) > 100:
            raise ValueError("too many names")


def _challenge(der: bytes) -> str | None:
    attributes = csr.CertificationRequest.load(der, strict=True)["certification_request_info"]["attributes"]
    if not isinstance(attributes, core.SetOf):
        return None
    for attribute in attributes:
        if attribute["type"].native == "challenge_password":
            values = attribute["values"]
            if len(values) != 1:
                raise ValueError("not one challenge")
            return str(values[0].native)
    return None
