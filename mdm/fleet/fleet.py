"""The fleet's services: what a technician, a page or a protocol room asks of it."""

from collections.abc import Callable

from mdm.clock import Clock
from mdm.fleet import kit_store, place_store, slot_binding, tablet_store, territory_store
from mdm.fleet.errors import ClassElsewhere
from mdm.fleet.insee import parse_insee
from mdm.fleet.kit import Kit, KitSummary, KitView, check_slot_count
from mdm.fleet.names import KIT_NAME_LIMIT, clean_name
from mdm.fleet.reach import EVERYTHING, Reach
from mdm.fleet.slot_binding import Identity
from mdm.fleet.states import TabletEvent, TabletState
from mdm.fleet.tablet import Page, Platform, Tablet, TabletView
from mdm.fleet.tablet_life import change_state
from mdm.fleet.territory import Commune, School, SchoolClass, Territory
from mdm.fleet.uai import parse_uai
from mdm.ids import new_id
from mdm.journal import Detail, Journal
from mdm.store import Connection, Database


class Fleet:
    """Creates, finds and changes places, kits and tablets; each decision is journalled with it.

    The asynchronous methods open their own transaction; those that take a connection run inside the caller's.
    ``actor`` is an identifier such as ``account:anne``. Errors are subclasses of `FleetError`.
    """

    def __init__(self, database: Database, clock: Clock, journal: Journal) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal

    async def create_territory(self, name: str, *, actor: str) -> Territory:
        """Create a territory; raise `NameInvalid` or `TerritoryExists`."""
        territory = Territory(territory_id=new_id(self._clock), name=clean_name(name))
        await self._decide(
            lambda conn: territory_store.add_territory(conn, territory),
            "territory_created",
            actor,
            f"territory:{territory.territory_id}",
            {},
        )
        return territory

    async def create_commune(self, insee: str, name: str, *, territory_id: str, actor: str) -> Commune:
        """Create a commune; raise `InseeMalformed`, `NameInvalid`, `CommuneExists` or `TerritoryUnknown`."""
        commune = Commune(insee=parse_insee(insee), territory_id=territory_id, name=clean_name(name))
        await self._decide(
            lambda conn: territory_store.add_commune(conn, commune),
            "commune_created",
            actor,
            f"commune:{commune.insee}",
            {"territory": territory_id},
        )
        return commune

    async def create_school(self, uai: str, name: str, *, insee: str, actor: str) -> School:
        """Create a school in a commune that exists.

        Raises `UaiInvalid`, `InseeMalformed`, `NameInvalid`, `SchoolExists` or `CommuneUnknown`.
        """
        school = School(uai=parse_uai(uai), insee=parse_insee(insee), name=clean_name(name))
        await self._decide(
            lambda conn: territory_store.add_school(conn, school),
            "school_created",
            actor,
            f"school:{school.uai}",
            {"commune": school.insee},
        )
        return school

    async def create_class(self, uai: str, name: str, *, level: str = "", actor: str) -> SchoolClass:
        """Create a class; raise `UaiInvalid`, `NameInvalid`, `ClassExists` or `SchoolUnknown`."""
        created = SchoolClass(
            class_id=new_id(self._clock),
            uai=parse_uai(uai),
            name=clean_name(name),
            level=clean_name(level) if level.strip() else "",
        )
        await self._decide(
            lambda conn: territory_store.add_class(conn, created),
            "class_created",
            actor,
            f"class:{created.class_id}",
            {"school": created.uai},
        )
        return created

    async def create_kit(self, uai: str, name: str, *, platform: Platform, slots: int, actor: str) -> Kit:
        """Create a kit with its numbered, empty slots.

        Raises `UaiInvalid`, `NameInvalid`, `SlotCountInvalid`, `KitExists` or `SchoolUnknown`.
        """
        count = check_slot_count(slots)
        kit = Kit(
            kit_id=new_id(self._clock),
            uai=parse_uai(uai),
            name=clean_name(name, limit=KIT_NAME_LIMIT),
            platform=platform,
            edition_id=None,
            created_at=self._clock.ms(),
        )
        await self._decide(
            lambda conn: kit_store.add_kit(conn, kit, count),
            "kit_created",
            actor,
            f"kit:{kit.kit_id}",
            {"school": kit.uai, "platform": platform.value, "slots": count},
        )
        return kit

    async def give_kit(self, kit_id: str, class_id: str | None, *, actor: str) -> None:
        """Note which class of its school has a kit now, None for none.

        Raises `KitUnknown`, `ClassUnknown`, or `ClassElsewhere` for a class of another school.
        """

        def change(conn: Connection) -> None:
            kit = kit_store.require_kit(conn, kit_id)
            if class_id is not None and place_store.around_class(conn, class_id).uai != kit.uai:
                raise ClassElsewhere
            kit_store.set_class(conn, kit_id, class_id)

        await self._decide(change, "kit_given_to_class", actor, f"kit:{kit_id}", {"class": class_id})

    async def territories(self) -> list[Territory]:
        """Return the territories by name."""
        return await self._database.read(territory_store.list_territories)

    async def communes(self) -> list[Commune]:
        """Return the communes by INSEE code."""
        return await self._database.read(territory_store.list_communes)

    async def schools(self) -> list[School]:
        """Return the schools by UAI."""
        return await self._database.read(territory_store.list_schools)

    async def classes(self, uai: str) -> list[SchoolClass]:
        """Return a school's classes by name."""
        return await self._database.read(lambda conn: territory_store.list_classes(conn, uai))

    async def kits(self, *, uai: str = "", reach: Reach = EVERYTHING) -> list[KitSummary]:
        """Return the kits of a school, or of all schools, that lie within a reach."""
        return await self._database.read(lambda conn: kit_store.list_kits(conn, uai=uai, reach=reach))

    async def kit(self, reference: str) -> KitView:
        """Return a kit with its slots, by identifier, name, or ``UAI/name``; raise `KitUnknown` or `KitAmbiguous`."""
        now = self._clock.ms()
        return await self._database.read(
            lambda conn: kit_store.kit_view(conn, kit_store.find_kit(conn, reference).kit_id, now)
        )

    async def tablet(self, reference: str) -> TabletView:
        """Return a tablet by identifier, serial number or name; raise `TabletUnknown`."""
        return await self._database.read(
            lambda conn: tablet_store.tablet_view(conn, tablet_store.find_tablet(conn, reference).tablet_id)
        )

    async def tablets(
        self,
        *,
        text: str = "",
        state: TabletState | None = None,
        platform: Platform | None = None,
        kit_id: str = "",
        uai: str = "",
        after: str = "",
        limit: int = 100,
    ) -> Page:
        """Return a page of tablets by name; see `tablet_store.search_tablets`."""
        return await self._database.read(
            lambda conn: tablet_store.search_tablets(
                conn, text=text, state=state, platform=platform, kit_id=kit_id, uai=uai, after=after, limit=limit
            )
        )

    async def count_tablets(self) -> dict[TabletState, int]:
        """Return how many tablets are in each state."""
        return await self._database.read(tablet_store.count_tablets)

    async def change_state(self, tablet_id: str, event: TabletEvent, *, actor: str) -> TabletState:
        """Let a person's event happen to a tablet; raise `TransitionRefused` or `TabletUnknown`."""
        return await self._database.write(lambda conn: self.apply(conn, tablet_id, event, actor=actor))

    async def register_tablet(self, identity: Identity, *, actor: str) -> Tablet:
        """Add a spare tablet before it enrols; see `slot_binding.register_tablet`."""
        return await self._database.write(
            lambda conn: slot_binding.register_tablet(conn, self._journal, self._clock, identity, actor=actor)
        )

    async def assign_tablet(self, tablet_id: str, *, kit_id: str, slot_number: int, actor: str) -> None:
        """Put a known tablet into a slot in place of whichever is there; see `slot_binding.assign_tablet`."""
        await self._database.write(
            lambda conn: slot_binding.assign_tablet(
                conn, self._journal, tablet_id=tablet_id, kit_id=kit_id, slot_number=slot_number, actor=actor
            )
        )

    async def free_slot(self, kit_id: str, slot_number: int, *, actor: str) -> str:
        """Take the tablet out of a slot and return its identifier; raise `SlotEmpty` or `SlotUnknown`."""
        return await self._database.write(
            lambda conn: slot_binding.free_slot(
                conn, self._journal, kit_id=kit_id, slot_number=slot_number, actor=actor
            )
        )

    def bind(self, conn: Connection, identity: Identity, *, kit_id: str, slot_number: int, actor: str) -> str:
        """Let the tablet that checks in take its slot; return its identifier; see `slot_binding.bind_tablet`."""
        return slot_binding.bind_tablet(
            conn, self._journal, self._clock, identity, kit_id=kit_id, slot_number=slot_number, actor=actor
        )

    def apply(self, conn: Connection, tablet_id: str, event: TabletEvent, *, actor: str) -> TabletState:
        """Let an event happen to a tablet; see `tablet_life.change_state`."""
        return change_state(conn, self._journal, tablet_id=tablet_id, event=event, actor=actor, now=self._clock.ms())

    def tablet_converged(self, conn: Connection, tablet_id: str) -> None:
        """Note that a tablet holds all that it should."""
        self.apply(conn, tablet_id, TabletEvent.CONVERGE, actor=f"tablet:{tablet_id}")

    def tablet_diverged(self, conn: Connection, tablet_id: str) -> None:
        """Note that a tablet does not hold what it should any more."""
        self.apply(conn, tablet_id, TabletEvent.DIVERGE, actor=f"tablet:{tablet_id}")

    async def _decide(
        self, change: Callable[[Connection], None], kind: str, actor: str, subject: str, detail: Detail
    ) -> None:
        def write(conn: Connection) -> None:
            change(conn)
            self._journal.record(conn, kind, actor=actor, subject=subject, detail=detail)

        await self._database.write(write)
