"""The authority's folder: its two certificates, and its two keys sealed by the vault.

The vault's key file is the one secret of the server; a copied folder of keys is worth nothing without it.
"""

from datetime import timedelta
from pathlib import Path

import structlog
from cryptography.x509.oid import NameOID

from enrollment.authority.authority import Authority
from enrollment.authority.certificates import (
    ISSUING_BITS,
    ROOT_BITS,
    Issuer,
    issuing_certificate,
    new_authority_key,
    root_certificate,
)
from enrollment.authority.errors import AuthorityExists
from enrollment.authority.key_files import (
    read_certificate,
    read_sealed_key,
    write_certificates,
    write_sealed_key,
)
from mdm.clock import Clock
from mdm.vault import Vault

log = structlog.get_logger()

ROOT_CERTIFICATE = "root.crt"
ISSUING_CERTIFICATE = "issuing.crt"
ROOT_KEY = "root.key.sealed"
ISSUING_KEY = "issuing.key.sealed"
RENEW_ISSUING = timedelta(days=2 * 365)
"""An issuing certificate with less life than this is renewed at start; no identity outlives it."""


def create_authority(
    directory: Path, vault: Vault, organization: str, clock: Clock, crl_url: str | None = None
) -> Authority:
    """Make a root and an issuing authority in ``directory`` (created, 0700); blocks for some seconds.

    Raises `AuthorityExists` when there is one already.
    """
    if any((directory / name).exists() for name in (ROOT_CERTIFICATE, ROOT_KEY, ISSUING_CERTIFICATE, ISSUING_KEY)):
        raise AuthorityExists(folder=str(directory))
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    now = clock.now()
    root_key, issuing_key = new_authority_key(ROOT_BITS), new_authority_key(ISSUING_BITS)
    root = Issuer(certificate=root_certificate(root_key, organization, now), key=root_key)
    issuing = issuing_certificate(root, issuing_key, organization, now)
    write_sealed_key(directory / ROOT_KEY, root_key, vault)
    write_sealed_key(directory / ISSUING_KEY, issuing_key, vault)
    write_certificates(directory / ISSUING_CERTIFICATE, issuing)
    write_certificates(directory / ROOT_CERTIFICATE, root.certificate)
    issuer = Issuer(certificate=issuing, key=issuing_key)
    return Authority(root=root.certificate, issuer=issuer, clock=clock, crl_url=crl_url)


def load_authority(directory: Path, vault: Vault, clock: Clock, crl_url: str | None = None) -> Authority:
    """Open the authority in ``directory``; renews the issuing certificate, with its own key, before it grows old.

    Raises `AuthorityMissing`, `KeyFileExposed`, or VaultError when the vault's key is not the one it was made with.
    """
    root = read_certificate(directory / ROOT_CERTIFICATE)
    issuing = read_certificate(directory / ISSUING_CERTIFICATE)
    key = read_sealed_key(directory / ISSUING_KEY, vault)
    now = clock.now()
    enough = min(now + RENEW_ISSUING, root.not_valid_after_utc)
    if issuing.not_valid_after_utc < enough:
        root_key = read_sealed_key(directory / ROOT_KEY, vault)
        organization = str(issuing.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value)
        # The same name and key: what the old certificate signed is under the new one too.
        issuing = issuing_certificate(Issuer(certificate=root, key=root_key), key, organization, now)
        write_certificates(directory / ISSUING_CERTIFICATE, issuing)
        log.info("issuing_certificate_renewed", until=issuing.not_valid_after_utc.date().isoformat())
    return Authority(root=root, issuer=Issuer(certificate=issuing, key=key), clock=clock, crl_url=crl_url)
