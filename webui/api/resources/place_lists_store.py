"""Territories, communes and schools in parts of a list, each by its own code."""

from mdm.fleet.territory import Commune, School, Territory
from mdm.store import Connection


def territories_after(conn: Connection, name: str, *, limit: int) -> list[Territory]:
    """Return territories by name, from the one after ``name``."""
    rows = conn.all(
        "SELECT territory_id, name FROM territory WHERE name > :name ORDER BY name LIMIT :limit", name=name, limit=limit
    )
    return [Territory(**row) for row in rows]


def communes_after(conn: Connection, insee: str, *, territory_id: str, limit: int) -> list[Commune]:
    """Return communes by INSEE code, of one territory when it is given, from the one after ``insee``."""
    rows = conn.all(
        "SELECT insee, territory_id, name FROM commune"
        " WHERE insee > :insee AND (:territory_id = '' OR territory_id = :territory_id) ORDER BY insee LIMIT :limit",
        insee=insee,
        territory_id=territory_id,
        limit=limit,
    )
    return [Commune(**row) for row in rows]


def schools_after(conn: Connection, uai: str, *, insee: str, limit: int) -> list[School]:
    """Return schools by UAI, of one commune when it is given, from the one after ``uai``."""
    rows = conn.all(
        "SELECT uai, insee, name FROM school"
        " WHERE uai > :uai AND (:insee = '' OR insee = :insee) ORDER BY uai LIMIT :limit",
        uai=uai,
        insee=insee,
        limit=limit,
    )
    return [School(**row) for row in rows]
