"""Imports of pupils in two steps: files are read and told about, then what they say is applied, in bounded steps.

What the files say is kept sealed for a day; the purge (`mdm.privacy`) removes it then. An import that was left half
done is found again, and continued or dropped. One import is applied at a time, since two may name the same child; one
that has stopped for some minutes gives way to others. Large ones are long work (`mdm.home.pupils.import_work`), which
takes the same steps.
"""

import asyncio
import zlib
from collections.abc import Callable, Mapping, Sequence
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
LARGE = 2000
"""From how many lines on a comparison is kept, and not made anew whenever somebody looks at it."""
SHOWN = 100
"""How many lines of each kind are told about."""
_PURPOSE = "home.pupil_import "


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import would do, as the store was at ``compared_at``; the counts are whole, lists hold a hundred at most.

    ``decisions`` are those that change something or ask; ``missing``: pupils whom no line names; ``unread``: lines
    that were left out, with the words for it.
    """

    pending: PendingImport
    files: tuple[FileRead, ...]
    decisions: tuple[Decision, ...]
    missing: tuple[PupilView, ...]
    unread: tuple[Unread, ...]
    compared_at: int


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What comparing an import with the store told; ``missing``: pupils by identifier; ``at`` in milliseconds."""

    decisions: tuple[Decision, ...]
    missing: tuple[str, ...]
    unread: tuple[Unread, ...]
    at: int


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    lines: Lines
    told: Told | None = None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """An import that was compared with the store: its lines and what becomes of each."""

    lines: Lines
    plan: Plan
    guardians: tuple[FoundGuardian, ...]
    notes: tuple[Unread, ...]

    @property
    def steps(self) -> int:
        """How many lines are to be written: pupils, then guardians."""
        return len(self.plan.decisions) + len(self.guardians)

    def counts(self) -> dict[str, int]:
        """Return the numbers that are told and kept."""
        counts = _read_counts(self.lines)
        counts["guardian_notes"] += len(self.notes)
        counts["missing"] = sum(len(ids) for ids in self.plan.missing.values())
        counts["guardians"] = len(self.guardians)
        return counts | {action.value: self.plan.count(action) for action in Action}

    def told(self, at: int) -> Told:
        """Return what is shown of it."""
        told = [one for one in self.plan.decisions if one.action is not Action.KNOWN]
        return Told(
            decisions=tuple(told[:SHOWN]),
            missing=tuple(pupil_id for ids in self.plan.missing.values() for pupil_id in ids)[:SHOWN],
            unread=(*self.lines.unread, *self.notes)[:SHOWN],
            at=at,
        )


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """An import that is ready to be written from the step ``done`` on; ``counts`` are those that it ends with."""

    import_id: str
    comparison: Comparison
    classes: Classes
    counts: dict[str, int]
    done: int


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
        self,
        bodies: Sequence[bytes],
        *,
        actor: str,
        uai: str = "",
        mapping: Mapping[str, str] | None = None,
        names: Sequence[str] = (),
    ) -> ImportReport:
        """Read files of pupils and guardians, keep what they say for a day, and tell what applying them would do.

        ``uai``: the school that they are of, where their lines do not say; ``mapping`` and ``names``: see
        `files.read_files`. Raises `SchoolUnknown`, or `ImportRefused` when a file cannot be read at all.
        """
        lines = await self.lines_of(bodies, uai=uai, mapping=mapping, names=names)
        compared = await self._database.read_long(lambda conn: self._compare(conn, lines))
        pending = await self.keep(lines, compared, actor=actor)
        return await self.report(pending.import_id)

    async def lines_of(
        self,
        bodies: Sequence[bytes],
        *,
        uai: str = "",
        mapping: Mapping[str, str] | None = None,
        names: Sequence[str] = (),
    ) -> Lines:
        """Return what files say, before it is compared with what is stored; raises what `read` does."""
        schools = await self._database.read(lambda conn: _schools(conn, uai))
        today = self._clock.now().date()
        return await asyncio.to_thread(read_files, bodies, schools, mapping=mapping or {}, today=today, names=names)

    async def keep(self, lines: Lines, compared: Comparison | None, *, actor: str) -> PendingImport:
        """Keep what files say for a day; without ``compared`` it is to be compared yet."""
        import_id, now = new_id(self._clock), self._clock.ms()
        kept = _Kept(lines=lines, told=compared.told(now) if compared is not None and is_large(lines) else None)
        packed = await asyncio.to_thread(self._pack, import_id, kept)
        pending = PendingImport(
            import_id=import_id,
            state="waiting",
            uais=lines.uais,
            counts=compared.counts() if compared is not None else _read_counts(lines),
            leavers=False,
            done=0,
            created_at=now,
            created_by=actor,
            expires_at=now + KEPT_MS,
        )

        def write(conn: Connection) -> None:
            import_store.add_import(conn, pending, packed)
            self._record(conn, "pupil_import_read", pending, actor)

        await self._database.write(write)
        return pending

    async def waiting(self) -> list[PendingImport]:
        """Return the imports that wait, or were left half done."""
        return await self._database.read(lambda conn: import_store.open_imports(conn, self._clock.ms()))

    async def report(self, import_id: str) -> ImportReport:
        """Tell what an import would do: as the store is now, or for a large one, as it was when it was compared.

        Raises `ImportUnknown`.
        """

        def tell(conn: Connection) -> ImportReport:
            pending = import_store.require_import(conn, import_id, self._clock.ms())
            kept = self._unpack(conn, import_id)
            if kept.told is not None:
                return _report(conn, pending, kept.lines, kept.told)
            compared = self._compare(conn, kept.lines)
            pending = msgspec.structs.replace(pending, counts=compared.counts())
            return _report(conn, pending, kept.lines, compared.told(self._clock.ms()))

        return await self._database.read_long(tell)

    async def compare(self, import_id: str) -> Callable[[Connection], None]:
        """Compare an import with what is stored; return what keeps the outcome, to be run in a transaction."""

        def look(conn: Connection) -> tuple[Lines, Comparison]:
            import_store.require_import(conn, import_id, self._clock.ms())
            lines = self._unpack(conn, import_id).lines
            return lines, self._compare(conn, lines)

        lines, compared = await self._database.read_long(look)
        kept = _Kept(lines=lines, told=compared.told(self._clock.ms()))
        packed = await asyncio.to_thread(self._pack, import_id, kept)
        return lambda conn: import_store.keep_compared(conn, import_id, packed, compared.counts())

    async def apply(self, import_id: str, *, actor: str, leavers: bool = False) -> PendingImport:
        """Carry an import out, or what is left of it, and return it with its counts.

        With ``leavers``, the pupils of its schools whom no line names are taken out of them; an import that was left
        half done keeps what was chosen first. Raises `ImportUnknown`, `ImportDone`, `ImportBusy` or `LeaversNotSure`.
        """
        await self._database.write(lambda conn: self.begin(conn, import_id, leavers=leavers))
        prepared = await self.prepare(import_id)
        while prepared.done < prepared.comparison.steps:
            until = min(prepared.done + STEP, prepared.comparison.steps)
            await self._database.write(partial(self.write, prepared=prepared, until=until))
            prepared = msgspec.structs.replace(prepared, done=until)
        return await self._database.write(lambda conn: self.finish(conn, prepared, actor=actor))

    def begin(self, conn: Connection, import_id: str, *, leavers: bool) -> PendingImport:
        """Take the turn for an import and note that it is being applied; raises what `apply` does."""
        pending = import_store.require_import(conn, import_id, self._clock.ms())
        if pending.state == "applied":
            raise ImportDone
        if leavers and pending.counts["unread"]:
            raise LeaversNotSure(count=pending.counts["unread"])
        import_store.take_turn(conn, import_id, self._clock.ms())
        import_store.begin_applying(conn, import_id, leavers=leavers)
        return import_store.require_import(conn, import_id, self._clock.ms())

    async def prepare(self, import_id: str) -> Prepared:
        """Compare an import that was begun, and make its classes; it goes on after the steps that are in the store."""

        def look(conn: Connection) -> tuple[PendingImport, Comparison]:
            pending = import_store.require_import(conn, import_id, self._clock.ms())
            return pending, self._compare(conn, self._unpack(conn, import_id).lines)

        pending, compared = await self._database.read_long(look)
        classes = await self._database.write(lambda conn: self._writer.classes(conn, compared.plan.decisions))
        return Prepared(
            import_id=import_id,
            comparison=compared,
            classes=classes,
            counts=dict(pending.counts) if pending.done else compared.counts(),
            done=pending.done,
        )

    def write(self, conn: Connection, prepared: Prepared, *, until: int) -> None:
        """Write an import's lines up to a step, in the caller's transaction; raises `ImportBusy`."""
        plan, pupils = prepared.comparison.plan, len(prepared.comparison.plan.decisions)
        now = self._clock.ms()
        import_store.advance(conn, prepared.import_id, done=prepared.done, now_done=until, now=now)
        self._writer.write(conn, plan.decisions[prepared.done : until], prepared.classes)
        first, last = max(prepared.done - pupils, 0), max(until - pupils, 0)
        self._guardians.keep(conn, prepared.comparison.guardians[first:last])

    def finish(self, conn: Connection, prepared: Prepared, *, actor: str) -> PendingImport:
        """End an import whose lines are all written, in the caller's transaction; raises `ImportBusy`."""
        now = self._clock.ms()
        pending = import_store.require_import(conn, prepared.import_id, now)
        # The same comparison keeps two who continue one import from both ending it.
        import_store.advance(conn, prepared.import_id, done=pending.done, now_done=pending.done, now=now)
        if pending.leavers:
            for uai, pupil_ids in prepared.comparison.plan.missing.items():
                end_inscriptions(conn, uai, pupil_ids, now)
        import_store.finish_import(conn, prepared.import_id, prepared.counts)
        import_store.leave_turn(conn, prepared.import_id)
        applied = import_store.require_import(conn, prepared.import_id, now)
        self._record(conn, "pupils_imported", applied, actor)
        for uai in pending.uais:
            conn.publish("pupils", uai)
        return applied

    async def drop(self, import_id: str, *, actor: str) -> None:
        """Forget an import; what it wrote already stays, and importing the files again completes it.

        Raises `ImportUnknown` or `ImportDone`.
        """
        await self._database.write(lambda conn: self.forget(conn, import_id, actor=actor))

    def forget(self, conn: Connection, import_id: str, *, actor: str) -> None:
        """Like `drop`, in the caller's transaction."""
        pending = import_store.require_import(conn, import_id, self._clock.ms())
        if pending.state == "applied":
            raise ImportDone
        import_store.delete_import(conn, import_id)
        self._record(conn, "pupil_import_dropped", pending, actor)

    def _compare(self, conn: Connection, lines: Lines) -> Comparison:
        digests = [key.digest for line in lines.pupils for key in self._keys.of_line(line)]
        known = import_store.known_pupils(conn, lines.uais, digests)
        plan = plan_pupils(lines.pupils, known, self._keys, lambda: new_id(self._clock))
        guardians, notes = find_children(lines.guardians, plan, self._keys)
        return Comparison(lines=lines, plan=plan, guardians=tuple(guardians), notes=tuple(notes))

    def _pack(self, import_id: str, kept: _Kept) -> bytes:
        return self._vault.seal(zlib.compress(msgspec.msgpack.encode(kept), 1), _PURPOSE + import_id)

    def _unpack(self, conn: Connection, import_id: str) -> _Kept:
        sealed = import_store.sealed_lines(conn, import_id)
        return msgspec.msgpack.decode(zlib.decompress(self._vault.open(sealed, _PURPOSE + import_id)), type=_Kept)

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


def _read_counts(lines: Lines) -> dict[str, int]:
    """Return the numbers that are known before anything is compared."""
    of_pupils = {file.file for file in lines.files if file.kind == "pupils"}
    unread = sum(one.file in of_pupils for one in lines.unread)
    return {"lines": len(lines.pupils), "unread": unread, "guardian_notes": len(lines.unread) - unread}


def is_large(lines: Lines) -> bool:
    """Tell whether comparing and applying this takes seconds."""
    return len(lines.pupils) + len(lines.guardians) > LARGE


def _report(conn: Connection, pending: PendingImport, lines: Lines, told: Told) -> ImportReport:
    return ImportReport(
        pending=pending,
        files=lines.files,
        decisions=told.decisions,
        missing=tuple(pupil_views(conn, list(told.missing)).values()),
        unread=told.unread,
        compared_at=told.at,
    )
