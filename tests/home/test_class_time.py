"""Class time over ten years: no gap, right on the days when clocks change, never on a Sunday or a holiday."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdm.home.calendar.class_time import (
    is_class_time,
    is_school_day_time,
    next_class,
    next_moment_outside_class,
    next_moment_outside_school_day,
    sessions_of,
)
from mdm.home.calendar.errors import HoursInvalid
from mdm.home.calendar.hours import (
    DAYS,
    EARLIEST,
    FOUR_AND_A_HALF_DAYS,
    FOUR_DAYS,
    LATEST,
    SchoolHours,
    Session,
    in_words,
    parse_sessions,
    require_coherent,
)
from mdm.home.calendar.places import place_of
from mdm.home.calendar.public_holidays import holidays_between
from mdm.home.calendar.school_years import shipped
from mdm.home.calendar.zone import SchoolYear, Zone, runs_out, school_year_of

COMMUNES = ("40192", "59350", "75056", "67482", "2A004", "97411", "97209", "97502", "98735", "97608")


def zone_of(insee: str) -> Zone:
    place = place_of(insee)
    return Zone(place=place, years=tuple(year for year in shipped() if year.zone == place.zone))


zones = st.sampled_from([zone_of(insee) for insee in COMMUNES])
moments = st.datetimes(datetime(2024, 1, 1), datetime(2034, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
minutes = st.integers(EARLIEST.hour * 60, LATEST.hour * 60)


@st.composite
def sessions(draw: st.DrawFn) -> tuple[Session, ...]:
    edges = sorted(draw(st.lists(minutes, max_size=8, unique=True)))
    times = [time(one // 60, one % 60) for one in edges[: len(edges) // 2 * 2]]
    return tuple(Session(begin=begin, end=end) for begin, end in zip(times[::2], times[1::2], strict=True))


hours = st.one_of(
    st.sampled_from([FOUR_AND_A_HALF_DAYS, FOUR_DAYS]),
    st.builds(SchoolHours, **{day: sessions() for day in DAYS}),
)


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone_of("75056").clock)


def test_the_usual_week_has_nine_half_days_and_twenty_four_hours() -> None:
    for week, half_days in ((FOUR_AND_A_HALF_DAYS, 9), (FOUR_DAYS, 8)):
        found = [one for day in DAYS for one in getattr(week, day)]
        assert len(found) == half_days
        length = sum((one.end.hour * 60 + one.end.minute) - (one.begin.hour * 60 + one.begin.minute) for one in found)
        assert length == 24 * 60


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-26T10:00", True),
        ("2026-11-26T12:30", False),
        ("2026-11-26T13:45", True),
        ("2026-11-26T15:45", False),
        ("2026-11-25T11:00", True),
        ("2026-11-25T14:00", False),
        ("2026-11-28T10:00", False),
        ("2026-11-29T10:00", False),
        ("2026-11-11T10:00", False),
        ("2026-12-18T10:00", True),
        ("2026-12-21T10:00", False),
        ("2027-01-04T10:00", True),
        ("2027-02-08T10:00", False),
        ("2027-05-07T10:00", False),
        ("2027-05-10T10:00", True),
        ("2027-07-02T10:00", True),
        ("2027-07-05T10:00", False),
        ("2027-09-01T10:00", False),
        ("2027-09-02T10:00", True),
    ],
)
def test_a_school_in_paris_has_class_when_it_has(moment: str, expected: bool) -> None:
    assert is_class_time(FOUR_AND_A_HALF_DAYS, zone_of("75056"), paris(moment)) is expected


def test_the_last_class_before_winter_differs_from_zone_to_zone() -> None:
    monday = paris("2027-02-15T10:00")
    assert [is_class_time(FOUR_DAYS, zone_of(insee), monday) for insee in ("40192", "59350", "75056")] == [
        False,
        True,
        False,
    ]


def test_an_island_has_class_by_its_own_clock_and_its_own_holidays() -> None:
    reunion = zone_of("97411")
    assert is_class_time(FOUR_DAYS, reunion, datetime(2026, 11, 26, 5, 0, tzinfo=UTC))
    assert not is_class_time(FOUR_DAYS, reunion, datetime(2026, 11, 26, 13, 0, tzinfo=UTC))
    assert not is_class_time(FOUR_DAYS, reunion, datetime(2027, 1, 18, 5, 0, tzinfo=UTC))
    assert is_class_time(FOUR_DAYS, zone_of("75056"), datetime(2027, 1, 18, 9, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("friday", "monday"), [("2027-03-26", "2027-03-30"), ("2026-10-16", "2026-11-02"), ("2027-10-29", "2027-11-08")]
)
def test_class_begins_at_the_same_local_time_before_and_after_clocks_change(friday: str, monday: str) -> None:
    zone = zone_of("75056")
    after = next_class(FOUR_DAYS, zone, paris(f"{friday}T20:00"))
    assert after is not None
    assert after.astimezone(zone.clock).isoformat()[:16] == f"{monday}T08:30"


def test_days_that_no_calendar_covers_count_as_days_of_class() -> None:
    guyane = zone_of("97302")
    assert not guyane.covers(date(2026, 11, 26))
    assert guyane.known_until(date(2026, 9, 1)) is None
    assert is_class_time(FOUR_DAYS, guyane, datetime(2026, 12, 29, 13, 0, tzinfo=UTC))
    assert not is_class_time(FOUR_DAYS, guyane, datetime(2026, 12, 25, 13, 0, tzinfo=UTC))


def test_a_day_on_which_the_school_alone_is_closed_has_no_class() -> None:
    closed = SchoolHours(thursday=FOUR_DAYS.thursday, closed=(date(2026, 11, 26),))
    assert not is_class_time(closed, zone_of("75056"), paris("2026-11-26T10:00"))
    assert is_class_time(closed, zone_of("75056"), paris("2026-12-03T10:00"))


def test_noon_and_the_half_hour_before_belong_to_the_school_day() -> None:
    zone, margin = zone_of("75056"), timedelta(minutes=30)
    times = ("07:59", "08:00", "12:30", "15:44", "15:45")
    found = [is_school_day_time(FOUR_AND_A_HALF_DAYS, zone, paris(f"2026-11-26T{one}"), margin) for one in times]
    assert found == [False, True, True, True, False]
    ends = next_moment_outside_school_day(FOUR_AND_A_HALF_DAYS, zone, paris("2026-11-26T08:10"), margin)
    assert ends == paris("2026-11-26T15:45")


@settings(max_examples=400)
@given(zones, hours, moments)
def test_there_is_never_class_on_a_sunday_or_a_holiday(zone: Zone, week: SchoolHours, moment: datetime) -> None:
    day = moment.astimezone(zone.clock).date()
    if is_class_time(week, zone, moment):
        assert day.weekday() < 6
        assert not zone.is_public_holiday(day)
        assert not zone.is_break(day)


@settings(max_examples=300)
@given(zones, hours, moments)
def test_class_and_no_class_follow_each_other_without_a_gap(zone: Zone, week: SchoolHours, moment: datetime) -> None:
    for _ in range(6):
        free = next_moment_outside_class(week, zone, moment)
        assert free >= moment
        assert not is_class_time(week, zone, free)
        assert all(is_class_time(week, zone, moment + (free - moment) * step / 4) for step in range(4) if free > moment)
        begins = next_class(week, zone, free - timedelta(seconds=1))
        if begins is None:
            return
        assert is_class_time(week, zone, begins)
        assert all(
            not is_class_time(week, zone, free + (begins - free) * step / 8) for step in range(8) if begins > free
        )
        moment = begins


@settings(max_examples=200)
@given(zones, hours, moments, st.integers(0, 180))
def test_outside_the_school_day_there_is_no_class(zone: Zone, week: SchoolHours, moment: datetime, margin: int) -> None:
    found = next_moment_outside_school_day(week, zone, moment, timedelta(minutes=margin))
    assert found >= moment
    assert not is_class_time(week, zone, found)
    assert not is_school_day_time(week, zone, found, timedelta(minutes=margin))


@given(zones, hours, st.dates(date(2024, 1, 1), date(2034, 1, 1)))
def test_a_day_of_class_lasts_as_long_as_its_sessions_whatever_clocks_do(
    zone: Zone, week: SchoolHours, day: date
) -> None:
    wanted = sum(
        (datetime.combine(day, one.end) - datetime.combine(day, one.begin)).total_seconds()
        for one in sessions_of(week, zone, day)
    )
    midnight = datetime.combine(day, time(0), zone.clock).astimezone(UTC)
    moment, found = midnight, 0.0
    for _ in range(10):
        begins = moment if is_class_time(week, zone, moment) else next_class(week, zone, moment)
        if begins is None or begins.astimezone(zone.clock).date() != day:
            break
        moment = next_moment_outside_class(week, zone, begins)
        found += (moment - begins).total_seconds()
    assert found == wanted


@given(st.dates(date(2024, 1, 1), date(2034, 1, 1)))
def test_school_years_follow_each_other(day: date) -> None:
    following = school_year_of(day + timedelta(days=1))
    assert following - school_year_of(day) == (1 if (day + timedelta(days=1)).isoformat().endswith("-08-01") else 0)


def test_a_school_year_is_named_by_its_beginning() -> None:
    assert school_year_of(date(2026, 9, 1)) == 2026
    assert school_year_of(date(2027, 7, 31)) == 2026


@given(sessions().filter(lambda found: len(found) <= 4))
def test_hours_are_read_as_they_are_written(found: tuple[Session, ...]) -> None:
    assert parse_sessions(in_words(found)) == found


@pytest.mark.parametrize(
    "text",
    [
        "8:30-11:30",
        "08:30",
        "11:30-08:30",
        "08:30-11:30 10:00-12:00",
        "05:00-08:00",
        "20:00-23:00",
        "24:00-25:00",
        "x",
        "06:00-07:00 08:00-09:00 10:00-11:00 12:00-13:00 14:00-15:00",
    ],
)
def test_hours_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(HoursInvalid):
        parse_sessions(text)


def test_closed_days_are_kept_once_and_in_order() -> None:
    days = (date(2027, 5, 7), date(2026, 12, 1), date(2027, 5, 7))
    assert require_coherent(SchoolHours(closed=days)).closed == (date(2026, 12, 1), date(2027, 5, 7))
    with pytest.raises(HoursInvalid):
        require_coherent(SchoolHours(closed=tuple(date(2026, 1, 1) + timedelta(days=step) for step in range(101))))


def test_dates_are_known_until_the_first_gap_and_run_out_half_a_year_before() -> None:
    def year(begins: int, first: str, last: str) -> SchoolYear:
        return SchoolYear(
            zone="A",
            year=begins,
            first=date.fromisoformat(first),
            last=date.fromisoformat(last),
            breaks=(),
            source="",
        )

    years = (
        year(2026, "2026-09-01", "2027-08-31"),
        year(2027, "2027-09-01", "2028-07-31"),
        year(2029, "2029-09-01", "2030-07-31"),
    )
    zone = Zone(place=place_of("40192"), years=years)
    assert zone.known_until(date(2026, 11, 25)) == date(2028, 7, 31)
    assert zone.known_until(date(2028, 12, 1)) is None
    assert zone.known_until(date(2030, 1, 1)) == date(2030, 7, 31)
    assert zone.year_at(date(2027, 9, 1)) == years[1]
    assert runs_out(None, date(2026, 9, 1))
    assert runs_out(date(2027, 2, 28), date(2026, 9, 1))
    assert not runs_out(date(2027, 3, 5), date(2026, 9, 1))


def test_public_holidays_have_the_names_of_their_place() -> None:
    named = dict(holidays_between(date(2027, 3, 1), date(2027, 12, 31), "alsace-moselle"))
    assert named[date(2027, 3, 26)] == "Good Friday"
    assert named[date(2027, 12, 26)] == "Saint Stephen's Day"
    assert date(2027, 12, 26) not in dict(holidays_between(date(2027, 1, 1), date(2027, 12, 31)))
    # In 2008 the Ascension fell on the first of May: one day, one name.
    assert dict(holidays_between(date(2008, 5, 1), date(2008, 5, 1))) == {date(2008, 5, 1): "Ascension Day"}
