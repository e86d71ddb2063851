"""The room of the fleet: its pages."""

from aiohttp import web

from webui.fleet.bulk_pages import BulkPages
from webui.fleet.glance_pages import GlancePages
from webui.fleet.import_pages import ImportPages
from webui.fleet.kit_making import KitMakingPages
from webui.fleet.kit_naming import KitNamingPages
from webui.fleet.list_pages import ListPages
from webui.fleet.order_pages import OrderPages
from webui.fleet.search_pages import SearchPages
from webui.fleet.tablet_pages import TabletPages
from webui.site import Site


def routes(site: Site) -> list[web.RouteDef]:
    """Return the routes of the room's pages."""
    lists = ListPages(site)
    return [
        *GlancePages(site).routes(),
        *lists.routes(),
        *BulkPages(site, lists).routes(),
        *ImportPages(site).routes(),
        *KitMakingPages(site).routes(),
        *KitNamingPages(site).routes(),
        *OrderPages(site).routes(),
        *SearchPages(site).routes(),
        *TabletPages(site).routes(),
    ]
