"""The public holidays of France and of its parts overseas, for any year since 2025.

Source: code du travail, articles L. 3133-1, L. 3134-13 (Alsace and Moselle) and L. 3422-2 (abolition of slavery), and
the holidays of Wallis-et-Futuna, French Polynesia and New Caledonia set there. Easter: the Gregorian computus.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

_FIXED = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
_EASTER_MONDAY, _ASCENSION, _WHIT_MONDAY, _GOOD_FRIDAY = 1, 39, 50, -2

_LOCAL: Mapping[str, tuple[tuple[int, int], ...]] = {
    "alsace-moselle": ((12, 26),),
    "971": ((5, 27),),
    "972": ((5, 22),),
    "973": ((6, 10),),
    "974": ((12, 20),),
    "976": ((4, 27),),
    "977": ((10, 9),),
    "978": ((5, 28),),
    "986": ((4, 28), (6, 29), (7, 29)),
    "987": ((3, 5), (11, 20)),
    "988": ((9, 24),),
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
    sunday = easter(year)
    movable = [_EASTER_MONDAY, _ASCENSION, _WHIT_MONDAY]
    if group in ("alsace-moselle", "987"):
        movable.append(_GOOD_FRIDAY)
    days = {date(year, month, day) for month, day in (*_FIXED, *_LOCAL.get(group, ()))}
    return frozenset(days | {sunday + timedelta(days=step) for step in movable})
