"""What is refused of the weekly picture, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class WeekUnknown(ValiseError):
    """The week is not published."""

    code: ClassVar[str] = "picture_week_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no picture of the week of {week}.")
    hint: ClassVar[str] = N_("A week is published on the Thursday after it. Choose one of those that are.")
