"""A school in Mont-de-Marsan with a kit of four iPads, two spares, and people who report and repair."""

import io
from datetime import date
from pathlib import Path

from PIL import Image

from mdm.clock import ManualClock
from mdm.fleet import kit_store, territory_store
from mdm.fleet.fleet import Fleet
from mdm.fleet.kit import Kit
from mdm.fleet.slot_binding import Identity, register_tablet
from mdm.fleet.states import TabletEvent, TabletState
from mdm.fleet.tablet import Platform
from mdm.fleet.territory import Commune, School, Territory
from mdm.ids import new_id
from mdm.journal import Journal, entries
from mdm.repairs.fault import Fault, FaultKind
from mdm.repairs.faults import Faults
from mdm.repairs.inventory.inventories import Inventories
from mdm.repairs.photos import Photos
from mdm.repairs.repairs import Repairs
from mdm.repairs.retention import Retention
from mdm.repairs.spares import Spares
from mdm.store import Connection, Database

TEACHER = "account:teacher"
TECHNICIAN = "account:technician"
SCHOOL = "0400377T"
OTHER_SCHOOL = "0400002K"


class KnownWarranties:
    """Warranties that a test knows."""

    def __init__(self) -> None:
        self.days: dict[str, date] = {}

    def until(self, conn: Connection, tablet_id: str) -> date | None:
        del conn
        return self.days.get(tablet_id)


class World:
    """The rooms, a kit with tablets A1 to A4 in places 1 to 4 of 5, and spares S1 and S2 in no kit."""

    kit: Kit

    def __init__(self, database: Database, clock: ManualClock, folder: Path) -> None:
        self.database = database
        self.clock = clock
        self.journal = Journal(clock)
        self.fleet = Fleet(database, clock, self.journal)
        self.photos = Photos(folder / "fault-photos", clock)
        self.warranties = KnownWarranties()
        self.faults = Faults(database, clock, self.journal, self.photos, self.warranties)
        self.repairs = Repairs(database, clock, self.journal)
        self.spares = Spares(database, clock, self.journal)
        self.inventories = Inventories(database, clock, self.journal, self.faults)
        self.retention = Retention(database, clock, self.photos)
        self.tablets: dict[str, str] = {}

    async def settle(self) -> None:
        now, kit_id = self.clock.ms(), new_id(self.clock)
        self.kit = Kit(
            kit_id=kit_id, uai=SCHOOL, name="Cassiopée", platform=Platform.IPAD, edition_id=None, created_at=now
        )

        def write(conn: Connection) -> None:
            territory_store.add_territory(conn, Territory(territory_id="landes", name="Landes"))
            commune = Commune(insee="40192", territory_id="landes", name="Mont-de-Marsan")
            territory_store.add_commune(conn, commune)
            territory_store.add_school(conn, School(uai=SCHOOL, insee="40192", name="École du Bourg"))
            territory_store.add_school(conn, School(uai=OTHER_SCHOOL, insee="40192", name="École du Parc"))
            kit_store.add_kit(conn, self.kit, 5)
            for number in range(1, 5):
                self._check_in(conn, f"A{number}", self.kit, number)
            for serial in ("S1", "S2"):
                self._register(conn, serial, Platform.IPAD)

        await self.database.write(write)

    async def join(self, serial: str, kit: Kit, slot: int) -> str:
        return await self.database.write(lambda conn: self._check_in(conn, serial, kit, slot))

    async def register(self, serial: str, platform: Platform = Platform.IPAD) -> str:
        return await self.database.write(lambda conn: self._register(conn, serial, platform))

    def _check_in(self, conn: Connection, serial: str, kit: Kit, slot: int) -> str:
        identity = Identity(platform=kit.platform, serial=serial, model="iPad13,18")
        joined = self.fleet.bind(conn, identity, kit_id=kit.kit_id, slot_number=slot, actor="ticket:1")
        self.fleet.apply(conn, joined, TabletEvent.ENROL, actor=f"tablet:{joined}")
        conn.run(
            "INSERT INTO convergence (tablet_id, converged_at, next_check_at) VALUES (:tablet_id, 1, 1)"
            " ON CONFLICT (tablet_id) DO NOTHING",
            tablet_id=joined,
        )
        self.fleet.tablet_converged(conn, joined)
        self.tablets[serial] = joined
        return joined

    def _register(self, conn: Connection, serial: str, platform: Platform) -> str:
        identity = Identity(platform=platform, serial=serial, model="iPad13,18")
        made = register_tablet(conn, self.journal, self.clock, identity, actor="test")
        self.tablets[serial] = made.tablet_id
        return made.tablet_id

    async def report(
        self,
        serial: str,
        kind: FaultKind = FaultKind.SCREEN,
        *,
        words: str = "",
        unusable: bool = False,
        photos: tuple[bytes, ...] = (),
        actor: str = TEACHER,
    ) -> Fault:
        return await self.faults.report(
            self.tablets[serial], kind, words=words, unusable=unusable, photos=photos, actor=actor
        )

    async def state(self, serial: str) -> TabletState:
        return (await self.fleet.tablet(self.tablets[serial])).tablet.state

    async def places(self) -> dict[int, str]:
        """Who is in the kit's places, by serial number."""
        view = await self.fleet.kit(self.kit.kit_id)
        return {slot.number: slot.serial for slot in view.slots if slot.serial}

    async def told(self, serial: str) -> list[str]:
        """The kinds of the journal's entries about a tablet."""
        subject = f"tablet:{self.tablets[serial]}"
        return [one.kind for one in await self.database.read(lambda conn: entries(conn, subject=subject))]


def picture(width: int = 640, height: int = 480, *, kind: str = "JPEG", colour: str = "steelblue") -> bytes:
    """A photo of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, kind)
    return out.getvalue()
