"""What is refused about faults, spares and inventories, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class RepairError(ValiseError):
    """Something about faults, spares or inventories that was asked for and is refused."""

    code: ClassVar[str] = "repair_refused"


class FaultUnknown(RepairError):
    """There is no such fault."""

    code: ClassVar[str] = "fault_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no fault “{fault}”.")
    hint: ClassVar[str] = N_("Look at the list of faults.")


class KindUnknown(RepairError):
    """A text names no kind of fault."""

    code: ClassVar[str] = "fault_kind_unknown"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("“{kind}” is not a kind of fault.")
    hint: ClassVar[str] = N_("Choose one of: {known}.")


class WordsTooLong(RepairError):
    """A text is longer than what is kept."""

    code: ClassVar[str] = "fault_words_too_long"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The text has {length} characters.")
    hint: ClassVar[str] = N_("Write {limit} characters at most.")


class WordsMissing(RepairError):
    """A step needs a text that is empty."""

    code: ClassVar[str] = "fault_words_missing"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("Something is not written: {what}.")
    hint: ClassVar[str] = N_("Write it: whoever looks at this repair later must understand it.")


class AmountRefused(RepairError):
    """An amount is no repair's price."""

    code: ClassVar[str] = "repair_amount_refused"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("This amount is not possible for a repair.")
    hint: ClassVar[str] = N_("Write an amount above zero, of {limit} € at most.")


class TabletGone(RepairError):
    """The tablet has left the fleet for good."""

    code: ClassVar[str] = "fault_tablet_gone"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This tablet has left the fleet for good.")
    hint: ClassVar[str] = N_("Check which tablet it is, with its label or its serial number.")


class LostIsNoRepair(RepairError):
    """A lost tablet is in nobody's hands."""

    code: ClassVar[str] = "fault_lost_is_no_repair"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The tablet is lost: it cannot be repaired.")
    hint: ClassVar[str] = N_("Say that it was found, replace it with a spare, or write it off.")


class AnotherUnderWay(RepairError):
    """The tablet has another fault of that kind that is not closed."""

    code: ClassVar[str] = "fault_another_under_way"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The same fault was reported again and is not closed yet.")
    hint: ClassVar[str] = N_("Go on with the newer report; this one stays closed.")


class NoPlaceToFill(RepairError):
    """The tablet that should be replaced has no place in a kit."""

    code: ClassVar[str] = "repair_no_place_to_fill"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The tablet has no place in a kit, so no spare can take it.")
    hint: ClassVar[str] = N_("To fill an empty place, take a spare from the pool.")


class NotASpare(RepairError):
    """A tablet is not in the pool, or cannot be used."""

    code: ClassVar[str] = "spare_not_a_spare"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The tablet {tablet} is not a spare: it has a place in a kit, or cannot be used.")
    hint: ClassVar[str] = N_("Choose one from the list of spares.")


class SpareReserved(RepairError):
    """A spare is put aside for another repair."""

    code: ClassVar[str] = "spare_reserved"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The tablet {tablet} is put aside for another repair.")
    hint: ClassVar[str] = N_("Choose another spare, or release this one first.")


class SpareOfOtherKind(RepairError):
    """A spare is an iPad and the broken tablet is not, or the reverse."""

    code: ClassVar[str] = "spare_of_other_kind"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The tablet {tablet} is not of the same kind as the one that it should replace.")
    hint: ClassVar[str] = N_("An iPad replaces an iPad, an Android tablet an Android tablet.")


class FaultSettled(RepairError):
    """The fault waits for nothing any more."""

    code: ClassVar[str] = "fault_settled"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This fault is settled.")
    hint: ClassVar[str] = N_("If it is not over, reopen it first.")


class PlaceTextTooLong(RepairError):
    """The words for a place are too many."""

    code: ClassVar[str] = "spare_place_too_long"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The name of the place has {length} characters.")
    hint: ClassVar[str] = N_("Write {limit} characters at most, such as “workshop, shelf 2”.")


class WarrantyMonthsRefused(RepairError):
    """A warranty cannot last so long."""

    code: ClassVar[str] = "warranty_months_refused"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("A warranty of {months} months is not possible.")
    hint: ClassVar[str] = N_("Write a number of months from 1 to {limit}.")
