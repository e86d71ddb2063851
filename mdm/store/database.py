"""The one door to the store: asynchronous reads, durable writes, live events."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from mdm.clock import Clock
from mdm.store.connection import Connection
from mdm.store.engine import Engine, engine_for
from mdm.store.errors import StoreBusy, StoreClosed
from mdm.store.events import EventHub
from mdm.store.jobs import Batch, Job
from mdm.store.migrations import apply_migrations, require_current
from mdm.store.readers import Readers, read_group
from mdm.store.writer import Writer

T = TypeVar("T")
Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

_WAITING_LIMIT = 20_000


class Database:
    """One open database. Functions that are passed in run on the store's own threads, never on the loop's."""

    def __init__(self, engine: Engine, loop: asyncio.AbstractEventLoop) -> None:
        self._engine = engine
        self._loop = loop
        self._closed = False
        self.events = EventHub()
        self._writer = Writer(engine, loop, self._announce)
        self._readers = Readers(engine, loop)
        self._writer.start()
        self._readers.start()

    async def listen(self) -> None:
        """Begin to hear what other processes publish; returns when nothing can be missed any more."""
        await asyncio.to_thread(self._engine.start_listening, self._announce)

    @property
    def engine_name(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._engine.name

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """Return ``fn(conn)`` from one snapshot of the committed data."""
        result: T = await self._submit(self._readers, Job(fn, self._loop.create_future()))
        return result

    async def read_long(self, fn: Callable[[Connection], T]) -> T:
        """Like `read`, for work that takes seconds: on a thread and a connection of its own."""
        job = Job(fn, self._loop.create_future())
        await asyncio.to_thread(self._read_apart, job)
        if job.error is not None:
            raise job.error
        result: T = job.result
        return result

    async def write(self, fn: Callable[[Connection], T]) -> T:
        """Run ``fn(conn)`` and return its result once it is durable.

        An exception from ``fn`` undoes what it did and is raised here. ``fn`` may be run more than once before it is
        committed, so it does nothing but SQL, and does not catch the store's errors.
        """
        result: T = await self._submit(self._writer, Job(fn, self._loop.create_future()))
        return result

    async def write_batch(self, batch: Batch[Item, Outcome], item: Item) -> Outcome:
        """Run ``batch`` with this item and all the others that wait for it; return this item's outcome once durable.

        ``batch`` must be one lasting object (a function or a bound method that is kept), which tells what can be
        done together. The order of items of different callers is that of their calls.
        """
        job = Job(batch, self._loop.create_future(), item=item, batched=True)
        outcome: Outcome = await self._submit(self._writer, job)
        return outcome

    @asynccontextmanager
    async def singleton(self, name: str) -> AsyncIterator[bool]:
        """Tell whether this process alone, of all the servers on this database, holds the role ``name``."""
        release = await asyncio.to_thread(self._engine.try_singleton, name)
        try:
            yield release is not None
        finally:
            if release is not None:
                await asyncio.to_thread(release)

    async def settle(self) -> None:
        """Do apart what the next writes would have to do for those before them: for whoever writes much, in between."""
        await asyncio.to_thread(self._engine.settle)

    async def scrub(self, tables: Collection[str]) -> None:
        """Take what was deleted out of the database's files too, as far as its engine can; others go on meanwhile.

        ``tables``: from which something was deleted just now; of what was deleted earlier the engine knows.
        """
        await asyncio.to_thread(self._engine.scrub, tables)

    async def close(self) -> None:
        """Carry out what waits, then close. Later calls are refused with `StoreClosed`."""
        if self._closed:
            return
        self._closed = True
        self.events.close()
        await asyncio.to_thread(self._stop)

    def _stop(self) -> None:
        self._writer.stop()
        self._readers.stop()
        self._engine.close()

    async def _submit(self, lane: Writer | Readers, job: Job) -> Any:
        if self._closed:
            raise StoreClosed
        if lane is self._writer and self._writer.waiting() > _WAITING_LIMIT:
            raise StoreBusy
        lane.submit(job)
        return await job.future

    def _read_apart(self, job: Job) -> None:
        connection = self._engine.connect(write=False)
        try:
            read_group(connection, [job])
        finally:
            self._engine.give_back(connection, broken=False)

    def _announce(self, events: list[tuple[str, str]]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.events.dispatch, events)


async def open_database(url: str, clock: Clock, *, migrate: bool = False) -> Database:
    """Open the database at ``sqlite:///path`` or ``postgresql://...``.

    With ``migrate``, waiting migrations are carried out first; without, a database that is not at this code's
    migration raises `DatabaseTooOld` or `DatabaseTooNew`.
    """
    engine = engine_for(url)

    def prepare() -> None:
        engine.open()
        if migrate:
            apply_migrations(engine, clock)
        else:
            require_current(engine)

    try:
        await asyncio.to_thread(prepare)
    except BaseException:
        engine.close()
        raise
    database = Database(engine, asyncio.get_running_loop())
    await database.listen()
    return database
