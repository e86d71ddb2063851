"""What the API itself refuses, whatever is asked for."""

from typing import ClassVar

import msgspec

from mdm.errors import Param, ValiseError
from mdm.i18n import N_


class ApiError(ValiseError):
    """A request that does not follow the API's rules."""

    code: ClassVar[str] = "request_refused"


class PathUnknown(ApiError):
    """There is nothing at this address."""

    code: ClassVar[str] = "path_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is nothing at this address.")
    hint: ClassVar[str] = N_("The addresses are in /api/v1/openapi.json.")


class MethodRefused(ApiError):
    """The address has no such method."""

    code: ClassVar[str] = "method_refused"
    status: ClassVar[int] = 405
    message: ClassVar[str] = N_("This address does not take this method.")
    hint: ClassVar[str] = N_("The header Allow names those that it takes.")


class NotAcceptable(ApiError):
    """The answer exists in no form that the client takes."""

    code: ClassVar[str] = "not_acceptable"
    status: ClassVar[int] = 406
    message: ClassVar[str] = N_("The answer can be sent as {media_type} only.")
    hint: ClassVar[str] = N_("Put it into the header Accept, or leave that header out.")


class MediaTypeRefused(ApiError):
    """The body is of another kind."""

    code: ClassVar[str] = "media_type_refused"
    status: ClassVar[int] = 415
    message: ClassVar[str] = N_("The body must be {media_type}.")
    hint: ClassVar[str] = N_("Send it in that form, and say so in the header Content-Type.")


class BodyTooLarge(ApiError):
    """The body is larger than this operation takes."""

    code: ClassVar[str] = "body_too_large"
    status: ClassVar[int] = 413
    message: ClassVar[str] = N_("The body is larger than {limit} bytes.")
    hint: ClassVar[str] = N_("Send less.")


class BodyMissing(ApiError):
    """There is no body where one is needed."""

    code: ClassVar[str] = "body_missing"
    message: ClassVar[str] = N_("The request has no body.")
    hint: ClassVar[str] = N_("Send what the operation needs.")


class BodyUnreadable(ApiError):
    """The body is not JSON."""

    code: ClassVar[str] = "body_unreadable"
    message: ClassVar[str] = N_("The body is not JSON in UTF-8.")
    hint: ClassVar[str] = N_("Check quotes, commas and brackets.")


class Wrong(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong in a request: where, and why.

    ``place`` is a JSON Pointer (RFC 6901) into the body, or the name of a parameter or header. ``reason`` is a gettext
    text with ``params``.
    """

    place: str
    reason: str
    params: dict[str, Param]


class RequestWrong(ApiError):
    """A request of which one part is not as the operation wants it."""

    def __init__(self, wrong: Wrong) -> None:
        self.wrong = wrong
        super().__init__()


class ParameterWrong(RequestWrong):
    """A parameter is not right."""

    code: ClassVar[str] = "parameter_wrong"
    message: ClassVar[str] = N_("A parameter of the request is not right.")
    hint: ClassVar[str] = N_("See “errors” for which one and why.")


class HeaderWrong(RequestWrong):
    """A header is not right."""

    code: ClassVar[str] = "header_wrong"
    message: ClassVar[str] = N_("A header of the request is not right.")
    hint: ClassVar[str] = N_("See “errors” for which one and why.")


class BodyWrong(RequestWrong):
    """The body is JSON, and not what the operation wants."""

    code: ClassVar[str] = "body_wrong"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("The body of the request is not right.")
    hint: ClassVar[str] = N_("See “errors” for what is not right and why.")


class TokenRefused(ApiError):
    """The bearer token is not one that holds."""

    code: ClassVar[str] = "token_refused"
    status: ClassVar[int] = 401
    message: ClassVar[str] = N_("This token is not valid.")
    hint: ClassVar[str] = N_("It may have expired or been revoked: ask for another.")


class CredentialsNeeded(ApiError):
    """Nothing says who asks."""

    code: ClassVar[str] = "credentials_needed"
    status: ClassVar[int] = 401
    message: ClassVar[str] = N_("The request does not say who asks.")
    hint: ClassVar[str] = N_("Send a token in the header Authorization, or sign in.")


class PersonNeeded(ApiError):
    """A program asks for what a person must answer for."""

    code: ClassVar[str] = "person_needed"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("A program cannot do this: somebody must answer for it.")
    hint: ClassVar[str] = N_("Sign in with your own account and do it there.")


class CsrfRefused(ApiError):
    """A session's change does not prove that it comes from our own pages."""

    code: ClassVar[str] = "csrf_refused"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("The request does not prove that it comes from our own pages.")
    hint: ClassVar[str] = N_("Send the session's token in the header X-CSRF-Token; GET /api/v1/me tells it.")


class PreconditionNeeded(ApiError):
    """Two people may edit this: which version was read must be said."""

    code: ClassVar[str] = "precondition_needed"
    status: ClassVar[int] = 428
    message: ClassVar[str] = N_("The request does not say which version it changes.")
    hint: ClassVar[str] = N_("Read it first, and send its ETag in the header If-Match.")


class Stale(ApiError):
    """Somebody changed it in the meantime."""

    code: ClassVar[str] = "stale"
    status: ClassVar[int] = 412
    message: ClassVar[str] = N_("This was changed in the meantime.")
    hint: ClassVar[str] = N_("Read it again, and repeat your change if it is still right.")


class KeyReused(ApiError):
    """An idempotency key came back with another request."""

    code: ClassVar[str] = "idempotency_key_reused"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("This Idempotency-Key was used for another request.")
    hint: ClassVar[str] = N_("Take a new key for each thing to create.")


class StillGoingOn(ApiError):
    """The first request with this idempotency key is not finished."""

    code: ClassVar[str] = "idempotency_in_flight"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The first request with this Idempotency-Key is still being carried out.")
    hint: ClassVar[str] = N_("Send it again in a moment.")


class OutcomeUnknown(ApiError):
    """The server stopped in the middle of the first request with this idempotency key."""

    code: ClassVar[str] = "idempotency_outcome_unknown"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The server stopped while it carried out the first request with this Idempotency-Key.")
    hint: ClassVar[str] = N_("Look whether it was done. If it was not, send it with a new key.")


class TokenUnknown(ApiError):
    """There is no such token."""

    code: ClassVar[str] = "token_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no such token.")
    hint: ClassVar[str] = N_("Look at the list of tokens.")
