"""Lines of which a person has to say who they are, in the store.

Every function runs inside the caller's transaction.
"""

from collections.abc import Sequence

import msgspec

from mdm.home.pupils.errors import DoubtUnknown
from mdm.home.pupils.matching import Reason
from mdm.store import Connection, Row


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """A question: ``candidates`` are the pupils whom the line may mean; what it says is sealed."""

    doubt_id: str
    uai: str
    reason: Reason
    candidates: tuple[str, ...]
    sealed_line: bytes
    created_at: int


def save_doubts(conn: Connection, rows: Sequence[Row]) -> None:
    """Store questions; the same line is asked about once. Rows: doubt_id, uai, reason, line_digest, candidates,
    sealed_line, now, expires_at."""
    conn.many(
        "INSERT INTO pupil_doubt"
        " (doubt_id, uai, reason, line_digest, candidates, sealed_line, created_at, expires_at) VALUES"
        " (:doubt_id, :uai, :reason, :line_digest, :candidates, :sealed_line, :now, :expires_at)"
        " ON CONFLICT (line_digest) DO UPDATE SET reason = excluded.reason, candidates = excluded.candidates,"
        " doubt_id = excluded.doubt_id, sealed_line = excluded.sealed_line, expires_at = excluded.expires_at",
        rows,
    )


def list_doubts(conn: Connection, uai: str, *, limit: int = 100) -> list[Doubt]:
    """Return a school's questions, the oldest first."""
    rows = conn.all(
        "SELECT * FROM pupil_doubt WHERE uai = :uai ORDER BY created_at, doubt_id LIMIT :limit", uai=uai, limit=limit
    )
    return [_doubt(row) for row in rows]


def count_doubts(conn: Connection, uai: str) -> int:
    """Return how many questions of a school wait."""
    row = conn.one("SELECT COUNT(*) AS doubts FROM pupil_doubt WHERE uai = :uai", uai=uai)
    return row["doubts"] if row else 0


def take_doubt(conn: Connection, doubt_id: str) -> Doubt:
    """Remove a question and return it; raise `DoubtUnknown`."""
    row = conn.one("DELETE FROM pupil_doubt WHERE doubt_id = :doubt_id RETURNING *", doubt_id=doubt_id)
    if row is None:
        raise DoubtUnknown
    return _doubt(row)


def _doubt(row: Row) -> Doubt:
    return Doubt(
        doubt_id=row["doubt_id"],
        uai=row["uai"],
        reason=Reason(row["reason"]),
        candidates=tuple(msgspec.json.decode(row["candidates"], type=list[str])),
        sealed_line=bytes(row["sealed_line"]),
        created_at=row["created_at"],
    )
