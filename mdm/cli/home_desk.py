"""What the verbs about pupils, loans and evaluations work with, opened on one database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from mdm.cli.context import Cli
from mdm.home_parts import HomeRoom, home_room
from mdm.logs import quiet_logs
from mdm.repairs.room import repair_room
from mdm.store import Database
from profiles.charter.agreed import AgreedEditions
from profiles.charter.charter import charter_of
from profiles.costs.warranties import PurchasedWarranties


class HomeDesk(msgspec.Struct, frozen=True, kw_only=True):
    """The database and the rooms of the home, as the server has them."""

    database: Database
    home: HomeRoom


@asynccontextmanager
async def open_home(cli: Cli) -> AsyncIterator[HomeDesk]:
    """Open them; what the fleet logs of each step stays off the terminal, for it is in the journal."""
    quiet_logs()
    async with cli.database() as database:
        charter = charter_of(database, cli.clock, cli.journal, cli.vault, cli.settings)
        yield HomeDesk(database=database, home=home_on(cli, database, charter.agreed))


def home_on(cli: Cli, database: Database, agreed: AgreedEditions) -> HomeRoom:
    """Make the rooms of the home on a database that is open."""
    repair = repair_room(database, cli.clock, cli.journal, PurchasedWarranties(), cli.settings.data_dir)
    return home_room(database, cli.clock, cli.journal, cli.vault, cli.settings, agreed, cli.catalogs, repair.faults)
