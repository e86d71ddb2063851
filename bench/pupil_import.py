"""What an import of pupils costs: ``python -m bench.pupil_import``. Seconds, for 20,000 invented pupils of 100 schools.

First they are new; then the same file is imported again; then a town hall's file without national numbers follows, and
ONDE's file of guardians. ``cpu`` counts this process and the database's: on a machine with other work it tells more.
"""

import argparse
import asyncio
import random
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import msgspec
import psutil

from mdm.clock import SystemClock
from mdm.fleet.territory import Commune, School, Territory
from mdm.fleet.territory_store import add_territory, save_communes, save_schools
from mdm.fleet.uai import check_letter
from mdm.home.guardians.from_import import ImportedGuardians
from mdm.home.pupils.imports import PupilImports
from mdm.journal import Journal
from mdm.store import Connection, open_database
from mdm.vault import Vault
from tests.temporary_postgres import PostgresMissing, TemporaryPostgres

PUPILS, SCHOOLS = 20_000, 100
LIMIT_SECONDS = 10.0
LEVELS = ("PS", "MS", "GS", "CP", "CE1", "CE2", "CM1", "CM2")
SYLLABLES = ("ba", "lo", "mi", "ru", "ta", "vé", "no", "ki", "zo", "pe", "dan", "fel", "gar", "hul", "jos", "ques")


def uai(number: int) -> str:
    """Return a school's code."""
    digits = f"{400_000 + number:07d}"
    return digits + check_letter(digits)


def invented(rng: random.Random, syllables: int) -> str:
    """Return a name that nobody has."""
    return "".join(rng.choice(SYLLABLES) for _ in range(syllables)).capitalize()


def files(pupils: int) -> tuple[bytes, bytes, bytes]:
    """Return ONDE's file, a town hall's, and ONDE's of guardians, of the same children."""
    rng = random.Random(1)
    onde = ["UAI;Nom élève;Nom d'usage élève;Prénom élève;Date naissance;Sexe;INE;Adresse1;Cycle;Niveau;Libellé classe"]
    hall = ["Code UAI;Nom;Prénom;Né(e) le;Niveau;Classe"]
    people = [
        "UAI;Civilité Responsable;Nom responsable;Prénom responsable;Courriel;Nom d'usage enfant;"
        "Nom de famille enfant;Prénom enfant;Classes enfants"
    ]
    for number in range(pupils):
        code, level = uai(number % SCHOOLS), LEVELS[number // SCHOOLS % len(LEVELS)]
        last, first = invented(rng, 4), invented(rng, 3)
        born = f"{rng.randint(1, 28):02d}/{rng.randint(1, 12):02d}/{rng.randint(2016, 2022)}"
        onde.append(
            f"{code};{last.upper()};;{first};{born};F;{number:09d}AB;12 rue des Lilas;CYCLE II;{level};{level} A"
        )
        hall.append(f"{code};{last};{first.upper()};{born};{level};{level} A")
        people.append(f"{code};MME;{last.upper()};{invented(rng, 2)};;;{last.upper()};{first};{level} A")
    return tuple("\r\n".join(lines).encode("cp1252") for lines in (onde, hall, people))  # type: ignore[return-value]


def add_schools(conn: Connection) -> None:
    """Store a territory of so many schools."""
    add_territory(conn, Territory(territory_id="t", name="Bench"))
    save_communes(conn, [Commune(insee="40192", territory_id="t", name="Bench")])
    save_schools(conn, [School(uai=uai(number), insee="40192", name=f"École {number}") for number in range(SCHOOLS)])


class Measured(msgspec.Struct, frozen=True):
    """An import: seconds to read and tell, to apply, and of CPU time for both."""

    name: str
    read: float
    applied: float
    cpu: float


def cpu_seconds(cluster: psutil.Process | None) -> float:
    """Return the CPU time of this process, and of a database server with its children."""
    total = time.process_time()
    for process in [] if cluster is None else [cluster, *cluster.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


async def measure(url: str, pupils: int, cluster: psutil.Process | None = None) -> list[Measured]:
    """Return what each import took."""
    clock = SystemClock()
    database = await open_database(url, clock, migrate=True)
    await database.write(add_schools)
    imports = PupilImports(database, clock, Journal(clock), Vault(bytes(32)), ImportedGuardians(clock))
    onde, hall, people = files(pupils)
    found = []
    for name, body in (("all new", onde), ("the same again", onde), ("a town hall's", hall), ("guardians", people)):
        begun, spent = time.perf_counter(), cpu_seconds(cluster)
        report = await imports.read([body], actor="bench")
        read = time.perf_counter() - begun
        begun = time.perf_counter()
        await imports.apply(report.pending.import_id, actor="bench")
        found.append(Measured(name, read, time.perf_counter() - begun, cpu_seconds(cluster) - spent))
        counts = report.pending.counts
        expected = {"all new": counts["add"], "guardians": counts["guardians"]}.get(name, counts["known"])
        if expected != pupils:
            raise SystemExit(f"{name}: {counts}")
    await database.close()
    return found


def show(engine: str, found: list[Measured]) -> None:
    """Print one engine's seconds, and whether the import of new pupils is within its limit."""
    print(f"\n{engine}")
    for one in found:
        whole = one.read + one.applied
        print(
            f"  {one.name:16} read {one.read:6.2f}  apply {one.applied:6.2f}  together {whole:6.2f}  cpu {one.cpu:6.2f}"
        )
    whole = found[0].read + found[0].applied
    print(f"  {'within' if whole <= LIMIT_SECONDS else 'BEYOND'} the limit of {LIMIT_SECONDS:.0f} s")


def main() -> None:
    """Measure both engines, or one."""
    parser = argparse.ArgumentParser(description="Measure an import of pupils.")
    parser.add_argument("--engine", choices=["sqlite", "postgresql"])
    parser.add_argument("--pupils", type=int, default=PUPILS)
    options = parser.parse_args()
    if options.engine in (None, "sqlite"):
        with tempfile.TemporaryDirectory() as folder:
            show("sqlite", asyncio.run(measure(f"sqlite:///{Path(folder) / 'bench.db'}", options.pupils)))
    if options.engine in (None, "postgresql"):
        try:
            cluster = TemporaryPostgres()
            cluster.start()
        except PostgresMissing as missing:
            print(f"\npostgresql: not run: {missing}")
            return
        try:
            show(
                "postgresql", asyncio.run(measure(cluster.create("bench"), options.pupils, psutil.Process(cluster.pid)))
            )
        finally:
            cluster.stop()


if __name__ == "__main__":
    main()
