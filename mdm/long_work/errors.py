"""What is refused about long work, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class LongWorkError(ValiseError):
    """Something about long work was asked for and is refused."""

    code: ClassVar[str] = "long_work_refused"


class WorkUnknown(LongWorkError):
    """There is no such work."""

    code: ClassVar[str] = "long_work_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This work is not there.")
    hint: ClassVar[str] = N_("What was only prepared is forgotten after an hour. Prepare it again.")


class WorkExpired(LongWorkError):
    """It was prepared too long ago."""

    code: ClassVar[str] = "long_work_expired"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This was prepared too long ago to be carried out.")
    hint: ClassVar[str] = N_("Prepare it again, and look at what would be done now.")


class WorkEnded(LongWorkError):
    """It has ended, so that nothing of it can be stopped or carried on."""

    code: ClassVar[str] = "long_work_ended"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This work has ended already.")
    hint: ClassVar[str] = N_("Look at what was done.")
