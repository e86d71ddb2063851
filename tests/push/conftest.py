"""A local push service, a client for it, and tablets with addresses."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from mdm.simulator.apns import PushAuthority, PushServer
from mdm.store import Connection
from push.client import ApnsClient, client_context
from push.metrics import PushMetrics

TOPIC = "com.apple.mgmt.External.0b1c2d3e-0000-4000-8000-000000000000"


@pytest.fixture(scope="session")
def push_authority() -> PushAuthority:
    return PushAuthority.create()


@pytest.fixture
async def apns(push_authority: PushAuthority) -> AsyncIterator[PushServer]:
    server = PushServer(push_authority, anybody=True)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def ca_file(push_authority: PushAuthority, tmp_path: Path) -> Path:
    path = tmp_path / "push-root.pem"
    path.write_bytes(push_authority.root_pem())
    return path


@pytest.fixture
async def client(apns: PushServer, push_authority: PushAuthority, ca_file: Path) -> AsyncIterator[ApnsClient]:
    made = ApnsClient("localhost", apns.port, client_context(*push_authority.push_certificate(TOPIC), ca_file), TOPIC)
    yield made
    made.close()


class KnownAddresses:
    """Every tablet has an address, but those that were forgotten."""

    def __init__(self) -> None:
        self.forgotten: list[str] = []

    def address_of(self, conn: Connection, tablet_id: str) -> tuple[str, bytes, str] | None:
        if tablet_id in self.forgotten:
            return None
        return TOPIC, token_of(tablet_id), f"magic-{tablet_id}"

    def forget(self, conn: Connection, tablet_id: str) -> None:
        self.forgotten.append(tablet_id)


def token_of(tablet_id: str) -> bytes:
    return tablet_id.encode().ljust(32, b"\0")


@pytest.fixture
def addresses() -> KnownAddresses:
    return KnownAddresses()


@pytest.fixture
def metrics() -> PushMetrics:
    return PushMetrics(CollectorRegistry())
