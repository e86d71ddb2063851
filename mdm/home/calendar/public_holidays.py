"""The public holidays of France and of its parts overseas, for any year since 2025.

Source: code du travail, articles L. 3133-1, L. 3134-13 (Alsace and Moselle) and L. 3422-2 (abolition of slavery), and
the holidays of Wallis-et-Futuna, French Polynesia and New Caledonia set there. Easter: the Gregorian computus.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

from mdm.i18n import N_

_FIXED: Mapping[tuple[int, int], str] = {
    (1, 1): N_("New Year's Day"),
    (5, 1): N_("Labour Day"),
    (5, 8): N_("Victory of 1945"),
    (7, 14): N_("National Day"),
    (8, 15): N_("Assumption"),
    (11, 1): N_("All Saints' Day"),
    (11, 11): N_("Armistice of 1918"),
    (12, 25): N_("Christmas"),
}
_MOVABLE: Mapping[int, str] = {
    1: N_("Easter Monday"),
    39: N_("Ascension Day"),
    50: N_("Whit Monday"),
}
"""By days after Easter."""
_GOOD_FRIDAY: Mapping[int, str] = {-2: N_("Good Friday")}
_GOOD_FRIDAY_PLACES = ("alsace-moselle", "987")
_ABOLITION = N_("Abolition of slavery")

_LOCAL: Mapping[str, Mapping[tuple[int, int], str]] = {
    "alsace-moselle": {(12, 26): N_("Saint Stephen's Day")},
    "971": {(5, 27): _ABOLITION},
    "972": {(5, 22): _ABOLITION},
    "973": {(6, 10): _ABOLITION},
    "974": {(12, 20): _ABOLITION},
    "976": {(4, 27): _ABOLITION},
    "977": {(10, 9): _ABOLITION},
    "978": {(5, 28): _ABOLITION},
    "986": {
        (4, 28): N_("Saint Peter Chanel's Day"),
        (6, 29): N_("Saints Peter and Paul"),
        (7, 29): N_("Day of the territory"),
    },
    "987": {(3, 5): N_("Arrival of the Gospel"), (11, 20): N_("Public holiday of the territory")},
    "988": {(9, 24): N_("Day of citizenship")},
}


def easter(year: int) -> date:
    """Return Easter Sunday of a year of the Gregorian calendar."""
    century = year // 100
    golden = year % 19
    moon = (century - century // 4 - (8 * century + 13) // 25 + 19 * golden + 15) % 30
    moon -= (moon // 28) * (1 - (moon // 28) * (29 // (moon + 1)) * ((21 - golden) // 11))
    weekday = (year + year // 4 + moon + 2 - century + century // 4) % 7
    offset = moon - weekday
    month = 3 + (offset + 40) // 44
    return date(year, month, offset + 28 - 31 * (month // 4))


@lru_cache(maxsize=256)
def public_holidays(year: int, group: str = "france") -> frozenset[date]:
    """Return the public holidays of a year for a group of departments, as `Place.holidays` names it."""
    return frozenset(_named(year, group))


def holidays_between(first: date, last: date, group: str = "france") -> tuple[tuple[date, str], ...]:
    """Return the public holidays from one day to another, both among them, in order, with their names to translate."""
    named = [pair for year in range(first.year, last.year + 1) for pair in _named(year, group).items()]
    return tuple(sorted(pair for pair in named if first <= pair[0] <= last))


@lru_cache(maxsize=256)
def _named(year: int, group: str) -> Mapping[date, str]:
    movable = {**_MOVABLE, **(_GOOD_FRIDAY if group in _GOOD_FRIDAY_PLACES else {})}
    fixed = {**_LOCAL.get(group, {}), **_FIXED}
    days = {date(year, month, day): name for (month, day), name in fixed.items()}
    # Where two fall on one day, as the Ascension on a first of May, the feast that moves is named.
    return days | {easter(year) + timedelta(days=step): name for step, name in movable.items()}
