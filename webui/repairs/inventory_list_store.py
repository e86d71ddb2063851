"""SQL of inventories as their list shows them, within a reach. Inside the caller's transaction."""

import msgspec

from mdm.fleet.place_store import within
from mdm.fleet.reach import Reach
from mdm.store import Connection

LINES = 30
"""Inventories in one page of the list."""


class InventoryLine(msgspec.Struct, frozen=True, kw_only=True):
    """An inventory in a list; ``kit_name`` is empty for one of a whole school. Times in milliseconds."""

    inventory_id: str
    school_name: str
    kit_name: str
    opened_at: int
    closed_at: int | None
    scans: int


def list_in_reach(conn: Connection, reach: Reach, *, is_open: bool, after: str = "") -> list[InventoryLine]:
    """Return inventories in reach, newest first, those that are open or those that are closed; one more than a page.

    Who reaches a kit alone does not reach its whole school's inventory.
    """
    condition, params = within(reach)
    rows = conn.all(
        "SELECT i.inventory_id, s.name AS school_name, COALESCE(k.name, '') AS kit_name, i.opened_at, i.closed_at,"  # noqa: S608
        " (SELECT COUNT(*) FROM inventory_scan x WHERE x.inventory_id = i.inventory_id) AS scans"
        " FROM inventory i JOIN school s ON s.uai = i.uai LEFT JOIN kit k ON k.kit_id = i.kit_id"
        f" WHERE {condition} AND {'i.closed_at IS NULL' if is_open else 'i.closed_at IS NOT NULL'}"
        " AND (:after = '' OR i.inventory_id < :after) ORDER BY i.inventory_id DESC LIMIT :limit",
        after=after,
        limit=LINES + 1,
        **params,
    )
    return [InventoryLine(**row) for row in rows]
