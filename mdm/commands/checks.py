"""Looks at every tablet again when its time has come: soon after a change, once a day when all is well."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

import structlog

from mdm.clock import Clock
from mdm.commands.convergence import Convergence
from mdm.commands.convergence_store import due_tablets, platforms_of
from mdm.errors import ValiseError
from mdm.store import Connection, Database

log = structlog.get_logger()

_PERIOD_SECONDS = 2.0
_AT_ONCE = 25


class Checks:
    """A service that runs in one server process of all those on a database."""

    def __init__(self, database: Database, clock: Clock, convergence: Convergence) -> None:
        self._database = database
        self._clock = clock
        self._convergence = convergence
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Stop looking; what was begun is finished or undone whole."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

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

    async def _run(self) -> None:
        while True:
            async with self._database.singleton("checks") as mine:
                while mine:
                    await self._once()
                    await self._pause()
            # Another server looks; this one takes over when that one ends.
            await self._pause()

    async def _once(self) -> None:
        try:
            await self.look_at_due()
        except ValiseError as error:
            log.warning("checks_failed", code=error.code)
        except Exception:
            log.exception("checks_failed")

    async def _pause(self) -> None:
        async with self._database.events.subscribe("checks") as changes:
            with suppress(TimeoutError):
                async with asyncio.timeout(_PERIOD_SECONDS):
                    await anext(changes)
