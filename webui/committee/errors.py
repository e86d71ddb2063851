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


class FieldUnreadable(ValiseError):
    """A field of a form holds what cannot be read."""

    code: ClassVar[str] = "field_unreadable"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("“{field}” cannot be read: {reason}.")
    hint: ClassVar[str] = N_("Correct it and send the form again; what you wrote is still there.")


class NothingChosen(ValiseError):
    """A form was sent before something was chosen."""

    code: ClassVar[str] = "nothing_chosen"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("Nothing is chosen yet.")
    hint: ClassVar[str] = N_("Choose one of the lines, or fill in the form, then send it again.")


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
