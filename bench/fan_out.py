"""One command to 10,000 tablets: until it is queued, and until every push has left."""

import asyncio
import tempfile
import time
from pathlib import Path

from prometheus_client import CollectorRegistry

from bench.territory import prepare
from mdm.apple.orders import Orders
from mdm.apple.push_address import AppleAddresses
from mdm.clock import SystemClock
from mdm.journal import Journal
from mdm.simulator.apns import PushAuthority, PushServer
from mdm.store import open_database
from mdm.vault_key import open_vault
from push import wake_store
from push.client import ApnsClient, client_context
from push.metrics import PushMetrics
from push.waker import Waker

TABLETS = 10_000
_TOPIC = "com.apple.mgmt.External.b"


async def measure_fan_out(folder: Path) -> dict[str, float]:
    """Return the seconds of one run, on SQLite; the push service runs on the same core."""
    clock = SystemClock()
    vault = open_vault(folder / "keys")
    database = await open_database(f"sqlite:///{folder / 'valise.db'}", clock)
    authority = PushAuthority.create()
    service = PushServer(authority, anybody=True)
    await service.start()
    root = folder / "push-root.pem"
    root.write_bytes(authority.root_pem())
    context = client_context(*authority.push_certificate(_TOPIC), root)
    client = ApnsClient("localhost", service.port, context, _TOPIC)
    waker = Waker(
        database, clock, AppleAddresses(vault), PushMetrics(CollectorRegistry()), owner="bench", per_second=100_000
    )
    begun = time.perf_counter()
    ordered = await Orders(database, clock, Journal(clock), vault).give(
        "DeviceInformation", {}, [f"{number:032x}" for number in range(TABLETS)], actor="bench"
    )
    queued = time.perf_counter() - begun
    while await waker.push_due(client):
        pass
    pushed = time.perf_counter() - begun
    left = await database.read(wake_store.waiting)
    client.close()
    await service.stop()
    await database.close()
    if len(ordered.queued) != TABLETS or left:
        raise RuntimeError(f"queued {len(ordered.queued)}, still waiting {left}")
    return {"queued_s": queued, "all_pushes_left_s": pushed}


def run(runs: int) -> list[dict[str, float]]:
    """Return the figures of each run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, f"sqlite:///{folder / 'valise.db'}", TABLETS)
        return [asyncio.run(measure_fan_out(folder)) for _ in range(runs)]
