"""SQL of inventories: opened, scanned into, closed, shown. Every function runs inside the caller's transaction."""

from collections.abc import Iterator

from mdm.fleet.states import TabletState
from mdm.repairs.inventory.errors import InventoryClosed, InventoryUnknown
from mdm.repairs.inventory.inventory import Inventory, InventoryPage, Match, Scan, Unseen, Verdict
from mdm.store import Connection, Row

PAGE_LIMIT = 200
"""Inventories, or scans, in one page of a list."""


def add_inventory(conn: Connection, inventory: Inventory) -> Inventory:
    """Store an inventory and return it; where one of the same place is open, return that one."""
    conn.run(
        "INSERT INTO inventory (inventory_id, uai, kit_id, place, opened_at, opened_by)"
        " VALUES (:inventory_id, :uai, :kit_id, :place, :opened_at, :opened_by)"
        " ON CONFLICT (place) WHERE closed_at IS NULL DO NOTHING",
        inventory_id=inventory.inventory_id,
        uai=inventory.uai,
        kit_id=inventory.kit_id,
        place=inventory.place,
        opened_at=inventory.opened_at,
        opened_by=inventory.opened_by,
    )
    row = conn.one("SELECT * FROM inventory WHERE place = :place AND closed_at IS NULL", place=inventory.place)
    if row is None:
        raise InventoryClosed
    return _inventory(row)


def require_inventory(conn: Connection, inventory_id: str) -> Inventory:
    """Return the inventory of that identifier; raise `InventoryUnknown`."""
    row = conn.one("SELECT * FROM inventory WHERE inventory_id = :it", it=inventory_id)
    if row is None:
        raise InventoryUnknown(inventory=inventory_id[:40])
    return _inventory(row)


def hold_inventory(conn: Connection, inventory_id: str) -> Inventory:
    """Return an inventory that no other transaction closes before this one ends; raise `InventoryUnknown`."""
    # Written to itself: on PostgreSQL this takes the row's lock, on SQLite the transaction has the only one.
    row = conn.one("UPDATE inventory SET place = place WHERE inventory_id = :it RETURNING *", it=inventory_id)
    if row is None:
        raise InventoryUnknown(inventory=inventory_id[:40])
    return _inventory(row)


def list_inventories(conn: Connection, uai: str, *, after: str = "", limit: int = 50) -> InventoryPage:
    """Return a page of a school's inventories, newest first; ``after`` is the ``next`` of the page before."""
    wanted = max(1, min(limit, PAGE_LIMIT))
    rows = conn.all(
        "SELECT * FROM inventory WHERE uai = :uai AND (:after = '' OR inventory_id < :after)"
        " ORDER BY inventory_id DESC LIMIT :limit",
        uai=uai,
        after=after,
        limit=wanted + 1,
    )
    found = tuple(_inventory(row) for row in rows[:wanted])
    return InventoryPage(inventories=found, next=found[-1].inventory_id if len(rows) > wanted else "")


def add_scan(
    conn: Connection, inventory_id: str, code: str, match: Match, *, now: int, actor: str
) -> tuple[Scan, bool]:
    """Count what was scanned, once; return it with whether it is new."""
    subject = f"tablet:{match.tablet_id}" if match.tablet_id is not None else f"code:{code}"
    added = conn.run(
        "INSERT INTO inventory_scan (inventory_id, subject, code, verdict, tablet_id, tablet_state, kit_id,"
        " slot_number, at, actor) VALUES (:inventory_id, :subject, :code, :verdict, :tablet_id, :tablet_state,"
        " :kit_id, :slot_number, :now, :actor) ON CONFLICT (inventory_id, subject) DO NOTHING",
        inventory_id=inventory_id,
        subject=subject,
        code=code,
        verdict=match.verdict.value,
        tablet_id=match.tablet_id,
        tablet_state=match.tablet_state.value if match.tablet_state else None,
        kit_id=match.kit_id,
        slot_number=match.slot_number,
        now=now,
        actor=actor,
    )
    row = conn.one(
        _SCAN + " WHERE scan.inventory_id = :inventory_id AND scan.subject = :subject",
        inventory_id=inventory_id,
        subject=subject,
    )
    if row is None:
        raise InventoryUnknown(inventory=inventory_id)
    return _scan(row), bool(added)


def scans_of(
    conn: Connection, inventory_id: str, *, verdicts: tuple[Verdict, ...] = tuple(Verdict), limit: int = PAGE_LIMIT
) -> tuple[Scan, ...]:
    """Return the newest scans of these verdicts."""
    names = {f"verdict_{n}": verdict.value for n, verdict in enumerate(verdicts)}
    rows = conn.all(
        f"{_SCAN} WHERE scan.inventory_id = :inventory_id AND scan.verdict IN ({', '.join(f':{n}' for n in names)})"
        " ORDER BY scan.at DESC, scan.subject LIMIT :limit",
        inventory_id=inventory_id,
        limit=max(1, min(limit, PAGE_LIMIT)),
        **names,
    )
    return tuple(_scan(row) for row in rows)


def found_again(conn: Connection, inventory_id: str) -> tuple[Scan, ...]:
    """Return the scans of tablets that were lost."""
    rows = conn.all(
        _SCAN + " WHERE scan.inventory_id = :inventory_id AND scan.tablet_state = 'lost' ORDER BY scan.at",
        inventory_id=inventory_id,
    )
    return tuple(_scan(row) for row in rows)


def stream_scans(conn: Connection, inventory_id: str) -> Iterator[Scan]:
    """Yield all the scans, by kit and place."""
    rows = conn.stream(
        _SCAN + " WHERE scan.inventory_id = :inventory_id"
        " ORDER BY CASE WHEN scan.kit_id IS NULL THEN 1 ELSE 0 END, kit.name, scan.slot_number, scan.at, scan.subject",
        inventory_id=inventory_id,
    )
    return (_scan(row) for row in rows)


def count_scans(conn: Connection, inventory_id: str) -> dict[Verdict, int]:
    """Return how many scans have each verdict."""
    counts = dict.fromkeys(Verdict, 0)
    for row in conn.all(
        "SELECT verdict, COUNT(*) AS scans FROM inventory_scan WHERE inventory_id = :it GROUP BY verdict",
        it=inventory_id,
    ):
        counts[Verdict(row["verdict"])] = row["scans"]
    return counts


def unseen(conn: Connection, inventory: Inventory) -> tuple[Unseen, ...]:
    """Return the tablets that belong there and were not scanned, by kit and place: now, or as it was closed."""
    rows = conn.all(
        f"{_UNSEEN} FROM inventory_missing missing JOIN kit ON kit.kit_id = missing.kit_id"
        " JOIN tablet ON tablet.tablet_id = missing.tablet_id"
        " LEFT JOIN tablet_report ON tablet_report.tablet_id = missing.tablet_id"
        " WHERE missing.inventory_id = :it ORDER BY kit.name, missing.slot_number"
        if inventory.closed_at is not None
        else f"{_UNSEEN} FROM ({_STILL_UNSEEN}) missing JOIN kit ON kit.kit_id = missing.kit_id"
        " JOIN tablet ON tablet.tablet_id = missing.tablet_id"
        " LEFT JOIN tablet_report ON tablet_report.tablet_id = missing.tablet_id"
        " ORDER BY kit.name, missing.slot_number",
        it=inventory.inventory_id,
        **({} if inventory.closed_at is not None else {"kit_id": inventory.kit_id or "", "uai": inventory.uai}),
    )
    return tuple(
        Unseen(
            tablet_id=row["tablet_id"],
            tablet_state=TabletState(row["tablet_state"]),
            serial=row["serial"],
            model=row["model"],
            kit_id=row["kit_id"],
            kit_name=row["kit_name"],
            slot_number=row["slot_number"],
            lost_at=row["lost_at"],
        )
        for row in rows
    )


def close_inventory(conn: Connection, inventory: Inventory, *, now: int, actor: str) -> Inventory:
    """Close an inventory that is held, and keep what was not seen; return it as it is then."""
    conn.run(
        "INSERT INTO inventory_missing (inventory_id, tablet_id, tablet_state, kit_id, slot_number)"  # noqa: S608
        f" SELECT :it, tablet_id, tablet_state, kit_id, slot_number FROM ({_STILL_UNSEEN}) missing",
        it=inventory.inventory_id,
        kit_id=inventory.kit_id or "",
        uai=inventory.uai,
    )
    conn.run(
        "UPDATE inventory SET closed_at = :now, closed_by = :actor WHERE inventory_id = :it",
        it=inventory.inventory_id,
        now=now,
        actor=actor,
    )
    return require_inventory(conn, inventory.inventory_id)


def mark_lost(conn: Connection, inventory_id: str, tablet_id: str, *, now: int) -> None:
    """Note that a tablet was declared lost because it was not seen."""
    conn.run(
        "UPDATE inventory_missing SET lost_at = :now WHERE inventory_id = :it AND tablet_id = :tablet_id",
        it=inventory_id,
        tablet_id=tablet_id,
        now=now,
    )


def _inventory(row: Row) -> Inventory:
    return Inventory(
        inventory_id=row["inventory_id"],
        uai=row["uai"],
        kit_id=row["kit_id"],
        opened_at=row["opened_at"],
        opened_by=row["opened_by"],
        closed_at=row["closed_at"],
    )


def _scan(row: Row) -> Scan:
    return Scan(
        code=row["code"],
        verdict=Verdict(row["verdict"]),
        at=row["at"],
        tablet_id=row["tablet_id"],
        tablet_state=TabletState(row["tablet_state"]) if row["tablet_state"] else None,
        serial=row["serial"],
        model=row["model"] or "",
        kit_name=row["kit_name"] or "",
        slot_number=row["slot_number"],
        school_name=row["school_name"] or "",
    )


_SCAN = """
SELECT scan.code, scan.verdict, scan.at, scan.tablet_id, scan.tablet_state, scan.slot_number, tablet.serial,
    COALESCE(NULLIF(tablet_report.model_name, ''), tablet.model) AS model,
    kit.name AS kit_name, school.name AS school_name
FROM inventory_scan scan
LEFT JOIN tablet ON tablet.tablet_id = scan.tablet_id
LEFT JOIN tablet_report ON tablet_report.tablet_id = scan.tablet_id
LEFT JOIN kit ON kit.kit_id = scan.kit_id
LEFT JOIN school ON school.uai = kit.uai
"""

_UNSEEN = """
SELECT missing.tablet_id, missing.tablet_state, missing.kit_id, missing.slot_number, missing.lost_at, tablet.serial,
    COALESCE(NULLIF(tablet_report.model_name, ''), tablet.model) AS model, kit.name AS kit_name
"""

_STILL_UNSEEN = """
SELECT slot.tablet_id, tablet.state AS tablet_state, slot.kit_id, slot.number AS slot_number,
    CAST(NULL AS BIGINT) AS lost_at
FROM kit
JOIN slot ON slot.kit_id = kit.kit_id
JOIN tablet ON tablet.tablet_id = slot.tablet_id
WHERE kit.uai = :uai AND (:kit_id = '' OR kit.kit_id = :kit_id)
    AND NOT EXISTS (SELECT 1 FROM inventory_scan scan
        WHERE scan.inventory_id = :it AND scan.subject = 'tablet:' || slot.tablet_id)
"""
