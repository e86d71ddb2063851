"""Pupil numbers in parts of a list, by commune and school."""

from mdm.store import Connection
from profiles.costs.place_store import SchoolPupils


def pupils_after(conn: Connection, year: int, last: tuple[str, str], *, limit: int) -> list[SchoolPupils]:
    """Return schools with their number of pupils for a year, by INSEE code and UAI, from the one after ``last``."""
    rows = conn.all(
        "SELECT school.uai, school.name, school.insee, commune.name AS commune, cost_pupils.pupils FROM school"
        " JOIN commune ON commune.insee = school.insee"
        " LEFT JOIN cost_pupils ON cost_pupils.uai = school.uai AND cost_pupils.year = :year"
        " WHERE (school.insee, school.uai) > (:insee, :uai) ORDER BY school.insee, school.uai LIMIT :limit",
        year=year,
        insee=last[0],
        uai=last[1],
        limit=limit,
    )
    return [SchoolPupils(**row) for row in rows]


def school_pupils(conn: Connection, year: int, uai: str) -> SchoolPupils | None:
    """Return a school with its number of pupils for a year."""
    row = conn.one(
        "SELECT school.uai, school.name, school.insee, commune.name AS commune, cost_pupils.pupils FROM school"
        " JOIN commune ON commune.insee = school.insee"
        " LEFT JOIN cost_pupils ON cost_pupils.uai = school.uai AND cost_pupils.year = :year"
        " WHERE school.uai = :uai",
        year=year,
        uai=uai,
    )
    return None if row is None else SchoolPupils(**row)
