"""What the doors refuse, and the words for it."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class DoorError(ValiseError):
    """Something about coming in that is refused."""

    status: ClassVar[int] = 422


class StepOver(DoorError):
    """The step was taken already, is too old, or belongs to another browser."""

    code: ClassVar[str] = "step_over"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This took too long, or was begun in another window.")
    hint: ClassVar[str] = N_("Begin again from the sign-in page.")


class CodeRefused(DoorError):
    """A one-time code or a recovery code is not right, or was used already."""

    code: ClassVar[str] = "code_refused"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("This code is not right, or was used already.")
    hint: ClassVar[str] = N_("Wait for the next code of your app, and type it without a blank.")


class FactorThere(DoorError):
    """One-time codes are set up already."""

    code: ClassVar[str] = "factor_there"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("You have one-time codes already.")
    hint: ClassVar[str] = N_("Remove them first if you want to set them up on another telephone.")


class NoFactor(DoorError):
    """There are no one-time codes to confirm or to remove."""

    code: ClassVar[str] = "no_factor"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("There are no one-time codes to set up or to remove.")
    hint: ClassVar[str] = N_("Look at your account's page again.")


class StillNeedsFactor(DoorError):
    """The role needs more than a password, and nothing else would be left."""

    code: ClassVar[str] = "still_needs_factor"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("Your role needs more than a password, and this is all that you have.")
    hint: ClassVar[str] = N_("Add a passkey first.")


class NothingLeft(DoorError):
    """An account would be left without any way in."""

    code: ClassVar[str] = "nothing_left"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("Without it you could not sign in any more.")
    hint: ClassVar[str] = N_("Add another passkey or a password first.")


class PasskeyNotKnown(DoorError):
    """The passkey opens nothing here, or what it signed is not right."""

    code: ClassVar[str] = "passkey_not_known"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("This passkey does not open an account here.")
    hint: ClassVar[str] = N_("Take another passkey, or sign in with your password.")


class ProveFirst(DoorError):
    """What was asked for changes how one signs in, and the sign-in was too long ago."""

    code: ClassVar[str] = "prove_first"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("Confirm first that it is you.")
    hint: ClassVar[str] = N_("Use your passkey or your password again, then repeat.")


class InvitationRefused(DoorError):
    """The code is not one of an open invitation."""

    code: ClassVar[str] = "invitation_refused"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This code is not right, or it is not valid any more.")
    hint: ClassVar[str] = N_(
        "Compare it letter by letter. A code serves once, until the day that is written with it; ask whoever gave it"
        " for a new one if needed."
    )


class InvitationUnknown(DoorError):
    """There is no such invitation, or it is none that this person may change."""

    code: ClassVar[str] = "invitation_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This invitation does not exist.")
    hint: ClassVar[str] = N_("Look at the list of invitations again.")


class InvitationClosed(DoorError):
    """The invitation was used, withdrawn, or is too old."""

    code: ClassVar[str] = "invitation_closed"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This invitation was used or withdrawn, or is too old.")
    hint: ClassVar[str] = N_("Make a new one.")


class NotYoursToGive(DoorError):
    """The person may not give this role in this place."""

    code: ClassVar[str] = "not_yours_to_give"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("You cannot give this role there.")
    hint: ClassVar[str] = N_("Choose another role or place, or ask an administrator of this server.")


class RoleMissing(DoorError):
    """A role or a place was not chosen."""

    code: ClassVar[str] = "role_missing"
    message: ClassVar[str] = N_("Choose a role, and where it holds.")
    hint: ClassVar[str] = N_("Look for the school, class, kit or commune by its name, then choose it.")


class PlaceGone(DoorError):
    """The place of a role does not exist."""

    code: ClassVar[str] = "place_gone"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("The place of this role does not exist any more.")
    hint: ClassVar[str] = N_("Look for another place.")


class WaysMixed(DoorError):
    """Neither a passkey nor a password was given."""

    code: ClassVar[str] = "way_missing"
    message: ClassVar[str] = N_("Choose a passkey or a password.")
    hint: ClassVar[str] = N_("One of the two is enough; you can add the other later.")


class WordsTooLong(DoorError):
    """A text is too long."""

    code: ClassVar[str] = "words_too_long"
    message: ClassVar[str] = N_("This text is longer than {most} characters.")
    hint: ClassVar[str] = N_("Make it shorter.")


class OidcRefused(DoorError):
    """The other service's answer cannot be taken; the reason goes to the log."""

    code: ClassVar[str] = "oidc_refused"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("“{label}” did not confirm who you are.")
    hint: ClassVar[str] = N_("Begin again. If it happens again, tell an administrator of this server.")


class OidcAway(DoorError):
    """The other service does not answer."""

    code: ClassVar[str] = "oidc_away"
    status: ClassVar[int] = 503
    message: ClassVar[str] = N_("“{label}” does not answer now.")
    hint: ClassVar[str] = N_("Try again in a moment, or sign in by another way.")


class OidcUnknown(DoorError):
    """Somebody whom the other service knows, and who has no account here."""

    code: ClassVar[str] = "oidc_unknown"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("Your login at “{label}” does not open an account here yet.")
    hint: ClassVar[str] = N_("Type the code of your invitation first; then choose “{label}” there.")


class OidcTaken(DoorError):
    """The other service's login opens another account."""

    code: ClassVar[str] = "oidc_taken"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This login at “{label}” opens another account here.")
    hint: ClassVar[str] = N_("Sign in with it, or choose another login there.")
