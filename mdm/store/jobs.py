"""A piece of work that waits for a connection, and how its caller is woken."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

from mdm.store.connection import Connection

Item = TypeVar("Item", contravariant=True)
Outcome = TypeVar("Outcome", covariant=True)


class Batch(Protocol, Generic[Item, Outcome]):
    """Work of one kind that many callers ask for at once: it gets all their items, and returns one outcome for each."""

    def __call__(self, conn: Connection, items: Sequence[Item], /) -> Sequence[Outcome]:
        """Carry out every item; an exception undoes them all, and each is then tried alone."""
        ...


class Job:
    """One caller's work. ``work(conn)``, or ``work(conn, [item, ...])`` when ``batched``."""

    __slots__ = ("batched", "error", "future", "item", "result", "work")

    def __init__(
        self, work: Callable[..., Any], future: "asyncio.Future[Any]", *, item: Any = None, batched: bool = False
    ) -> None:
        self.work = work
        self.future = future
        self.item = item
        self.batched = batched
        self.result: Any = None
        self.error: BaseException | None = None

    def alone(self, conn: Connection) -> Any:
        """Carry out this job by itself and return its result."""
        return self.work(conn, (self.item,))[0] if self.batched else self.work(conn)


def settle(jobs: Sequence[Job]) -> None:
    """Wake the callers of finished jobs; on the loop's thread."""
    for job in jobs:
        if job.future.done():
            continue
        if job.error is None:
            job.future.set_result(job.result)
        else:
            job.future.set_exception(job.error)


def settle_soon(loop: asyncio.AbstractEventLoop, jobs: Sequence[Job]) -> None:
    """Wake the callers of finished jobs from another thread, with one wake-up of the loop for all of them."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(settle, jobs)
