"""A world with loans: on SQLite, and on each engine in turn for what a store must do alike."""

from datetime import UTC, datetime

import pytest

from mdm.clock import ManualClock
from mdm.store import Database
from tests.home_use.world import World


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 25, 17, 0, tzinfo=UTC))


@pytest.fixture
async def world(database: Database, clock: ManualClock) -> World:
    made = World(database, clock)
    await made.begin()
    return made


@pytest.fixture
async def any_world(any_database: Database, clock: ManualClock) -> World:
    made = World(any_database, clock)
    await made.begin()
    return made
