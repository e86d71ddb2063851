"""Imports of pupils as long work: compared and applied by the server, watched, left and found again by a person.

A server that is killed goes on with it by itself; see `mdm.long_work`.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from mdm.clock import Clock
from mdm.home.pupils import import_store
from mdm.home.pupils.errors import ImportBusy, ImportDone
from mdm.home.pupils.import_store import PendingImport
from mdm.home.pupils.imports import STEP, Prepared, PupilImports, is_large
from mdm.long_work import store as work_store
from mdm.long_work.service import LongWorks
from mdm.long_work.work import Carried, LongWork, Outcome, Part, WorkKind
from mdm.store import Connection, Database

KIND = "pupil_import"
_FEW = 20


class Phase(StrEnum):
    """What is being done with an import."""

    COMPARE = "compare"
    APPLY = "apply"


class _Spec(msgspec.Struct, frozen=True):
    import_id: str
    phase: Phase


class ImportWork:
    """Begins the work of imports, and does it. ``actor`` is who asks, for the journal."""

    def __init__(self, database: Database, clock: Clock, works: LongWorks, imports: PupilImports) -> None:
        self._database = database
        self._clock = clock
        self._works = works
        self._imports = imports
        # One process carries work on, one import at a time; comparing it anew for each part would cost seconds.
        self._held: tuple[Prepared, int] | None = None

    async def read(
        self,
        bodies: Sequence[bytes],
        *,
        actor: str,
        uai: str = "",
        mapping: Mapping[str, str] | None = None,
        names: Sequence[str] = (),
    ) -> PendingImport:
        """Read files and keep what they say; a large import is then compared as long work.

        Raises what `PupilImports.read` does.
        """
        lines = await self._imports.lines_of(bodies, uai=uai, mapping=mapping, names=names)
        if not is_large(lines):
            read = await self._imports.read(bodies, actor=actor, uai=uai, mapping=mapping, names=names)
            return read.pending
        pending = await self._imports.keep(lines, None, actor=actor)
        await self.compare(pending.import_id, actor=actor)
        return pending

    async def compare(self, import_id: str, *, actor: str) -> LongWork:
        """Compare an import with what is stored now; raises `ImportUnknown` or `ImportDone`."""

        def write(conn: Connection) -> LongWork:
            if import_store.require_import(conn, import_id, self._clock.ms()).state == "applied":
                raise ImportDone
            return self._open(conn, import_id) or self._start(conn, import_id, Phase.COMPARE, 1, actor)

        return await self._database.write(write)

    async def apply(self, import_id: str, *, actor: str, leavers: bool = False) -> LongWork:
        """Begin to carry an import out, or to go on with it; raises what `PupilImports.apply` does."""

        def write(conn: Connection) -> LongWork:
            pending = self._imports.begin(conn, import_id, leavers=leavers)
            if (open_work := self._open(conn, import_id)) is not None:
                if phase_of(open_work) is Phase.APPLY:
                    return open_work
                self._works.stop(conn, open_work.work_id, actor=actor)
            return self._start(conn, import_id, Phase.APPLY, max(1, -(-pending.steps // STEP)), actor)

        return await self._database.write(write)

    async def drop(self, import_id: str, *, actor: str) -> None:
        """Forget an import, and end its work; see `PupilImports.drop`."""

        def write(conn: Connection) -> None:
            self._imports.forget(conn, import_id, actor=actor)
            if (open_work := self._open(conn, import_id)) is not None:
                self._works.stop(conn, open_work.work_id, actor=actor)

        await self._database.write(write)
        self._held = None

    async def newest(self, import_id: str) -> LongWork | None:
        """Return the work on an import that is under way, or was begun last."""
        found = await self._works.recent(subject=_subject(import_id))
        return next((one for one in found if one.is_open), found[0] if found else None)

    def kind(self) -> WorkKind:
        """Return it as long work knows it."""
        return WorkKind(name=KIND, step=self._step, parts_a_step=1)

    async def _step(self, work: LongWork, parts: Sequence[Part]) -> Carried:
        spec, (part,) = _spec(work), parts
        done = [Outcome.done(part)]
        if spec.phase is Phase.COMPARE:
            keep = await self._imports.compare(spec.import_id)

            def compared(conn: Connection) -> Sequence[Outcome]:
                keep(conn)
                return done

            return compared
        pending, had_turn = await self._database.read(lambda conn: self._look(conn, spec.import_id))
        if pending.state == "applied":
            # Somebody went on with it in a terminal.
            return lambda _: done
        if not had_turn or self._held is None:
            # It stopped for a while: it takes the turn again, and compares its lines with what others wrote meanwhile.
            self._held = None
            await self._database.write(lambda conn: import_store.take_turn(conn, spec.import_id, self._clock.ms()))
        prepared = await self._prepared(pending)
        steps, is_last = prepared.comparison.steps, part.position + 1 == work.total
        until = max(prepared.done, steps * (part.position + 1) // work.total)
        self._held = None if is_last else (prepared, until)

        def written(conn: Connection) -> Sequence[Outcome]:
            try:
                self._imports.write(conn, prepared, until=until)
            except ImportBusy:
                self._held = None
                raise
            if is_last:
                self._imports.finish(conn, prepared, actor=work.started_by)
            return done

        return written

    def _look(self, conn: Connection, import_id: str) -> tuple[PendingImport, bool]:
        pending = import_store.require_import(conn, import_id, self._clock.ms())
        return pending, import_store.has_turn(conn, import_id)

    async def _prepared(self, pending: PendingImport) -> Prepared:
        """Return the import as it was compared when its work began, unless somebody else has written of it since."""
        if self._held is not None:
            prepared, until = self._held
            if prepared.import_id == pending.import_id and pending.done in (prepared.done, until):
                return msgspec.structs.replace(prepared, done=pending.done)
        return await self._imports.prepare(pending.import_id)

    def _open(self, conn: Connection, import_id: str) -> LongWork | None:
        found = work_store.recent_work(conn, subject=_subject(import_id), started_by="", limit=_FEW)
        return next((one for one in found if one.is_open), None)

    def _start(self, conn: Connection, import_id: str, phase: Phase, parts: int, actor: str) -> LongWork:
        spec = msgspec.json.encode(_Spec(import_id, phase)).decode()
        keys = [str(number) for number in range(1, parts + 1)]
        return self._works.start(conn, KIND, keys, spec=spec, subject=_subject(import_id), actor=actor)


def phase_of(work: LongWork) -> Phase:
    """Return what work does with its import."""
    return _spec(work).phase


def _spec(work: LongWork) -> _Spec:
    return msgspec.json.decode(work.spec, type=_Spec)


def _subject(import_id: str) -> str:
    return f"pupil_import:{import_id}"
