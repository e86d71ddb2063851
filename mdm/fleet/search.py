"""Finding a tablet among very many: by any part of its serial number, name, kit, slot, school, commune or model."""

from enum import IntEnum

import msgspec

from mdm.fleet.folding import terms_of
from mdm.fleet.reach import Reach
from mdm.fleet.search_store import near_tablets, tablets_with
from mdm.fleet.tablet import TabletView
from mdm.fleet.tablet_store import tablet_views
from mdm.store import Connection, Database

LIMIT = 100
"""Tablets in one answer; who has more to look through takes the list, which has pages."""


class Nearness(IntEnum):
    """How near a tablet is to what was looked for."""

    SERIAL = 0
    NAME = 1
    BEGINNING = 2
    PART = 3


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A tablet that was found."""

    view: TabletView
    nearness: Nearness


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What was found, the nearest first; ``more``: there are others."""

    hits: tuple[Hit, ...]
    more: bool


class Search:
    """Finds tablets; case, accents and punctuation do not count, and every word must be found."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def tablets(self, text: str, reach: Reach, *, limit: int = 20) -> Found:
        """Return the tablets in reach that have every word of a text; none for a text without letters and digits."""
        terms = terms_of(text)
        if not terms or reach.is_empty:
            return Found(hits=(), more=False)
        return await self._database.read(lambda conn: _found(conn, terms, reach, max(1, min(limit, LIMIT))))


def _found(conn: Connection, terms: tuple[str, ...], reach: Reach, limit: int) -> Found:
    nearest: dict[str, int] = {}
    for row in near_tablets(conn, terms, reach, limit=limit + 1):
        nearest.setdefault(row["tablet_id"], row["nearness"])
    # Who wrote a whole number or name has found it.
    if len(nearest) <= limit and not any(one <= Nearness.NAME for one in nearest.values()):
        for row in tablets_with(conn, terms, reach):
            nearest.setdefault(row["tablet_id"], Nearness.PART)
    views = tablet_views(conn, list(nearest)[:limit])
    hits = tuple(Hit(view=view, nearness=Nearness(nearest[tablet_id])) for tablet_id, view in views.items())
    return Found(hits=hits, more=len(nearest) > limit)
