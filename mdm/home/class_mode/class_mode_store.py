"""SQL of class modes, and of the tablets of a kit as its page shows them."""

import msgspec

from mdm.store import Connection, Row


class ClassModeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A class mode; times in milliseconds. ``ended_at`` is None while it runs."""

    class_mode_id: str
    kit_id: str
    kind: str
    what: str
    started_at: int
    started_by: str
    until_at: int
    ended_at: int | None = None
    ended_by: str | None = None


class KitTablet(msgspec.Struct, frozen=True, kw_only=True):
    """A place of a kit with its tablet as far as the class mode needs it."""

    number: int
    name: str
    tablet_id: str | None
    state: str | None
    platform: str
    owned: bool | None
    battery: int | None
    seen_at: int | None
    mode: str | None
    class_mode_id: str | None


def begin(conn: Connection, row: ClassModeRow) -> None:
    """Store a class mode that runs; an earlier one of the kit has been ended."""
    conn.run(
        "INSERT INTO class_mode (class_mode_id, kit_id, kind, what, started_at, started_by, until_at, running_kit)"
        " VALUES (:class_mode_id, :kit_id, :kind, :what, :started_at, :started_by, :until_at, :kit_id)",
        class_mode_id=row.class_mode_id,
        kit_id=row.kit_id,
        kind=row.kind,
        what=row.what,
        started_at=row.started_at,
        started_by=row.started_by,
        until_at=row.until_at,
    )


def running(conn: Connection, kit_id: str) -> ClassModeRow | None:
    """Return the class mode that runs in a kit."""
    row = conn.one(f"{_SELECT} WHERE running_kit = :kit_id", kit_id=kit_id)
    return None if row is None else ClassModeRow(**row)


def overdue(conn: Connection, *, now: int) -> list[ClassModeRow]:
    """Return the class modes whose end is over and that nobody has ended."""
    rows = conn.all(f"{_SELECT} WHERE running_kit IS NOT NULL AND until_at <= :now ORDER BY until_at", now=now)
    return [ClassModeRow(**row) for row in rows]


def end(conn: Connection, class_mode_id: str, *, at: int, actor: str) -> None:
    """End a class mode: what it ordered and no tablet fetched is withdrawn. One that is over stays as it is."""
    ended = conn.run(
        "UPDATE class_mode SET ended_at = :at, ended_by = :actor, running_kit = NULL"
        " WHERE class_mode_id = :class_mode_id AND ended_at IS NULL",
        class_mode_id=class_mode_id,
        at=at,
        actor=actor,
    )
    if ended:
        withdraw(conn, class_mode_id, now=at)


def withdraw(conn: Connection, command_id: str, *, now: int) -> None:
    """Withdraw an order from the tablets that have not got it."""
    conn.run(
        "UPDATE delivery SET state = 'cancelled', answered_at = :now"
        " WHERE command_id = :command_id AND state IN ('queued', 'not_now')",
        command_id=command_id,
        now=now,
    )


def order_state(conn: Connection, command_id: str, tablet_id: str) -> str | None:
    """Return how far an order is on a tablet: the delivery's state."""
    row = conn.one(
        "SELECT state FROM delivery WHERE tablet_id = :tablet_id AND command_id = :command_id",
        tablet_id=tablet_id,
        command_id=command_id,
    )
    return None if row is None else row["state"]


def kit_tablets(conn: Connection, kit_id: str) -> list[KitTablet]:
    """Return the places of a kit with their tablets, by number."""
    return [_kit_tablet(row) for row in conn.all(_KIT_TABLETS, kit_id=kit_id)]


def _kit_tablet(row: Row) -> KitTablet:
    owned = row["device_owner"] if row["platform"] == "android" else row["supervised"]
    known = {name: row[name] for name in KitTablet.__struct_fields__ if name != "owned"}
    return KitTablet(**known, owned=None if owned is None else bool(owned))


_SELECT = (
    "SELECT class_mode_id, kit_id, kind, what, started_at, started_by, until_at, ended_at, ended_by FROM class_mode"
)

_KIT_TABLETS = """
SELECT s.number, s.name, s.tablet_id, t.state, k.platform, r.supervised, r.battery, r.seen_at, a.device_owner,
       m.mode, m.class_mode_id
FROM slot s
JOIN kit k ON k.kit_id = s.kit_id
LEFT JOIN tablet t ON t.tablet_id = s.tablet_id
LEFT JOIN tablet_report r ON r.tablet_id = s.tablet_id
LEFT JOIN android_enrollment a ON a.tablet_id = s.tablet_id AND a.state = 'enrolled'
LEFT JOIN tablet_mode m ON m.tablet_id = s.tablet_id
WHERE s.kit_id = :kit_id
ORDER BY s.number
"""
