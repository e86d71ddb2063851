"""The fleet's places as costs see them, and pupil numbers. Every function runs inside the caller's transaction."""

from collections.abc import Mapping

import msgspec

from mdm.fleet.errors import TerritoryUnknown
from mdm.fleet.kit_store import find_kit
from mdm.fleet.territory_store import require_commune, require_school
from mdm.store import Connection
from profiles.costs.places import PlacedCommune, PlacedKit, PlacedSchool, Places
from profiles.costs.purchase import Coverage
from profiles.costs.words import Extent


class SchoolPupils(msgspec.Struct, frozen=True, kw_only=True):
    """A school with its number of pupils in a year; None where it is not known."""

    uai: str
    name: str
    insee: str
    commune: str
    pupils: int | None


def load_places(conn: Connection, year: int) -> Places:
    """Return all the places, with the tablets of today and the pupils of ``year``."""
    return Places(
        communes={
            row["insee"]: PlacedCommune(**row) for row in conn.all("SELECT insee, name, territory_id FROM commune")
        },
        schools={row["uai"]: PlacedSchool(**row) for row in conn.all("SELECT uai, name, insee FROM school")},
        kits={row["kit_id"]: PlacedKit(**row) for row in conn.all(_KITS)},
        pupils={
            row["uai"]: row["pupils"]
            for row in conn.all("SELECT uai, pupils FROM cost_pupils WHERE year = :year", year=year)
        },
    )


def list_pupils(conn: Connection, year: int) -> list[SchoolPupils]:
    """Return every school with its number of pupils in a year, by commune and UAI."""
    rows = conn.all(
        "SELECT school.uai, school.name, school.insee, commune.name AS commune, cost_pupils.pupils FROM school"
        " JOIN commune ON commune.insee = school.insee"
        " LEFT JOIN cost_pupils ON cost_pupils.uai = school.uai AND cost_pupils.year = :year"
        " ORDER BY school.insee, school.uai",
        year=year,
    )
    return [SchoolPupils(**row) for row in rows]


def save_pupils(conn: Connection, year: int, pupils: Mapping[str, int]) -> None:
    """Store the numbers of pupils of schools, by UAI, in the place of those of before; the schools are there."""
    conn.many(
        "INSERT INTO cost_pupils (uai, year, pupils) VALUES (:uai, :year, :pupils)"
        " ON CONFLICT (uai, year) DO UPDATE SET pupils = excluded.pupils",
        [{"uai": uai, "year": year, "pupils": count} for uai, count in sorted(pupils.items())],
    )


def settle_coverage(conn: Connection, coverage: Coverage) -> Coverage:
    """Return the coverage with each place by its identifier, in order; a kit or a territory may come by its name.

    Raises `TerritoryUnknown`, `CommuneUnknown`, `SchoolUnknown`, `KitUnknown` or `KitAmbiguous`.
    """
    found = {_identifier(conn, coverage.extent, place) for place in coverage.places}
    return Coverage(extent=coverage.extent, places=tuple(sorted(found)))


def place_names(conn: Connection, coverage: Coverage) -> list[str]:
    """Return the places of a purchase as people call them, in the order of their identifiers."""
    names = {
        Extent.TERRITORY: "SELECT name FROM territory WHERE territory_id = :it",
        Extent.COMMUNES: "SELECT name || ' ' || insee AS name FROM commune WHERE insee = :it",
        Extent.SCHOOLS: "SELECT name || ' ' || uai AS name FROM school WHERE uai = :it",
        Extent.KITS: "SELECT name || ' ' || uai AS name FROM kit WHERE kit_id = :it",
    }
    found = (conn.one(names[coverage.extent], it=place) or {"name": place} for place in coverage.places)
    return [str(row["name"]) for row in found]


def _identifier(conn: Connection, extent: Extent, place: str) -> str:
    if extent is Extent.COMMUNES:
        return require_commune(conn, place.upper()).insee
    if extent is Extent.SCHOOLS:
        return require_school(conn, place.upper()).uai
    if extent is Extent.KITS:
        return find_kit(conn, place).kit_id
    row = conn.one("SELECT territory_id FROM territory WHERE territory_id = :it OR name = :it", it=place)
    if row is None:
        raise TerritoryUnknown(name=place)
    return str(row["territory_id"])


_KITS = """
SELECT kit.kit_id, kit.name, kit.uai,
    COUNT(CASE WHEN tablet.state <> 'retired' THEN 1 END) AS tablets
FROM kit
LEFT JOIN slot ON slot.kit_id = kit.kit_id
LEFT JOIN tablet ON tablet.tablet_id = slot.tablet_id
GROUP BY kit.kit_id, kit.name, kit.uai
"""
