"""What the pages of pupils and loans refuse, and the words for it."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class NoFile(ValiseError):
    """An import came without a file."""

    code: ClassVar[str] = "no_file"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("There is no file to read.")
    hint: ClassVar[str] = N_("Choose the files that ONDE or the town hall gave, then send them.")


class GuardianNotHere(ValiseError):
    """A form names a guardian of another pupil."""

    code: ClassVar[str] = "guardian_not_here"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This guardian is not in the list any more.")
    hint: ClassVar[str] = N_("Load the page again to see who is.")


class PhotoNotShown(ValiseError):
    """A loan has no such photo."""

    code: ClassVar[str] = "photo_not_found"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This photo does not exist.")
    hint: ClassVar[str] = N_("It may have been erased at the end of its time.")
