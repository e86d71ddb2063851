"""The words that a renewal forecast is told in, the same in its picture and in its table; pure."""

from collections.abc import Mapping

from mdm.i18n import N_, Translator
from profiles.costs.money import whole_euros
from profiles.costs.renewal import Forecast, Renewal

TITLE = N_("Renewal of tablets by school year")
WITHOUT_SCHOOL = N_("Without a school")


def school_year_name(school_year: int) -> str:
    """Return ``2026-2027`` for the school year that begins in 2026."""
    return f"{school_year}-{school_year + 1}"


def school_name(uai: str, names: Mapping[str, str], words: Translator) -> str:
    """Return a school's name, its code where the name is not known, or that there is none."""
    return names.get(uai, uai) if uai else words(WITHOUT_SCHOOL)


def tablets_in_words(count: int, words: Translator) -> str:
    """Return ``12 tablets``."""
    return words.plural(N_("{n} tablet"), "{n} tablets", count)


def remarks(renewal: Renewal, words: Translator) -> list[str]:
    """Return what is to be said beside an amount: what is overdue, and what the amount leaves out."""
    found = []
    if renewal.overdue:
        found.append(words.plural(N_("{n} overdue"), "{n} overdue", renewal.overdue))
    if renewal.unpriced:
        found.append(words.plural(N_("{n} without a price"), "{n} without a price", renewal.unpriced))
    return found


def year_in_words(renewal: Renewal, words: Translator) -> str:
    """Return ``2026-2027: €12,300 for 24 tablets (2 overdue)``."""
    told = words(
        "{year}: {amount} for {tablets}",
        year=school_year_name(renewal.school_year),
        amount=whole_euros(renewal.amount_cents, words.lang),
        tablets=tablets_in_words(renewal.tablets, words),
    )
    said = remarks(renewal, words)
    return f"{told} ({', '.join(said)})" if said else told


def in_words(forecast: Forecast, words: Translator) -> str:
    """Return the whole forecast in a few sentences, for who does not see the picture."""
    years = [forecast.of_year(year) for year in forecast.years]
    parts = [f"{year_in_words(one, words)}." for one in years if one.tablets] or [nothing_in_words(words)]
    if forecast.undated:
        parts.append(undated_in_words(forecast.undated, words))
    return " ".join(parts)


def nothing_in_words(words: Translator) -> str:
    """Return that nothing is to be replaced."""
    return words("No tablet is to be replaced in the years to come.")


def undated_in_words(count: int, words: Translator) -> str:
    """Return how many tablets are left out, and why."""
    return words.plural(
        N_("{n} tablet has no date in service and is not counted."),
        "{n} tablets have no date in service and are not counted.",
        count,
    )
