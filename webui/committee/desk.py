"""What all the committee's pages share: who asks, how the page speaks, and where a refusal is shown."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from mdm.errors import ValiseError
from webui.committee.errors import AccountNeeded
from webui.committee.speech import Speech
from webui.forms import NOTHING, Given
from webui.permissions import Action
from webui.scopes import Place
from webui.site import Site
from webui.visitor import visitor_of


class Desk:
    """Renders the pages of the committee."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.services = site.services

    def login(self, request: web.Request) -> str:
        """Return the login of whoever does something; raise `AccountNeeded` for who has none."""
        login = self.site.person(request).login
        if login is None:
            raise AccountNeeded
        return login

    def login_or_none(self, request: web.Request) -> str:
        """Return the login of whoever reads; empty for who has none."""
        return self.site.person(request).login or ""

    def may(self, request: web.Request, action: Action) -> bool:
        """Tell whether whoever asks may do this in their own name."""
        return self.site.person(request).login is not None and self.site.may(request, action)

    def speech(self, request: web.Request) -> Speech:
        """Return how a page speaks to whoever asks."""
        return Speech(translate=visitor_of(request).translate, now=self.services.clock.ms())

    def page(
        self,
        request: web.Request,
        template: str,
        *,
        refused: ValiseError | None = None,
        at: str = "",
        given: Given = NOTHING,
        status: int | None = None,
        **values: Any,
    ) -> web.Response:
        """Return a page. A refusal is shown at the form ``at``, with what was ``given`` still in its fields.

        The status is that of the refusal, unless another is given.
        """
        return self.site.renderer.page(
            request,
            f"committee/{template}",
            status=status or (refused.status if refused else 200),
            refused=refused,
            at=at,
            given=given,
            **self._shared(request),
            **values,
        )

    def part(self, request: web.Request, template: str, **values: Any) -> str:
        """Return a part of a page that is sent when it changes."""
        visitor = visitor_of(request)
        return self.site.renderer.fragment(
            visitor.translate,
            f"committee/{template}",
            csrf=visitor.csrf,
            may=self._asking(request),
            refused=None,
            at="",
            given=NOTHING,
            path=request.path_qs,
            **self._shared(request),
            **values,
        )

    def next_address(self, request: web.Request, cursor: str | None) -> str:
        """Return the address of the following part of a list; empty after the last."""
        if cursor is None:
            return ""
        kept = [(name, value) for name, value in request.query.items() if name != "after"]
        return f"{request.path}?{urlencode([*kept, ('after', cursor)])}"

    def first_address(self, request: web.Request) -> str:
        """Return the address of a list's beginning; empty when this is it."""
        if "after" not in request.query:
            return ""
        kept = urlencode([(name, value) for name, value in request.query.items() if name != "after"])
        return f"{request.path}?{kept}" if kept else request.path

    def _shared(self, request: web.Request) -> dict[str, Any]:
        return {"speech": self.speech(request), "login": self.login_or_none(request)}

    def _asking(self, request: web.Request) -> Callable[..., bool]:
        def ask(action: str, place: Place | None = None) -> bool:
            return self.site.may(request, Action(action), place)

        return ask
