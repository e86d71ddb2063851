"""Files of keys and certificates: written whole or not at all, keys readable by their owner only."""

import os
import secrets
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from enrollment.authority.errors import AuthorityMissing, KeyFileExposed
from mdm.vault import Vault

_PRIVATE = 0o600
_PUBLIC = 0o644
_PURPOSE = "key file "


def write_sealed_key(path: Path, key: rsa.RSAPrivateKey, vault: Vault) -> None:
    """Write a private key as PKCS #8, sealed by the vault under the file's own name."""
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    write_whole(path, vault.seal(plain, _PURPOSE + path.name), private=True)


def read_sealed_key(path: Path, vault: Vault) -> rsa.RSAPrivateKey:
    """Return a key that `write_sealed_key` wrote.

    Raises `AuthorityMissing`, `KeyFileExposed`, or VaultError when it was sealed with another vault.
    """
    plain = vault.open(read_private(path), _PURPOSE + path.name)
    # The vault has authenticated these bytes as our own, so that the slow check of the RSA numbers proves nothing.
    key = load_der_private_key(plain, None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise AuthorityMissing(file=str(path))
    return key


def write_plain_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    """Write a private key as unencrypted PEM, for programs that read it themselves (TLS)."""
    write_whole(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), private=True)


def write_certificates(path: Path, *chain: x509.Certificate) -> None:
    """Write certificates as PEM, one after the other."""
    write_whole(path, b"".join(one.public_bytes(Encoding.PEM) for one in chain), private=False)


def read_certificate(path: Path) -> x509.Certificate:
    """Return the first certificate of a PEM file; raise `AuthorityMissing`."""
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())[0]
    except (OSError, ValueError) as error:
        raise AuthorityMissing(file=str(path)) from error


def read_private(path: Path) -> bytes:
    """Return a private file's content; raise `AuthorityMissing`, or `KeyFileExposed` when others may read it."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise KeyFileExposed(file=str(path))
            return file.read()
    except OSError as error:
        raise AuthorityMissing(file=str(path)) from error


def write_whole(path: Path, content: bytes, *, private: bool) -> None:
    """Write a file durably, in one step for whoever reads it."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE if private else _PUBLIC)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
