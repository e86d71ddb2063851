"""What a technician does about a fault, step by step; each step is told in the fault's history and in the journal."""

from collections.abc import Callable
from datetime import date

import msgspec

from mdm.clock import Clock
from mdm.errors import Words
from mdm.fleet.states import TabletState
from mdm.fleet.tablet_store import hold_tablet, require_tablet
from mdm.i18n import N_
from mdm.journal import Journal
from mdm.repairs import fault_store, spare_store
from mdm.repairs.errors import AnotherUnderWay, LostIsNoRepair, TabletGone
from mdm.repairs.fault import Fault, FaultKind, check_amount, clean_line, clean_words
from mdm.repairs.fault_states import FaultEvent, FaultState, move
from mdm.repairs.tablet_effects import Effects
from mdm.repairs.warranties import ZONE
from mdm.store import Connection, Database

Step = Callable[[Effects, Fault], Fault]
"""What a step does besides the change of state: to the tablet, and to the fault as it will be kept."""

_AT_A_WORKSHOP = frozenset({FaultEvent.SEND, FaultEvent.CLAIM, FaultEvent.QUOTE})
_WORKSHOP = N_("which workshop")


class Repairs:
    """Leads faults to their end. ``actor`` is an identifier such as ``account:anne``; ``words`` is free text.

    Each method returns the fault as it is afterwards. All raise `FaultUnknown`, `WordsTooLong`, and `FaultStepRefused`
    when the fault's state does not allow the step; `TransitionRefused` when the tablet's does not.
    """

    def __init__(self, database: Database, clock: Clock, journal: Journal) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal

    async def take(self, fault_id: str, *, words: str = "", actor: str) -> Fault:
        """Look at it; also when it came back from a workshop as it was."""
        return await self._change(fault_id, FaultEvent.TAKE, _nothing, words=words, actor=actor)

    async def mark_unusable(self, fault_id: str, *, words: str = "", actor: str) -> Fault:
        """Say that the tablet cannot be used until this is settled: it becomes broken, or lost if that is the fault."""

        def step(effects: Effects, fault: Fault) -> Fault:
            effects.make_unusable(fault)
            return fault.marked_unusable()

        return await self._change(fault_id, FaultEvent.MARK_UNUSABLE, step, words=words, actor=actor)

    async def send(
        self,
        fault_id: str,
        *,
        workshop: str,
        reference: str = "",
        sent_on: date | None = None,
        words: str = "",
        actor: str,
    ) -> Fault:
        """Send the tablet to a workshop, under its reference, on a day (today by default).

        Raises `WordsMissing` without a workshop, `LostIsNoRepair` too.
        """
        name, its_reference = clean_line(workshop, what=Words(_WORKSHOP)), clean_line(reference)
        day = sent_on or self._clock.now().astimezone(ZONE).date()

        def step(effects: Effects, fault: Fault) -> Fault:
            del effects
            return msgspec.structs.replace(fault, workshop=name, workshop_reference=its_reference, sent_on=day)

        return await self._change(fault_id, FaultEvent.SEND, step, words=words, actor=actor)

    async def claim(self, fault_id: str, *, reference: str = "", words: str = "", actor: str) -> Fault:
        """Ask the maker to repair it under warranty, under the reference of the claim; raise `LostIsNoRepair` too."""
        its_reference = clean_line(reference)

        def step(effects: Effects, fault: Fault) -> Fault:
            del effects
            return msgspec.structs.replace(fault, workshop_reference=its_reference or fault.workshop_reference)

        return await self._change(fault_id, FaultEvent.CLAIM, step, words=words, actor=actor)

    async def quote(self, fault_id: str, *, amount_cents: int, words: str = "", actor: str) -> Fault:
        """Note what the repair would cost, in cents with VAT; raise `AmountRefused` or `LostIsNoRepair` too."""
        amount = check_amount(amount_cents)

        def step(effects: Effects, fault: Fault) -> Fault:
            del effects
            return msgspec.structs.replace(fault, quote_cents=amount)

        return await self._change(fault_id, FaultEvent.QUOTE, step, words=words, actor=actor)

    async def repair(self, fault_id: str, *, wiped: bool = False, words: str = "", actor: str) -> Fault:
        """Say that the tablet works again, or was found; ``wiped``: it has to be enrolled again.

        A tablet that was broken comes back, unless another of its faults still makes it unusable.
        """

        def step(effects: Effects, fault: Fault) -> Fault:
            effects.make_usable(fault, wiped=wiped)
            return fault

        return await self._change(fault_id, FaultEvent.REPAIR, step, words=words, actor=actor)

    async def replace(self, fault_id: str, spare_id: str, *, words: str = "", actor: str) -> Fault:
        """Put a spare into the tablet's place in its kit; the tablet is broken (or lost) and leaves the kit.

        Raises `NoPlaceToFill`, `NotASpare`, `SpareReserved`, `PlatformMismatch` or `TabletUnknown` too.
        """

        def step(effects: Effects, fault: Fault) -> Fault:
            effects.swap_in(fault, spare_id)
            return msgspec.structs.replace(fault.marked_unusable(), replaced_by=spare_id, replaced_at=fault.changed_at)

        return await self._change(fault_id, FaultEvent.REPLACE, step, words=words, actor=actor)

    async def write_off(self, fault_id: str, *, words: str = "", actor: str) -> Fault:
        """Let the tablet leave the fleet for good; its other faults that wait are written off with it.

        Raises `TransitionRefused` for a tablet that a family has.
        """
        return await self._change(fault_id, FaultEvent.WRITE_OFF, _retire, words=words, actor=actor)

    async def dismiss(self, fault_id: str, *, words: str = "", actor: str) -> Fault:
        """Say that there is nothing to repair; a tablet that was broken for it comes back as it is."""

        def step(effects: Effects, fault: Fault) -> Fault:
            effects.make_usable(fault, wiped=False)
            return fault

        return await self._change(fault_id, FaultEvent.DISMISS, step, words=words, actor=actor)

    async def close(self, fault_id: str, *, words: str = "", actor: str) -> Fault:
        """Be done with it; a year later its words and photos are forgotten."""
        return await self._change(fault_id, FaultEvent.CLOSE, _nothing, words=words, actor=actor)

    async def reopen(self, fault_id: str, *, unusable: bool = False, words: str = "", actor: str) -> Fault:
        """Say that it is not over; raise `TabletGone`, or `AnotherUnderWay` when it was reported anew meanwhile."""

        def step(effects: Effects, fault: Fault) -> Fault:
            if unusable or fault.kind is FaultKind.LOST:
                effects.make_unusable(fault)
                return fault.marked_unusable()
            return fault.marked_unusable(False)

        return await self._change(fault_id, FaultEvent.REOPEN, step, words=words, actor=actor)

    async def _change(self, fault_id: str, event: FaultEvent, step: Step, *, words: str, actor: str) -> Fault:
        said = clean_words(words)

        def write(conn: Connection) -> Fault:
            now = self._clock.ms()
            before = self._held(conn, fault_id)
            after = before.moved(_next(conn, before, event), now)
            after = step(Effects(conn, self._journal, actor=actor, now=now), after)
            self._keep(conn, after, event, said, actor)
            if event is FaultEvent.WRITE_OFF:
                for other in fault_store.active_faults(conn, after.tablet_id):
                    if other.settled_at is None:
                        self._keep(conn, other.moved(move(other.state, event), now), event, "", actor)
            return after

        return await self._database.write(write)

    def _held(self, conn: Connection, fault_id: str) -> Fault:
        """Return a fault whose tablet no other transaction changes before this one ends."""
        hold_tablet(conn, fault_store.require_fault(conn, fault_id).tablet_id)
        return fault_store.require_fault(conn, fault_id)

    def _keep(self, conn: Connection, fault: Fault, event: FaultEvent, words: str, actor: str) -> None:
        fault_store.save_fault(conn, fault)
        if fault.settled_at is not None:
            # Nothing is put aside for what is settled.
            spare_store.release_fault(conn, fault.fault_id)
        fault_store.add_change(
            conn, fault.fault_id, at=fault.changed_at, actor=actor, event=event, state=fault.state, words=words
        )
        self._tell(conn, fault, f"fault_{event.value}", actor)

    def _tell(self, conn: Connection, fault: Fault, kind: str, actor: str) -> None:
        self._journal.record(
            conn,
            kind,
            actor=actor,
            subject=f"tablet:{fault.tablet_id}",
            detail={"fault": fault.fault_id, "state": fault.state.value, "replaced_by": fault.replaced_by},
        )
        conn.publish("fault", fault.fault_id)


def _next(conn: Connection, fault: Fault, event: FaultEvent) -> FaultState:
    state = move(fault.state, event)
    if event in _AT_A_WORKSHOP and fault.kind is FaultKind.LOST:
        raise LostIsNoRepair
    if event is FaultEvent.REOPEN:
        if require_tablet(conn, fault.tablet_id).state is TabletState.RETIRED:
            raise TabletGone
        if fault.closed_at is not None and fault_store.active_fault(conn, fault.tablet_id, fault.kind):
            raise AnotherUnderWay
    return state


def _nothing(effects: Effects, fault: Fault) -> Fault:
    del effects
    return fault


def _retire(effects: Effects, fault: Fault) -> Fault:
    effects.retire(fault.tablet_id)
    return fault
