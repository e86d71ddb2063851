"""Notes on which days a tablet on loan was heard out of school: all that most tablets tell of home.

That a tablet was heard says that it was on and had a network; it does not say that anybody used it. Looked at in
rounds, so that the path of reports is not burdened; a round that is late loses an hour of a day, never a day that goes
on.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Protocol
from zoneinfo import ZoneInfo

from mdm.clock import Clock, from_ms
from mdm.home.calendar.calendars import CalendarBook, calendar_book
from mdm.home.calendar.class_time import is_school_day_time
from mdm.home.use import use_store
from mdm.home.use.loans import Loan, Loans
from mdm.store import Connection, Database

_PAGE = 1000
_HOUR_MS = 3600 * 1000
_WINDOW_MS = _HOUR_MS

HOUR_BUCKETS: tuple[tuple[str, int], ...] = (("none", 0), ("few", 1), ("some", 5), ("many", 15))
"""In how many hours of a week a tablet was heard: the name of each bucket, and the hours from which it counts."""


class SchoolNetwork(Protocol):
    """Knows which tablets were heard last through their school's network."""

    def at_school(self, conn: Connection, tablets: Sequence[str]) -> Mapping[str, bool]:
        """Tell of each tablet whether it was heard through the school's network; it is left out where nobody knows."""
        ...


class Sightings:
    """Notes the days on which tablets on loan were heard."""

    def __init__(self, database: Database, clock: Clock, loans: Loans, network: SchoolNetwork | None = None) -> None:
        self._database = database
        self._clock = clock
        self._loans = loans
        self._network = network

    async def collect(self) -> int:
        """Note what was heard in the last hour; return how many tablets. To be called every quarter of an hour."""
        now = self._clock.ms()
        book = await self._database.read(calendar_book)
        after, heard = "", 0
        while True:
            page = await self._database.read(partial(self._page, now=now, after=after))
            if not page:
                return heard
            heard += await self._database.write(partial(self._note, loans=page, book=book, now=now))
            after = page[-1].loan_id

    def _page(self, conn: Connection, *, now: int, after: str) -> Sequence[Loan]:
        return self._loans.between(conn, now, now + 1, after=after, limit=_PAGE)

    def _note(self, conn: Connection, *, loans: Sequence[Loan], book: CalendarBook, now: int) -> int:
        by_tablet = {one.tablet_id: one for one in loans}
        heard = use_store.heard_since(conn, sorted(by_tablet), now - _WINDOW_MS)
        places = self._network.at_school(conn, [one.tablet_id for one in heard]) if self._network else {}
        seen = []
        for one in heard:
            loan = by_tablet[one.tablet_id]
            if one.seen_at < loan.since or one.seen_at > now or not loan.counts(one.seen_at):
                continue
            calendar = book.of_school(loan.uai)
            moment = from_ms(one.seen_at)
            at_school = places.get(one.tablet_id)
            if at_school is None:
                at_school = is_school_day_time(calendar.hours, calendar.zone, moment)
            if not at_school:
                zone = ZoneInfo(calendar.zone.place.time_zone)
                day = moment.astimezone(zone).date().isoformat()
                seen.append((one.tablet_id, loan.loan_id, day, one.seen_at // _HOUR_MS))
        use_store.note_seen_days(conn, seen)
        return len(seen)


def bucket_of(hours: int) -> str:
    """Return the bucket of a number of hours."""
    return next(name for name, least in reversed(HOUR_BUCKETS) if hours >= least)
