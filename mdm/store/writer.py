"""Group commit: one thread takes all the writes that wait, and commits them together."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue

import structlog

from mdm.store.connection import EngineConnection
from mdm.store.engine import Engine
from mdm.store.errors import StoreError
from mdm.store.events import RESYNC
from mdm.store.jobs import Job, settle_soon

log = structlog.get_logger()

_GROUP = 512
_TRIES = 6
_WATCH_SECONDS = 1.0


class Writer:
    """The one writing thread of this process.

    Every job of a group is acknowledged after the group's commit. A job that fails is undone alone; the others of
    its group are not harmed. On an engine where a savepoint costs a round trip the group is first tried without,
    and done again with a savepoint for each when one of them fails.
    """

    def __init__(
        self,
        engine: Engine,
        loop: asyncio.AbstractEventLoop,
        dispatch: Callable[[list[tuple[str, str]]], None],
    ) -> None:
        self._engine = engine
        self._loop = loop
        self._dispatch = dispatch
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._connection: EngineConnection | None = None

    def start(self) -> None:
        """Begin to take jobs."""
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Hand over a job."""
        self._queue.put(job)

    def waiting(self) -> int:
        """Return how many jobs wait."""
        return self._queue.qsize()

    def stop(self) -> None:
        """Carry out what waits, then end; blocks."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        watched = time.monotonic()
        stopping = False
        while not stopping:
            try:
                first = self._queue.get(timeout=_WATCH_SECONDS)
            except Empty:
                self._watch()
                watched = time.monotonic()
                continue
            group, stopping = self._gather(first)
            if group:
                self._carry_out(group)
            if time.monotonic() - watched > _WATCH_SECONDS:
                self._watch()
                watched = time.monotonic()
        self._drop(broken=False)

    def _gather(self, job: Job | None) -> tuple[list[Job], bool]:
        group: list[Job] = []
        while job is not None:
            group.append(job)
            if len(group) >= _GROUP:
                return group, False
            try:
                job = self._queue.get_nowait()
            except Empty:
                return group, False
        return group, True

    def _carry_out(self, group: Sequence[Job]) -> None:
        events: list[tuple[str, str]] = []
        try:
            events = self._commit(group)
        except BaseException as error:  # every waiter must get an answer, whatever happened
            log.error("store_group_failed", jobs=len(group), error=type(error).__name__)
            self._drop(broken=True)
            for job in group:
                job.error = error if isinstance(error, StoreError) else StoreError(reason=type(error).__name__)
        if events:
            self._dispatch(events)
        settle_soon(self._loop, group)

    def _commit(self, group: Sequence[Job]) -> list[tuple[str, str]]:
        careful = self._engine.savepoint_each and len(group) > 1
        for attempt in range(_TRIES):
            connection = self._connected()
            try:
                connection.begin(write=True)
                failed = self._run_careful(connection, group) if careful else _run_bold(connection, group)
                if failed is None:
                    connection.commit()
                    return connection.take_events()
            except BaseException as error:
                connection.rollback()
                if not self._engine.is_transient(error) or attempt == _TRIES - 1:
                    raise
                careful = len(group) > 1
                time.sleep(0.005 * 2**attempt)
                continue
            connection.rollback()
            if self._engine.is_transient(failed) and attempt < _TRIES - 1:
                time.sleep(0.005 * 2**attempt)
            elif len(group) == 1:
                group[0].error = failed
                return []
            careful = len(group) > 1
        raise StoreError(reason="the database is too busy")

    def _run_careful(self, connection: EngineConnection, group: Sequence[Job]) -> BaseException | None:
        """Run a group with a savepoint around each part; a job that fails keeps its error and harms no other.

        A transient failure is raised: the database undid more than the part, and the whole group is done again.
        """
        for part in _parts(group):
            error = self._try_part(connection, part)
            if error is None:
                continue
            if len(part) == 1:
                part[0].error = error
                continue
            for job in part:
                job.error = self._try_part(connection, [job])
        return None

    def _try_part(self, connection: EngineConnection, part: Sequence[Job]) -> BaseException | None:
        mark = connection.savepoint()
        try:
            for job in part:
                job.error = None
            _run_part(connection, part)
            connection.release()
        except Exception as error:
            if self._engine.is_transient(error):
                raise
            connection.rollback_to(mark)
            return error
        return None

    def _connected(self) -> EngineConnection:
        if self._connection is None:
            self._connection = self._engine.connect(write=True)
        return self._connection

    def _drop(self, *, broken: bool) -> None:
        if self._connection is not None:
            self._engine.give_back(self._connection, broken=broken)
            self._connection = None

    def _watch(self) -> None:
        try:
            if self._connected().changed_elsewhere():
                self._dispatch([(RESYNC, "")])
        except StoreError:
            self._drop(broken=True)


def _parts(group: Sequence[Job]) -> Iterator[list[Job]]:
    """Yield jobs that can run in one call: neighbours of the same batch together, others alone."""
    together: dict[object, list[Job]] = {}
    for job in group:
        if job.batched:
            together.setdefault(job.work, []).append(job)
        else:
            yield [job]
    yield from together.values()


def _run_part(connection: EngineConnection, part: Sequence[Job]) -> None:
    if part[0].batched:
        for job, result in zip(part, part[0].work(connection, [job.item for job in part]), strict=True):
            job.result = result
    else:
        part[0].result = part[0].work(connection)


def _run_bold(connection: EngineConnection, group: Sequence[Job]) -> BaseException | None:
    """Run a group without savepoints; return what failed: nothing of the group may be kept then."""
    for part in _parts(group):
        for job in part:
            job.error = None
        try:
            _run_part(connection, part)
        except Exception as error:
            return error
    return None
