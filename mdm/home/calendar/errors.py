"""What the school calendar refuses, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class CalendarError(ValiseError):
    """Something about the school calendar that was asked for and is refused."""

    code: ClassVar[str] = "calendar_refused"
    status: ClassVar[int] = 422


class HoursInvalid(CalendarError):
    """A school's hours do not hold together."""

    code: ClassVar[str] = "hours_invalid"
    message: ClassVar[str] = N_("The school's hours are not right at “{where}”: {reason}.")
    hint: ClassVar[str] = N_("Write each day as 08:30-11:45 13:45-15:45, or leave it empty where there is no class.")


class DateInvalid(CalendarError):
    """A text is not a day."""

    code: ClassVar[str] = "date_invalid"
    message: ClassVar[str] = N_("“{text}” is not a day.")
    hint: ClassVar[str] = N_("Write the year, the month and the day, such as 2027-05-07.")


class CalendarInvalid(CalendarError):
    """A file is not a school calendar."""

    code: ClassVar[str] = "calendar_invalid"
    message: ClassVar[str] = N_("The calendar is not right at {where}: {reason}.")
    hint: ClassVar[str] = N_(
        "Give the ministry's file (data.education.gouv.fr, “Le calendrier scolaire”, as JSON) or one as in"
        " docs/rollouts.md. Nothing was changed."
    )
