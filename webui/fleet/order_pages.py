"""One action on one tablet: a page that asks whether it is meant, then it is done."""

from aiohttp import web

from mdm.errors import ValiseError
from mdm.fleet_view.bulk_actions import BulkAction, find_action
from mdm.i18n import N_
from webui.errors import PageNotFound
from webui.fleet.errors import NotSure
from webui.fleet.list_pages import needed
from webui.fleet.speech import Speech
from webui.fleet.tablet_pages import TABLET
from webui.forms import given_in
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.site import Site
from webui.visitor import visitor_of

_ORDER = f"{TABLET}/orders/{{action:[a-z_]{{1,20}}}}"


class OrderPages:
    """Gives one tablet an order."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._single = site.services.fleet_view.single

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", _ORDER, self.ask, needs=Action.READ_FLEET),
            page("POST", _ORDER, self.give, needs=Action.READ_FLEET),
        ]

    async def ask(self, request: web.Request) -> web.Response:
        """Ask whether it is meant; where it cannot be done, say why."""
        action = await self._action(request)
        return await self._page(request, action)

    async def give(self, request: web.Request) -> web.StreamResponse:
        """Do it."""
        action = await self._action(request)
        tablet_id = request.match_info["tablet_id"]
        given = await given_in(request)
        try:
            if action.final and not given.is_set("sure"):
                raise NotSure
            await self._single.carry_out(
                action.name,
                tablet_id,
                argument=given.text("argument") if action.takes else "",
                actor=self._site.person(request).actor,
            )
        except ValiseError as refused:
            return await self._page(request, action, refused=refused)
        notice = N_("The tablet gets the order as soon as it answers.") if action.is_command else N_("It is done.")
        raise see_other(f"/tablets/{tablet_id}", notice=notice)

    async def _action(self, request: web.Request) -> BulkAction:
        action = find_action(request.match_info["action"])
        if action.needs:
            raise PageNotFound
        await self._site.at_tablet(request, needed(action), request.match_info["tablet_id"])
        return action

    async def _page(
        self, request: web.Request, action: BulkAction, *, refused: ValiseError | None = None
    ) -> web.Response:
        tablet_id = request.match_info["tablet_id"]
        return self._site.renderer.page(
            request,
            "fleet/order.html",
            status=refused.status if refused else 200,
            refused=refused,
            view=await self._site.services.fleet.tablet(tablet_id),
            action=action,
            reason=await self._single.reason(action, tablet_id),
            speech=Speech(visitor_of(request).translate),
        )
