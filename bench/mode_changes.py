"""Mode changes at 16:30: every tablet of a territory is on loan, and its hours of use begin.

``python -m bench.mode_changes [--tablets 100000] [--engine sqlite]``. Measured are how many tablets a second one server
process brings to their new mode, how that lies to what comes due in each second, and how long the writes of tablets
that report in the meantime wait. The clock is set by hand: nothing here waits for 16:30.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from mdm.apple.steps import AppleSteps
from mdm.clock import ManualClock
from mdm.commands.convergence import Convergence
from mdm.commands.report import DeviceFacts, Report
from mdm.fleet.fleet import Fleet
from mdm.fleet.report_store import note_seen
from mdm.home.modes.loans import FleetLoans
from mdm.home.modes.modes import ModeReader
from mdm.home.modes.runner import ModeRunner
from mdm.home.modes.spread import HOME_MS, after
from mdm.journal import Journal
from mdm.settings import Keys, Server, Settings
from mdm.store import Connection, Database, open_database
from mdm.vault import Vault
from profiles.agreed_things import AgreedHomeRules
from profiles.compilers import compilers_of
from profiles.targets import AgreedTargets
from tests.charter.agreeing_in_store import Agreement
from tests.temporary_postgres import PostgresMissing, TemporaryPostgres

HALF_PAST_FOUR = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
PER_KIT, KITS_PER_SCHOOL = 25, 4
EDITION = """
name = "Cycle 3"
[[apps]]
name = "ScratchJr"
bundle_id = "org.scratchjr.ScratchJr"
store_id = 895485086
[restrictions]
app_store = false
[web_filter]
blocked = ["https://example.org/"]
[home]
school_days_from = "16:30"
school_days_to = "19:00"
"""


def main() -> None:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tablets", type=int, default=100_000)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], action="append")
    options = parser.parse_args()
    for engine in options.engine or ["sqlite", "postgresql"]:
        print(json.dumps(measure(engine, options.tablets), indent=2))


def measure(engine: str, tablets: int) -> dict[str, Any]:
    """Measure one engine."""
    with tempfile.TemporaryDirectory() as name:
        postgres = None
        url = f"sqlite:///{Path(name) / 'valise.db'}"
        if engine == "postgresql":
            try:
                postgres = TemporaryPostgres()
                postgres.start()
            except PostgresMissing as missing:
                return {"engine": engine, "not_run": str(missing)}
            url = postgres.create("modes")
        try:
            watched = psutil.Process(postgres.pid) if postgres is not None else None
            found = asyncio.run(_measure(url, Path(name), tablets, watched))
        finally:
            if postgres is not None:
                postgres.stop()
    return {"engine": engine, "tablets": tablets, **found}


async def _measure(url: str, folder: Path, tablets: int, store: psutil.Process | None) -> dict[str, Any]:
    clock = ManualClock(HALF_PAST_FOUR - timedelta(hours=1))
    journal, vault = Journal(clock), Vault(bytes(range(32)))
    settings = Settings(server=Server(data_dir=str(folder)), keys=Keys(folder=str(folder)))
    database = await open_database(url, clock, migrate=True)
    fleet = Fleet(database, clock, journal)
    agreement = Agreement(database, clock, journal, vault, settings)
    agreed = agreement.charter.agreed
    targets = AgreedTargets(clock, compilers_of(settings, vault), agreed)
    convergence = Convergence(clock, targets, {"ipad": AppleSteps()}, fleet)
    reader = ModeReader(clock, AgreedHomeRules(clock, agreed), FleetLoans())
    runner = ModeRunner(database, clock, journal, reader, convergence)
    await agreement.agree(EDITION)
    await runner.run_once()
    await _fill(database, tablets)
    by_second = await database.read(_due_by_second)
    clock.advance(HALF_PAST_FOUR + timedelta(milliseconds=HOME_MS) - clock.now())
    stop = asyncio.Event()
    reporting = asyncio.create_task(_reports(database, tablets, stop))
    begun, cpu, stored = time.monotonic(), time.process_time(), _cpu(store)
    looked = await runner.run_once()
    seconds, cpu, stored = time.monotonic() - begun, time.process_time() - cpu, _cpu(store) - stored
    stop.set()
    waits = sorted(await reporting)
    changed = await database.read(lambda conn: conn.one("SELECT COUNT(*) AS n FROM tablet_mode WHERE usable = 1"))
    woken = await database.read(lambda conn: conn.one("SELECT COUNT(*) AS n FROM wake"))
    await database.close()
    assert changed is not None
    assert woken is not None
    rate = looked / seconds
    return {
        "brought_to_their_mode": changed["n"],
        "wishes_to_wake": woken["n"],
        "seconds": round(seconds, 1),
        "cpu_seconds_of_the_server": round(cpu, 1),
        "cpu_seconds_of_postgresql": round(stored, 1),
        "tablets_a_second": round(rate),
        "tablets_a_cpu_second": round(looked / (cpu + stored)),
        "come_due_in_a_second": {
            "at_most": max(by_second.values()),
            "on_average": round(tablets / (HOME_MS / 1000)),
            "without_the_spread": tablets,
        },
        "latest_after_its_time_s": round(_latest(by_second, rate), 1),
        "reports_meanwhile_ms": {
            "count": len(waits),
            "median": round(waits[len(waits) // 2] * 1000, 1),
            "p99": round(waits[int(len(waits) * 0.99)] * 1000, 1),
        },
    }


def _cpu(process: psutil.Process | None) -> float:
    """Return the CPU seconds of a process and its children so far."""
    total = 0.0
    for one in [process, *process.children(recursive=True)] if process is not None else []:
        with suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            total += times.user + times.system
    return total


async def _reports(database: Database, tablets: int, stop: asyncio.Event) -> list[float]:
    """Write what tablets tell, fifty a second, while modes change; return how long each write took."""
    waits, number = [], 0
    while not stop.is_set():
        number += 1
        tablet_id = f"{number % tablets:032x}"
        begun = time.monotonic()
        await database.write(lambda conn, one=tablet_id: note_seen(conn, [(one, 1)]))
        waits.append(time.monotonic() - begun)
        await asyncio.sleep(0.02)
    return waits


def _due_by_second(conn: Connection) -> Counter[int]:
    rows = conn.all("SELECT due_at / 1000 AS second, COUNT(*) AS tablets FROM tablet_mode GROUP BY 1")
    return Counter({int(row["second"]): row["tablets"] for row in rows})


def _latest(by_second: Counter[int], rate: float) -> float:
    """Return how long after its own time the last tablet is reached, at that rate, in seconds."""
    waiting, latest = 0.0, 0.0
    for second in range(min(by_second), max(by_second) + 1):
        waiting = max(0.0, waiting + by_second[second] - rate)
        latest = max(latest, waiting / rate)
    return latest


async def _fill(database: Database, tablets: int) -> None:
    step = 5000
    await database.write(lambda conn: _places(conn, tablets))
    for first in range(0, tablets, step):
        numbers = range(first, min(first + step, tablets))
        await database.write(lambda conn, chosen=numbers: _tablets(conn, chosen))


def _places(conn: Connection, tablets: int) -> None:
    kits = -(-tablets // PER_KIT)
    schools = -(-kits // KITS_PER_SCHOOL)
    conn.run("INSERT INTO territory (territory_id, name) VALUES ('t', 'MACS')")
    conn.run("INSERT INTO commune (insee, territory_id, name) VALUES ('40018', 't', 'Audignon')")
    conn.many(
        "INSERT INTO school (uai, insee, name) VALUES (:uai, '40018', :uai)",
        [{"uai": f"U{number:06d}"} for number in range(schools)],
    )
    conn.many(
        "INSERT INTO kit (kit_id, uai, name, platform, created_at) VALUES (:kit, :uai, :kit, 'ipad', 1)",
        [{"kit": f"K{number:06d}", "uai": f"U{number // KITS_PER_SCHOOL:06d}"} for number in range(kits)],
    )


def _tablets(conn: Connection, numbers: range) -> None:
    device = DeviceFacts(os_version="18.1", supervised=True, device_name="iPad", time_zone="Europe/Paris")
    apps = {"org.scratchjr.ScratchJr": "Managed"}
    report = Report(device=device, security_known=True, profiles={}, apps=apps).to_json()
    rows = [
        {
            "id": f"{number:032x}",
            "udid": f"00008030-{number:016X}",
            "name": "iPad",
            "kit": f"K{number // PER_KIT:06d}",
            "place": number % PER_KIT + 1,
            "report": report,
            "later": 2**52,
            "due": int(HALF_PAST_FOUR.timestamp() * 1000) + after(f"{number:032x}", HOME_MS),
            "until": int(HALF_PAST_FOUR.timestamp() * 1000),
        }
        for number in numbers
    ]
    for statement, names in (
        (
            "INSERT INTO tablet (tablet_id, platform, serial, name, state, state_since, created_at)"
            " VALUES (:id, 'ipad', :udid, :name, 'loaned', 1, 1)",
            ("id", "udid", "name"),
        ),
        (
            "INSERT INTO slot (kit_id, number, name, tablet_id) VALUES (:kit, :place, :name, :id)",
            ("kit", "place", "name", "id"),
        ),
        (
            "INSERT INTO apple_enrollment (udid, tablet_id, identity_digest, topic, state, enrolled_at, os_version)"
            " VALUES (:udid, :id, :id, 'com.apple.mgmt.External.b', 'enrolled', 1, '18.1')",
            ("udid", "id"),
        ),
        (
            "INSERT INTO tablet_report (tablet_id, seen_at, os_version, supervised) VALUES (:id, 1, '18.1', 1)",
            ("id",),
        ),
        (
            "INSERT INTO convergence (tablet_id, report, next_check_at) VALUES (:id, :report, :later)",
            ("id", "report", "later"),
        ),
        (
            "INSERT INTO tablet_mode (tablet_id, mode, usable, why, since_at, until_at, due_at)"
            " VALUES (:id, 'home', 0, 'out_of_hours', 1, :until, :due)",
            ("id", "until", "due"),
        ),
    ):
        conn.many(statement, [{name: row[name] for name in names} for row in rows])


if __name__ == "__main__":
    main()
