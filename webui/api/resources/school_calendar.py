"""The calendars of schools: their hours and closed days, and the dates of the school holidays."""

from datetime import date, time
from typing import Annotated

import msgspec
from msgspec import Meta

from mdm.fleet.errors import SchoolUnknown, UaiLetterWrong
from mdm.home.calendar.calendars import Calendars, CalendarView
from mdm.home.calendar.errors import CalendarInvalid, HoursInvalid
from mdm.home.calendar.hours import CLOSED_DAYS, SESSIONS, SchoolHours, Session
from mdm.home.calendar.zone import Break, SchoolYear
from mdm.store import Database
from webui.api.operation import Call, Operation, operation
from webui.api.resources.places import SchoolPath
from webui.api.results import Nothing
from webui.permissions import Action, Person, require
from webui.places import school_place
from webui.scopes import Place

Clock = Annotated[
    str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", description="A local time, to the minute, such as 08:30.")
]


class SessionItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A time of class; `end` is not part of it."""

    begin: Clock
    end: Clock


Sessions = Annotated[tuple[SessionItem, ...], Meta(max_length=SESSIONS)]


class HoursItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a school has class, day by day; `closed` are days on which it alone has none."""

    monday: Sessions = ()
    tuesday: Sessions = ()
    wednesday: Sessions = ()
    thursday: Sessions = ()
    friday: Sessions = ()
    saturday: Sessions = ()
    closed: Annotated[tuple[date, ...], Meta(max_length=CLOSED_DAYS)] = ()


class BreakItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Days without class, `first` and `last` among them."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    first: date
    last: date


class SchoolYearItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A school year of a zone: A, B, C, corse, guadeloupe, martinique, guyane, reunion, mayotte, and so on."""

    zone: Annotated[str, Meta(min_length=1, max_length=40)]
    year: Annotated[int, Meta(ge=1990, le=2099, description="The year in which it begins.")]
    first: date
    last: date
    breaks: Annotated[tuple[BreakItem, ...], Meta(max_length=60)]
    source: Annotated[str, Meta(max_length=200, description="The text that sets the dates.")]


class CalendarItem(msgspec.Struct, frozen=True, kw_only=True):
    """The calendar of a school. `known_until` is null where nothing is known of today; `academy` may be empty."""

    uai: str
    zone: str
    academy: str
    time_zone: str
    own_hours: bool
    hours: HoursItem
    known_until: date | None
    is_class: bool
    next_class: str | None
    years: tuple[SchoolYearItem, ...]


class SchoolYears(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """School years; those that are taken in stand in the place of those of the same zone and year."""

    years: Annotated[tuple[SchoolYearItem, ...], Meta(max_length=200)]


class SchoolCalendarOperations:
    """Reads and sets calendars."""

    def __init__(self, database: Database, calendars: Calendars) -> None:
        self._database = database
        self._calendars = calendars

    def operations(self) -> list[Operation]:
        """Return the operations."""
        return [
            operation(
                "GET",
                "/schools/{uai}/calendar",
                self.show,
                name="show_school_calendar",
                summary="The calendar of a school: its hours, its closed days, its zone's dates.",
                needs=Action.READ_SCHOOL,
                errors=(SchoolUnknown, UaiLetterWrong),
            ),
            operation(
                "PUT",
                "/schools/{uai}/hours",
                self.set_hours,
                name="set_school_hours",
                summary="Set the hours and closed days of a school, in the place of the earlier ones.",
                needs=Action.SET_SCHOOL_HOURS,
                errors=(SchoolUnknown, UaiLetterWrong, HoursInvalid),
            ),
            operation(
                "GET",
                "/school-years",
                self.years,
                name="list_school_years",
                summary="The school years of every zone.",
                needs=Action.READ_PLACES,
            ),
            operation(
                "PUT",
                "/school-years",
                self.take_years,
                name="take_school_years",
                summary="Take in school years, each in the place of that of the same zone and year.",
                needs=Action.SET_CALENDAR,
                errors=(CalendarInvalid,),
            ),
        ]

    async def show(self, call: Call[SchoolPath, Nothing, Nothing]) -> CalendarItem:
        """Return a school's calendar."""
        await self._at(call.person, Action.READ_SCHOOL, call.path.uai)
        return _calendar(await self._calendars.show(call.path.uai))

    async def set_hours(self, call: Call[SchoolPath, Nothing, HoursItem]) -> CalendarItem:
        """Set a school's hours."""
        await self._at(call.person, Action.SET_SCHOOL_HOURS, call.path.uai)
        return _calendar(
            await self._calendars.set_hours(call.path.uai, _hours(call.body), actor=call.person.actor)
        )  # fmt: skip

    async def years(self, call: Call[Nothing, Nothing, Nothing]) -> SchoolYears:  # noqa: ARG002
        """Return the school years that are known."""
        return SchoolYears(years=tuple(_year(one) for one in await self._calendars.years()))

    async def take_years(self, call: Call[Nothing, Nothing, SchoolYears]) -> SchoolYears:
        """Take school years in: those of a zone are those of all its schools, so that a part of them sets none."""
        require(call.person, Action.SET_CALENDAR, Place())
        years = [
            SchoolYear(
                zone=one.zone,
                year=one.year,
                first=one.first,
                last=one.last,
                breaks=tuple(Break(name=part.name, first=part.first, last=part.last) for part in one.breaks),
                source=one.source,
            )
            for one in call.body.years
        ]
        taken = await self._calendars.take_years(years, actor=call.person.actor)
        return SchoolYears(years=tuple(_year(one) for one in taken))

    async def _at(self, person: Person, action: Action, uai: str) -> None:
        require(person, action, await self._database.read(lambda conn: school_place(conn, uai)))


def _hours(item: HoursItem) -> SchoolHours:
    def sessions(items: tuple[SessionItem, ...]) -> tuple[Session, ...]:
        return tuple(Session(begin=time.fromisoformat(one.begin), end=time.fromisoformat(one.end)) for one in items)

    return SchoolHours(
        monday=sessions(item.monday),
        tuesday=sessions(item.tuesday),
        wednesday=sessions(item.wednesday),
        thursday=sessions(item.thursday),
        friday=sessions(item.friday),
        saturday=sessions(item.saturday),
        closed=item.closed,
    )


def _calendar(view: CalendarView) -> CalendarItem:
    def items(sessions: tuple[Session, ...]) -> tuple[SessionItem, ...]:
        return tuple(SessionItem(begin=f"{one.begin:%H:%M}", end=f"{one.end:%H:%M}") for one in sessions)

    hours = view.hours
    return CalendarItem(
        uai=view.uai,
        zone=view.zone,
        academy=view.academy,
        time_zone=view.time_zone,
        own_hours=view.own_hours,
        hours=HoursItem(
            monday=items(hours.monday),
            tuesday=items(hours.tuesday),
            wednesday=items(hours.wednesday),
            thursday=items(hours.thursday),
            friday=items(hours.friday),
            saturday=items(hours.saturday),
            closed=hours.closed,
        ),
        known_until=view.known_until,
        is_class=view.is_class,
        next_class=view.next_class,
        years=tuple(_year(one) for one in view.years),
    )


def _year(year: SchoolYear) -> SchoolYearItem:
    return SchoolYearItem(
        zone=year.zone,
        year=year.year,
        first=year.first,
        last=year.last,
        breaks=tuple(BreakItem(name=one.name, first=one.first, last=one.last) for one in year.breaks),
        source=year.source,
    )
