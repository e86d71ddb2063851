"""CMS signatures (RFC 5652): the ``Mdm-Signature`` header, and the outer layer of a SCEP message.

What a tablet signs with is accepted: RSA (PKCS #1 v1.5) of 2048 bits or more and ECDSA, over SHA-256 or longer, or
SHA-1, which iOS still uses. Whose certificate it is and who issued it is not judged here.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

import msgspec
from asn1crypto import cms, core
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from mdm.errors import ValiseError
from mdm.i18n import N_

CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"

HASHES: Mapping[str, type[hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
"""The digests that are accepted, by their names in CMS."""
_RSA_BITS = range(2048, 8192 + 1)
_CERTIFICATES = 10
_ATTRIBUTES = 32


class BadSignature(ValiseError):
    """The signature is malformed, or is not that of the content."""

    code: ClassVar[str] = "signature_wrong"
    status: ClassVar[int] = 400
    message: ClassVar[str] = N_("The signature cannot be accepted: {reason}.")


class WeakSignature(BadSignature):
    """The signature's algorithms or key are unknown or too weak."""

    code: ClassVar[str] = "signature_weak"


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """A verified message: its content, the DER of the signer's certificate, and the signed attributes.

    ``attributes`` has, by dotted OID, the DER of the attribute's only value; ``digest`` is sha1, sha256, sha384 or
    sha512.
    """

    content: bytes
    content_type: str
    signer: bytes
    attributes: Mapping[str, bytes]
    digest: str


def verify_detached(signature: bytes, body: bytes) -> bytes:
    """Return the DER of the certificate that signed ``body``; raise `BadSignature` when none did.

    Source: Apple, ``SignMessage`` of com.apple.mdm; RFC 5652 sections 5.4 and 5.6.
    """
    return verify(signature, body).signer


def verify(message: bytes, detached: bytes | None = None) -> Signed:
    """Return what one signer signed: ``detached``, or the content inside the message when that is None.

    Raises `BadSignature`, and `WeakSignature` for algorithms that are not accepted. Signed attributes are required, as
    without them a signature over attributes could pass for one over content.
    """
    with unreadable_as(BadSignature(reason="it is not a signed message")):
        info = cms.ContentInfo.load(message, strict=True)
        if info["content_type"].native != "signed_data":
            raise BadSignature(reason="it is not a signed message")
        signed = info["content"]
        if len(signed["signer_infos"]) != 1:
            raise BadSignature(reason="it has not exactly one signer")
        signer = signed["signer_infos"][0]
        inner = signed["encap_content_info"]
        content = detached if detached is not None else inner["content"].native
        if not isinstance(content, bytes):
            raise BadSignature(reason="the content is missing")
        certificate = _certificate_of(signer["sid"], signed["certificates"])
        attributes = _attributes(signer["signed_attrs"])
        digest = str(signer["digest_algorithm"]["algorithm"].native)
        if digest not in HASHES:
            raise WeakSignature(reason="its digest is not accepted")
        _check_attributes(attributes, inner["content_type"].dotted, hashlib.new(digest, content).digest())
        _check_signature(certificate, signer, digest)
        return Signed(
            content=content,
            content_type=str(inner["content_type"].native),
            signer=certificate,
            attributes=attributes,
            digest=digest,
        )


def unverified_attributes(message: bytes) -> Mapping[str, bytes]:
    """Return the signed attributes of a message that `verify` refused, to tell its sender which one was refused.

    Raises `BadSignature` when there are none to read.
    """
    with unreadable_as(BadSignature(reason="it is not a signed message")):
        signed = cms.ContentInfo.load(message)["content"]
        return _attributes(signed["signer_infos"][0]["signed_attrs"])


@contextmanager
def unreadable_as(error: ValiseError) -> Iterator[None]:
    """Turn what the ASN.1 and certificate parsers raise on malformed input into ``error``."""
    try:
        yield
    except ValiseError:
        raise
    except UnsupportedAlgorithm as unknown:
        raise WeakSignature(reason="its algorithm is not known") from unknown
    except (
        ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError, x509.InvalidVersion
    ) as broken:  # fmt: skip
        raise error from broken


def _certificate_of(identifier: Any, certificates: Any) -> bytes:
    if not isinstance(certificates, core.SetOf) or len(certificates) > _CERTIFICATES:
        raise BadSignature(reason="the signer's certificate is missing")
    for choice in certificates:
        if choice.name != "certificate":
            continue
        certificate = choice.chosen
        if identifier.name == "issuer_and_serial_number":
            wanted = identifier.chosen
            body = certificate["tbs_certificate"]
            found = (
                body["serial_number"].native == wanted["serial_number"].native
                and body["issuer"].dump() == wanted["issuer"].dump()
            )
        else:
            found = certificate.key_identifier is not None and certificate.key_identifier == identifier.chosen.native
        if found:
            return bytes(certificate.dump())
    raise BadSignature(reason="the signer's certificate is missing")


def _attributes(signed_attributes: Any) -> dict[str, bytes]:
    if not isinstance(signed_attributes, core.SetOf) or not 0 < len(signed_attributes) <= _ATTRIBUTES:
        raise BadSignature(reason="it has no signed attributes")
    found: dict[str, bytes] = {}
    for attribute in signed_attributes:
        oid = str(attribute["type"].dotted)
        if oid in found:
            raise BadSignature(reason="it has an attribute twice")
        if len(attribute["values"]) == 1:
            found[oid] = bytes(attribute["values"][0].dump())
    return found


def _check_attributes(attributes: Mapping[str, bytes], content_type: str, digest: bytes) -> None:
    told = core.ObjectIdentifier.load(attributes.get(CONTENT_TYPE, b""), strict=True).dotted
    if told != content_type:
        raise BadSignature(reason="its content type is not the signed one")
    signed_digest = core.OctetString.load(attributes.get(MESSAGE_DIGEST, b""), strict=True).native
    if not hmac.compare_digest(signed_digest, digest):
        raise BadSignature(reason="the content was changed")


def _check_signature(certificate: bytes, signer: Any, digest: str) -> None:
    algorithm = signer["signature_algorithm"]
    name = str(algorithm["algorithm"].native)
    # RFC 5652 section 5.4: what is signed is the attributes' encoding as a SET, not the one with the tag [0].
    data = b"\x31" + signer["signed_attrs"].dump()[1:]
    signature = signer["signature"].native
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except (ValueError, x509.InvalidVersion, UnsupportedAlgorithm) as unreadable:
        raise BadSignature(reason="its certificate cannot be read") from unreadable
    chosen = HASHES[digest]()
    try:
        if isinstance(key, rsa.RSAPublicKey) and name in ("rsassa_pkcs1v15", f"{digest}_rsa"):
            if key.key_size not in _RSA_BITS:
                raise WeakSignature(reason="its key has the wrong size")
            key.verify(signature, data, padding.PKCS1v15(), chosen)
        elif isinstance(key, ec.EllipticCurvePublicKey) and name in ("ecdsa", f"{digest}_ecdsa"):
            if key.curve.key_size < 256:
                raise WeakSignature(reason="its key has the wrong size")
            key.verify(signature, data, ec.ECDSA(chosen))
        else:
            raise WeakSignature(reason="its algorithm is not accepted")
    except InvalidSignature as wrong:
        raise BadSignature(reason="it was not made with the certificate's key") from wrong
