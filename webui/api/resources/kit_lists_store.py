"""Kits in parts of a list, by school and name, with how full they are."""

from mdm.fleet.kit import Kit, KitSummary
from mdm.fleet.place_store import within
from mdm.fleet.reach import Reach
from mdm.fleet.tablet import Platform
from mdm.store import Connection


def kits_after(conn: Connection, place: tuple[str, str], *, uai: str, reach: Reach, limit: int) -> list[KitSummary]:
    """Return kits within a reach by UAI and name, of one school when it is given, from the one after ``place``."""
    reached, places = within(reach, kit="kit", school="school")
    rows = conn.all(
        "SELECT kit.kit_id, kit.uai, kit.name, kit.platform, kit.created_at, school.name AS school_name,"  # noqa: S608
        " (SELECT COUNT(*) FROM slot WHERE slot.kit_id = kit.kit_id) AS slots,"
        " (SELECT COUNT(slot.tablet_id) FROM slot WHERE slot.kit_id = kit.kit_id) AS filled,"
        " (SELECT COUNT(*) FROM slot JOIN tablet ON tablet.tablet_id = slot.tablet_id"
        "  WHERE slot.kit_id = kit.kit_id AND tablet.state IN ('ready', 'loaned')) AS ready"
        " FROM kit JOIN school ON school.uai = kit.uai"
        " WHERE (kit.uai, kit.name) > (:after_uai, :after_name) AND (:uai = '' OR kit.uai = :uai)"
        f" AND {reached} ORDER BY kit.uai, kit.name LIMIT :limit",
        after_uai=place[0],
        after_name=place[1],
        uai=uai,
        limit=limit,
        **places,
    )
    return [
        KitSummary(
            kit=Kit(
                kit_id=row["kit_id"],
                uai=row["uai"],
                name=row["name"],
                platform=Platform(row["platform"]),
                edition_id=None,
                created_at=row["created_at"],
            ),
            school_name=row["school_name"],
            slots=row["slots"],
            filled=row["filled"],
            ready=row["ready"],
        )
        for row in rows
    ]
