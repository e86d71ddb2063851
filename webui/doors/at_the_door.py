"""What the doors' pages share: who calls, what an opened session puts into the browser, and whose it is."""

from urllib.parse import quote

import msgspec
from aiohttp import web

from mdm.errors import ValiseError
from webui.access import give_device, give_session
from webui.devices import device_of
from webui.doors.entrance import Asked, Caller, Entered
from webui.rules import AccessRules
from webui.session_store import Session
from webui.visitor import peer_address, visitor_of


def caller_of(request: web.Request, rules: AccessRules) -> Caller:
    """Return who is at the door."""
    return Caller(
        address=peer_address(request, rules),
        browser=visitor_of(request).csrf,
        device_cookie=request.cookies.get(rules.device_cookie_name, ""),
        device=device_of(request.headers.get("User-Agent", "")),
    )


def let_in(found: Entered | Asked, wanted: str, rules: AccessRules) -> web.HTTPSeeOther:
    """Return the answer to raise: on to where one wanted to go, or first to the second step."""
    if isinstance(found, Asked):
        return web.HTTPSeeOther(f"/sign-in/second?step={found.token}&next={quote(wanted, safe='/')}")
    answer = web.HTTPSeeOther(wanted)
    give_session(answer, found.cookie, rules)
    give_device(answer, found.device_cookie, rules)
    return answer


def own_session(request: web.Request) -> Session:
    """Return the session of whoever is signed in, and may owe a second factor; else send to the sign-in page."""
    session = visitor_of(request).session
    if session is None:
        raise web.HTTPSeeOther(f"/sign-in?next={quote(request.path if request.method == 'GET' else '/me', safe='/')}")
    return session


def json_refusal(request: web.Request, refused: ValiseError) -> web.Response:
    """Return a refusal to a script of ours, in words to show."""
    words = visitor_of(request).translate
    text = f"{refused.text(words)} {refused.advice(words)}".strip()
    return web.Response(
        body=msgspec.json.encode({"error": text}), status=refused.status, content_type="application/json"
    )


def json_options(options: bytes) -> web.Response:
    """Return what a script of ours gives to the browser."""
    return web.Response(body=options, content_type="application/json")
