"""Large exports are released as long work: a cohort of thousands of pupils takes seconds to group and to write.

A server that is killed on the way makes the file anew from what holds then; see `mdm.long_work`.
"""

from collections.abc import Sequence

import msgspec

from mdm.home.evaluation import evaluation_store, export_store
from mdm.home.evaluation.exports import Exports, require_second_person
from mdm.long_work import store as work_store
from mdm.long_work.service import LongWorks
from mdm.long_work.work import Carried, LongWork, Outcome, Part, WorkKind
from mdm.store import Connection, Database

KIND = "evaluation_export"
LARGE = 10_000
"""From how many pupils and weeks on; below, a file takes less than a second."""


class _Spec(msgspec.Struct, frozen=True):
    export_id: str


class ExportWork:
    """Releases exports, at once or as long work. ``actor`` is who asks, for the journal."""

    def __init__(self, database: Database, works: LongWorks, exports: Exports) -> None:
        self._database = database
        self._works = works
        self._exports = exports

    async def release(self, export_id: str, *, actor: str) -> LongWork | None:
        """Release an export; return the work where it is not done at once. Raises what `Exports.release` does."""

        def begin(conn: Connection) -> LongWork | None:
            export = export_store.hold(conn, export_id)
            require_second_person(export, actor)
            if evaluation_store.count_weeks(conn, export.evaluation_id) < LARGE:
                return None
            known = work_store.recent_work(conn, subject=_subject(export_id), started_by="", limit=20)
            spec = msgspec.json.encode(_Spec(export_id)).decode()
            return next((one for one in known if one.is_open), None) or self._works.start(
                conn, KIND, ["file"], spec=spec, subject=_subject(export_id), actor=actor
            )

        work = await self._database.write(begin)
        if work is None:
            await self._exports.release(export_id, actor=actor)
        return work

    async def newest(self, export_id: str) -> LongWork | None:
        """Return the work on an export that is under way, or was begun last."""
        found = await self._works.recent(subject=_subject(export_id))
        return next((one for one in found if one.is_open), found[0] if found else None)

    def kind(self) -> WorkKind:
        """Return it as long work knows it."""
        return WorkKind(name=KIND, step=self._step, parts_a_step=1)

    async def _step(self, work: LongWork, parts: Sequence[Part]) -> Carried:
        (part,) = parts
        spec = msgspec.json.decode(work.spec, type=_Spec)
        keep = await self._exports.make(spec.export_id, actor=work.started_by)

        def written(conn: Connection) -> Sequence[Outcome]:
            keep(conn)
            return [Outcome.done(part)]

        return written


def _subject(export_id: str) -> str:
    return f"export:{export_id}"
