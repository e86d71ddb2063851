"""“Where is tablet 7?”: what is known of it, and a button that makes it show itself."""

from aiohttp import web

from mdm.errors import ValiseError
from mdm.fleet.states import STATE_NAMES, TabletState
from mdm.home.class_mode.finding import SHOWN_WORDS
from webui.pages import page
from webui.permissions import Action
from webui.site import Site
from webui.teacher.kit_list import KIT


class FindingPages:
    """Pages about where the tablet of a place is."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._finding = site.services.modes.finding
        self._fleet = site.services.fleet

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        where = f"{KIT}/where/{{number:[0-9]{{1,3}}}}"
        return [
            page("GET", where, self.show, needs=Action.RUN_CLASS),
            page("POST", f"{where}/show", self.make_it_show, needs=Action.RUN_CLASS),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show what is known of a place's tablet."""
        return await self._page(request)

    async def make_it_show(self, request: web.Request) -> web.StreamResponse:
        """Let the tablet show its name."""
        kit_id, number = await self._place(request)
        try:
            await self._finding.show(kit_id, number, actor=self._site.person(request).actor)
        except ValiseError as refused:
            return await self._page(request, refused=refused)
        raise web.HTTPSeeOther(f"/kits/{kit_id}/where/{number}")

    async def _place(self, request: web.Request) -> tuple[str, int]:
        kit_id = request.match_info["kit_id"]
        await self._site.at_kit(request, Action.RUN_CLASS, kit_id)
        return kit_id, int(request.match_info["number"])

    async def _page(self, request: web.Request, *, refused: ValiseError | None = None) -> web.Response:
        kit_id, number = await self._place(request)
        view, found = await self._fleet.kit(kit_id), await self._finding.where(kit_id, number)
        return self._site.renderer.page(
            request,
            "teacher/where.html",
            status=refused.status if refused else 200,
            view=view,
            found=found,
            state=STATE_NAMES[TabletState(found.state)],
            shown=SHOWN_WORDS[found.shown] if found.shown is not None else "",
            refused=refused,
        )
