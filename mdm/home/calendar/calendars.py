"""The calendar of each school: its zone's dates, shipped or imported, and its hours; shown and changed here."""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from mdm.clock import Clock
from mdm.fleet.territory_store import require_school
from mdm.fleet.uai import parse_uai
from mdm.home.calendar import calendar_store
from mdm.home.calendar.class_time import SchoolCalendar, is_class_time, next_class
from mdm.home.calendar.hours import FOUR_AND_A_HALF_DAYS, SchoolHours, require_coherent
from mdm.home.calendar.places import place_of
from mdm.home.calendar.school_years import parse_school_years, shipped
from mdm.home.calendar.zone import SchoolYear, Zone
from mdm.journal import Journal
from mdm.store import Connection, Database


class CalendarView(msgspec.Struct, frozen=True, kw_only=True):
    """A school's calendar to look at. Moments are ISO 8601 in UTC; ``own_hours``: the hours are the school's own."""

    uai: str
    name: str
    zone: str
    time_zone: str
    hours: SchoolHours
    own_hours: bool
    years: tuple[SchoolYear, ...]
    known_until: date | None
    is_class: bool
    next_class: str | None


class CalendarBook:
    """The calendars of all schools as they were in one transaction; each zone is made once."""

    def __init__(
        self, years: Sequence[SchoolYear], hours: Mapping[str, SchoolHours], communes: Mapping[str, str]
    ) -> None:
        self._years = years
        self._hours = hours
        self._communes = communes
        self._zones: dict[str, Zone] = {}

    def of_school(self, uai: str) -> SchoolCalendar:
        """Return the calendar of a school; one that is not known is taken to lie in Paris."""
        return SchoolCalendar(
            hours=self._hours.get(uai, FOUR_AND_A_HALF_DAYS), zone=self.of_commune(self._communes.get(uai, "75056"))
        )

    def of_commune(self, insee: str) -> Zone:
        """Return the zone of a commune."""
        place = place_of(insee)
        zone = self._zones.get(place.department)
        if zone is None:
            years = tuple(year for year in self._years if year.zone == place.zone)
            zone = self._zones[place.department] = Zone(place=place, years=years)
        return zone


def known_years(conn: Connection) -> tuple[SchoolYear, ...]:
    """Return the shipped school years, with the imported ones in the place of those of the same zone and year."""
    years = {(year.zone, year.year): year for year in shipped()}
    years |= {(year.zone, year.year): year for year in calendar_store.imported_years(conn)}
    return tuple(years[key] for key in sorted(years))


def calendar_book(conn: Connection) -> CalendarBook:
    """Return the calendars of all schools."""
    return CalendarBook(known_years(conn), calendar_store.all_hours(conn), calendar_store.communes_of_schools(conn))


class Calendars:
    """Shows a school's calendar, sets its hours, and takes in new dates; each change is journalled."""

    def __init__(self, database: Database, clock: Clock, journal: Journal) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal

    async def show(self, uai: str) -> CalendarView:
        """Return a school's calendar; raise `UaiInvalid` or `SchoolUnknown`."""
        code = parse_uai(uai)
        return await self._database.read(lambda conn: self._view(conn, code))

    async def years(self) -> tuple[SchoolYear, ...]:
        """Return the school years of every zone."""
        return await self._database.read(known_years)

    async def set_hours(self, uai: str, hours: SchoolHours | None, *, actor: str) -> CalendarView:
        """Set a school's own hours; with None it has the usual ones again. Raises `HoursInvalid` or `SchoolUnknown`."""
        code = parse_uai(uai)
        checked = None if hours is None else require_coherent(hours)
        return await self._database.write(lambda conn: self._set_hours(conn, code, checked, actor))

    async def import_years(self, body: bytes, *, actor: str) -> tuple[SchoolYear, ...]:
        """Take in the dates of a file, ours or the ministry's; raise `CalendarInvalid`."""
        years = parse_school_years(body)
        await self._database.write(lambda conn: self._import(conn, years, actor))
        return years

    def _view(self, conn: Connection, uai: str) -> CalendarView:
        school = require_school(conn, uai)
        own = calendar_store.hours_of(conn, uai)
        hours = own or FOUR_AND_A_HALF_DAYS
        zone = calendar_book(conn).of_commune(school.insee)
        now = self._clock.now()
        begins = next_class(hours, zone, now)
        return CalendarView(
            uai=uai,
            name=school.name,
            zone=zone.place.zone,
            time_zone=zone.place.time_zone,
            hours=hours,
            own_hours=own is not None,
            years=zone.years,
            known_until=zone.known_until(),
            is_class=is_class_time(hours, zone, now),
            next_class=begins.isoformat() if begins is not None else None,
        )

    def _set_hours(self, conn: Connection, uai: str, hours: SchoolHours | None, actor: str) -> CalendarView:
        require_school(conn, uai)
        calendar_store.save_hours(conn, uai, hours, now=self._clock.ms(), actor=actor)
        kind = "school_hours_set" if hours is not None else "school_hours_cleared"
        self._journal.record(conn, kind, actor=actor, subject=f"school:{uai}")
        conn.publish("calendar", uai)
        return self._view(conn, uai)

    def _import(self, conn: Connection, years: Sequence[SchoolYear], actor: str) -> None:
        calendar_store.save_years(conn, years, now=self._clock.ms(), actor=actor)
        taken = [f"{year.zone} {year.year}" for year in years]
        self._journal.record(conn, "school_calendar_imported", actor=actor, subject="calendar", detail={"years": taken})
        conn.publish("calendar", "")
