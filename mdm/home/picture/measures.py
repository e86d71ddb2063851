"""What the weekly picture counts, and how each figure is protected."""

from collections.abc import Mapping
from enum import StrEnum

from mdm.home.use.categories import CATEGORY_NAMES, Category
from mdm.i18n import N_


class Measure(StrEnum):
    """A figure of the picture."""

    TABLETS = "tablets"
    DAYS_SEEN = "days_seen"
    REPORTING = "reporting"
    LEARNING = "learning"
    READING = "reading"
    CREATION = "creation"
    WEB = "web"
    OTHER = "other"
    SEEN = "seen"
    CONVERGED = "converged"
    BATTERY_LOW = "battery_low"
    FAULTS = "faults"
    BATTERY_FAULTS = "battery_faults"
    OVERDUE = "overdue"


MINUTES: Mapping[Measure, Category] = {Measure(category.value): category for category in Category}
"""Told by school and level, of the tablets that report minutes."""

STATES = (
    Measure.SEEN,
    Measure.CONVERGED,
    Measure.BATTERY_LOW,
    Measure.FAULTS,
    Measure.BATTERY_FAULTS,
    Measure.OVERDUE,
)
"""Told by school alone."""

BATTERY_LOW_PERCENT = 15

MEASURE_NAMES: Mapping[Measure, str] = {
    Measure.TABLETS: N_("Tablets at home"),
    Measure.DAYS_SEEN: N_("Days on which a tablet was heard out of school"),
    Measure.REPORTING: N_("Tablets that tell minutes of use"),
    **{measure: CATEGORY_NAMES[category] for measure, category in MINUTES.items()},
    Measure.SEEN: N_("Heard in the week"),
    Measure.CONVERGED: N_("Hold all that they should"),
    Measure.BATTERY_LOW: N_("Battery nearly empty at the last report"),
    Measure.FAULTS: N_("With a fault that is not settled"),
    Measure.BATTERY_FAULTS: N_("With a fault of the battery"),
    Measure.OVERDUE: N_("Not given back in time"),
}
