"""The journal in parts of a list, the newest entry first."""

from mdm.journal import Entry
from mdm.store import Connection


def entries_before(conn: Connection, seq: int, *, subject: str, limit: int) -> list[Entry]:
    """Return entries below number ``seq``, of one subject when it is given."""
    rows = (
        conn.all("SELECT * FROM journal WHERE seq < :seq ORDER BY seq DESC LIMIT :limit", seq=seq, limit=limit)
        if not subject
        else conn.all(
            "SELECT * FROM journal WHERE subject = :subject AND seq < :seq ORDER BY seq DESC LIMIT :limit",
            subject=subject,
            seq=seq,
            limit=limit,
        )
    )
    return [Entry(**row) for row in rows]
