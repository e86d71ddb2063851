"""SQL of who follows an edition: schools with their kits, whichever says so, the kit, its school or the charter."""

import msgspec

from mdm.store import Connection


class Follower(msgspec.Struct, frozen=True, kw_only=True):
    """A school with the number of its kits that follow an edition."""

    uai: str
    name: str
    kits: int


def followers_of(conn: Connection, edition_id: str, *, after: str = "", limit: int) -> list[Follower]:
    """Return the schools whose kits follow an edition, by UAI, from the one after ``after``."""
    rows = conn.all(
        "SELECT s.uai, s.name, COUNT(*) AS kits FROM kit k JOIN school s ON s.uai = k.uai"
        " JOIN charter c ON c.one = 1 WHERE COALESCE(k.edition_id, s.edition_id, c.current_id) = :edition_id"
        " AND s.uai > :after GROUP BY s.uai, s.name ORDER BY s.uai LIMIT :limit",
        edition_id=edition_id,
        after=after,
        limit=limit,
    )
    return [Follower(**row) for row in rows]


def count_followers(conn: Connection) -> tuple[int, int]:
    """Return how many kits and tablets follow any edition: all of them, once there is a charter."""
    row = conn.one(
        "SELECT (SELECT COUNT(*) FROM kit) AS kits, (SELECT COUNT(*) FROM slot WHERE tablet_id IS NOT NULL) AS tablets"
    )
    return (0, 0) if row is None else (int(row["kits"]), int(row["tablets"]))
