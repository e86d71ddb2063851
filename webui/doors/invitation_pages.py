"""A code is typed, and becomes an account: by a passkey, a password or another login service; or a role is added."""

from aiohttp import web

from mdm.errors import ValiseError
from mdm.i18n import N_
from webui.account_store import Account
from webui.doors.at_the_door import caller_of, json_options, json_refusal, let_in
from webui.doors.errors import InvitationRefused, WaysMixed
from webui.doors.newcomers import INVITED, InvitedStep, Welcome
from webui.doors.parts import Doors
from webui.doors.role_words import ROLE_DUTIES, ROLE_NAMES
from webui.errors import SignInNeeded, TooManyAttempts
from webui.notices import see_other
from webui.pages import Door, page
from webui.sessions import Proof
from webui.site import Site
from webui.visitor import visitor_of


class InvitationPages:
    """The newcomer's pages."""

    def __init__(self, site: Site, doors: Doors) -> None:
        self._site = site
        self._doors = doors

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/invitation", self.show, needs=Door.OPEN),
            page("POST", "/invitation", self.open, needs=Door.OPEN),
            page("POST", "/invitation/passkey/options", self.passkey_options, needs=Door.OPEN),
            page("POST", "/invitation/accept", self.accept, needs=Door.OPEN),
            page("POST", "/invitation/add", self.add, needs=Door.OPEN),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Ask for the code."""
        return self._code_form(request)

    async def open(self, request: web.Request) -> web.StreamResponse:
        """Show what a code opens."""
        form = await request.post()
        code = str(form.get("code", ""))
        try:
            welcome = await self._welcome(request, code)
        except ValiseError as refused:
            return self._code_form(request, refused=refused)
        return await self._welcome_form(request, code, welcome)

    async def passkey_options(self, request: web.Request) -> web.StreamResponse:
        """Tell a script what to ask the browser for."""
        form = await request.post()
        code, login = str(form.get("code", "")), str(form.get("login", ""))
        try:
            await self._welcome(request, code)
            return json_options(await self._doors.newcomers.passkey_options(code, login))
        except ValiseError as refused:
            return json_refusal(request, refused)

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """Open the account, and let its person in."""
        form = await request.post()
        code, login = str(form.get("code", "")), str(form.get("login", ""))
        answer, password = str(form.get("answer", "")), str(form.get("password", ""))
        welcome = None
        try:
            welcome = await self._welcome(request, code)
            account = await self._account(code, login, answer, password, str(form.get("label", "")))
        except ValiseError as refused:
            if welcome is None or isinstance(refused, InvitationRefused):
                return self._code_form(request, refused=refused)
            return await self._welcome_form(request, code, welcome, login=login, refused=refused)
        caller = caller_of(request, self._site.rules)
        proof = Proof(method="passkey" if answer else "password", device=caller.device)
        raise let_in(await self._doors.entrance.enter(caller, account, proof), "/", self._site.rules)

    async def add(self, request: web.Request) -> web.StreamResponse:
        """Add what the code gives to the account of whoever is signed in."""
        person = visitor_of(request).person
        if person is None or person.login is None:
            raise SignInNeeded
        code = str((await request.post()).get("code", ""))
        try:
            await self._welcome(request, code)
            await self._doors.newcomers.add_to(code, person.login)
        except ValiseError as refused:
            return self._code_form(request, refused=refused)
        raise see_other("/me", notice=N_("The role was added to your account."))

    async def _account(self, code: str, login: str, answer: str, password: str, label: str) -> Account:
        if answer:
            return await self._doors.newcomers.by_passkey(code, login, answer, label=label)
        if password:
            return await self._doors.newcomers.by_password(code, login, password)
        raise WaysMixed

    async def _welcome(self, request: web.Request, code: str) -> Welcome:
        caller = caller_of(request, self._site.rules)
        await self._doors.codes_tried.admit(caller.address)
        welcome = await self._doors.newcomers.welcome(code)
        await self._doors.codes_tried.forgive(caller.address)
        return welcome

    def _code_form(self, request: web.Request, *, refused: ValiseError | None = None) -> web.Response:
        status = refused.status if refused else 200
        response = self._site.renderer.page(request, "doors/code.html", status=status, refused=refused)
        if isinstance(refused, TooManyAttempts):
            response.headers["Retry-After"] = str(refused.wait_s)
        return response

    async def _welcome_form(
        self,
        request: web.Request,
        code: str,
        welcome: Welcome,
        *,
        login: str = "",
        refused: ValiseError | None = None,
    ) -> web.Response:
        visitor = visitor_of(request)
        oidc = self._doors.oidc
        step = await self._doors.steps.begin(INVITED, visitor.csrf, InvitedStep(code=code)) if oidc else ""
        return self._site.renderer.page(
            request,
            "doors/welcome.html",
            status=refused.status if refused else 200,
            code=code,
            welcome=welcome,
            place=welcome.place.words(visitor.translate),
            role=ROLE_NAMES[welcome.grant.role],
            duty=ROLE_DUTIES[welcome.grant.role],
            login=login or welcome.suggestion,
            signed_in=visitor.person.login if visitor.person else None,
            invited=step,
            oidc_label=oidc.label if oidc else "",
            refused=refused,
        )
