"""Polls of agents that are held open until something happens for their tablet.

A held poll is two callbacks and a timer, not a task. Times to wait are drawn at random, so that tablets that came all
at once, after a restart, come back spread out. Source: the agent reads for 300 s, and asks again 5 s after an answer.
"""

import asyncio
import random
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import structlog

from mdm.clock import Clock
from mdm.errors import ValiseError
from mdm.store import Database
from push.wake_store import wished_since

log = structlog.get_logger()

_REMEMBERED = 50_000
_SHORTEST = 0.5
_LOOK_SECONDS = 0.15
_OVERLAP_MS = 1000
_LET_GO_STEPS = 100
_LET_GO_AT_ONCE = 100
_LET_GO_PAUSE_SECONDS = 0.05


class _Held:
    """One poll that waits."""

    __slots__ = ("release", "timer", "wake")

    def __init__(self, wake: Callable[[], None], release: Callable[[], None]) -> None:
        self.wake = wake
        self.release = release
        self.timer: asyncio.TimerHandle | None = None

    def let_go(self) -> None:
        """Wait no more."""
        if self.timer is not None:
            self.timer.cancel()


class LongPolls:
    """Holds polls of this process; ``seconds`` is the longest time that one waits."""

    def __init__(
        self, database: Database, clock: Clock, *, seconds: float, jitter: random.Random | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._seconds = seconds
        # Not a secret: it only spreads tablets out.
        self._jitter = jitter or random.Random()  # noqa: S311
        self._held: dict[str, _Held] = {}
        self._count = 0
        self._woken: OrderedDict[str, int] = OrderedDict()
        self._all_woken = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._stopped = False

    @property
    def waiting(self) -> int:
        """How many polls are held."""
        return len(self._held)

    async def start(self) -> None:
        """Begin to listen for what happens; returns when nothing can be missed."""
        ready = asyncio.Event()
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._listen(ready)), loop.create_task(self._look())]
        await ready.wait()

    async def stop(self) -> None:
        """Answer everybody that nothing happened, one after another: who is let go comes back 5 s later.

        Ten thousand take 5 s, and more take no longer.
        """
        self._stopped = True
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        waiting = list(self._held.items())
        self._jitter.shuffle(waiting)
        at_once = max(_LET_GO_AT_ONCE, -(-len(waiting) // _LET_GO_STEPS))
        for first in range(0, len(waiting), at_once):
            if first:
                await asyncio.sleep(_LET_GO_PAUSE_SECONDS)
            for key, held in waiting[first : first + at_once]:
                self._release(key, held)

    def mark(self) -> int:
        """Return a mark of this moment, to be taken before the store is asked."""
        return self._count

    def hold(self, key: str, mark: int, wake: Callable[[], None], release: Callable[[], None]) -> None:
        """Hold a poll: ``wake`` is called when something happened since ``mark``, ``release`` when its time is over.

        A newer poll of the same tablet takes the place of an older one, which is released. After a stop, none is held.
        """
        older = self._held.pop(key, None)
        if older is not None:
            older.let_go()
            older.release()
        if self._stopped:
            release()
            return
        if max(self._woken.get(key, 0), self._all_woken) > mark:
            wake()
            return
        held = self._held[key] = _Held(wake, release)
        wait = self._seconds * self._jitter.uniform(_SHORTEST, 1.0)
        held.timer = asyncio.get_running_loop().call_later(wait, self._release, key, held)

    def happened(self, key: str) -> None:
        """Wake the poll of one tablet; with an empty key, all of them."""
        self._count += 1
        if not key:
            self._all_woken = self._count
            for one in list(self._held):
                self._wake(one)
            return
        self._woken[key] = self._count
        self._woken.move_to_end(key)
        if len(self._woken) > _REMEMBERED:
            # What is forgotten here counts as having happened for everybody: nobody misses it.
            self._all_woken = max(self._all_woken, self._woken.popitem(last=False)[1])
        self._wake(key)

    def _wake(self, key: str) -> None:
        held = self._held.pop(key, None)
        if held is not None:
            held.let_go()
            held.wake()

    def _release(self, key: str, held: _Held) -> None:
        if self._held.get(key) is held:
            del self._held[key]
            held.let_go()
            held.release()

    async def _listen(self, ready: asyncio.Event) -> None:
        async with self._database.events.subscribe("agent") as events:
            ready.set()
            async for event in events:
                # A subscriber that fell behind is told to look at everything.
                self.happened(event.key if event.topic == "agent" else "")

    async def _look(self) -> None:
        """Find the wishes of other processes, which an embedded database does not tell of: the command line's."""
        known: dict[str, int] = {}
        while True:
            since = self._clock.ms() - _OVERLAP_MS
            await asyncio.sleep(_LOOK_SECONDS)
            if not self._held:
                continue
            try:
                wished = await self._database.read(partial(wished_since, since=since))
            except ValiseError as error:
                log.warning("wishes_unread", code=error.code)
                continue
            for tablet_id, wished_at in wished.items():
                if tablet_id in self._held and known.get(tablet_id) != wished_at:
                    self.happened(tablet_id)
            known = wished
