"""The sign-in page: a passkey first, a password, another login service; signing out, and the choice of a language."""

from collections.abc import Awaitable
from urllib.parse import quote

from aiohttp import web

from mdm.errors import ValiseError
from mdm.i18n import LANGUAGES
from webui.access import give_form_cookie, give_language, local_path, take_session
from webui.doors.at_the_door import caller_of, json_options, json_refusal, let_in, own_session
from webui.doors.entrance import Asked, Entered
from webui.doors.errors import StepOver
from webui.doors.newcomers import INVITED, InvitedStep
from webui.doors.parts import OIDC_CALLBACK, Doors
from webui.errors import PageNotFound, TooManyAttempts
from webui.pages import Door, page
from webui.site import Site
from webui.visitor import visitor_of


class SignInPages:
    """Signing in and out."""

    def __init__(self, site: Site, doors: Doors) -> None:
        self._site = site
        self._doors = doors

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/sign-in", self.show, needs=Door.OPEN),
            page("POST", "/sign-in", self.by_password, needs=Door.OPEN),
            page("POST", "/sign-in/passkey/options", self.passkey_options, needs=Door.OPEN),
            page("POST", "/sign-in/passkey", self.by_passkey, needs=Door.OPEN),
            page("GET", "/sign-in/second", self.show_second, needs=Door.OPEN),
            page("POST", "/sign-in/second", self.second, needs=Door.OPEN),
            page("GET", "/sign-in/confirm", self.show_confirm, needs=Door.OPEN),
            page("POST", "/sign-in/confirm", self.confirm, needs=Door.OPEN),
            page("GET", "/sign-in/oidc", self.to_oidc, needs=Door.OPEN),
            page("GET", OIDC_CALLBACK, self.from_oidc, needs=Door.OPEN),
            page("POST", "/sign-out", self.sign_out, needs=Door.OPEN),
            page("POST", "/language", self.choose_language, needs=Door.OPEN),
        ]

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Show the page; whoever may enter already goes on."""
        wanted = local_path(request.query.get("next", "/"))
        session = visitor_of(request).session
        if session is not None:
            owed = {"set_up": "/sign-in/protect", "confirm": "/sign-in/confirm"}.get(session.owes)
            raise web.HTTPSeeOther(f"{owed}?next={quote(wanted, safe='/')}" if owed else wanted)
        return self._form(request, wanted)

    async def by_password(self, request: web.Request) -> web.StreamResponse:
        """Check login and password."""
        form = await request.post()
        login, password = str(form.get("login", "")), str(form.get("password", ""))
        wanted = local_path(str(form.get("next", "/")))
        try:
            found = await self._doors.entrance.by_password(caller_of(request, self._site.rules), login, password)
        except ValiseError as refused:
            return self._form(request, wanted, login=login[:256], refused=refused)
        raise let_in(found, wanted, self._site.rules)

    async def passkey_options(self, request: web.Request) -> web.StreamResponse:
        """Tell a script what to ask a passkey; only those of somebody who is known already will do."""
        form = await request.post()
        caller = caller_of(request, self._site.rules)
        session = visitor_of(request).session
        try:
            login = session.login if session else ""
            if step := str(form.get("step", "")):
                login = (await self._doors.entrance.asked(caller, step)).step.login
            return json_options(await self._doors.entrance.passkey_options(caller, login=login))
        except ValiseError as refused:
            return json_refusal(request, refused)

    async def by_passkey(self, request: web.Request) -> web.StreamResponse:
        """Take what a passkey signed."""
        form = await request.post()
        wanted = local_path(str(form.get("next", "/")))
        caller = caller_of(request, self._site.rules)
        try:
            found = await self._doors.entrance.by_passkey(caller, str(form.get("answer", "")))
        except ValiseError as refused:
            return self._form(request, wanted, refused=refused)
        raise let_in(found, wanted, self._site.rules)

    async def show_second(self, request: web.Request) -> web.StreamResponse:
        """Ask for the second factor."""
        caller = caller_of(request, self._site.rules)
        try:
            asked = await self._doors.entrance.asked(caller, request.query.get("step", ""))
        except StepOver as over:
            return self._form(request, local_path(request.query.get("next", "/")), refused=over)
        return self._second_form(request, asked, local_path(request.query.get("next", "/")))

    async def second(self, request: web.Request) -> web.StreamResponse:
        """Take a one-time code, a recovery code, or what a passkey signed."""
        form = await request.post()
        wanted, token = local_path(str(form.get("next", "/"))), str(form.get("step", ""))
        caller = caller_of(request, self._site.rules)
        answer = str(form.get("answer", ""))
        try:
            asked = await self._doors.entrance.asked(caller, token)
        except StepOver as over:
            return self._form(request, wanted, refused=over)
        taken: Awaitable[Entered] = (
            self._doors.entrance.second_by_passkey(caller, token, answer)
            if answer
            else self._doors.entrance.second_by_code(caller, token, str(form.get("code", "")))
        )
        try:
            found = await taken
        except StepOver as over:
            return self._form(request, wanted, refused=over)
        except ValiseError as refused:
            return self._second_form(request, asked, wanted, refused=refused)
        raise let_in(found, wanted, self._site.rules)

    async def show_confirm(self, request: web.Request) -> web.StreamResponse:
        """Ask whoever is signed in to confirm it."""
        own_session(request)
        return await self._confirm_form(request, local_path(request.query.get("next", "/me")))

    async def confirm(self, request: web.Request) -> web.StreamResponse:
        """Take a passkey, a password or a code of whoever is signed in."""
        session, form = own_session(request), await request.post()
        wanted = local_path(str(form.get("next", "/me")))
        try:
            if answer := str(form.get("answer", "")):
                await self._doors.entrance.confirm_by_passkey(caller_of(request, self._site.rules), session, answer)
            else:
                password, code = str(form.get("password", "")), str(form.get("code", ""))
                await self._doors.entrance.confirm(session, password=password, code=code)
        except ValiseError as refused:
            return await self._confirm_form(request, wanted, refused=refused)
        raise web.HTTPSeeOther(wanted)

    async def to_oidc(self, request: web.Request) -> web.StreamResponse:
        """Send the browser to the other login service; with the step of an invitation, to open an account by it."""
        if self._doors.oidc is None:
            raise PageNotFound
        wanted = local_path(request.query.get("next", "/"))
        caller = caller_of(request, self._site.rules)
        try:
            code = ""
            if step := request.query.get("invited", ""):
                code = (await self._doors.steps.look(INVITED, caller.browser, step, InvitedStep)).code
            address = await self._doors.oidc.begin(caller, wanted=wanted, code=code)
        except ValiseError as refused:
            return self._form(request, wanted, refused=refused)
        answer = web.HTTPSeeOther(address)
        # By this cookie the browser is known again when it comes back.
        give_form_cookie(answer, visitor_of(request), self._site.rules)
        raise answer

    async def from_oidc(self, request: web.Request) -> web.StreamResponse:
        """Take the browser that comes back."""
        if self._doors.oidc is None:
            raise PageNotFound
        query = request.query
        try:
            returned = await self._doors.oidc.come_back(
                caller_of(request, self._site.rules),
                state=query.get("state", "")[:200],
                code=query.get("code", "")[:4000],
                issuer=query.get("iss", "")[:2000],
            )
        except ValiseError as refused:
            return self._form(request, "/", refused=refused)
        if returned.entered is None:
            raise web.HTTPSeeOther(returned.wanted)
        raise let_in(returned.entered, returned.wanted, self._site.rules)

    async def sign_out(self, request: web.Request) -> web.StreamResponse:
        """End the session."""
        session = visitor_of(request).session
        if session is not None:
            await self._site.sessions.sign_out(session)
        answer = web.HTTPSeeOther("/sign-in" if session else "/")
        take_session(answer, self._site.rules)
        raise answer

    async def choose_language(self, request: web.Request) -> web.StreamResponse:
        """Remember the language, and go back to the page."""
        form = await request.post()
        language = str(form.get("language", ""))
        answer = web.HTTPSeeOther(local_path(str(form.get("back", "/"))))
        if language in LANGUAGES:
            give_language(answer, language, self._site.rules)
        raise answer

    def _form(
        self, request: web.Request, wanted: str, *, login: str = "", refused: ValiseError | None = None
    ) -> web.Response:
        oidc = self._doors.oidc
        response = self._site.renderer.page(
            request,
            "doors/sign_in.html",
            status=refused.status if refused else 200,
            next=wanted,
            login=login,
            refused=refused,
            oidc_label=oidc.label if oidc else "",
        )
        return _with_retry(response, refused)

    def _second_form(
        self, request: web.Request, asked: Asked, wanted: str, *, refused: ValiseError | None = None
    ) -> web.Response:
        response = self._site.renderer.page(
            request,
            "doors/second.html",
            status=refused.status if refused else 200,
            step=asked.token,
            ways=asked.step.ways,
            next=wanted,
            refused=refused,
        )
        return _with_retry(response, refused)

    async def _confirm_form(
        self, request: web.Request, wanted: str, *, refused: ValiseError | None = None
    ) -> web.Response:
        session = own_session(request)
        response = self._site.renderer.page(
            request,
            "doors/confirm.html",
            status=refused.status if refused else 200,
            ways=await self._doors.entrance.ways_to_confirm(session),
            owes=session.owes,
            next=wanted,
            refused=refused,
        )
        return _with_retry(response, refused)


def _with_retry(response: web.Response, refused: ValiseError | None) -> web.Response:
    if isinstance(refused, TooManyAttempts):
        response.headers["Retry-After"] = str(refused.wait_s)
    return response
