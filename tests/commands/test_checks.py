"""The looking at tablets ends when it is told to, whatever comes at that moment."""

import asyncio

import pytest

from mdm.clock import ManualClock
from mdm.commands.checks import Checks
from mdm.commands.convergence import Convergence
from mdm.commands.target import Target
from mdm.fleet.fleet import Fleet
from mdm.journal import Journal
from mdm.store import Connection, Database


class NoTargets:
    def target_for(self, conn: Connection, tablet_id: str) -> Target | None:
        return None


@pytest.mark.parametrize("turns", range(4))
async def test_it_stops_although_a_change_comes_at_that_moment(
    database: Database, clock: ManualClock, turns: int
) -> None:
    convergence = Convergence(clock, NoTargets(), {}, Fleet(database, clock, Journal(clock)))
    checks = Checks(database, clock, convergence)
    await checks.start()
    await asyncio.sleep(0.2)
    database.events.dispatch([("checks", "")])
    for _ in range(turns):
        await asyncio.sleep(0)
    stopping = asyncio.create_task(checks.stop())
    _, unfinished = await asyncio.wait({stopping}, timeout=20)
    stopping.cancel()
    assert not unfinished
