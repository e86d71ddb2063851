"""Convergence: brings each tablet to its target, in the transaction that tells what it said.

The rooms around say what they know through two small protocols: the profiles room what a tablet should be, the
platform's protocol room how a step is put into a command.
"""

from collections.abc import Mapping
from typing import Protocol

import msgspec
import structlog

from mdm.clock import Clock
from mdm.commands import convergence_store
from mdm.commands.convergence_store import Progress
from mdm.commands.planner import Step, is_converged, plan
from mdm.commands.queue import NewCommand, cancel_steps, enqueue, open_steps
from mdm.commands.report import Report
from mdm.commands.target import Target
from mdm.store import Connection

log = structlog.get_logger()

_MINUTE = 60_000
_PATIENCE = (_MINUTE // 6, _MINUTE // 2, _MINUTE, 5 * _MINUTE, 15 * _MINUTE, 60 * _MINUTE, 6 * 60 * _MINUTE)
"""How long to wait before looking again at a tablet that is not there yet, by the number of looks."""
_DRIFT_CHECK = 24 * 60 * _MINUTE


class TargetSource(Protocol):
    """Knows what a tablet should be."""

    def target_for(self, conn: Connection, tablet_id: str) -> Target | None:
        """Return the tablet's target, or None when no edition was agreed for it."""
        ...


class StepEncoder(Protocol):
    """Puts a planner's step into the platform's command."""

    def command_for(self, conn: Connection, tablet_id: str, step: Step) -> NewCommand:
        """Return the command; equal steps of many tablets give the same one."""
        ...


class Outcome(Protocol):
    """Is told when a tablet arrives at its target, or leaves it."""

    def tablet_converged(self, conn: Connection, tablet_id: str) -> None:
        """The tablet holds what it should."""
        ...

    def tablet_diverged(self, conn: Connection, tablet_id: str) -> None:
        """The tablet does not hold what it should any more."""
        ...


class Convergence:
    """Plans, queues what is missing, and notices when nothing is."""

    def __init__(
        self, clock: Clock, targets: TargetSource, encoders: Mapping[str, StepEncoder], outcome: Outcome
    ) -> None:
        self._clock = clock
        self._targets = targets
        self._encoders = encoders
        self._outcome = outcome

    def begin(self, conn: Connection, tablet_id: str, platform: str, report: Report) -> None:
        """Start with a tablet that has just joined."""
        convergence_store.begin_again(conn, tablet_id, report, now=self._clock.ms())
        self.advance(conn, tablet_id, platform)

    def reported(self, conn: Connection, tablet_id: str, platform: str, report: Report) -> None:
        """Take in what a tablet said, and queue what follows from it."""
        convergence_store.save_reports(conn, [(tablet_id, report)])
        self.advance(conn, tablet_id, platform)

    def look(self, conn: Connection, tablet_id: str, platform: str) -> None:
        """Look at a tablet whose time has come: ask again what can be asked, so that drift is seen and repaired."""
        progress = convergence_store.progress_of(conn, tablet_id)
        if progress is None:
            return
        convergence_store.save_reports(conn, [(tablet_id, progress.report.asked_again())])
        self.advance(conn, tablet_id, platform, looked=True)

    def advance(self, conn: Connection, tablet_id: str, platform: str, *, looked: bool = False) -> None:
        """Queue the steps between what the tablet said and what it should be, and none that waits already."""
        progress = convergence_store.progress_of(conn, tablet_id)
        if progress is None:
            return
        now = self._clock.ms()
        name = convergence_store.slot_name(conn, tablet_id)
        target = self._targets.target_for(conn, tablet_id) or Target(edition_id="")
        changed = target.hash != progress.target_hash
        steps = plan(target, progress.report, name=name)
        waiting = open_steps(conn, tablet_id)
        if waiting:
            cancel_steps(conn, tablet_id, keep=frozenset(step.key for step in steps), now=now)
        encoder = self._encoders[platform]
        for step in steps:
            if step.key not in waiting:
                enqueue(
                    conn,
                    encoder.command_for(conn, tablet_id, step),
                    [tablet_id],
                    now=now,
                    actor="system",
                    platform=platform,
                )
        arrived = bool(target.edition_id) and not steps and is_converged(target, progress.report, name=name)
        self._settle(conn, progress, target.hash, arrived=arrived, changed=changed, looked=looked, now=now)

    def _settle(
        self,
        conn: Connection,
        progress: Progress,
        target_hash: str,
        *,
        arrived: bool,
        changed: bool,
        looked: bool,
        now: int,
    ) -> None:
        tablet_id = progress.tablet_id
        checks = 0 if changed else progress.checks + (1 if looked else 0)
        if arrived:
            next_check = now + _DRIFT_CHECK if progress.converged_at is None or looked else progress.next_check_at
        elif looked or changed or progress.next_check_at > now + _PATIENCE[-1]:
            next_check = now + _PATIENCE[min(checks, len(_PATIENCE) - 1)]
        else:
            next_check = progress.next_check_at
        # A look forgets what can be asked; until the answers are in, that is no reason to call the tablet diverged.
        asking = progress.report.profiles is None or progress.report.device is None or progress.report.apps is None
        since = (
            (progress.converged_at or now) if arrived else (progress.converged_at if asking and not changed else None)
        )
        settled = msgspec.structs.replace(
            progress, target_hash=target_hash, converged_at=since, checks=checks, next_check_at=next_check
        )
        if settled != progress:
            convergence_store.save_progress(conn, settled)
        if since is not None and progress.converged_at is None:
            self._outcome.tablet_converged(conn, tablet_id)
            log.info("tablet_converged", tablet=tablet_id)
        elif since is None and progress.converged_at is not None:
            self._outcome.tablet_diverged(conn, tablet_id)
            log.info("tablet_diverged", tablet=tablet_id)
