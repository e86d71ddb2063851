"""A push service that behaves like Apple's, on a local port: HTTP/2, client certificates, and every answer on demand.

Sources: Apple, "Sending notification requests to APNs" and "Handling notification responses from APNs".
"""

import asyncio
import datetime
import ipaddress
import json
import ssl
import tempfile
import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PAYLOAD_LIMIT = 4096
Wake = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Scripted:
    """An answer on demand; ``act`` may also be GOAWAY unread, a broken connection, or silence."""

    status: int = 200
    reason: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    act: Literal["answer", "goaway", "break", "silence"] = "answer"


@dataclass(frozen=True, kw_only=True)
class ReceivedPush:
    """A push as it arrived."""

    token: bytes
    topic: str
    payload: dict[str, Any]
    headers: dict[str, str]


@dataclass(kw_only=True)
class PushAuthority:
    """A certificate authority for one run, that stands for Apple's."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def create(cls) -> "PushAuthority":
        """Make one."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Simulated push authority")])
        certificate = (
            _begin(name, name, key, days=3650)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True)
            .sign(key, hashes.SHA256())
        )
        return cls(certificate=certificate, key=key)

    @classmethod
    def load(cls, pem: bytes) -> "PushAuthority":
        """Read what `to_pem` gave."""
        key = load_pem_private_key(pem, None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError("the authority's key must be an elliptic curve key")
        return cls(certificate=x509.load_pem_x509_certificate(pem), key=key)

    def to_pem(self) -> bytes:
        """Return certificate and key, PEM; the key stands for Apple's and is worth nothing elsewhere."""
        return self.root_pem() + _key_pem(self.key)

    def server_files(self, folder: Path) -> tuple[Path, Path]:
        """Write a certificate and key for localhost; return their paths."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        certificate = (
            _begin(_common_name("localhost"), self.certificate.subject, key, days=365)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        certificate_file, key_file = folder / "apns.crt", folder / "apns.key"
        certificate_file.write_bytes(certificate.public_bytes(Encoding.PEM))
        key_file.write_bytes(_key_pem(key))
        key_file.chmod(0o600)
        return certificate_file, key_file

    def push_certificate(self, topic: str, *, public_key: Any = None, days: int = 365) -> tuple[bytes, bytes]:
        """Return a push certificate and its key, PEM; with ``public_key`` the key is the requester's own."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name(
            [x509.NameAttribute(NameOID.USER_ID, topic), x509.NameAttribute(NameOID.COMMON_NAME, f"APSP:{topic[-36:]}")]
        )
        certificate = (
            _begin(subject, self.certificate.subject, public_key or key, days=days)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return certificate.public_bytes(Encoding.PEM), b"" if public_key is not None else _key_pem(key)

    def root_pem(self) -> bytes:
        """Return the authority's certificate, PEM."""
        return self.certificate.public_bytes(Encoding.PEM)


@dataclass
class PushServer:
    """The service. Tokens that registered are known; others are answered BadDeviceToken unless ``anybody``."""

    authority: PushAuthority
    concurrent_streams: int = 1000
    anybody: bool = False
    received: list[ReceivedPush] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    def __post_init__(self) -> None:
        self._wakes: dict[bytes, Wake] = {}
        self._scripts: dict[bytes, deque[Scripted]] = {}
        self._server: asyncio.Server | None = None
        self._open: set[_Connection] = set()

    def register(self, token: bytes, wake: Wake) -> None:
        """Let a device be woken: ``wake`` gets the push magic of each push to its token."""
        self._wakes[token] = wake

    def script(self, token: bytes, answers: Sequence[Scripted]) -> None:
        """Answer the next pushes to a token so, one after the other."""
        self._scripts[token] = deque(answers)

    async def start(self, port: int = 0) -> None:
        """Listen on the loopback."""
        with tempfile.TemporaryDirectory() as folder:
            files = self.authority.server_files(Path(folder))
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*files)
        context.load_verify_locations(cadata=self.authority.root_pem().decode())
        context.verify_mode = ssl.CERT_REQUIRED
        context.set_alpn_protocols(["h2"])
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", port, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and break every connection."""
        if self._server is not None:
            self._server.close()
            for connection in list(self._open):
                connection.break_off()
            await self._server.wait_closed()

    def opened(self, connection: "_Connection") -> None:
        """Count a connection in."""
        self.connections += 1
        self._open.add(connection)

    def closed(self, connection: "_Connection") -> None:
        """Count a connection out."""
        self._open.discard(connection)

    def judge(self, path: str, headers: dict[str, str], body: bytes, topics: Sequence[str]) -> Scripted:
        """Decide about a request as Apple does, and wake the device when it is good."""
        if headers.get(":method") != "POST":
            return Scripted(status=405, reason="MethodNotAllowed")
        prefix, _, text = path.rpartition("/")
        try:
            token = bytes.fromhex(text)
        except ValueError:
            return Scripted(status=400, reason="BadDeviceToken")
        if prefix != "/3/device":
            return Scripted(status=404, reason="BadPath")
        scripted = self._scripts.get(token)
        if scripted:
            answer = scripted.popleft()
            if answer.status != 200 or answer.act != "answer":
                return answer
        return self._usual(token, headers, body, topics)

    def _usual(self, token: bytes, headers: dict[str, str], body: bytes, topics: Sequence[str]) -> Scripted:
        topic = headers.get("apns-topic", "")
        if not topic:
            return Scripted(status=400, reason="MissingTopic")
        if topic not in topics:
            return Scripted(status=400, reason="TopicDisallowed")
        if headers.get("apns-push-type") != "mdm":
            return Scripted(status=400, reason="InvalidPushType")
        if len(body) > PAYLOAD_LIMIT:
            return Scripted(status=413, reason="PayloadTooLarge")
        try:
            payload = json.loads(body)
            magic = payload["mdm"]
        except (ValueError, KeyError, TypeError):
            return Scripted(status=400, reason="PayloadEmpty")
        wake = self._wakes.get(token)
        if wake is None and not self.anybody:
            return Scripted(status=400, reason="BadDeviceToken")
        self.received.append(ReceivedPush(token=token, topic=topic, payload=payload, headers=headers))
        if wake is not None:
            asyncio.get_running_loop().call_soon(wake, magic)
        return Scripted()


class _Connection(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, server: PushServer) -> None:
        self._server = server
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self._transport: Any = None
        self._requests: dict[int, tuple[dict[str, str], bytearray]] = {}
        self._topics: list[str] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin HTTP/2, and remember whose certificate it is."""
        self._transport = transport
        subject = transport.get_extra_info("peercert", {}).get("subject", ())
        self._topics = [value for part in subject for name, value in part if name == "userId"]
        self._h2.update_settings({h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: self._server.concurrent_streams})
        self._h2.initiate_connection()
        self._server.opened(self)
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Take in requests."""
        try:
            events = self._h2.receive_data(data)
        except h2.exceptions.ProtocolError:
            self._flush()
            self._transport.close()
            return
        for event in events:
            match event:
                case h2.events.RequestReceived(stream_id=stream):
                    headers = {str(name): str(value) for name, value in event.headers or []}
                    self._requests[stream or 0] = (headers, bytearray())
                case h2.events.DataReceived(stream_id=stream):
                    self._h2.acknowledge_received_data(event.flow_controlled_length or 0, stream or 0)
                    if stream in self._requests:
                        self._requests[stream][1].extend(event.data or b"")
                case h2.events.StreamEnded(stream_id=stream):
                    self._answer(stream or 0)
                case h2.events.StreamReset(stream_id=stream):
                    self._requests.pop(stream or 0, None)
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        del exc
        self._server.closed(self)

    def break_off(self) -> None:
        """End the connection as a lost line does."""
        self._transport.abort()

    def _answer(self, stream: int) -> None:
        if stream not in self._requests:
            return
        headers, body = self._requests.pop(stream)
        answer = self._server.judge(headers.get(":path", ""), headers, bytes(body), self._topics)
        match answer.act:
            case "silence":
                return
            case "break":
                self.break_off()
                return
            case "goaway":
                data = json.dumps({"reason": answer.reason or "Shutdown"}).encode()
                self._h2.close_connection(last_stream_id=max(0, stream - 2), additional_data=data)
                self._flush()
                self._transport.close()
                return
        if self._transport.is_closing():
            return
        found = [
            (":status", str(answer.status)),
            ("apns-id", headers.get("apns-id") or str(uuid.uuid4()).upper()),
            *answer.headers,
        ]
        if answer.status == 200:
            self._h2.send_headers(stream, found, end_stream=True)
            return
        content: dict[str, object] = {"reason": answer.reason} if answer.reason else {}
        if answer.status == 410:
            content["timestamp"] = int(time.time() * 1000)
        self._h2.send_headers(stream, found)
        self._h2.send_data(stream, json.dumps(content).encode() if content else b"", end_stream=True)

    def _flush(self) -> None:
        data = self._h2.data_to_send()
        if data and not self._transport.is_closing():
            self._transport.write(data)


def _begin(subject: x509.Name, issuer: x509.Name, key: Any, *, days: int) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    public = key.public_key() if hasattr(key, "public_key") else key
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=days))
    )


def _common_name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
