"""The room of faults, spares and inventories: its pages."""

from aiohttp import web

from webui.repairs.fault_pages import FaultPages
from webui.repairs.fault_sheet import FaultSheet
from webui.repairs.fault_steps import FaultSteps
from webui.repairs.inventory_pages import InventoryPages
from webui.repairs.report_pages import ReportPages
from webui.repairs.spare_pages import SparePages
from webui.site import Site


def routes(site: Site) -> list[web.RouteDef]:
    """Return the routes of the room's pages."""
    sheet = FaultSheet(site)
    return [
        *FaultPages(site, sheet).routes(),
        *FaultSteps(site, sheet).routes(),
        *ReportPages(site, sheet).routes(),
        *SparePages(site, sheet).routes(),
        *InventoryPages(site).routes(),
    ]
