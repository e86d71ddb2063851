"""What the committee's pages refuse by themselves, in words; what the charter refuses has its own."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class AccountNeeded(ValiseError):
    """Whoever asks came without an account of their own, as in the demonstration."""

    code: ClassVar[str] = "account_needed"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("This is done in somebody's own name, and you have not signed in.")
    hint: ClassVar[str] = N_("Sign in with your own account, then do it again.")


class NotThereAnyMore(ValiseError):
    """What was chosen is not among what is agreed now."""

    code: ClassVar[str] = "not_there_any_more"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("What you chose is not on the tablets any more.")
    hint: ClassVar[str] = N_("Another edition may have come meanwhile. Choose again.")


class NothingChanges(ValiseError):
    """A proposal would leave everything as it is."""

    code: ClassVar[str] = "nothing_changes"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("This leaves everything as it is.")
    hint: ClassVar[str] = N_("Change at least one line, then send the form again.")
