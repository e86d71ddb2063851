"""A kit of three places, an authority, the enrollment room around them, and a tablet that speaks SCEP."""

import asyncio
import os
import secrets
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from asn1crypto import cms, core
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs7
from cryptography.x509.oid import NameOID
from prometheus_client import CollectorRegistry
from twisted.internet.defer import maybeDeferred
from twisted.web.resource import Resource

from enrollment.authority import Authority, create_authority, load_authority
from enrollment.authority.certificate_store import add_authority
from enrollment.authority.revocation import RevocationLists
from enrollment.claims import IssuedClaims
from enrollment.kit_codes import KitCodes
from enrollment.pages import EnrollmentPages
from enrollment.profile_service import EnrollmentProfiles, ServerFacts
from enrollment.profile_signing import OwnSigner
from enrollment.provisioning import AgentFile, WifiNetwork
from enrollment.reservation import Reservations
from enrollment.resources import (
    BODY_LIMITS,
    RevocationListResource,
    RootCertificateResource,
    ScepResource,
    TicketResource,
)
from enrollment.scep.service import ScepService
from enrollment.tickets import ShownTicket, Tickets
from mdm.apple.cms import verify
from mdm.clock import Clock, ManualClock, SystemClock
from mdm.fleet.fleet import Fleet
from mdm.fleet.kit import Kit
from mdm.fleet.tablet import Platform
from mdm.i18n import Catalogs
from mdm.journal import Journal
from mdm.listener.site import DeviceSite, InFlight
from mdm.store import Connection, Database
from mdm.vault import Vault

ACTOR = "account:test"
DEVICE_URL = "https://tablets.example.fr"
TOPIC = "com.apple.mgmt.External.01a2"
HOURS = timedelta(hours=12)
CATALOGS = Catalogs("enrollment", "mdm", "mdm.fleet", "mdm.apple")

MESSAGE_TYPE = "2.16.840.1.113733.1.9.2"
PKI_STATUS = "2.16.840.1.113733.1.9.3"
FAIL_INFO = "2.16.840.1.113733.1.9.4"
SENDER_NONCE = "2.16.840.1.113733.1.9.5"
RECIPIENT_NONCE = "2.16.840.1.113733.1.9.6"
TRANSACTION_ID = "2.16.840.1.113733.1.9.7"


@pytest.fixture(scope="session")
def vault() -> Vault:
    return Vault(b"k" * 32)


@pytest.fixture(scope="session")
def authority_folder(tmp_path_factory: pytest.TempPathFactory, vault: Vault) -> Path:
    """An authority that begins years ago, so that it is valid on every clock of these tests."""
    folder = tmp_path_factory.mktemp("authority")
    create_authority(folder, vault, "Ville de Mont-de-Marsan", ManualClock(datetime(2024, 1, 1, tzinfo=UTC)))
    return folder


@pytest.fixture
def authority(authority_folder: Path, vault: Vault, clock: ManualClock) -> Authority:
    return load_authority(authority_folder, vault, clock, f"{DEVICE_URL}/crl")


@pytest.fixture
def journal(clock: ManualClock) -> Journal:
    return Journal(clock)


@pytest.fixture
async def kit(database: Database, clock: ManualClock, journal: Journal) -> Kit:
    fleet = Fleet(database, clock, journal)
    landes = await fleet.create_territory("Landes", actor=ACTOR)
    await fleet.create_commune("40192", "Mont-de-Marsan", territory_id=landes.territory_id, actor=ACTOR)
    school = await fleet.create_school("0400377T", "École du Bourg", insee="40192", actor=ACTOR)
    return await fleet.create_kit(school.uai, "Cassiopée", platform=Platform.IPAD, slots=3, actor=ACTOR)


class Topics:
    """The push room's answer."""

    topic: str | None = TOPIC

    def current_topic(self, conn: Connection) -> str | None:
        return self.topic


class Facts:
    """What codes for Android hold beside the ticket; None as on a server that has no agent yet."""

    agent: AgentFile | None = None
    wifi: WifiNetwork | None = None

    def agent_file(self, conn: Connection) -> AgentFile | None:
        return self.agent

    def wifi_of(self, conn: Connection, kit_id: str) -> WifiNetwork | None:
        return self.wifi


class Room:
    """The enrollment room on one database."""

    def __init__(
        self,
        database: Database,
        authority: Authority,
        clock: Clock,
        vault: Vault,
        folder: Path,
        *,
        url: str = DEVICE_URL,
    ) -> None:
        self.database = database
        self.authority = authority
        self.clock = clock
        self.journal = Journal(clock)
        self.tickets = Tickets(clock, vault, self.journal)
        self.reservations = Reservations(clock, self.journal)
        self.codes = KitCodes(database, clock, self.journal, vault, DEVICE_URL, Facts())
        self.scep = ScepService(database, authority, self.journal, clock)
        self.lists = RevocationLists(database, authority, clock)
        self.claims = IssuedClaims()
        self.topics = Topics()
        self.signer = OwnSigner(folder, authority, vault, clock)
        self.pages = EnrollmentPages(CATALOGS, "Ville de Mont-de-Marsan")
        self.profiles = EnrollmentProfiles(
            database,
            self.tickets,
            self.reservations,
            authority,
            self.topics,
            ServerFacts(organization="Ville de Mont-de-Marsan", device_url=DEVICE_URL),
            self.signer,
        )

    async def ticket(self, kit: Kit, slot: int | None = None) -> ShownTicket:
        return await self.database.write(
            lambda conn: self.tickets.create(conn, kit.kit_id, slot_number=slot, lifetime=HOURS, actor=ACTOR)
        )

    async def challenge(self, kit: Kit, slot: int | None = None) -> str:
        """A fresh challenge, as a tablet finds it in its profile."""
        ticket = await self.ticket(kit, slot)
        taken = await self.database.write(
            lambda conn: self.reservations.take(conn, ticket.secret, secrets.token_urlsafe(16))
        )
        return taken.challenge

    async def fill(self, kit: Kit, slot: int, tablet_id: str) -> None:
        """Put a tablet into a slot."""

        def write(conn: Connection) -> None:
            conn.run(
                "INSERT INTO tablet (tablet_id, platform, name, state, state_since, created_at)"
                " VALUES (:it, 'ipad', :it, 'enrolled', 0, 0)",
                it=tablet_id,
            )
            conn.run(
                "UPDATE slot SET tablet_id = :it, joining_since = NULL WHERE kit_id = :kit AND number = :slot",
                it=tablet_id,
                kit=kit.kit_id,
                slot=slot,
            )

        await self.database.write(write)


@pytest.fixture
async def room(database: Database, authority: Authority, clock: ManualClock, vault: Vault, tmp_path: Path) -> Room:
    await database.write(lambda conn: add_authority(conn, authority))
    return Room(database, authority, clock, vault, tmp_path)


class Answer(msgspec.Struct, kw_only=True):
    """A CertRep as a tablet reads it."""

    status: str
    fail: str | None
    transaction_id: str
    recipient_nonce: bytes
    sender_nonce: bytes
    certificate: x509.Certificate | None = None
    digest: str = ""


_KEYS: list[rsa.RSAPrivateKey] = []


def rsa_key(place: int) -> rsa.RSAPrivateKey:
    """One of a few keys that are made once."""
    while len(_KEYS) <= place:
        _KEYS.append(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    return _KEYS[place]


class ScepTablet:
    """Makes SCEP messages and reads their answers, with other code than the server's where there is any."""

    def __init__(self, authority: Authority, clock: Clock, key: rsa.RSAPrivateKey) -> None:
        self.authority = authority
        self.clock = clock
        self.key = key
        self.nonce = os.urandom(16)
        self.temporary = self.self_signed(key)
        self.identity: x509.Certificate | None = None

    def self_signed(self, key: Any) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "5D0E5A3C-0000-4000-8000-00AA00389B71")])
        now = self.clock.now()
        return (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
            .sign(key, hashes.SHA256())
        )  # fmt: skip

    def csr(self, challenge: str | None, *, key: Any = None, digest: Any = None) -> bytes:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tablet")])
        builder = x509.CertificateSigningRequestBuilder().subject_name(name)
        if challenge is not None:
            builder = builder.add_attribute(x509.oid.AttributeOID.CHALLENGE_PASSWORD, challenge.encode())
        return builder.sign(key or self.key, digest or hashes.SHA256()).public_bytes(Encoding.DER)

    def envelope(self, inner: bytes, cipher: str = "aes128") -> bytes:
        if cipher.startswith("aes"):
            size = {"aes128": algorithms.AES128, "aes256": algorithms.AES256}[cipher]
            builder = pkcs7.PKCS7EnvelopeBuilder().set_data(inner).add_recipient(self.authority.issuing)
            builder = builder.set_content_encryption_algorithm(size)
            return builder.encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])
        return openssl_cms("-encrypt", f"-{cipher}", "-binary", "-outform", "DER", stdin=inner,
                           recipient=self.authority.issuing)  # fmt: skip

    def message(
        self,
        content: bytes,
        *,
        kind: str = "19",
        transaction: str = "A1B2",
        digest: str = "sha256",
        signer: x509.Certificate | None = None,
        key: rsa.RSAPrivateKey | None = None,
        at: datetime | None = None,
        without: str | None = None,
        nonce: bytes | None = None,
    ) -> bytes:
        certificate = cms.Certificate.load((signer or self.temporary).public_bytes(Encoding.DER))
        chosen = getattr(hashes, digest.upper())()
        hashed = hashes.Hash(chosen)
        hashed.update(content)
        values: dict[str, Any] = {
            "1.2.840.113549.1.9.3": cms.ContentType("data"),
            "1.2.840.113549.1.9.4": core.OctetString(hashed.finalize()),
            "1.2.840.113549.1.9.5": cms.Time({"utc_time": at or self.clock.now()}),
            MESSAGE_TYPE: core.PrintableString(kind),
            TRANSACTION_ID: core.PrintableString(transaction),
            SENDER_NONCE: core.OctetString(self.nonce if nonce is None else nonce),
        }
        values.pop(without or "", None)
        attributes = cms.CMSAttributes([cms.CMSAttribute({"type": o, "values": [v]}) for o, v in values.items()])
        signature = (key or self.key).sign(attributes.dump(), padding.PKCS1v15(), chosen)
        serial = certificate["tbs_certificate"]["serial_number"]
        identifier = cms.IssuerAndSerialNumber({"issuer": certificate.issuer, "serial_number": serial})
        info = {
            "version": "v1",
            "sid": cms.SignerIdentifier({"issuer_and_serial_number": identifier}),
            "digest_algorithm": {"algorithm": digest},
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": "rsassa_pkcs1v15"},
            "signature": signature,
        }
        signed = {
            "version": "v1",
            "digest_algorithms": [{"algorithm": digest}],
            "encap_content_info": {"content_type": "data", "content": content},
            "certificates": [certificate],
            "signer_infos": [info],
        }
        return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())

    def first_request(self, challenge: str | None, *, cipher: str = "aes128", **more: Any) -> bytes:
        return self.message(self.envelope(self.csr(challenge), cipher), **more)

    def renewal(self, new_key: rsa.RSAPrivateKey, **more: Any) -> bytes:
        content = self.envelope(self.csr(None, key=new_key))
        return self.message(content, **{"kind": "17", "transaction": "R1", "signer": self.identity, **more})

    def poll(self, **more: Any) -> bytes:
        issuer = cms.Certificate.load(self.authority.issuing.public_bytes(Encoding.DER)).subject
        subject = cms.Certificate.load(self.temporary.public_bytes(Encoding.DER)).subject
        inner = core.Sequence(contents=issuer.dump() + subject.dump()).dump()
        return self.message(self.envelope(inner), **{"kind": "20", **more})

    def read(
        self, reply: bytes, *, key: rsa.RSAPrivateKey | None = None, signer: x509.Certificate | None = None
    ) -> Answer:
        signed = verify(reply)
        assert x509.load_der_x509_certificate(signed.signer) == self.authority.issuing

        def text(oid: str) -> str | None:
            value = signed.attributes.get(oid)
            return None if value is None else str(core.PrintableString.load(value).native)

        assert text(MESSAGE_TYPE) == "3"
        answer = Answer(
            status=text(PKI_STATUS) or "",
            fail=text(FAIL_INFO),
            transaction_id=text(TRANSACTION_ID) or "",
            recipient_nonce=core.OctetString.load(signed.attributes[RECIPIENT_NONCE]).native,
            sender_nonce=core.OctetString.load(signed.attributes[SENDER_NONCE]).native,
            digest=signed.digest,
        )
        if answer.status == "0":
            only = openssl_cms("-decrypt", "-binary", "-inform", "DER", stdin=signed.content,
                               recipient=signer or self.temporary, key=self.key)  # fmt: skip
            (answer.certificate,) = pkcs7.load_der_pkcs7_certificates(only)
        return answer


def openssl_cms(
    *options: str, stdin: bytes, recipient: x509.Certificate, key: rsa.RSAPrivateKey | None = None
) -> bytes:
    """Run ``openssl cms`` for or as a recipient."""
    if shutil.which("openssl") is None:
        pytest.skip("not run: openssl is missing")
    folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"valise-cms-{secrets.token_hex(8)}"
    folder.mkdir(mode=0o700)
    try:
        (folder / "to.pem").write_bytes(recipient.public_bytes(Encoding.PEM))
        command = ["openssl", "cms", *options]
        if key is not None:
            pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            (folder / "key.pem").write_bytes(pem)
            command += ["-recip", "to.pem", "-inkey", "key.pem"]
        else:
            command += ["-provider", "legacy", "-provider", "default", "to.pem"]
        done = subprocess.run(command, input=stdin, cwd=folder, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def tablet(authority: Authority, clock: ManualClock) -> ScepTablet:
    return ScepTablet(authority, clock, rsa_key(0))


@pytest.fixture
def another_key() -> rsa.RSAPrivateKey:
    return rsa_key(1)


@pytest.fixture(scope="session")
def program() -> Callable[[str], str]:
    """Return the path of a program of the system; without it the test is not run, or fails in CI."""

    def find(name: str) -> str:
        path = shutil.which(
            name, path=f"{os.environ.get('PATH', '')}:/usr/lib/certmonger:/usr/lib/strongswan:/usr/sbin"
        )
        if path is None:
            if os.environ.get("CI"):
                pytest.fail(f"{name} is not installed, and in CI it must be")
            pytest.skip(f"not run: {name} is not installed")
        return path

    return find


class Listener(msgspec.Struct, frozen=True, kw_only=True):
    """A device listener on a real port with the enrollment room's resources."""

    url: str
    room: Room
    in_flight: InFlight


Listening = Callable[..., Any]


@pytest.fixture
async def listen(reactor: Any) -> AsyncIterator[Listening]:
    ports: list[Any] = []
    flights: list[InFlight] = []

    def start(room: Room) -> Listener:
        in_flight = InFlight()
        root = Resource()
        root.putChild(b"scep", ScepResource(room.scep, in_flight, CATALOGS))
        root.putChild(b"e", TicketResource(room.profiles, room.pages, room.clock, in_flight, CATALOGS))
        root.putChild(b"ca.crt", RootCertificateResource(room.authority, in_flight, CATALOGS))
        root.putChild(b"crl", RevocationListResource(room.lists, in_flight, CATALOGS))
        site = DeviceSite(root, reactor, BODY_LIMITS, CollectorRegistry(), 100)
        port = reactor.listenTCP(0, site, interface="127.0.0.1")
        ports.append(port)
        flights.append(in_flight)
        return Listener(url=f"http://127.0.0.1:{port.getHost().port}", room=room, in_flight=in_flight)

    yield start
    for port, in_flight in zip(ports, flights, strict=True):
        await in_flight.finish(5)
        await maybeDeferred(port.stopListening).asFuture(asyncio.get_running_loop())


@pytest.fixture
async def live_room(
    tmp_path: Path, vault: Vault, authority_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Room, Kit]]:
    """The room on the machine's own clock, as programs from elsewhere live by that."""
    from mdm.store import open_database

    clock = SystemClock()
    database = await open_database(f"sqlite:///{tmp_path / 'live.db'}", clock, migrate=True)
    authority = await asyncio.to_thread(load_authority, authority_folder, vault, clock)
    fleet = Fleet(database, clock, Journal(clock))
    landes = await fleet.create_territory("Landes", actor=ACTOR)
    await fleet.create_commune("40192", "Mont-de-Marsan", territory_id=landes.territory_id, actor=ACTOR)
    school = await fleet.create_school("0400377T", "École du Bourg", insee="40192", actor=ACTOR)
    kit = await fleet.create_kit(school.uai, "Cassiopée", platform=Platform.IPAD, slots=3, actor=ACTOR)
    yield Room(database, authority, clock, vault, tmp_path_factory.mktemp("signing")), kit
    await database.close()
