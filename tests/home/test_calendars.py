"""Each school's calendar in the store: shown, changed, imported; journalled; the same on every engine."""

import json
from datetime import UTC, date, datetime, time

import pytest

from mdm.clock import ManualClock
from mdm.fleet.errors import SchoolUnknown, UaiLetterWrong
from mdm.fleet.fleet import Fleet
from mdm.home.calendar.calendars import Calendars, calendar_book
from mdm.home.calendar.class_time import is_class_time
from mdm.home.calendar.errors import CalendarInvalid, HoursInvalid
from mdm.home.calendar.hours import FOUR_AND_A_HALF_DAYS, FOUR_DAYS, SchoolHours, Session, parse_sessions
from mdm.home.calendar.school_years import FORMAT
from mdm.journal import Journal, entries
from mdm.store import Database

ACTOR = "account:test"
UAI, GUYANE = "0400377T", "9730001N"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 26, 9, 0, tzinfo=UTC))


@pytest.fixture
async def calendars(any_database: Database, clock: ManualClock) -> Calendars:
    journal = Journal(clock)
    fleet = Fleet(any_database, clock, journal)
    made = await fleet.create_territory("MACS", actor=ACTOR)
    for uai, insee in ((UAI, "40192"), (GUYANE, "97302")):
        await fleet.create_commune(insee, insee, territory_id=made.territory_id, actor=ACTOR)
        await fleet.create_school(uai, f"École {uai}", insee=insee, actor=ACTOR)
    return Calendars(any_database, clock, journal)


def guyane(name: str = "Toussaint") -> bytes:
    year = {
        "zone": "guyane",
        "year": 2026,
        "first": "2026-09-01",
        "last": "2027-08-31",
        "source": "arrêté rectoral",
        "breaks": [{"name": name, "first": "2026-11-20", "last": "2026-11-29"}],
    }
    return json.dumps({"format": FORMAT, "years": [year]}).encode()


async def test_a_school_that_said_nothing_has_the_usual_hours(calendars: Calendars) -> None:
    view = await calendars.show(UAI)
    assert (view.hours, view.own_hours, view.zone, view.is_class) == (FOUR_AND_A_HALF_DAYS, False, "A", True)
    assert view.next_class == "2026-11-26T12:45:00+00:00"
    assert view.known_until == date(2028, 8, 31)


async def test_hours_are_kept_and_the_usual_ones_come_back(calendars: Calendars, any_database: Database) -> None:
    own = SchoolHours(monday=parse_sessions("08:00-12:00"), closed=(date(2027, 5, 7), date(2026, 12, 1)))
    view = await calendars.set_hours(UAI, own, actor=ACTOR)
    assert view.hours.monday == own.monday
    assert view.hours.closed == (date(2026, 12, 1), date(2027, 5, 7))
    assert (await calendars.show(UAI)).is_class is False
    await calendars.set_hours(UAI, FOUR_DAYS, actor=ACTOR)
    book = await any_database.read(calendar_book)
    assert book.of_school(UAI).hours == FOUR_DAYS
    assert book.of_school("0000000A").hours == FOUR_AND_A_HALF_DAYS
    await calendars.set_hours(UAI, None, actor=ACTOR)
    assert (await calendars.show(UAI)).own_hours is False
    kinds = [entry.kind for entry in await any_database.read(lambda conn: entries(conn, subject=f"school:{UAI}"))]
    assert kinds == ["school_created", "school_hours_set", "school_hours_set", "school_hours_cleared"]


async def test_what_cannot_be_is_refused_and_changes_nothing(calendars: Calendars, any_database: Database) -> None:
    first, second = parse_sessions("08:00-12:00"), parse_sessions("11:00-13:00")
    with pytest.raises(HoursInvalid):
        await calendars.set_hours(UAI, SchoolHours(monday=(*first, *second)), actor=ACTOR)
    early = Session(begin=time(3), end=time(4))
    with pytest.raises(HoursInvalid):
        await calendars.set_hours(UAI, SchoolHours(friday=(early,)), actor=ACTOR)
    with pytest.raises(SchoolUnknown):
        await calendars.set_hours("0590001F", FOUR_DAYS, actor=ACTOR)
    with pytest.raises(UaiLetterWrong):
        await calendars.show("0400377A")
    with pytest.raises(CalendarInvalid):
        await calendars.import_years(b"[]", actor=ACTOR)
    assert (await calendars.show(UAI)).own_hours is False
    told = await any_database.read(lambda conn: entries(conn, subject="calendar"))
    assert told == []


async def test_a_file_gives_a_zone_its_dates_and_a_second_one_replaces_them(
    calendars: Calendars, any_database: Database, clock: ManualClock
) -> None:
    clock.advance(datetime(2026, 11, 26, 13, 0, tzinfo=UTC) - clock.now())
    assert (await calendars.show(GUYANE)).known_until is None
    assert (await calendars.show(GUYANE)).is_class is True
    await calendars.import_years(guyane(), actor=ACTOR)
    view = await calendars.show(GUYANE)
    assert (view.known_until, view.is_class) == (date(2027, 8, 31), False)
    await calendars.import_years(guyane("Vacances"), actor=ACTOR)
    view = await calendars.show(GUYANE)
    assert [one.name for year in view.years for one in year.breaks] == ["Vacances"]
    assert len(await any_database.read(lambda conn: entries(conn, subject="calendar"))) == 2


async def test_an_imported_year_stands_in_the_place_of_the_shipped_one(
    calendars: Calendars, any_database: Database
) -> None:
    tree = json.loads(guyane())
    tree["years"][0]["zone"] = "A"
    await calendars.import_years(json.dumps(tree).encode(), actor=ACTOR)
    book = await any_database.read(calendar_book)
    school = book.of_school(UAI)
    thursday = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
    assert not is_class_time(school.hours, school.zone, thursday)
    assert {year.year for year in (await calendars.show(UAI)).years} == {2025, 2026, 2027}
