"""A server for each test, and tablets to set up at it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mdm.simulator.android.device import VirtualTablet, make_tablets
from tests.simulator_android.headwind import Headwind
from tests.simulator_android.tablets import Watched, apk

LAUNCHER = apk("com.hmdm.launcher", "6.36", 15360)


@pytest.fixture
async def headwind() -> AsyncIterator[Headwind]:
    server = Headwind()
    runner = web.AppRunner(server.app(), access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    server.files["launcher.apk"] = LAUNCHER
    server.configs["k-kit"] = {"pushOptions": "polling", "password": "0" * 32}
    yield server
    await runner.cleanup()


@pytest.fixture
async def secure_headwind(tmp_path: Path) -> AsyncIterator[tuple[Headwind, bytes]]:
    """The same over TLS, and the certificate (PEM) of the authority that nobody trusts unless told."""
    server = Headwind()
    context, authority = await asyncio.to_thread(make_tls, tmp_path)
    runner = web.AppRunner(server.app(), access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    server.url = f"https://localhost:{runner.addresses[0][1]}"
    server.files["launcher.apk"] = LAUNCHER
    server.configs["k-kit"] = {"pushOptions": "polling"}
    yield server, authority
    await runner.cleanup()


def make_tls(folder: Path) -> tuple[ssl.SSLContext, bytes]:
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority, localhost = (
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in ("A school", "localhost")
    )

    def certificate(subject: x509.Name, public: ec.EllipticCurvePublicKey, *extensions: x509.ExtensionType) -> bytes:
        begin = datetime.now(UTC) - timedelta(days=1)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(authority)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + timedelta(days=30))
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return builder.sign(authority_key, hashes.SHA256()).public_bytes(Encoding.PEM)

    root = certificate(authority, authority_key.public_key(), x509.BasicConstraints(ca=True, path_length=None))
    leaf = certificate(localhost, key.public_key(), x509.SubjectAlternativeName([x509.DNSName("localhost")]))
    file = folder / "server.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + leaf)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, root


MakeAgent = Callable[..., Watched]


@pytest.fixture
async def make_agent() -> AsyncIterator[MakeAgent]:
    made: list[Watched] = []

    def make(tablet: VirtualTablet | None = None, *, seed: int = 7, sim: bool = False, **how: Any) -> Watched:
        made.append(Watched(tablet or make_tablets(1, seed=seed, sim=sim)[0], **how))
        return made[-1]

    yield make
    for agent in made:
        await agent.close()


@pytest.fixture
async def joined(headwind: Headwind, make_agent: MakeAgent) -> Watched:
    """An agent that joined at the kit's path; what was asked until then is forgotten."""
    agent = make_agent()
    await agent.join(headwind.code())
    headwind.asked.clear()
    agent.events.clear()
    return agent
