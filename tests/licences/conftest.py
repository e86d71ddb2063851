"""A school with a kit of iPads, Apple's Apps and Books on a local port, and the rooms between them."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from mdm.clock import ManualClock
from mdm.fleet.fleet import Fleet
from mdm.fleet.slot_binding import Identity
from mdm.fleet.tablet import Platform
from mdm.journal import Journal, entries
from mdm.simulator.apps_and_books import AppsAndBooksServer
from mdm.simulator.licence_library import Library
from mdm.store import Database
from mdm.vault import Vault
from profiles.licences import location_store, wish_store
from profiles.licences.answers import MdmInfo
from profiles.licences.carrying import Carrier
from profiles.licences.counting import Counting
from profiles.licences.keys import Keys
from profiles.licences.licences import Licences
from profiles.licences.location_store import Location
from profiles.licences.service_client import ServiceClient
from profiles.licences.settling import Settlement
from profiles.licences.tokens import ContentTokens
from profiles.licences.wish_store import WishView
from profiles.licences.worker import LicenceWorker

ACTOR = "account:test"
VAULT = Vault(bytes(range(32)))
OWN = MdmInfo(id="a0b1c2d3-0000-4000-8000-000000000001", name="Valise", metadata="1")
GEOGEBRA, KIWIX, SCRATCH = 1146717204, 997079563, 895485086
NAMES = {GEOGEBRA: "GeoGebra", KIWIX: "Kiwix", SCRATCH: "ScratchJr"}


@dataclass
class Pauses:
    """Waits for nothing, and remembers for how long it should have."""

    seconds: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@dataclass(kw_only=True)
class World:
    """One server's parts about licences, on one database."""

    database: Database
    clock: ManualClock
    server: AppsAndBooksServer
    fleet: Fleet
    client: ServiceClient
    licences: Licences
    tokens: ContentTokens
    counting: Counting
    carrier: Carrier
    worker: LicenceWorker
    kit_id: str = ""
    tablets: list[str] = field(default_factory=list)

    async def library(
        self, owned: Mapping[int, int], name: str = "Landes", *, schools: Sequence[str] | None = None, **kind: Any
    ) -> Library:
        """Open a location that owns these apps, with its token imported and its licences counted."""
        library = self.server.add_library(name)
        for store_id, total in owned.items():
            library.own(store_id, total, **kind)
        view = await self.tokens.import_token(self.server.token_for(library), schools=schools, actor=ACTOR)
        await self.counting.count(view.location_id)
        return library

    async def assign(self, store_ids: Sequence[int], tablets: Sequence[str] | None = None) -> int:
        """Wish licences for tablets, all of the kit unless said."""
        wanted = self.tablets if tablets is None else tablets
        return await self.database.write(
            lambda conn: self.licences.assign(conn, wanted, store_ids, names=NAMES, actor=ACTOR)
        )

    async def states(self) -> dict[str, int]:
        """Return how many wishes are in each state."""
        found: dict[str, int] = {}
        for one in await self.wishes():
            found[one.state] = found.get(one.state, 0) + 1
        return found

    async def wishes(self) -> list[WishView]:
        return await self.database.read(lambda conn: wish_store.list_wishes(conn, undone=False, limit=10_000))

    async def location(self, library: Library) -> Location:
        found = await self.database.read(lambda conn: location_store.location_of(conn, library.uid))
        assert found is not None
        return found

    async def journalled(self) -> list[str]:
        return [one.kind for one in await self.database.read(lambda conn: entries(conn, limit=1000))]


def serial(number: int) -> str:
    return f"DMP{number:07d}"


MakeWorld = Callable[[Database], World]


@pytest.fixture
async def apple(clock: ManualClock) -> AsyncIterator[AppsAndBooksServer]:
    server = AppsAndBooksServer(clock=clock.now)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
async def client(apple: AppsAndBooksServer, clock: ManualClock, pauses: Pauses) -> AsyncIterator[ServiceClient]:
    made = ServiceClient(clock, url=apple.url, own=OWN, pause=pauses)
    yield made
    await made.close()


@pytest.fixture
def make_world(apple: AppsAndBooksServer, clock: ManualClock, client: ServiceClient) -> MakeWorld:
    """Return what makes the parts anew on a database, as a server that starts does."""

    def make(database: Database) -> World:
        journal = Journal(clock)
        keys = Keys(database, clock, VAULT)
        counting = Counting(database, clock, client, keys)
        carrier = Carrier(database, clock, client, keys, Settlement(clock, journal))
        return World(
            database=database,
            clock=clock,
            server=apple,
            fleet=Fleet(database, clock, journal),
            client=client,
            licences=Licences(clock, journal, enabled=True),
            tokens=ContentTokens(database, clock, VAULT, journal, client),
            counting=counting,
            carrier=carrier,
            worker=LicenceWorker(database, clock, client, counting, carrier, count_hours=6),
        )

    return make


async def furnish(world: World, *, tablets: int = 4) -> World:
    """Give a world a territory, a school, and a kit with iPads in its slots."""
    fleet = world.fleet
    landes = await fleet.create_territory("Landes", actor=ACTOR)
    await fleet.create_commune("40192", "Mont-de-Marsan", territory_id=landes.territory_id, actor=ACTOR)
    await fleet.create_school("0400377T", "École du Bourg", insee="40192", actor=ACTOR)
    kit = await fleet.create_kit("0400377T", "Cassiopée", platform=Platform.IPAD, slots=tablets, actor=ACTOR)
    world.kit_id = kit.kit_id
    for number in range(1, tablets + 1):
        identity = Identity(platform=Platform.IPAD, serial=serial(number))
        tablet = await fleet.register_tablet(identity, actor=ACTOR)
        await fleet.assign_tablet(tablet.tablet_id, kit_id=kit.kit_id, slot_number=number, actor=ACTOR)
        world.tablets.append(tablet.tablet_id)
    return world


@pytest.fixture
async def world(any_database: Database, make_world: MakeWorld) -> World:
    """A furnished world, on each engine in turn."""
    return await furnish(make_world(any_database))
