"""Android agents: polls and configuration cycles per CPU-second, held polls and their waking, and downloads.

The listener is plain HTTP, as behind a proxy that ends TLS. Server and database have one core, the clients another.
"""

import asyncio
import resource
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import msgspec
import psutil
import uvloop

from bench.cycles import Line
from bench.territory import SERVER_CORE, RunningServer, Site, free_port
from enrollment.authority import create_authority
from mdm.android.joining import PASSWORD_PURPOSE, PATH_PURPOSE
from mdm.android.paths import Path as SecretPath
from mdm.clock import SystemClock
from mdm.commands.report import DeviceFacts, Report
from mdm.journal import Journal
from mdm.settings import load_settings
from mdm.simulator.apk_maker import ApkFacts, make_apk
from mdm.simulator.apk_signature import SigningKey
from mdm.store import Connection, open_database
from mdm.vault_key import create_vault_key, open_vault
from profiles.apks.apks import Apks
from profiles.compilers import compilers_of
from profiles.targets import AgreedTargets
from tests.charter.agreeing_in_store import Agreement
from tests.temporary_postgres import PostgresMissing, TemporaryPostgres

_CLIENTS = 64
_HELD = 10_000
UAI, _KIT, _TICKET = "0400377T", "f" * 32, "e" * 32
EDITION = 'name = "{name}"\n[[apps]]\nname = "App"\npackage = "org.example.app"\n[restrictions]\nerase = {erase}\n'
_LARGE = 100 * 1024 * 1024


class Agents(msgspec.Struct, frozen=True):
    """A prepared server with Android tablets, and where its large file is."""

    site: Site
    count: int
    file_path: str


def secret_of(number: int) -> str:
    """Return the secret of a tablet's path."""
    return f"{number:026d}"


def prepare(folder: Path, database: str, enrolled: int) -> Agents:
    """Write keys, configuration and a database with ``enrolled`` Android tablets that hold their configuration."""
    port, people = free_port(), free_port()
    config = folder / "valise.toml"
    config.write_text(
        f'[server]\ndata_dir = "{folder}"\nlog_level = "warning"\n'
        f'[device]\nurl = "https://localhost:{port}"\nlisten = "127.0.0.1:{port}"\ntls = false\nconnections = 15000\n'
        f'[people]\nurl = "http://127.0.0.1:{people}"\nlisten = "127.0.0.1:{people}"\n'
        f'[database]\nurl = "{database}"\n[push]\nenabled = false\n[android]\npoll_seconds = 240\n',
        encoding="utf-8",
    )
    create_vault_key(folder / "keys")
    create_authority(folder / "keys" / "authority", open_vault(folder / "keys"), "Bench", SystemClock())
    path = asyncio.run(_fill(folder, config, database, enrolled))
    return Agents(Site(config=config, database=database, tablets=(), port=port), enrolled, path)


async def _fill(folder: Path, config: Path, url: str, enrolled: int) -> str:
    clock, vault, settings = SystemClock(), open_vault(folder / "keys"), load_settings(config, {})
    database = await open_database(url, clock, migrate=True)
    journal, compilers = Journal(clock), compilers_of(settings, vault)
    key = SigningKey.create("Bench")
    for package, padding in (("org.example.app", 0), ("org.example.large", _LARGE)):
        facts = ApkFacts(package=package, version_name="1", version_code=1, label="x", padding=padding)
        (folder / "made.apk").write_bytes(make_apk(facts, key))
        apk = await Apks(database, clock, journal, settings.apks_dir).add(folder / "made.apk", actor="bench")
    await database.write(_territory)
    agreement = Agreement(database, clock, journal, vault, settings)
    await agreement.agree(EDITION.format(name="A", erase="true"))
    sealed = vault.seal(b"x", PASSWORD_PURPOSE)
    paths = {number: vault.seal(secret_of(number).encode(), PATH_PURPOSE) for number in range(enrolled)}
    for first in range(0, enrolled, 5000):
        numbers = range(first, min(first + 5000, enrolled))
        await database.write(lambda conn, chosen=numbers: _tablets(conn, sealed, paths, chosen))
    targets = AgreedTargets(clock, compilers, agreement.charter.agreed)
    await database.write(lambda conn: _hold_configuration(conn, targets))
    await database.close()
    return compilers.addresses.url(apk).split("/", 3)[3]


def _territory(conn: Connection) -> None:
    for statement in (
        "INSERT INTO territory (territory_id, name) VALUES ('t', 'Bench')",
        "INSERT INTO commune (insee, territory_id, name) VALUES ('40018', 't', 'Audignon')",
        f"INSERT INTO school (uai, insee, name) VALUES ('{UAI}', '40018', 'Bench')",
        f"INSERT INTO kit (kit_id, uai, name, platform, created_at) VALUES ('{_KIT}', '{UAI}', 'Bench', 'android', 1)",
        "INSERT INTO ticket (ticket_id, kit_id, secret_digest, sealed_secret, created_at, created_by, expires_at)"
        f" VALUES ('{_TICKET}', '{_KIT}', 'x', :sealed, 1, 'bench', 2)",
    ):
        conn.run(statement, **({"sealed": b""} if "sealed" in statement else {}))


def _tablets(conn: Connection, sealed: bytes, paths: dict[int, bytes], numbers: range) -> None:
    rows = [
        {
            "id": f"{number:032x}",
            "serial": f"S{number:09d}",
            "number": f"n-{number}",
            "slot": number + 1,
            "digest": SecretPath("tablet", secret_of(number)).digest,
            "path": paths[number],
            "password": sealed,
            "kit": _KIT,
            "ticket": _TICKET,
            "later": 2**52,
        }
        for number in numbers
    ]
    for statement in (
        "INSERT INTO tablet (tablet_id, platform, serial, name, state, state_since, created_at)"
        " VALUES (:id, 'android', :serial, :number, 'ready', 1, 1)",
        "INSERT INTO slot (kit_id, number, name, tablet_id) VALUES (:kit, :slot, :number, :id)",
        "INSERT INTO android_enrollment (number, path_digest, sealed_path, sealed_admin_password, asked_as, ticket_id,"
        " kit_id, slot_number, state, tablet_id, serial, abi, os_version, created_at, moved_at) VALUES (:number,"
        " :digest, :path, :password, :serial, :ticket, :kit, :slot, 'enrolled', :id, :serial, 'arm64-v8a', '13', 1, 1)",
        "INSERT INTO tablet_report (tablet_id, seen_at, os_version, supervised) VALUES (:id, 1, '13', 1)",
        "INSERT INTO convergence (tablet_id, report, converged_at, next_check_at) VALUES (:id, '{}', 1, :later)",
    ):
        words = statement.replace(",", " ").replace(")", " ").replace("(", " ").split()
        names = {name for name in rows[0] if f":{name}" in words}
        conn.many(statement, [{name: row[name] for name in names} for row in rows])


def _hold_configuration(conn: Connection, targets: AgreedTargets) -> None:
    target = targets.target_for(conn, f"{0:032x}")
    assert target is not None
    report = Report(
        device=DeviceFacts(os_version="13", supervised=True),
        configuration=target.configuration,
        configuration_at=1,
        apps={"org.example.app": "1"},
    )
    conn.run(
        "UPDATE convergence SET report = :report, target_hash = :hash, next_check_at = :later",
        report=report.to_json(),
        hash=target.hash,
        later=2**52,
    )


def _get(number: int, what: str) -> bytes:
    path = f"/d-{secret_of(number)}/rest/{what}/n-{number}"
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nX-CPU-Arch: arm64-v8a\r\n\r\n".encode()


def _info(number: int) -> bytes:
    body = msgspec.json.encode(
        {
            "deviceId": f"n-{number}",
            "model": "SM-X200",
            "androidVersion": "13",
            "serial": f"S{number:09d}",
            "batteryLevel": 50 + number % 50,
            "mdmMode": True,
            "defaultLauncher": True,
            "applications": [{"pkg": "org.example.app", "name": "App", "version": "1", "showIcon": False}],
        }
    )
    head = f"POST /d-{secret_of(number)}/rest/public/sync/info HTTP/1.1\r\nHost: localhost\r\n"
    return head.encode() + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


async def _many(port: int, turns: int, work: Callable[[Line, int], Awaitable[None]], enrolled: int) -> list[float]:
    """Do ``turns`` pieces of work on 64 connections; return how long each took."""
    left = iter(range(turns))
    took: list[float] = []

    async def client() -> None:
        line = await Line.open(port)
        for turn in left:
            begun = time.perf_counter()
            await work(line, turn % enrolled)
            took.append(time.perf_counter() - begun)
        line.close()

    await asyncio.gather(*(client() for _ in range(_CLIENTS)))
    return took


async def _poll(line: Line, number: int) -> None:
    status, body = await line.put(_get(number, "notifications/device"))
    assert (status, body[-3:]) == (200, b"[]}"), (status, body)


async def _cycle(line: Line, number: int) -> None:
    status, body = await line.put(_get(number, "public/sync/configuration"))
    assert status == 200, body
    status, body = await line.put(_info(number))
    assert status == 200, body


def rates(agents: Agents, database: Sequence[psutil.Process] = (), turns: int = 8000) -> dict[str, float]:
    """Return polls and cycles (configuration, then report) per CPU-second, with their times in milliseconds."""
    server = RunningServer(agents.site, database)
    found: dict[str, float] = {}
    try:
        for name, work in (("polls", _poll), ("cycles", _cycle)):
            uvloop.run(_many(agents.site.port, 500, work, agents.count))
            before = server.cpu_seconds()
            took = uvloop.run(_many(agents.site.port, turns, work, agents.count))
            found[f"{name}_per_cpu_second"] = round(turns / (server.cpu_seconds() - before))
            found |= _quantiles(name, took)
    finally:
        server.stop()
    return found


def _quantiles(name: str, took: Sequence[float]) -> dict[str, float]:
    cut = statistics.quantiles(took, n=100)
    return {f"{name}_p50_ms": round(cut[49] * 1000, 1), f"{name}_p99_ms": round(cut[98] * 1000, 1)}


def held(agents: Agents) -> dict[str, float]:
    """Return memory per held poll and how long after an edition's change each of 10,000 is answered."""
    server = RunningServer(agents.site)
    try:
        return uvloop.run(_held(agents, server))
    finally:
        server.stop()


async def _held(agents: Agents, server: RunningServer) -> dict[str, float]:
    port = agents.site.port
    one = await Line.open(port)
    await _poll(one, 0)
    before = server.memory_bytes()
    lines: list[Line] = []
    for first in range(0, _HELD, 100):
        lines += await asyncio.gather(*(Line.open(port) for _ in range(first, first + 100)))
    connected = server.memory_bytes()
    tasks = []
    for first in range(0, _HELD, 500):
        tasks += [asyncio.create_task(_wait(lines[number], number)) for number in range(first, min(first + 500, _HELD))]
        await asyncio.sleep(0.3)
    await asyncio.sleep(3)
    memory = server.memory_bytes()
    quick = await _wake_one(agents, tasks[-1])
    process = await asyncio.create_subprocess_exec(
        "taskset", "-c", "1", "python", "-m", "bench.change_edition", str(agents.site.config),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await process.communicate()
    changed = float(said)
    answered = await asyncio.gather(*tasks[:-1])
    waits = [moment - changed for moment in answered]
    return {
        "held": len(tasks),
        "memory_per_connection_kb": round((connected - before) / _HELD / 1024, 1),
        "memory_per_held_poll_kb": round((memory - before) / _HELD / 1024, 1),
        "wake_of_one_ms": round(quick * 1000, 1),
        "all_woken_after_s": round(max(waits), 2),
        **_quantiles("wake", waits),
    }


async def _wake_one(agents: Agents, task: "asyncio.Task[float]") -> float:
    """Order one tablet to look again, and return how long it took until its poll was answered."""
    process = await asyncio.create_subprocess_exec(
        "taskset", "-c", "1", "python", "-m", "bench.change_edition", str(agents.site.config), f"{_HELD - 1:032x}",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await process.communicate()
    return await task - float(said)


async def _wait(line: Line, number: int) -> float:
    status, body = await line.put(_get(number, "notification/polling"))
    assert status == 200, body
    assert b"configUpdated" in body, body
    return time.time()


def downloads(agents: Agents) -> dict[str, float]:
    """Return the rate of ten tablets that fetch 100 MB at once, and the server's CPU time for it."""
    server = RunningServer(agents.site)
    try:
        before, begun = server.cpu_seconds(), time.perf_counter()
        asyncio.run(_download(agents))
        seconds = time.perf_counter() - begun
        cpu = server.cpu_seconds() - before
    finally:
        server.stop()
    return {"mb_per_second": round(1000 * 1.048576 / seconds), "cpu_seconds_per_gb": round(cpu / 1.048576, 2)}


async def _download(agents: Agents) -> None:
    async def one() -> None:
        process = await asyncio.create_subprocess_exec(
            "curl", "--silent", "--fail", "--output", "/dev/null",
            f"http://127.0.0.1:{agents.site.port}/{agents.file_path}",
        )  # fmt: skip
        assert await process.wait() == 0

    await asyncio.gather(*(one() for _ in range(10)))


def run(enrolled: Sequence[int] = (1000, 100_000)) -> list[dict[str, object]]:
    """Measure everything."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 15_000)), hard))
    found: list[dict[str, object]] = []
    for count in enrolled:
        found.append(_on_postgresql(count))
        with tempfile.TemporaryDirectory() as name:
            agents = prepare(Path(name), f"sqlite:///{name}/valise.db", count)
            found.append({"engine": "sqlite", "android_enrolled": count, "rates": rates(agents)})
    with tempfile.TemporaryDirectory() as name:
        agents = prepare(Path(name), f"sqlite:///{name}/valise.db", _HELD)
        found.append({"engine": "sqlite", "android_enrolled": _HELD, "held": held(agents)})
        found.append({"engine": "sqlite", "downloads_10_x_100_mb": downloads(agents)})
    return found


def _on_postgresql(count: int) -> dict[str, object]:
    """Measure the rates with PostgreSQL, whose processes' CPU time counts too."""
    postgres = TemporaryPostgres(["taskset", "-c", SERVER_CORE])
    found: dict[str, object] = {"engine": "postgresql", "android_enrolled": count}
    try:
        postgres.start()
    except PostgresMissing as missing:
        return found | {"not_run": str(missing)}
    try:
        with tempfile.TemporaryDirectory() as name:
            agents = prepare(Path(name), postgres.create("agents"), count)
            return found | {"rates": rates(agents, [psutil.Process(postgres.pid)])}
    finally:
        postgres.stop()
