"""What is refused about photos of faults, in words for whoever took them."""

from typing import ClassVar

from mdm.i18n import N_
from mdm.repairs.errors import RepairError

_ANOTHER = N_("Take the photo again, or send the report without it.")


class PhotoRefused(RepairError):
    """A photo cannot be taken in."""

    code: ClassVar[str] = "photo_refused"
    status: ClassVar[int] = 422


class PhotoTooHeavy(PhotoRefused):
    """It has too many bytes."""

    code: ClassVar[str] = "photo_too_heavy"
    status: ClassVar[int] = 413
    message: ClassVar[str] = N_("The photo is larger than {limit} MB.")
    hint: ClassVar[str] = N_("Take it with a smaller size, or send the report without it.")


class PhotoTooLarge(PhotoRefused):
    """It has too many pixels."""

    code: ClassVar[str] = "photo_too_large"
    status: ClassVar[int] = 413
    message: ClassVar[str] = N_("The photo has more than {limit} million pixels.")
    hint: ClassVar[str] = N_("Take it with a smaller size, or send the report without it.")


class PhotoUnreadable(PhotoRefused):
    """It is no picture, or a damaged one."""

    code: ClassVar[str] = "photo_unreadable"
    message: ClassVar[str] = N_("This file is not a photo that can be read (JPEG, PNG or WebP).")
    hint: ClassVar[str] = _ANOTHER


class PhotoHeic(PhotoRefused):
    """It is in Apple's own format."""

    code: ClassVar[str] = "photo_heic"
    message: ClassVar[str] = N_("This photo is in the HEIC format, which cannot be read here.")
    hint: ClassVar[str] = N_(
        "On the iPhone or iPad, choose Settings, Camera, Formats, “Most Compatible”, and take it again."
    )


class PhotosTooMany(PhotoRefused):
    """There are more photos than one report, or one fault, may have."""

    code: ClassVar[str] = "photos_too_many"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("No more than {limit} photos are kept with it.")
    hint: ClassVar[str] = N_("Choose the ones that show the fault best, or send the report without photos.")


class PhotoUnknown(PhotoRefused):
    """The fault has no such photo."""

    code: ClassVar[str] = "photo_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This fault has no such photo.")
    hint: ClassVar[str] = N_("Photos are removed a year after a fault is closed.")


class PhotoNotKept(PhotoRefused):
    """The disk did not take it, or lost it."""

    code: ClassVar[str] = "photo_not_kept"
    status: ClassVar[int] = 507
    message: ClassVar[str] = N_("The photo could not be stored or read: {reason}.")
    hint: ClassVar[str] = N_("Send the report without it, and tell the technician.")
