"""The calendar of each school: its zone's dates, shipped or imported, and its hours; shown and changed here."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

import msgspec

from mdm.clock import Clock
from mdm.fleet.territory_store import require_school
from mdm.fleet.uai import parse_uai
from mdm.home.calendar import calendar_store
from mdm.home.calendar.class_time import SchoolCalendar, is_class_time, next_class, sessions_of
from mdm.home.calendar.errors import DayFarAway, DayNotClosed, DayWithoutClass
from mdm.home.calendar.hours import DAYS, FOUR_AND_A_HALF_DAYS, SchoolHours, in_words, require_coherent
from mdm.home.calendar.places import ZONES, academy_of, place_of
from mdm.home.calendar.school_years import parse_school_years, require_years, shipped
from mdm.home.calendar.zone import SchoolYear, Zone, runs_out
from mdm.journal import Journal
from mdm.store import Connection, Database

_BEHIND, _AHEAD = timedelta(days=400), timedelta(days=1100)
"""How far from today a closed day may lie."""


class CalendarView(msgspec.Struct, frozen=True, kw_only=True):
    """A school's calendar to look at. Moments are ISO 8601 in UTC; ``own_hours``: the hours are the school's own.

    ``academy``: empty outside of zones A, B and C. ``known_until``: from today on, without a gap; None when nothing is
    known of today. ``set_at``: when its own hours were set last, in milliseconds.
    """

    uai: str
    name: str
    zone: str
    academy: str
    time_zone: str
    hours: SchoolHours
    own_hours: bool
    set_at: int | None
    years: tuple[SchoolYear, ...]
    known_until: date | None
    runs_out: bool
    is_class: bool
    next_class: str | None


class ZoneState(msgspec.Struct, frozen=True, kw_only=True):
    """How far the dates of a zone are known; ``runs_out``: for less than half a year."""

    zone: str
    known_until: date | None
    runs_out: bool


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


def zone_states(conn: Connection, communes: Iterable[str], now: datetime) -> list[ZoneState]:
    """Return how far the calendars of communes, by INSEE code, are known at a moment: a line for each zone."""
    book, found = CalendarBook(known_years(conn), {}, {}), dict[str, ZoneState]()
    for insee in communes:
        zone = book.of_commune(insee)
        if zone.place.zone not in found:
            today = now.astimezone(zone.clock).date()
            known = zone.known_until(today)
            found[zone.place.zone] = ZoneState(zone=zone.place.zone, known_until=known, runs_out=runs_out(known, today))
    return [found[zone] for zone in ZONES if zone in found]


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

    async def set_week(self, uai: str, week: SchoolHours, *, actor: str) -> None:
        """Set a school's times of class; its closed days stay.

        Raises `UaiInvalid`, `SchoolUnknown` or `HoursInvalid`.
        """
        code, checked = parse_uai(uai), require_coherent(week)

        def write(conn: Connection) -> None:
            closed = self._held(conn, code).closed
            self._keep(conn, code, msgspec.structs.replace(checked, closed=closed), actor)
            self._journal.record(conn, "school_hours_set", actor=actor, subject=f"school:{code}", detail=_told(checked))

        await self._database.write(write)

    async def close_day(self, uai: str, day: date, *, actor: str) -> None:
        """Let a school have no class on a day; closed days that are over for long are forgotten then.

        Raises `UaiInvalid`, `SchoolUnknown`, `DayFarAway`, `DayWithoutClass` or `HoursInvalid` (too many).
        """
        code = parse_uai(uai)

        def write(conn: Connection) -> None:
            hours, zone = self._held(conn, code), self._zone(conn, code)
            today = self._today(zone)
            if not today - _BEHIND <= day <= today + _AHEAD:
                raise DayFarAway(day=f"{day:%d/%m/%Y}")
            if not sessions_of(hours, zone, day):
                raise DayWithoutClass(day=f"{day:%d/%m/%Y}")
            closed = (*[one for one in hours.closed if one >= today - _BEHIND], day)
            self._keep(conn, code, require_coherent(msgspec.structs.replace(hours, closed=closed)), actor)
            detail = {"day": day.isoformat()}
            self._journal.record(conn, "school_day_closed", actor=actor, subject=f"school:{code}", detail=detail)

        await self._database.write(write)

    async def open_day(self, uai: str, day: date, *, actor: str) -> None:
        """Let a school have class again on a day on which it was closed.

        Raises `UaiInvalid`, `SchoolUnknown` or `DayNotClosed`.
        """
        code = parse_uai(uai)

        def write(conn: Connection) -> None:
            hours = self._held(conn, code)
            if day not in hours.closed:
                raise DayNotClosed(day=f"{day:%d/%m/%Y}")
            closed = tuple(one for one in hours.closed if one != day)
            self._keep(conn, code, msgspec.structs.replace(hours, closed=closed), actor)
            detail = {"day": day.isoformat()}
            self._journal.record(conn, "school_day_opened", actor=actor, subject=f"school:{code}", detail=detail)

        await self._database.write(write)

    async def import_years(self, body: bytes, *, actor: str) -> tuple[SchoolYear, ...]:
        """Take in the dates of a file, ours or the ministry's; raise `CalendarInvalid`."""
        return await self.take_years(parse_school_years(body), actor=actor)

    async def take_years(self, years: Sequence[SchoolYear], *, actor: str) -> tuple[SchoolYear, ...]:
        """Take in school years, each in the place of that of the same zone and year; raise `CalendarInvalid`."""
        checked = require_years(years)
        await self._database.write(lambda conn: self._import(conn, checked, actor))
        return checked

    def _view(self, conn: Connection, uai: str) -> CalendarView:
        school = require_school(conn, uai)
        own = calendar_store.hours_of(conn, uai)
        hours = own or FOUR_AND_A_HALF_DAYS
        zone = CalendarBook(known_years(conn), {}, {}).of_commune(school.insee)
        now = self._clock.now()
        begins = next_class(hours, zone, now)
        today = self._today(zone)
        known = zone.known_until(today)
        return CalendarView(
            uai=uai,
            name=school.name,
            zone=zone.place.zone,
            academy=academy_of(zone.place.department) or "",
            time_zone=zone.place.time_zone,
            hours=hours,
            own_hours=own is not None,
            set_at=calendar_store.changed_at(conn, uai),
            years=zone.years,
            known_until=known,
            runs_out=runs_out(known, today),
            is_class=is_class_time(hours, zone, now),
            next_class=begins.isoformat() if begins is not None else None,
        )

    def _set_hours(self, conn: Connection, uai: str, hours: SchoolHours | None, actor: str) -> CalendarView:
        calendar_store.hold_school(conn, uai)
        self._keep(conn, uai, hours, actor)
        kind = "school_hours_set" if hours is not None else "school_hours_cleared"
        self._journal.record(conn, kind, actor=actor, subject=f"school:{uai}", detail=_told(hours))
        return self._view(conn, uai)

    def _keep(self, conn: Connection, uai: str, hours: SchoolHours | None, actor: str) -> None:
        calendar_store.save_hours(conn, uai, hours, now=self._clock.ms(), actor=actor)
        conn.publish("calendar", uai)

    def _held(self, conn: Connection, uai: str) -> SchoolHours:
        """Return a school's hours, which nobody else changes before this transaction ends."""
        calendar_store.hold_school(conn, uai)
        return calendar_store.hours_of(conn, uai) or FOUR_AND_A_HALF_DAYS

    def _zone(self, conn: Connection, uai: str) -> Zone:
        return CalendarBook(known_years(conn), {}, {}).of_commune(require_school(conn, uai).insee)

    def _today(self, zone: Zone) -> date:
        return self._clock.now().astimezone(zone.clock).date()

    def _import(self, conn: Connection, years: Sequence[SchoolYear], actor: str) -> None:
        calendar_store.save_years(conn, years, now=self._clock.ms(), actor=actor)
        taken = [f"{year.zone} {year.year}" for year in years]
        self._journal.record(conn, "school_calendar_imported", actor=actor, subject="calendar", detail={"years": taken})
        conn.publish("calendar", "")


def _told(hours: SchoolHours | None) -> dict[str, str]:
    """Return the hours as the journal has them: the times of class of each day that has any."""
    return {day: in_words(getattr(hours, day)) for day in DAYS if hours is not None and getattr(hours, day)}
