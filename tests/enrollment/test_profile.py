"""The enrollment profile: what Apple's schema says of it, what iOS needs of it, its signature."""

import hashlib
import plistlib
import stat
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from enrollment.authority.errors import CertificateUnusable, KeyFileExposed
from enrollment.errors import NotReadyToEnrol
from enrollment.profile import EnrollmentServer, Joining, build_profile
from enrollment.profile_signing import GivenSigner, OwnSigner
from enrollment.reservation import new_visit
from mdm.apple.cms import verify
from mdm.clock import ManualClock
from mdm.fleet.kit import Kit
from mdm.i18n import Catalogs

WORDS = Catalogs("enrollment")
JOINING = Joining(slot_name="Cassiopée 07", challenge="c" * 64)


@pytest.fixture
def server(authority) -> EnrollmentServer:
    return EnrollmentServer(
        organization="Ville de Mont-de-Marsan",
        device_url="https://tablets.example.fr:8443",
        topic="com.apple.mgmt.External.01a2",
        root=authority.root_der,
    )


def payload(profile: bytes, kind: str) -> dict:
    (found,) = [one for one in plistlib.loads(profile)["PayloadContent"] if one["PayloadType"] == kind]
    return found


@pytest.mark.parametrize("os_version", ["15.0", "17.4", "18.0"])
@pytest.mark.parametrize("supervised", [False, True])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_key_is_in_apples_schema(apple_schema, server, os_version: str, supervised: bool, language: str) -> None:
    profile = plistlib.loads(build_profile(server, JOINING, WORDS.for_language(language)))
    problems = apple_schema.check_profile(profile, os="iOS", os_version=os_version, supervised=supervised)
    assert problems == []


def test_the_mdm_payload_uses_the_scep_identity(server) -> None:
    profile = build_profile(server, JOINING, WORDS.for_language("fr"))
    mdm = payload(profile, "com.apple.mdm")
    assert mdm["IdentityCertificateUUID"] == payload(profile, "com.apple.security.scep")["PayloadUUID"]
    assert mdm["ServerURL"] == "https://tablets.example.fr:8443/mdm"
    assert mdm["Topic"] == server.topic
    assert mdm["AccessRights"] == 8191


def test_the_fingerprint_is_the_roots_sha1_which_is_what_ios_compares(server, authority) -> None:
    scep = payload(build_profile(server, JOINING, WORDS.for_language("fr")), "com.apple.security.scep")[
        "PayloadContent"
    ]
    assert scep["CAFingerprint"] == authority.root.fingerprint(hashes.SHA1())
    assert (scep["Keysize"], scep["Key Type"], scep["Key Usage"]) == (2048, "RSA", 5)
    assert scep["URL"] == "https://tablets.example.fr:8443/scep"


def test_a_profile_taken_again_replaces_the_one_before(server) -> None:
    names = []
    for challenge in ("a" * 64, "b" * 64):
        joining = Joining(slot_name="Other", challenge=challenge)
        profile = plistlib.loads(build_profile(server, joining, WORDS.for_language("en")))
        parts = [profile, *profile["PayloadContent"]]
        names.append([(part["PayloadIdentifier"], part["PayloadUUID"]) for part in parts])
    assert names[0] == names[1]
    assert len(set(names[0])) == 4


def test_names_with_any_character_survive(server) -> None:
    joining = Joining(slot_name="<Éole & ]]> 01>", challenge="c")
    profile = build_profile(server, joining, WORDS.for_language("fr"))
    assert plistlib.loads(profile)["PayloadDisplayName"].endswith("<Éole & ]]> 01>")


async def test_a_taken_profile_is_signed_under_our_root(room, kit: Kit) -> None:
    shown = await room.ticket(kit)
    signed = verify(await room.profiles.take(shown.secret, new_visit(), WORDS.for_language("fr")))
    assert signed.digest == "sha256"
    assert room.authority.issued(x509.load_der_x509_certificate(signed.signer))
    scep = payload(signed.content, "com.apple.security.scep")["PayloadContent"]
    assert scep["Subject"][1] == [["CN", "Cassiopée 01"]]
    stored = await room.database.read(lambda conn: conn.one("SELECT challenge_digest AS it FROM scep_challenge"))
    assert stored["it"] == hashlib.sha256(scep["Challenge"].encode()).hexdigest()


async def test_without_a_push_certificate_no_slot_is_taken(room, kit: Kit) -> None:
    shown = await room.ticket(kit)
    room.topics.topic = None
    with pytest.raises(NotReadyToEnrol):
        await room.profiles.look(shown.secret)
    with pytest.raises(NotReadyToEnrol):
        await room.profiles.take(shown.secret, new_visit(), WORDS.for_language("fr"))
    assert (await room.database.read(lambda conn: room.tickets.look(conn, shown.secret))).slot_name == "Cassiopée 01"


async def test_a_renewal_profile_is_for_identities_of_ours_only(room, kit: Kit, tablet) -> None:
    assert await room.profiles.renewal("abcdef", WORDS.for_language("fr")) is None
    answer = tablet.read(await room.scep.operate(tablet.first_request(await room.challenge(kit))))
    serial = f"{answer.certificate.serial_number:x}"
    profile = verify(await room.profiles.renewal(serial, WORDS.for_language("fr"))).content
    assert payload(profile, "com.apple.security.scep")["PayloadContent"]["Subject"][1] == [["CN", "Cassiopée 01"]]


def test_our_signing_certificate_is_kept_and_renewed(authority, vault, clock: ManualClock, tmp_path: Path) -> None:
    signer = OwnSigner(tmp_path, authority, vault, clock)
    first = verify(signer.sign(b"profile")).signer
    assert verify(OwnSigner(tmp_path, authority, vault, clock).sign(b"profile")).signer == first
    assert stat.S_IMODE((tmp_path / "signing.key.sealed").stat().st_mode) == 0o600
    clock.advance(timedelta(days=380))
    assert verify(signer.sign(b"profile")).signer != first


def test_a_half_written_signing_pair_is_made_anew(authority, vault, clock: ManualClock, tmp_path: Path) -> None:
    OwnSigner(tmp_path, authority, vault, clock).sign(b"profile")
    (tmp_path / "signing.key.sealed").unlink()
    assert verify(OwnSigner(tmp_path, authority, vault, clock).sign(b"profile")).content == b"profile"


def test_a_configured_certificate_signs_with_its_chain(authority, clock: ManualClock, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = authority.issue_server(key.public_key(), ["tablets.example.fr"])
    chain, key_file = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_bytes(certificate.public_bytes(Encoding.PEM) + authority.issuing.public_bytes(Encoding.PEM))
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key_file.chmod(0o644)
    with pytest.raises(KeyFileExposed):
        GivenSigner(chain, key_file)
    key_file.chmod(0o600)
    assert verify(GivenSigner(chain, key_file).sign(b"profile")).signer == certificate.public_bytes(Encoding.DER)
    chain.write_bytes(authority.issuing.public_bytes(Encoding.PEM))
    with pytest.raises(CertificateUnusable, match="another"):
        GivenSigner(chain, key_file)
    with pytest.raises(CertificateUnusable):
        GivenSigner(tmp_path / "nothing.pem", key_file)


@pytest.mark.external
def test_openssl_verifies_the_signed_profile(
    program: Callable[[str], str], authority, vault, clock: ManualClock, tmp_path: Path
) -> None:
    (tmp_path / "root.pem").write_bytes(authority.root.public_bytes(Encoding.PEM))
    signed = OwnSigner(tmp_path, authority, vault, clock).sign(b"a profile\n")
    moment = str(int(clock.now().timestamp()))
    command = [
        program("openssl"), "cms", "-verify", "-binary", "-inform", "DER", "-CAfile", "root.pem", "-purpose", "any",
        "-attime", moment,
    ]  # fmt: skip
    done = subprocess.run(command, input=signed, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == b"a profile\n"
