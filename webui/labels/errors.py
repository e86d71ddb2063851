"""What the page of labels refuses by itself, in words."""

from typing import ClassVar

from enrollment.errors import EnrollmentError
from mdm.i18n import N_


class NoKitChosen(EnrollmentError):
    """No kit was chosen."""

    code: ClassVar[str] = "labels_no_kit"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("No kit is chosen yet.")
    hint: ClassVar[str] = N_("Tick at least one kit.")


class TooManyLabels(EnrollmentError):
    """More labels were asked for than one file has."""

    code: ClassVar[str] = "labels_too_many"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("These kits have {count} labels together.")
    hint: ClassVar[str] = N_("Choose kits with {limit} labels at most, and print the others afterwards.")
