"""Changes the edition of all tablets, or orders one to look again, and prints when it was committed."""

import asyncio
import sys
import time
from pathlib import Path

from bench.agents import EDITION, UAI
from mdm.android.orders import AgentOrders
from mdm.clock import SystemClock
from mdm.journal import Journal
from mdm.settings import load_settings
from mdm.store import open_database
from mdm.vault_key import open_vault
from profiles.compilers import compilers_of
from profiles.editions import Editions


async def change(config: Path, tablet: str | None) -> None:
    """Do it from a process of its own, as a technician's command does."""
    settings, clock = load_settings(config, {}), SystemClock()
    vault, journal = open_vault(settings.keys_dir), Journal(clock)
    database = await open_database(settings.database_url, clock)
    if tablet is not None:
        orders = AgentOrders(database, clock, journal, vault, push="polling")
        begun = time.time()
        await orders.give("configUpdated", {}, [tablet], actor="bench")
    else:
        editions = Editions(database, clock, journal, compilers_of(settings, vault))
        body = EDITION.format(name="B", erase="false").encode()
        edition = await editions.load(body, "b.toml", actor="bench")
        begun = time.time()
        await editions.follow(edition.edition_id, uai=UAI, actor="bench")
    print(begun)
    await database.close()


if __name__ == "__main__":
    asyncio.run(change(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None))
