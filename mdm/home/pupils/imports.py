"""Imports of pupils in two steps: files are read and told about, then what they say is applied, in bounded steps.

What the files say is kept sealed for a day; the purge (`mdm.privacy`) removes it then. An import that was left half
done is found again, and continued or dropped; one import is applied at a time.
"""

import asyncio
import zlib
from collections.abc import Mapping, Sequence
from functools import partial

import msgspec

from mdm.clock import DAY_MS, Clock
from mdm.fleet.territory_store import list_schools, require_school
from mdm.home.pupils import import_store
from mdm.home.pupils.errors import ImportDone, LeaversNotSure
from mdm.home.pupils.files import Schools, read_files
from mdm.home.pupils.guardian_lines import FoundGuardian, GuardianKeeper, find_children
from mdm.home.pupils.import_store import PendingImport
from mdm.home.pupils.keys import PupilKeys
from mdm.home.pupils.lines import FileRead, Lines, Unread
from mdm.home.pupils.matching import Action, Decision, Plan, plan_pupils
from mdm.home.pupils.pupil import PupilView
from mdm.home.pupils.pupil_store import end_inscriptions, pupil_views
from mdm.home.pupils.writing import Classes, DecisionWriter
from mdm.ids import new_id
from mdm.journal import Journal
from mdm.store import Connection, Database
from mdm.vault import Vault

KEPT_MS = DAY_MS
"""How long what the files say is kept, sealed, before it is applied."""
STEP = 1000
"""Lines in one transaction."""
_PURPOSE = "home.pupil_import "


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import would do. Each list holds as many as were asked for; the counts are whole.

    ``decisions`` are those that change something or ask; ``missing``: pupils whom no line names; ``unread``: lines
    that were left out, with the words for it.
    """

    pending: PendingImport
    files: tuple[FileRead, ...]
    decisions: tuple[Decision, ...]
    missing: tuple[PupilView, ...]
    unread: tuple[Unread, ...]


class _Work(msgspec.Struct, frozen=True):
    lines: Lines
    plan: Plan
    guardians: tuple[FoundGuardian, ...]
    notes: tuple[Unread, ...]

    def counts(self) -> dict[str, int]:
        of_pupils = {file.file for file in self.lines.files if file.kind == "pupils"}
        unread = sum(one.file in of_pupils for one in self.lines.unread)
        counts = {
            "lines": len(self.lines.pupils),
            "unread": unread,
            "guardian_notes": len(self.lines.unread) - unread + len(self.notes),
            "missing": sum(len(ids) for ids in self.plan.missing.values()),
            "guardians": len(self.guardians),
        }
        return counts | {action.value: self.plan.count(action) for action in Action}


class PupilImports:
    """Reads, tells, applies and drops imports. ``guardians`` keeps the guardians that a file names."""

    def __init__(
        self, database: Database, clock: Clock, journal: Journal, vault: Vault, guardians: GuardianKeeper
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._vault = vault
        self._guardians = guardians
        self._keys = PupilKeys(vault)
        self._writer = DecisionWriter(clock, vault, self._keys)

    async def read(
        self, bodies: Sequence[bytes], *, actor: str, uai: str = "", mapping: Mapping[str, str] | None = None
    ) -> ImportReport:
        """Read files of pupils and guardians, keep what they say for a day, and tell what applying them would do.

        ``uai``: the school that they are of, where their lines do not say; ``mapping``: see `files.read_files`. Raises
        `SchoolUnknown`, or `ImportRefused` when a file cannot be read at all.
        """
        schools = await self._database.read(lambda conn: _schools(conn, uai))
        today = self._clock.now().date()
        lines = await asyncio.to_thread(read_files, bodies, schools, mapping=mapping or {}, today=today)
        import_id, now = new_id(self._clock), self._clock.ms()
        packed = await asyncio.to_thread(self._pack, import_id, lines)
        work = await self._database.read_long(lambda conn: self._plan(conn, lines))
        pending = PendingImport(
            import_id=import_id,
            state="waiting",
            uais=lines.uais,
            counts=work.counts(),
            leavers=False,
            done=0,
            created_at=now,
            created_by=actor,
            expires_at=now + KEPT_MS,
        )

        def keep(conn: Connection) -> None:
            import_store.add_import(conn, pending, packed)
            self._record(conn, "pupil_import_read", pending, actor)

        await self._database.write(keep)
        return await self._database.read(lambda conn: _report(conn, pending, work, 100))

    async def waiting(self) -> list[PendingImport]:
        """Return the imports that wait, or were left half done."""
        return await self._database.read(lambda conn: import_store.open_imports(conn, self._clock.ms()))

    async def report(self, import_id: str, *, limit: int = 100) -> ImportReport:
        """Tell again what an import would do, as the store is now; raise `ImportUnknown`."""

        def tell(conn: Connection) -> ImportReport:
            pending = import_store.require_import(conn, import_id, self._clock.ms())
            work = self._plan(conn, self._unpack(conn, import_id))
            return _report(conn, pending, work, limit)

        return await self._database.read_long(tell)

    async def apply(self, import_id: str, *, actor: str, leavers: bool = False) -> PendingImport:
        """Carry an import out, or what is left of it, and return it with its counts.

        With ``leavers``, the pupils of its schools whom no line names are taken out of them; an import that was left
        half done keeps what was chosen first. Raises `ImportUnknown`, `ImportDone`, `ImportBusy` or `LeaversNotSure`.
        """
        pending = await self._database.write(lambda conn: self._begin(conn, import_id, leavers))

        def prepare(conn: Connection) -> _Work:
            return self._plan(conn, self._unpack(conn, import_id))

        work = await self._database.read_long(prepare)
        counts = dict(pending.counts) if pending.done else work.counts()
        classes = await self._database.write(lambda conn: self._writer.classes(conn, work.lines.pupils))
        done, steps = pending.done, len(work.plan.decisions)
        while done < steps:
            done = await self._database.write(partial(self._step, import_id, work.plan, classes, done))
        while done < steps + len(work.guardians):
            done = await self._database.write(partial(self._guardian_step, import_id, work, steps, done))
        return await self._database.write(lambda conn: self._finish(conn, import_id, work, counts, actor))

    async def drop(self, import_id: str, *, actor: str) -> None:
        """Forget an import; what it wrote already stays, and importing the files again completes it.

        Raises `ImportUnknown` or `ImportDone`.
        """

        def write(conn: Connection) -> None:
            pending = import_store.require_import(conn, import_id, self._clock.ms())
            if pending.state == "applied":
                raise ImportDone
            import_store.delete_import(conn, import_id)
            self._record(conn, "pupil_import_dropped", pending, actor)

        await self._database.write(write)

    def _begin(self, conn: Connection, import_id: str, leavers: bool) -> PendingImport:
        pending = import_store.require_import(conn, import_id, self._clock.ms())
        if pending.state == "applied":
            raise ImportDone
        if leavers and pending.counts["unread"]:
            raise LeaversNotSure(count=pending.counts["unread"])
        import_store.take_turn(conn, import_id, self._clock.ms())
        import_store.begin_applying(conn, import_id, leavers=leavers)
        return import_store.require_import(conn, import_id, self._clock.ms())

    def _step(self, import_id: str, plan: Plan, classes: Classes, done: int, conn: Connection) -> int:
        until = min(done + STEP, len(plan.decisions))
        import_store.advance(conn, import_id, done=done, now_done=until)
        self._writer.write(conn, plan.decisions[done:until], classes)
        return until

    def _guardian_step(self, import_id: str, work: _Work, steps: int, done: int, conn: Connection) -> int:
        until = min(done + STEP, steps + len(work.guardians))
        import_store.advance(conn, import_id, done=done, now_done=until)
        self._guardians.keep(conn, work.guardians[done - steps : until - steps])
        return until

    def _finish(
        self, conn: Connection, import_id: str, work: _Work, counts: Mapping[str, int], actor: str
    ) -> PendingImport:
        pending = import_store.require_import(conn, import_id, self._clock.ms())
        # The same comparison keeps two who continue one import from both ending it.
        import_store.advance(conn, import_id, done=pending.done, now_done=pending.done)
        if pending.leavers:
            for uai, pupil_ids in work.plan.missing.items():
                end_inscriptions(conn, uai, pupil_ids, self._clock.ms())
        import_store.finish_import(conn, import_id, counts)
        import_store.leave_turn(conn, import_id)
        applied = import_store.require_import(conn, import_id, self._clock.ms())
        self._record(conn, "pupils_imported", applied, actor)
        for uai in pending.uais:
            conn.publish("pupils", uai)
        return applied

    def _plan(self, conn: Connection, lines: Lines) -> _Work:
        digests = [key.digest for line in lines.pupils for key in self._keys.of_line(line)]
        known = import_store.known_pupils(conn, lines.uais, digests)
        plan = plan_pupils(lines.pupils, known, self._keys, lambda: new_id(self._clock))
        guardians, notes = find_children(lines.guardians, plan, self._keys)
        return _Work(lines, plan, tuple(guardians), tuple(notes))

    def _pack(self, import_id: str, lines: Lines) -> bytes:
        return self._vault.seal(zlib.compress(msgspec.msgpack.encode(lines), 1), _PURPOSE + import_id)

    def _unpack(self, conn: Connection, import_id: str) -> Lines:
        sealed = import_store.sealed_lines(conn, import_id)
        return msgspec.msgpack.decode(zlib.decompress(self._vault.open(sealed, _PURPOSE + import_id)), type=Lines)

    def _record(self, conn: Connection, kind: str, pending: PendingImport, actor: str) -> None:
        detail: dict[str, str | int | bool | list[str] | list[int] | None] = {
            "schools": list(pending.uais),
            "leavers": pending.leavers,
            **pending.counts,
        }
        self._journal.record(conn, kind, actor=actor, subject=f"pupil_import:{pending.import_id}", detail=detail)


def _schools(conn: Connection, uai: str) -> Schools:
    if uai:
        school = require_school(conn, uai)
        return Schools(names={school.uai: school.name}, only=school.uai)
    return Schools(names={school.uai: school.name for school in list_schools(conn)})


def _report(conn: Connection, pending: PendingImport, work: _Work, limit: int) -> ImportReport:
    told = [one for one in work.plan.decisions if one.action is not Action.KNOWN]
    missing = [pupil_id for ids in work.plan.missing.values() for pupil_id in ids][:limit]
    return ImportReport(
        pending=msgspec.structs.replace(pending, counts=work.counts()),
        files=work.lines.files,
        decisions=tuple(told[:limit]),
        missing=tuple(pupil_views(conn, missing).values()),
        unread=(*work.lines.unread, *work.notes)[:limit],
    )
