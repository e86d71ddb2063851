"""Rollouts as a technician uses them: planned, started, paused, resumed, rolled back, and looked at.

A technician paces and changes no content: what a kit gets is what the edition's record says, and `Following` lets it
follow no other than the newest edition and the one that was in force before.
"""

from collections.abc import Callable

import msgspec

from mdm.clock import Clock
from mdm.ids import new_id
from mdm.journal import Detail, Journal
from mdm.store import Connection, Database
from profiles.charter import edition_store
from profiles.charter.agreed import AgreedEditions
from profiles.charter.errors import EditionUnknown, NoCharter
from profiles.charter.record import Record
from profiles.rollouts import progress_store, rollout_store
from profiles.rollouts.dry_run import DryRun, DryRuns, PlannedKit
from profiles.rollouts.errors import (
    AnotherUnderWay,
    KitNotConcerned,
    NothingToRollOut,
    NotTheNewest,
    ReasonMissing,
    RolloutInTheWay,
    RolloutUnknown,
    TooLateToRollBack,
)
from profiles.rollouts.facts import FactReader
from profiles.rollouts.gates import Counts
from profiles.rollouts.pacing import Wait, next_actions
from profiles.rollouts.progress_store import IllTablet
from profiles.rollouts.reason import Reason
from profiles.rollouts.rollout import ACTIVE, OPEN, Change, Plan, Rollout, RolloutState, next_state
from profiles.rollouts.rollout_store import ChangeLine
from profiles.rollouts.selection import assign_waves

_LONGEST_REASON = 500
_ILL_SHOWN = 50
_NOTHING: Detail = {}


class WaveProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a wave is: its kits, those moved, and what was seen of their tablets."""

    wave: int
    kits: int
    moved: int
    returned: int
    counts: Counts


class RolloutView(msgspec.Struct, frozen=True, kw_only=True):
    """A rollout to look at. ``waits``: why nothing is done at the moment, until when where that is known (ms)."""

    rollout: Rollout
    number: int
    previous_number: int
    waves: tuple[WaveProgress, ...]
    waits: Reason | None
    waits_until: int | None
    ill: tuple[IllTablet, ...]
    history: tuple[ChangeLine, ...]


class Rollouts:
    """What a technician asks for. ``actor`` is an identifier such as ``account:anne``; ``words`` is why, in free text.

    Errors are subclasses of `RolloutError` and `CharterError`.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        journal: Journal,
        agreed: AgreedEditions,
        reader: FactReader,
        dry_runs: DryRuns,
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._agreed = agreed
        self._reader = reader
        self._dry_runs = dry_runs

    async def plan(self, plan: Plan, *, edition: str = "", actor: str) -> Rollout:
        """Plan a rollout of the newest edition to every kit that follows another one; ``edition`` must mean that one.

        Raises `PlanInvalid`, `NotTheNewest`, `NothingToRollOut`, `KitNotConcerned`, or what says that the edition does
        not verify.
        """
        checked = plan.checked()
        return await self._database.write(lambda conn: self._plan(conn, checked, edition, actor))

    async def start(self, reference: str = "", *, words: str = "", actor: str) -> Rollout:
        """Start a planned rollout; one of an older edition that is under way is replaced by it.

        Raises `NotTheNewest` when a newer edition was made since, `RolloutInTheWay` while one is rolled back.
        """
        return await self._database.write(lambda conn: self._start(conn, reference, words, actor))

    async def pause(self, reference: str = "", *, words: str, actor: str) -> Rollout:
        """Stop moving kits; what was moved stays."""
        reason = _stated(words)
        return await self._change(reference, Change.PAUSE, reason, actor)

    async def resume(self, reference: str = "", *, words: str, actor: str) -> Rollout:
        """Go on. Tablets that are not well now count no more until they are: that is decided here, and journalled."""
        reason = _stated(words)
        return await self._database.write(lambda conn: self._resume(conn, reference, reason, actor))

    async def roll_back(self, reference: str = "", *, words: str, actor: str) -> Rollout:
        """Bring every kit that was moved back to the edition that was in force before; a completed rollout too.

        Raises `TooLateToRollBack` when that is not the edition before the newest one any more.
        """
        reason = _stated(words)
        return await self._database.write(lambda conn: self._roll_back(conn, reference, reason, actor))

    async def show(self, reference: str = "") -> RolloutView:
        """Return a rollout by the beginning of its identifier, or the one under way or last; raise `RolloutUnknown`."""
        return await self._database.read_long(lambda conn: self._view(conn, reference))

    async def list(self) -> list[Rollout]:
        """Return the rollouts, newest first."""
        return await self._database.read(rollout_store.list_rollouts)

    async def dry_run(self, reference: str = "") -> DryRun:
        """Return what a rollout that is not over would still do; without one, what the newest edition would do.

        Raises `RolloutUnknown`, or what says that the edition cannot be used.
        """
        return await self._database.read_long(lambda conn: self._dry_run(conn, reference))

    def apply(
        self,
        conn: Connection,
        rollout: Rollout,
        change: Change,
        *,
        actor: str,
        reason: Reason | None = None,
        words: str = "",
        wave: int | None = None,
        detail: Detail = _NOTHING,
    ) -> Rollout:
        """Let a change happen to a rollout that the caller holds: kept, told in its history, journalled, announced.

        Raises `ChangeRefused` when its state does not allow it.
        """
        now = self._clock.ms()
        state = next_state(rollout.state, change)
        after = msgspec.structs.replace(
            rollout,
            state=state,
            reason=reason,
            wave=rollout.wave if wave is None else wave,
            wave_opened_at=rollout.wave_opened_at if wave is None else now,
            ended_at=None if state in OPEN else now,
        )
        rollout_store.save_state(conn, after)
        line = ChangeLine(at=now, actor=actor, change=change, state=state, wave=after.wave, reason=reason, words=words)
        rollout_store.add_change(conn, rollout.rollout_id, line)
        told: dict[str, str | int | bool | list[str] | list[int] | None] = {
            **detail,
            "change": change.value,
            "state": state.value,
            "wave": after.wave,
            "edition": rollout.edition_id,
        }
        if reason is not None:
            told["reason"] = reason.code
        self._journal.record(conn, "rollout_changed", actor=actor, subject=f"rollout:{rollout.rollout_id}", detail=told)
        conn.publish("rollout", rollout.rollout_id)
        return after

    def _plan(self, conn: Connection, plan: Plan, edition: str, actor: str) -> Rollout:
        head = self._agreed.head(conn)
        if edition:
            edition_id = edition_store.find_edition(conn, edition)
            if edition_id is None:
                raise EditionUnknown(edition=edition[:80])
            if edition_id != head.edition_id:
                number = self._agreed.record(conn, edition_id).number
                raise NotTheNewest(number=number, newest=head.number)
        charter = edition_store.charter_row(conn)
        if charter is None:
            raise NoCharter
        found = {one.kit_id for one in rollout_store.candidates(conn, head.edition_id)}
        if not found and charter.current_id == head.edition_id:
            raise NothingToRollOut(number=head.number)
        for kit_id in plan.pilots:
            if kit_id not in found:
                raise KitNotConcerned(kit=kit_id)
        rollout = Rollout(
            rollout_id=new_id(self._clock),
            edition_id=head.edition_id,
            previous_id=_before(charter.current_id, head),
            state=RolloutState.PLANNED,
            plan=plan,
            wave=0,
            wave_opened_at=None,
            reason=None,
            created_at=self._clock.ms(),
            created_by=actor,
        )
        rollout_store.insert_rollout(conn, rollout)
        rollout_store.add_kits(
            conn, rollout.rollout_id, assign_waves(rollout.rollout_id, found, plan.pilots, plan.waves)
        )
        self._journal.record(
            conn,
            "rollout_planned",
            actor=actor,
            subject=f"rollout:{rollout.rollout_id}",
            detail={"edition": rollout.edition_id, "kits": len(found), "waves": len(plan.waves)},
        )
        conn.publish("rollout", rollout.rollout_id)
        return rollout

    def _dry_run(self, conn: Connection, reference: str) -> DryRun:
        now = self._clock.ms()
        if not reference and not rollout_store.open_rollouts(conn):
            edition_id = self._agreed.head(conn).edition_id
            found = rollout_store.candidates(conn, edition_id)
            kits = [PlannedKit(kit_id=one.kit_id, uai=one.uai, wave=0) for one in found]
            return self._dry_runs.make(conn, edition_id, kits, now)
        rollout = self._find(conn, reference, lambda one: one.state is RolloutState.PLANNED)
        kits = [
            PlannedKit(kit_id=kit.kit_id, uai=kit.uai, wave=wave)
            for wave in range(1, len(rollout.plan.waves) + 1)
            for kit in rollout_store.kits_to_move(conn, rollout.rollout_id, wave)
        ]
        return self._dry_runs.make(conn, rollout.edition_id, kits, now)

    def _start(self, conn: Connection, reference: str, words: str, actor: str) -> Rollout:
        rollout = self._held(conn, reference, planned=True)
        next_state(rollout.state, Change.START)
        head = self._agreed.head(conn)
        if rollout.edition_id != head.edition_id:
            number = self._agreed.record(conn, rollout.edition_id).number
            raise NotTheNewest(number=number, newest=head.number)
        for other in rollout_store.open_rollouts(conn):
            if other.rollout_id == rollout.rollout_id:
                continue
            held = rollout_store.hold_rollout(conn, other.rollout_id)
            if held is not None and held.state is RolloutState.ROLLING_BACK:
                raise RolloutInTheWay
            if held is not None and held.state in OPEN:
                self.apply(conn, held, Change.REPLACE, actor=actor, detail={"by": rollout.rollout_id})
        charter = edition_store.charter_row(conn)
        if charter is None:
            raise NoCharter
        rollout = msgspec.structs.replace(rollout, previous_id=_before(charter.current_id, head))
        # Time may have passed since it was planned: the kits are those of now.
        rollout_store.clear_kits(conn, rollout.rollout_id)
        found = {one.kit_id for one in rollout_store.candidates(conn, rollout.edition_id)}
        placed = assign_waves(rollout.rollout_id, found, rollout.plan.pilots, rollout.plan.waves)
        rollout_store.add_kits(conn, rollout.rollout_id, placed)
        return self.apply(
            conn, rollout, Change.START, actor=actor, words=words[:_LONGEST_REASON], detail={"kits": len(placed)}
        )

    def _resume(self, conn: Connection, reference: str, words: str, actor: str) -> Rollout:
        rollout = self._held(conn, reference)
        next_state(rollout.state, Change.RESUME)
        excused = progress_store.excuse_ill(conn, rollout.rollout_id)
        return self.apply(conn, rollout, Change.RESUME, actor=actor, words=words, detail={"excused": excused})

    def _roll_back(self, conn: Connection, reference: str, words: str, actor: str) -> Rollout:
        rollout = self._held(conn, reference)
        next_state(rollout.state, Change.ROLL_BACK)
        if rollout.state is RolloutState.COMPLETED:
            head = self._agreed.head(conn)
            if (rollout.edition_id, rollout.previous_id) != (head.edition_id, head.previous):
                raise TooLateToRollBack
            if rollout_store.active_rollout(conn) is not None:
                raise AnotherUnderWay
        return self.apply(conn, rollout, Change.ROLL_BACK, actor=actor, words=words)

    async def _change(self, reference: str, change: Change, words: str, actor: str) -> Rollout:
        def write(conn: Connection) -> Rollout:
            return self.apply(conn, self._held(conn, reference), change, actor=actor, words=words)

        return await self._database.write(write)

    def _held(self, conn: Connection, reference: str, *, planned: bool = False) -> Rollout:
        """Return the rollout that is meant, held; with nothing, the planned one or the one under way."""
        found = self._find(conn, reference, lambda one: (one.state is RolloutState.PLANNED) == planned)
        held = rollout_store.hold_rollout(conn, found.rollout_id)
        if held is None:
            raise RolloutUnknown(rollout=reference)
        return held

    def _find(self, conn: Connection, reference: str, preferred: Callable[[Rollout], bool]) -> Rollout:
        if not reference:
            likely = [one for one in rollout_store.open_rollouts(conn) if preferred(one)]
            if likely:
                return likely[-1]
        found = rollout_store.find_rollout(conn, reference)
        if found is None:
            raise RolloutUnknown(rollout=reference[:80])
        return found

    def _view(self, conn: Connection, reference: str) -> RolloutView:
        rollout = self._find(conn, reference, lambda one: one.state in ACTIVE)
        counts = progress_store.counts_by_wave(conn, rollout.rollout_id)
        kits = {one.wave: one for one in rollout_store.wave_kits(conn, rollout.rollout_id)}
        waves = tuple(
            WaveProgress(
                wave=number,
                kits=kits[number].kits if number in kits else 0,
                moved=kits[number].moved if number in kits else 0,
                returned=kits[number].returned if number in kits else 0,
                counts=counts.get(number, Counts()),
            )
            for number in range(1, len(rollout.plan.waves) + 1)
        )
        waits = self._waits(conn, rollout)
        return RolloutView(
            rollout=rollout,
            number=_number(conn, rollout.edition_id),
            previous_number=_number(conn, rollout.previous_id),
            waves=waves,
            waits=waits.reason if waits is not None else None,
            waits_until=waits.until if waits is not None else None,
            ill=tuple(progress_store.ill_tablets(conn, rollout.rollout_id, limit=_ILL_SHOWN)),
            history=tuple(rollout_store.changes_of(conn, rollout.rollout_id)),
        )

    def _waits(self, conn: Connection, rollout: Rollout) -> Wait | None:
        if rollout.state not in (RolloutState.RUNNING, RolloutState.ROLLING_BACK):
            return None
        now = self._clock.ms()
        actions = next_actions(rollout, self._reader.facts(conn, rollout, now), now)
        return next((one for one in actions if isinstance(one, Wait)), None)


def _stated(words: str) -> str:
    stated = " ".join(words.split())
    if not stated or len(stated) > _LONGEST_REASON:
        raise ReasonMissing(limit=_LONGEST_REASON)
    return stated


def _before(current_id: str, head: Record) -> str:
    """Return the edition to go back to: the one in force, or the one before the newest where that is in force."""
    return current_id if current_id != head.edition_id else head.previous or head.edition_id


def _number(conn: Connection, edition_id: str) -> int:
    row = edition_store.edition_row(conn, edition_id)
    return 0 if row is None else row.number
