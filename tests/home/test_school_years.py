"""The dates that come with Valise are the official ones, and a file replaces them; a bad file changes nothing."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.home.calendar.errors import CalendarInvalid
from mdm.home.calendar.school_years import FORMAT, parse_school_years, shipped
from mdm.home.calendar.zone import SchoolYear


def free_days(year: SchoolYear) -> set[date]:
    return {one.first + timedelta(days=step) for one in year.breaks for step in range((one.last - one.first).days + 1)}


def of(zone: str, year: int) -> SchoolYear:
    return next(one for one in shipped() if (one.zone, one.year) == (zone, year))


@pytest.mark.parametrize("zone", ["A", "B", "C"])
@pytest.mark.parametrize("year", [2025, 2026, 2027])
def test_the_mainland_has_the_days_that_another_publication_has(zone: str, year: int) -> None:
    ours = of(zone, year)
    theirs = holidays.country_holidays("FR", f"Zone {zone}", years=(year, year + 1), categories="school")
    days = [ours.first + timedelta(days=step) for step in range((ours.last - ours.first).days + 1)]
    assert [day for day in days if day in theirs] == sorted(free_days(ours))


def test_this_year_is_right_in_words_of_the_decree() -> None:
    breaks = {one.name: (one.first, one.last + timedelta(days=1)) for one in of("B", 2026).breaks}
    assert breaks["Vacances d'hiver"] == (date(2027, 2, 20), date(2027, 3, 8))
    assert breaks["Vacances de printemps"] == (date(2027, 4, 17), date(2027, 5, 3))
    assert all("arrêté" in year.source for year in shipped() if year.zone in "ABC")


@pytest.mark.parametrize("zone", ["A", "B", "C", "corse", "reunion"])
def test_a_year_of_school_has_its_thirty_six_weeks(zone: str) -> None:
    year = of(zone, 2026)
    weeks = {
        day.isocalendar()[:2]
        for step in range(365)
        if (day := year.first + timedelta(days=step)) <= date(2027, 7, 10)
        and day.weekday() < 5
        and day not in free_days(year)
    }
    assert 35 <= len(weeks) <= 38


def line(**changes: Any) -> dict[str, Any]:
    return {
        "description": "Vacances de la Toussaint",
        "population": "-",
        "start_date": "2026-10-16T22:00:00+00:00",
        "end_date": "2026-11-01T23:00:00+00:00",
        "location": "Amiens",
        "zones": "Zone B",
        "annee_scolaire": "2026-2027",
    } | changes


MINISTRY = [
    line(),
    line(location="Lille"),
    line(
        description="Vacances d'Été",
        population="Enseignants",
        start_date="2027-07-02T22:00:00+00:00",
        end_date="2027-08-31T22:00:00+00:00",
    ),
    line(
        description="Vacances d'Été",
        population="Élèves",
        start_date="2027-07-02T22:00:00+00:00",
        end_date="2027-09-01T22:00:00+00:00",
    ),
    line(
        description="Pont de l'Ascension",
        start_date="2027-05-06T22:00:00+00:00",
        end_date="2027-05-06T22:00:00+00:00",
    ),
    line(zones="Zone D"),
]


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda lines: lines,
        lambda lines: {"total_count": len(lines), "results": lines},
        lambda lines: {"records": [{"fields": one} for one in lines]},
    ],
)
def test_the_ministrys_file_is_read_in_each_of_its_forms(wrapped: Callable[[list[Any]], Any]) -> None:
    (year,) = parse_school_years(json.dumps(wrapped(MINISTRY)).encode())
    assert (year.zone, year.year) == ("B", 2026)
    assert {one.name: (one.first, one.last) for one in year.breaks} == {
        "Vacances de la Toussaint": (date(2026, 10, 17), date(2026, 11, 1)),
        "Pont de l'Ascension": (date(2027, 5, 7), date(2027, 5, 7)),
        "Vacances d'Été": (date(2027, 7, 3), date(2027, 9, 1)),
    }


def test_pupils_leave_after_class_on_a_day_of_the_week() -> None:
    lines = [line(zones="Réunion", start_date="2027-03-15T23:00:00+00:00", end_date="2027-03-29T22:00:00+00:00")]
    (year,) = parse_school_years(json.dumps(lines).encode())
    assert (year.breaks[0].first, year.breaks[0].last) == (date(2027, 3, 17), date(2027, 3, 29))


def test_where_lines_differ_only_days_that_all_call_free_are_free() -> None:
    lines = [line(population="Élèves"), line(population="Premier degré", start_date="2026-10-20T22:00:00+00:00")]
    (year,) = parse_school_years(json.dumps(lines).encode())
    assert year.breaks[0].first == date(2026, 10, 22)


def test_a_summer_of_which_only_the_beginning_is_known_lasts_until_the_end_of_august() -> None:
    lines = [
        line(
            description="Début des Vacances d'Été",
            start_date="2028-07-03T22:00:00+00:00",
            end_date="2028-07-03T22:00:00+00:00",
            annee_scolaire="2027-2028",
        )
    ]
    (year,) = parse_school_years(json.dumps(lines).encode())
    assert (year.breaks[0].first, year.breaks[0].last) == (date(2028, 7, 5), date(2028, 8, 31))


def own(**changes: Any) -> dict[str, Any]:
    year = {
        "zone": "guyane",
        "year": 2026,
        "first": "2026-09-01",
        "last": "2027-08-31",
        "source": "arrêté rectoral",
        "breaks": [{"name": "Toussaint", "first": "2026-10-17", "last": "2026-11-01"}],
    }
    return {"format": FORMAT, "years": [year | changes]}


def test_our_own_form_is_read_as_it_is_shipped() -> None:
    (year,) = parse_school_years(json.dumps(own()).encode())
    assert year.zone == "guyane"


@pytest.mark.parametrize(
    "tree",
    [
        own(zone="D"),
        own(year=1800),
        own(first="2027-09-01", last="2026-08-31"),
        own(first="2026-13-01"),
        own(breaks=[{"name": "x", "first": "2026-11-02", "last": "2026-11-01"}]),
        own(breaks=[{"name": "x", "first": "2025-11-01", "last": "2025-11-02"}]),
        own(breaks=[{"name": "x", "first": "2026-10-01", "last": "2027-05-01"}]),
        own(breaks=[{"name": "x", "first": "2026-10-01", "last": "2026-10-05", "other": 1}]),
        own(
            breaks=[
                {"name": "x", "first": "2026-10-01", "last": "2026-10-05"},
                {"name": "y", "first": "2026-10-05", "last": "2026-10-09"},
            ]
        ),
        {"format": FORMAT, "years": own()["years"] * 2},
        {"format": FORMAT, "years": []},
        {"format": "other"},
        [line(start_date="yesterday")],
        [line(annee_scolaire="next year")],
        [{"description": "x"}],
        [],
        "calendar",
        None,
    ],
)
def test_what_is_no_calendar_is_refused_in_words(tree: Any) -> None:
    with pytest.raises(CalendarInvalid):
        parse_school_years(json.dumps(tree).encode())


@given(st.binary(max_size=200))
def test_any_bytes_are_a_calendar_or_refused(body: bytes) -> None:
    with pytest.raises(CalendarInvalid):
        parse_school_years(body)
