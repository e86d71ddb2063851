"""The two schools: on SQLite, and where the store itself is meant, on each engine in turn."""

from datetime import UTC, datetime

import pytest

from mdm.clock import ManualClock
from mdm.store import Database
from tests.home.pupils.families import Town


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 9, 1, 8, 0, tzinfo=UTC))


@pytest.fixture
async def town(database: Database, clock: ManualClock) -> Town:
    made = Town(database, clock)
    await made.build()
    return made


@pytest.fixture
async def any_town(any_database: Database, clock: ManualClock) -> Town:
    made = Town(any_database, clock)
    await made.build()
    return made
