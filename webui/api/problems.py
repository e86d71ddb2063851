"""Every refusal of the API, as problem details (RFC 9457) in the asker's language."""

from collections.abc import Mapping
from uuid import UUID

import msgspec
import structlog
from aiohttp import web

from mdm.clock import Clock
from mdm.errors import ValiseError
from mdm.i18n import N_, Catalogs, Translator
from mdm.ids import new_id
from webui.api.errors import (
    ApiError,
    BodyTooLarge,
    CredentialsNeeded,
    MethodRefused,
    PathUnknown,
    RequestWrong,
    TokenRefused,
)
from webui.api.operation import BODY_BYTES
from webui.errors import ServerFault, TooManyAttempts
from webui.security import API_PREFIX, Handler, Middleware
from webui.visitor import translator_for

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:valise:problem:"
CHALLENGE = 'Bearer realm="valise"'

TITLES: Mapping[int, str] = {
    400: N_("The request cannot be read"),
    401: N_("Who asks is not known"),
    403: N_("Not allowed"),
    404: N_("Not found"),
    405: N_("The method is not possible here"),
    406: N_("The form that is asked for is not possible"),
    409: N_("It contradicts what is there"),
    412: N_("Changed in the meantime"),
    413: N_("Too large"),
    415: N_("The form that was sent is not possible"),
    422: N_("What was sent is not right"),
    428: N_("A version must be named"),
    429: N_("Too many attempts"),
    500: N_("A fault of the server"),
    503: N_("Not possible at this moment"),
}
_OTHER = N_("The request was refused")


class WrongPart(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong. `place`: a JSON Pointer into the body, or the name of a parameter or header."""

    place: str
    detail: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request was refused, and what to do.

    `type` and `code` are stable, `title`, `detail` and `hint` are in the language of `Accept-Language`. `instance`
    names this one occurrence; the server's log has it too when the fault is the server's.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str
    hint: str = ""
    errors: tuple[WrongPart, ...] = ()


def problem_answers(catalogs: Catalogs, clock: Clock) -> Middleware:
    """Turn the errors of requests to the API into problem details; other requests pass."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(API_PREFIX):
            return await handler(request)
        instance = f"urn:uuid:{UUID(new_id(clock))}"
        try:
            return await handler(request)
        except ValiseError as error:
            found = error
        except web.HTTPException as raised:
            if raised.status < 400:
                raise
            translate, known = translator_for(request, catalogs), _of_http(raised)
            if known is None:
                return _response(_plain(raised.status, translate, instance), raised.headers)
            return problem_response(known, translate, instance, raised.headers)
        except Exception:
            log.exception("api_failed", instance=instance)
            found = ServerFault(reference=instance)
        if found.status >= 500:
            log.error("api_fault", instance=instance, code=found.code)
        return problem_response(found, translator_for(request, catalogs), instance)

    return answer


def problem_response(
    error: ValiseError, translate: Translator, instance: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Return the answer for an error; of an exception's ``headers`` only Allow is kept."""
    errors: tuple[WrongPart, ...] = ()
    if isinstance(error, RequestWrong):
        wrong = error.wrong
        errors = (WrongPart(place=wrong.place, detail=translate(wrong.reason, **wrong.params)),)
    problem = Problem(
        type=TYPE + error.code,
        title=translate(TITLES.get(error.status, _OTHER)),
        status=error.status,
        detail=error.text(translate),
        code=error.code,
        instance=instance,
        hint=error.advice(translate),
        errors=errors,
    )
    response = _response(problem, headers or {})
    response.headers["Content-Language"] = translate.lang
    if isinstance(error, CredentialsNeeded):
        response.headers["WWW-Authenticate"] = CHALLENGE
    if isinstance(error, TokenRefused):
        response.headers["WWW-Authenticate"] = f'{CHALLENGE}, error="invalid_token"'
    if isinstance(error, TooManyAttempts):
        response.headers["Retry-After"] = str(error.wait_s)
    if isinstance(error, BodyTooLarge):
        response.force_close()
    return response


def _response(problem: Problem, headers: Mapping[str, str]) -> web.Response:
    response = web.Response(body=msgspec.json.encode(problem), status=problem.status, content_type=MEDIA_TYPE)
    response.headers["Vary"] = "Accept-Language, Authorization, Cookie"
    if "Allow" in headers:
        response.headers["Allow"] = headers["Allow"]
    return response


def _of_http(raised: web.HTTPException) -> ApiError | None:
    if raised.status == 404:
        return PathUnknown()
    if raised.status == 405:
        return MethodRefused()
    if raised.status == 413:
        return BodyTooLarge(limit=BODY_BYTES)
    return None


def _plain(status: int, translate: Translator, instance: str) -> Problem:
    title = translate(TITLES.get(status, _OTHER))
    return Problem(
        type="about:blank", title=title, status=status, detail=title, code=f"http_{status}", instance=instance
    )
