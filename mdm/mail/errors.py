"""What this room refuses, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class MailError(ValiseError):
    """Something about letters that is refused."""


class AddressRefused(MailError):
    """The text is no e-mail address that letters are sent to."""

    code: ClassVar[str] = "address_refused"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("This is not an e-mail address.")
    hint: ClassVar[str] = N_("It looks like this: anne.dupont@example.fr")


class NoMail(MailError):
    """This server has no mail server to give letters to."""

    code: ClassVar[str] = "no_mail"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This server sends no e-mail.")
    hint: ClassVar[str] = N_("Print a code instead, or have [mail] set in the configuration.")
