"""What the pages of personal data refuse, and the words for it."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class NotConfirmed(ValiseError):
    """An erasure came without its confirmation."""

    code: ClassVar[str] = "erasure_not_confirmed"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("Nothing was erased: the confirmation is missing.")
    hint: ClassVar[str] = N_("Tick that it cannot be undone, then send it again.")


class NoAccountHere(ValiseError):
    """Whoever asks has no account of their own."""

    code: ClassVar[str] = "no_account_here"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("You are not signed in with an account, so nothing is stored about one.")
    hint: ClassVar[str] = N_("Sign in, then open this page again.")
