"""The console of repairs, on SQLite."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.webui.conftest import MakeSite
from tests.webui.repairs.browsing import opened
from tests.webui.repairs.console import Console


@pytest.fixture
async def console(make_site: MakeSite) -> Console:
    """The pages with people, tablets and spares."""
    made = Console(await make_site(demo=False))
    await made.settle()
    return made


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with opened() as found:
        yield found
