"""Every commune of France has a zone, a clock and its public holidays."""

from datetime import date

import holidays
import pytest

from mdm.home.calendar.places import ZONES, academy_of, place_of
from mdm.home.calendar.public_holidays import easter, public_holidays

MAINLAND = [f"{number:02d}" for number in range(1, 96) if number != 20]


def test_every_department_of_the_mainland_is_in_one_academy_and_in_a_zone() -> None:
    assert all(academy_of(department) is not None for department in MAINLAND)
    assert {place_of(f"{department}001").zone for department in MAINLAND} == {"A", "B", "C"}


@pytest.mark.parametrize(
    ("insee", "zone", "clock"),
    [
        ("40192", "A", "Europe/Paris"),
        ("69123", "A", "Europe/Paris"),
        ("59350", "B", "Europe/Paris"),
        ("80021", "B", "Europe/Paris"),
        ("75056", "C", "Europe/Paris"),
        ("31555", "C", "Europe/Paris"),
        ("2A004", "corse", "Europe/Paris"),
        ("97105", "guadeloupe", "America/Guadeloupe"),
        ("97701", "guadeloupe", "America/St_Barthelemy"),
        ("97209", "martinique", "America/Martinique"),
        ("97302", "guyane", "America/Cayenne"),
        ("97411", "reunion", "Indian/Reunion"),
        ("97502", "saint-pierre-et-miquelon", "America/Miquelon"),
        ("97608", "mayotte", "Indian/Mayotte"),
        ("98735", "polynesie", "Pacific/Tahiti"),
    ],
)
def test_a_commune_tells_the_zone_and_the_clock(insee: str, zone: str, clock: str) -> None:
    place = place_of(insee)
    assert (place.zone, place.time_zone) == (zone, clock)
    assert place.zone in ZONES


def test_easter_is_where_the_church_has_it() -> None:
    known = {2024: (3, 31), 2025: (4, 20), 2026: (4, 5), 2027: (3, 28), 2028: (4, 16), 2038: (4, 25), 2285: (3, 22)}
    assert {year: (easter(year).month, easter(year).day) for year in known} == known


@pytest.mark.parametrize(
    ("group", "subdivision"),
    [
        ("france", None),
        ("alsace-moselle", "6AE"),
        ("973", "973"),
        ("974", "974"),
        ("976", "976"),
        ("977", "BL"),
        ("986", "WF"),
        ("987", "PF"),
        ("988", "NC"),
    ],
)
def test_public_holidays_are_those_that_another_publication_has(group: str, subdivision: str | None) -> None:
    for year in range(2026, 2046):
        assert public_holidays(year, group) == frozenset(holidays.country_holidays("FR", subdivision, years=year))


@pytest.mark.parametrize(("group", "day"), [("971", (5, 27)), ("972", (5, 22)), ("978", (5, 28))])
def test_the_antilles_add_the_day_on_which_slavery_was_abolished_and_no_custom(
    group: str, day: tuple[int, int]
) -> None:
    for year in range(2026, 2046):
        assert public_holidays(year, group) == public_holidays(year) | {date(year, *day)}
