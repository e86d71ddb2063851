"""SQL of accepted objections: what is not done with a child's data any more. Moments in milliseconds."""

import msgspec

from mdm.store import Connection


class Objection(msgspec.Struct, frozen=True, kw_only=True):
    """An objection that was accepted. ``activity``: what ended, by its key; ``until``: when it was taken back."""

    pupil_id: str
    activity: str
    request_id: str
    since: int
    until: int | None


def begin_objection(conn: Connection, pupil_id: str, activity: str, *, request_id: str, now: int) -> bool:
    """Let an objection hold; return False where one holds already."""
    return bool(
        conn.run(
            "INSERT INTO objection (pupil_id, activity, request_id, since) VALUES (:pupil_id, :activity, :it, :now)"
            " ON CONFLICT (pupil_id, activity) DO UPDATE SET request_id = excluded.request_id, since = excluded.since,"
            " until = NULL WHERE objection.until IS NOT NULL",
            pupil_id=pupil_id,
            activity=activity,
            it=request_id,
            now=now,
        )
    )


def end_objection(conn: Connection, pupil_id: str, activity: str, *, now: int) -> bool:
    """Note that an objection was taken back; return False where none holds."""
    return bool(
        conn.run(
            "UPDATE objection SET until = :now WHERE pupil_id = :pupil_id AND activity = :activity AND until IS NULL",
            pupil_id=pupil_id,
            activity=activity,
            now=now,
        )
    )


def objections_of(conn: Connection, pupil_id: str) -> list[Objection]:
    """Return the objections that hold for a pupil, the oldest first."""
    rows = conn.all(
        "SELECT * FROM objection WHERE pupil_id = :pupil_id AND until IS NULL ORDER BY since, activity",
        pupil_id=pupil_id,
    )
    return [Objection(**row) for row in rows]


def objecting(conn: Connection, activity: str) -> set[str]:
    """Return the pupils for whom an objection to an activity holds."""
    rows = conn.all("SELECT pupil_id FROM objection WHERE activity = :activity AND until IS NULL", activity=activity)
    return {row["pupil_id"] for row in rows}


def objections_after(conn: Connection, *, since: int = -1, pupil_id: str = "", limit: int) -> list[Objection]:
    """Return objections that hold, the oldest first, from the one after a moment and a pupil."""
    rows = conn.all(
        "SELECT * FROM objection WHERE until IS NULL AND (since, pupil_id) > (:since, :pupil_id)"
        " ORDER BY since, pupil_id, activity LIMIT :limit",
        since=since,
        pupil_id=pupil_id,
        limit=limit,
    )
    return [Objection(**row) for row in rows]
