"""The room of rollouts: its pages."""

from aiohttp import web

from webui.rollouts.pacing_pages import PacingPages
from webui.rollouts.planning_pages import PlanningPages
from webui.rollouts.rollout_pages import RolloutPages
from webui.rollouts.sheet import RolloutSheet
from webui.site import Site


def routes(site: Site) -> list[web.RouteDef]:
    """Return the routes of the room's pages."""
    sheet = RolloutSheet(site)
    return [
        *PlanningPages(site).routes(),
        *RolloutPages(site, sheet).routes(),
        *PacingPages(site, sheet).routes(),
    ]
