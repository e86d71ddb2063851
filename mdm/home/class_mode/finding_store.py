"""SQL of finding a tablet: what is known of it, and the order to show itself."""

import msgspec

from mdm.store import Connection


class ShownRow(msgspec.Struct, frozen=True, kw_only=True):
    """The last time that a tablet was asked to show itself. ``state``: the delivery's; ``answer``: what came back."""

    command_id: str
    asked_at: int
    until_at: int
    state: str | None
    answer: bytes | None


def ask(conn: Connection, tablet_id: str, command_id: str, *, actor: str, now: int, until: int) -> None:
    """Note that a tablet is asked, in the place of an earlier time."""
    conn.run(
        "INSERT INTO tablet_shown (tablet_id, command_id, asked_at, asked_by, until_at, open)"
        " VALUES (:tablet_id, :command_id, :now, :actor, :until, 1) ON CONFLICT (tablet_id) DO UPDATE SET"
        " command_id = excluded.command_id, asked_at = excluded.asked_at, asked_by = excluded.asked_by,"
        " until_at = excluded.until_at, open = 1",
        tablet_id=tablet_id,
        command_id=command_id,
        actor=actor,
        now=now,
        until=until,
    )


def last_shown(conn: Connection, tablet_id: str) -> ShownRow | None:
    """Return the last time that a tablet was asked."""
    row = conn.one(
        "SELECT w.command_id, w.asked_at, w.until_at, d.state, a.body AS answer FROM tablet_shown w"
        " LEFT JOIN delivery d ON d.tablet_id = w.tablet_id AND d.command_id = w.command_id"
        " LEFT JOIN answer a ON a.tablet_id = w.tablet_id AND a.command_id = w.command_id"
        " WHERE w.tablet_id = :tablet_id",
        tablet_id=tablet_id,
    )
    if row is None:
        return None
    return ShownRow(**{**row, "answer": bytes(row["answer"]) if row["answer"] is not None else None})


def over(conn: Connection, *, now: int) -> list[str]:
    """Close the orders to show itself whose time is over; return their commands."""
    rows = conn.all(
        "UPDATE tablet_shown SET open = 0 WHERE open = 1 AND until_at <= :now RETURNING command_id", now=now
    )
    return [row["command_id"] for row in rows]


def open_faults(conn: Connection, tablet_id: str) -> tuple[str, ...]:
    """Return the faults of a tablet that are not closed."""
    rows = conn.all(
        "SELECT fault_id FROM fault WHERE tablet_id = :tablet_id AND closed_at IS NULL ORDER BY fault_id",
        tablet_id=tablet_id,
    )
    return tuple(row["fault_id"] for row in rows)
