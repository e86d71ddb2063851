"""Carries a rollout out until it is killed: ``python -m tests.rollouts.crash_worker URL FOLDER``."""

import asyncio
import sys
from pathlib import Path

from mdm.clock import SystemClock
from mdm.journal import Journal
from mdm.settings import Keys, Server, Settings
from mdm.store import open_database
from mdm.vault import Vault
from profiles.charter.charter import charter_of
from profiles.compilers import compilers_of
from profiles.licences.licences import Licences
from profiles.rollouts.room import rollout_room


async def work(url: str, folder: Path) -> None:
    """Run the rollout for ever."""
    clock = SystemClock()
    journal = Journal(clock)
    settings = Settings(server=Server(data_dir=str(folder)), keys=Keys(folder=str(folder)))
    vault = Vault(bytes(range(32)))
    database = await open_database(url, clock)
    charter = charter_of(database, clock, journal, vault, settings)
    licences = Licences(clock, journal, enabled=False)
    compilers = compilers_of(settings, vault)
    room = rollout_room(database, clock, journal, charter.agreed, charter.following, compilers, licences)
    print("ready", flush=True)
    while True:
        await room.runner.run_once()
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], Path(sys.argv[2])))
