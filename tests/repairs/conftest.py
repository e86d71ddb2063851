"""The world of repairs, on SQLite or on each engine in turn."""

from pathlib import Path

import pytest

from mdm.clock import ManualClock
from mdm.store import Database
from tests.repairs.world import World


@pytest.fixture
async def world(database: Database, clock: ManualClock, tmp_path: Path) -> World:
    made = World(database, clock, tmp_path)
    await made.settle()
    return made


@pytest.fixture
async def any_world(any_database: Database, clock: ManualClock, tmp_path: Path) -> World:
    made = World(any_database, clock, tmp_path)
    await made.settle()
    return made
