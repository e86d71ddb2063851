"""Licences in parts of a list: what locations own, and what is wished for tablets."""

from mdm.store import Connection
from profiles.licences.licence_store import Count, Usage
from profiles.licences.wish_store import WishView


def usages_after(conn: Connection, last: tuple[str, int], *, location_id: str, limit: int) -> list[Usage]:
    """Return apps by location and App Store number, from the one after ``last``; of one location when it is given."""
    rows = conn.all(
        "WITH waiting AS (SELECT store_id, COUNT(*) AS number FROM licence_wish"
        "  WHERE wanted = 1 AND state <> 'done' GROUP BY store_id)"
        " SELECT owned.location_id, owned.store_id, owned.total, owned.assigned, owned.available, owned.unlimited,"
        " owned.revocable, COALESCE(licence_app.name, '') AS name, COALESCE(waiting.number, 0) AS waiting"
        " FROM licence_count owned LEFT JOIN licence_app ON licence_app.store_id = owned.store_id"
        " LEFT JOIN waiting ON waiting.store_id = owned.store_id"
        " WHERE (owned.location_id, owned.store_id) > (:last_location, :last_store)"
        " AND (:location_id = '' OR owned.location_id = :location_id)"
        " ORDER BY owned.location_id, owned.store_id LIMIT :limit",
        last_location=last[0],
        last_store=last[1],
        location_id=location_id,
        limit=limit,
    )
    return [
        Usage(
            count=Count(
                location_id=row["location_id"],
                store_id=row["store_id"],
                total=row["total"],
                assigned=row["assigned"],
                available=row["available"],
                unlimited=bool(row["unlimited"]),
                revocable=bool(row["revocable"]),
            ),
            name=row["name"],
            waiting=row["waiting"],
        )
        for row in rows
    ]


def wishes_after(conn: Connection, last: tuple[str, int], *, kit_id: str, undone: bool, limit: int) -> list[WishView]:
    """Return wishes by tablet and App Store number, from the one after ``last``.

    Of one kit's tablets when it is given; with ``undone`` those alone that are not done.
    """
    rows = conn.all(
        "SELECT licence_wish.tablet_id, tablet.name AS tablet_name, tablet.serial, licence_wish.store_id,"
        " COALESCE(licence_app.name, '') AS app_name, licence_wish.wanted, licence_wish.state, licence_wish.reason,"
        " licence_wish.wished_at, licence_wish.wished_by"
        " FROM licence_wish JOIN tablet ON tablet.tablet_id = licence_wish.tablet_id"
        " LEFT JOIN licence_app ON licence_app.store_id = licence_wish.store_id"
        " WHERE (licence_wish.tablet_id, licence_wish.store_id) > (:last_tablet, :last_store)"
        " AND (:undone = 0 OR licence_wish.state <> 'done')"
        " AND (:kit_id = '' OR EXISTS (SELECT 1 FROM slot"
        "  WHERE slot.tablet_id = licence_wish.tablet_id AND slot.kit_id = :kit_id))"
        " ORDER BY licence_wish.tablet_id, licence_wish.store_id LIMIT :limit",
        last_tablet=last[0],
        last_store=last[1],
        undone=int(undone),
        kit_id=kit_id,
        limit=limit,
    )
    return [WishView(**(row | {"wanted": bool(row["wanted"])})) for row in rows]
