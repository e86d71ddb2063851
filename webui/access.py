"""Finds out who asks, and keeps the cookies by which browsers are known."""

import secrets

from aiohttp import web

from mdm.i18n import Catalogs
from webui.devices import AGE_S
from webui.permissions import Person
from webui.roles import Role
from webui.rules import AccessRules
from webui.scopes import Grant
from webui.security import Handler, Middleware
from webui.session_store import Session
from webui.sessions import Sessions
from webui.visitor import LANGUAGE_COOKIE, VISITOR, Visitor, is_form_token, translator_for

DEMO_PERSON = Person(actor="demo", grants=(Grant(role=Role.TEACHER), Grant(role=Role.TECHNICIAN)))
"""Who asks in the demonstration without having signed in."""

_LANGUAGE_AGE_S = 365 * 24 * 3600


def visitor_finder(rules: AccessRules, catalogs: Catalogs, sessions: Sessions) -> Middleware:
    """Put the `Visitor` on the request, and give a browser without one its form cookie."""

    @web.middleware
    async def find(request: web.Request, handler: Handler) -> web.StreamResponse:
        cookie = request.cookies.get(rules.cookie_name)
        session = await sessions.find(cookie) if cookie else None
        form_cookie = request.cookies.get(rules.form_cookie_name, "")
        known = is_form_token(form_cookie)
        anonymous = form_cookie if known else secrets.token_urlsafe(32)
        request[VISITOR] = Visitor(
            translate=translator_for(request, catalogs),
            session=session,
            csrf=session.csrf if session else anonymous,
            fresh_form_cookie=session is None and not known,
            person=_person(session, rules),
        )
        renewed = await sessions.renew(session) if session and session.renew and is_navigation(request) else None
        try:
            response = await handler(request)
        except web.HTTPException as answer:
            if renewed:
                give_session(answer, renewed, rules)
            raise
        if renewed and not response.prepared:
            give_session(response, renewed, rules)
        return response

    return find


def is_navigation(request: web.Request) -> bool:
    """Tell whether a browser asks for a whole page, and not a script for a part of one."""
    return request.method == "GET" and request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"


def give_form_cookie(response: web.StreamResponse, visitor: Visitor, rules: AccessRules) -> None:
    """Set the form cookie where the browser does not have it."""
    if visitor.fresh_form_cookie:
        response.set_cookie(
            rules.form_cookie_name, visitor.csrf, httponly=True, samesite="Lax", secure=rules.secure_cookies, path="/"
        )


def give_session(response: web.StreamResponse, cookie: str, rules: AccessRules) -> None:
    """Set the session's cookie."""
    response.set_cookie(
        rules.cookie_name,
        cookie,
        max_age=rules.session_ms // 1000,
        httponly=True,
        samesite="Lax",
        secure=rules.secure_cookies,
        path="/",
    )


def take_session(response: web.StreamResponse, rules: AccessRules) -> None:
    """Remove the session's cookie."""
    response.del_cookie(rules.cookie_name, path="/", secure=rules.secure_cookies, httponly=True, samesite="Lax")


def give_device(response: web.StreamResponse, cookie: str, rules: AccessRules) -> None:
    """Set the cookie of a device that accounts are known on."""
    response.set_cookie(
        rules.device_cookie_name,
        cookie,
        max_age=AGE_S,
        httponly=True,
        samesite="Lax",
        secure=rules.secure_cookies,
        path="/",
    )


def give_language(response: web.StreamResponse, language: str, rules: AccessRules) -> None:
    """Remember the language that was chosen."""
    response.set_cookie(
        LANGUAGE_COOKIE,
        language,
        max_age=_LANGUAGE_AGE_S,
        httponly=True,
        samesite="Lax",
        secure=rules.secure_cookies,
        path="/",
    )


def local_path(text: str) -> str:
    """Return ``text`` when it is a path on this server, else the front page: nobody is sent elsewhere by a link."""
    is_plain = text.isascii() and text.isprintable() and "\\" not in text and len(text) < 2000
    return text if is_plain and text.startswith("/") and not text.startswith("//") else "/"


def _person(session: Session | None, rules: AccessRules) -> Person | None:
    if session is None:
        return DEMO_PERSON if rules.open_to_loopback else None
    return None if session.owes else session.person
