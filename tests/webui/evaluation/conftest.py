"""Researchers and their evaluations, in the autumn."""

from datetime import UTC, datetime

import pytest

from mdm.clock import ManualClock
from tests.webui.conftest import MakeSite
from tests.webui.evaluation.researchers import Research


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 10, 1, 9, 0, tzinfo=UTC))


@pytest.fixture
async def research(make_site: MakeSite, clock: ManualClock) -> Research:
    made = Research(await make_site(demo=False), clock)
    await made.begin()
    return made
