"""What is refused about inventories, in words for whoever scans."""

from typing import ClassVar

from mdm.i18n import N_
from mdm.repairs.errors import RepairError


class InventoryError(RepairError):
    """Something about an inventory that was asked for and is refused."""

    code: ClassVar[str] = "inventory_refused"


class CodeRefused(InventoryError):
    """What was scanned or typed cannot be a tablet's code."""

    code: ClassVar[str] = "scan_refused"
    status: ClassVar[int] = 422


class CodeEmpty(CodeRefused):
    """Nothing was scanned."""

    code: ClassVar[str] = "scan_empty"
    message: ClassVar[str] = N_("Nothing was scanned.")
    hint: ClassVar[str] = N_("Hold the camera over the label, or type the serial number.")


class LabelDamaged(CodeRefused):
    """It begins as a label's code and does not go on as one."""

    code: ClassVar[str] = "scan_label_damaged"
    message: ClassVar[str] = N_("The code of this label could not be read wholly.")
    hint: ClassVar[str] = N_("Scan it again, or type the serial number that is in the tablet's settings.")


class CodeOfEnrolment(CodeRefused):
    """It is an address or a configuration, as the codes that enrol tablets are; it is kept nowhere."""

    code: ClassVar[str] = "scan_enrolment_code"
    message: ClassVar[str] = N_("This code enrols a tablet; it does not tell which tablet it is.")
    hint: ClassVar[str] = N_("Scan the small inventory label, or type the tablet's serial number.")


class NotACode(CodeRefused):
    """It has characters that no serial number has, or too many; it is kept nowhere."""

    code: ClassVar[str] = "scan_not_a_code"
    message: ClassVar[str] = N_("This is neither a label of a kit nor a serial number.")
    hint: ClassVar[str] = N_("Scan the inventory label, or type the serial number: letters and digits.")


class InventoryUnknown(InventoryError):
    """There is no such inventory."""

    code: ClassVar[str] = "inventory_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no inventory “{inventory}”.")
    hint: ClassVar[str] = N_("Open one for the school or the kit.")


class InventoryClosed(InventoryError):
    """It was closed, so nothing is counted in it any more."""

    code: ClassVar[str] = "inventory_closed"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This inventory is closed.")
    hint: ClassVar[str] = N_("Open a new one to go on scanning.")


class InventoryStillOpen(InventoryError):
    """People may still be scanning."""

    code: ClassVar[str] = "inventory_still_open"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This inventory is still open: what was not scanned yet is not lost.")
    hint: ClassVar[str] = N_("Close it once everybody has finished scanning.")
