"""Forgetting: a year after a fault is closed, its photos, what people wrote, and who they were."""

from collections.abc import Collection

import structlog

from mdm.clock import DAY_MS, Clock
from mdm.repairs.photos import Photos
from mdm.store import Connection, Database

log = structlog.get_logger()

RETENTION_MS = 365 * DAY_MS
"""How long words and photos are kept after the fault was closed."""
BATCH = 500
"""Faults in one transaction."""


class Retention:
    """A chore to be run by one server process at a time, every few hours."""

    def __init__(self, database: Database, clock: Clock, photos: Photos) -> None:
        self._database = database
        self._clock = clock
        self._photos = photos

    async def tidy(self) -> None:
        """Forget what is too old, in small transactions; then remove the files that no fault has any more."""
        faults = 0
        while forgotten := await self._database.write(lambda conn: purge(conn, self._clock.ms())):
            faults += forgotten
        files = await self._photos.sweep(self._known)
        log.info("repairs_tidied", faults=faults, files=files)

    async def _known(self, hashes: Collection[str]) -> set[str]:
        return await self._database.read(lambda conn: known_photos(conn, hashes))


def purge(conn: Connection, now: int, *, limit: int = BATCH) -> int:
    """Forget words, photos and who reported of faults that were closed a year before ``now``; return how many faults.

    At most ``limit`` in one call: call again until it returns 0. What was wrong, with what outcome, and how long it
    took is kept for the figures.
    """
    due = conn.all(
        "SELECT fault_id FROM fault WHERE closed_at IS NOT NULL AND purged_at IS NULL AND closed_at < :before"
        " ORDER BY closed_at LIMIT :limit",
        before=now - RETENTION_MS,
        limit=limit,
    )
    faults = [{"fault_id": row["fault_id"], "now": now} for row in due]
    conn.many("UPDATE fault_change SET words = '', actor = '' WHERE fault_id = :fault_id", faults)
    conn.many("DELETE FROM fault_photo WHERE fault_id = :fault_id", faults)
    conn.many("UPDATE fault SET purged_at = :now WHERE fault_id = :fault_id", faults)
    return len(faults)


def known_photos(conn: Connection, hashes: Collection[str]) -> set[str]:
    """Return those of some hashes that a fault has as a photo."""
    rows = conn.many_returning(
        "SELECT hash FROM fault_photo WHERE hash = :hash LIMIT 1", [{"hash": one} for one in hashes]
    )
    return {row["hash"] for row in rows if row is not None}
