"""What label sheets refuse."""

from typing import ClassVar

from enrollment.errors import EnrollmentError
from mdm.i18n import N_


class StartOutside(EnrollmentError):
    """The sheet has no label of that number to begin with."""

    code: ClassVar[str] = "label_start_outside"
    status: ClassVar[int] = 400
    message: ClassVar[str] = N_("A sheet of this format has no label {start}.")
    hint: ClassVar[str] = N_("Count the labels row by row from the top left, and begin with one from 1 to {last}.")
