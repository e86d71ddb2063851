"""Wakes Android tablets through the broker: takes wishes that are due, publishes each once, puts off what failed.

A wish is a row until the broker has taken its message, so that a restart of either loses none.
"""

import asyncio
import random
import secrets
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal, Protocol

import structlog

from mdm.clock import Clock
from mdm.errors import ValiseError
from mdm.store import Connection, Database
from push import wake_store
from push.metrics import PushMetrics
from push.mqtt.errors import BrokerAway, NumberRefused
from push.wake_store import Wish

log = structlog.get_logger()

_PLATFORM = "android"
_BATCH = 500
_CLAIM_MS = 120_000
_PACED_SECONDS = 60
_FIRST_DELAY_MS = 2_000
_LONGEST_DELAY_MS = 5 * 60_000
_POLL_SECONDS = 2.0

_Outcome = Literal["Published", "BrokerAway", "NumberRefused", "NoNumber"]


class NumberSource(Protocol):
    """Knows the number that a tablet listens for."""

    def number_of(self, conn: Connection, tablet_id: str) -> str | None:
        """Return the device number; None when the tablet is not to be woken in this way."""
        ...


class Publisher(Protocol):
    """Tells tablets to look again."""

    async def publish(self, number: str) -> None:
        """Return when the message cannot be lost any more; raise `BrokerAway` or `NumberRefused`."""
        ...


class MqttWaker:
    """Publishes what is due; ``per_second`` paces it, since each tablet that wakes fetches its configuration."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        addresses: NumberSource,
        publisher: Publisher,
        *,
        metrics: PushMetrics | None = None,
        owner: str = "",
        per_second: int = 500,
        jitter: random.Random | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._addresses = addresses
        self._publisher = publisher
        self._metrics = metrics
        self._owner = owner or secrets.token_hex(8)
        self._interval = 1.0 / per_second
        # What is claimed must be published before another server may claim it.
        self._batch = min(_BATCH, per_second * _PACED_SECONDS)
        # Not a secret: it only keeps failed messages from coming back all at once.
        self._jitter = jitter or random.Random()  # noqa: S311

    async def run(self) -> None:
        """Publish what is due until cancelled; what was claimed and not published is given back."""
        try:
            async with self._database.events.subscribe("push") as wishes:
                while True:
                    if await self._round() < self._batch:
                        with suppress(TimeoutError):
                            async with asyncio.timeout(_POLL_SECONDS):
                                await anext(wishes)
        finally:
            with suppress(ValiseError):
                await self._database.write(lambda conn: wake_store.release(conn, self._owner))

    async def publish_due(self) -> int:
        """Publish everything that is due once, up to one batch; return how many wishes were taken."""
        now = self._clock.ms()
        claimed = await self._database.write(lambda conn: self._claim(conn, now))
        if not claimed:
            return 0
        outcomes = await self._publish(claimed)
        await self._database.write(lambda conn: self._settle(conn, outcomes))
        for _, outcome in outcomes:
            self._count(outcome)
        return len(claimed)

    async def _round(self) -> int:
        try:
            return await self.publish_due()
        except ValiseError as error:
            log.warning("mqtt_round_failed", code=error.code)
        except Exception:
            log.exception("mqtt_round_failed")
        return 0

    def _claim(self, conn: Connection, now: int) -> list[tuple[Wish, str | None]]:
        wishes = wake_store.claim(
            conn, owner=self._owner, platform=_PLATFORM, now=now, until=now + _CLAIM_MS, limit=self._batch
        )
        return [(wish, self._addresses.number_of(conn, wish.tablet_id)) for wish in wishes]

    async def _publish(self, claimed: Sequence[tuple[Wish, str | None]]) -> list[tuple[Wish, _Outcome]]:
        """Publish each at its time."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        tasks: list[asyncio.Task[_Outcome]] = []
        async with asyncio.TaskGroup() as group:
            for place, (wish, number) in enumerate(claimed):
                if (wait := begun + place * self._interval - loop.time()) > 0:
                    await asyncio.sleep(wait)
                tasks.append(group.create_task(self._publish_one(wish, number)))
        return [(wish, task.result()) for (wish, _), task in zip(claimed, tasks, strict=True)]

    async def _publish_one(self, wish: Wish, number: str | None) -> _Outcome:
        if number is None:
            return "NoNumber"
        try:
            await self._publisher.publish(number)
        except BrokerAway:
            return "BrokerAway"
        except NumberRefused:
            log.error("mqtt_number_refused", tablet=wish.tablet_id)
            return "NumberRefused"
        return "Published"

    def _settle(self, conn: Connection, outcomes: Sequence[tuple[Wish, _Outcome]]) -> None:
        now = self._clock.ms()
        wake_store.fulfilled(conn, [wish for wish, outcome in outcomes if outcome == "Published"])
        wake_store.put_off(
            conn,
            [
                (wish, now + self._delay(wish.attempts), outcome)
                for wish, outcome in outcomes
                if outcome == "BrokerAway"
            ],
        )
        wake_store.forget(
            conn, [wish.tablet_id for wish, outcome in outcomes if outcome in ("NoNumber", "NumberRefused")]
        )

    def _delay(self, attempts: int) -> int:
        """Return milliseconds: from half to the whole of a delay that doubles."""
        delay: int = min(_FIRST_DELAY_MS << min(attempts, 20), _LONGEST_DELAY_MS)
        return delay // 2 + self._jitter.randrange(delay // 2 + 1)

    def _count(self, outcome: _Outcome) -> None:
        if self._metrics is not None:
            self._metrics.count(outcome)
