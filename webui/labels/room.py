"""The room of label sheets: its page."""

from aiohttp import web

from webui.labels.label_pages import LabelPages
from webui.site import Site


def routes(site: Site) -> list[web.RouteDef]:
    """Return the routes of the room's page."""
    return LabelPages(site).routes()
