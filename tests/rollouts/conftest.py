"""A territory of three schools with a charter, on SQLite or on each engine in turn."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mdm.clock import ManualClock
from mdm.store import Database
from tests.rollouts.world import Territory


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 26, 17, 0, tzinfo=UTC))


@pytest.fixture
async def territory(database: Database, clock: ManualClock, tmp_path: Path) -> Territory:
    made = Territory(database, clock, tmp_path)
    await made.settle()
    return made


@pytest.fixture
async def any_territory(any_database: Database, clock: ManualClock, tmp_path: Path) -> Territory:
    made = Territory(any_database, clock, tmp_path)
    await made.settle()
    return made
