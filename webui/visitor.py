"""Who asks: the language, the session, and the token that ties forms to them."""

import re

import msgspec
from aiohttp import web

from mdm.i18n import LANGUAGES, Catalogs, Translator
from webui.permissions import Person
from webui.rules import AccessRules
from webui.session_store import Session

LANGUAGE_COOKIE = "valise-language"

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """Who is on the other side of one request; ``person`` is None for somebody who is not signed in,
    or who owes a second factor first: see `Session`.

    ``csrf`` must come back with every form. ``fresh_form_cookie`` tells that the browser does not have it yet.
    """

    translate: Translator
    session: Session | None
    csrf: str
    fresh_form_cookie: bool
    person: Person | None = None


VISITOR: web.RequestKey[Visitor] = web.RequestKey("visitor", Visitor)


def visitor_of(request: web.Request) -> Visitor:
    """Return the visitor that `webui.access` found for this request."""
    return request[VISITOR]


def translator_for(request: web.BaseRequest, catalogs: Catalogs) -> Translator:
    """Return the language that was chosen, else the browser's, else French."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        return catalogs.for_language(chosen)
    return catalogs.negotiate(request.headers.get("Accept-Language"))


def is_form_token(value: str) -> bool:
    """Tell whether a form cookie's value is one that we made."""
    return _TOKEN.fullmatch(value) is not None


def peer_address(request: web.BaseRequest, rules: AccessRules) -> str:
    """Return the address of the browser: the nearest that is not a trusted proxy."""
    address = request.remote or ""
    for hop in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        if address not in rules.trusted_proxies or not hop.strip():
            break
        address = hop.strip()[:64]
    return address


def was_forwarded(request: web.BaseRequest) -> bool:
    """Tell whether a proxy stands between: its own address says nothing about who asks."""
    return any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"))
