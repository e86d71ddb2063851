"""The front page: it sends each person to where their day begins."""

from aiohttp import web

from webui.navigation import first_page
from webui.pages import Door, page
from webui.site import Site


class FrontPage:
    """Sends people on."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [page("GET", "/", self.show, needs=Door.SIGNED_IN)]

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Send whoever is signed in to their first page."""
        raise web.HTTPSeeOther(first_page(self._site.person(request)))
