"""Live events: what changed, told to whoever subscribed, after it was committed."""

import asyncio
from collections import deque
from collections.abc import Iterable
from types import TracebackType
from typing import Self

import msgspec

RESYNC = "resync"
"""The topic of the event that tells every subscriber that some events may have been missed."""

_LIMIT = 1000


class Event(msgspec.Struct, frozen=True):
    """Something of kind ``topic`` changed; ``key`` says which."""

    topic: str
    key: str


class Subscription:
    """An asynchronous iterator over events; one that falls far behind gets a single resync instead of them all."""

    def __init__(self, hub: "EventHub", topics: frozenset[str]) -> None:
        self._hub = hub
        self._topics = topics
        self._waiting: deque[Event] = deque()
        self._ready = asyncio.Event()
        self._closed = False

    def wants(self, event: Event) -> bool:
        """Tell whether this subscriber asked for the event's topic."""
        return event.topic == RESYNC or event.topic in self._topics

    def put(self, event: Event) -> None:
        """Hand over an event; an equal one that waits already stands for both."""
        if event in self._waiting:
            return
        if len(self._waiting) >= _LIMIT:
            self._waiting.clear()
            event = Event(RESYNC, "")
        self._waiting.append(event)
        self._ready.set()

    def close(self) -> None:
        """End the iteration."""
        self._closed = True
        self._ready.set()
        self._hub.forget(self)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        while not self._waiting:
            if self._closed:
                raise StopAsyncIteration
            self._ready.clear()
            await self._ready.wait()
        return self._waiting.popleft()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class EventHub:
    """The subscribers of this process."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()

    def subscribe(self, *topics: str) -> Subscription:
        """Return a subscription to ``topics``; use it with ``async with``."""
        subscription = Subscription(self, frozenset(topics))
        self._subscriptions.add(subscription)
        return subscription

    def forget(self, subscription: Subscription) -> None:
        """Remove a subscription."""
        self._subscriptions.discard(subscription)

    def dispatch(self, events: Iterable[tuple[str, str]]) -> None:
        """Hand events to those who asked for them; on the loop's thread."""
        if not self._subscriptions:
            return
        for topic, key in events:
            event = Event(topic, key)
            for subscription in tuple(self._subscriptions):
                if subscription.wants(event):
                    subscription.put(event)

    def close(self) -> None:
        """End every subscription."""
        for subscription in tuple(self._subscriptions):
            subscription.close()
