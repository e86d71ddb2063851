"""The journal in parts of a list, the newest entry first."""

import msgspec

from mdm.journal import Entry
from mdm.pseudonyms import known_pseudonym, names_of
from mdm.store import Connection


class NamedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as it is hashed, with the names of the persons whose pseudonyms are in it, as far as they are known."""

    entry: Entry
    names: dict[str, str]


def entries_before(conn: Connection, seq: int, *, subject: str, limit: int) -> list[NamedEntry]:
    """Return entries below number ``seq``, of one subject when it is given."""
    rows = (
        conn.all("SELECT * FROM journal WHERE seq < :seq ORDER BY seq DESC LIMIT :limit", seq=seq, limit=limit)
        if not subject
        else conn.all(
            "SELECT * FROM journal WHERE subject IN (:subject, :written) AND seq < :seq ORDER BY seq DESC LIMIT :limit",
            subject=subject,
            written=known_pseudonym(conn, subject) or subject,
            seq=seq,
            limit=limit,
        )
    )
    return [
        NamedEntry(entry=Entry(**row), names=names_of(conn, (row["actor"], row["subject"], row["detail"])))
        for row in rows
    ]
