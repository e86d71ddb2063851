"""The background worker: counts licences now and then, and carries wishes out as they come.

One server process of all those on a database does it.
"""

import asyncio
from contextlib import suppress
from functools import partial

import structlog

from mdm.clock import DAY_MS, Clock
from mdm.errors import ValiseError
from mdm.rounds import Rounds
from mdm.store import Connection, Database
from mdm.store.events import Subscription
from profiles.licences import location_store
from profiles.licences.carrying import Carrier
from profiles.licences.content_token import days_left, level_of
from profiles.licences.counting import Counting
from profiles.licences.service_client import ServiceClient

log = structlog.get_logger()

_HOUR = 3600 * 1000
_IDLE_SECONDS = 60.0
_SHORTEST_SECONDS = 1.0


class LicenceWorker:
    """Starts and stops with the server; ``count_hours`` is how old a count may become."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        client: ServiceClient,
        counting: Counting,
        carrier: Carrier,
        *,
        count_hours: int,
    ) -> None:
        self._database = database
        self._clock = clock
        self._client = client
        self._counting = counting
        self._carrier = carrier
        self._count_ms = count_hours * _HOUR
        self._warned_at: int | None = None
        self._events: Subscription | None = None
        self._rounds = Rounds(
            database, "licences", self._round, pause=self._pause, idle=partial(asyncio.sleep, _IDLE_SECONDS)
        )

    async def start(self) -> None:
        """Begin."""
        # For as long as it runs: a wish that comes during a round is not left until the next pause is over.
        self._events = self._database.events.subscribe("licences")
        await self._rounds.start()

    async def stop(self) -> None:
        """End; what is under way is followed by whoever runs next."""
        await self._rounds.stop()
        if self._events is not None:
            self._events.close()
        await self._client.close()

    async def once(self) -> None:
        """Count what is due to be counted, look at what is under way, and ask for what is open."""
        for location_id in await self._database.read(self._due):
            await self._count(location_id)
        for location_id in await self._carrier.carry():
            await self._count(location_id)

    async def _pause(self) -> None:
        if self._events is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(await self._seconds()):
                    await anext(self._events)

    async def _round(self) -> None:
        try:
            await self._warn()
            await self.once()
        except ValiseError as error:
            log.warning("licence_round_failed", code=error.code)
        except Exception:
            log.exception("licence_round_failed")

    async def _seconds(self) -> float:
        """Return how long nothing has to be done, as far as is known."""
        at = await self._carrier.next_look()
        if at is None:
            return _IDLE_SECONDS
        return min(max((at - self._clock.ms()) / 1000, _SHORTEST_SECONDS), _IDLE_SECONDS)

    async def _count(self, location_id: str) -> None:
        try:
            await self._counting.count(location_id)
        except ValiseError as error:
            log.warning("licences_not_counted", location=location_id, code=error.code)

    def _due(self, conn: Connection) -> list[str]:
        now = self._clock.ms()
        return [
            one.location_id
            for one in location_store.locations(conn)
            if one.is_usable(now) and (one.counted_at is None or not 0 <= now - one.counted_at < self._count_ms)
        ]

    async def _warn(self) -> None:
        """Say once a day which tokens do not last long."""
        now = self._clock.ms()
        if self._warned_at is not None and 0 <= now - self._warned_at < DAY_MS:
            return
        self._warned_at = now
        for one in await self._database.read(location_store.locations):
            level = level_of(one.expires_at, now)
            if level != "good":
                tell = log.warning if level == "warning" else log.error
                tell(
                    "content_token_expires",
                    location=one.location_id,
                    days_left=days_left(one.expires_at, now),
                    level=level,
                )
