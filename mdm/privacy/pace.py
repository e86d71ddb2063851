"""How fast the purge goes: transactions that are short by the clock, and pauses in which others go first."""

import asyncio
import time

from mdm.store import Database

MOST_ROWS = 2000
"""How many rows one transaction touches at most; those that live only as long as them go with them."""
_FEWEST_ROWS = 50
_FIRST_ROWS = 250
_WANTED_SECONDS = 0.04
REST_SECONDS = 0.002
_REST_SHARE = 0.35
_SETTLED_ROWS = 1000
"""After how many rows the store is asked to settle: before it does so by itself, in somebody's commit."""


class Pace:
    """Says how many rows the next transaction may have, so that it takes about 40 ms here and now, whatever the disk.

    ``most``: its bound in rows. It also counts what a purge did.
    """

    def __init__(self, database: Database, *, most: int = MOST_ROWS, rest_seconds: float = REST_SECONDS) -> None:
        self._database = database
        self._most = most
        self._rest_seconds = rest_seconds
        self._begun = 0.0
        self._unsettled = 0
        self.rows = min(most, _FIRST_ROWS)
        self.transactions = 0
        self.longest = 0.0

    def begin(self) -> None:
        """Note that a transaction begins."""
        self._begun = time.monotonic()

    async def rest(self, rows: int) -> None:
        """Note that it ended, with so many rows, and let others write.

        A third of the time that it took belongs to them at least, its waiting for them included: where others write
        much, and on a slow disk, it goes slowly. What the store puts off until somebody's next write is done then.
        """
        ended = time.monotonic()
        spent = ended - self._begun
        self.transactions += 1
        self.longest = max(self.longest, spent)
        if spent > _WANTED_SECONDS:
            self.rows = max(min(_FEWEST_ROWS, self._most), int(self.rows * max(0.5, _WANTED_SECONDS / spent)))
        elif rows >= self.rows:
            self.rows = min(self._most, self.rows + self.rows // 4 + 1)
        self._unsettled += rows
        if self._unsettled >= _SETTLED_ROWS:
            await self._database.settle()
            self._unsettled = 0
        rested = time.monotonic() - ended
        await asyncio.sleep(max(self._rest_seconds, spent * _REST_SHARE) - rested)
