"""The rooms that the verbs work with, opened on one database and closed together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from enrollment.kit_codes import KitCodes
from mdm.cli.context import Cli
from mdm.composition import kit_codes_of
from mdm.fleet.fleet import Fleet
from mdm.fleet.imports import Imports
from mdm.store import Database
from profiles.charter.charter import Charter, charter_of


class Rooms(msgspec.Struct, frozen=True, kw_only=True):
    """What a verb may use."""

    database: Database
    fleet: Fleet
    imports: Imports
    tickets: KitCodes
    charter: Charter


@asynccontextmanager
async def open_rooms(cli: Cli) -> AsyncIterator[Rooms]:
    """Open the database and the rooms on it."""
    async with cli.database() as database:
        charter = charter_of(database, cli.clock, cli.journal, cli.vault, cli.settings)
        yield Rooms(
            database=database,
            fleet=Fleet(database, cli.clock, cli.journal),
            imports=Imports(database, cli.clock, cli.journal),
            tickets=kit_codes_of(database, cli.clock, cli.journal, cli.vault, cli.settings, charter.agreed),
            charter=charter,
        )
