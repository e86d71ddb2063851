"""A tablet's mode, whether it may be used in it, why, and until when; with the words for each."""

from datetime import datetime
from enum import StrEnum

import msgspec

from mdm.i18n import N_


class Mode(StrEnum):
    """Which rules a tablet follows."""

    SCHOOL = "school"
    HOME = "home"
    FOCUS = "focus"
    HOLIDAY = "holiday"
    LOST = "lost"


class Why(StrEnum):
    """What decided a tablet's mode."""

    AT_SCHOOL = "at_school"
    CLASS_MODE = "class_mode"
    BACK_IN_CLASS = "back_in_class"
    HOURS_OF_USE = "hours_of_use"
    OUT_OF_HOURS = "out_of_hours"
    NIGHT = "night"
    DECLARED_LOST = "declared_lost"


class Moded(msgspec.Struct, frozen=True, kw_only=True):
    """A tablet's mode at a moment. ``usable``: apps may be opened.

    ``until``: when something else is allowed, by itself; ``next_at``: when it is another mode, which may allow the
    same, as the holidays do after a day at home. Both in UTC, and None where only a person changes it.
    """

    mode: Mode
    usable: bool = True
    why: Why
    until: datetime | None = None
    next_at: datetime | None = None

    def same_mode(self, other: "Moded") -> bool:
        """Tell whether a tablet stays in the same mode, usable or not as before."""
        return (self.mode, self.usable) == (other.mode, other.usable)

    def allows_same(self, other: "Moded") -> bool:
        """Tell whether the same is allowed: the home rules are those of the holidays too, whose hours say the rest."""
        at_home = {self.mode, other.mode} <= _AT_HOME
        return self.usable == other.usable and (at_home or self.mode is other.mode)


_AT_HOME = frozenset({Mode.HOME, Mode.HOLIDAY})

MODE_NAMES: dict[Mode, str] = {
    Mode.SCHOOL: N_("at school"),
    Mode.HOME: N_("at home"),
    Mode.FOCUS: N_("class mode"),
    Mode.HOLIDAY: N_("holidays"),
    Mode.LOST: N_("declared lost"),
}

WHY_WORDS: dict[Why, str] = {
    Why.AT_SCHOOL: N_("It is in its kit, at school."),
    Why.CLASS_MODE: N_("The teacher started the class mode."),
    Why.BACK_IN_CLASS: N_("It is on loan, and was seen at school in class time."),
    Why.HOURS_OF_USE: N_("It is on loan, in the hours of use."),
    Why.OUT_OF_HOURS: N_("It is on loan, outside the hours of use."),
    Why.NIGHT: N_("It is on loan, and it is night."),
    Why.DECLARED_LOST: N_("It was declared lost."),
}

AT_SCHOOL = Moded(mode=Mode.SCHOOL, why=Why.AT_SCHOOL)
"""What holds where nothing else does."""
