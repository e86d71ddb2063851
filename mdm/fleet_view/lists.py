"""Lists of tablets: filtered, sorted, and in pages that lead in both directions."""

import base64
from collections.abc import AsyncIterator

import msgspec

from mdm.clock import Clock
from mdm.fleet.reach import Reach
from mdm.fleet.tablet import TabletView
from mdm.fleet.tablet_store import tablet_views
from mdm.fleet_view import list_store
from mdm.fleet_view.errors import CursorInvalid, FilterInvalid
from mdm.fleet_view.filters import TabletFilter
from mdm.fleet_view.list_store import COLUMNS, Order, Place, chosen
from mdm.store import Connection, Database

PAGE_LIMIT = 200
_EXPORT_PAGE = 200


class TabletPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a list; ``next`` and ``previous`` ask for the parts beside it and are empty at the ends."""

    tablets: tuple[TabletView, ...]
    next: str
    previous: str


class TabletLists:
    """Reads lists of tablets; what tablets report reaches filters and orders with the next round, rows at once."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def page(
        self,
        wanted: TabletFilter,
        reach: Reach,
        order: Order,
        *,
        after: str = "",
        before: str = "",
        limit: int = 50,
    ) -> TabletPage:
        """Return a part of the list: its first, the one ``after`` a place, or the one ``before`` it.

        Raises `CursorInvalid`.
        """
        beyond = read_place(before or after, order) if before or after else None
        size = max(1, min(limit, PAGE_LIMIT))
        condition = chosen(wanted, reach, now=self._clock.ms())
        return await self._database.read(
            lambda conn: _page(conn, condition, order, beyond, backwards=bool(before), size=size)
        )

    async def count(self, wanted: TabletFilter, reach: Reach) -> int:
        """Return how many tablets pass."""
        condition = chosen(wanted, reach, now=self._clock.ms())
        return await self._database.read(lambda conn: list_store.count_chosen(conn, condition))

    async def models(self) -> list[str]:
        """Return the models that there are."""
        return await self._database.read(list_store.models)

    async def all_pages(
        self, wanted: TabletFilter, reach: Reach, order: Order
    ) -> AsyncIterator[tuple[TabletView, ...]]:
        """Yield the whole list in parts, each read by itself, so that nothing is held."""
        after = ""
        while True:
            page = await self.page(wanted, reach, order, after=after, limit=_EXPORT_PAGE)
            if page.tablets:
                yield page.tablets
            if not page.next:
                return
            after = page.next


def parse_order(by: str, direction: str = "") -> Order:
    """Return the order that a query names; empty texts ask for the names' own. Raises `FilterInvalid`."""
    if by and by not in COLUMNS:
        raise FilterInvalid(field="sort", value=by[:60])
    if direction not in ("", "up", "down"):
        raise FilterInvalid(field="direction", value=direction[:60])
    return Order(by=by or "name", descending=direction == "down")


def write_place(place: Place) -> str:
    """Return a place in a list as a text for a link."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def read_place(text: str, order: Order) -> Place:
    """Return the place in a link's text; raise `CursorInvalid`."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        value, tablet_id = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=tuple[str | int, str])
    except (ValueError, msgspec.MsgspecError) as error:
        raise CursorInvalid from error
    fits = isinstance(value, str) if order.by == "name" else isinstance(value, int) and abs(value) < 2**63
    if not fits or "\0" in f"{value}{tablet_id}":
        raise CursorInvalid
    return value, tablet_id


def _page(
    conn: Connection, wanted: list_store.Chosen, order: Order, beyond: Place | None, *, backwards: bool, size: int
) -> TabletPage:
    found = list_store.places_of_page(conn, wanted, order, beyond=beyond, backwards=backwards, limit=size + 1)
    more = len(found) > size
    places = (found[1:] if backwards else found[:size]) if more else found
    views = tablet_views(conn, [tablet_id for _, tablet_id in places])
    further = more or backwards
    earlier = more if backwards else beyond is not None
    return TabletPage(
        tablets=tuple(views[tablet_id] for _, tablet_id in places if tablet_id in views),
        next=write_place(places[-1]) if places and further else "",
        previous=write_place(places[0]) if places and earlier else "",
    )
