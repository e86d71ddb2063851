"""Agrees on the policy in a file on a prepared server: ``python -m tests.charter.agree_policy CONFIG FILE``."""

import asyncio
import sys
from pathlib import Path

from mdm.clock import SystemClock
from mdm.journal import Journal
from mdm.settings import load_settings
from mdm.store import open_database
from mdm.vault_key import open_vault
from profiles.policy import load_policy
from tests.charter.agreeing_in_store import Agreement


async def agree(config: Path, file: Path) -> str:
    """Return the edition in which the policy holds for everybody."""
    settings, clock = load_settings(config, {}), SystemClock()
    database = await open_database(settings.database_url, clock)
    agreement = Agreement(database, clock, Journal(clock), open_vault(settings.keys_dir), settings)
    record = await agreement.agree(load_policy(file.read_bytes(), file.name))
    await database.close()
    return record.edition_id


if __name__ == "__main__":
    print(asyncio.run(agree(Path(sys.argv[1]), Path(sys.argv[2]))))
