"""A real mail server on this machine, with TLS, that can be told to refuse."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from mdm.settings import Mail

USER, SECRET = "valise", "un mot de passe de messagerie"


class MailServer:
    """Keeps what it takes; ``refuse`` is what it says to the next messages instead of taking them."""

    def __init__(self, folder: Path) -> None:
        self.taken: list[Any] = []
        self.refuse: list[str] = []
        self.encrypted: list[bool] = []
        self.port = 0
        self.certificate = folder / "mail.pem"
        self._key = folder / "mail.key"
        self._server: asyncio.Server | None = None

    async def start(self, *, implicit: bool = False) -> None:
        """Listen, with STARTTLS or with TLS from the first byte."""
        _certify(self.certificate, self._key)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self._key)

        def session() -> SMTP:
            return SMTP(
                self,
                hostname="localhost",
                tls_context=None if implicit else context,
                require_starttls=not implicit,
                authenticator=self._authenticate,
                auth_required=True,
                auth_require_tls=not implicit,
            )

        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(session, "127.0.0.1", self.port, ssl=context if implicit else None)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Go away."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    def settings(self, **other: Any) -> Mail:
        """Settings by which a server of ours reaches it."""
        return Mail(
            host="localhost",
            port=self.port,
            user=USER,
            password=SECRET,
            sender="Valise de MACS <valise@example.fr>",
            ca_file=str(self.certificate),
            **other,
        )

    def _authenticate(self, _server: Any, session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        self.encrypted.append(session.ssl is not None)
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), SECRET.encode())
        return AuthResult(success=right, handled=False)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.refuse:
            return self.refuse.pop(0)
        self.taken.append(envelope)
        return "250 taken"


@pytest.fixture
async def mail_server(tmp_path: Path) -> AsyncIterator[MailServer]:
    made = MailServer(tmp_path)
    await made.start()
    yield made
    await made.stop()


def _certify(certificate: Path, key_file: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
