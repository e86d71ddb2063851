"""The pages of heads and managers."""

from aiohttp import web

from webui.school.calendar_pages import CalendarPages
from webui.school.cost_pages import CostPages
from webui.school.dates_pages import DatesPages
from webui.school.network_pages import NetworkPages
from webui.school.school_pages import SchoolPages
from webui.site import Site


def routes(site: Site) -> list[web.RouteDef]:
    """Return the routes."""
    return [
        *SchoolPages(site).routes(),
        *NetworkPages(site).routes(),
        *CalendarPages(site).routes(),
        *DatesPages(site).routes(),
        *CostPages(site).routes(),
    ]
