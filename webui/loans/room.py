"""The pages of pupils, families and loans."""

from aiohttp import web

from webui.loans.import_pages import ImportPages
from webui.loans.loan_list_pages import LoanListPages
from webui.loans.loan_pages import LoanPages
from webui.loans.pupil_list_pages import PupilListPages
from webui.loans.pupil_pages import PupilPages
from webui.loans.year_pages import YearPages
from webui.site import Site


def routes(site: Site) -> list[web.RouteDef]:
    """Return the routes."""
    rooms = (PupilListPages, ImportPages, YearPages, PupilPages, LoanListPages, LoanPages)
    return [route for room in rooms for route in room(site).routes()]
