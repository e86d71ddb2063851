"""Why a file does not come into the APK store, in words for the technician."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class ApkError(ValiseError):
    """A file cannot be taken in, or found."""

    code: ClassVar[str] = "apk_refused"
    status: ClassVar[int] = 422


class ApkUnreadable(ApkError):
    """The file is no APK, or a broken one; why is said in ``Words``."""

    code: ClassVar[str] = "apk_unreadable"
    message: ClassVar[str] = N_("{file} is not an APK that can be read: {reason}.")
    hint: ClassVar[str] = N_("Fetch the file again from its publisher, and compare its size.")


class ApkNotKept(ApkError):
    """The store's folder cannot take the file."""

    code: ClassVar[str] = "apk_not_kept"
    status: ClassVar[int] = 507
    message: ClassVar[str] = N_("{file} cannot be kept: {reason}.")
    hint: ClassVar[str] = N_("Look whether the disk is full, and whether the server may write to its data folder.")


class ApkUnsigned(ApkError):
    """Android would refuse to install it."""

    code: ClassVar[str] = "apk_unsigned"
    message: ClassVar[str] = N_("{file} is not signed, and no tablet would install it.")
    hint: ClassVar[str] = N_("Ask the publisher for the release that is signed.")


class SignerChanged(ApkError):
    """Another publisher signed an app that is known: Android would refuse the update, and so do we."""

    code: ClassVar[str] = "apk_signer_changed"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("{package} was signed by {old} until now, and this file by {new}.")
    hint: ClassVar[str] = N_(
        "Ask the publisher. If the change is meant, remove the app's older files first, and from the tablets too."
    )


class ApkOlder(ApkError):
    """A newer version is here already."""

    code: ClassVar[str] = "apk_older"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("{package} is here in version {here}, which is newer than {given}.")
    hint: ClassVar[str] = N_("Android never goes back to an older version by itself. Remove the newer file first.")


class ApkConflict(ApkError):
    """Two files say that they are the same version."""

    code: ClassVar[str] = "apk_conflict"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("{package} {version} is here already, with other content.")
    hint: ClassVar[str] = N_("A publisher gives each release a version of its own: find out which file is right.")


class ApkUnknown(ApkError):
    """No such file is in the store."""

    code: ClassVar[str] = "apk_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no APK {reference}.")
    hint: ClassVar[str] = N_("List them with: valise apk list")
