"""The pages of the home-use picture and of evaluations."""

from aiohttp import web

from webui.evaluation.choice_pages import ChoicePages
from webui.evaluation.evaluation_pages import EvaluationPages
from webui.evaluation.picture_pages import PicturePages
from webui.site import Site


def routes(site: Site) -> list[web.RouteDef]:
    """Return the routes."""
    return [*PicturePages(site).routes(), *EvaluationPages(site).routes(), *ChoicePages(site).routes()]
