"""Exports: asked for by one person, released by another, fetched until they expire; each step is in the journal."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from mdm.clock import DAY_MS, Clock, to_ms
from mdm.errors import Words
from mdm.home.evaluation import evaluation_store, export_store
from mdm.home.evaluation.archive import archive, digest_of, query_of
from mdm.home.evaluation.cohort import takes_part
from mdm.home.evaluation.errors import (
    ExportDecided,
    ExportNotThere,
    ExportOvertaken,
    NothingGathered,
    SecondPersonNeeded,
)
from mdm.home.evaluation.evaluation import GATHERING, Evaluation, State, require_state
from mdm.home.evaluation.export_store import EXPORT_STATE_NAMES, EditionOf, Export, ExportState
from mdm.home.evaluation.pseudonyms import Pseudonyms, open_pseudonyms
from mdm.home.evaluation.records import Records, records_of
from mdm.i18n import Translator
from mdm.ids import new_id
from mdm.journal import Journal
from mdm.store import Connection, Database
from mdm.vault import Vault

EXPORT_DAYS = 30
"""How long an export's file can be fetched."""


class _Basis(msgspec.Struct, frozen=True, kw_only=True):
    """All that an export is made from, as it was in one transaction. ``pupils``: those of whom anything is known."""

    evaluation: Evaluation
    weeks: Sequence[evaluation_store.PupilWeek]
    query: dict[str, Any]
    insee: Mapping[str, str]
    earlier: Mapping[str, str]
    editions: Sequence[EditionOf]
    pupils: Mapping[str, str]
    not_taking_part: int


class Exports:
    """Makes exports of evaluations. ``languages``: those that codebooks are written in.

    ``after`` is told of a released one, in the transaction of its release.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        journal: Journal,
        vault: Vault,
        languages: Sequence[Translator],
        *,
        after: Callable[[Connection, str], None] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._vault = vault
        self._languages = languages
        self._after = after

    async def ask(self, reference: str, *, actor: str) -> Export:
        """Ask for an export, and see what it would hold.

        Raises `EvaluationUnknown`, `NotInThisState`, `NothingGathered` or `CohortTooSmall`.
        """
        basis = await self._database.read_long(lambda conn: self._basis(conn, reference))
        records = await asyncio.to_thread(_records, basis)
        export = Export(
            export_id=new_id(self._clock),
            evaluation_id=basis.evaluation.evaluation_id,
            state=ExportState.ASKED,
            asked_at=self._clock.ms(),
            asked_by=actor,
            decided_at=None,
            decided_by=None,
            expires_at=None,
            query=digest_of(basis.query),
            summary=records.summary,
            digest=None,
        )

        def write(conn: Connection) -> None:
            require_state(evaluation_store.hold(conn, export.evaluation_id), *GATHERING)
            export_store.ask(conn, export)
            self._record(conn, "evaluation_export_asked", export, actor, {"query": export.query})

        await self._database.write(write)
        return export

    async def preview(self, export_id: str) -> Export:
        """Return an export with what it would hold now, while it waits; raise as `ask` does, or `ExportUnknown`."""
        export = await self._database.read(lambda conn: export_store.require(conn, export_id))
        if export.state is not ExportState.ASKED:
            return export
        basis = await self._database.read_long(lambda conn: self._basis(conn, export.evaluation_id))
        records = await asyncio.to_thread(_records, basis)
        return msgspec.structs.replace(export, summary=records.summary, query=digest_of(basis.query))

    async def release(self, export_id: str, *, actor: str) -> Export:
        """Make an export's file from what holds now, and let it be fetched.

        Raises `ExportUnknown`, `ExportDecided`, `SecondPersonNeeded`, `NotInThisState`, `NothingGathered`,
        `CohortTooSmall`, or `ExportOvertaken` when something changed meanwhile.
        """
        return await self._database.write(await self.make(export_id, actor=actor))

    async def make(self, export_id: str, *, actor: str) -> Callable[[Connection], Export]:
        """Make an export's file; return what releases it, to be run in a transaction. Raises as `release` does."""
        asked = await self._database.read(lambda conn: export_store.require(conn, export_id))
        require_second_person(asked, actor)
        basis = await self._database.read_long(lambda conn: self._basis(conn, asked.evaluation_id))
        records, body = await asyncio.to_thread(self._made, basis)
        sealed = await asyncio.to_thread(self._vault.seal, body, _purpose(asked.export_id))
        now = self._clock.ms()
        export = msgspec.structs.replace(
            asked,
            state=ExportState.RELEASED,
            decided_at=now,
            decided_by=actor,
            expires_at=min(now + EXPORT_DAYS * DAY_MS, end_of(basis.evaluation)),
            query=digest_of(basis.query),
            summary=records.summary,
            digest=hashlib.sha256(body).hexdigest(),
        )
        classes = {
            basis.pupils[one]: panel.name
            for panel in records.grouping.panels
            for one in panel.members
            if one in basis.pupils
        }

        def write(conn: Connection) -> Export:
            evaluation = evaluation_store.hold(conn, asked.evaluation_id)
            require_state(evaluation, *GATHERING)
            require_second_person(export_store.hold(conn, asked.export_id), actor)
            # What guardians chose meanwhile holds: the file was made from an earlier moment.
            if evaluation.revision != basis.evaluation.revision:
                raise ExportOvertaken
            export_store.release(conn, export, sealed, classes, now=now, by=actor)
            evaluation_store.note_exported(conn, evaluation.evaluation_id)
            detail = {"digest": export.digest, "query": export.query, "pupils": records.summary.pupils}
            self._record(conn, "evaluation_export_released", export, actor, detail)
            if self._after is not None:
                self._after(conn, export.export_id)
            return export

        return write

    async def refuse(self, export_id: str, *, actor: str) -> None:
        """Refuse an export; raise `ExportUnknown` or `ExportDecided`. Who asked may take it back so."""

        def write(conn: Connection) -> None:
            export = export_store.hold(conn, export_id)
            _require_waiting(export)
            export_store.refuse(conn, export.export_id, now=self._clock.ms(), by=actor)
            self._record(conn, "evaluation_export_refused", export, actor, {})

        await self._database.write(write)

    async def fetch(self, export_id: str, *, actor: str) -> bytes:
        """Return an export's zip; each fetching is journalled. Raises `ExportUnknown` or `ExportNotThere`."""
        export, sealed = await self._database.write(lambda conn: self._fetched(conn, export_id, actor))
        return await asyncio.to_thread(self._vault.open, sealed, _purpose(export.export_id))

    async def of_evaluation(self, reference: str) -> list[Export]:
        """Return an evaluation's exports, newest first; raise `EvaluationUnknown`."""
        return await self._database.read(
            lambda conn: export_store.of_evaluation(conn, evaluation_store.require(conn, reference).evaluation_id)
        )

    async def to_erase(self, reference: str) -> list[str]:
        """Return the pseudonyms whose lines researchers must erase: pupils of an export who take part no more."""
        return await self._database.read(lambda conn: self._to_erase(conn, reference))

    async def expire(self) -> int:
        """Erase the files whose time is over; return how many."""

        def write(conn: Connection) -> int:
            expired = export_store.expire(conn, now=self._clock.ms())
            for export_id in expired:
                export = export_store.require(conn, export_id)
                self._record(conn, "evaluation_export_expired", export, "system", {})
            return len(expired)

        return await self._database.write(write)

    def _basis(self, conn: Connection, reference: str) -> _Basis:
        evaluation = evaluation_store.require(conn, reference)
        require_state(evaluation, *GATHERING)
        pseudonyms = self._pseudonyms(conn, evaluation)
        informed = evaluation_store.informed(conn, evaluation.evaluation_id)
        choices = evaluation_store.choices(conn, evaluation.evaluation_id)
        draft = evaluation.draft
        taking_part = {one for one in informed if takes_part(draft.basis, choices.get(one, {}))}
        # Nothing but what belongs to somebody who takes part now goes any further.
        known = {pseudonyms.of(one): one for one in sorted(taking_part)}
        every_week = evaluation_store.pupil_weeks(conn, evaluation.evaluation_id)
        weeks = [one for one in every_week if one.pseudonym in known]
        if not weeks:
            raise NothingGathered
        earlier = export_store.earlier_classes(conn, evaluation.evaluation_id)
        concerned = evaluation_store.pupils_of_schools(conn, draft.schools)
        first = min(one.week for one in weeks)
        return _Basis(
            evaluation=evaluation,
            weeks=weeks,
            query=query_of(evaluation, sorted({one.week for one in weeks})),
            insee=evaluation_store.communes(conn),
            earlier={pseudonyms.of(pupil): told for pupil, told in earlier.items()},
            editions=export_store.editions_of(conn, _moment(first), _moment(draft.last_day.isoformat()) + DAY_MS),
            pupils=known,
            not_taking_part=len(concerned - taking_part),
        )

    def _pseudonyms(self, conn: Connection, evaluation: Evaluation) -> Pseudonyms:
        key = evaluation_store.sealed_key(conn, evaluation.evaluation_id)
        if key is None:
            require_state(evaluation)
            raise NothingGathered
        return open_pseudonyms(self._vault, evaluation.evaluation_id, key)

    def _made(self, basis: _Basis) -> tuple[Records, bytes]:
        records = _records(basis)
        body = archive(
            basis.evaluation,
            records,
            basis.query,
            basis.editions,
            not_taking_part=basis.not_taking_part,
            languages=self._languages,
        )
        return records, body

    def _fetched(self, conn: Connection, export_id: str, actor: str) -> tuple[Export, bytes]:
        export = export_store.hold(conn, export_id)
        sealed = export_store.sealed_file(conn, export.export_id)
        over = export.expires_at is not None and export.expires_at <= self._clock.ms()
        if export.state is not ExportState.RELEASED or sealed is None or over:
            state = ExportState.EXPIRED if over else export.state
            raise ExportNotThere(state=Words(EXPORT_STATE_NAMES[state]))
        self._record(conn, "evaluation_export_fetched", export, actor, {"digest": export.digest})
        return export, sealed

    def _to_erase(self, conn: Connection, reference: str) -> list[str]:
        evaluation = evaluation_store.require(conn, reference)
        require_state(evaluation, State.EXPORTED)
        pseudonyms = self._pseudonyms(conn, evaluation)
        choices = evaluation_store.choices(conn, evaluation.evaluation_id)
        exported = export_store.pupils_of(conn, evaluation.evaluation_id)
        return sorted(
            pseudonyms.of(one) for one in exported if not takes_part(evaluation.draft.basis, choices.get(one, {}))
        )

    def _record(
        self, conn: Connection, kind: str, export: Export, actor: str, detail: Mapping[str, str | int | None]
    ) -> None:
        subject = f"evaluation:{export.evaluation_id}"
        self._journal.record(conn, kind, actor=actor, subject=subject, detail={"export": export.export_id, **detail})


def _records(basis: _Basis) -> Records:
    draft = basis.evaluation.draft
    return records_of(basis.weeks, draft.variables, draft.threshold, insee=basis.insee, earlier=basis.earlier)


def _require_waiting(export: Export) -> None:
    if export.state is not ExportState.ASKED:
        raise ExportDecided(state=Words(EXPORT_STATE_NAMES[export.state]))


def require_second_person(export: Export, actor: str) -> None:
    """Raise `ExportDecided`, or `SecondPersonNeeded` for whoever asked for it."""
    _require_waiting(export)
    if export.asked_by == actor:
        raise SecondPersonNeeded


def end_of(evaluation: Evaluation) -> int:
    """Return when all of an evaluation is erased."""
    draft = evaluation.draft
    return _moment(draft.last_day.isoformat()) + (draft.retention_days + 1) * DAY_MS


def _moment(day: str) -> int:
    return to_ms(datetime.fromisoformat(day).replace(tzinfo=UTC))


def _purpose(export_id: str) -> str:
    return f"evaluation export {export_id}"
