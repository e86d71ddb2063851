"""A study: on SQLite, and on each engine in turn for what a store must do alike."""

from datetime import UTC, datetime

import pytest

from mdm.clock import ManualClock
from mdm.store import Database
from tests.evaluation.study import Study


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 10, 1, 9, 0, tzinfo=UTC))


@pytest.fixture
async def study(database: Database, clock: ManualClock) -> Study:
    made = Study(database, clock)
    await made.begin()
    return made


@pytest.fixture
async def any_study(any_database: Database, clock: ManualClock) -> Study:
    made = Study(any_database, clock)
    await made.begin()
    return made
