"""The inner layer of a SCEP message: CMS enveloped data with one RSA recipient (RFC 5652 section 6).

AES-128-CBC and AES-256-CBC, and triple DES, which iOS still uses where it was told of nothing better.
"""

import os
from collections.abc import Mapping
from typing import Any

import msgspec
from asn1crypto import algos, cms
from cryptography import x509
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, CipherAlgorithm, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding

from enrollment.authority import Authority
from enrollment.scep.errors import FailInfo, ScepRefused
from mdm.apple.cms import unreadable_as


class _Kind(msgspec.Struct, frozen=True):
    algorithm: type[AES] | type[TripleDES]
    key_bytes: int
    block_bytes: int


_KINDS: Mapping[str, _Kind] = {
    "aes128_cbc": _Kind(AES, 16, 16),
    "aes256_cbc": _Kind(AES, 32, 16),
    "tripledes_3key": _Kind(TripleDES, 24, 8),
}
_RECIPIENTS = 8
_UNREADABLE = "the request cannot be decrypted"


def open_envelope(der: bytes, authority: Authority) -> tuple[bytes, str]:
    """Return what was encrypted to the authority, and the name of the cipher.

    Raises `ScepRefused`: badAlg for other algorithms; badMessageCheck, with no word more, for everything that does not
    decrypt, so that the answers of this server do not help to find what was inside.
    """
    unreadable = ScepRefused(FailInfo.BAD_MESSAGE_CHECK, _UNREADABLE)
    with unreadable_as(unreadable):
        info = cms.ContentInfo.load(der, strict=True)
        if info["content_type"].native != "enveloped_data":
            raise unreadable
        recipient = _our_part(info["content"]["recipient_infos"], authority)
        if recipient is None:
            raise unreadable
        inner = info["content"]["encrypted_content_info"]
        cipher = str(inner["content_encryption_algorithm"]["algorithm"].native)
        kind = _KINDS.get(cipher)
        if kind is None or recipient["key_encryption_algorithm"]["algorithm"].native != "rsaes_pkcs1v15":
            raise ScepRefused(FailInfo.BAD_ALG, "the encryption is not AES-CBC or triple DES with an RSA key")
        key = authority.decrypt(recipient["encrypted_key"].native)
        # A key of the wrong length is treated like any wrong key, so that the RSA padding leaks nothing (RFC 3218).
        key = key if len(key) == kind.key_bytes else os.urandom(kind.key_bytes)
        iv = inner["content_encryption_algorithm"]["parameters"].native
        return _decrypt(kind, key, iv, inner["encrypted_content"].native), cipher


def seal_envelope(plain: bytes, recipient: x509.Certificate, cipher: str) -> bytes:
    """Return ``plain`` encrypted to a certificate with an RSA key, with a cipher that `open_envelope` names."""
    kind = _KINDS[cipher]
    public = recipient.public_key()
    if not isinstance(public, rsa.RSAPublicKey):
        raise ScepRefused(FailInfo.BAD_ALG, "the signer's key is not RSA")
    key, iv = os.urandom(kind.key_bytes), os.urandom(kind.block_bytes)
    padder = PKCS7(kind.block_bytes * 8).padder()
    encryptor = Cipher(_algorithm(kind, key), modes.CBC(iv)).encryptor()
    encrypted = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    certificate = cms.Certificate.load(recipient.public_bytes(Encoding.DER))
    identifier = cms.IssuerAndSerialNumber(
        {"issuer": certificate.issuer, "serial_number": certificate["tbs_certificate"]["serial_number"]}
    )
    transport = {
        "version": "v0",
        "rid": cms.RecipientIdentifier({"issuer_and_serial_number": identifier}),
        "key_encryption_algorithm": {"algorithm": "rsaes_pkcs1v15"},
        "encrypted_key": public.encrypt(key, padding.PKCS1v15()),
    }
    content = {
        "content_type": "data",
        "content_encryption_algorithm": algos.EncryptionAlgorithm({"algorithm": cipher, "parameters": iv}),
        "encrypted_content": encrypted,
    }
    enveloped = {
        "version": "v0",
        "recipient_infos": [cms.RecipientInfo({"ktri": transport})],
        "encrypted_content_info": content,
    }
    der: bytes = cms.ContentInfo({"content_type": "enveloped_data", "content": enveloped}).dump()
    return der


def _our_part(recipients: Any, authority: Authority) -> Any:
    """Return the part for our key: the one that names it, or else the only one, from before a renewal."""
    parts = [one.chosen for one in recipients if one.name == "ktri"]
    if not 0 < len(recipients) <= _RECIPIENTS:
        return None
    for part in parts:
        named = part["rid"].chosen
        if part["rid"].name == "issuer_and_serial_number" and (
            named["serial_number"].native == authority.issuing.serial_number
        ):
            return part
    return parts[0] if len(parts) == 1 else None


def _decrypt(kind: _Kind, key: bytes, iv: bytes, encrypted: bytes) -> bytes:
    decryptor = Cipher(_algorithm(kind, key), modes.CBC(iv)).decryptor()
    padded = decryptor.update(encrypted) + decryptor.finalize()
    unpadder = PKCS7(kind.block_bytes * 8).unpadder()
    return unpadder.update(padded) + unpadder.finalize()


def _algorithm(kind: _Kind, key: bytes) -> CipherAlgorithm:
    return kind.algorithm(key)
