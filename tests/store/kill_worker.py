"""Writes under load until it is killed; a warm parent forks a writer for each line that it reads.

Protocol on standard input: one line a round, its number; on standard output: ``begun``, then the keys of the writes
that were acknowledged, one a line. The parent waits for its child's death before it reads the next line.
"""

import asyncio
import os
import sys
from functools import partial

from mdm.clock import SystemClock
from mdm.journal import Journal
from mdm.store import Connection, open_database

_WRITERS = 24


def write(conn: Connection, *, journal: Journal, key: str) -> None:
    """One change of several rows in several tables, with its line in the journal."""
    conn.run("INSERT INTO territory (territory_id, name) VALUES (:key, :key)", key=key)
    conn.many(
        "INSERT INTO commune (insee, territory_id, name) VALUES (:insee, :key, :key)",
        [{"insee": f"{key}-{part}", "key": key} for part in range(3)],
    )
    conn.run(
        "INSERT INTO artifact (hash, media_type, body, created_at) VALUES (:key, 't', :body, 1)",
        key=key,
        body=os.urandom(700),
    )
    journal.record(conn, "killed", actor="system", subject=f"territory:{key}")


async def work(url: str, number: int) -> None:
    """Write for ever, telling of each write that was acknowledged."""
    clock = SystemClock()
    journal = Journal(clock)
    database = await open_database(url, clock)
    os.write(1, b"begun\n")

    async def writer(place: int) -> None:
        count = 0
        while True:
            key = f"{number:04d}-{place:02d}-{count:05d}"
            await database.write(partial(write, journal=journal, key=key))
            os.write(1, f"{key}\n".encode())
            count += 1

    await asyncio.gather(*[writer(place) for place in range(_WRITERS)])


def main() -> None:
    """Fork a writer for each line."""
    url = sys.argv[1]
    os.write(1, b"ready\n")
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            asyncio.run(work(url, int(line)))
        os.write(1, f"pid {pid}\n".encode())
        os.waitpid(pid, 0)
        os.write(1, b"dead\n")


if __name__ == "__main__":
    main()
