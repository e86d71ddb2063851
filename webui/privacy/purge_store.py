"""What the purge wrote into the journal. Inside the caller's transaction."""

import msgspec

from mdm.store import Connection


class PurgeEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A purge that erased something: when (milliseconds), and how many rows of which table, or files."""

    at: int
    rows: dict[str, int]


def last_purges(conn: Connection, *, limit: int) -> list[PurgeEntry]:
    """Return the newest purges that erased something, newest first."""
    rows = conn.all(
        "SELECT at, detail FROM journal WHERE subject = 'retention' AND kind = 'personal_data_purged'"
        " ORDER BY seq DESC LIMIT :limit",
        limit=limit,
    )
    return [PurgeEntry(at=row["at"], rows=msgspec.json.decode(row["detail"], type=dict[str, int])) for row in rows]
