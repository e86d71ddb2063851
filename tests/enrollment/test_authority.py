"""The authority: what its certificates may do, how its keys rest, whom it recognises."""

import ssl
import stat
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from enrollment.authority import Authority, create_authority, load_authority
from enrollment.authority.certificates import serial_hex
from enrollment.authority.errors import AuthorityExists, AuthorityMissing, KeyFileExposed
from enrollment.authority.server_certificate import keep_server_certificate
from mdm.clock import ManualClock
from mdm.vault import Vault, VaultError

DER = Encoding.DER


@pytest.fixture
def copied(authority_folder: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir()
    for file in authority_folder.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
        (folder / file.name).chmod(file.stat().st_mode)
    return folder


def test_the_issuing_authority_is_what_ios_takes_for_scep(authority: Authority) -> None:
    usage = authority.issuing.extensions.get_extension_for_class(x509.KeyUsage).value
    # SecSCEP.c picks the certificate under the root that may both sign and encipher keys, and only RSA keys.
    assert usage.digital_signature
    assert usage.key_encipherment
    assert usage.key_cert_sign
    assert isinstance(authority.issuing.public_key(), rsa.RSAPublicKey)
    authority.issuing.verify_directly_issued_by(authority.root)
    constraints = authority.issuing.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (constraints.ca, constraints.path_length) == (True, 0)


def test_keys_rest_sealed_and_closed_to_others(authority_folder: Path) -> None:
    keys = list(authority_folder.glob("*.key.sealed"))
    assert len(keys) == 2
    for key in keys:
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert b"PRIVATE" not in key.read_bytes()
        assert key.read_bytes()[:1] != b"\x30"


def test_another_vault_opens_no_key(copied: Path, clock: ManualClock) -> None:
    with pytest.raises(VaultError):
        load_authority(copied, Vault(b"x" * 32), clock)


def test_one_sealed_key_does_not_pass_for_another(copied: Path, vault: Vault, clock: ManualClock) -> None:
    (copied / "issuing.key.sealed").write_bytes((copied / "root.key.sealed").read_bytes())
    with pytest.raises(VaultError):
        load_authority(copied, vault, clock)


def test_a_key_that_others_may_read_is_refused(copied: Path, vault: Vault, clock: ManualClock) -> None:
    (copied / "issuing.key.sealed").chmod(0o640)
    with pytest.raises(KeyFileExposed, match="issuing"):
        load_authority(copied, vault, clock)


def test_an_authority_is_never_overwritten(copied: Path, vault: Vault, clock: ManualClock) -> None:
    before = {file.name: file.read_bytes() for file in copied.iterdir()}
    with pytest.raises(AuthorityExists):
        create_authority(copied, vault, "Other", clock)
    assert {file.name: file.read_bytes() for file in copied.iterdir()} == before


def test_a_missing_file_is_named(copied: Path, vault: Vault, clock: ManualClock) -> None:
    (copied / "issuing.crt").unlink()
    with pytest.raises(AuthorityMissing, match=r"issuing\.crt"):
        load_authority(copied, vault, clock)


def test_the_issuing_certificate_is_renewed_in_time_with_its_key(copied: Path, vault: Vault) -> None:
    later = ManualClock(datetime(2024 + 9, 1, 1, tzinfo=UTC))
    old = x509.load_pem_x509_certificate((copied / "issuing.crt").read_bytes())
    renewed = load_authority(copied, vault, later)
    assert renewed.issuing.not_valid_after_utc > old.not_valid_after_utc
    assert renewed.issuing.public_key() == old.public_key()
    assert renewed.issuing.subject == old.subject
    renewed.issuing.verify_directly_issued_by(renewed.root)
    assert load_authority(copied, vault, later).issuing == renewed.issuing


def test_an_identity_from_before_the_renewal_is_still_known(copied: Path, vault: Vault, another_key) -> None:
    clock = ManualClock(datetime(2024 + 8, 1, 1, tzinfo=UTC) - timedelta(days=10))
    identity = load_authority(copied, vault, clock).issue_identity(another_key.public_key(), "Tablet")
    clock.advance(timedelta(days=30))
    renewed = load_authority(copied, vault, clock)
    assert renewed.issuing.serial_number != load_authority(copied, vault, clock).root.serial_number
    assert renewed.identify(identity.public_bytes(DER)) is not None


def test_an_identity_is_for_clients_and_for_a_year(authority: Authority, another_key, clock: ManualClock) -> None:
    certificate = authority.issue_identity(another_key.public_key(), "Cassiopée 07")
    assert certificate.not_valid_after_utc - clock.now() == timedelta(days=365)
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    known = authority.identify(certificate.public_bytes(DER))
    assert known is not None
    assert known.digest == certificate.fingerprint(hashes.SHA256()).hex()
    assert known.serial == serial_hex(certificate)


def test_names_longer_than_a_certificate_holds_are_cut(authority: Authority, another_key) -> None:
    name = authority.issue_identity(another_key.public_key(), "é" * 90).subject.rfc4514_string()
    assert "é" * 32 in name
    assert "é" * 33 not in name


def test_only_identities_in_their_time_are_recognised(authority: Authority, another_key, clock: ManualClock) -> None:
    identity = authority.issue_identity(another_key.public_key(), "Tablet").public_bytes(DER)
    for other in (
        authority.issue_server(ec.generate_private_key(ec.SECP256R1()).public_key(), ["localhost"]),
        authority.issue_signing(another_key.public_key()),
        authority.issuing,
        authority.root,
    ):
        assert authority.identify(other.public_bytes(DER)) is None
    assert authority.identify(identity) is not None
    clock.advance(timedelta(days=-1))
    assert authority.identify(identity) is None
    clock.advance(timedelta(days=366))
    assert authority.identify(identity) is None


def test_a_strangers_certificate_with_our_name_is_not_recognised(
    authority: Authority, another_key, clock: ManualClock
) -> None:
    real = authority.issue_identity(another_key.public_key(), "Tablet")
    forged = (
        x509.CertificateBuilder().subject_name(real.subject).issuer_name(authority.issuing.subject)
        .public_key(another_key.public_key()).serial_number(real.serial_number)
        .not_valid_before(clock.now() - timedelta(days=1)).not_valid_after(clock.now() + timedelta(days=9))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(another_key, hashes.SHA256())
    )  # fmt: skip
    assert authority.identify(forged.public_bytes(DER)) is None
    assert authority.identify(real.public_bytes(DER)[:-1] + b"\x00") is None
    assert authority.identify(b"") is None
    assert authority.identify(b"\x30\x80") is None


def test_the_server_certificate_is_kept_until_it_is_due(authority: Authority, copied: Path, clock: ManualClock) -> None:
    hosts = ["localhost", "127.0.0.1", "::1"]
    first = keep_server_certificate(copied, authority, hosts, clock)
    assert first.issued is not None
    assert first.issued.not_valid_after_utc - clock.now() < timedelta(days=825)
    assert stat.S_IMODE(first.key_file.stat().st_mode) == 0o600
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(first.certificate_file, first.key_file)
    assert keep_server_certificate(copied, authority, hosts, clock).issued is None
    assert keep_server_certificate(copied, authority, [*hosts, "tablets.example.fr"], clock).issued is not None
    clock.advance(timedelta(days=370))
    assert keep_server_certificate(copied, authority, hosts, clock).issued is not None


@pytest.mark.external
def test_openssl_verifies_the_chain(program: Callable[[str], str], authority: Authority, another_key, tmp_path) -> None:
    (tmp_path / "root.pem").write_bytes(authority.root.public_bytes(Encoding.PEM))
    (tmp_path / "issuing.pem").write_bytes(authority.issuing.public_bytes(Encoding.PEM))
    identity = authority.issue_identity(another_key.public_key(), "Cassiopée 07")
    (tmp_path / "identity.pem").write_bytes(identity.public_bytes(Encoding.PEM))
    moment = str(int(identity.not_valid_before_utc.timestamp()) + 7200)
    command = [
        program("openssl"), "verify", "-x509_strict", "-attime", moment, "-purpose", "sslclient", "-CAfile", "root.pem",
        "-untrusted", "issuing.pem", "identity.pem",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
