"""SQL of long work."""

from collections.abc import Sequence

from mdm.long_work.errors import WorkUnknown
from mdm.long_work.work import FailedPart, LongWork, Outcome, Part, WorkState, read_params, write_params
from mdm.store import Connection, Row


def add_work(conn: Connection, work: LongWork, keys: Sequence[str]) -> None:
    """Store work with its parts."""
    conn.run(
        "INSERT INTO long_work"
        " (work_id, kind, subject, state, spec, total, started_by, made_at, expires_at, started_at)"
        " VALUES (:work_id, :kind, :subject, :state, :spec, :total, :started_by, :made_at, :expires_at, :started_at)",
        work_id=work.work_id,
        kind=work.kind,
        subject=work.subject,
        state=work.state.value,
        spec=work.spec,
        total=work.total,
        started_by=work.started_by,
        made_at=work.made_at,
        expires_at=work.expires_at,
        started_at=work.started_at,
    )
    conn.many(
        "INSERT INTO long_work_item (work_id, position, key) VALUES (:work_id, :position, :key)",
        [{"work_id": work.work_id, "position": position, "key": key} for position, key in enumerate(keys)],
    )


def require_work(conn: Connection, work_id: str) -> LongWork:
    """Return work; raise `WorkUnknown`."""
    row = conn.one(f"{_WORK} WHERE work_id = :work_id", work_id=work_id)
    if row is None:
        raise WorkUnknown
    return _work(row)


def hold_work(conn: Connection, work_id: str) -> LongWork:
    """Return work that no other transaction can change before this one ends; raise `WorkUnknown`."""
    if not conn.run("UPDATE long_work SET state = state WHERE work_id = :work_id", work_id=work_id):
        raise WorkUnknown
    return require_work(conn, work_id)


def next_work(conn: Connection, kinds: frozenset[str]) -> LongWork | None:
    """Return the open work of these kinds that was carried on least lately, so that none waits for another's end."""
    rows = conn.all(f"{_WORK} WHERE state IN ('waiting', 'running') ORDER BY stepped_at, work_id")
    return next((_work(row) for row in rows if row["kind"] in kinds), None)


def waiting_parts(conn: Connection, work_id: str, *, limit: int) -> list[Part]:
    """Return the next parts."""
    rows = conn.all(
        "SELECT position, key FROM long_work_item WHERE work_id = :work_id AND state = 'waiting'"
        " ORDER BY position LIMIT :limit",
        work_id=work_id,
        limit=limit,
    )
    return [Part(**row) for row in rows]


def settle_parts(conn: Connection, work_id: str, outcomes: Sequence[Outcome], *, now: int) -> None:
    """Note parts as over, and the work as carried on."""
    conn.many(
        "UPDATE long_work_item SET state = :state, message = :message, params = :params"
        " WHERE work_id = :work_id AND position = :position",
        [
            {
                "work_id": work_id,
                "position": one.position,
                "state": "failed" if one.message else "done",
                "message": one.message,
                "params": write_params(one.params),
            }
            for one in outcomes
        ],
    )
    failed = sum(bool(one.message) for one in outcomes)
    conn.run(
        "UPDATE long_work SET state = 'running', done = done + :done, failed = failed + :failed, attempts = 0,"
        " stepped_at = :now WHERE work_id = :work_id",
        work_id=work_id,
        done=len(outcomes) - failed,
        failed=failed,
        now=now,
    )
    conn.publish("long_work", work_id)


def begin(conn: Connection, work_id: str, *, now: int) -> None:
    """Let a draft, or work that failed, be carried out."""
    conn.run(
        "UPDATE long_work SET state = 'waiting', started_at = :now, expires_at = NULL, ended_at = NULL, attempts = 0,"
        " problem = '' WHERE work_id = :work_id",
        work_id=work_id,
        now=now,
    )
    conn.publish("long_work", work_id)


def end(conn: Connection, work_id: str, state: WorkState, *, now: int, result: str = "", problem: str = "") -> None:
    """End work."""
    conn.run(
        "UPDATE long_work SET state = :state, ended_at = :now, result = :result, problem = :problem"
        " WHERE work_id = :work_id",
        work_id=work_id,
        state=state.value,
        now=now,
        result=result,
        problem=problem,
    )
    conn.publish("long_work", work_id)


def note_attempt(conn: Connection, work_id: str, *, now: int) -> int:
    """Note that a step failed; return how often it did without a success between."""
    row = conn.one(
        "UPDATE long_work SET attempts = attempts + 1, stepped_at = :now WHERE work_id = :work_id RETURNING attempts",
        work_id=work_id,
        now=now,
    )
    return int(row["attempts"]) if row is not None else 0


def recent_work(conn: Connection, *, subject: str, started_by: str, limit: int) -> list[LongWork]:
    """Return the newest work of a subject, or of a person, or of both; drafts are left out."""
    rows = conn.all(
        f"{_WORK} WHERE state <> 'draft' AND (:subject = '' OR subject = :subject)"
        " AND (:started_by = '' OR started_by = :started_by) ORDER BY made_at DESC, work_id DESC LIMIT :limit",
        subject=subject,
        started_by=started_by,
        limit=limit,
    )
    return [_work(row) for row in rows]


def failed_parts(conn: Connection, work_id: str, *, after: int, limit: int) -> list[tuple[int, FailedPart]]:
    """Return parts that failed with their positions, from the one after a position (-1: the first)."""
    rows = conn.all(
        "SELECT position, key, message, params FROM long_work_item WHERE work_id = :work_id AND state = 'failed'"
        " AND position > :after ORDER BY position LIMIT :limit",
        work_id=work_id,
        after=after,
        limit=limit,
    )
    return [
        (
            row["position"],
            FailedPart(key=row["key"], message=row["message"], params=read_params(row["params"])),
        )
        for row in rows
    ]


def forget_old(conn: Connection, *, drafts_before: int, ended_before: int) -> int:
    """Forget drafts that expired and work that ended long ago; return how many."""
    return conn.run(
        "DELETE FROM long_work WHERE (state = 'draft' AND expires_at < :drafts)"
        " OR (state IN ('done', 'cancelled', 'failed') AND ended_at < :ended)",
        drafts=drafts_before,
        ended=ended_before,
    )


_WORK = (
    "SELECT work_id, kind, subject, state, spec, total, done, failed, result, problem, attempts, started_by, made_at,"
    " expires_at, started_at, ended_at FROM long_work"
)


def _work(row: Row) -> LongWork:
    return LongWork(**{**row, "state": WorkState(row["state"])})
