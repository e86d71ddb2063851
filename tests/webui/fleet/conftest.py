"""The console with what the server's rounds do: tablets are brought to lists, counted, and work is carried on."""

import pytest

from mdm.fleet.report_store import ReportedFacts, save_facts
from mdm.store import Connection
from tests.webui.conftest import MakeSite
from tests.webui.repairs.console import Console


class FleetConsole(Console):
    """Tablets A1 to A3 in the first school, B1 in the far one, spares S1 and S2; A1 to A3 and B1 obey commands."""

    async def settle(self) -> None:
        await super().settle()

        def enrol(conn: Connection) -> None:
            for serial in ("A1", "A2", "A3", "B1"):
                conn.run(
                    "INSERT INTO apple_enrollment (udid, tablet_id, identity_digest, topic, state, enrolled_at)"
                    " VALUES (:it, :it, :it, 'com.apple.mgmt.External.x', 'enrolled', 1)",
                    it=self.tablets[serial],
                )
                said = ReportedFacts(
                    os_version="18.1", supervised=serial != "A3", battery=80, capacity=64 * 10**9, free_space=10**9
                )
                save_facts(conn, [(self.tablets[serial], said)], now=self.clock.ms())

        await self.database.write(enrol)
        await self.count()

    async def count(self) -> None:
        """Make a round, as the server does every few seconds."""
        await self.services.fleet_view.rounds.once()

    async def work(self) -> None:
        """Carry on all long work, as the server does."""
        await self.services.fleet_view.runner.once()

    async def queued(self, serial: str) -> list[str]:
        """The commands that wait for a tablet."""
        rows = await self.database.read(
            lambda conn: conn.all(
                "SELECT c.request_type FROM delivery d JOIN command c ON c.command_id = d.command_id"
                " WHERE d.state = 'queued' AND d.tablet_id = :it ORDER BY d.position",
                it=self.tablets[serial],
            )
        )
        return [row["request_type"] for row in rows]


@pytest.fixture
async def console(make_site: MakeSite) -> FleetConsole:
    """The pages with people and tablets."""
    made = FleetConsole(await make_site(demo=False))
    await made.settle()
    return made
