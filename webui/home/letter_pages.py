"""E-mails when something matters: an address is given, confirmed by a code, and taken away; one tap stops them all."""

from aiohttp import web

from mdm.errors import ValiseError
from mdm.home.letters.family_letters import STOP_PAGE
from mdm.home.letters.matters import MATTER_NAMES, matters_of
from mdm.home.letters.words import LETTERS_PAGE
from mdm.i18n import LANGUAGES, N_
from webui.forms import NOTHING, Given, given_in
from webui.home.family import Family
from webui.notices import see_other
from webui.pages import Door, page
from webui.permissions import Action
from webui.site import Site
from webui.visitor import visitor_of

_STOP = STOP_PAGE + "{token:[A-Za-z0-9_-]{20,400}}"
_LANGUAGE_NAMES = {"fr": "Français", "en": "English"}


class LetterPages:
    """A guardian's own page of e-mails, and the page to which a letter's stop leads."""

    def __init__(self, site: Site, family: Family) -> None:
        self._site = site
        self._family = family
        self._addresses = site.services.home.letters.addresses

    def routes(self) -> list[web.RouteDef]:
        """Return the routes. A mail program posts to the stop by itself (RFC 8058), without a form of ours."""
        return [
            page("GET", LETTERS_PAGE, self.show, needs=Action.OWN_LOANS),
            page("POST", f"{LETTERS_PAGE}/address", self.give, needs=Action.OWN_LOANS),
            page("POST", f"{LETTERS_PAGE}/again", self.again, needs=Action.OWN_LOANS),
            page("POST", f"{LETTERS_PAGE}/confirm", self.confirm, needs=Action.OWN_LOANS),
            page("POST", f"{LETTERS_PAGE}/forget", self.forget, needs=Action.OWN_LOANS),
            page("POST", f"{LETTERS_PAGE}/choice", self.choose, needs=Action.OWN_LOANS),
            page("POST", f"{LETTERS_PAGE}/remove", self.remove, needs=Action.OWN_LOANS),
            page("GET", _STOP, self.ask_stop, needs=Door.OPEN),
            page("POST", _STOP, self.stop, needs=Door.OPEN, from_elsewhere=True),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show how the guardian's e-mails stand."""
        return await self._page(request)

    async def give(self, request: web.Request) -> web.StreamResponse:
        """Send a code to an address."""
        given = await given_in(request)
        shown = await self._addresses.show(self._account(request))
        matters = None if shown.address is not None else matters_of(given.every("matter"))
        try:
            await self._addresses.ask(
                self._account(request),
                given.text("address"),
                matters=matters,
                language=given.text("language") or shown.language or visitor_of(request).translate.lang,
                actor=self._site.person(request).actor,
            )
        except ValiseError as refused:
            return await self._page(request, given=given, refused=refused)
        raise see_other(LETTERS_PAGE, notice=N_("A letter with a code is on its way. Type the code here."))

    async def again(self, request: web.Request) -> web.StreamResponse:
        """Send another code."""
        try:
            await self._addresses.again(self._account(request), actor=self._site.person(request).actor)
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise see_other(LETTERS_PAGE, notice=N_("Another code is on its way; the one before serves no more."))

    async def confirm(self, request: web.Request) -> web.StreamResponse:
        """Use the address, since its code was typed."""
        code = (await given_in(request)).text("code")
        try:
            await self._addresses.confirm(self._account(request), code, actor=self._site.person(request).actor)
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise see_other(LETTERS_PAGE, notice=N_("Your address is confirmed. You are written to from now on."))

    async def forget(self, request: web.Request) -> web.StreamResponse:
        """Forget the address that waits for its code."""
        await self._addresses.forget_asked(self._account(request), actor=self._site.person(request).actor)
        raise see_other(LETTERS_PAGE, notice=N_("The address that waited for its code is forgotten."))

    async def choose(self, request: web.Request) -> web.StreamResponse:
        """Choose what is told, and in which language."""
        given = await given_in(request)
        try:
            await self._addresses.choose(
                self._account(request),
                matters_of(given.every("matter")),
                given.text("language"),
                actor=self._site.person(request).actor,
            )
        except ValiseError as refused:
            return await self._page(request, given=given, refused=refused)
        raise see_other(LETTERS_PAGE, notice=N_("Your choice is kept."))

    async def remove(self, request: web.Request) -> web.StreamResponse:
        """Take the address away."""
        await self._addresses.remove(self._account(request), actor=self._site.person(request).actor)
        raise see_other(LETTERS_PAGE, notice=N_("Your address is erased, and no letter is sent to it any more."))

    async def ask_stop(self, request: web.Request) -> web.Response:
        """Ask whether to stop the letters; nothing changes by looking, since mail filters open addresses."""
        may = await self._addresses.may_stop(request.match_info["token"])
        return self._stop_page(request, "ask" if may else "unknown", status=200 if may else 404)

    async def stop(self, request: web.Request) -> web.StreamResponse:
        """Stop the letters at once."""
        try:
            await self._addresses.stop(request.match_info["token"])
        except ValiseError as refused:
            return self._stop_page(request, "unknown", status=refused.status)
        return self._stop_page(request, "done")

    async def _page(
        self, request: web.Request, *, given: Given = NOTHING, refused: ValiseError | None = None
    ) -> web.Response:
        shown = await self._addresses.show(self._account(request))
        household = await self._family.household(request)
        refused_here = refused is not None and bool(given.names())
        return self._site.renderer.page(
            request,
            "home/letters.html",
            status=refused.status if refused else 200,
            shown=shown,
            has_child=bool(household.children),
            matters=MATTER_NAMES,
            chosen=matters_of(given.every("matter")) if refused_here else shown.matters,
            language=given.text("language") or shown.language or visitor_of(request).translate.lang,
            languages=[(one, _LANGUAGE_NAMES.get(one, one)) for one in LANGUAGES],
            typed=given.text("address") if refused_here else "",
            refused=refused,
        )

    def _stop_page(self, request: web.Request, state: str, *, status: int = 200) -> web.Response:
        return self._site.renderer.page(
            request, "home/letters_stop.html", status=status, state=state, here=request.path
        )

    def _account(self, request: web.Request) -> str:
        return self._site.person(request).account_id or ""
