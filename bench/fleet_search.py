"""Search, lists and figures among very many tablets: ``python -m bench.fleet_search [--tablets 100000]``.

For each engine: twelve kinds of search, lists, counts, figures and a round. p50, p95 and p99 in milliseconds are what a
caller of the services waits; cpu is the mean CPU time of this process, which with SQLite is all that there is. Then the
cost of keeping the index: an enrolment's part of it.
"""

import argparse
import asyncio
import random
import string
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from mdm.clock import SystemClock
from mdm.fleet.reach import EVERYTHING, Reach
from mdm.fleet.search import Search
from mdm.fleet.tablet_index import index_tablets
from mdm.fleet_view.figures import FleetFigures
from mdm.fleet_view.filters import TabletFilter
from mdm.fleet_view.list_store import Order
from mdm.fleet_view.lists import TabletLists
from mdm.fleet_view.rounds import FleetRounds
from mdm.store import Connection, Database, open_database
from tests.temporary_postgres import PostgresMissing, TemporaryPostgres

_KITS = ("Cassiopée", "Orion", "Grande Ourse", "Lyre", "Pégase", "Andromède", "Persée", "Aigle")
_SCHOOLS = ("École du Bourg", "École Jean-Jaurès", "École élémentaire Saint-Exupéry", "Collège Jules-Ferry")
_SLOTS = 12
_KITS_A_SCHOOL = 4
_SCHOOLS_A_COMMUNE = 5
_ROUNDS = 100


class Territory:
    """What was made, for the queries."""

    def __init__(self, tablets: int) -> None:
        self.rng = random.Random(7)
        self.tablets = tablets
        self.serials: list[str] = []

    def fill(self, conn: Connection, first: int, last: int) -> None:
        """Store tablets as enrolment and reports leave them."""
        now = int(datetime.now(UTC).timestamp() * 1000)
        rng = self.rng
        communes, schools, kits, rows = [], [], [], []
        for number in range(first, last):
            kit, slot = divmod(number, _SLOTS)
            school, of_school = divmod(kit, _KITS_A_SCHOOL)
            commune, of_commune = divmod(school, _SCHOOLS_A_COMMUNE)
            uai, insee = f"{school:07d}A", f"{commune:05d}"
            if slot == 0 and of_school == 0 and of_commune == 0:
                communes.append({"insee": insee, "name": f"Saint-Martin-{commune}"})
            if slot == 0 and of_school == 0:
                schools.append({"uai": uai, "insee": insee, "name": f"{_SCHOOLS[school % 4]} {school}"})
            name = f"{_KITS[kit % len(_KITS)]} {kit}"
            if slot == 0:
                kits.append({"kit": f"{kit:032x}", "uai": uai, "name": name})
            serial = "".join(rng.choices(string.ascii_uppercase + string.digits, k=12))
            self.serials.append(serial)
            rows.append(
                {
                    "id": f"{number:032x}",
                    "kit": f"{kit:032x}",
                    "number": slot + 1,
                    "serial": serial,
                    "name": f"{name} {slot + 1:02d}",
                    "state": rng.choices(("ready", "enrolled", "loaned", "broken", "lost"), (80, 10, 7, 2, 1))[0],
                    "seen": now - int(rng.expovariate(1 / (3 * 86_400_000))),
                    "os": rng.choice(("17.5.1", "17.7", "18.1", "18.2", "26.0")),
                    "battery": rng.randrange(101),
                    "free": rng.randrange(60_000_000_000),
                    "converged": now if rng.random() < 0.9 else None,
                }
            )
        conn.many("INSERT INTO commune (insee, territory_id, name) VALUES (:insee, 't', :name)", communes)
        conn.many("INSERT INTO school (uai, insee, name) VALUES (:uai, :insee, :name)", schools)
        conn.many(
            "INSERT INTO kit (kit_id, uai, name, platform, created_at) VALUES (:kit, :uai, :name, 'ipad', 1)", kits
        )
        for statement in (
            "INSERT INTO tablet (tablet_id, platform, serial, name, state, state_since, model, created_at)"
            " VALUES (:id, 'ipad', :serial, :name, :state, 1, 'iPad12,1', 1)",
            "INSERT INTO slot (kit_id, number, name, tablet_id) VALUES (:kit, :number, :name, :id)",
            "INSERT INTO tablet_report (tablet_id, seen_at, os_version, model_name, battery, capacity, free_space,"
            " supervised) VALUES (:id, :seen, :os, 'iPad (9th generation)', :battery, 64000000000, :free, 1)",
            "INSERT INTO convergence (tablet_id, converged_at, next_check_at) VALUES (:id, :converged, 1)",
        ):
            conn.many(statement, rows)


async def measure(url: str, tablets: int, *, search_only: bool) -> None:
    """Fill a database, then measure."""
    database = await open_database(url, SystemClock(), migrate=True)
    territory = Territory(tablets)
    await database.write(lambda conn: conn.run("INSERT INTO territory (territory_id, name) VALUES ('t', 'Landes')"))
    step = 6000
    begun = time.perf_counter()
    for first in range(0, tablets, step):
        await database.write(lambda conn, first=first: territory.fill(conn, first, min(first + step, tablets)))
    filled = time.perf_counter()
    rounds = FleetRounds(database, SystemClock())
    await rounds.once()
    first_round = time.perf_counter()
    print(f"  filled in {filled - begun:.1f} s, first round (indexes all): {first_round - filled:.1f} s")
    await once("a round with nothing new", rounds.once, 3)
    await database.write(
        lambda conn: conn.run("UPDATE tablet_report SET seen_at = seen_at + 1 WHERE tablet_id LIKE '%00'")
    )
    await once("a round after 390 reports", rounds.once, 1)
    await searches(database, territory)
    if not search_only:
        await lists(database)
        await figures(database)
    await keeping(database, territory)
    await database.close()


async def searches(database: Database, territory: Territory) -> None:
    """Every kind of search."""
    search, rng = Search(database), random.Random(11)
    kits = territory.tablets // _SLOTS
    reach = Reach(schools=frozenset({"0000007A", "0000008A"}), communes=frozenset({"00003"}))

    def serial() -> str:
        return rng.choice(territory.serials)

    def kit() -> str:
        number = rng.randrange(kits)
        return f"{_KITS[number % len(_KITS)]} {number}"

    kinds: dict[str, tuple[Callable[[], str], Reach]] = {
        "whole serial number": (serial, EVERYTHING),
        "part of a serial number": (lambda: serial()[3:8], EVERYTHING),
        "slot, as on its label": (lambda: f"{kit()} {rng.randrange(1, 13)}", EVERYTHING),
        "kit": (kit, EVERYTHING),
        "school, in part, no accents": (lambda: f"exupery {rng.randrange(kits // 4)}", EVERYTHING),
        "commune": (lambda: f"saint-martin-{rng.randrange(kits // 20)}", EVERYTHING),
        "model, that all have": (lambda: "9th gen", EVERYTHING),
        "one letter": (lambda: rng.choice("aeis7"), EVERYTHING),
        "nothing is found": (lambda: "zzqqxx" + serial()[:3], EVERYTHING),
        "eight words": (lambda: "i a e s m o 1 2", EVERYTHING),
        "common, in reach of 2 schools, 1 commune": (lambda: "ipad", reach),
        "nothing, in that reach": (lambda: "zzqqxx", reach),
    }
    for name, (text, within) in kinds.items():
        await once(f"search: {name}", lambda text=text, within=within: search.tablets(text(), within), _ROUNDS)


async def lists(database: Database) -> None:
    """Pages and counts."""
    service = TabletLists(database, SystemClock())
    filters = {
        "no filter": TabletFilter(),
        "drifting": TabletFilter(drifting=True),
        "unseen for 30 days, storage low, battery low": TabletFilter(
            unseen_days=30, storage_low=True, battery_low=True
        ),
        "older than 18, text in 1 school": TabletFilter(older_than="18", text="lyre 3"),
        "one school": TabletFilter(uai="0000007A"),
        "nothing passes": TabletFilter(text="zzqq"),
    }
    for name, wanted in filters.items():
        for by in ("name", "seen"):
            order = Order(by=by, descending=by == "seen")
            await once(f"list by {by}: {name}", lambda w=wanted, o=order: service.page(w, EVERYTHING, o), 20)

            async def second(wanted: TabletFilter = wanted, order: Order = order) -> object:
                first = await service.page(wanted, EVERYTHING, order)
                return await service.page(wanted, EVERYTHING, order, after=first.next)

            if by == "seen":
                await once(f"pages 1 and 2 by {by}: {name}", second, 20)
        await once(f"count: {name}", lambda w=wanted: service.count(w, EVERYTHING), 20)


async def figures(database: Database) -> None:
    """The glance."""
    service = FleetFigures(database)
    reach = Reach(communes=frozenset({"00003"}), schools=frozenset({"0000001A"}))
    await once("glance, all", lambda: service.glance(EVERYTHING), 50)
    await once("glance, in reach", lambda: service.glance(reach), 50)
    await once("by commune", lambda: service.by_commune(EVERYTHING), 20)
    await once("by school, 100 of them", lambda: service.by_school(EVERYTHING), 20)


async def keeping(database: Database, territory: Territory) -> None:
    """What an enrolment pays for being found, in its own transaction and in one with others."""
    rng = random.Random(5)
    for size in (1, 50):
        chosen = [f"{rng.randrange(territory.tablets):032x}" for _ in range(size)]
        took = []
        for _ in range(50):
            took.append(await database.write(lambda conn, chosen=chosen: _timed(conn, chosen)))
        took.sort()
        print(f"  index {size:3} tablets, SQL alone: {took[25] / size:8.3f} ms a tablet")


def _timed(conn: Connection, chosen: list[str]) -> float:
    begun = time.perf_counter()
    index_tablets(conn, chosen)
    return (time.perf_counter() - begun) * 1000


async def once(name: str, work: Callable[[], Awaitable[object]], times: int) -> None:
    """Do something so often, and print how long it took."""
    took = []
    used = time.process_time()
    for _ in range(times):
        begun = time.perf_counter()
        await work()
        took.append((time.perf_counter() - begun) * 1000)
    used = (time.process_time() - used) * 1000 / times
    took.sort()

    def at(part: float) -> float:
        return took[min(len(took) - 1, int(len(took) * part))]

    print(f"  {name:60} p50 {at(0.5):8.1f}  p95 {at(0.95):8.1f}  p99 {at(0.99):8.1f} ms  cpu {used:7.1f}", flush=True)


def main() -> None:
    """Measure on both engines."""
    parser = argparse.ArgumentParser(description="Measure search, lists and figures.")
    parser.add_argument("--tablets", type=int, default=100_000)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--search-only", action="store_true")
    options = parser.parse_args()
    for engine in options.engine or ["sqlite", "postgresql"]:
        print(f"{engine}, {options.tablets} tablets")
        with tempfile.TemporaryDirectory() as folder:
            if engine == "sqlite":
                url = f"sqlite:///{Path(folder) / 'valise.db'}"
                asyncio.run(measure(url, options.tablets, search_only=options.search_only))
                continue
            try:
                cluster = TemporaryPostgres()
                cluster.start()
            except PostgresMissing as missing:
                print(f"  not run: {missing}")
                continue
            try:
                url = cluster.create("valise")
                asyncio.run(measure(url, options.tablets, search_only=options.search_only))
            finally:
                cluster.stop()


if __name__ == "__main__":
    main()
