"""SQL of exports: asked for, decided, fetched, erased; and whose data each one holds."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from mdm.home.evaluation.errors import ExportUnknown
from mdm.i18n import N_
from mdm.store import Connection, Row

_COLUMNS = (
    "export_id, evaluation_id, state, asked_at, asked_by, decided_at, decided_by, expires_at, query, summary, digest"
)


class ExportState(StrEnum):
    """Where an export is in its life."""

    ASKED = "asked"
    RELEASED = "released"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


EXPORT_STATE_NAMES = {
    ExportState.ASKED: N_("asked for and not decided yet"),
    ExportState.RELEASED: N_("released to the researchers"),
    ExportState.REFUSED: N_("refused by the second person"),
    ExportState.WITHDRAWN: N_("taken back after an objection"),
    ExportState.EXPIRED: N_("past its time"),
}


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What an export holds, in numbers.

    ``pupils``, ``left_out``: of those with data. ``smallest``: the smallest group. ``diversity``: the number of
    different values that the least diverse group has, by variable.
    """

    pupils: int
    left_out: int
    rows: int
    groups: int
    smallest: int
    place: str
    level: str
    platform: bool
    diversity: dict[str, int]


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """An export; times in milliseconds. ``query``: the digest of what was asked; ``digest``: that of the file."""

    export_id: str
    evaluation_id: str
    state: ExportState
    asked_at: int
    asked_by: str
    decided_at: int | None
    decided_by: str | None
    expires_at: int | None
    query: str
    summary: Summary | None
    digest: str | None


class PupilExport(msgspec.Struct, frozen=True, kw_only=True):
    """An export that holds a pupil's data: what guardians are shown of it."""

    export_id: str
    evaluation_id: str
    state: ExportState
    released_at: int
    expires_at: int


def ask(conn: Connection, export: Export) -> None:
    """Store an export that somebody asks for."""
    conn.run(
        "INSERT INTO evaluation_export (export_id, evaluation_id, state, asked_at, asked_by, query, summary)"
        " VALUES (:export_id, :evaluation_id, 'asked', :asked_at, :asked_by, :query, :summary)",
        export_id=export.export_id,
        evaluation_id=export.evaluation_id,
        asked_at=export.asked_at,
        asked_by=export.asked_by,
        query=export.query,
        summary=_summary_text(export.summary),
    )


def require(conn: Connection, export_id: str) -> Export:
    """Return the export of that identifier, or of the end of one (6 signs or more); raise `ExportUnknown`."""
    wanted = export_id.strip().lower()
    rows = conn.all(f"SELECT {_COLUMNS} FROM evaluation_export WHERE export_id = :it", it=wanted)  # noqa: S608
    if not rows and len(wanted) >= 6:
        found = conn.all(f"SELECT {_COLUMNS} FROM evaluation_export ORDER BY export_id")  # noqa: S608
        rows = [row for row in found if row["export_id"].endswith(wanted)]
    if len(rows) != 1:
        raise ExportUnknown(export=export_id[:40])
    return _export(rows[0])


def hold(conn: Connection, export_id: str) -> Export:
    """Return an export that no other transaction can change before this one ends; raise `ExportUnknown`."""
    conn.run("UPDATE evaluation_export SET query = query WHERE export_id = :it", it=export_id)
    return require(conn, export_id)


def of_evaluation(conn: Connection, evaluation_id: str) -> list[Export]:
    """Return an evaluation's exports, newest first."""
    rows = conn.all(
        f"SELECT {_COLUMNS} FROM evaluation_export WHERE evaluation_id = :it"  # noqa: S608
        " ORDER BY asked_at DESC, export_id DESC",
        it=evaluation_id,
    )
    return [_export(row) for row in rows]


def release(
    conn: Connection, export: Export, sealed_file: bytes, classes: Mapping[str, str], *, now: int, by: str
) -> None:
    """Keep an export's file, until it expires, and whose data it holds: ``classes`` by pupil."""
    conn.run(
        "UPDATE evaluation_export SET state = 'released', decided_at = :now, decided_by = :by,"
        " expires_at = :expires_at, summary = :summary, query = :query, digest = :digest, sealed_file = :file"
        " WHERE export_id = :it",
        now=now,
        by=by,
        expires_at=export.expires_at,
        summary=_summary_text(export.summary),
        query=export.query,
        digest=export.digest,
        file=sealed_file,
        it=export.export_id,
    )
    conn.many(
        "INSERT INTO evaluation_export_pupil (export_id, pupil_id, class) VALUES (:it, :pupil_id, :class)",
        [{"it": export.export_id, "pupil_id": pupil, "class": name} for pupil, name in sorted(classes.items())],
    )


def refuse(conn: Connection, export_id: str, *, now: int, by: str) -> None:
    """Note that an export was refused."""
    conn.run(
        "UPDATE evaluation_export SET state = 'refused', decided_at = :now, decided_by = :by WHERE export_id = :it",
        now=now,
        by=by,
        it=export_id,
    )


def sealed_file(conn: Connection, export_id: str) -> bytes | None:
    """Return the sealed file of an export, while there is one."""
    row = conn.one("SELECT sealed_file FROM evaluation_export WHERE export_id = :it", it=export_id)
    return None if row is None or row["sealed_file"] is None else bytes(row["sealed_file"])


def forget_summaries(conn: Connection, evaluation_id: str) -> None:
    """Let the exports that wait be counted anew: who takes part has changed."""
    conn.run(
        "UPDATE evaluation_export SET summary = NULL WHERE evaluation_id = :it AND state = 'asked'", it=evaluation_id
    )


def withdraw_with(conn: Connection, evaluation_id: str, pupil_id: str) -> list[str]:
    """Erase the files of released exports that hold a pupil's data; return these exports."""
    rows = conn.all(
        "UPDATE evaluation_export SET state = 'withdrawn', sealed_file = NULL WHERE evaluation_id = :it"
        " AND state = 'released' AND export_id IN"
        " (SELECT export_id FROM evaluation_export_pupil WHERE pupil_id = :pupil_id) RETURNING export_id",
        it=evaluation_id,
        pupil_id=pupil_id,
    )
    return sorted(row["export_id"] for row in rows)


def expire(conn: Connection, *, now: int) -> list[str]:
    """Erase the files whose time is over; return these exports."""
    rows = conn.all(
        "UPDATE evaluation_export SET state = 'expired', sealed_file = NULL"
        " WHERE state = 'released' AND expires_at <= :now RETURNING export_id",
        now=now,
    )
    return sorted(row["export_id"] for row in rows)


def end_all(conn: Connection, evaluation_id: str) -> None:
    """End an evaluation's exports: files go, and so does what each one told of whom."""
    conn.run(
        "UPDATE evaluation_export SET state = CASE state WHEN 'released' THEN 'expired' ELSE 'refused' END,"
        " sealed_file = NULL WHERE evaluation_id = :it AND state IN ('asked', 'released')",
        it=evaluation_id,
    )
    conn.run(
        "UPDATE evaluation_export_pupil SET class = '' WHERE export_id IN"
        " (SELECT export_id FROM evaluation_export WHERE evaluation_id = :it)",
        it=evaluation_id,
    )


def earlier_classes(conn: Connection, evaluation_id: str) -> dict[str, str]:
    """Return what all earlier exports told of each pupil, as one text."""
    rows = conn.all(
        "SELECT p.pupil_id, p.class FROM evaluation_export_pupil p"
        " JOIN evaluation_export e ON e.export_id = p.export_id"
        " WHERE e.evaluation_id = :it ORDER BY p.pupil_id, e.decided_at, e.export_id",
        it=evaluation_id,
    )
    found: dict[str, str] = {}
    for row in rows:
        found[row["pupil_id"]] = f"{found.get(row['pupil_id'], '')};{row['class']}"
    return found


def pupils_of(conn: Connection, evaluation_id: str) -> set[str]:
    """Return the pupils whose data any export of an evaluation holds or held."""
    rows = conn.all(
        "SELECT DISTINCT p.pupil_id FROM evaluation_export_pupil p"
        " JOIN evaluation_export e ON e.export_id = p.export_id WHERE e.evaluation_id = :it",
        it=evaluation_id,
    )
    return {row["pupil_id"] for row in rows}


def pupils_of_export(conn: Connection, export_id: str) -> list[str]:
    """Return the pupils whose data an export holds."""
    rows = conn.all(
        "SELECT pupil_id FROM evaluation_export_pupil WHERE export_id = :it ORDER BY pupil_id", it=export_id
    )
    return [row["pupil_id"] for row in rows]


def of_pupil(conn: Connection, pupil_id: str) -> list[PupilExport]:
    """Return the exports that hold, or held, a pupil's data, oldest first."""
    rows = conn.all(
        "SELECT e.export_id, e.evaluation_id, e.state, e.decided_at AS released_at, e.expires_at"
        " FROM evaluation_export_pupil p JOIN evaluation_export e ON e.export_id = p.export_id"
        " WHERE p.pupil_id = :pupil_id ORDER BY e.decided_at, e.export_id",
        pupil_id=pupil_id,
    )
    return [msgspec.convert(row, PupilExport) for row in rows]


def _summary_text(summary: Summary | None) -> str | None:
    return None if summary is None else msgspec.json.encode(summary, order="sorted").decode()


def _export(row: Row) -> Export:
    summary = None if row["summary"] is None else msgspec.json.decode(row["summary"], type=Summary)
    return msgspec.convert({**row, "summary": summary}, Export)


class EditionOf(msgspec.Struct, frozen=True, kw_only=True):
    """An edition of the charter that was in force; ``made_at`` in milliseconds."""

    number: int
    edition_id: str
    made_at: int


def editions_of(conn: Connection, first: int, last: int) -> list[EditionOf]:
    """Return the charter's editions of a time (ms): the one that it began with, and those made in it."""
    rows = conn.all(
        "SELECT number, edition_id, loaded_at AS made_at FROM edition"
        " WHERE number IS NOT NULL AND loaded_at <= :last ORDER BY number",
        last=last,
    )
    known = [EditionOf(**row) for row in rows]
    begun = sum(one.made_at <= first for one in known)
    return known[max(0, begun - 1) :]
