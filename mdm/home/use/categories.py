"""What use is counted as, and what each platform tells of it: the truth that pages and documents repeat.

Sources: Apple's schema of device management has no command, no status item and no declaration that tells how long an
app was used (Screen Time stays with the family). The open Headwind agent 6.36 reads no usage statistics
(``ui/MainActivity.java`` asks for that permission in another build alone) and its report has no field for it; any app
on the tablet may hand it a text for one of three fields of that report (``IMdmApi.setCustom``).
"""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from mdm.fleet.tablet import Platform
from mdm.i18n import N_


class Category(StrEnum):
    """What a tablet is used for; nothing finer is kept: no app, no address, no time of day."""

    LEARNING = "learning"
    READING = "reading"
    CREATION = "creation"
    WEB = "web"
    OTHER = "other"


CATEGORIES = tuple(Category)
CATEGORY_NAMES: Mapping[Category, str] = {
    Category.LEARNING: N_("Learning"),
    Category.READING: N_("Reading"),
    Category.CREATION: N_("Creating"),
    Category.WEB: N_("Web"),
    Category.OTHER: N_("Other"),
}


class Source(StrEnum):
    """Where minutes come from. ``agent_field``: a text that an app gave the Android agent for its report."""

    AGENT_FIELD = "agent_field"


SOURCE_OF: Mapping[Platform, Source | None] = {Platform.IPAD: None, Platform.ANDROID: Source.AGENT_FIELD}
"""Where a platform's minutes may come from; None where it has no way to tell any."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a platform tells of use. ``minutes``: whether it has any way to tell minutes; ``words`` say it in full."""

    minutes: bool
    words: str


TOLD: Mapping[Platform, Told] = {
    Platform.IPAD: Told(
        minutes=False,
        words=N_("An iPad tells the school nothing of what it is used for. Only the days on which it was heard count."),
    ),
    Platform.ANDROID: Told(
        minutes=True,
        words=N_(
            "The tablet's agent does not measure use. Minutes are there only where an app that measures them is"
            " installed; otherwise only the days on which the tablet was heard count."
        ),
    ),
}
