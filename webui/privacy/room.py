"""The pages of personal data."""

from aiohttp import web

from webui.privacy.erasure_pages import ErasurePages
from webui.privacy.mine_pages import MinePages
from webui.privacy.register_pages import RegisterPages
from webui.privacy.request_pages import RequestPages
from webui.site import Site


def routes(site: Site) -> list[web.RouteDef]:
    """Return the routes."""
    rooms = (RegisterPages, RequestPages, ErasurePages, MinePages)
    return [route for room in rooms for route in room(site, site.services.privacy).routes()]
