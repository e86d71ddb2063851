"""Rounds that bring what tablets reported to lists, and count the fleet; in one server process of all on a database.

A round reads every tablet's row on a connection of its own and writes, in small parts, only what changed. The larger
the fleet, the rarer the rounds, so that they never take more than a fortieth of one core's time.
"""

import asyncio
import time
from datetime import timedelta

import structlog

from mdm.clock import Clock
from mdm.fleet import glance_store
from mdm.fleet.tablet_index import index_tablets
from mdm.fleet_view import figures_store
from mdm.rounds import Rounds
from mdm.store import Connection, Database, Row

log = structlog.get_logger()

SHORTEST_SECONDS = 5.0
_REST = 40
_PART = 250
_KEPT_DAYS = 400
_KIT = ("kit_id",)
_SYSTEM = ("kit_id", "platform", "os_version")


class FleetRounds:
    """Keeps ``tablet_glance`` and the figures up to date."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._took = 0.0
        self._rounds = Rounds(database, "fleet_rounds", self.once, pause=self._rest)

    async def start(self) -> None:
        """Begin."""
        await self._rounds.start()

    async def stop(self) -> None:
        """End."""
        await self._rounds.stop()

    async def once(self) -> None:
        """Make one round."""
        begun = time.monotonic()
        await self._bring()
        await self._count()
        self._took = time.monotonic() - begun
        now, took = self._clock.ms(), int(self._took * 1000)
        await self._database.write(lambda conn: figures_store.save_round(conn, now=now, took_ms=took))

    async def _rest(self) -> None:
        await asyncio.sleep(max(SHORTEST_SECONDS, self._took * _REST))

    async def _bring(self) -> None:
        versions = await self._database.read_long(glance_store.unranked_versions)
        if versions:
            await self._database.write(lambda conn: glance_store.rank_versions(conn, versions))
        # A model's name that is known now is one that tablets are found by: such tablets are indexed again.
        renamed = await self._database.read_long(glance_store.renamed_models)
        for part in _parts(renamed):
            await self._database.write(lambda conn, part=part: index_tablets(conn, part))  # type: ignore[misc]
        stale = await self._database.read_long(glance_store.stale_tablets)
        for part in _parts(stale):
            await self._database.write(lambda conn, part=part: glance_store.refresh_glance(conn, part))  # type: ignore[misc]

    async def _count(self) -> None:
        now = self._clock.ms()

        def compare(conn: Connection) -> tuple[list[Row], list[str], list[Row], list[Row]]:
            kits, before = figures_store.count_kits(conn, now=now), figures_store.known_kits(conn)
            systems, known = figures_store.count_systems(conn), figures_store.known_systems(conn)
            return (
                list(figures_store.changed(kits, before, _KIT)),
                [row["kit_id"] for row in figures_store.gone(kits, before, _KIT)],
                list(figures_store.changed(systems, known, _SYSTEM)),
                list(figures_store.gone(systems, known, _SYSTEM)),
            )

        kits, empty, systems, gone = await self._database.read_long(compare)
        day = self._clock.now()

        def save(conn: Connection) -> None:
            figures_store.save_kits(conn, kits)
            figures_store.forget_kits(conn, empty)
            figures_store.save_systems(conn, systems, gone)
            figures_store.save_day(
                conn, day.date().isoformat(), keep_from=(day - timedelta(days=_KEPT_DAYS)).date().isoformat()
            )

        await self._database.write(save)


def _parts(tablets: list[str]) -> list[list[str]]:
    return [tablets[start : start + _PART] for start in range(0, len(tablets), _PART)]
