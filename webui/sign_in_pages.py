"""Signing in and out, and the choice of a language."""

from aiohttp import web

from mdm.errors import ValiseError
from mdm.i18n import LANGUAGES
from webui.access import give_language, give_session, local_path, take_session
from webui.errors import SignInRefused, TooManyAttempts
from webui.pages import Door, page
from webui.rendering import Renderer
from webui.rules import AccessRules
from webui.sessions import Sessions
from webui.visitor import peer_address, visitor_of


class SignInPages:
    """The sign-in form, signing out, and the language switch."""

    def __init__(self, sessions: Sessions, renderer: Renderer, rules: AccessRules) -> None:
        self._sessions = sessions
        self._renderer = renderer
        self._rules = rules

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/sign-in", self.show, needs=Door.OPEN),
            page("POST", "/sign-in", self.sign_in, needs=Door.OPEN),
            page("POST", "/sign-out", self.sign_out, needs=Door.SIGNED_IN),
            page("POST", "/language", self.choose_language, needs=Door.OPEN),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show the form; whoever may enter already goes on."""
        wanted = local_path(request.query.get("next", "/"))
        if visitor_of(request).session:
            raise web.HTTPSeeOther(wanted)
        return self._form(request, wanted)

    async def sign_in(self, request: web.Request) -> web.StreamResponse:
        """Check login and password, and open a session."""
        form = await request.post()
        login, password = str(form.get("login", "")), str(form.get("password", ""))
        wanted = local_path(str(form.get("next", "/")))
        address = peer_address(request, self._rules)
        try:
            cookie = await self._sessions.sign_in(login, password, address=address)
        except (SignInRefused, TooManyAttempts) as refused:
            return self._form(request, wanted, login=login[:256], refused=refused)
        answer = web.HTTPSeeOther(wanted)
        give_session(answer, cookie, self._rules)
        raise answer

    async def sign_out(self, request: web.Request) -> web.StreamResponse:
        """End the session."""
        session = visitor_of(request).session
        if session is not None:
            await self._sessions.sign_out(session)
        answer = web.HTTPSeeOther("/sign-in" if session else "/")
        take_session(answer, self._rules)
        raise answer

    async def choose_language(self, request: web.Request) -> web.StreamResponse:
        """Remember the language, and go back to the page."""
        form = await request.post()
        language = str(form.get("language", ""))
        answer = web.HTTPSeeOther(local_path(str(form.get("back", "/"))))
        if language in LANGUAGES:
            give_language(answer, language, self._rules)
        raise answer

    def _form(
        self, request: web.Request, wanted: str, *, login: str = "", refused: ValiseError | None = None
    ) -> web.Response:
        status = refused.status if refused else 200
        response = self._renderer.page(
            request, "sign_in.html", status=status, next=wanted, login=login, refused=refused
        )
        if isinstance(refused, TooManyAttempts):
            response.headers["Retry-After"] = str(refused.wait_s)
        return response
