"""Another name for a kit."""

from aiohttp import web

from mdm.commands.kit_naming import KitNaming
from mdm.errors import ValiseError
from mdm.fleet.names import KIT_NAME_LIMIT
from mdm.i18n import N_
from webui.forms import given_in
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action
from webui.site import Site

_PATH = "/kits/{kit_id:[0-9a-f]{32}}/name"


class KitNamingPages:
    """Renames kits."""

    def __init__(self, site: Site) -> None:
        services = site.services
        self._site = site
        self._fleet = services.fleet
        self._naming = KitNaming(services.database, services.clock, services.journal)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", _PATH, self.ask, needs=Action.EDIT_FLEET),
            page("POST", _PATH, self.rename, needs=Action.EDIT_FLEET),
        ]

    async def ask(self, request: web.Request) -> web.Response:
        """Show the form, with the name of today."""
        return await self._page(request, await self._kit(request))

    async def rename(self, request: web.Request) -> web.StreamResponse:
        """Give the kit its other name."""
        kit_id, given = await self._kit(request), await given_in(request)
        try:
            await self._naming.rename(kit_id, given.text("name"), actor=self._site.person(request).actor)
        except ValiseError as refused:
            return await self._page(request, kit_id, name=given.text("name"), refused=refused)
        raise see_other(f"/kits/{kit_id}", notice=N_("The kit has its new name. Print its labels again."))

    async def _kit(self, request: web.Request) -> str:
        kit_id = request.match_info["kit_id"]
        await self._site.at_kit(request, Action.EDIT_FLEET, kit_id)
        return kit_id

    async def _page(
        self, request: web.Request, kit_id: str, *, name: str | None = None, refused: ValiseError | None = None
    ) -> web.Response:
        view = await self._fleet.kit(kit_id)
        return self._site.renderer.page(
            request,
            "fleet/kit_name.html",
            status=refused.status if refused else 200,
            refused=refused,
            kit=view.kit,
            filled=sum(slot.tablet_id is not None for slot in view.slots),
            name=view.kit.name if name is None else name,
            limit=KIT_NAME_LIMIT,
        )
