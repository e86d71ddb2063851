"""Three communes of the Landes with four schools, their kits and tablets, and the rooms around them."""

from collections.abc import Mapping
from datetime import date

import msgspec
import pytest

from mdm.clock import ManualClock
from mdm.fleet.fleet import Fleet
from mdm.fleet.slot_binding import Identity
from mdm.fleet.states import TabletEvent
from mdm.fleet.tablet import Platform
from mdm.fleet.uai import check_letter
from mdm.journal import Journal
from mdm.store import Connection, Database
from profiles.costs.costs import Costs
from profiles.costs.funding import Funding
from profiles.costs.purchase import Coverage, Purchase, PurchaseDraft
from profiles.costs.renewals import Renewals
from profiles.costs.sharing import KeyDraft, Rule, SharingKey
from profiles.costs.words import Basis, Extent, PurchaseKind

ACTOR = "account:test"
AUDIGNON, DAX, MARSAN = "40015", "40088", "40192"


def uai(number: int) -> str:
    """Return a school's code in the Landes."""
    digits = f"040{number:04d}"
    return digits + check_letter(digits)


BOURG, PINS, LAC, SOURCES = uai(1), uai(2), uai(3), uai(4)
SCHOOLS = {BOURG: MARSAN, PINS: MARSAN, LAC: DAX, SOURCES: AUDIGNON}
PUPILS = {BOURG: 120, PINS: 80, LAC: 150, SOURCES: 50}


def draft(**more: object) -> PurchaseDraft:
    """Return a purchase of iPads for Dax, but for what is said."""
    fields: dict[str, object] = {
        "label": "iPad pour les écoles",
        "kind": PurchaseKind.HARDWARE,
        "amount_cents": 1_000_000,
        "vat_per_mille": 200,
        "bought_on": date(2026, 3, 2),
        "coverage": Coverage(extent=Extent.COMMUNES, places=(DAX,)),
    }
    return PurchaseDraft(**{**fields, **more})  # type: ignore[arg-type]


def kept(purchase_id: str = "1" * 32, **more: object) -> Purchase:
    """Return a purchase as the store would give it."""
    made = draft(**more)
    return Purchase(
        **{name: getattr(made, name) for name in PurchaseDraft.__struct_fields__}, purchase_id=purchase_id, revision=1
    )


def key_draft(reference: str = "2026-14", first_year: int = 2026, **more: object) -> KeyDraft:
    """Return a key: 40 % borne by the authority, the rest by pupils, but for what is said."""
    fields: dict[str, object] = {
        "reference": reference,
        "adopted_on": date(2026, 3, 12),
        "first_year": first_year,
        "rule": Rule(common_per_mille=400, basis=Basis.PUPILS),
    }
    return KeyDraft(**{**fields, **more})  # type: ignore[arg-type]


class World:
    """The places, and what happens in them."""

    def __init__(self, database: Database, clock: ManualClock, journal: Journal) -> None:
        self.database = database
        self.clock = clock
        self.journal = journal
        self.fleet = Fleet(database, clock, journal)
        self.costs = Costs(database, clock, journal)
        self.funding = Funding(database, clock, journal)
        self.renewals = Renewals(database, clock, journal)
        self.territory_id = ""
        self.kits: dict[str, str] = {}

    async def build(self) -> None:
        landes = await self.fleet.create_territory("Landes", actor=ACTOR)
        self.territory_id = landes.territory_id
        for insee, name in ((AUDIGNON, "Audignon"), (DAX, "Dax"), (MARSAN, "Mont-de-Marsan")):
            await self.fleet.create_commune(insee, name, territory_id=landes.territory_id, actor=ACTOR)
        names = {BOURG: "École du Bourg", PINS: "École des Pins", LAC: "École du Lac", SOURCES: "École des Sources"}
        for code, insee in SCHOOLS.items():
            await self.fleet.create_school(code, names[code], insee=insee, actor=ACTOR)

    async def count_pupils(self, year: int = 2026, pupils: Mapping[str, int] = PUPILS) -> None:
        for code, count in pupils.items():
            await self.costs.set_pupils(code, year, count, actor=ACTOR)

    async def add_kit(self, code: str, tablets: int, name: str = "Cassiopée") -> str:
        """Add a kit whose first slots have enrolled tablets; return its identifier."""
        kit = await self.fleet.create_kit(code, name, platform=Platform.IPAD, slots=max(tablets, 1), actor=ACTOR)
        for number in range(1, tablets + 1):
            await self.join(kit.kit_id, number, f"{code}{name[:2]}{number:02d}")
        return kit.kit_id

    async def join(self, kit_id: str, number: int, serial: str, model: str = "iPad (10th generation)") -> str:
        identity = Identity(platform=Platform.IPAD, serial=serial, model=model)

        def check_in(conn: Connection) -> str:
            tablet_id = self.fleet.bind(conn, identity, kit_id=kit_id, slot_number=number, actor="ticket:1")
            self.fleet.apply(conn, tablet_id, TabletEvent.ENROL, actor=f"tablet:{tablet_id}")
            return tablet_id

        return await self.database.write(check_in)

    async def adopt(self, reference: str = "2026-14", *, replaces: str = "", **more: object) -> SharingKey:
        return await self.costs.adopt_key(key_draft(reference, **more), replaces=replaces, actor=ACTOR)  # type: ignore[arg-type]

    async def buy(self, **more: object) -> Purchase:
        return await self.costs.add(draft(**more), actor=ACTOR)

    def everywhere(self) -> Coverage:
        return Coverage(extent=Extent.TERRITORY, places=(self.territory_id,))


def corrected(purchase: Purchase, **more: object) -> PurchaseDraft:
    """Return the draft of a purchase with something changed."""
    fields = {name: getattr(purchase, name) for name in PurchaseDraft.__struct_fields__}
    return msgspec.structs.replace(PurchaseDraft(**fields), **more)


@pytest.fixture
async def small_world(database: Database, clock: ManualClock) -> World:
    """The places, on SQLite alone, for what does not depend on the engine."""
    made = World(database, clock, Journal(clock))
    await made.build()
    return made


@pytest.fixture
async def world(any_database: Database, clock: ManualClock) -> World:
    """The places, on each engine in turn."""
    made = World(any_database, clock, Journal(clock))
    await made.build()
    return made
