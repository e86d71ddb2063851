"""A server with many enrolled iPads, made without enrolling them one by one: rows as enrollment leaves them."""

import asyncio
import base64
import hashlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
import psutil
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from enrollment.authority import create_authority
from mdm.clock import SystemClock
from mdm.commands.report import DeviceFacts, Report
from mdm.store import Connection, open_database
from mdm.vault import Vault
from mdm.vault_key import create_vault_key, open_vault

SERVER_CORE, CLIENT_CORE = "0", "1"
_ACTIVE = 1000
"""So many iPads have a certificate of their own; the others only fill the tables."""


class Tablet(msgspec.Struct, frozen=True):
    """One iPad that a client plays: ``header`` is its certificate as a proxy passes it (RFC 9440)."""

    tablet_id: str
    udid: str
    header: bytes


class Site(msgspec.Struct, frozen=True):
    """A prepared server: its configuration, its database's address, its tablets, the ports of both listeners."""

    config: Path
    database: str
    tablets: tuple[Tablet, ...]
    port: int
    people_port: int = 0


def prepare(folder: Path, database: str, enrolled: int) -> Site:
    """Write keys, configuration and a database with ``enrolled`` iPads; return what the clients need."""
    port, people = free_port(), free_port()
    config = folder / "valise.toml"
    config.write_text(
        f'[server]\ndata_dir = "{folder}"\nlog_level = "warning"\n'
        f'[device]\nurl = "https://localhost:{port}"\nlisten = "127.0.0.1:{port}"\ntls = false\n'
        'client_certificate_header = "Client-Cert"\ntrusted_proxies = ["127.0.0.1"]\n'
        f'[people]\nurl = "http://127.0.0.1:{people}"\nlisten = "127.0.0.1:{people}"\n'
        f'[database]\nurl = "{database}"\n[push]\nenabled = false\n',
        encoding="utf-8",
    )
    create_vault_key(folder / "keys")
    vault = open_vault(folder / "keys")
    tablets, digests = _identities(folder, vault, min(enrolled, _ACTIVE))
    asyncio.run(_fill(database, vault, tablets, digests, enrolled))
    return Site(config=config, database=database, tablets=tablets, port=port, people_port=people)


def _identities(folder: Path, vault: Vault, count: int) -> tuple[tuple[Tablet, ...], list[str]]:
    authority = create_authority(folder / "keys" / "authority", vault, "Bench", SystemClock())
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    tablets, digests = [], []
    for number in range(count):
        der = authority.issue_identity(key, f"Tablet {number}").public_bytes(Encoding.DER)
        tablets.append(
            Tablet(tablet_id=f"{number:032x}", udid=_udid(number), header=b":" + base64.b64encode(der) + b":")
        )
        digests.append(hashlib.sha256(der).hexdigest())
    return tuple(tablets), digests


async def _fill(url: str, vault: Vault, tablets: Sequence[Tablet], digests: Sequence[str], enrolled: int) -> None:
    database = await open_database(url, SystemClock(), migrate=True)
    step = 5000
    for first in range(0, enrolled, step):
        numbers = range(first, min(first + step, enrolled))
        await database.write(lambda conn, chosen=numbers: _insert(conn, vault, digests, chosen))
    del tablets
    await database.close()


def _insert(conn: Connection, vault: Vault, digests: Sequence[str], numbers: range) -> None:
    token, magic = vault.seal(os.urandom(32), "apple.push_token"), vault.seal(b"magic", "apple.push_magic")
    report = Report(
        device=DeviceFacts(os_version="18.1", supervised=True, device_name="iPad", time_zone="Europe/Paris"),
        security_known=True,
        profiles={},
        apps={},
    ).to_json()
    rows = [
        {
            "id": f"{number:032x}",
            "serial": f"S{number:09d}",
            "name": f"iPad {number}",
            "udid": _udid(number),
            "digest": digests[number] if number < len(digests) else f"{number:064x}",
            "token": token,
            "magic": magic,
            "report": report,
            "later": 2**52,
        }
        for number in numbers
    ]
    for statement in (
        "INSERT INTO tablet (tablet_id, platform, serial, name, state, state_since, created_at)"
        " VALUES (:id, 'ipad', :serial, :name, 'ready', 1, 1)",
        "INSERT INTO apple_enrollment (udid, tablet_id, identity_digest, topic, state, enrolled_at, os_version,"
        " sealed_push_token, sealed_push_magic)"
        " VALUES (:udid, :id, :digest, 'com.apple.mgmt.External.b', 'enrolled', 1, '18.1', :token, :magic)",
        "INSERT INTO tablet_report (tablet_id, seen_at, os_version, supervised) VALUES (:id, 1, '18.1', 1)",
        "INSERT INTO convergence (tablet_id, report, next_check_at) VALUES (:id, :report, :later)",
    ):
        conn.many(statement, rows)


def _udid(number: int) -> str:
    return f"00008030-{number:016X}"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RunningServer:
    """``valise serve`` on its own core; ``database_pids`` are counted in its CPU time."""

    def __init__(self, site: Site, database_processes: Sequence[psutil.Process] = ()) -> None:
        begun = time.monotonic()
        self.process = subprocess.Popen(
            ["taskset", "-c", SERVER_CORE, sys.executable, "-m", "mdm.cli", "--config", str(site.config), "serve"],
            stderr=None if os.environ.get("BENCH_LOG") else subprocess.DEVNULL,
        )
        self._watched = psutil.Process(self.process.pid)
        self._database = list(database_processes)
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", site.people_port or site.port), timeout=1):
                break
            if self.process.poll() is not None or time.monotonic() - begun > 30:
                raise RuntimeError("the server did not start")
            time.sleep(0.01)
        self.cold_start_seconds = time.monotonic() - begun

    def cpu_seconds(self) -> float:
        """Return the CPU time of the server and of the database's processes so far."""
        total = _cpu(self._watched)
        for process in self._database:
            total += _cpu(process) + sum(_cpu(child) for child in process.children(recursive=True))
        return total

    def memory_bytes(self) -> int:
        """Return the server's resident memory."""
        return int(self._watched.memory_info().rss)

    def stop(self) -> None:
        """Stop it as an administrator does."""
        self.process.terminate()
        self.process.wait(timeout=30)


def _cpu(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        # A backend that has ended counts in its parent.
        return float(times.user + times.system + times.children_user + times.children_system)
    return 0.0
