"""SQL of the school calendar: school years that were imported, and each school's own hours."""

from collections.abc import Sequence

import msgspec

from mdm.fleet.errors import SchoolUnknown
from mdm.home.calendar.hours import SchoolHours
from mdm.home.calendar.zone import Break, SchoolYear
from mdm.store import Connection


def imported_years(conn: Connection) -> list[SchoolYear]:
    """Return the school years that were imported."""
    rows = conn.all("SELECT zone, year, first, last, breaks, source FROM school_year ORDER BY zone, year")
    return [
        msgspec.convert({**row, "breaks": msgspec.json.decode(row["breaks"], type=tuple[Break, ...])}, SchoolYear)
        for row in rows
    ]


def save_years(conn: Connection, years: Sequence[SchoolYear], *, now: int, actor: str) -> None:
    """Keep school years, in place of what was imported for the same zone and year."""
    conn.many(
        "INSERT INTO school_year (zone, year, first, last, breaks, source, imported_at, imported_by)"
        " VALUES (:zone, :year, :first, :last, :breaks, :source, :now, :actor)"
        " ON CONFLICT (zone, year) DO UPDATE SET first = excluded.first, last = excluded.last,"
        " breaks = excluded.breaks, source = excluded.source, imported_at = excluded.imported_at,"
        " imported_by = excluded.imported_by",
        [
            {
                "zone": one.zone,
                "year": one.year,
                "first": one.first.isoformat(),
                "last": one.last.isoformat(),
                "breaks": msgspec.json.encode(one.breaks).decode(),
                "source": one.source,
                "now": now,
                "actor": actor,
            }
            for one in years
        ],
    )


def hours_of(conn: Connection, uai: str) -> SchoolHours | None:
    """Return a school's own hours; None when it has none."""
    row = conn.one("SELECT hours FROM school_hours WHERE uai = :uai", uai=uai)
    return None if row is None else msgspec.json.decode(row["hours"], type=SchoolHours)


def all_hours(conn: Connection) -> dict[str, SchoolHours]:
    """Return the hours of each school that has its own, by UAI."""
    rows = conn.all("SELECT uai, hours FROM school_hours")
    return {row["uai"]: msgspec.json.decode(row["hours"], type=SchoolHours) for row in rows}


def hold_school(conn: Connection, uai: str) -> None:
    """Let no other transaction change this school, or its hours, before this one ends; raise `SchoolUnknown`."""
    if not conn.run("UPDATE school SET name = name WHERE uai = :uai", uai=uai):
        raise SchoolUnknown(uai=uai)


def changed_at(conn: Connection, uai: str) -> int | None:
    """Return when a school's own hours were set last, in milliseconds; None when it has none."""
    row = conn.one("SELECT changed_at FROM school_hours WHERE uai = :uai", uai=uai)
    return None if row is None else row["changed_at"]


def save_hours(conn: Connection, uai: str, hours: SchoolHours | None, *, now: int, actor: str) -> None:
    """Keep a school's own hours; None lets it have the usual ones again."""
    if hours is None:
        conn.run("DELETE FROM school_hours WHERE uai = :uai", uai=uai)
        return
    conn.run(
        "INSERT INTO school_hours (uai, hours, changed_at, changed_by) VALUES (:uai, :hours, :now, :actor)"
        " ON CONFLICT (uai) DO UPDATE SET hours = excluded.hours, changed_at = excluded.changed_at,"
        " changed_by = excluded.changed_by",
        uai=uai,
        hours=msgspec.json.encode(hours).decode(),
        now=now,
        actor=actor,
    )


def communes_of_schools(conn: Connection) -> dict[str, str]:
    """Return the INSEE code of each school's commune, by UAI."""
    return {row["uai"]: row["insee"] for row in conn.all("SELECT uai, insee FROM school")}
