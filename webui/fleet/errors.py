"""What the pages of the fleet refuse by themselves, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class NotSure(ValiseError):
    """Something that cannot be undone was asked for without the box ticked."""

    code: ClassVar[str] = "not_sure"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("Nothing was done: this cannot be undone.")
    hint: ClassVar[str] = N_("Tick the box if you are sure.")


class FileMissing(ValiseError):
    """A form that wants a file came without one."""

    code: ClassVar[str] = "import_file_missing"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("No file was chosen.")
    hint: ClassVar[str] = N_("Choose a CSV file on this device, then try it.")


class FileForgotten(ValiseError):
    """A file that was tried is not kept any more."""

    code: ClassVar[str] = "import_file_forgotten"
    status: ClassVar[int] = 410
    message: ClassVar[str] = N_("This file is not kept any more, so nothing was imported.")
    hint: ClassVar[str] = N_("A file that was tried is kept for an hour. Choose it again.")


class SchoolNotChosen(ValiseError):
    """A kit is to be made for no school."""

    code: ClassVar[str] = "kit_school_not_chosen"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("You have not said yet for which school.")
    hint: ClassVar[str] = N_("Look for the school, then choose it.")


class SlotsNotNumber(ValiseError):
    """A kit is to be made with a number of places that is none."""

    code: ClassVar[str] = "kit_slots_not_number"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The number of places cannot be read.")
    hint: ClassVar[str] = N_("Write a whole number from 1 to {limit}.")
