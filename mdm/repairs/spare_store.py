"""SQL of the pool: tablets that are in no kit, where they are kept, and what they are put aside for.

A tablet is in the pool because it has no place in a kit, whoever took it out; ``spare_place`` only adds what a person
says of it. Every function runs inside the caller's transaction.
"""

import msgspec

from mdm.fleet.states import TabletState
from mdm.fleet.tablet import Platform
from mdm.store import Connection, Row

PAGE_LIMIT = 500
"""Spares in one page of a list."""


class Spare(msgspec.Struct, frozen=True, kw_only=True):
    """A tablet of the pool. ``place`` is empty where nobody said it; ``placed_at`` and ``seen_at`` in milliseconds."""

    tablet_id: str
    serial: str | None
    name: str
    platform: Platform
    model: str
    state: TabletState
    place: str
    placed_at: int | None
    seen_at: int | None
    reserved_for: str | None


class SparePage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the pool; ``next`` asks for the following part, and is empty after the last."""

    spares: tuple[Spare, ...]
    next: str


class SpareCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many spares of a model there are, and how many of them are put aside."""

    platform: Platform
    model: str
    spares: int
    reserved: int


def list_spares(
    conn: Connection, *, platform: Platform | None = None, model: str = "", after: str = "", limit: int = 100
) -> SparePage:
    """Return a page of the pool by name, which is the serial number; of a platform or a model where these are given.

    ``after`` is the ``next`` of the page before.
    """
    wanted = max(1, min(limit, PAGE_LIMIT))
    last = conn.one("SELECT name, tablet_id FROM tablet WHERE tablet_id = :after", after=after) if after else None
    rows = conn.all(
        f"SELECT {_COLUMNS} FROM (SELECT tablet.* FROM tablet {_MODEL if model else ''} WHERE {_IN_POOL}"  # noqa: S608
        " AND (:platform = '' OR tablet.platform = :platform)"
        f" {_OF_MODEL if model else ''} AND (tablet.name, tablet.tablet_id) > (:name, :last)"
        f" ORDER BY tablet.name, tablet.tablet_id LIMIT :limit) tablet {_SAID} ORDER BY tablet.name, tablet.tablet_id",
        platform=platform.value if platform else "",
        model=model,
        name=last["name"] if last else "",
        last=last["tablet_id"] if last else "",
        limit=wanted + 1,
    )
    spares = tuple(_spare(row) for row in rows[:wanted])
    return SparePage(spares=spares, next=spares[-1].tablet_id if len(rows) > wanted else "")


def count_spares(conn: Connection) -> tuple[SpareCount, ...]:
    """Return how many spares of each model there are, by platform and model."""
    rows = conn.all(
        f"SELECT tablet.platform, {_MODEL_NAME} AS model, COUNT(*) AS spares,"  # noqa: S608
        f" COUNT(spare_place.reserved_for) AS reserved FROM tablet {_SAID} WHERE {_IN_POOL}"
        " GROUP BY 1, 2 ORDER BY 1, 2"
    )
    return tuple(SpareCount(**{**row, "platform": Platform(row["platform"])}) for row in rows)


def keep_place(conn: Connection, tablet_id: str, place: str, *, now: int) -> None:
    """Note where a tablet is kept."""
    conn.run(
        "INSERT INTO spare_place (tablet_id, place, placed_at) VALUES (:tablet_id, :place, :now)"
        " ON CONFLICT (tablet_id) DO UPDATE SET place = excluded.place, placed_at = excluded.placed_at",
        tablet_id=tablet_id,
        place=place,
        now=now,
    )


def forget_place(conn: Connection, tablet_id: str) -> None:
    """Forget where a tablet was kept and what it was put aside for: it is in a kit, or gone."""
    conn.run("DELETE FROM spare_place WHERE tablet_id = :tablet_id", tablet_id=tablet_id)


def reserve(conn: Connection, tablet_id: str, fault_id: str, *, now: int) -> None:
    """Put a spare aside for a fault, in place of any other that is put aside for it."""
    release_fault(conn, fault_id)
    conn.run(
        "INSERT INTO spare_place (tablet_id, placed_at, reserved_for) VALUES (:tablet_id, :now, :fault_id)"
        " ON CONFLICT (tablet_id) DO UPDATE SET reserved_for = excluded.reserved_for",
        tablet_id=tablet_id,
        now=now,
        fault_id=fault_id,
    )


def release_fault(conn: Connection, fault_id: str) -> str | None:
    """Let the spare that is put aside for a fault be anybody's; return it, or None."""
    row = conn.one(
        "UPDATE spare_place SET reserved_for = NULL WHERE reserved_for = :fault_id RETURNING tablet_id",
        fault_id=fault_id,
    )
    return row["tablet_id"] if row is not None else None


def reserved_for(conn: Connection, tablet_id: str) -> str | None:
    """Return the fault that a tablet is put aside for, or None."""
    row = conn.one("SELECT reserved_for FROM spare_place WHERE tablet_id = :tablet_id", tablet_id=tablet_id)
    return row["reserved_for"] if row is not None else None


def spare_for(conn: Connection, fault_id: str) -> str | None:
    """Return the tablet that is put aside for a fault, or None."""
    row = conn.one("SELECT tablet_id FROM spare_place WHERE reserved_for = :fault_id", fault_id=fault_id)
    return row["tablet_id"] if row is not None else None


def _spare(row: Row) -> Spare:
    return Spare(
        tablet_id=row["tablet_id"],
        serial=row["serial"],
        name=row["name"],
        platform=Platform(row["platform"]),
        model=row["model"],
        state=TabletState(row["state"]),
        place=row["place"],
        placed_at=row["placed_at"],
        seen_at=row["seen_at"],
        reserved_for=row["reserved_for"],
    )


_MODEL_NAME = "COALESCE(NULLIF(tablet_report.model_name, ''), tablet.model)"
_COLUMNS = f"""
tablet.tablet_id, tablet.serial, tablet.name, tablet.platform, tablet.state, {_MODEL_NAME} AS model,
    tablet_report.seen_at, COALESCE(spare_place.place, '') AS place,
    CASE WHEN spare_place.place <> '' THEN spare_place.placed_at END AS placed_at, spare_place.reserved_for
"""
_MODEL = "LEFT JOIN tablet_report ON tablet_report.tablet_id = tablet.tablet_id"
_OF_MODEL = f"AND {_MODEL_NAME} = :model"
_SAID = f"{_MODEL} LEFT JOIN spare_place ON spare_place.tablet_id = tablet.tablet_id"
_IN_POOL = """
tablet.state IN ('new', 'enrolled', 'ready')
    AND NOT EXISTS (SELECT 1 FROM slot WHERE slot.tablet_id = tablet.tablet_id)
"""
