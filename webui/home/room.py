"""The parent's pages."""

from aiohttp import web

from webui.home.data_pages import DataPages
from webui.home.family import Family
from webui.home.home_page import HomePage
from webui.home.join_pages import JoinPages
from webui.home.letter_pages import LetterPages
from webui.home.loan_pages import LoanPages
from webui.home.lost_pages import LostPages
from webui.home.rules_pages import RulesPages
from webui.home.training_pages import TrainingPages
from webui.home.trouble_pages import TroublePages
from webui.site import Site


def routes(site: Site) -> list[web.RouteDef]:
    """Return the routes."""
    family = Family(site)
    return [
        *JoinPages(site, site.doors.newcomers, site.doors.codes_tried).routes(),
        *HomePage(site, family).routes(),
        *TrainingPages(site, family).routes(),
        *LoanPages(site, family).routes(),
        *LostPages(site, family).routes(),
        *TroublePages(site, family).routes(),
        *RulesPages(site, family).routes(),
        *DataPages(site, family).routes(),
        *LetterPages(site, family).routes(),
    ]
