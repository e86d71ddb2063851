"""Looks at searches when their time has come: the next question, the end of one, a screen to unlock.

One server process of all those on a database does it; a tablet's search is looked at in a transaction of its own.
"""

from contextlib import suppress
from functools import partial

from mdm.clock import Clock
from mdm.errors import ValiseError
from mdm.fleet.lost_store import LOOKED_AT
from mdm.home.lost import search_store
from mdm.home.lost.orders import LostOrders
from mdm.rounds import Rounds, change_or_time
from mdm.store import Connection, Database

_PERIOD_SECONDS = 5.0


class LostRunner:
    """A service that runs in one server process of all those on a database."""

    def __init__(self, database: Database, clock: Clock, orders: LostOrders) -> None:
        self._database = database
        self._clock = clock
        self._orders = orders
        pause = partial(change_or_time, database, LOOKED_AT, _PERIOD_SECONDS)
        self._rounds = Rounds(database, "lost", self.run_once, pause=pause)

    async def start(self) -> None:
        """Begin."""
        await self._rounds.start()

    async def stop(self) -> None:
        """End; what was begun is finished or undone whole."""
        await self._rounds.stop()

    async def run_once(self) -> int:
        """Look at all the searches whose time has come; return how many tablets that were."""
        looked: set[str] = set()
        while due := await self._database.read(lambda conn: search_store.due_tablets(conn, now=self._clock.ms())):
            fresh = [one for one in due if one not in looked]
            if not fresh:
                break
            for tablet_id in fresh:
                looked.add(tablet_id)
                with suppress(ValiseError):
                    await self._database.write(partial(self._follow, tablet_id=tablet_id))
        return len(looked)

    def _follow(self, conn: Connection, *, tablet_id: str) -> None:
        self._orders.follow(conn, tablet_id)
        conn.publish("tablet", tablet_id)
