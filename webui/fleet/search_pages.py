"""The search of a lost tablet: two persons ask for it, and only these two look where it is; the family is told."""

from typing import Any

from aiohttp import web

from mdm.errors import ValiseError
from mdm.fleet.states import TabletEvent, possible_events
from mdm.home.lost.search import STANDING_NAMES, Position, Screen, SearchState
from mdm.i18n import N_
from webui.fleet.tablet_pages import TABLET
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.site import Site
from webui.standing import standing_of

_SEARCH = f"{TABLET}/search"


class SearchPages:
    """Shows a search to whoever reads the fleet there, and takes what those do who may declare a tablet lost."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._searches = site.services.home.lost.searches

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        loses = Action.DECLARE_LOST
        return [
            page("GET", _SEARCH, self.show, needs=Action.READ_FLEET),
            page("POST", f"{_SEARCH}/declare", self.declare, needs=loses),
            page("POST", f"{_SEARCH}/confirm", self.confirm, needs=loses),
            page("POST", f"{_SEARCH}/look", self.look, needs=loses),
            page("POST", f"{_SEARCH}/ask", self.ask, needs=loses),
            page("POST", f"{_SEARCH}/ring", self.ring, needs=loses),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show how far the search is, without a position."""
        return await self._page(request)

    async def declare(self, request: web.Request) -> web.StreamResponse:
        """Declare the tablet lost, and ask as the first of two for its search."""
        tablet_id, given = await self._who(request)
        try:
            await self._searches.declare(tablet_id, **given)
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise see_other(f"/tablets/{tablet_id}/search", notice=N_("It is noted. Another person must confirm."))

    async def confirm(self, request: web.Request) -> web.StreamResponse:
        """Confirm, as the second person."""
        tablet_id, given = await self._who(request)
        try:
            await self._searches.confirm(tablet_id, **given)
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise see_other(f"/tablets/{tablet_id}/search", notice=N_("The search has begun. The family is told."))

    async def look(self, request: web.Request) -> web.StreamResponse:
        """Show the position to one of the two; that they looked is noted, so that no address shows it again."""
        tablet_id, given = await self._who(request)
        try:
            position = await self._searches.look(tablet_id, **given)
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        return await self._page(request, position=position, looked=True)

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """Ask the tablet where it is."""
        tablet_id, given = await self._who(request)
        try:
            await self._searches.ask(tablet_id, actor=given["actor"])
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        notice = N_("The tablet is asked. It answers once it is connected.")
        raise see_other(f"/tablets/{tablet_id}/search", notice=notice)

    async def ring(self, request: web.Request) -> web.StreamResponse:
        """Let the tablet ring."""
        tablet_id, given = await self._who(request)
        try:
            await self._searches.ring(tablet_id, actor=given["actor"])
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise see_other(f"/tablets/{tablet_id}/search", notice=N_("It rings as soon as it is connected."))

    async def _who(self, request: web.Request) -> tuple[str, dict[str, Any]]:
        tablet_id = request.match_info["tablet_id"]
        place = await self._site.at_tablet(request, Action.DECLARE_LOST, tablet_id)
        person = self._site.person(request)
        return tablet_id, {"standing": standing_of(person, place), "actor": person.actor}

    async def _page(
        self,
        request: web.Request,
        *,
        refused: ValiseError | None = None,
        position: Position | None = None,
        looked: bool = False,
    ) -> web.Response:
        tablet_id = request.match_info["tablet_id"]
        place = await self._site.at_tablet(request, Action.READ_FLEET, tablet_id)
        person = self._site.person(request)
        view = await self._searches.of_tablet(tablet_id)
        tablet = await self._site.services.fleet.tablet(tablet_id)
        return self._site.renderer.page(
            request,
            "fleet/search.html",
            status=refused.status if refused else 200,
            refused=refused,
            tablet=tablet.tablet,
            view=view,
            position=position,
            looked=looked,
            me=person.actor,
            may_lose=self._site.may(request, Action.DECLARE_LOST, place),
            can_be_lost=TabletEvent.LOSE in possible_events(tablet.tablet.state),
            is_one_of_two=view is not None and view.search.seen_by(person.actor),
            standings=STANDING_NAMES,
            states=SearchState,
            screens=Screen,
        )
