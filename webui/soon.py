"""Waits a moment for long work that may be short, so that whoever sent a form mostly sees it done."""

import asyncio
from contextlib import suppress

from mdm.long_work.service import LongWorks
from mdm.long_work.work import LongWork
from mdm.store import Database

AT_ONCE_S = 2.0


async def ended_soon(database: Database, works: LongWorks, work: LongWork | None) -> LongWork | None:
    """Return work as it is when it has ended, or after a moment."""
    with suppress(TimeoutError):
        async with asyncio.timeout(AT_ONCE_S), database.events.subscribe("long_work") as events:
            while work is not None and work.is_open:
                work = await works.show(work.work_id)
                if work.is_open:
                    await anext(events)
    return work
