"""SQL of what a rollout reaches: kits, schools, and the kinds of tablets in them. Inside the caller's transaction."""

from collections.abc import Collection

import msgspec

from mdm.store import Connection

_MANAGED = "('enrolled', 'ready', 'loaned')"
_IPADS = (
    "SELECT s.kit_id, s.tablet_id FROM slot s JOIN kit k ON k.kit_id = s.kit_id"  # noqa: S608
    " JOIN tablet t ON t.tablet_id = s.tablet_id"
    f" WHERE k.platform = 'ipad' AND t.state IN {_MANAGED}"
)


class KindOfTablets(msgspec.Struct, frozen=True, kw_only=True):
    """How many tablets of one kind a kit has; what a tablet did not say is empty or None."""

    kit_id: str
    platform: str
    os_version: str
    supervised: bool | None
    abi: str
    tablets: int


class KitLine(msgspec.Struct, frozen=True, kw_only=True):
    """A kit's name and school, for words."""

    kit_id: str
    kit_name: str
    uai: str
    school_name: str


def ipads_of_kit(conn: Connection, kit_id: str) -> tuple[str, ...]:
    """Return the iPads in a kit that can take what it is given."""
    rows = conn.all(f"{_IPADS} AND s.kit_id = :kit_id ORDER BY s.number", kit_id=kit_id)
    return tuple(row["tablet_id"] for row in rows)


def ipads_of_kits(conn: Connection, kits: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return the iPads in these kits that can take what their kit is given, by kit; kits without any are left out."""
    wanted = set(kits)
    found: dict[str, list[str]] = {}
    for row in conn.all(f"{_IPADS} ORDER BY s.kit_id, s.number"):
        if row["kit_id"] in wanted:
            found.setdefault(row["kit_id"], []).append(row["tablet_id"])
    return {kit_id: tuple(tablets) for kit_id, tablets in found.items()}


def kinds_of_tablets(conn: Connection) -> list[KindOfTablets]:
    """Return the kinds of tablets of every kit, with how many there are."""
    rows = conn.all(
        "SELECT s.kit_id, k.platform, r.supervised,"  # noqa: S608
        " COALESCE(r.os_version, e.os_version, a.os_version, '') AS os_version, COALESCE(a.abi, '') AS abi,"
        " COUNT(*) AS tablets FROM slot s JOIN kit k ON k.kit_id = s.kit_id"
        " JOIN tablet t ON t.tablet_id = s.tablet_id"
        " LEFT JOIN tablet_report r ON r.tablet_id = s.tablet_id"
        " LEFT JOIN apple_enrollment e ON e.tablet_id = s.tablet_id"
        " LEFT JOIN android_enrollment a ON a.tablet_id = s.tablet_id AND a.state = 'enrolled'"
        f" WHERE t.state IN {_MANAGED}"
        " GROUP BY s.kit_id, k.platform, r.supervised, COALESCE(r.os_version, e.os_version, a.os_version, ''),"
        " COALESCE(a.abi, '') ORDER BY s.kit_id, 4, 5"
    )
    return [
        KindOfTablets(**{**row, "supervised": None if row["supervised"] is None else bool(row["supervised"])})
        for row in rows
    ]


def kit_lines(conn: Connection) -> dict[str, KitLine]:
    """Return the name and the school of every kit."""
    rows = conn.all(
        "SELECT k.kit_id, k.name AS kit_name, k.uai, s.name AS school_name FROM kit k JOIN school s ON s.uai = k.uai"
    )
    return {row["kit_id"]: KitLine(**row) for row in rows}
