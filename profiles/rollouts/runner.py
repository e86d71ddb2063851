"""Carries rollouts out: looks at the tablets, asks `next_actions` what to do, and does it, one kit a transaction.

One server process of all those on a database does it. Each step is claimed in the transaction that takes it, so that a
crash, another server or a clock that jumps back repeats nothing.
"""

from collections.abc import Sequence
from functools import partial

import structlog

from mdm.clock import Clock
from mdm.errors import ValiseError
from mdm.journal import Detail, Journal
from mdm.rounds import Rounds, change_or_time
from mdm.store import Connection, Database
from profiles.charter.agreed import AgreedEditions
from profiles.charter.edition_store import charter_row
from profiles.charter.following import Following
from profiles.rollouts import progress_store, rollout_store
from profiles.rollouts.facts import FactReader
from profiles.rollouts.gates import Gates, Seen, tablet_state
from profiles.rollouts.licensing import Licensing
from profiles.rollouts.pacing import (
    Action,
    Complete,
    FinishRollBack,
    MoveKit,
    OpenWave,
    Pause,
    ReturnKit,
    Wait,
    next_actions,
)
from profiles.rollouts.progress_store import TabletMark
from profiles.rollouts.reason import Reason, reason_of
from profiles.rollouts.rollout import Change, Rollout, RolloutState
from profiles.rollouts.rollouts import Rollouts
from profiles.rollouts.selection import PlacedKit

log = structlog.get_logger()

_PERIOD_SECONDS = 60.0
_PAGE = 2000
_MARKED_AT_ONCE = 500
_ROUNDS = 30
"""Waves that can be passed at once: empty ones, mostly."""
_KEPT_MS = 180 * 24 * 3600 * 1000
_PURGED_AT_ONCE = 5000
_SYSTEM = "system"


class RolloutRunner:
    """A service that runs in one server process of all those on a database."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        journal: Journal,
        agreed: AgreedEditions,
        following: Following,
        licensing: Licensing,
        reader: FactReader,
        rollouts: Rollouts,
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._agreed = agreed
        self._following = following
        self._licensing = licensing
        self._reader = reader
        self._rollouts = rollouts
        self._rounds = Rounds(
            database, "rollouts", self.run_once, pause=partial(change_or_time, database, "rollout", _PERIOD_SECONDS)
        )

    async def start(self) -> None:
        """Begin."""
        await self._rounds.start()

    async def stop(self) -> None:
        """End; the step that was begun is finished or undone whole."""
        await self._rounds.stop()

    async def run_once(self) -> int:
        """Do all that can be done now; return how many steps were taken."""
        taken = 0
        for _ in range(_ROUNDS):
            rollout = await self._database.read(rollout_store.active_rollout)
            if rollout is None or rollout.state is RolloutState.PAUSED:
                if rollout is not None:
                    await self._look(rollout)
                return taken
            if rollout.state is RolloutState.RUNNING:
                await self._take_new_kits(rollout)
                await self._look(rollout)
            steps = await self._step(rollout)
            taken += steps
            if steps == 0:
                return taken
        return taken

    async def tidy(self) -> None:
        """Forget what was seen of tablets in rollouts that ended half a year ago."""
        before = self._clock.ms() - _KEPT_MS
        purge = partial(progress_store.purge_tablets, before=before, limit=_PURGED_AT_ONCE)
        while await self._database.write(purge):
            continue

    async def _step(self, rollout: Rollout) -> int:
        now = self._clock.ms()
        facts = await self._database.read_long(lambda conn: self._reader.facts(conn, rollout, now))
        taken = 0
        for action in next_actions(rollout, facts, now):
            if isinstance(action, Wait):
                continue
            try:
                step = partial(self._carry_out, rollout_id=rollout.rollout_id, action=action)
                done = await self._database.write(step)
            except ValiseError as error:
                log.warning("rollout_step_refused", rollout=rollout.rollout_id, code=error.code)
                await self._stop_for(rollout, reason_of(error))
                return taken
            if not done:
                return taken
            taken += 1
        return taken

    async def _stop_for(self, rollout: Rollout, reason: Reason) -> None:
        """Pause a rollout whose step was refused; one on its way back is not paused: it is tried again."""
        pause = partial(self._carry_out, rollout_id=rollout.rollout_id, action=Pause(reason=reason))
        if rollout.state is RolloutState.RUNNING:
            await self._database.write(pause)

    def _carry_out(self, conn: Connection, *, rollout_id: str, action: Action) -> bool:
        """Take a step, unless the rollout or the kit is not as it was any more; tell whether it was taken."""
        rollout = rollout_store.hold_rollout(conn, rollout_id)
        if rollout is None:
            return False
        running = rollout.state is RolloutState.RUNNING
        match action:
            case MoveKit() if running:
                return self._move(conn, rollout, action.kit_id)
            case OpenWave() if running and rollout.wave == action.wave - 1:
                self._rollouts.apply(conn, rollout, Change.OPEN_WAVE, actor=_SYSTEM, wave=action.wave)
                return True
            case Pause() if running:
                self._rollouts.apply(conn, rollout, Change.PAUSE, actor=_SYSTEM, reason=action.reason)
                log.warning("rollout_paused", rollout=rollout_id, reason=action.reason.code)
                return True
            case Complete() if running:
                return self._complete(conn, rollout)
            case ReturnKit() if rollout.state is RolloutState.ROLLING_BACK:
                return self._return(conn, rollout, action.kit_id)
            case FinishRollBack() if rollout.state is RolloutState.ROLLING_BACK:
                return self._finish_roll_back(conn, rollout)
        return False

    def _move(self, conn: Connection, rollout: Rollout, kit_id: str) -> bool:
        now = self._clock.ms()
        claimed = rollout_store.claim_move(conn, rollout.rollout_id, kit_id, now=now)
        if claimed is None:
            return False
        before = self._agreed.policy_of_kit(conn, kit_id, now)
        after = self._agreed.policy_for(conn, kit_id=kit_id, uai=claimed.uai, edition_id=rollout.edition_id, now=now)
        self._following.follow(conn, rollout.edition_id, kit_id=kit_id, actor=_SYSTEM)
        tablets = progress_store.add_tablets(conn, rollout.rollout_id, kit_id, now=now)
        self._licensing.change(conn, kit_id, before.policy if before is not None else None, after.policy, actor=_SYSTEM)
        self._note(conn, "rollout_kit_moved", rollout, kit_id, rollout.edition_id, tablets)
        return True

    def _return(self, conn: Connection, rollout: Rollout, kit_id: str) -> bool:
        now = self._clock.ms()
        if not rollout_store.claim_return(conn, rollout.rollout_id, kit_id, now=now):
            return False
        before = self._agreed.policy_of_kit(conn, kit_id, now)
        tablets = self._following.follow(conn, rollout.previous_id, kit_id=kit_id, actor=_SYSTEM)
        after = self._agreed.policy_of_kit(conn, kit_id, now)
        progress_store.drop_tablets(conn, rollout.rollout_id, kit_id)
        if after is not None:
            old = before.policy if before is not None else None
            self._licensing.change(conn, kit_id, old, after.policy, actor=_SYSTEM)
        self._note(conn, "rollout_kit_returned", rollout, kit_id, rollout.previous_id, tablets)
        return True

    def _complete(self, conn: Connection, rollout: Rollout) -> bool:
        waiting = [
            kit
            for wave in range(1, len(rollout.plan.waves) + 1)
            for kit in rollout_store.kits_to_move(conn, rollout.rollout_id, wave)
        ]
        if waiting or rollout_store.new_kits(conn, rollout):
            return False
        for uai in rollout_store.schools_behind(conn, rollout.edition_id):
            self._following.follow(conn, rollout.edition_id, uai=uai, actor=_SYSTEM)
        self._following.set_current(conn, rollout.edition_id, actor=_SYSTEM)
        self._rollouts.apply(conn, rollout, Change.COMPLETE, actor=_SYSTEM)
        return True

    def _finish_roll_back(self, conn: Connection, rollout: Rollout) -> bool:
        if rollout_store.kits_to_return(conn, rollout.rollout_id, limit=1):
            return False
        charter = charter_row(conn)
        if charter is not None and charter.current_id == rollout.edition_id != rollout.previous_id:
            self._following.set_current(conn, rollout.previous_id, actor=_SYSTEM)
        self._rollouts.apply(conn, rollout, Change.FINISH_ROLL_BACK, actor=_SYSTEM)
        return True

    def _note(self, conn: Connection, kind: str, rollout: Rollout, kit_id: str, edition_id: str, tablets: int) -> None:
        detail: Detail = {
            "rollout": rollout.rollout_id,
            "edition": edition_id,
            "wave": rollout.wave,
            "tablets": tablets,
        }
        self._journal.record(conn, kind, actor=_SYSTEM, subject=f"kit:{kit_id}", detail=detail)
        conn.publish("rollout", rollout.rollout_id)

    async def _take_new_kits(self, rollout: Rollout) -> None:
        """Put kits that were made since into the last wave."""
        new = await self._database.read(lambda conn: rollout_store.new_kits(conn, rollout))
        if new:
            last = len(rollout.plan.waves)
            placed = [PlacedKit(kit_id=kit_id, wave=last, position=1_000_000) for kit_id in new]
            await self._database.write(lambda conn: rollout_store.add_kits(conn, rollout.rollout_id, placed))

    async def _look(self, rollout: Rollout) -> None:
        """Note what became of the tablets that were moved, a page at a time."""
        after = ""
        while True:
            read = partial(progress_store.tablets_to_judge, rollout_id=rollout.rollout_id, after=after, limit=_PAGE)
            page = await self._database.read(read)
            marks = _changed(page, rollout.plan.gates, self._clock.ms())
            for begin in range(0, len(marks), _MARKED_AT_ONCE):
                some = marks[begin : begin + _MARKED_AT_ONCE]
                mark = partial(progress_store.mark_tablets, rollout_id=rollout.rollout_id, marks=some)
                await self._database.write(mark)
            if len(page) < _PAGE:
                return
            after = page[-1].tablet_id


def _changed(page: Sequence[Seen], gates: Gates, now: int) -> list[TabletMark]:
    marks = []
    for seen in page:
        state = tablet_state(seen, gates, now)
        if state is not seen.before:
            marks.append(
                TabletMark(tablet_id=seen.tablet_id, state=state, heard_at=seen.heard_at, target_hash=seen.target_hash)
            )
    return marks
