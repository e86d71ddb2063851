"""What an evaluation may ask for: a closed list, by pupil and week. Nothing else can be exported."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from mdm.home.use.categories import Category
from mdm.home.use.sightings import HOUR_BUCKETS
from mdm.i18n import N_

ROUND_MINUTES = 15
"""Minutes are rounded to this: exact ones could be matched with what a family sees, or with published sums."""


class Variable(StrEnum):
    """A column of an export."""

    DAYS_ON_LOAN = "days_on_loan"
    DAYS_SEEN = "days_seen"
    HOURS_SEEN = "hours_seen"
    MINUTES_LEARNING = "minutes_learning"
    MINUTES_READING = "minutes_reading"
    MINUTES_CREATION = "minutes_creation"
    MINUTES_WEB = "minutes_web"
    MINUTES_OTHER = "minutes_other"


MINUTES: Mapping[Variable, Category] = {
    Variable.MINUTES_LEARNING: Category.LEARNING,
    Variable.MINUTES_READING: Category.READING,
    Variable.MINUTES_CREATION: Category.CREATION,
    Variable.MINUTES_WEB: Category.WEB,
    Variable.MINUTES_OTHER: Category.OTHER,
}

Figure = int | str | None


class VariableWords(msgspec.Struct, frozen=True, kw_only=True):
    """A variable in words: what it is, in what unit, and from which values where they are few."""

    label: str
    unit: str
    missing: str = N_("never missing")
    values: tuple[str, ...] = ()


_MINUTES_UNIT = N_("minutes in the week, rounded to the nearest 15")
_MINUTES_MISSING = N_("empty where the pupil's tablet told no minutes in that week, as all iPads and most others")

VARIABLE_WORDS: Mapping[Variable, VariableWords] = {
    Variable.DAYS_ON_LOAN: VariableWords(
        label=N_("Whole days of the week on which the family had the tablet"), unit=N_("days, 0 to 7")
    ),
    Variable.DAYS_SEEN: VariableWords(
        label=N_("Days on which the tablet was heard out of school; not whether anybody used it"),
        unit=N_("days, 0 to 7"),
    ),
    Variable.HOURS_SEEN: VariableWords(
        label=N_("In how many hours of the week the tablet was heard out of school: none, 1 to 4, 5 to 14, 15 or more"),
        unit=N_("a word"),
        values=tuple(name for name, _ in HOUR_BUCKETS),
    ),
    Variable.MINUTES_LEARNING: VariableWords(
        label=N_("Use of learning apps"), unit=_MINUTES_UNIT, missing=_MINUTES_MISSING
    ),
    Variable.MINUTES_READING: VariableWords(
        label=N_("Use of books and reading apps"), unit=_MINUTES_UNIT, missing=_MINUTES_MISSING
    ),
    Variable.MINUTES_CREATION: VariableWords(
        label=N_("Use of apps for making things"), unit=_MINUTES_UNIT, missing=_MINUTES_MISSING
    ),
    Variable.MINUTES_WEB: VariableWords(label=N_("Use of the web"), unit=_MINUTES_UNIT, missing=_MINUTES_MISSING),
    Variable.MINUTES_OTHER: VariableWords(label=N_("Any other use"), unit=_MINUTES_UNIT, missing=_MINUTES_MISSING),
}


def rounded(minutes: int) -> int:
    """Return minutes as they are exported; halves go up."""
    return (minutes + ROUND_MINUTES // 2) // ROUND_MINUTES * ROUND_MINUTES
