"""SQL of a tablet's history: journal entries and commands, each newest first from a moment back."""

import msgspec

from mdm.journal import Entry
from mdm.pseudonyms import json_with_names, names_of, with_names
from mdm.store import Connection, Row


class Moment(msgspec.Struct, frozen=True):
    """A place in a history: a time, then entries (0) before commands (1), then a number or an identifier."""

    at: int
    source: int
    key: str


END = Moment(2**62, 2, "")
"""Later than everything."""


def entries_before(conn: Connection, tablet_id: str, moment: Moment, *, limit: int) -> list[Entry]:
    """Return a tablet's journal entries before a moment, newest first, persons named where they are known."""
    rows = conn.all(
        "SELECT * FROM journal WHERE subject = :subject AND (at < :at OR (at = :at AND (:source > 0 OR seq < :seq)))"
        " ORDER BY at DESC, seq DESC LIMIT :limit",
        subject=f"tablet:{tablet_id}",
        at=moment.at,
        source=moment.source,
        seq=int(moment.key) if moment.source == 0 and moment.key else 0,
        limit=limit,
    )
    names = names_of(conn, (text for row in rows for text in (row["actor"], row["detail"])))
    return [
        Entry(**{**row, "actor": with_names(row["actor"], names), "detail": json_with_names(row["detail"], names)})
        for row in rows
    ]


def commands_before(conn: Connection, tablet_id: str, moment: Moment, *, limit: int) -> list[Row]:
    """Return a tablet's commands before a moment, by when they were answered, sent or given, newest first."""
    return conn.all(
        _COMMANDS,
        tablet_id=tablet_id,
        at=moment.at,
        source=moment.source,
        key=moment.key if moment.source == 1 else "",
        limit=limit,
    )


def kit_names(conn: Connection, kits: frozenset[str]) -> dict[str, str]:
    """Return the names of kits."""
    rows = conn.many_returning("SELECT kit_id, name FROM kit WHERE kit_id = :it", [{"it": one} for one in sorted(kits)])
    return {row["kit_id"]: row["name"] for row in rows if row is not None}


# A tablet has hundreds of commands in its life, at most thousands: they are sorted here, by no index.
_COMMANDS = """
SELECT * FROM (
    SELECT delivery.command_id, delivery.state, delivery.attempts, command.request_type, command.step,
        command.created_by, command.created_at, answer.error_chain,
        COALESCE(delivery.answered_at, delivery.sent_at, command.created_at) AS at
    FROM delivery JOIN command ON command.command_id = delivery.command_id
    LEFT JOIN answer ON answer.tablet_id = delivery.tablet_id AND answer.command_id = delivery.command_id
    WHERE delivery.tablet_id = :tablet_id
) AS told
WHERE told.at < :at OR (told.at = :at AND :source > 0 AND (:source > 1 OR told.command_id < :key))
ORDER BY told.at DESC, told.command_id DESC LIMIT :limit
"""
