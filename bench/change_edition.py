"""Changes the edition of all tablets, or orders one to look again, and prints when it was committed."""

import asyncio
import sys
import time
from pathlib import Path

import msgspec

from bench.agents import EDITION
from mdm.android.orders import AgentOrders
from mdm.clock import SystemClock
from mdm.journal import Journal
from mdm.settings import load_settings
from mdm.store import open_database
from mdm.vault_key import open_vault
from profiles.policy import load_policy
from tests.charter.agreeing_in_store import Agreement


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
        agreement = Agreement(database, clock, journal, vault, settings)
        policy = msgspec.to_builtins(load_policy(EDITION.format(name="B", erase="false").encode()))
        await agreement.decide("review", changes=[{"op": "adopt", "policy": policy}])
        published = await agreement.charter.editions.publish(actor="bench")
        edition_id, following = published.record.edition_id, agreement.charter.following
        begun = time.time()
        await database.write(lambda conn: following.set_current(conn, edition_id, actor="bench"))
    print(begun)
    await database.close()


if __name__ == "__main__":
    asyncio.run(change(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None))
