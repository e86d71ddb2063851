"""A school's server in the small, written from the protocol: page, profile, SCEP, check-in, commands, declarations."""

import base64
import datetime
import hashlib
import ipaddress
import json
import plistlib
import ssl
import uuid
from collections import deque
from pathlib import Path
from types import ModuleType
from typing import Any

from aiohttp import web
from asn1crypto import cms, core
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import AttributeOID, ExtendedKeyUsageOID, NameOID

from mdm.simulator.cms import decrypt, encrypt, read_signed, sign
from mdm.simulator.models import IpadSpec

TOPIC = "com.apple.mgmt.External.8a6c1f0e-0000-4000-8000-000000000000"
SCEP_OIDS = {name: f"2.16.840.1.113733.1.9.{number}" for number, name in enumerate(
    ["type", "status", "fail", "sender", "recipient", "transaction"], start=2
)}  # fmt: skip


class School:
    """The server, its authority, and all that its tablets said."""

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self.key = key
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "École de test")])
        self.root = (
            self._certificate(name, name, key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        self.url = ""
        self.scep_answers: deque[str] = deque()
        self.challenge = "one-time"
        self.mdm_keys: dict[str, Any] = {}
        self.scep_keys: dict[str, Any] = {}
        self.capabilities = "POSTPKIOperation\nSHA-256\nAES\nRenewal\nSCEPStandard\n"
        self.signed_profile = False
        self.page_type = "text/html"
        self.status = 200
        self.refusal = web.Response
        self.commands: deque[tuple[str, dict[str, Any]]] = deque()
        self.put_off: list[tuple[str, dict[str, Any]]] = []
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, list[dict[str, Any]]] = {}
        self.idles = 0
        self.checkins: list[dict[str, Any]] = []
        self.reports: list[dict[str, Any]] = []
        self.certificates: list[str] = []
        self.signatures: list[tuple[bytes, str]] = []
        self.scep_types: list[str] = []
        self.declarations: dict[tuple[str, str], dict[str, Any]] = {}
        self.files: dict[str, bytes] = {}
        self.agents: list[str] = []

    # ------------------------------------------------------------ what a test asks of it

    def send(self, request_type: str, **keys: Any) -> str:
        """Queue a command; return its UUID."""
        command_uuid = str(uuid.uuid4())
        self.commands.append((command_uuid, {"RequestType": request_type, **keys}))
        return command_uuid

    def answer(self, command_uuid: str) -> dict[str, Any]:
        """Return the last answer to a command."""
        return self.answers[command_uuid][-1]

    def declare(self, kind: str, declared_type: str, identifier: str, payload: dict[str, Any]) -> None:
        """Declare something, or declare it anew."""
        token = hashlib.sha256(json.dumps([declared_type, payload], sort_keys=True).encode()).hexdigest()
        self.declarations[(kind, identifier)] = {
            "Type": declared_type,
            "Identifier": identifier,
            "ServerToken": token,
            "Payload": payload,
        }

    def activate(self) -> None:
        """Activate every configuration that is declared."""
        named = sorted(name for kind, name in self.declarations if kind == "configuration")
        self.declare("activation", "com.apple.activation.simple", "act", {"StandardConfigurations": named})

    def sync(self) -> str:
        """Queue a DeclarativeManagement command with the current tokens."""
        return self.send("DeclarativeManagement", Data=self._tokens())

    def profile(self) -> bytes:
        """Return the enrollment profile."""
        return plistlib.dumps(
            self._payload("Configuration", "org.example.enroll")
            | {
                "PayloadDisplayName": "École",
                "PayloadContent": [
                    self._payload("com.apple.security.root", "org.example.root")
                    | {"PayloadContent": self.root.public_bytes(Encoding.DER)},
                    self._payload("com.apple.security.scep", "org.example.scep")
                    | {
                        "PayloadContent": {
                            "URL": f"{self.url}/scep",
                            "Subject": [[["O", "École"]], [["CN", "iPad 01"]]],
                            "Challenge": self.challenge,
                            "Keysize": 2048,
                            "Key Type": "RSA",
                            "Key Usage": 5,
                            "Retries": 2,
                            "RetryDelay": 1,
                            "CAFingerprint": hashlib.sha1(self.root.public_bytes(Encoding.DER)).digest(),
                            **self.scep_keys,
                        }
                    },
                    self._payload("com.apple.mdm", "org.example.mdm")
                    | {
                        "IdentityCertificateUUID": _uuid("org.example.scep"),
                        "Topic": TOPIC,
                        "ServerURL": f"{self.url}/mdm",
                        "CheckInURL": f"{self.url}/checkin",
                        "AccessRights": 8191,
                        "CheckOutWhenRemoved": True,
                        **self.mdm_keys,
                    },
                ],
            }
        )

    def messages(self, message_type: str) -> list[dict[str, Any]]:
        """Return the check-in messages of one type."""
        return [one for one in self.checkins if one["MessageType"] == message_type]

    def statuses(self) -> list[dict[str, Any]]:
        """Return the status reports, the oldest first."""
        return [
            json.loads(one["Data"]) for one in self.messages("DeclarativeManagement") if one["Endpoint"] == "status"
        ]

    def problems(self, schema: ModuleType, spec: IpadSpec) -> list[str]:
        """Check everything that the tablet said, and what it was told, against Apple's schema."""
        device = ("iOS", spec.os.version, spec.supervised)
        types = {command_uuid: keys["RequestType"] for command_uuid, keys in self.sent}
        found = []
        for message in self.checkins:
            if not message["MessageType"].endswith("BootstrapToken"):
                found += [f"{message['MessageType']}: {one}" for one in schema.check_checkin(message, *device)]
        for report in self.reports:
            name = "Idle" if report["Status"] == "Idle" else types.get(report["CommandUUID"], "")
            if name in schema.index()["command"] or name == "Idle":
                found += [f"{name}: {one}" for one in schema.check_command_response(name, report, *device)]
        return [one for one in found if "error:" in one]

    # ------------------------------------------------------------ the routes

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.get("/e/{ticket}", self._page),
                web.get("/e/{ticket}/enroll.mobileconfig", self._give_profile),
                web.get("/scep", self._scep),
                web.post("/scep", self._scep),
                web.put("/checkin", self._checkin),
                web.put("/mdm", self._mdm),
                web.get("/files/{name}", self._file),
            ]
        )
        return app

    async def _page(self, request: web.Request) -> web.Response:
        self.agents.append(request.headers["User-Agent"])
        link = f'<a class="button" href="/e/{request.match_info["ticket"]}/enroll.mobileconfig?visit=7">Installer</a>'
        return web.Response(text=f"<p><a href='/'>Accueil</a> {link}</p>", content_type=self.page_type)

    async def _give_profile(self, request: web.Request) -> web.Response:
        assert request.query["visit"] == "7"
        body = self.profile()
        if self.signed_profile:
            body = sign(body, self.key, self.root)
        return web.Response(body=body, content_type="application/x-apple-aspen-config")

    async def _file(self, request: web.Request) -> web.Response:
        body = self.files.get(request.match_info["name"])
        return web.Response(status=404) if body is None else web.Response(body=body)

    async def _scep(self, request: web.Request) -> web.Response:
        operation = request.query["operation"]
        if operation == "GetCACaps":
            return web.Response(text=self.capabilities)
        if operation == "GetCACert":
            return web.Response(body=self.root.public_bytes(Encoding.DER), content_type="application/x-x509-ca-cert")
        message = await request.read() if request.method == "POST" else base64.b64decode(request.query["message"])
        return web.Response(body=self._pki(message), content_type="application/x-pki-message")

    def _pki(self, message: bytes) -> bytes:
        asked = read_signed(message)
        said = {name: asked.attributes.get(oid) for name, oid in SCEP_OIDS.items()}
        self.scep_types.append(str(said["type"]))
        content = decrypt(asked.content, self.key)
        outcome = self.scep_answers.popleft() if self.scep_answers else "success"
        if outcome == "success" and said["type"] != "20":
            self.request = x509.load_der_x509_csr(content)
            assert self.request.is_signature_valid
            if said["type"] == "19":
                given = self.request.attributes.get_attribute_for_oid(AttributeOID.CHALLENGE_PASSWORD).value
                outcome = "success" if given == self.challenge.encode() else "failure"
        attributes = {
            SCEP_OIDS["type"]: core.PrintableString("3"),
            SCEP_OIDS["status"]: core.PrintableString({"success": "0", "failure": "2", "pending": "3"}[outcome]),
            SCEP_OIDS["transaction"]: core.PrintableString(said["transaction"]),
            SCEP_OIDS["recipient"]: core.OctetString(said["sender"]),
            SCEP_OIDS["sender"]: core.OctetString(bytes(16)),
        }
        if outcome == "pending":
            self.request = x509.load_der_x509_csr(content) if said["type"] != "20" else self.request
        if outcome == "failure":
            attributes[SCEP_OIDS["fail"]] = core.PrintableString("2")
        body = b""
        if outcome == "success":
            body = encrypt(_degenerate(self._issue(self.request)), asked.signer, "aes256_cbc")
        return sign(body, self.key, self.root, attributes=attributes)

    def _issue(self, request: x509.CertificateSigningRequest) -> x509.Certificate:
        return self._certificate(request.subject, self.root.subject, request.public_key()).sign(
            self.key, hashes.SHA256()
        )

    async def _checkin(self, request: web.Request) -> web.Response:
        assert request.content_type == "application/x-apple-aspen-mdm-checkin"
        message = await self._taken(request)
        self.checkins.append(message)
        if self.status != 200:
            return self.refusal(status=self.status)
        if message["MessageType"] != "DeclarativeManagement":
            return web.Response()
        endpoint = message["Endpoint"]
        if endpoint == "tokens":
            return web.Response(body=self._tokens(), content_type="application/json")
        if endpoint == "declaration-items":
            return web.json_response({"DeclarationsToken": self._token(), "Declarations": self._items()})
        if endpoint == "status":
            return web.Response()
        _, kind, identifier = endpoint.split("/", 2)
        found = self.declarations.get((kind, identifier))
        return web.json_response(found) if found else web.Response(status=404)

    async def _mdm(self, request: web.Request) -> web.Response:
        assert request.content_type == "application/x-apple-aspen-mdm"
        report = await self._taken(request)
        self.reports.append(report)
        if self.status != 200:
            return self.refusal(status=self.status)
        if report["Status"] == "Idle":
            self.idles += 1
            self.commands.extend(self.put_off)
            self.put_off.clear()
        else:
            self.answers.setdefault(report["CommandUUID"], []).append(report)
            if self.commands and self.commands[0][0] == report["CommandUUID"]:
                done = self.commands.popleft()
                if report["Status"] == "NotNow":
                    self.put_off.append(done)
        if not self.commands:
            return web.Response()
        command_uuid, keys = self.commands[0]
        self.sent.append((command_uuid, keys))
        frame = {"CommandUUID": command_uuid, "Command": keys}
        return web.Response(body=plistlib.dumps(frame), content_type="application/xml")

    async def _taken(self, request: web.Request) -> dict[str, Any]:
        body = await request.read()
        peer = request.transport.get_extra_info("peercert") if request.transport else None
        self.certificates.append(str(peer.get("subject")) if peer else "")
        if "Mdm-Signature" in request.headers:
            self.signatures.append((body, request.headers["Mdm-Signature"]))
        return dict(plistlib.loads(body))

    # ------------------------------------------------------------ within

    def tls(self, folder: Path) -> ssl.SSLContext:
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        certificate = (
            self._certificate(subject, self.root.subject, self.key)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        file = folder / "server.pem"
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(key + certificate.public_bytes(Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        context.load_verify_locations(cadata=self.root.public_bytes(Encoding.DER))
        context.verify_mode = ssl.CERT_OPTIONAL
        return context

    def _certificate(self, subject: x509.Name, issuer: x509.Name, key: Any) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key() if hasattr(key, "public_key") else key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=365))
        )

    def _payload(self, kind: str, identifier: str) -> dict[str, Any]:
        return {
            "PayloadType": kind,
            "PayloadVersion": 1,
            "PayloadIdentifier": identifier,
            "PayloadUUID": _uuid(identifier),
        }

    def _token(self) -> str:
        tokens = sorted(one["ServerToken"] for one in self.declarations.values())
        return hashlib.sha256("".join(tokens).encode()).hexdigest()

    def _tokens(self) -> bytes:
        return json.dumps(
            {"SyncTokens": {"DeclarationsToken": self._token(), "Timestamp": "2026-09-01T08:00:00Z"}}
        ).encode()

    def _items(self) -> dict[str, list[dict[str, str]]]:
        names = {
            "activation": "Activations",
            "configuration": "Configurations",
            "asset": "Assets",
            "management": "Management",
        }
        found: dict[str, list[dict[str, str]]] = {name: [] for name in names.values()}
        for (kind, identifier), one in self.declarations.items():
            found[names[kind]].append({"Identifier": identifier, "ServerToken": one["ServerToken"]})
        return found


def make_profile(identifier: str = "org.example.wifi", kind: str = "com.apple.wifi.managed", **keys: Any) -> bytes:
    """Return a profile with one payload."""
    payload = {
        "PayloadType": kind,
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{identifier}.payload",
        "PayloadUUID": _uuid(f"{identifier}.payload"),
        **(keys or {"SSID_STR": "ecole", "EncryptionType": "None"}),
    }
    return plistlib.dumps(
        {
            "PayloadType": "Configuration",
            "PayloadVersion": 1,
            "PayloadIdentifier": identifier,
            "PayloadUUID": _uuid(identifier),
            "PayloadDisplayName": "Wi-Fi",
            "PayloadContent": [payload],
        }
    )


def _uuid(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name)).upper()


def _degenerate(certificate: x509.Certificate) -> bytes:
    signed = {
        "version": "v1",
        "digest_algorithms": [],
        "encap_content_info": {"content_type": "data"},
        "certificates": [cms.CertificateChoices.load(certificate.public_bytes(Encoding.DER))],
        "signer_infos": [],
    }
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)}).dump())
