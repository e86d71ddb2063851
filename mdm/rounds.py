"""Work that is done again and again, in one server process of all those on a database."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from mdm.errors import ValiseError
from mdm.store import Database

log = structlog.get_logger()

Act = Callable[[], Awaitable[object]]


class Rounds:
    """Does ``once`` and then ``pause``, for as long as this process has the ``role``; a round that fails ends no other.

    ``idle`` is what a process without the role does before it asks for it again: ``pause`` where nothing else is said.
    """

    def __init__(self, database: Database, role: str, once: Act, *, pause: Act, idle: Act | None = None) -> None:
        self._database = database
        self._role = role
        self._once = once
        self._pause = pause
        self._idle = idle or pause
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End; what was begun in the store is finished or undone whole."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                async with self._database.singleton(self._role) as mine:
                    while mine:
                        await self._round()
                        await self._pause()
            except ValiseError as error:
                log.warning(f"{self._role}_failed", code=error.code)
            # Another server does it; this one takes over when that one ends.
            await self._idle()

    async def _round(self) -> None:
        try:
            await self._once()
        except ValiseError as error:
            log.warning(f"{self._role}_failed", code=error.code)
        except Exception:
            log.exception(f"{self._role}_failed")


async def change_or_time(database: Database, topic: str, seconds: float) -> None:
    """Return when something of a topic changes, and after ``seconds`` at the latest."""
    async with database.events.subscribe(topic) as changes:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await anext(changes)
