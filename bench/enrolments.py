"""Enrolments per CPU-second of the server: from SCEP to the first TokenUpdate, by tablets with keys made before."""

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa

from bench.territory import RunningServer, Site, free_port
from enrollment.authority import create_authority
from mdm.clock import SystemClock
from mdm.composition import kit_codes_of
from mdm.fleet.fleet import Fleet
from mdm.fleet.tablet import Platform
from mdm.journal import Journal
from mdm.settings import load_settings
from mdm.simulator.apns import PushAuthority
from mdm.simulator.ipad import Ipad
from mdm.simulator.keys import PooledKeys
from mdm.simulator.models import make_ipads
from mdm.simulator.pace import Pace
from mdm.store import open_database
from mdm.vault_key import create_vault_key, open_vault
from profiles.charter.charter import charter_of
from push.certificate import PushCertificates

_TABLETS = 60
_AT_ONCE = 8


async def measure_enrolments() -> dict[str, float]:
    """Return enrolments per CPU-second and per second of one run, on SQLite, over real TLS."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        site, addresses = await _prepare(folder)
        server = await asyncio.to_thread(RunningServer, site)
        # One each: a SCEP transaction is named by its key, so that two tablets cannot share one.
        made = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(_TABLETS)]
        keys = PooledKeys(made)
        root = (folder / "keys" / "authority" / "root.crt").read_bytes()
        ipads = [Ipad(spec, pace=Pace(0), keys=keys, roots=(root,)) for spec in make_ipads(_TABLETS)]
        turns = asyncio.Semaphore(_AT_ONCE)
        loop = asyncio.get_running_loop()

        async def enrol(ipad: Ipad, address: str) -> None:
            async with turns:
                await ipad.enroll(address)

        begun, cpu = loop.time(), server.cpu_seconds()
        await asyncio.gather(*[enrol(ipad, address) for ipad, address in zip(ipads, addresses, strict=True)])
        used, wall = server.cpu_seconds() - cpu, loop.time() - begun
        for ipad in ipads:
            await ipad.close()
        server.stop()
    return {"per_cpu_second": _TABLETS / used, "per_second": _TABLETS / wall}


async def _prepare(folder: Path) -> tuple[Site, list[str]]:
    port, people = free_port(), free_port()
    config = folder / "valise.toml"
    config.write_text(
        f'[server]\ndata_dir = "{folder}"\nlog_level = "warning"\n'
        f'[device]\nurl = "https://localhost:{port}"\nlisten = "127.0.0.1:{port}"\n'
        f'[people]\nurl = "http://127.0.0.1:{people}"\nlisten = "127.0.0.1:{people}"\n[push]\nenabled = false\n',
        encoding="utf-8",
    )
    clock = SystemClock()
    create_vault_key(folder / "keys")
    vault = open_vault(folder / "keys")
    create_authority(folder / "keys" / "authority", vault, "Bench", clock)
    url = f"sqlite:///{folder / 'valise.db'}"
    database = await open_database(url, clock, migrate=True)
    journal = Journal(clock)
    fleet = Fleet(database, clock, journal)
    certificate, key = PushAuthority.create().push_certificate("com.apple.mgmt.External.bench")
    await PushCertificates(database, clock, vault, journal).import_certificate(certificate, key=key, actor="bench")
    territory = await fleet.create_territory("Bench", actor="bench")
    await fleet.create_commune("40018", "Audignon", territory_id=territory.territory_id, actor="bench")
    await fleet.create_school("0400377T", "Bench", insee="40018", actor="bench")
    kit = await fleet.create_kit("0400377T", "Bench", platform=Platform.IPAD, slots=_TABLETS, actor="bench")
    settings = load_settings(config, {})
    agreed = charter_of(database, clock, journal, vault, settings).agreed
    codes = kit_codes_of(database, clock, journal, vault, settings, agreed)
    made = await codes.codes(kit.kit_id, slots=True, lifetime=timedelta(hours=1), actor="bench")
    await database.close()
    addresses = [code.address for code in made if code.slot_number is not None]
    return Site(config=config, database=url, tablets=(), port=port), addresses
