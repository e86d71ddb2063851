"""What a server does for the charter by itself: votes end, pilots come and go, rollouts go on, licences are asked for.

One server process of all those on a database does each of them.
"""

from contextlib import AsyncExitStack

from mdm.clock import Clock
from mdm.journal import Journal
from mdm.settings import Settings
from mdm.store import Database
from mdm.upkeep import Upkeep
from mdm.vault import Vault
from profiles.charter.charter import Charter
from profiles.compilers import Compilers
from profiles.licences.room import LicenceRoom, licence_room, licences_of
from profiles.rollouts.room import rollout_room

_MINUTE = 60.0


class CharterServices:
    """Runs them until it is stopped. ``licences`` is None where this server does not manage licences."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        journal: Journal,
        vault: Vault,
        settings: Settings,
        charter: Charter,
        compilers: Compilers,
    ) -> None:
        self._stack = AsyncExitStack()
        has_licences = settings.apps_and_books.enabled
        self.licences: LicenceRoom | None = (
            licence_room(database, clock, journal, vault, settings) if has_licences else None
        )
        licences = licences_of(clock, journal, settings)
        self.rollouts = rollout_room(database, clock, journal, charter.agreed, charter.following, compilers, licences)
        self._upkeeps = (
            Upkeep(
                database,
                (charter.votes.close_due, charter.moments.act),
                role="charter",
                period_seconds=_MINUTE,
            ),
            Upkeep(database, (self.rollouts.runner.tidy,), role="rollouts-tidy"),
        )

    async def start(self) -> None:
        """Start; what was started is stopped again when something cannot be."""
        try:
            for upkeep in self._upkeeps:
                await upkeep.start()
                self._stack.push_async_callback(upkeep.stop)
            await self.rollouts.runner.start()
            self._stack.push_async_callback(self.rollouts.runner.stop)
            if self.licences is not None:
                await self.licences.worker.start()
                self._stack.push_async_callback(self.licences.worker.stop)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop, in the reverse order."""
        await self._stack.aclose()
