"""Reading threads: each takes the reads that wait and answers them from one snapshot."""

import asyncio
import threading
from collections.abc import Sequence
from queue import Empty, SimpleQueue

from mdm.store.connection import EngineConnection
from mdm.store.engine import Engine
from mdm.store.errors import StoreError
from mdm.store.jobs import Job, settle_soon

_GROUP = 32


class Readers:
    """The reading threads of this process."""

    def __init__(self, engine: Engine, loop: asyncio.AbstractEventLoop) -> None:
        self._engine = engine
        self._loop = loop
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run, name=f"store-reader-{number}", daemon=True)
            for number in range(engine.reader_threads)
        ]

    def start(self) -> None:
        """Begin to take jobs."""
        for thread in self._threads:
            thread.start()

    def submit(self, job: Job) -> None:
        """Hand over a job."""
        self._queue.put(job)

    def stop(self) -> None:
        """Answer what waits, then end; blocks."""
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        connection: EngineConnection | None = None
        while (job := self._queue.get()) is not None:
            group = [job]
            stopping = self._gather(group)
            try:
                if connection is None:
                    connection = self._engine.connect(write=False)
                read_group(connection, group)
            except Exception as error:
                for waiting in group:
                    waiting.error = error if isinstance(error, StoreError) else StoreError(reason=type(error).__name__)
                if connection is not None:
                    self._engine.give_back(connection, broken=True)
                    connection = None
            settle_soon(self._loop, group)
            if stopping:
                break
        if connection is not None:
            self._engine.give_back(connection, broken=False)

    def _gather(self, group: list[Job]) -> bool:
        while len(group) < _GROUP:
            try:
                job = self._queue.get_nowait()
            except Empty:
                return False
            if job is None:
                return True
            group.append(job)
        return False


def read_group(connection: EngineConnection, group: Sequence[Job]) -> None:
    """Answer reads from one snapshot; one that fails gets its error and the rest go on in a new one."""
    connection.begin(write=False)
    for job in group:
        try:
            job.result = job.alone(connection)
        except Exception as error:
            job.error = error
            connection.rollback()
            connection.begin(write=False)
    connection.rollback()
