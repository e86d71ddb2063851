"""Takes reports of use in, shows a loan's use, and forgets it in time."""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec

from mdm.clock import DAY_MS, Clock
from mdm.home.calendar.places import PARIS, place_of
from mdm.home.use import use_store
from mdm.home.use.categories import Category, Source
from mdm.home.use.loans import Loans, bounds_of, loan_of_day
from mdm.home.use.objections import objected_since
from mdm.home.use.report import UseReport
from mdm.i18n import N_
from mdm.store import Connection, Database

KEPT_DAYS = 56
"""Eight weeks: how long daily sums are kept."""

PAST_DAYS = 35
"""How far back a report may tell: a tablet that was off for a month loses nothing."""

FUTURE_DAYS = 1
DAY_MINUTES = 25 * 60
"""The longest local day, on which clocks are put back."""

_PURGE_ROWS = 2000
_ONE_DAY = timedelta(days=1)


class NotKept(StrEnum):
    """Why a day of a report was not kept."""

    FUTURE = "future"
    TOO_OLD = "too_old"
    NOT_ON_LOAN = "not_on_loan"
    IMPOSSIBLE = "impossible"
    OBJECTED = "objected"
    UNREADABLE = "unreadable"


NOT_KEPT_WORDS: Mapping[NotKept, str] = {
    NotKept.FUTURE: N_("The day has not come yet: the tablet's clock is wrong. Set its date, and it will tell again."),
    NotKept.TOO_OLD: N_(
        "The day is more than five weeks ago: the tablet's clock is wrong, or it was off for very long."
    ),
    NotKept.NOT_ON_LOAN: N_("The tablet was not on loan to one family for the whole of that day."),
    NotKept.IMPOSSIBLE: N_("The day would have more minutes than a day has."),
    NotKept.OBJECTED: N_("The family objected: the use of this tablet is not counted."),
    NotKept.UNREADABLE: N_("What an app of the tablet tells of use cannot be read."),
}


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a report: the days that were kept, and why others were not. ``repeated``: it was known already."""

    kept: tuple[date, ...] = ()
    not_kept: tuple[tuple[date, NotKept], ...] = ()
    repeated: bool = False


class DayOfUse(msgspec.Struct, frozen=True, kw_only=True):
    """One day of a loan: minutes by category, none where nothing was told; and in how many hours it was heard."""

    day: date
    minutes: dict[Category, int]
    hours_seen: int


class LoanUse(msgspec.Struct, frozen=True, kw_only=True):
    """The last days of a loan, oldest first, today the last; ``sources`` say where minutes came from.

    ``not_kept``: why something that was told in these days, and in this loan, could not be kept.
    ``objected_since``: since when nothing is counted because the family objected, in milliseconds.
    """

    days: tuple[DayOfUse, ...]
    sources: tuple[Source, ...]
    not_kept: tuple[NotKept, ...] = ()
    objected_since: int | None = None

    @property
    def week(self) -> dict[Category, int]:
        """The minutes of all these days, by category."""
        return {
            category: sum(one.minutes.get(category, 0) for one in self.days)
            for category in Category
            if any(category in one.minutes for one in self.days)
        }


class DailyUse:
    """Daily sums of use. The methods that take a connection run inside the caller's transaction."""

    def __init__(self, database: Database, clock: Clock, loans: Loans) -> None:
        self._database = database
        self._clock = clock
        self._loans = loans

    def take(self, conn: Connection, tablet_id: str, source: Source, report: UseReport) -> Taken:
        """Keep what a tablet tells of days on loan; a report that comes twice, or late, changes nothing."""
        now = self._clock.ms()
        zone = zone_of_tablet(conn, tablet_id)
        today = self._clock.now().astimezone(zone).date()
        loans = self._loans.of_tablet(conn, tablet_id, since=now - (PAST_DAYS + 2) * DAY_MS)
        known = use_store.last_reports(conn, tablet_id, source)
        kept: list[date] = []
        not_kept: list[tuple[date, NotKept]] = []
        told: set[str] = set()
        repeated = False
        for day, minutes in sorted(report.days.items()):
            problem = _problem(day, minutes, today)
            loan = loan_of_day(loans, day, zone) if problem is None else None
            if problem is not None or loan is None:
                not_kept.append((day, problem or NotKept.NOT_ON_LOAN))
            elif not loan.counts(bounds_of(day, zone)[0]):
                not_kept.append((day, NotKept.OBJECTED))
            elif known.get(loan.loan_id, -1) >= report.number:
                repeated = True
            else:
                use_store.save_day(conn, tablet_id, loan.loan_id, day.isoformat(), minutes, source, report.number)
                told.add(loan.loan_id)
                kept.append(day)
        use_store.note_report(conn, tablet_id, sorted(told), source, report.number, now)
        if loans:
            # Where a tablet was never lent, an app that tells of its use is not to blame.
            reasons = sorted({reason for _, reason in not_kept} - {NotKept.OBJECTED})
            use_store.count_dropped(conn, tablet_id, reasons, report.number, now)
        return Taken(kept=tuple(kept), not_kept=tuple(not_kept), repeated=repeated)

    def note_unreadable(self, conn: Connection, tablet_id: str) -> None:
        """Count a report that cannot be read, once a day."""
        now = self._clock.ms()
        if self._loans.of_tablet(conn, tablet_id, since=now):
            use_store.count_dropped(conn, tablet_id, [NotKept.UNREADABLE.value], use_store.UNREADABLE, now)

    async def dropped(self) -> dict[NotKept, int]:
        """Return how many reports of the last eight weeks told what could not be kept, by reason."""
        found = await self._database.read(use_store.dropped)
        return {NotKept(reason): many for reason, many in found.items()}

    async def of_loan(self, loan_id: str, tablet_id: str, *, days: int = 7) -> LoanUse:
        """Return the use of the last days of a loan, today among them: what its guardians see."""
        return await self._database.read(lambda conn: self._of_loan(conn, loan_id, tablet_id, days))

    def given_back(self, conn: Connection, loan_id: str, tablet_id: str) -> None:
        """Forget the day on which a tablet comes back: from then on its sums are the school's."""
        day = self._clock.now().astimezone(zone_of_tablet(conn, tablet_id)).date()
        use_store.forget_day(conn, loan_id, day.isoformat())
        use_store.forget_dropped(conn, tablet_id)

    def erase(self, conn: Connection, loan_id: str) -> int:
        """Erase all that is kept of a loan's use; return how many rows of sums."""
        return use_store.forget_loan(conn, loan_id)

    async def tidy(self) -> int:
        """Erase what is older than eight weeks, in short transactions; return how many rows."""
        today = self._clock.now().date()
        before = (today - timedelta(days=KEPT_DAYS)).isoformat()
        moment = self._clock.ms() - KEPT_DAYS * DAY_MS
        # Two days: everywhere on earth that day is over.
        closed = (today - 2 * _ONE_DAY).isoformat()
        erased = 0
        for purge in (
            lambda conn: use_store.purge_use(conn, before, _PURGE_ROWS),
            lambda conn: use_store.purge_seen(conn, before, _PURGE_ROWS),
            lambda conn: use_store.purge_reports(conn, moment, _PURGE_ROWS),
            lambda conn: use_store.purge_dropped(conn, moment, _PURGE_ROWS),
        ):
            while rows := await self._database.write(purge):
                erased += rows
        while await self._database.write(lambda conn: use_store.forget_hours(conn, closed, _PURGE_ROWS)):
            pass
        return erased

    def _of_loan(self, conn: Connection, loan_id: str, tablet_id: str, days: int) -> LoanUse:
        today = self._clock.now().astimezone(zone_of_tablet(conn, tablet_id)).date()
        first = today - timedelta(days=days - 1)
        use = use_store.use_of_loans(conn, [loan_id], first.isoformat(), today.isoformat())
        seen = use_store.seen_of_loans(conn, [loan_id], first.isoformat(), today.isoformat())
        hours = {one.day: one.hours for one in seen}
        shown = []
        for step in range(days):
            day = first + step * _ONE_DAY
            minutes = {one.category: one.minutes for one in use if one.day == day.isoformat()}
            shown.append(DayOfUse(day=day, minutes=minutes, hours_seen=hours.get(day.isoformat(), 0)))
        reasons = use_store.dropped_since(conn, tablet_id, self._clock.ms() - days * DAY_MS)
        return LoanUse(
            days=tuple(shown),
            sources=tuple(sorted({one.source for one in use})),
            not_kept=tuple(one for one in NotKept if one.value in reasons and one is not NotKept.NOT_ON_LOAN),
            objected_since=objected_since(conn, loan_id),
        )


def zone_of_tablet(conn: Connection, tablet_id: str) -> ZoneInfo:
    """Return the local time of a tablet's school; that of Paris where it belongs to none."""
    row = conn.one(
        "SELECT school.insee FROM slot JOIN kit ON kit.kit_id = slot.kit_id JOIN school ON school.uai = kit.uai"
        " WHERE slot.tablet_id = :tablet_id",
        tablet_id=tablet_id,
    )
    return ZoneInfo(PARIS if row is None else place_of(row["insee"]).time_zone)


def _problem(day: date, minutes: Mapping[Category, int], today: date) -> NotKept | None:
    if day > today + timedelta(days=FUTURE_DAYS):
        return NotKept.FUTURE
    if day < today - timedelta(days=PAST_DAYS):
        return NotKept.TOO_OLD
    return NotKept.IMPOSSIBLE if sum(minutes.values()) > DAY_MINUTES else None
