"""What a server does by the clock: renews certificates in time, and forgets what is of no more use.

Runs in one server process of all those on a database; the composition root gives it its parts.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import structlog

from mdm.errors import ValiseError
from mdm.rounds import Rounds
from mdm.store import Database

log = structlog.get_logger()

_PERIOD_SECONDS = 6 * 3600.0
_RETRY_SECONDS = 60.0


class Upkeep:
    """Carries out its chores at start and then regularly; a chore that fails does not keep the others from running.

    ``role``: one server process of all on a database has it. ``period_seconds`` lie between two times.
    """

    def __init__(
        self,
        database: Database,
        chores: Sequence[Callable[[], Awaitable[object]]],
        *,
        role: str = "upkeep",
        period_seconds: float = _PERIOD_SECONDS,
    ) -> None:
        self._chores = chores
        self._rounds = Rounds(
            database,
            role,
            self.once,
            pause=partial(asyncio.sleep, period_seconds),
            idle=partial(asyncio.sleep, _RETRY_SECONDS),
        )

    async def start(self) -> None:
        """Begin."""
        await self._rounds.start()

    async def stop(self) -> None:
        """End."""
        await self._rounds.stop()

    async def once(self) -> None:
        """Carry out every chore once."""
        for chore in self._chores:
            try:
                await chore()
            except ValiseError as error:
                log.warning("chore_failed", chore=getattr(chore, "__name__", "chore"), code=error.code)
            except Exception:
                log.exception("chore_failed", chore=getattr(chore, "__name__", "chore"))
