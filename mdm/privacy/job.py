"""The purge and the erasures that wait, in rounds: at the server's start and then every six hours."""

import asyncio
from functools import partial

import structlog

from mdm.privacy.purge import Purge
from mdm.rounds import Rounds
from mdm.store import Database

log = structlog.get_logger()

_PERIOD_SECONDS = 6 * 3600.0
_RETRY_SECONDS = 60.0


class PurgeJob:
    """Runs the purge in one server process of all those on a database.

    It begins at once: a backup that was restored brings back what was past its time.
    """

    def __init__(self, database: Database, purge: Purge, *, period_seconds: float = _PERIOD_SECONDS) -> None:
        self._purge = purge
        self._rounds = Rounds(
            database,
            "purge",
            self._once,
            pause=partial(asyncio.sleep, period_seconds),
            idle=partial(asyncio.sleep, _RETRY_SECONDS),
        )

    async def start(self) -> None:
        """Begin."""
        await self._rounds.start()

    async def stop(self) -> None:
        """End; a transaction that was begun is finished or undone whole."""
        await self._rounds.stop()

    async def _once(self) -> None:
        done = await self._purge.once()
        if not done.nothing:
            log.info(
                "personal_data_purged",
                rows=sum(done.rows.values()),
                files=done.files,
                transactions=done.transactions,
                longest_ms=done.longest_ms,
            )
