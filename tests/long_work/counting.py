"""A kind of work that counts each part up, so that a part that is done twice shows; run by itself until it is killed.

``python -m tests.long_work.counting <database>`` carries on what there is, saying ``step`` after each step.
"""

import asyncio
import sys
from collections.abc import Sequence

from mdm.clock import SystemClock
from mdm.long_work.service import WorkRunner
from mdm.long_work.work import Carried, LongWork, Outcome, Part, WorkKind
from mdm.store import Connection, open_database

KIND = "counting"
PARTS_A_STEP = 7


async def step(work: LongWork, parts: Sequence[Part]) -> Carried:
    """Count each part up."""
    await asyncio.sleep(0)

    def carry(conn: Connection) -> list[Outcome]:
        conn.many(
            "INSERT INTO os_version (version, rank) VALUES (:key, 1) ON CONFLICT (version) DO UPDATE SET"
            " rank = os_version.rank + 1",
            [{"key": part.key} for part in parts],
        )
        return [Outcome.done(part) for part in parts]

    return carry


def kind() -> WorkKind:
    """Return the kind."""
    return WorkKind(name=KIND, step=step, parts_a_step=PARTS_A_STEP)


async def main(url: str) -> None:
    """Carry on until there is nothing more to do."""
    clock = SystemClock()
    database = await open_database(url, clock)
    runner = WorkRunner(database, clock, [kind()])
    print("begun", flush=True)
    while await runner.step():
        print("step", flush=True)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
