"""Live pages: server-sent events that carry the parts of a page that changed.

Source: HTML, "Server-sent events". Every connection first gets all parts, so that one that was lost misses nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import msgspec
from aiohttp import web

from mdm.store import Database, Event
from mdm.store.events import RESYNC

Parts = Mapping[str, str]
"""HTML by the id of the element that it replaces."""

_SHORTEST_S = 0.25
_HEARTBEAT_S = 15.0


class LiveStreams:
    """The open streams of this process; they end when the server stops."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._open: set[asyncio.Task[object]] = set()

    async def serve(
        self,
        request: web.Request,
        render: Callable[[], Awaitable[Parts]],
        concerns: Callable[[Event], bool],
        may_stay: Callable[[], Awaitable[bool]],
        *,
        topics: tuple[str, ...] = ("kit", "tablet"),
    ) -> web.StreamResponse:
        """Send ``render()``'s parts at once and whenever an event ``concerns`` the page; at most four times a second.

        ``may_stay`` is asked at each heartbeat: a session that ended ends its streams.
        """
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )
        await response.prepare(request)
        task = asyncio.current_task()
        if task is not None:
            self._open.add(task)
        try:
            async with self._database.events.subscribe(*topics) as events:
                await self._follow(response, events.__anext__, render, concerns, may_stay)
        except (ConnectionResetError, asyncio.CancelledError, StopAsyncIteration):
            pass
        finally:
            self._open.discard(task)
        return response

    async def stop(self, _app: web.Application) -> None:
        """End every stream; browsers come back by themselves."""
        for task in tuple(self._open):
            task.cancel()

    async def _follow(
        self,
        response: web.StreamResponse,
        next_event: Callable[[], Awaitable[Event]],
        render: Callable[[], Awaitable[Parts]],
        concerns: Callable[[Event], bool],
        may_stay: Callable[[], Awaitable[bool]],
    ) -> None:
        sent: dict[str, str] = {}
        number = 0
        while True:
            parts = await render()
            changed = {name: html for name, html in parts.items() if sent.get(name) != html}
            if changed:
                sent.update(changed)
                number += 1
                data = msgspec.json.encode(changed).decode()
                await response.write(f"id: {number}\nevent: parts\ndata: {data}\n\n".encode())
            else:
                await response.write(b": still here\n\n")
            await asyncio.sleep(_SHORTEST_S)
            if not await _wait(next_event, concerns) and not await may_stay():
                await response.write(b"event: leave\ndata: \n\n")
                return


async def _wait(next_event: Callable[[], Awaitable[Event]], concerns: Callable[[Event], bool]) -> bool:
    """Wait for an event that matters; False when the time for a heartbeat came first."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_HEARTBEAT_S):
            while True:
                event = await next_event()
                if event.topic == RESYNC or concerns(event):
                    return True
    return False
