"""Faults as people report them and look at them; what technicians do about them is in `repairs`."""

from collections.abc import Sequence

from mdm.clock import Clock
from mdm.fleet.kit_store import require_kit, slot_of_tablet
from mdm.fleet.states import TabletState
from mdm.fleet.tablet_store import hold_tablet, require_tablet
from mdm.i18n import Translator
from mdm.ids import new_id
from mdm.journal import Journal
from mdm.repairs import fault_list_store, fault_store, spare_store
from mdm.repairs.errors import TabletGone
from mdm.repairs.fault import (
    Fault,
    FaultFigures,
    FaultFilter,
    FaultKind,
    FaultPage,
    FaultView,
    Photo,
    clean_words,
)
from mdm.repairs.fault_sheet import faults_csv
from mdm.repairs.fault_states import FaultEvent, FaultState, move, possible_events
from mdm.repairs.photo_errors import PhotosTooMany, PhotoUnknown
from mdm.repairs.photos import Photos
from mdm.repairs.tablet_effects import Effects
from mdm.repairs.warranties import Warranties, was_held
from mdm.store import Connection, Database

PHOTOS_OF_REPORT = 4
PHOTOS_OF_FAULT = 12
"""Three people may each send what one report may have."""


class Faults:
    """Takes reports, keeps their photos, lists faults. ``actor`` is an identifier such as ``account:anne``.

    Errors are subclasses of `RepairError` and `FleetError`.
    """

    def __init__(
        self, database: Database, clock: Clock, journal: Journal, photos: Photos, warranties: Warranties
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._photos = photos
        self._warranties = warranties

    async def report(
        self,
        tablet_id: str,
        kind: FaultKind,
        *,
        words: str = "",
        unusable: bool = False,
        photos: Sequence[bytes] = (),
        actor: str,
    ) -> Fault:
        """Report a fault, or join the report of the same fault that is not closed yet; ``reports`` tells which.

        ``unusable``: the tablet cannot be used, so it becomes broken at once (lost, when that is the fault).
        Raises `WordsTooLong`, `PhotoRefused`, `TabletGone`, `TransitionRefused` or `TabletUnknown`.
        """
        said = clean_words(words)
        if len(photos) > PHOTOS_OF_REPORT:
            raise PhotosTooMany(limit=PHOTOS_OF_REPORT)
        if photos:
            # Nobody makes the server work on photos of a tablet that does not exist.
            await self._database.read(lambda conn: require_tablet(conn, tablet_id))
        kept = [await self._photos.keep(photo) for photo in photos]
        return await self._database.write(
            lambda conn: self.report_in(conn, tablet_id, kind, words=said, unusable=unusable, photos=kept, actor=actor)
        )

    def report_in(
        self,
        conn: Connection,
        tablet_id: str,
        kind: FaultKind,
        *,
        words: str = "",
        unusable: bool = False,
        photos: Sequence[Photo] = (),
        actor: str,
    ) -> Fault:
        """Report a fault inside the caller's transaction; its words are cleaned and its photos' files kept already."""
        now = self._clock.ms()
        if hold_tablet(conn, tablet_id).state is TabletState.RETIRED:
            raise TabletGone
        effects = Effects(conn, self._journal, actor=actor, now=now)
        known = fault_store.active_fault(conn, tablet_id, kind)
        fault = self._first(conn, tablet_id, kind, now) if known is None else _again(known, now)
        if unusable or kind is FaultKind.LOST:
            fault = fault.marked_unusable()
        fault_store.save_fault(conn, fault)
        fault_store.add_change(
            conn, fault.fault_id, at=now, actor=actor, event=FaultEvent.REPORT, state=fault.state, words=words
        )
        self._add_photos(conn, fault.fault_id, photos, now)
        # A replaced tablet is out of its kit; what is said of it again changes nothing there.
        if fault.unusable and fault.settled_at is None:
            effects.make_unusable(fault)
        self._journal.record(
            conn,
            "fault_reported" if known is None else "fault_joined",
            actor=actor,
            subject=f"tablet:{tablet_id}",
            detail={"fault": fault.fault_id, "kind": kind.value, "unusable": fault.unusable, "photos": len(photos)},
        )
        conn.publish("fault", fault.fault_id)
        return fault

    async def show(self, fault_id: str) -> FaultView:
        """Return all that a fault's page shows; raise `FaultUnknown`."""

        def read(conn: Connection) -> FaultView:
            line = fault_list_store.require_line(conn, fault_id)
            until = self._warranties.until(conn, line.fault.tablet_id)
            return FaultView(
                line=line,
                changes=fault_store.changes_of(conn, fault_id),
                photos=fault_store.photos_of(conn, fault_id),
                possible=possible_events(line.fault.state),
                warranty_until=until,
                warranty_held=was_held(until, line.fault.reported_at),
                reserved_spare=spare_store.spare_for(conn, fault_id),
            )

        return await self._database.read(read)

    async def find(self, reference: str) -> Fault:
        """Return a fault by identifier or its last digits; raise `FaultUnknown`."""
        return await self._database.read(lambda conn: fault_store.find_fault(conn, reference))

    async def list(self, chosen: FaultFilter, *, after: str = "", limit: int = 50) -> FaultPage:
        """Return a page of faults, newest first; see `fault_list_store.list_faults`."""
        return await self._database.read(
            lambda conn: fault_list_store.list_faults(conn, chosen, after=after, limit=limit)
        )

    async def of_tablet(self, tablet_id: str, *, limit: int = 50) -> FaultPage:
        """Return a tablet's faults, newest first."""
        return await self.list(FaultFilter(tablet_id=tablet_id), limit=limit)

    async def counts(self, chosen: FaultFilter) -> dict[FaultState, int]:
        """Return how many of the faults that are chosen are in each state."""
        return await self._database.read(lambda conn: fault_list_store.count_faults(conn, chosen))

    async def figures(self, chosen: FaultFilter) -> FaultFigures:
        """Return what became of the faults that were settled at ``since`` or later, and how long it took."""
        return await self._database.read(lambda conn: fault_list_store.fault_figures(conn, chosen))

    async def photo(self, fault_id: str, digest: str) -> bytes:
        """Return a fault's photo as JPEG; raise `PhotoUnknown` or `PhotoNotKept`."""
        photos = await self._database.read(lambda conn: fault_store.photos_of(conn, fault_id))
        if digest not in {photo.hash for photo in photos}:
            raise PhotoUnknown
        return await self._photos.content(digest)

    async def export(self, chosen: FaultFilter, words: Translator) -> bytes:
        """Return the faults that are chosen as CSV for a spreadsheet, oldest first."""
        return await self._database.read_long(
            lambda conn: faults_csv(fault_list_store.stream_faults(conn, chosen), words)
        )

    def _first(self, conn: Connection, tablet_id: str, kind: FaultKind, now: int) -> Fault:
        slot = slot_of_tablet(conn, tablet_id)
        fault = Fault(
            fault_id=new_id(self._clock),
            tablet_id=tablet_id,
            kind=kind,
            state=FaultState.OPEN,
            unusable=False,
            reports=1,
            reported_at=now,
            changed_at=now,
            uai=require_kit(conn, slot.kit_id).uai if slot else None,
            kit_id=slot.kit_id if slot else None,
            slot_number=slot.number if slot else None,
        )
        fault_store.add_fault(conn, fault)
        return fault

    def _add_photos(self, conn: Connection, fault_id: str, photos: Sequence[Photo], now: int) -> None:
        for photo in photos:
            fault_store.add_photo(conn, fault_id, photo, now=now)
        if len(fault_store.photos_of(conn, fault_id)) > PHOTOS_OF_FAULT:
            raise PhotosTooMany(limit=PHOTOS_OF_FAULT)


def _again(known: Fault, now: int) -> Fault:
    """Return a fault that is reported once more; one that seemed settled is open again, as bad as it is told now."""
    after = known.moved(move(known.state, FaultEvent.REPORT), now).reported_again()
    return after.marked_unusable(known.unusable and not (known.settled_at and after.settled_at is None))
