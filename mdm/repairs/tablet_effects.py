"""What a fault does to its tablet: it becomes unusable, comes back, is replaced, leaves. Inside the transaction.

Everything goes through the fleet, so that a tablet's state, its place and the journal agree with the repair.
"""

from mdm.fleet import slot_binding
from mdm.fleet.kit_store import slot_of_tablet
from mdm.fleet.states import TabletEvent, TabletState
from mdm.fleet.tablet import Tablet
from mdm.fleet.tablet_life import change_state
from mdm.fleet.tablet_store import hold_tablet, require_tablet
from mdm.journal import Journal
from mdm.repairs import spare_store
from mdm.repairs.errors import NoPlaceToFill, NotASpare, SpareReserved
from mdm.repairs.fault import Fault, FaultKind
from mdm.repairs.fault_store import active_faults
from mdm.store import Connection

SPARE_STATES = frozenset({TabletState.NEW, TabletState.ENROLLED, TabletState.READY})
"""The states in which a tablet without a place in a kit is a spare."""


class Effects:
    """Changes tablets as ``actor`` says, at ``now`` (milliseconds)."""

    def __init__(self, conn: Connection, journal: Journal, *, actor: str, now: int) -> None:
        self._conn = conn
        self._journal = journal
        self._actor = actor
        self._now = now

    def make_unusable(self, fault: Fault) -> None:
        """Let a tablet be broken, or lost when that is its fault; raise `TransitionRefused`."""
        lost = fault.kind is FaultKind.LOST
        wanted = TabletState.LOST if lost else TabletState.BROKEN
        if require_tablet(self._conn, fault.tablet_id).state is not wanted:
            self._happen(fault.tablet_id, TabletEvent.LOSE if lost else TabletEvent.BREAK)

    def make_usable(self, fault: Fault, *, wiped: bool) -> None:
        """Bring back a tablet that this fault made unusable, unless another of its faults still does."""
        if not fault.unusable:
            return
        lost = fault.kind is FaultKind.LOST
        state = require_tablet(self._conn, fault.tablet_id).state
        others = [
            one
            for one in active_faults(self._conn, fault.tablet_id)
            if one.fault_id != fault.fault_id and one.unusable and one.settled_at is None
        ]
        if others:
            if lost and state is TabletState.LOST:
                self._happen(fault.tablet_id, TabletEvent.BREAK)
        elif state is TabletState.BROKEN:
            self._happen(fault.tablet_id, TabletEvent.REPAIR_WIPED if wiped else TabletEvent.REPAIR)
        elif lost and state is TabletState.LOST:
            self._happen(fault.tablet_id, TabletEvent.FIND_WIPED if wiped else TabletEvent.FIND)

    def retire(self, tablet_id: str) -> None:
        """Let a tablet leave the fleet; raise `TransitionRefused`, for one that a family has."""
        if require_tablet(self._conn, tablet_id).state is not TabletState.RETIRED:
            self._happen(tablet_id, TabletEvent.RETIRE)
        spare_store.forget_place(self._conn, tablet_id)

    def swap_in(self, fault: Fault, spare_id: str) -> None:
        """Put a spare into the place of a fault's tablet, so that the kit is whole again.

        Raises `NoPlaceToFill`, `NotASpare`, `SpareReserved`, `PlatformMismatch` or `TabletUnknown`.
        """
        slot = slot_of_tablet(self._conn, fault.tablet_id)
        if slot is None:
            raise NoPlaceToFill
        self.require_spare(spare_id, fault_id=fault.fault_id)
        self.make_unusable(fault)
        slot_binding.assign_tablet(
            self._conn,
            self._journal,
            tablet_id=spare_id,
            kit_id=slot.kit_id,
            slot_number=slot.number,
            actor=self._actor,
        )
        spare_store.forget_place(self._conn, spare_id)

    def require_spare(self, tablet_id: str, *, fault_id: str = "") -> Tablet:
        """Return a spare that nobody else takes before this ends; raise `NotASpare`, `SpareReserved`, `TabletUnknown`.

        ``fault_id``: the fault that it may be put aside for.
        """
        spare = hold_tablet(self._conn, tablet_id)
        if spare.state not in SPARE_STATES or slot_of_tablet(self._conn, tablet_id) is not None:
            raise NotASpare(tablet=spare.serial or spare.name)
        if spare_store.reserved_for(self._conn, tablet_id) not in (None, fault_id):
            raise SpareReserved(tablet=spare.serial or spare.name)
        return spare

    def _happen(self, tablet_id: str, event: TabletEvent) -> None:
        change_state(self._conn, self._journal, tablet_id=tablet_id, event=event, actor=self._actor, now=self._now)
