"""Two children with their guardians, on SQLite, and on each engine in turn."""

from datetime import UTC, datetime

import pytest

from mdm.clock import ManualClock
from mdm.store import Database
from tests.home.pupils.families import LINA, NOE, Town, guardians_file, onde

ROWS = (
    "MME;;VERNAQUE;ILSE;1 rue;ilse@exemple.fr;;VERNAQUE;Lina;CE1 A;;;;",
    "M.;;VERNAQUE;Odon;9 rue;;;VERNAQUE;Lina;CE1 A;;TARBOUCHE;Noé;CE2 B",
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 9, 1, 8, 0, tzinfo=UTC))


@pytest.fixture
async def town(database: Database, clock: ManualClock) -> Town:
    return await _with_families(database, clock)


@pytest.fixture
async def any_town(any_database: Database, clock: ManualClock) -> Town:
    return await _with_families(any_database, clock)


async def _with_families(database: Database, clock: ManualClock) -> Town:
    made = Town(database, clock)
    await made.build()
    await made.take_in(onde(LINA, NOE), guardians_file(*ROWS))
    return made
