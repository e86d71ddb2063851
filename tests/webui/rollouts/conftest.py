"""Rollouts behind the pages, on SQLite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from mdm.clock import ManualClock
from tests.webui.conftest import MakeSite
from tests.webui.repairs.browsing import opened
from tests.webui.repairs.console import Console
from tests.webui.rollouts.pacing import World


@pytest.fixture
async def world(make_site: MakeSite, clock: ManualClock, tmp_path: Path) -> World:
    """The pages, people, kits, and an edition that waits to be rolled out."""
    console = Console(await make_site(demo=False))
    await console.settle()
    made = World(console, clock, tmp_path)
    await made.settle()
    return made


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with opened() as found:
        yield found
