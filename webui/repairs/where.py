"""The doors of faults and inventories: whether whoever asks may do something where they lie."""

from aiohttp import web

from webui.permissions import Action, require
from webui.repairs.places import fault_place, inventory_place
from webui.scopes import Place
from webui.site import Site


async def at_fault(site: Site, request: web.Request, action: Action, fault_id: str) -> Place:
    """Return where a fault lies, when the person may do this there; raise `FaultUnknown` or `NotAllowed`."""
    require(site.person(request), action)
    place = await site.services.database.read(lambda conn: fault_place(conn, fault_id))
    require(site.person(request), action, place)
    return place


async def at_inventory(site: Site, request: web.Request, action: Action, inventory_id: str) -> Place:
    """Return where an inventory is taken, when the person may do this; raise `InventoryUnknown` or `NotAllowed`."""
    require(site.person(request), action)
    place = await site.services.database.read(lambda conn: inventory_place(conn, inventory_id))
    require(site.person(request), action, place)
    return place
