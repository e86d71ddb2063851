"""A class on a Tuesday morning, on SQLite and on PostgreSQL."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mdm.clock import ManualClock
from mdm.store import Database
from tests.home.classroom import Classroom


@pytest.fixture
def tuesday() -> ManualClock:
    """Tuesday 24 November 2026, 10:00 in Audignon: class until 11:45, then from 13:45 to 15:45."""
    return ManualClock(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))


@pytest.fixture
def clock(tuesday: ManualClock) -> ManualClock:
    return tuesday


@pytest.fixture
async def room(database: Database, tuesday: ManualClock, tmp_path: Path) -> Classroom:
    """A classroom that is not opened yet, on SQLite."""
    return Classroom(database, tuesday, tmp_path)


@pytest.fixture
async def any_room(any_database: Database, tuesday: ManualClock, tmp_path: Path) -> Classroom:
    """A classroom that is not opened yet, on each engine in turn."""
    return Classroom(any_database, tuesday, tmp_path)
