"""What is refused about guardians and their codes, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class GuardianError(ValiseError):
    """Something about guardians that was asked for and is refused."""

    code: ClassVar[str] = "guardian_refused"
    status: ClassVar[int] = 422


class GuardianUnknown(GuardianError):
    """There is no such guardian, or not any more."""

    code: ClassVar[str] = "guardian_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This guardian is not in the list any more.")
    hint: ClassVar[str] = N_("Look at the pupil's page again.")


class NotGuardianOf(GuardianError):
    """The guardian does not answer for that pupil."""

    code: ClassVar[str] = "not_guardian_of"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This person is not a guardian of this pupil.")
    hint: ClassVar[str] = N_("Ask the school for a code.")


class CodeMalformed(GuardianError):
    """A text is no code."""

    code: ClassVar[str] = "guardian_code_malformed"
    message: ClassVar[str] = N_("This is not a whole code: it has 26 letters and digits, in groups.")
    hint: ClassVar[str] = N_("Copy it from the school's sheet; capitals, spaces and dashes do not matter.")


class CodeUnknown(GuardianError):
    """No invitation has the code."""

    code: ClassVar[str] = "guardian_code_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This code is not known.")
    hint: ClassVar[str] = N_("Compare it with the school's sheet; if it is right, ask the school for a new one.")


class CodeUsed(GuardianError):
    """The code was used."""

    code: ClassVar[str] = "guardian_code_used"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This code has been used already: it works once.")
    hint: ClassVar[str] = N_("If it was you, sign in. If it was not, tell the school at once: it will give a new code.")


class CodeExpired(GuardianError):
    """The code's time is over."""

    code: ClassVar[str] = "guardian_code_expired"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The time of this code is over.")
    hint: ClassVar[str] = N_("Ask the school for a new one.")


class CodeWithdrawn(GuardianError):
    """The school withdrew the code, or gave a newer one."""

    code: ClassVar[str] = "guardian_code_withdrawn"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The school has withdrawn this code, or has given you a newer one.")
    hint: ClassVar[str] = N_("Use the newest sheet, or ask the school.")


class GuardianLinked(GuardianError):
    """The guardian has an account."""

    code: ClassVar[str] = "guardian_linked"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This guardian has an account already.")
    hint: ClassVar[str] = N_("To give the place to another account, undo the link first.")
