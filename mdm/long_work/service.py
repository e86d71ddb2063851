"""Begins long work, carries it on part by part, and tells how far it is.

One server process of all on a database carries work on. A step's parts are noted as over in the transaction that does
them, so that a server that is killed does nothing twice and leaves nothing out.
"""

from collections.abc import Sequence
from functools import partial

import structlog

from mdm.clock import DAY_MS, Clock
from mdm.errors import ValiseError
from mdm.i18n import N_
from mdm.ids import new_id
from mdm.journal import Journal
from mdm.long_work import store
from mdm.long_work.errors import WorkEnded, WorkExpired
from mdm.long_work.work import OPEN, FailedPart, LongWork, Outcome, Part, WorkKind, WorkState
from mdm.rounds import Rounds, change_or_time
from mdm.store import Connection, Database

log = structlog.get_logger()

DRAFT_MS = 3600 * 1000
"""How long what was prepared can be begun."""
KEPT_MS = 90 * DAY_MS
"""How long work that ended can be looked at."""
ATTEMPTS = 3
_WAIT_SECONDS = 5.0
_BROKEN = N_("The server could not carry this on: an error that it did not expect. Its log says more.")


class LongWorks:
    """The service that pages and rooms call; ``actor`` is who asks, for the journal."""

    def __init__(self, database: Database, clock: Clock, journal: Journal) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal

    async def prepare(self, kind: str, keys: Sequence[str], *, spec: str, subject: str, actor: str) -> LongWork:
        """Keep work as a draft, for a person to look at and `begin` within an hour."""
        work = self.new(kind, keys, spec=spec, subject=subject, actor=actor, draft=True)
        await self._database.write(lambda conn: store.add_work(conn, work, keys))
        return work

    def start(
        self, conn: Connection, kind: str, keys: Sequence[str], *, spec: str, subject: str, actor: str
    ) -> LongWork:
        """Begin work at once, inside the caller's transaction."""
        work = self.new(kind, keys, spec=spec, subject=subject, actor=actor, draft=False)
        store.add_work(conn, work, keys)
        self._record(conn, work, "long_work_started", actor)
        conn.publish("long_work", work.work_id)
        return work

    async def begin(self, work_id: str, *, actor: str) -> LongWork:
        """Begin a draft; one that was begun before is returned as it is. Raises `WorkUnknown` or `WorkExpired`."""

        def write(conn: Connection) -> LongWork:
            work = store.hold_work(conn, work_id)
            if work.state is not WorkState.DRAFT:
                return work
            now = self._clock.ms()
            if work.expires_at is not None and work.expires_at < now:
                raise WorkExpired
            store.begin(conn, work_id, now=now)
            self._record(conn, work, "long_work_started", actor)
            return store.require_work(conn, work_id)

        return await self._database.write(write)

    async def cancel(self, work_id: str, *, actor: str) -> LongWork:
        """End work after the parts that are done; what is done stays. Raises `WorkUnknown` or `WorkEnded`."""
        return await self._database.write(lambda conn: self.stop(conn, work_id, actor=actor))

    def stop(self, conn: Connection, work_id: str, *, actor: str) -> LongWork:
        """Like `cancel`, inside the caller's transaction."""
        work = store.hold_work(conn, work_id)
        if work.state not in (*OPEN, WorkState.DRAFT):
            raise WorkEnded
        store.end(conn, work_id, WorkState.CANCELLED, now=self._clock.ms())
        self._record(conn, work, "long_work_cancelled", actor)
        return store.require_work(conn, work_id)

    async def resume(self, work_id: str, *, actor: str) -> LongWork:
        """Carry on work that failed as a whole, from where it stopped; raise `WorkUnknown` or `WorkEnded`."""

        def write(conn: Connection) -> LongWork:
            work = store.hold_work(conn, work_id)
            if work.state is not WorkState.FAILED:
                raise WorkEnded
            store.begin(conn, work_id, now=self._clock.ms())
            self._record(conn, work, "long_work_started", actor)
            return store.require_work(conn, work_id)

        return await self._database.write(write)

    async def show(self, work_id: str) -> LongWork:
        """Return work; raise `WorkUnknown`. Live pages listen to the topic ``long_work`` with its identifier."""
        return await self._database.read(lambda conn: store.require_work(conn, work_id))

    async def recent(self, *, subject: str = "", started_by: str = "", limit: int = 20) -> list[LongWork]:
        """Return the newest work about a subject, or that a person began."""
        return await self._database.read(
            lambda conn: store.recent_work(conn, subject=subject, started_by=started_by, limit=limit)
        )

    async def failures(self, work_id: str, *, after: int = -1, limit: int = 100) -> list[tuple[int, FailedPart]]:
        """Return the parts that failed, with their positions, from the one after a position."""
        return await self._database.read(lambda conn: store.failed_parts(conn, work_id, after=after, limit=limit))

    async def tidy(self) -> int:
        """Forget drafts that expired and work that ended long ago; return how many."""
        now = self._clock.ms()
        return await self._database.write(
            lambda conn: store.forget_old(conn, drafts_before=now, ended_before=now - KEPT_MS)
        )

    def new(self, kind: str, keys: Sequence[str], *, spec: str, subject: str, actor: str, draft: bool) -> LongWork:
        """Return work that is not stored yet."""
        now = self._clock.ms()
        return LongWork(
            work_id=new_id(self._clock),
            kind=kind,
            subject=subject,
            state=WorkState.DRAFT if draft else WorkState.WAITING,
            spec=spec,
            total=len(keys),
            done=0,
            failed=0,
            result="",
            problem="",
            attempts=0,
            started_by=actor,
            made_at=now,
            expires_at=now + DRAFT_MS if draft else None,
            started_at=None if draft else now,
            ended_at=None,
        )

    def _record(self, conn: Connection, work: LongWork, kind: str, actor: str) -> None:
        self._journal.record(
            conn, kind, actor=actor, subject=f"work:{work.work_id}", detail={"work": work.kind, "parts": work.total}
        )


class WorkRunner:
    """Carries work on, of the kinds that it is given."""

    def __init__(self, database: Database, clock: Clock, kinds: Sequence[WorkKind]) -> None:
        self._database = database
        self._clock = clock
        self._kinds = {kind.name: kind for kind in kinds}
        self._names = frozenset(self._kinds)
        self._rounds = Rounds(
            database, "long_work", self.once, pause=partial(change_or_time, database, "long_work", _WAIT_SECONDS)
        )

    async def start(self) -> None:
        """Begin."""
        await self._rounds.start()

    async def stop(self) -> None:
        """End; the step that is under way is finished or undone whole."""
        await self._rounds.stop()

    async def once(self) -> None:
        """Carry everything on to its end, a step of each in turn."""
        while await self.step():
            pass

    async def step(self) -> bool:
        """Carry on what waited longest; return False when there was nothing."""
        work = await self._database.read(lambda conn: store.next_work(conn, self._names))
        if work is None:
            return False
        try:
            await self._carry_on(work, self._kinds[work.kind])
        except ValiseError as error:
            await self._stumbled(work, type(error).message.format(**error.params))
        except Exception:
            log.exception("long_work_step_failed", work=work.work_id, kind=work.kind)
            await self._stumbled(work, _BROKEN)
        return True

    async def _carry_on(self, work: LongWork, kind: WorkKind) -> None:
        parts = await self._database.read(lambda conn: store.waiting_parts(conn, work.work_id, limit=kind.parts_a_step))
        carried = await kind.step(work, parts) if parts else None

        def write(conn: Connection) -> None:
            held = store.hold_work(conn, work.work_id)
            # A person may have cancelled it, or another server taken the role over and done these parts.
            if not held.is_open or store.waiting_parts(conn, work.work_id, limit=kind.parts_a_step) != parts:
                return
            now = self._clock.ms()
            if carried is not None:
                store.settle_parts(conn, work.work_id, _whole(parts, carried(conn)), now=now)
            if not store.waiting_parts(conn, work.work_id, limit=1):
                ended = store.require_work(conn, work.work_id)
                store.end(conn, work.work_id, WorkState.DONE, now=now, result=kind.finish(conn, ended))

        await self._database.write(write)

    async def _stumbled(self, work: LongWork, problem: str) -> None:
        def write(conn: Connection) -> None:
            if not store.hold_work(conn, work.work_id).is_open:
                return
            now = self._clock.ms()
            if store.note_attempt(conn, work.work_id, now=now) >= ATTEMPTS:
                store.end(conn, work.work_id, WorkState.FAILED, now=now, problem=problem)

        await self._database.write(write)


def _whole(parts: Sequence[Part], outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    if sorted(one.position for one in outcomes) != [one.position for one in parts]:
        raise ValueError("a step tells what became of each of its parts, once")
    return outcomes
