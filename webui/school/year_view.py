"""A school year to read: its holidays and public holidays, with days as people say them."""

from collections.abc import Sequence
from datetime import date

import msgspec
from babel.dates import format_date

from mdm.home.calendar.places import ZONES
from mdm.home.calendar.public_holidays import holidays_between
from mdm.home.calendar.zone import SchoolYear, Zone, school_year_of
from mdm.i18n import N_, Translator


class Line(msgspec.Struct, frozen=True):
    """What is free, and when."""

    name: str
    days: str


class YearView(msgspec.Struct, frozen=True, kw_only=True):
    """A school year; ``source`` is empty where nothing is published of it."""

    title: str
    breaks: tuple[Line, ...]
    public: tuple[Line, ...]
    source: str


def years_shown(zone: Zone, today: date, words: Translator) -> list[YearView]:
    """Return the school year of a day, and those after it that are published."""
    now = zone.year_at(today)
    later = sorted((one for one in zone.years if one.first > today and one is not now), key=lambda one: one.first)
    if now is not None:
        return [_published(one, zone, words) for one in (now, *later)]
    begins = school_year_of(today)
    first, last = date(begins, 8, 1), date(begins + 1, 7, 31)
    nothing = YearView(
        title=f"{begins}-{begins + 1}", breaks=(), public=_public(zone, first, last, words), source=""
    )  # fmt: skip
    return [nothing, *[_published(one, zone, words) for one in later]]


def title_of(year: SchoolYear) -> str:
    """Return a school year as it is called: 2026-2027, or 2027 where it is that of the calendar."""
    return str(year.year) if year.last.year == year.year else f"{year.year}-{year.year + 1}"


def breaks_of(year: SchoolYear, words: Translator) -> tuple[Line, ...]:
    """Return the holidays of a school year; their names are those of the file that gave them."""
    return tuple(Line(one.name, span_in_words(one.first, one.last, words)) for one in year.breaks)


def zone_name(zone: str) -> str:
    """Return a zone's name, which is a proper noun."""
    return ZONES[zone]


def in_words(day: date, words: Translator) -> str:
    """Return a day with the day of the week."""
    text = str(format_date(day, format="full", locale=words.lang))
    # French has an ordinal for the first of a month alone, which the locale data leaves out.
    return text.replace(" 1 ", " 1er ") if words.lang == "fr" and day.day == 1 else text


def span_in_words(first: date, last: date, words: Translator) -> str:
    """Return days in words."""
    if first == last:
        return in_words(first, words)
    return words(N_("from {first} to {last}"), first=in_words(first, words), last=in_words(last, words))


def _published(year: SchoolYear, zone: Zone, words: Translator) -> YearView:
    return YearView(
        title=title_of(year),
        breaks=breaks_of(year, words),
        public=_public(zone, year.first, year.last, words),
        source=year.source,
    )


def _public(zone: Zone, first: date, last: date, words: Translator) -> tuple[Line, ...]:
    named: Sequence[tuple[date, str]] = holidays_between(first, last, zone.place.holidays)
    return tuple(Line(words(name), in_words(day, words)) for day, name in named)
