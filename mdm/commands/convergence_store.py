"""SQL of convergence: each tablet's target, its report, and when to look at it again."""

from collections.abc import Mapping, Sequence

import msgspec

from mdm.commands.report import Report
from mdm.store import Connection


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a tablet is; ``target_hash`` names what it was last brought towards."""

    tablet_id: str
    target_hash: str | None
    report: Report
    converged_at: int | None
    checks: int
    next_check_at: int


def progress_of(conn: Connection, tablet_id: str) -> Progress | None:
    """Return how far a tablet is, or None when it never joined."""
    row = conn.one("SELECT * FROM convergence WHERE tablet_id = :tablet_id", tablet_id=tablet_id)
    return None if row is None else Progress(**{**row, "report": Report.from_json(row["report"])})


def progress_of_many(conn: Connection, tablets: Sequence[str]) -> dict[str, Progress]:
    """Return how far each of these tablets is, of those that joined."""
    rows = conn.many_returning(
        "SELECT * FROM convergence WHERE tablet_id = :tablet_id", [{"tablet_id": one} for one in tablets]
    )
    return {
        row["tablet_id"]: Progress(**{**row, "report": Report.from_json(row["report"])})
        for row in rows
        if row is not None
    }


def reports_of(conn: Connection, tablets: Sequence[str]) -> list[str | None]:
    """Return the stored report of each tablet, unread."""
    rows = conn.many_returning(
        "SELECT report FROM convergence WHERE tablet_id = :tablet_id", [{"tablet_id": one} for one in tablets]
    )
    return [row["report"] if row else None for row in rows]


def begin_again(conn: Connection, tablet_id: str, report: Report, *, now: int) -> None:
    """Start a tablet that has just joined from nothing but what its check-in told."""
    conn.run(
        "INSERT INTO convergence (tablet_id, report, next_check_at) VALUES (:tablet_id, :report, :now)"
        " ON CONFLICT (tablet_id) DO UPDATE SET target_hash = NULL, report = excluded.report, converged_at = NULL,"
        " checks = 0, next_check_at = excluded.next_check_at",
        tablet_id=tablet_id,
        report=report.to_json(),
        now=now,
    )


def save_reports(conn: Connection, reports: Sequence[tuple[str, Report]]) -> None:
    """Keep what tablets said."""
    conn.many(
        "UPDATE convergence SET report = :report WHERE tablet_id = :tablet_id",
        [{"tablet_id": tablet_id, "report": report.to_json()} for tablet_id, report in reports],
    )


def save_progresses(conn: Connection, progresses: Sequence[Progress]) -> None:
    """Keep where tablets are."""
    conn.many(
        "UPDATE convergence SET target_hash = :target_hash, report = :report, converged_at = :converged_at,"
        " checks = :checks, next_check_at = :next_check_at WHERE tablet_id = :tablet_id",
        [_row(one) for one in progresses],
    )


def forget(conn: Connection, tablet_id: str) -> None:
    """Stop looking at a tablet that left."""
    conn.run("DELETE FROM convergence WHERE tablet_id = :tablet_id", tablet_id=tablet_id)


def due_tablets(conn: Connection, *, now: int, limit: int) -> list[str]:
    """Return the tablets that are to be looked at, the longest waiting first."""
    rows = conn.all(
        "SELECT tablet_id FROM convergence WHERE next_check_at <= :now ORDER BY next_check_at LIMIT :limit",
        now=now,
        limit=limit,
    )
    return [row["tablet_id"] for row in rows]


def platforms_of(conn: Connection, tablets: Sequence[str]) -> dict[str, str]:
    """Return the platform of each tablet."""
    rows = conn.many_returning(
        "SELECT tablet_id, platform FROM tablet WHERE tablet_id = :tablet_id", [{"tablet_id": one} for one in tablets]
    )
    return {row["tablet_id"]: row["platform"] for row in rows if row is not None}


def look_again(conn: Connection, *, kit_id: str | None, uai: str | None, now: int) -> int:
    """Ask for every tablet of a kit, or of a school, to be looked at now; return how many."""
    return conn.run(
        "UPDATE convergence SET next_check_at = :now, checks = 0 WHERE tablet_id IN ("
        " SELECT s.tablet_id FROM slot s JOIN kit k ON k.kit_id = s.kit_id"
        " WHERE s.tablet_id IS NOT NULL AND (k.kit_id = :kit_id OR k.uai = :uai))",
        kit_id=kit_id or "",
        uai=uai or "",
        now=now,
    )


def look_again_everywhere(conn: Connection, *, now: int) -> int:
    """Ask for every tablet to be looked at now; return how many."""
    return conn.run("UPDATE convergence SET next_check_at = :now, checks = 0", now=now)


def look_again_at_followers(conn: Connection, *, now: int) -> int:
    """Ask for the tablets to be looked at whose kit and school follow no edition of their own; return how many."""
    return conn.run(
        "UPDATE convergence SET next_check_at = :now, checks = 0 WHERE tablet_id IN ("
        " SELECT s.tablet_id FROM slot s JOIN kit k ON k.kit_id = s.kit_id JOIN school o ON o.uai = k.uai"
        " WHERE s.tablet_id IS NOT NULL AND k.edition_id IS NULL AND o.edition_id IS NULL)",
        now=now,
    )


def slot_name(conn: Connection, tablet_id: str) -> str | None:
    """Return the name that a tablet has from its slot."""
    row = conn.one("SELECT name FROM slot WHERE tablet_id = :tablet_id", tablet_id=tablet_id)
    return None if row is None else row["name"]


def slot_names(conn: Connection, tablets: Sequence[str]) -> dict[str, str]:
    """Return the name that each of these tablets has from its slot, where it is in one."""
    rows = conn.many_returning(
        "SELECT tablet_id, name FROM slot WHERE tablet_id = :tablet_id", [{"tablet_id": one} for one in tablets]
    )
    return {row["tablet_id"]: row["name"] for row in rows if row is not None}


def save_artifact(conn: Connection, digest: str, media_type: str, body: bytes, *, now: int) -> None:
    """Keep compiled content under its hash; the same content is kept once."""
    conn.run(
        "INSERT INTO artifact (hash, media_type, body, created_at) VALUES (:hash, :media_type, :body, :now)"
        " ON CONFLICT (hash) DO NOTHING",
        hash=digest,
        media_type=media_type,
        body=body,
        now=now,
    )


def artifact(conn: Connection, digest: str) -> tuple[str, bytes] | None:
    """Return the media type and the bytes of an artifact."""
    row = conn.one("SELECT media_type, body FROM artifact WHERE hash = :hash", hash=digest)
    return None if row is None else (row["media_type"], bytes(row["body"]))


def artifacts_known(conn: Connection, digests: Sequence[str]) -> set[str]:
    """Return which of these artifacts are kept."""
    rows = conn.many_returning("SELECT hash FROM artifact WHERE hash = :hash", [{"hash": one} for one in digests])
    return {row["hash"] for row in rows if row is not None}


def artifact_created(conn: Connection, digest: str) -> int:
    """Return when an artifact was first compiled, in milliseconds; 0 when there is none."""
    row = conn.one("SELECT created_at FROM artifact WHERE hash = :hash", hash=digest)
    return 0 if row is None else int(row["created_at"])


def _row(progress: Progress) -> Mapping[str, object]:
    row = msgspec.structs.asdict(progress)
    row["report"] = progress.report.to_json()
    return row
