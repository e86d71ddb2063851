"""What the people listener refuses, and the words for it."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class PageNotFound(ValiseError):
    """There is no such page."""

    code: ClassVar[str] = "page_not_found"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This page does not exist.")
    hint: ClassVar[str] = N_("Check the address, or start again from your first page.")


class KitNotShown(ValiseError):
    """There is no such kit."""

    code: ClassVar[str] = "kit_not_found"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This kit does not exist.")
    hint: ClassVar[str] = N_("It may have been removed. Look for it in the list of kits.")


class SlotNotShown(ValiseError):
    """The kit has no such slot."""

    code: ClassVar[str] = "slot_not_found"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This kit has no such slot.")
    hint: ClassVar[str] = N_("Go back to the kit's page and choose one of its slots.")


class TabletNotShown(ValiseError):
    """There is no such tablet."""

    code: ClassVar[str] = "tablet_not_found"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("This tablet does not exist.")
    hint: ClassVar[str] = N_("Look for it on its kit's page.")


class NoTicket(ValiseError):
    """No code lets a tablet join here now."""

    code: ClassVar[str] = "no_ticket"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no valid code to scan here at the moment.")
    hint: ClassVar[str] = N_("Every slot is taken, or the code has expired. A technician can make a new one.")


class ForeignHost(ValiseError):
    """The request names a host that is not this server."""

    code: ClassVar[str] = "foreign_host"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("This address is not one that this server answers to.")
    hint: ClassVar[str] = N_("The demonstration answers on its own machine only: use http://localhost with its port.")


class ForeignRequest(ValiseError):
    """A form was sent from elsewhere than our own pages, or from one that is too old."""

    code: ClassVar[str] = "foreign_request"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("This form could not be checked, so nothing was done.")
    hint: ClassVar[str] = N_("Go back, reload the page and try again. Cookies must be allowed.")


class ScopeMalformed(ValiseError):
    """A text names no scope."""

    code: ClassVar[str] = "scope_malformed"
    status: ClassVar[int] = 400
    message: ClassVar[str] = N_("“{scope}” does not say where a role holds.")
    hint: ClassVar[str] = N_(
        "Write territory, commune:<INSEE code>, school:<UAI>, class:<identifier>, kit:<identifier>"
        " or seat:<identifier>."
    )


class PlaceNeeded(ValiseError):
    """A role that holds in some school was given without saying in which."""

    code: ClassVar[str] = "place_needed"
    status: ClassVar[int] = 400
    message: ClassVar[str] = N_("Say where the role “{role}” holds.")
    hint: ClassVar[str] = N_("For example in one school, school:0400377T; or territory for all of them.")


class AccountChanged(ValiseError):
    """Somebody changed the account in between."""

    code: ClassVar[str] = "account_changed"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The account {login} was changed by somebody else in the meantime.")
    hint: ClassVar[str] = N_("Look at it again, and repeat what is still needed.")


class NotAllowed(ValiseError):
    """The person's role does not open it, or not in this place."""

    code: ClassVar[str] = "not_allowed"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("You are not allowed to do or see this.")
    hint: ClassVar[str] = N_("If your work needs it, ask an administrator of this server.")


class SignInNeeded(ValiseError):
    """Nobody is signed in."""

    code: ClassVar[str] = "sign_in_needed"
    status: ClassVar[int] = 401
    message: ClassVar[str] = N_("You need to sign in to see this.")
    hint: ClassVar[str] = N_("Open the sign-in page.")


class SignInRefused(ValiseError):
    """The login and the password do not belong together; which of them is wrong is not told."""

    code: ClassVar[str] = "sign_in_refused"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("The login or the password is not right.")
    hint: ClassVar[str] = N_("Check both, and that capital letters are not locked.")


class TooManyAttempts(ValiseError):
    """Too many wrong passwords from one place."""

    code: ClassVar[str] = "too_many_attempts"
    status: ClassVar[int] = 429
    message: ClassVar[str] = N_("Too many attempts.")
    hint: ClassVar[str] = N_("Wait {minutes} min, then try again.")

    def __init__(self, *, wait_ms: int) -> None:
        self.wait_s = max(1, -(-wait_ms // 1000))
        super().__init__(minutes=-(-self.wait_s // 60))


class LoginMalformed(ValiseError):
    """The login has a form that is not accepted."""

    code: ClassVar[str] = "login_malformed"
    message: ClassVar[str] = N_("This login cannot be used.")
    hint: ClassVar[str] = N_("Take 2 to 64 lower-case letters, digits, dots, hyphens, underscores or @.")


class LoginTaken(ValiseError):
    """There is already an account with this login."""

    code: ClassVar[str] = "login_taken"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("There is already an account with this login.")
    hint: ClassVar[str] = N_("Choose another login.")


class LoginUsedBefore(LoginTaken):
    """Seats or passkeys of somebody who was here before are known by this login."""

    code: ClassVar[str] = "login_used_before"
    message: ClassVar[str] = N_("Somebody who was here before had this login.")


class PasswordTooShort(ValiseError):
    """The password is too short."""

    code: ClassVar[str] = "password_too_short"
    message: ClassVar[str] = N_("This password is too short.")
    hint: ClassVar[str] = N_("Take at least {minimum} characters; four or five words make a good one.")


class PasswordTooLong(ValiseError):
    """The password is longer than any that is looked at."""

    code: ClassVar[str] = "password_too_long"
    message: ClassVar[str] = N_("This password is too long.")
    hint: ClassVar[str] = N_("Take at most {maximum} characters.")


class AccountUnknown(ValiseError):
    """There is no account with this login."""

    code: ClassVar[str] = "account_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no account “{login}”.")
    hint: ClassVar[str] = N_("Look at the list of accounts.")


class LastAdministrator(ValiseError):
    """Nobody would be left to manage accounts."""

    code: ClassVar[str] = "last_administrator"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("This is the last account of an administrator.")
    hint: ClassVar[str] = N_("Create another administrator's account first.")


class ServerFault(ValiseError):
    """Something that we did not foresee."""

    code: ClassVar[str] = "server_fault"
    status: ClassVar[int] = 500
    message: ClassVar[str] = N_("Something went wrong on our side.")
    hint: ClassVar[str] = N_(
        "Try again in a moment. If it happens again, give the technician the reference {reference}."
    )


class TookTooLong(ValiseError):
    """The request was not finished in the time that it has."""

    code: ClassVar[str] = "took_too_long"
    status: ClassVar[int] = 503
    message: ClassVar[str] = N_("The server is too busy to answer.")
    hint: ClassVar[str] = N_("Try again in a moment.")


class Refused(ValiseError):
    """A request that HTTP itself refuses: wrong method, too large, malformed."""

    code: ClassVar[str] = "refused"
    message: ClassVar[str] = N_("The server cannot do what was asked.")
    hint: ClassVar[str] = N_("Go back and try again from your first page.")


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
