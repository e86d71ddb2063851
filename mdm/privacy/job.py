"""The purge and the erasures that wait, as a chore of its own: at the server's start and then every six hours."""

import structlog

from mdm.privacy.purge import Purge
from mdm.store import Database
from mdm.upkeep import Upkeep

log = structlog.get_logger()


def purge_upkeep(database: Database, purge: Purge) -> Upkeep:
    """Return what runs the purge in one server process of all those on a database.

    It begins at once: a backup that was restored brings back what was past its time. When it stops, a transaction that
    was begun is finished or undone whole.
    """

    async def erase_what_is_due() -> None:
        done = await purge.once()
        if not done.nothing:
            log.info(
                "personal_data_purged",
                rows=sum(done.rows.values()),
                files=done.files,
                transactions=done.transactions,
                longest_ms=done.longest_ms,
            )

    return Upkeep(database, (erase_what_is_due,), role="purge")
