"""Who asks the API: a program with a bearer token, or a browser's session with the token of its forms."""

import hmac

import msgspec
from aiohttp import web

from webui.api.errors import CredentialsNeeded, CsrfRefused, TokenRefused
from webui.api.tokens import Tokens, digest_of
from webui.permissions import Person
from webui.rules import AccessRules
from webui.security import is_safe, is_same_origin
from webui.session_store import Session
from webui.throttle import Gate
from webui.visitor import peer_address, visitor_of

CSRF_HEADER = "X-CSRF-Token"


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks; ``session`` is None for a token."""

    person: Person
    session: Session | None = None


class Entry:
    """Finds out who asks. A token goes before a session: it was put there on purpose.

    Wrong tokens are counted per address in ``wrong_tokens``. One of 256 bits cannot be guessed, so a right one is let
    through at once: a school's programs share one address.
    """

    def __init__(self, tokens: Tokens, wrong_tokens: Gate, rules: AccessRules) -> None:
        self._tokens = tokens
        self._wrong_tokens = wrong_tokens
        self._rules = rules

    async def asker(self, request: web.Request) -> Asker:
        """Return who asks.

        Raises `CredentialsNeeded`, `TokenRefused`, `TooManyAttempts`, or `CsrfRefused` for a session's change that
        does not come from our own pages.
        """
        scheme, _, credentials = request.headers.get("Authorization", "").strip().partition(" ")
        if scheme.lower() == "bearer":
            return Asker(person=await self._bearer(request, credentials.strip()))
        session = visitor_of(request).session
        if session is None or session.owes or scheme:
            raise CredentialsNeeded
        if not is_safe(request):
            sent = request.headers.get(CSRF_HEADER, "").encode("utf-8", "replace")
            if not is_same_origin(request) or not hmac.compare_digest(sent, session.csrf.encode()):
                raise CsrfRefused
        return Asker(person=session.person, session=session)

    async def _bearer(self, request: web.Request, secret: str) -> Person:
        person = await self._tokens.person(digest_of(secret))
        if person is None:
            await self._wrong_tokens.admit(peer_address(request, self._rules))
            raise TokenRefused
        return person
