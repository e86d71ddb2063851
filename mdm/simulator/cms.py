"""Cryptographic messages (RFC 5652) as a tablet makes and reads them: signed, enveloped, certificates only.

RSA keys only, as iPads have for SCEP. AES in CBC with 128 or 256 bits; three-key 3DES is still read and made, and
single DES is read, since authorities that iPads enrol with today (micromdm/scep 2.1) still answer in it.
"""

import hashlib
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

import msgspec
from asn1crypto import algos, cms, core, parser
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding

from mdm.simulator.errors import CmsError

CipherName = Literal["aes128_cbc", "aes256_cbc", "tripledes_3key"]
DigestName = Literal["sha1", "sha256", "sha512"]

_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_SIGNING_TIME = "1.2.840.113549.1.9.5"
_KEY_BYTES: dict[str, int] = {"aes128_cbc": 16, "aes256_cbc": 32, "tripledes_3key": 24}
_READ = {*_KEY_BYTES, "des"}
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


class _Attribute(core.Sequence):  # type: ignore[misc]
    """An attribute whose type and values are left as they are."""

    _fields: ClassVar[list[tuple[Any, ...]]] = [
        ("type", core.ObjectIdentifier),
        ("values", core.SetOf, {"spec": core.Any}),
    ]


class _Attributes(core.SetOf):  # type: ignore[misc]
    _child_spec = _Attribute


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """A signed message whose signature holds; ``attributes`` are the signed ones, by their dotted names."""

    content: bytes
    signer: x509.Certificate
    certificates: tuple[x509.Certificate, ...]
    attributes: Mapping[str, Any]


def sign(
    content: bytes,
    key: rsa.RSAPrivateKey,
    certificate: x509.Certificate,
    *,
    attributes: Mapping[str, core.Asn1Value] | None = None,
    detached: bool = False,
    digest: DigestName = "sha256",
) -> bytes:
    """Return ``content`` signed, with the signer's certificate and with further signed attributes (dotted names)."""
    signed_values: dict[str, core.Asn1Value] = {
        _CONTENT_TYPE: core.ObjectIdentifier("1.2.840.113549.1.7.1"),
        _SIGNING_TIME: core.UTCTime(datetime.now(UTC)),
        _MESSAGE_DIGEST: core.OctetString(hashlib.new(digest, content).digest()),
        **(attributes or {}),
    }
    signed_attributes = _Attributes([{"type": name, "values": [value]} for name, value in signed_values.items()])
    to_sign = signed_attributes.dump()
    signature = key.sign(to_sign, padding.PKCS1v15(), _HASHES[digest]())
    own = asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
    signer = {
        "version": "v1",
        "sid": _issuer_and_serial(own),
        "digest_algorithm": {"algorithm": digest},
        "signed_attrs": cms.CMSAttributes.load(to_sign),
        "signature_algorithm": {"algorithm": "rsassa_pkcs1v15"},
        "signature": signature,
    }
    signed = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [{"algorithm": digest}],
            "encap_content_info": {"content_type": "data", **({} if detached else {"content": content})},
            "certificates": [own],
            "signer_infos": [signer],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())


def read_signed(message: bytes, *, known: tuple[x509.Certificate, ...] = ()) -> Signed:
    """Return what a signed message holds; ``known`` are certificates to find the signer among.

    Raises `CmsError` when it is malformed, has no content or no signer, or when its signature does not hold.
    """
    try:
        signed = _load(message, "signed_data")
        inside = tuple(_certificates(signed))
        content = signed["encap_content_info"]["content"].native
        if not isinstance(content, bytes):
            raise CmsError("the signed message has no content")
        if len(signed["signer_infos"]) != 1:
            raise CmsError("the signed message should have one signer")
        return _checked(signed["signer_infos"][0], content, inside, (*inside, *known))
    except (ValueError, KeyError, TypeError) as cause:
        raise CmsError(f"the signed message cannot be read: {cause}") from cause


def certificates_only(message: bytes) -> tuple[x509.Certificate, ...]:
    """Return the certificates of a message that holds nothing else (RFC 8894 section 3.4); raise `CmsError`."""
    try:
        return tuple(_certificates(_load(message, "signed_data")))
    except (ValueError, KeyError, TypeError) as cause:
        raise CmsError(f"the certificates cannot be read: {cause}") from cause


def encrypt(content: bytes, recipient: x509.Certificate, cipher: CipherName) -> bytes:
    """Return ``content`` enveloped for the holder of an RSA certificate; raise `CmsError` when it is none."""
    public_key = recipient.public_key()
    if not isinstance(public_key, rsa.RSAPublicKey):
        raise CmsError("only an RSA certificate can receive an enveloped message")
    key = os.urandom(_KEY_BYTES[cipher])
    vector = os.urandom(8 if cipher == "tripledes_3key" else 16)
    padder = PKCS7(len(vector) * 8).padder()
    encryptor = _cipher(cipher, key, vector).encryptor()
    sealed = encryptor.update(padder.update(content) + padder.finalize()) + encryptor.finalize()
    receiver = asn1_x509.Certificate.load(recipient.public_bytes(Encoding.DER))
    enveloped = cms.EnvelopedData(
        {
            "version": "v0",
            "recipient_infos": [
                cms.RecipientInfo(
                    "ktri",
                    {
                        "version": "v0",
                        "rid": cms.RecipientIdentifier(
                            "issuer_and_serial_number",
                            {"issuer": receiver.issuer, "serial_number": receiver.serial_number},
                        ),
                        "key_encryption_algorithm": {"algorithm": "rsaes_pkcs1v15"},
                        "encrypted_key": public_key.encrypt(key, padding.PKCS1v15()),
                    },
                )
            ],
            "encrypted_content_info": {
                "content_type": "data",
                "content_encryption_algorithm": algos.EncryptionAlgorithm(
                    {"algorithm": cipher, "parameters": core.OctetString(vector)}
                ),
                "encrypted_content": sealed,
            },
        }
    )
    return bytes(cms.ContentInfo({"content_type": "enveloped_data", "content": enveloped}).dump())


def decrypt(message: bytes, key: rsa.RSAPrivateKey) -> bytes:
    """Return what an enveloped message for ``key`` holds; raise `CmsError` when it cannot be opened."""
    try:
        enveloped = _load(message, "enveloped_data")
        recipient = enveloped["recipient_infos"][0].chosen
        _, described, sealed = _elements(enveloped["encrypted_content_info"].contents)
        algorithm = algos.EncryptionAlgorithm.load(described)
        name, vector = algorithm["algorithm"].native, algorithm["parameters"].native
        if name not in _READ:
            raise CmsError(f"this tablet does not read {name}")
        content_key = key.decrypt(recipient["encrypted_key"].native, padding.PKCS1v15())
        decryptor = _cipher(name, content_key, vector).decryptor()
        padded = decryptor.update(_octets(sealed)) + decryptor.finalize()
        unpadder = PKCS7(len(vector) * 8).unpadder()
        return unpadder.update(padded) + unpadder.finalize()
    except (ValueError, KeyError, TypeError, IndexError) as cause:
        raise CmsError(f"the enveloped message cannot be opened: {cause}") from cause


def _octets(encoded: bytes) -> bytes:
    """Return an octet string that BER may have cut into pieces, as micromdm/scep does and asn1crypto refuses."""
    _, constructed, _, _, contents, _ = parser.parse(encoded)
    return b"".join(map(_octets, _elements(contents))) if constructed else bytes(contents)


def _elements(contents: bytes) -> list[bytes]:
    """Return the encoded elements that lie one after the other; raise ValueError."""
    found = []
    while contents:
        length = parser.peek(contents)
        found.append(contents[:length])
        contents = contents[length:]
    return found


def _load(message: bytes, kind: str) -> Any:
    info = cms.ContentInfo.load(message)
    if info["content_type"].native != kind:
        raise CmsError(f"the message is {info['content_type'].native}, should be {kind}")
    return info["content"]


def _certificates(signed: Any) -> list[x509.Certificate]:
    choices = signed["certificates"]
    if isinstance(choices, core.Void):
        return []
    return [x509.load_der_x509_certificate(one.chosen.dump()) for one in choices if one.name == "certificate"]


def _checked(
    signer_info: Any, content: bytes, inside: tuple[x509.Certificate, ...], candidates: tuple[x509.Certificate, ...]
) -> Signed:
    signer = _signer_of(signer_info, candidates)
    digest = signer_info["digest_algorithm"]["algorithm"].native
    if digest not in _HASHES:
        raise CmsError(f"this tablet does not accept the digest {digest}")
    attributes: dict[str, Any] = {}
    to_verify = content
    if not isinstance(signer_info["signed_attrs"], core.Void):
        to_verify = signer_info["signed_attrs"].untag().dump(force=False)
        loaded = _Attributes.load(to_verify)
        attributes = {one["type"].dotted: one["values"][0].native for one in loaded if len(one["values"])}
        if attributes.get(_MESSAGE_DIGEST) != hashlib.new(digest, content).digest():
            raise CmsError("the content was altered: its digest is not the signed one")
    try:
        _verify(signer, signer_info["signature"].native, to_verify, _HASHES[digest]())
    except InvalidSignature as cause:
        raise CmsError("the signature does not hold") from cause
    return Signed(content=content, signer=signer, certificates=inside, attributes=attributes)


def _verify(signer: x509.Certificate, signature: bytes, signed: bytes, digest: hashes.HashAlgorithm) -> None:
    public_key = signer.public_key()
    if isinstance(public_key, rsa.RSAPublicKey):
        public_key.verify(signature, signed, padding.PKCS1v15(), digest)
    elif isinstance(public_key, ec.EllipticCurvePublicKey):
        public_key.verify(signature, signed, ec.ECDSA(digest))
    else:
        raise CmsError("the signer's key is of a kind that this tablet does not know")


def _signer_of(signer_info: Any, candidates: tuple[x509.Certificate, ...]) -> x509.Certificate:
    identifier = signer_info["sid"]
    for candidate in candidates:
        own = asn1_x509.Certificate.load(candidate.public_bytes(Encoding.DER))
        if identifier.name == "subject_key_identifier":
            if own.key_identifier == identifier.chosen.native:
                return candidate
        elif (
            identifier.chosen["serial_number"].native == own.serial_number
            and identifier.chosen["issuer"].dump() == own.issuer.dump()
        ):
            return candidate
    raise CmsError("the signer's certificate is not there")


def _issuer_and_serial(own: Any) -> Any:
    return cms.SignerIdentifier("issuer_and_serial_number", {"issuer": own.issuer, "serial_number": own.serial_number})


def _cipher(name: str, key: bytes, vector: bytes) -> Cipher[modes.CBC]:
    if name == "des":
        key *= 3  # what three-key DES does with one key, and cryptography no longer has by its own name
    return Cipher(AES(key) if name.startswith("aes") else TripleDES(key), modes.CBC(vector))
