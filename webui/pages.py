"""A page is declared once: its method, its path, who it is for, and how much it may be sent."""

from enum import Enum
from typing import Protocol, cast
from urllib.parse import quote

from aiohttp import web

from webui.errors import SignInNeeded
from webui.permissions import Action, require
from webui.security import Handler
from webui.visitor import visitor_of


class Door(Enum):
    """Pages that need no role."""

    OPEN = "open"
    SIGNED_IN = "signed_in"


Needs = Action | Door


class PageHandler(Protocol):
    """A handler with what its page declared."""

    upload_bytes: int
    from_elsewhere: bool

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        """Answer a request."""
        ...


def page(
    method: str,
    path: str,
    handler: Handler,
    *,
    needs: Needs,
    upload_bytes: int = 0,
    from_elsewhere: bool = False,
) -> web.RouteDef:
    """Declare a page. ``needs`` is asked before its handler runs.

    ``upload_bytes`` is how large a form with files may be. ``from_elsewhere``: it takes what is posted by others than
    our own forms, because a secret in its address says all that is to be done. Whoever is not signed in is sent to the
    sign-in page and comes back; anything but a page is refused with 401. For an action that has a place, the handler
    asks again when it knows the place: see `webui.site.Site`.
    """

    async def guarded(request: web.Request) -> web.StreamResponse:
        if needs is not Door.OPEN:
            person = visitor_of(request).person
            if person is None:
                if request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
                    raise web.HTTPSeeOther(f"/sign-in?next={quote(request.path_qs, safe='/')}")
                raise SignInNeeded
            if isinstance(needs, Action):
                require(person, needs)
        return await handler(request)

    declared = cast(PageHandler, guarded)
    declared.upload_bytes, declared.from_elsewhere = upload_bytes, from_elsewhere
    return web.route(method, path, guarded)


def from_elsewhere(request: web.Request) -> bool:
    """Tell whether a request's page takes what others than our own forms post."""
    return bool(getattr(request.match_info.handler, "from_elsewhere", False))


def upload_bytes(request: web.Request) -> int:
    """Return how large a form with files a request's page takes; 0 where it takes none."""
    return int(getattr(request.match_info.handler, "upload_bytes", 0))
