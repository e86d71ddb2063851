"""What is refused about addresses of families, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class FamilyLetterError(ValiseError):
    """Something about letters to families that is refused."""

    code: ClassVar[str] = "family_letter_refused"
    status: ClassVar[int] = 422


class NoFamily(FamilyLetterError):
    """The account is no guardian's."""

    code: ClassVar[str] = "account_without_child"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("Your account is not linked to a child, so there is nothing to write to you about.")
    hint: ClassVar[str] = N_("Give the code of the school's sheet first.")


class NoAddress(FamilyLetterError):
    """There is no address to do it with."""

    code: ClassVar[str] = "no_family_address"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("There is no confirmed e-mail address any more.")
    hint: ClassVar[str] = N_("Give one, and type the code that is sent to it.")


class TooManyCodes(FamilyLetterError):
    """Enough letters with a code were sent today."""

    code: ClassVar[str] = "too_many_codes"
    status: ClassVar[int] = 429
    message: ClassVar[str] = N_("{most} letters with a code were sent for you in the last 24 hours: no more now.")
    hint: ClassVar[str] = N_("Look into the folder of unwanted mail; else try again tomorrow.")


class CodeWrong(FamilyLetterError):
    """The code is not that of the letter."""

    code: ClassVar[str] = "address_code_wrong"
    message: ClassVar[str] = N_("This is not the code of the newest letter.")
    hint: ClassVar[str] = N_("Tries that are left: {left}. Capitals, blanks and dashes do not matter.")


class CodeOver(FamilyLetterError):
    """No code is waited for: it was used, its time is over, or it was refused too often."""

    code: ClassVar[str] = "address_code_over"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("No code is waited for: it was used, is over a day old, or was wrong too often.")
    hint: ClassVar[str] = N_("Give the address again: another code is sent to it.")


class StopUnknown(FamilyLetterError):
    """The address that stops letters belongs to no e-mail address any more."""

    code: ClassVar[str] = "stop_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This link stops no letters: they were stopped already, or it is not whole.")
    hint: ClassVar[str] = N_("If letters still come, sign in and take your e-mail address away on the page of e-mails.")
