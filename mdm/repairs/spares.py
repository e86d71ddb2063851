"""The pool of spares as a technician uses it: seen, counted, placed, put aside, taken into a kit, given back."""

from mdm.clock import Clock
from mdm.fleet import slot_binding
from mdm.fleet.errors import SlotTaken
from mdm.fleet.kit_store import hold_slot, slot_of_tablet
from mdm.fleet.tablet import Platform
from mdm.fleet.tablet_store import hold_tablet, require_tablet
from mdm.journal import Detail, Journal
from mdm.repairs import spare_store
from mdm.repairs.errors import FaultSettled, NotASpare, PlaceTextTooLong, SpareOfOtherKind
from mdm.repairs.fault import LINE_LIMIT
from mdm.repairs.fault_states import PENDING
from mdm.repairs.fault_store import require_fault
from mdm.repairs.spare_store import SpareCount, SparePage
from mdm.repairs.tablet_effects import Effects
from mdm.store import Connection, Database


class Spares:
    """Tablets without a place in a kit that could be used. ``actor`` is an identifier such as ``account:anne``.

    Errors are subclasses of `RepairError` and `FleetError`.
    """

    def __init__(self, database: Database, clock: Clock, journal: Journal) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal

    async def list(
        self, *, platform: Platform | None = None, model: str = "", after: str = "", limit: int = 100
    ) -> SparePage:
        """Return a page of the pool; see `spare_store.list_spares`."""
        return await self._database.read(
            lambda conn: spare_store.list_spares(conn, platform=platform, model=model, after=after, limit=limit)
        )

    async def counts(self) -> tuple[SpareCount, ...]:
        """Return how many spares of each model there are."""
        return await self._database.read(spare_store.count_spares)

    async def place(self, tablet_id: str, place: str, *, actor: str) -> None:
        """Note where a tablet that is in no kit is kept, broken ones too.

        Raises `PlaceTextTooLong`, `NotASpare` for one that is in a kit, or `TabletUnknown`.
        """
        words = _place(place)

        def write(conn: Connection) -> None:
            tablet = hold_tablet(conn, tablet_id)
            if slot_of_tablet(conn, tablet_id) is not None:
                raise NotASpare(tablet=tablet.serial or tablet.name)
            spare_store.keep_place(conn, tablet_id, words, now=self._clock.ms())
            self._record(conn, "spare_placed", tablet_id, actor)

        await self._database.write(write)

    async def take(self, tablet_id: str, *, kit_id: str, slot_number: int, actor: str) -> None:
        """Put a spare into an empty place of a kit.

        Raises `SlotTaken` when a tablet is there (a repair replaces that one), `NotASpare`, `SpareReserved`, and what
        `slot_binding.assign_tablet` raises.
        """

        def write(conn: Connection) -> None:
            effects = Effects(conn, self._journal, actor=actor, now=self._clock.ms())
            effects.require_spare(tablet_id)
            slot = hold_slot(conn, kit_id, slot_number)
            if slot.tablet_id is not None:
                holder = require_tablet(conn, slot.tablet_id)
                raise SlotTaken(slot=slot.name, number=slot.number, holder=holder.serial or holder.name)
            slot_binding.assign_tablet(
                conn, self._journal, tablet_id=tablet_id, kit_id=kit_id, slot_number=slot_number, actor=actor
            )
            spare_store.forget_place(conn, tablet_id)
            self._record(conn, "spare_taken", tablet_id, actor, {"kit": kit_id, "slot": slot_number})

        await self._database.write(write)

    async def give_back(self, kit_id: str, slot_number: int, *, place: str = "", actor: str) -> str:
        """Take the tablet out of a kit's place into the pool; return its identifier.

        ``place``: where it is kept from now on. Raises `PlaceTextTooLong`, `SlotEmpty` or `SlotUnknown`.
        """
        words = _place(place)

        def write(conn: Connection) -> str:
            tablet_id = slot_binding.free_slot(conn, self._journal, kit_id=kit_id, slot_number=slot_number, actor=actor)
            spare_store.forget_place(conn, tablet_id)
            if words:
                spare_store.keep_place(conn, tablet_id, words, now=self._clock.ms())
            self._record(conn, "spare_returned", tablet_id, actor, {"kit": kit_id, "slot": slot_number})
            return tablet_id

        return await self._database.write(write)

    async def reserve(self, tablet_id: str, fault_id: str, *, actor: str) -> None:
        """Put a spare aside for a fault, in place of any other that is put aside for it.

        Raises `NotASpare`, `SpareReserved`, `SpareOfOtherKind`, `FaultSettled`, `TabletUnknown` or `FaultUnknown`.
        """

        def write(conn: Connection) -> None:
            broken = hold_tablet(conn, require_fault(conn, fault_id).tablet_id)
            if require_fault(conn, fault_id).state not in PENDING:
                raise FaultSettled
            effects = Effects(conn, self._journal, actor=actor, now=self._clock.ms())
            spare = effects.require_spare(tablet_id, fault_id=fault_id)
            if spare.platform is not broken.platform:
                raise SpareOfOtherKind(tablet=spare.serial or spare.name)
            spare_store.reserve(conn, tablet_id, fault_id, now=self._clock.ms())
            self._record(conn, "spare_reserved", tablet_id, actor, {"fault": fault_id})

        await self._database.write(write)

    async def release(self, fault_id: str, *, actor: str) -> str | None:
        """Let the spare that is put aside for a fault be anybody's; return its identifier, or None without one."""

        def write(conn: Connection) -> str | None:
            tablet_id = spare_store.release_fault(conn, fault_id)
            if tablet_id is not None:
                self._record(conn, "spare_released", tablet_id, actor, {"fault": fault_id})
            return tablet_id

        return await self._database.write(write)

    def _record(self, conn: Connection, kind: str, tablet_id: str, actor: str, detail: Detail | None = None) -> None:
        self._journal.record(conn, kind, actor=actor, subject=f"tablet:{tablet_id}", detail=detail or {})
        conn.publish("tablet", tablet_id)


def _place(text: str) -> str:
    place = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(place) > LINE_LIMIT:
        raise PlaceTextTooLong(length=len(place), limit=LINE_LIMIT)
    return place
