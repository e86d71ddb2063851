"""All that looking at the fleet is made of, as the pages and the server use it."""

from collections.abc import Sequence

import msgspec

from mdm.android.orders import AgentOrders
from mdm.apple.orders import Orders
from mdm.clock import Clock
from mdm.fleet.fleet import Fleet
from mdm.fleet.imports import Imports
from mdm.fleet.search import Search
from mdm.fleet_view.bulk import Bulk
from mdm.fleet_view.figures import FleetFigures
from mdm.fleet_view.geography import Geography
from mdm.fleet_view.history import TabletHistory
from mdm.fleet_view.lists import TabletLists
from mdm.fleet_view.rounds import FleetRounds
from mdm.fleet_view.saved_filters import SavedFilters
from mdm.fleet_view.single import SingleOrders
from mdm.fleet_view.tablet_import import TabletImports
from mdm.journal import Journal
from mdm.long_work.service import LongWorks, WorkRunner
from mdm.long_work.work import WorkKind
from mdm.store import Database
from mdm.vault import Vault


class FleetViewRoom(msgspec.Struct, frozen=True, kw_only=True):
    """The services; ``rounds`` and ``runner`` are started by the server."""

    search: Search
    lists: TabletLists
    figures: FleetFigures
    geography: Geography
    filters: SavedFilters
    history: TabletHistory
    bulk: Bulk
    single: SingleOrders
    works: LongWorks
    imports: Imports
    tablet_imports: TabletImports
    rounds: FleetRounds
    runner: WorkRunner


def fleet_view_room(
    database: Database,
    clock: Clock,
    journal: Journal,
    vault: Vault,
    fleet: Fleet,
    *,
    push: str,
    work_kinds: Sequence[WorkKind] = (),
) -> FleetViewRoom:
    """Make them; ``push`` is how Android's agents listen, ``work_kinds`` the long work of other rooms."""
    works = LongWorks(database, clock, journal)
    orders = Orders(database, clock, journal, vault)
    agent_orders = AgentOrders(database, clock, journal, vault, push=push)
    bulk = Bulk(database, clock, journal, fleet, orders, agent_orders, works)
    return FleetViewRoom(
        search=Search(database),
        lists=TabletLists(database, clock),
        figures=FleetFigures(database),
        geography=Geography(database, clock, journal),
        filters=SavedFilters(database, clock),
        history=TabletHistory(database),
        bulk=bulk,
        single=SingleOrders(database, works, bulk),
        works=works,
        imports=Imports(database, clock, journal),
        tablet_imports=TabletImports(database, clock, journal),
        rounds=FleetRounds(database, clock),
        runner=WorkRunner(database, clock, [bulk.kind(), *work_kinds]),
    )
