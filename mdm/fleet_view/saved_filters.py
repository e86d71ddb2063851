"""Filters that a person keeps under a name, for oneself or for everybody."""

from urllib.parse import parse_qsl

import msgspec

from mdm.clock import Clock
from mdm.fleet.names import clean_name
from mdm.fleet_view.errors import SavedFilterUnknown, TooManyFilters
from mdm.fleet_view.filters import TabletFilter, parse_filter
from mdm.ids import new_id
from mdm.store import Connection, Database

LIMIT = 50
"""Filters that one person may keep."""
_NAME = 60


class SavedFilter(msgspec.Struct, frozen=True, kw_only=True):
    """A filter with its name; ``query`` is what `parse_filter` reads, without a question mark."""

    filter_id: str
    owner: str
    name: str
    query: str
    shared: bool


class SavedFilters:
    """Keeps filters; ``owner`` is an account's login."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of(self, owner: str) -> list[SavedFilter]:
        """Return a person's filters by name, then those that others share."""
        return await self._database.read(lambda conn: _filters_for(conn, owner))

    async def save(self, owner: str, name: str, wanted: TabletFilter, *, shared: bool = False) -> SavedFilter:
        """Keep a filter; one of the same name is replaced. Raises `TooManyFilters` or `NameInvalid`."""
        saved = SavedFilter(
            filter_id=new_id(self._clock),
            owner=owner,
            name=clean_name(name, limit=_NAME),
            query=wanted.query(),
            shared=shared,
        )
        now = self._clock.ms()
        return await self._database.write(lambda conn: _save(conn, saved, now))

    async def delete(self, owner: str, filter_id: str) -> None:
        """Forget a filter of this person's; raise `SavedFilterUnknown`."""

        def write(conn: Connection) -> None:
            if not conn.run(
                "DELETE FROM saved_filter WHERE filter_id = :filter_id AND owner = :owner",
                filter_id=filter_id,
                owner=owner,
            ):
                raise SavedFilterUnknown

        await self._database.write(write)


def filter_of(saved: SavedFilter) -> TabletFilter:
    """Return the filter itself; raise `FilterInvalid` when its values mean nothing any more."""
    return parse_filter(dict(parse_qsl(saved.query)))


def _filters_for(conn: Connection, owner: str) -> list[SavedFilter]:
    rows = conn.all(
        "SELECT filter_id, owner, name, query, shared FROM saved_filter WHERE owner = :owner OR shared = 1"
        " ORDER BY CASE WHEN owner = :owner THEN 0 ELSE 1 END, name, owner, filter_id LIMIT 500",
        owner=owner,
    )
    return [SavedFilter(**{**row, "shared": bool(row["shared"])}) for row in rows]


def _save(conn: Connection, saved: SavedFilter, now: int) -> SavedFilter:
    row = conn.one(
        "INSERT INTO saved_filter (filter_id, owner, name, query, shared, saved_at)"
        " VALUES (:filter_id, :owner, :name, :query, :shared, :now) ON CONFLICT (owner, name) DO UPDATE SET"
        " query = excluded.query, shared = excluded.shared, saved_at = excluded.saved_at RETURNING filter_id",
        filter_id=saved.filter_id,
        owner=saved.owner,
        name=saved.name,
        query=saved.query,
        shared=int(saved.shared),
        now=now,
    )
    count = conn.one("SELECT COUNT(*) AS kept FROM saved_filter WHERE owner = :owner", owner=saved.owner)
    if row is None or count is None or count["kept"] > LIMIT:
        raise TooManyFilters(limit=LIMIT)
    return msgspec.structs.replace(saved, filter_id=row["filter_id"])
