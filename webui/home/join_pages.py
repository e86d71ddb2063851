"""A guardian's code: whoever is signed in is linked to the child; whoever is not opens an account with it first."""

from aiohttp import web

from mdm.errors import ValiseError
from mdm.home.guardians.codes import parse_code
from mdm.i18n import N_
from webui.doors.at_the_door import caller_of
from webui.doors.newcomers import Newcomers
from webui.errors import SignInNeeded, TooManyAttempts
from webui.notices import see_other
from webui.pages import Door, page
from webui.site import Site
from webui.throttle import Gate
from webui.visitor import visitor_of


class JoinPages:
    """Takes codes of the school's sheet. For somebody without an account the form leads to ``/invitation``."""

    def __init__(self, site: Site, newcomers: Newcomers, tried: Gate) -> None:
        self._site = site
        self._newcomers = newcomers
        self._tried = tried

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/home/join", self.ask, needs=Door.OPEN),
            page("POST", "/home/join", self.join, needs=Door.SIGNED_IN),
        ]

    async def ask(self, request: web.Request) -> web.Response:
        """Ask for the code. A code's QR has it in the fragment, which no server is told."""
        return self._form(request)

    async def join(self, request: web.Request) -> web.StreamResponse:
        """Show whose guardian the code makes somebody; link the account once that was confirmed."""
        login = self._site.person(request).login
        if login is None:
            raise SignInNeeded
        form = await request.post()
        code = str(form.get("code", ""))[:200]
        caller = caller_of(request, self._site.rules)
        try:
            await self._tried.admit(caller.address)
            welcome = await self._newcomers.welcome(parse_code(code))
            await self._tried.forgive(caller.address)
            if not form.get("sure"):
                return self._form(request, code=code, children=welcome.children)
            await self._newcomers.add_to(parse_code(code), login)
        except ValiseError as refused:
            return self._form(request, code=code, refused=refused)
        raise see_other("/home", notice=N_("Your account is linked. Welcome."))

    def _form(
        self,
        request: web.Request,
        *,
        code: str = "",
        children: tuple[str, ...] = (),
        refused: ValiseError | None = None,
    ) -> web.Response:
        response = self._site.renderer.page(
            request,
            "home/join.html",
            status=refused.status if refused else 200,
            signed_in=visitor_of(request).session is not None,
            code=code,
            children=children,
            refused=refused,
        )
        if isinstance(refused, TooManyAttempts):
            response.headers["Retry-After"] = str(refused.wait_s)
        return response
