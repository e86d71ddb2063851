"""The rules that hold for every request: headers, host names, and forms that come from our own pages."""

import hmac
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

from aiohttp import web
from aiohttp.typedefs import Middleware as Middleware
from yarl import URL

from webui.errors import ForeignHost, ForeignRequest
from webui.rules import AccessRules
from webui.visitor import visitor_of

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

CSRF_FIELD = "csrf"

_LOOPBACK_NAMES = frozenset({"localhost"})
_SAFE_METHODS = frozenset({"GET", "HEAD"})
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
}
_ONE_YEAR_S = 365 * 24 * 3600


API_PREFIX = "/api/"
STATIC_PREFIX = "/static/"


def pages_only(inner: Middleware) -> Middleware:
    """Return a middleware that lets the API's requests pass: it answers programs in its own way."""

    @web.middleware
    async def choose(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await (handler(request) if request.path.startswith(API_PREFIX) else inner(request, handler))

    return choose


def header_signal(rules: AccessRules) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Return the signal that puts the security headers on every response, streams and errors included."""

    async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", _caching(request))
        if rules.secure_cookies:
            response.headers.setdefault("Strict-Transport-Security", f"max-age={_ONE_YEAR_S}")
        response.headers["Server"] = "Valise"

    return add_headers


def host_guard(rules: AccessRules) -> Middleware:
    """Refuse requests that name another host, or in the demonstration come from another machine.

    A page of elsewhere can point its own name at 127.0.0.1 (DNS rebinding); its requests then carry that name.
    """

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        host = host_name(request)
        if rules.open_to_loopback:
            if not is_loopback_host(host) or not is_loopback_address(request.remote):
                raise ForeignHost
        elif rules.hosts and host not in rules.hosts and request.path != "/healthz":
            raise ForeignHost
        return await handler(request)

    return guard


def form_guard(upload_bytes: Callable[[web.Request], int], from_elsewhere: Callable[[web.Request], bool]) -> Middleware:
    """Refuse whatever changes something unless it comes from one of our own forms (CSRF).

    ``upload_bytes`` tells how large a form with files may be; it goes to the disk, not to the memory.
    ``from_elsewhere`` tells which pages need none of our forms.
    """

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not is_safe(request) and not from_elsewhere(request):
            if not is_same_origin(request):
                raise ForeignRequest
            if limit := upload_bytes(request):
                request = request.clone(client_max_size=limit)
            sent = (await request.post()).get(CSRF_FIELD)
            if not isinstance(sent, str) or not hmac.compare_digest(sent.encode(), visitor_of(request).csrf.encode()):
                raise ForeignRequest
        return await handler(request)

    return guard


def _caching(request: web.BaseRequest) -> str:
    """Pages are never kept; what bears its version in its address is kept for good, which helps on a poor line."""
    if not request.path.startswith(STATIC_PREFIX):
        return "no-store"
    return f"public, max-age={_ONE_YEAR_S}, immutable" if "v" in request.query else "public, max-age=3600"


def host_name(request: web.BaseRequest) -> str:
    """Return the request's host without its port, lower case; empty when it cannot be read."""
    try:
        return (URL(f"http://{request.headers.get('Host', '')}").host or "").lower().rstrip(".")
    except ValueError:
        return ""


def is_loopback_host(host: str) -> bool:
    """Tell whether a host name is this machine's own."""
    return host in _LOOPBACK_NAMES or is_loopback_address(host)


def is_loopback_address(address: str | None) -> bool:
    """Tell whether an IP address is this machine's own."""
    try:
        found = ip_address((address or "").partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return bool((mapped or found).is_loopback)


def is_safe(request: web.Request) -> bool:
    """Tell whether a request's method changes nothing."""
    return request.method in _SAFE_METHODS


def is_same_origin(request: web.Request) -> bool:
    """Tell whether a browser says that the request comes from our own pages; what is no browser says nothing."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    try:
        return URL(origin).authority.lower() == request.headers.get("Host", "").lower() != ""
    except ValueError:
        return False
