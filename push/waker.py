"""Wakes tablets: takes wishes that are due, pushes them at a steady pace, and puts off what fails.

A wish is a row until Apple has taken the push, so that a restart loses none.
"""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

import structlog

from mdm.clock import Clock
from mdm.errors import ValiseError
from mdm.store import Connection, Database
from push import wake_store
from push.metrics import PushMetrics
from push.outcome import AddressDead, CertificateRefused, Delivered, Outcome, Refused, RetryLater
from push.wake_store import Wish

log = structlog.get_logger()

_BATCH = 500
_CLAIM_MS = 120_000
_FIRST_DELAY_MS = 2_000
_LONGEST_DELAY_MS = 30 * 60_000
_CERTIFICATE_PAUSE_MS = 15 * 60_000
_POLL_SECONDS = 2.0


class Addresses(Protocol):
    """Knows where a tablet can be woken."""

    def address_of(self, conn: Connection, tablet_id: str) -> tuple[str, bytes, str] | None:
        """Return topic, token and magic; None when the tablet cannot be woken."""
        ...

    def forget(self, conn: Connection, tablet_id: str) -> None:
        """Forget an address that is dead."""
        ...


class Sender(Protocol):
    """Sends pushes of one topic."""

    topic: str

    async def send(self, token: bytes, magic: str) -> Outcome:
        """Send one and tell what became of it."""
        ...


class Waker:
    """Pushes what is due; ``sender`` returns None while there is no usable certificate."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        addresses: Addresses,
        metrics: PushMetrics,
        *,
        owner: str,
        per_second: int,
        jitter: random.Random | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._addresses = addresses
        self._metrics = metrics
        self._owner = owner
        self._interval = 1.0 / per_second
        # Not a secret: it only keeps failed pushes from coming back all at once.
        self._jitter = jitter or random.Random()  # noqa: S311
        self._paused_until = 0

    @property
    def is_paused(self) -> bool:
        """Tell whether pushes are held back for all tablets."""
        return self._clock.ms() < self._paused_until

    def resume(self) -> None:
        """Hold nothing back any more: a new certificate was imported."""
        self._paused_until = 0
        self._metrics.paused(is_paused=False)

    async def run(self, sender: Sender) -> None:
        """Push what is due until cancelled; what was claimed and not pushed is given back."""
        try:
            async with self._database.events.subscribe("push") as wishes:
                while True:
                    pushed = await self._round(sender)
                    if pushed < _BATCH:
                        with suppress(TimeoutError):
                            async with asyncio.timeout(_POLL_SECONDS):
                                await anext(wishes)
        finally:
            with suppress(ValiseError):
                await self._database.write(lambda conn: wake_store.release(conn, self._owner))

    async def push_due(self, sender: Sender) -> int:
        """Push everything that is due once; return how many wishes were taken."""
        if self.is_paused:
            return 0
        now = self._clock.ms()
        claimed = await self._database.write(lambda conn: self._claim(conn, now))
        if not claimed:
            return 0
        outcomes = await self._push(sender, claimed)
        await self._database.write(lambda conn: self._settle(conn, outcomes))
        return len(claimed)

    async def _round(self, sender: Sender) -> int:
        try:
            return await self.push_due(sender)
        except ValiseError as error:
            log.warning("push_round_failed", code=error.code)
        except Exception:
            log.exception("push_round_failed")
        return 0

    def _claim(self, conn: Connection, now: int) -> list[tuple[Wish, tuple[str, bytes, str] | None]]:
        wishes = wake_store.claim(
            conn, owner=self._owner, platform="ipad", now=now, until=now + _CLAIM_MS, limit=_BATCH
        )
        return [(wish, self._addresses.address_of(conn, wish.tablet_id)) for wish in wishes]

    async def _push(
        self, sender: Sender, claimed: Sequence[tuple[Wish, tuple[str, bytes, str] | None]]
    ) -> list[tuple[Wish, Outcome | None]]:
        """Send each at its time; None stands for a tablet without an address."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        tasks: list[asyncio.Task[Outcome] | None] = []
        for place, (_, address) in enumerate(claimed):
            if address is None or address[0] != sender.topic:
                tasks.append(None)
                continue
            if (wait := begun + place * self._interval - loop.time()) > 0:
                await asyncio.sleep(wait)
            tasks.append(loop.create_task(sender.send(address[1], address[2])))
        return [
            (wish, await task if task is not None else None) for (wish, _), task in zip(claimed, tasks, strict=True)
        ]

    def _settle(self, conn: Connection, outcomes: Sequence[tuple[Wish, Outcome | None]]) -> None:
        done: list[Wish] = []
        later: list[tuple[Wish, int, str]] = []
        lost: list[str] = []
        now = self._clock.ms()
        for wish, outcome in outcomes:
            self._metrics.count(type(outcome).__name__ if outcome is not None else "NoAddress")
            match outcome:
                case Delivered():
                    done.append(wish)
                case None:
                    lost.append(wish.tablet_id)
                case AddressDead():
                    self._addresses.forget(conn, wish.tablet_id)
                    lost.append(wish.tablet_id)
                case Refused(status=status, reason=reason):
                    log.error("push_refused", tablet=wish.tablet_id, status=status, reason=reason)
                    lost.append(wish.tablet_id)
                case CertificateRefused(reason=reason):
                    self._pause(now + _CERTIFICATE_PAUSE_MS, "push_certificate_refused", reason)
                    later.append((wish, now + _CERTIFICATE_PAUSE_MS, reason))
                case RetryLater() as retry:
                    later += self._later(wish, retry, now)
        wake_store.fulfilled(conn, done)
        wake_store.put_off(conn, later)
        wake_store.forget(conn, lost)

    def _later(self, wish: Wish, retry: RetryLater, now: int) -> list[tuple[Wish, int, str]]:
        if retry.after is not None and retry.everybody:
            self._pause(now + int(retry.after * 1000), "push_paused_by_apple", retry.reason)
        delay = min(_FIRST_DELAY_MS * 2 ** min(wish.attempts, 20), _LONGEST_DELAY_MS)
        # From half to the whole of the delay.
        delay = delay // 2 + self._jitter.randrange(delay // 2 + 1)
        if retry.after is not None:
            delay = max(delay, int(retry.after * 1000))
        return [(wish, now + delay, retry.reason)]

    def _pause(self, until: int, event: str, reason: str) -> None:
        if until > self._paused_until:
            if not self.is_paused:
                log.error(event, reason=reason, seconds=(until - self._clock.ms()) // 1000)
            self._paused_until = until
            self._metrics.paused(is_paused=True)
