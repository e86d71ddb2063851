"""Territories, communes, schools and classes in the store.

Every function runs inside the caller's transaction. Names and codes come in already cleaned.
"""

from collections.abc import Sequence

import msgspec

from mdm.fleet.errors import (
    ClassExists,
    CommuneExists,
    CommuneUnknown,
    SchoolExists,
    SchoolUnknown,
    TerritoryExists,
    TerritoryUnknown,
)
from mdm.fleet.tablet_index import index_communes, index_schools
from mdm.fleet.territory import Commune, School, SchoolClass, Territory
from mdm.store import Connection


def add_territory(conn: Connection, territory: Territory) -> None:
    """Store a territory; raise `TerritoryExists` when its name is taken."""
    added = conn.run(
        "INSERT INTO territory (territory_id, name) VALUES (:territory_id, :name) ON CONFLICT (name) DO NOTHING",
        territory_id=territory.territory_id,
        name=territory.name,
    )
    if not added:
        raise TerritoryExists(name=territory.name)


def list_territories(conn: Connection) -> list[Territory]:
    """Return the territories by name."""
    return [Territory(**row) for row in conn.all("SELECT territory_id, name FROM territory ORDER BY name")]


def require_territory(conn: Connection, name: str) -> Territory:
    """Return the territory of that name; raise `TerritoryUnknown`."""
    row = conn.one("SELECT territory_id, name FROM territory WHERE name = :name", name=name)
    if row is None:
        raise TerritoryUnknown(name=name)
    return Territory(**row)


def add_commune(conn: Connection, commune: Commune) -> None:
    """Store a commune; raise `CommuneExists` or `TerritoryUnknown`."""
    if conn.one("SELECT name FROM territory WHERE territory_id = :it", it=commune.territory_id) is None:
        raise TerritoryUnknown(name=commune.territory_id)
    added = conn.run(
        "INSERT INTO commune (insee, territory_id, name) VALUES (:insee, :territory_id, :name)"
        " ON CONFLICT (insee) DO NOTHING",
        insee=commune.insee,
        territory_id=commune.territory_id,
        name=commune.name,
    )
    if not added:
        raise CommuneExists(insee=commune.insee, name=require_commune(conn, commune.insee).name)


def save_communes(conn: Connection, communes: Sequence[Commune]) -> None:
    """Store communes, new or changed; their territories are there."""
    conn.many(
        "INSERT INTO commune (insee, territory_id, name) VALUES (:insee, :territory_id, :name)"
        " ON CONFLICT (insee) DO UPDATE SET territory_id = excluded.territory_id, name = excluded.name",
        [msgspec.structs.asdict(commune) for commune in communes],
    )
    index_communes(conn, [commune.insee for commune in communes])


def list_communes(conn: Connection) -> list[Commune]:
    """Return the communes by INSEE code."""
    return [Commune(**row) for row in conn.all("SELECT insee, territory_id, name FROM commune ORDER BY insee")]


def require_commune(conn: Connection, insee: str) -> Commune:
    """Return the commune of that INSEE code; raise `CommuneUnknown`."""
    row = conn.one("SELECT insee, territory_id, name FROM commune WHERE insee = :insee", insee=insee)
    if row is None:
        raise CommuneUnknown(insee=insee)
    return Commune(**row)


def add_school(conn: Connection, school: School) -> None:
    """Store a school; raise `SchoolExists` or `CommuneUnknown`."""
    require_commune(conn, school.insee)
    added = conn.run(
        "INSERT INTO school (uai, insee, name) VALUES (:uai, :insee, :name) ON CONFLICT (uai) DO NOTHING",
        uai=school.uai,
        insee=school.insee,
        name=school.name,
    )
    if not added:
        raise SchoolExists(uai=school.uai, name=require_school(conn, school.uai).name)


def save_schools(conn: Connection, schools: Sequence[School]) -> None:
    """Store schools, new or changed, but for their editions; their communes are there."""
    conn.many(
        "INSERT INTO school (uai, insee, name) VALUES (:uai, :insee, :name)"
        " ON CONFLICT (uai) DO UPDATE SET insee = excluded.insee, name = excluded.name",
        [{"uai": school.uai, "insee": school.insee, "name": school.name} for school in schools],
    )
    index_schools(conn, [school.uai for school in schools])


def list_schools(conn: Connection) -> list[School]:
    """Return the schools by UAI."""
    return [School(**row) for row in conn.all("SELECT uai, insee, name, edition_id FROM school ORDER BY uai")]


def require_school(conn: Connection, uai: str) -> School:
    """Return the school of that UAI; raise `SchoolUnknown`."""
    row = conn.one("SELECT uai, insee, name, edition_id FROM school WHERE uai = :uai", uai=uai)
    if row is None:
        raise SchoolUnknown(uai=uai)
    return School(**row)


def add_class(conn: Connection, school_class: SchoolClass) -> None:
    """Store a class; raise `ClassExists` or `SchoolUnknown`."""
    require_school(conn, school_class.uai)
    added = conn.run(
        "INSERT INTO school_class (class_id, uai, name, level) VALUES (:class_id, :uai, :name, :level)"
        " ON CONFLICT (uai, name) DO NOTHING",
        class_id=school_class.class_id,
        uai=school_class.uai,
        name=school_class.name,
        level=school_class.level,
    )
    if not added:
        raise ClassExists(uai=school_class.uai, name=school_class.name)


def list_classes(conn: Connection, uai: str) -> list[SchoolClass]:
    """Return a school's classes by name."""
    rows = conn.all("SELECT class_id, uai, name, level FROM school_class WHERE uai = :uai ORDER BY name", uai=uai)
    return [SchoolClass(**row) for row in rows]
