"""The pages of heads and managers."""

from aiohttp import web

from webui.school.cost_pages import CostPages
from webui.school.school_pages import SchoolPages
from webui.site import Site


def routes(site: Site) -> list[web.RouteDef]:
    """Return the routes."""
    return [*SchoolPages(site).routes(), *CostPages(site).routes()]
