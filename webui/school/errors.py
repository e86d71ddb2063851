"""What the pages of schools refuse by themselves, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class DatesMissing(ValiseError):
    """A form that wants a file of dates came without one."""

    code: ClassVar[str] = "dates_file_missing"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("No file was chosen.")
    hint: ClassVar[str] = N_("Choose the ministry's file, in the form JSON, then have it read.")
