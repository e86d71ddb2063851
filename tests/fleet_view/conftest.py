"""Two communes with three schools and their kits, on each engine, with tablets that can be enrolled in a line."""

from datetime import timedelta

import msgspec
import pytest

from mdm.clock import ManualClock
from mdm.fleet.fleet import Fleet
from mdm.fleet.kit import Kit
from mdm.fleet.report_store import ReportedFacts, save_facts
from mdm.fleet.slot_binding import Identity
from mdm.fleet.states import TabletEvent
from mdm.fleet.tablet import Platform
from mdm.fleet_view.rounds import FleetRounds
from mdm.journal import Journal
from mdm.store import Connection, Database

ACTOR = "account:test"
BOURG, PLAGE, LAC = "0400377T", "0400544Z", "0400001J"
MONT, SOUSTONS = "40192", "40310"


class World(msgspec.Struct, frozen=True):
    """The rooms, and the kits by name."""

    database: Database
    clock: ManualClock
    journal: Journal
    fleet: Fleet
    rounds: FleetRounds
    kits: dict[str, Kit]

    async def enrol(self, kit: str, slot: int, serial: str, *, model: str = "") -> str:
        """Let a tablet join at a slot; return its identifier."""
        # Identifiers sort by time: each tablet comes after the one before.
        self.clock.advance(timedelta(milliseconds=1))
        place = self.kits[kit]
        identity = Identity(platform=place.platform, serial=serial, model=model)

        def join(conn: Connection) -> str:
            tablet_id = self.fleet.bind(conn, identity, kit_id=place.kit_id, slot_number=slot, actor=ACTOR)
            self.fleet.apply(conn, tablet_id, TabletEvent.ENROL, actor=ACTOR)
            return tablet_id

        return await self.database.write(join)

    async def report(self, tablet_id: str, **facts: object) -> None:
        """Let a tablet say something of itself now."""
        said = ReportedFacts(**facts)  # type: ignore[arg-type]
        now = self.clock.ms()
        await self.database.write(lambda conn: save_facts(conn, [(tablet_id, said)], now=now))

    async def converge(self, tablet_id: str, *, whole: bool = True) -> None:
        """Let a tablet have all that it should, or not."""
        at = self.clock.ms() if whole else None
        await self.database.write(
            lambda conn: conn.run(
                "INSERT INTO convergence (tablet_id, converged_at, next_check_at) VALUES (:it, :at, 1)"
                " ON CONFLICT (tablet_id) DO UPDATE SET converged_at = excluded.converged_at",
                it=tablet_id,
                at=at,
            )
        )


@pytest.fixture
async def world(any_database: Database, clock: ManualClock) -> World:
    journal = Journal(clock)
    fleet = Fleet(any_database, clock, journal)
    landes = await fleet.create_territory("Landes", actor=ACTOR)
    await fleet.create_commune(MONT, "Mont-de-Marsan", territory_id=landes.territory_id, actor=ACTOR)
    await fleet.create_commune(SOUSTONS, "Soustons", territory_id=landes.territory_id, actor=ACTOR)
    kits = {}
    for uai, name, insee, kit, platform in (
        (BOURG, "École du Bourg", MONT, "Cassiopée", Platform.IPAD),
        (PLAGE, "École de la Plage", SOUSTONS, "Pégase", Platform.ANDROID),
        (LAC, "Collège Saint-Exupéry", SOUSTONS, "Orion", Platform.IPAD),
    ):
        await fleet.create_school(uai, name, insee=insee, actor=ACTOR)
        kits[kit] = await fleet.create_kit(uai, kit, platform=platform, slots=12, actor=ACTOR)
    return World(any_database, clock, journal, fleet, FleetRounds(any_database, clock), kits)
