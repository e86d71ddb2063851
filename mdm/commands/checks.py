"""Looks at every tablet again when its time has come: soon after a change, once a day when all is well."""

from collections.abc import Sequence
from functools import partial

from mdm.clock import Clock
from mdm.commands.convergence import Convergence
from mdm.commands.convergence_store import due_tablets, platforms_of
from mdm.rounds import Rounds, change_or_time
from mdm.store import Connection, Database

_PERIOD_SECONDS = 2.0
_AT_ONCE = 25


class Checks:
    """A service that runs in one server process of all those on a database."""

    def __init__(self, database: Database, clock: Clock, convergence: Convergence) -> None:
        self._database = database
        self._clock = clock
        self._convergence = convergence
        self._rounds = Rounds(
            database, "checks", self.look_at_due, pause=partial(change_or_time, database, "checks", _PERIOD_SECONDS)
        )

    async def start(self) -> None:
        """Begin to look."""
        await self._rounds.start()

    async def stop(self) -> None:
        """Stop looking; what was begun is finished or undone whole."""
        await self._rounds.stop()

    async def look_at_due(self) -> int:
        """Look at the tablets that are due; return how many."""
        looked = 0
        while due := await self._database.read(lambda conn: due_tablets(conn, now=self._clock.ms(), limit=_AT_ONCE)):
            await self._database.write(partial(self._look, tablets=due))
            looked += len(due)
        return looked

    def _look(self, conn: Connection, *, tablets: Sequence[str]) -> None:
        for tablet_id, platform in platforms_of(conn, tablets).items():
            self._convergence.look(conn, tablet_id, platform)
