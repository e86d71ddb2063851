"""The office of a school, on a Tuesday morning."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from mdm.clock import ManualClock
from tests.webui.conftest import MakeSite
from tests.webui.loans.office import Office


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))


@pytest.fixture
async def office(make_site: MakeSite) -> AsyncIterator[Office]:
    made = Office(await make_site(demo=False))
    await made.begin()
    runner = made.site.services.fleet_view.runner
    await runner.start()
    yield made
    await runner.stop()
