"""What keeps licences from being counted or assigned, in words."""

from typing import ClassVar

from mdm.errors import ValiseError
from mdm.i18n import N_


class LicenceError(ValiseError):
    """Licences cannot be counted or assigned."""

    code: ClassVar[str] = "licence_error"
    status: ClassVar[int] = 409


class LicencesOff(LicenceError):
    """This server does not speak with Apps and Books."""

    code: ClassVar[str] = "licences_off"
    message: ClassVar[str] = N_("This server does not manage licences of Apps and Books.")
    hint: ClassVar[str] = N_("Set enabled = true in the section [apps_and_books] of the configuration.")


class LocationUnknown(LicenceError):
    """No token was imported for it."""

    code: ClassVar[str] = "licence_location_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("No content token of a location {location} is here.")
    hint: ClassVar[str] = N_("List them with: valise licence token list")


class NoStoreApps(LicenceError):
    """A kit's edition asks for nothing that needs a licence."""

    code: ClassVar[str] = "licence_not_needed"
    message: ClassVar[str] = N_("The edition of the kit {kit} puts no App Store app on iPads: no licence is needed.")


class TokenUnreadable(LicenceError):
    """The file is no content token."""

    code: ClassVar[str] = "content_token_unreadable"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The file is not a content token: {reason}.")
    hint: ClassVar[str] = N_(
        "In Apple School Manager, open Preferences, Payments and Billing, Content Tokens, and download the location's"
        " token again. Import that file as it is."
    )


class TokenError(LicenceError):
    """Apple does not take a location's token: a person must act."""

    code: ClassVar[str] = "content_token_error"


class TokenExpired(TokenError):
    """Its year is over."""

    code: ClassVar[str] = "content_token_expired"
    message: ClassVar[str] = N_("The content token of the location {location} has expired.")
    hint: ClassVar[str] = N_("Download a new one from Apple School Manager and import it: valise licence token import")


class TokenSealed(TokenError):
    """It was sealed with another key."""

    code: ClassVar[str] = "content_token_sealed"
    message: ClassVar[str] = N_("The content token of the location {location} cannot be opened with this server's key.")
    hint: ClassVar[str] = N_("Import it again: valise licence token import")


class TokenRefused(TokenError):
    """It was revoked, or its owner's password was changed."""

    code: ClassVar[str] = "content_token_refused"
    message: ClassVar[str] = N_("Apple refuses the content token of the location {location} (error {number}).")
    hint: ClassVar[str] = N_(
        "It was revoked, or the account that made it changed. Download a new one from Apple School Manager and import"
        " it: valise licence token import"
    )


class PermissionMissing(TokenError):
    """The account that made the token may look, but not assign."""

    code: ClassVar[str] = "content_token_without_permission"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("The content token of the location {location} may not do this (error {number}).")
    hint: ClassVar[str] = N_(
        "Give the account that made the token the privilege to manage licences in Apple School Manager, then download"
        " a new token."
    )


class LocationTaken(TokenError):
    """Another management service says that the location is its own."""

    code: ClassVar[str] = "licence_location_taken"
    message: ClassVar[str] = N_("The location {location} is managed by another service: {service}.")
    hint: ClassVar[str] = N_(
        "Two services at one location take licences from each other. Remove the token there, then import it here with"
        " --force."
    )


class ServiceError(LicenceError):
    """Apple's service does not do what was asked."""

    code: ClassVar[str] = "apps_and_books_error"
    status: ClassVar[int] = 502


class ServiceUnreachable(ServiceError):
    """No connection: nothing was asked."""

    code: ClassVar[str] = "apps_and_books_unreachable"
    status: ClassVar[int] = 503
    message: ClassVar[str] = N_("Apple's Apps and Books cannot be reached: {reason}.")
    hint: ClassVar[str] = N_("Check that this server may open {host} on port 443. It tries again by itself.")


class AnswerLost(ServiceError):
    """A request went out and no answer came back: it may have been carried out."""

    code: ClassVar[str] = "apps_and_books_answer_lost"
    status: ClassVar[int] = 504
    message: ClassVar[str] = N_("Apple's Apps and Books did not answer.")
    hint: ClassVar[str] = N_("The server looks later at what was carried out, and asks again for what was not.")


class ServiceBusy(ServiceError):
    """Apple asks for patience; ``after`` in seconds, None where Apple did not say."""

    code: ClassVar[str] = "apps_and_books_busy"
    status: ClassVar[int] = 503
    message: ClassVar[str] = N_("Apple's Apps and Books asks to wait (error {number}).")
    hint: ClassVar[str] = N_("The server tries again by itself.")

    def __init__(self, number: int, after: float | None) -> None:
        self.after = after
        super().__init__(number=number)


class ServiceRefused(ServiceError):
    """Apple refuses this very request: the same again would be refused again, and nothing was done."""

    code: ClassVar[str] = "apps_and_books_refused"
    message: ClassVar[str] = N_("Apple's Apps and Books refuses this: {reason} (error {number}).")
    hint: ClassVar[str] = N_("docs/licences.md tells what the most usual numbers mean.")

    def __init__(self, number: int, reason: str) -> None:
        self.number = number
        super().__init__(number=number, reason=reason)


class AnswerNotUnderstood(ServiceError):
    """What came back is not what Apple documents."""

    code: ClassVar[str] = "apps_and_books_not_understood"
    message: ClassVar[str] = N_("The answer of Apple's Apps and Books cannot be read: {reason}.")
    hint: ClassVar[str] = N_("Check that no proxy answers in Apple's place. The server tries again by itself.")


class CountOvertaken(LicenceError):
    """Licences moved while they were counted."""

    code: ClassVar[str] = "licence_count_overtaken"
    message: ClassVar[str] = N_("The licences of the location {location} changed while they were counted.")
    hint: ClassVar[str] = N_("Try again in a few minutes.")
