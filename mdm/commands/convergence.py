"""Convergence: brings each tablet to its target, in the transaction that tells what it said.

The rooms around say what they know through two small protocols: the profiles room what a tablet should be, the
platform's protocol room how a step is put into a command.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec
import structlog

from mdm.clock import Clock
from mdm.commands import convergence_store
from mdm.commands.agent_plan import unwanted_apps
from mdm.commands.book_plan import asks_books
from mdm.commands.convergence_store import Progress
from mdm.commands.planner import is_converged, missing_in_words, plan
from mdm.commands.queue import (
    NewCommand,
    cancel_steps,
    drop_sent_steps,
    enqueue,
    have_open_steps,
    open_steps,
    settle_sent_steps,
)
from mdm.commands.report import Report
from mdm.commands.steps import Step
from mdm.commands.target import Target
from mdm.store import Connection

log = structlog.get_logger()

_MINUTE = 60_000
_DRIFT_CHECK = 24 * 60 * _MINUTE


class TargetSource(Protocol):
    """Knows what a tablet should be."""

    def target_for(self, conn: Connection, tablet_id: str) -> Target | None:
        """Return the tablet's target, or None when no edition was agreed for it."""
        ...


class StepEncoder(Protocol):
    """Puts a planner's step into the platform's command, and knows how its tablets answer.

    ``patience``: how long to wait (ms) before looking again at a tablet that is not there yet, by the number of looks.
    ``acknowledges``: whether a tablet answers each command; where not, a sent step ends when the report shows it.
    """

    patience: tuple[int, ...]
    acknowledges: bool

    def command_for(self, conn: Connection, tablet_id: str, step: Step) -> NewCommand:
        """Return the command; equal steps of many tablets give the same one."""
        ...

    def before_look(self, report: Report, now: int) -> Report:
        """Return the report with what can be asked forgotten, so that it is asked again."""
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
        encoder, now = self._encoders[platform], self._clock.ms()
        if not encoder.acknowledges:
            drop_sent_steps(conn, tablet_id, now=now)
        convergence_store.save_reports(conn, [(tablet_id, encoder.before_look(progress.report, now))])
        self.advance(conn, tablet_id, platform, looked=True)

    def advance(self, conn: Connection, tablet_id: str, platform: str, *, looked: bool = False) -> None:
        """Queue the steps between what the tablet said and what it should be, and none that waits already."""
        progress = convergence_store.progress_of(conn, tablet_id)
        if progress is None:
            return
        name = convergence_store.slot_name(conn, tablet_id)
        before, after, commands = self._decide(conn, progress, platform, name, looked=looked, waits=True)
        self._enqueue(conn, commands, [tablet_id], platform)
        self._settle(conn, before, after)

    def advance_many(self, conn: Connection, tablets: Sequence[tuple[str, str]]) -> None:
        """Do what `advance` does for many tablets, with their platforms, in fewer statements."""
        known = convergence_store.progress_of_many(conn, [tablet_id for tablet_id, _ in tablets])
        names = convergence_store.slot_names(conn, list(known))
        waiting = have_open_steps(conn, list(known))
        groups: dict[tuple[str, tuple[str, ...]], tuple[list[NewCommand], list[str]]] = {}
        decided = []
        for tablet_id, platform in tablets:
            progress = known.get(tablet_id)
            if progress is None:
                continue
            name, waits = names.get(tablet_id), tablet_id in waiting
            before, after, commands = self._decide(conn, progress, platform, name, looked=False, waits=waits)
            decided.append((before, after))
            # Those that get the same commands in the same order get them together.
            key = (platform, tuple(command.command_id for command in commands))
            groups.setdefault(key, (commands, []))[1].append(tablet_id)
        for (platform, _), (commands, together) in groups.items():
            self._enqueue(conn, commands, together, platform)
        convergence_store.save_progresses(conn, [after for before, after in decided if after != before])
        for before, after in decided:
            self._tell(conn, before, after)

    def _decide(
        self, conn: Connection, progress: Progress, platform: str, name: str | None, *, looked: bool, waits: bool
    ) -> tuple[Progress, Progress, list[NewCommand]]:
        """Return where a tablet was and where it is, with the commands that it lacks; withdraw what is not wanted.

        ``waits``: some step may wait for it already.
        """
        tablet_id, now = progress.tablet_id, self._clock.ms()
        target = self._targets.target_for(conn, tablet_id) or Target(policy_id="")
        changed = target.hash != progress.target_hash
        encoder = self._encoders[platform]
        drift = (missing_in_words(target, progress.report), unwanted_apps(target, progress.report))
        if not encoder.acknowledges and drift != (progress.report.missing, progress.report.unwanted):
            report = msgspec.structs.replace(progress.report, missing=drift[0], unwanted=drift[1])
            progress = msgspec.structs.replace(progress, report=report)
            convergence_store.save_reports(conn, [(tablet_id, report)])
        # Without an edition an iPad is asked what it is; an agent has nothing that it could be asked.
        steps = plan(target, progress.report, name=name) if target.policy_id or encoder.acknowledges else ()
        waiting = open_steps(conn, tablet_id) if waits else frozenset()
        if waiting:
            keep = frozenset(step.key for step in steps)
            cancel_steps(conn, tablet_id, keep=keep, now=now)
            if not encoder.acknowledges:
                settle_sent_steps(conn, tablet_id, keep=keep, now=now)
        commands = [encoder.command_for(conn, tablet_id, step) for step in steps if step.key not in waiting]
        arrived = bool(target.policy_id) and not steps and is_converged(target, progress.report, name=name)
        # A look forgets what can be asked; until the answers are in, that is no reason to call the tablet diverged.
        report = progress.report
        unknown = None in (report.profiles, report.device, report.apps) or asks_books(target, report)
        asking = encoder.acknowledges and unknown
        since = progress.converged_at if asking and not changed else None
        settled = msgspec.structs.replace(
            progress,
            target_hash=target.hash,
            converged_at=(progress.converged_at or now) if arrived else since,
            checks=0 if changed else progress.checks + (1 if looked else 0),
        )
        patience = encoder.patience
        if arrived:
            later = progress.converged_at is None or looked
            next_check = now + _DRIFT_CHECK if later else progress.next_check_at
        elif looked or changed or progress.next_check_at > now + patience[-1]:
            next_check = now + patience[min(settled.checks, len(patience) - 1)]
        else:
            next_check = progress.next_check_at
        return progress, msgspec.structs.replace(settled, next_check_at=next_check), commands

    def _enqueue(self, conn: Connection, commands: Sequence[NewCommand], tablets: Sequence[str], platform: str) -> None:
        for command in commands:
            enqueue(conn, command, tablets, now=self._clock.ms(), actor="system", platform=platform)

    def _settle(self, conn: Connection, before: Progress, after: Progress) -> None:
        if after != before:
            convergence_store.save_progresses(conn, [after])
        self._tell(conn, before, after)

    def _tell(self, conn: Connection, before: Progress, after: Progress) -> None:
        if after.converged_at is not None and before.converged_at is None:
            self._outcome.tablet_converged(conn, after.tablet_id)
            log.info("tablet_converged", tablet=after.tablet_id)
        elif after.converged_at is None and before.converged_at is not None:
            self._outcome.tablet_diverged(conn, after.tablet_id)
            log.info("tablet_diverged", tablet=after.tablet_id)
