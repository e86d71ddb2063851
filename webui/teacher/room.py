"""The pages of the teacher's room."""

from aiohttp import web

from webui.site import Site
from webui.teacher.class_pages import ClassPages
from webui.teacher.finding_pages import FindingPages
from webui.teacher.kit_list import KitListPages


def routes(site: Site) -> list[web.RouteDef]:
    """Return the routes."""
    return [*KitListPages(site).routes(), *ClassPages(site).routes(), *FindingPages(site).routes()]
