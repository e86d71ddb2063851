"""The accessibility statement: what was checked and how, what is not accessible yet, and whom to tell."""

from aiohttp import web

from webui.pages import Door, page
from webui.site import Site


class AccessibilityPage:
    """Shows the statement; everybody may read it. Form: the model of RGAA 4.1, "Déclaration d'accessibilité"."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [page("GET", "/accessibility", self.show, needs=Door.OPEN)]

    async def show(self, request: web.Request) -> web.Response:
        """Show the statement."""
        organization = self._site.services.settings.enrollment.organization
        return self._site.renderer.page(request, "accessibility.html", organization=organization)
