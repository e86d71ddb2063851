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
    hint: ClassVar[str] = N_(
        "Give each time of class its begin and its end, such as 08:30-11:45, in the order of the day; leave a day"
        " without class empty."
    )


class DateInvalid(CalendarError):
    """A text is not a day."""

    code: ClassVar[str] = "date_invalid"
    message: ClassVar[str] = N_("“{text}” is not a day.")
    hint: ClassVar[str] = N_("Write the year, the month and the day, such as 2027-05-07.")


class DayFarAway(CalendarError):
    """A day lies so far away that it must be a slip."""

    code: ClassVar[str] = "day_far_away"
    message: ClassVar[str] = N_("{day} lies too far away.")
    hint: ClassVar[str] = N_("Name a day of this school year or of the next ones.")


class DayWithoutClass(CalendarError):
    """A school is to be closed on a day on which it has no class."""

    code: ClassVar[str] = "day_without_class"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("There is no class on {day} already.")
    hint: ClassVar[str] = N_("It is a closed day, in the holidays, a public holiday, or a day without hours of class.")


class DayNotClosed(CalendarError):
    """A school is to be opened on a day on which it is not closed."""

    code: ClassVar[str] = "day_not_closed"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("{day} is not a closed day of this school.")
    hint: ClassVar[str] = N_("It may have been removed in the meantime. Look at the list again.")


class CalendarInvalid(CalendarError):
    """A file is not a school calendar."""

    code: ClassVar[str] = "calendar_invalid"
    message: ClassVar[str] = N_("The calendar is not right, {where}: {reason}.")
    hint: ClassVar[str] = N_(
        "Give the ministry's file (data.education.gouv.fr, “Le calendrier scolaire”, as JSON) or one in"
        " this server's own form. Nothing was changed."
    )


class CalendarLineInvalid(CalendarInvalid):
    """A line of the ministry's file cannot be read."""

    message: ClassVar[str] = N_("The calendar is not right on line {line}: {reason}.")
