"""A short word on the next page: what was done before the browser was sent on (POST, redirect, GET)."""

import base64
import binascii

from aiohttp import web

COOKIE = "valise-notice"
_LONGEST = 300


def see_other(path: str, *, notice: str = "") -> web.HTTPSeeOther:
    """Return the answer that sends the browser to ``path``; raise it. ``notice``: a message from ``N_``."""
    answer = web.HTTPSeeOther(path)
    if notice:
        value = base64.urlsafe_b64encode(notice.encode()).decode().rstrip("=")
        answer.set_cookie(COOKIE, value, max_age=60, httponly=True, samesite="Lax", path="/")
    return answer


def notice_in(request: web.Request) -> str:
    """Return the message that waits, untranslated; empty without one."""
    value = request.cookies.get(COOKIE, "")
    try:
        return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode()[:_LONGEST]
    except (binascii.Error, ValueError):
        return ""


def forget_notice(response: web.StreamResponse) -> None:
    """Take the message from the browser once it was shown."""
    response.del_cookie(COOKIE, path="/", httponly=True, samesite="Lax")
