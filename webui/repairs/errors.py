"""What the pages of repairs refuse by themselves, in words; what the repairs refuse has its own."""

from typing import ClassVar

from mdm.i18n import N_
from mdm.repairs.errors import RepairError


class KindMissing(RepairError):
    """A report does not say what is wrong."""

    code: ClassVar[str] = "fault_kind_missing"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("You have not said yet what is wrong.")
    hint: ClassVar[str] = N_("Tap one of the drawings. Photos must be chosen again.")


class LostIsForOthers(RepairError):
    """Whoever reports may not declare a tablet lost."""

    code: ClassVar[str] = "fault_lost_is_for_others"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("Only the head of the school or a technician declares a tablet lost.")
    hint: ClassVar[str] = N_("Tell the head of your school that it is missing.")


class NoPlaceChosen(RepairError):
    """An inventory, or a spare's place, was asked for without saying where."""

    code: ClassVar[str] = "repair_no_place_chosen"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("You have not said yet where.")
    hint: ClassVar[str] = N_("Choose a school or a kit in the list.")


class MovedMeanwhile(RepairError):
    """A tablet is not in the place any more in which it was shown."""

    code: ClassVar[str] = "repair_tablet_moved"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This tablet is not in that place any more.")
    hint: ClassVar[str] = N_("Look for it again: somebody may have moved it.")
