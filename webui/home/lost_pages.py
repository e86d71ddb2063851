"""A lost tablet as its family sees it: declared in two taps, searched, found; and who else looked where it is."""

from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from mdm.apple.error_words import explain
from mdm.errors import ValiseError
from mdm.fleet.tablet_store import require_tablet
from mdm.fleet.territory_store import require_school
from mdm.home.calendar.places import place_of
from mdm.home.lost.search import STANDING_NAMES, Screen, SearchState
from mdm.i18n import N_, Translator
from mdm.store import Connection, Event
from webui.home.family import Family
from webui.home.loan_pages import LOAN
from webui.home.speech import Speech
from webui.live import Parts
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.site import Site
from webui.visitor import visitor_of


class LostPages:
    """Takes in what families say of a tablet that they cannot find."""

    def __init__(self, site: Site, family: Family) -> None:
        self._site = site
        self._family = family
        self._searches = site.services.home.lost.searches

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        owns = Action.OWN_LOANS
        return [
            page("GET", f"{LOAN}/lost", self.show, needs=owns),
            page("GET", f"{LOAN}/lost/events", self.follow, needs=owns),
            page("POST", f"{LOAN}/lost", self.declare, needs=owns),
            page("POST", f"{LOAN}/lost/ask", self.ask, needs=owns),
            page("POST", f"{LOAN}/lost/ring", self.ring, needs=owns),
            page("POST", f"{LOAN}/lost/found", self.found, needs=owns),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Say what happens when a tablet is declared lost; for one that is, show what is known."""
        return await self._page(request)

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Send what is known as it changes."""
        detail = await self._family.loan_at_home(request)
        visitor = visitor_of(request)

        async def render() -> Parts:
            values = await self._values(request)
            return {"lost": self._site.renderer.fragment(visitor.translate, "home/_lost.html", **values)}

        def concerns(event: Event) -> bool:
            return event.key == detail.view.loan.tablet_id

        return await self._site.follow(request, render, concerns, topics=("tablet",))

    async def declare(self, request: web.Request) -> web.StreamResponse:
        """Declare the tablet lost, or ask for its search again."""
        loan_id, given = await self._who(request)
        try:
            await self._searches.declare_by_guardian(loan_id, **given)
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        notice = N_("The tablet is declared lost. The school and the technicians know it now.")
        raise see_other(f"/home/loans/{loan_id}/lost", notice=notice)

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """Ask the tablet where it is."""
        loan_id, given = await self._who(request)
        try:
            await self._searches.ask_by_guardian(loan_id, **given)
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise see_other(
            f"/home/loans/{loan_id}/lost", notice=N_("The tablet is asked. It answers once it is connected.")
        )

    async def ring(self, request: web.Request) -> web.StreamResponse:
        """Let the tablet ring."""
        loan_id, given = await self._who(request)
        try:
            await self._searches.ring_by_guardian(loan_id, **given)
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise see_other(f"/home/loans/{loan_id}/lost", notice=N_("It rings as soon as it is connected."))

    async def found(self, request: web.Request) -> web.StreamResponse:
        """Say that the tablet is found."""
        loan_id, given = await self._who(request)
        try:
            await self._searches.found_by_guardian(loan_id, **given)
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise see_other("/home", notice=N_("How good! Its position is erased, and the tablet unlocks itself."))

    async def _who(self, request: web.Request) -> tuple[str, dict[str, str]]:
        detail = await self._family.loan_at_home(request)
        person = self._site.person(request)
        return detail.view.loan.loan_id, {"account_id": person.account_id or "", "actor": person.actor}

    async def _page(self, request: web.Request, *, refused: ValiseError | None = None) -> web.Response:
        values = await self._values(request)
        return self._site.renderer.page(
            request, "home/lost.html", status=refused.status if refused else 200, refused=refused, **values
        )

    async def _values(self, request: web.Request) -> dict[str, Any]:
        detail = await self._family.loan_at_home(request)
        loan, translate = detail.view.loan, visitor_of(request).translate
        account_id = self._site.person(request).account_id or ""
        view = await self._searches.for_guardian(loan.loan_id, account_id=account_id)

        def read(conn: Connection) -> tuple[str, ZoneInfo]:
            zone = ZoneInfo(place_of(require_school(conn, loan.uai).insee).time_zone)
            return require_tablet(conn, loan.tablet_id).platform.value, zone

        platform, zone = await self._site.services.database.read(read)
        return {
            "detail": detail,
            "view": view,
            "platform": platform,
            "standings": STANDING_NAMES,
            "states": SearchState,
            "screens": Screen,
            "problem": _problem(view.search.place_problem if view else None, translate),
            "speech": Speech(translate=translate, now=self._site.services.clock.now(), zone=zone),
        }


def _problem(chain: str | None, translate: Translator) -> str:
    """Return why the tablet could not say where it is, in words; empty where nothing went wrong."""
    return explain(chain, translate).what if chain else ""
