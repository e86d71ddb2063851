"""The authority's picture: a week is counted and published once, some days after its end, and never counted again."""

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import msgspec

from mdm.clock import DAY_MS, Clock
from mdm.home.calendar.places import PARIS, place_of
from mdm.home.calendar.zone import school_year_of
from mdm.home.picture import picture_store
from mdm.home.picture.errors import WeekUnknown
from mdm.home.picture.levels import LEVELS, level_of
from mdm.home.picture.measures import MINUTES, Measure
from mdm.home.picture.network import SUM
from mdm.home.picture.picture_store import Figures, PictureCell, Week
from mdm.home.picture.suppression import DEFAULT_THRESHOLD, require_threshold
from mdm.home.picture.tables import LoanWeek, Shown, week_tables
from mdm.home.picture.weeks import monday_of, sunday_of, week_bounds
from mdm.home.use.loans import Loan, Loans
from mdm.journal import Journal
from mdm.store import Connection, Database

GRACE_DAYS = 3
"""How long after a week tablets may still tell of it, for this picture."""

_WEEK = timedelta(days=7)
_LATE_WEEKS = 6
_PAGE = 5000


class SchoolRow(msgspec.Struct, frozen=True, kw_only=True):
    """A school's part of a week: its sums, and its levels in order."""

    uai: str
    name: str
    figures: Figures
    levels: tuple[PictureCell, ...]


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A week: the sums of all schools, the levels over all schools, and the schools. Hidden figures are None."""

    week: Week
    figures: Figures
    levels: tuple[PictureCell, ...]
    schools: tuple[SchoolRow, ...]


class HomePicture:
    """Publishes weeks and shows them. ``threshold``: the smallest group that is shown, 5 at least."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        journal: Journal,
        loans: Loans,
        *,
        threshold: int = DEFAULT_THRESHOLD,
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._loans = loans
        self._threshold = require_threshold(threshold)

    async def publish_due(self) -> list[str]:
        """Publish the weeks whose time has come, oldest first; return them."""
        published = []
        for monday in self._due(await self._database.read(lambda conn: picture_store.weeks(conn, limit=1))):
            shown = await self._database.read_long(partial(self._tables, monday=monday))
            if await self._database.write(partial(self._publish, monday=monday, shown=shown)):
                published.append(monday.isoformat())
        return published

    async def weeks(self) -> list[Week]:
        """Return the published weeks, newest first."""
        return await self._database.read(picture_store.weeks)

    async def show(self, week: str = "", *, schools: Collection[str] | None = None) -> Picture:
        """Return a week, the newest where none is named; of some schools where these are given.

        Raises `WeekUnknown`.
        """
        return await self._database.read(lambda conn: self._show(conn, week, schools))

    async def series(self, uai: str = SUM, level: str = SUM, *, limit: int = 53) -> list[tuple[str, Figures]]:
        """Return one cell's figures week by week, oldest first; "" stands for all schools, or all levels."""
        return await self._database.read(lambda conn: picture_store.series_of(conn, uai, level, limit=limit))

    def _due(self, newest: list[Week]) -> Iterator[date]:
        # Nowhere in France is a day later than twelve hours after Greenwich's.
        today = (self._clock.now() - timedelta(hours=12)).date()
        last = monday_of(today - timedelta(days=GRACE_DAYS)) - _WEEK
        monday = last - (_LATE_WEEKS - 1) * _WEEK
        if newest:
            monday = max(monday, date.fromisoformat(newest[0].week) + _WEEK)
        while monday <= last:
            yield monday
            monday += _WEEK

    def _tables(self, conn: Connection, *, monday: date) -> Shown:
        # Classes move on in summer: from then on other children are in every group.
        newest = picture_store.weeks(conn, limit=1)
        year = school_year_of(monday)
        same_year = bool(newest) and school_year_of(date.fromisoformat(newest[0].week)) == year
        guards = picture_store.guards_of(conn, newest[0].week) if same_year else {}
        return week_tables(self._loan_weeks(conn, monday), self._threshold, guards)

    def _loan_weeks(self, conn: Connection, monday: date) -> list[LoanWeek]:
        first, last = monday.isoformat(), sunday_of(monday).isoformat()
        minutes = picture_store.minutes_of_week(conn, first, last)
        seen = picture_store.seen_of_week(conn, first, last)
        faulty, battery_faults = picture_store.faulty_tablets(conn)
        having = {
            Measure.CONVERGED: picture_store.converged_tablets(conn),
            Measure.BATTERY_LOW: picture_store.tired_tablets(conn),
            Measure.FAULTS: faulty,
            Measure.BATTERY_FAULTS: battery_faults,
        }
        found = []
        for loan, end in self._loans_of_week(conn, monday):
            states = {measure for measure, tablets in having.items() if loan.tablet_id in tablets}
            days = seen.get(loan.loan_id, (0, 0))[0]
            if days:
                states.add(Measure.SEEN)
            if loan.due_at is not None and loan.due_at < end and (loan.until is None or loan.until >= end):
                states.add(Measure.OVERDUE)
            told = minutes.get(loan.loan_id)
            found.append(
                LoanWeek(
                    pupil_id=loan.pupil_id,
                    uai=loan.uai,
                    level=level_of(loan.level),
                    days_seen=days,
                    minutes={one: told.get(category, 0) for one, category in MINUTES.items()} if told else {},
                    states=frozenset(states),
                )
            )
        return found

    def _loans_of_week(self, conn: Connection, monday: date) -> Iterator[tuple[Loan, int]]:
        """Yield the loans of a week with the moment at which it ends where they are."""
        insee = picture_store.zones_of_schools(conn)
        zones: dict[str, tuple[int, int]] = {}
        # A day more on each side: weeks do not begin at the same moment everywhere.
        begin, end = week_bounds(monday, ZoneInfo(PARIS))
        after = ""
        while page := self._loans.between(conn, begin - DAY_MS, end + DAY_MS, after=after, limit=_PAGE):
            for loan in page:
                place = place_of(insee.get(loan.uai, "75056")).time_zone
                if place not in zones:
                    zones[place] = week_bounds(monday, ZoneInfo(place))
                first, last = zones[place]
                # Who objects is in no count, not even in that of tablets; nor is a week that an objection touched.
                if loan.since < last and (loan.until is None or loan.until > first) and loan.counts(first):
                    yield loan, last
            after = page[-1].loan_id

    def _publish(self, conn: Connection, *, monday: date, shown: Shown) -> bool:
        name = monday.isoformat()
        week = Week(week=name, threshold=self._threshold, published_at=self._clock.ms())
        if not picture_store.add_week(conn, week):
            return False
        picture_store.add_cells(conn, name, shown.figures, shown.guards)
        picture_store.forget_guards(conn, name)
        self._journal.record(
            conn, "home_week_published", actor="system", subject="home", detail={"week": name, "k": self._threshold}
        )
        conn.publish("home-picture", name)
        return True

    def _show(self, conn: Connection, week: str, schools: Collection[str] | None) -> Picture:
        published = picture_store.weeks(conn, limit=10_000)
        found = next((one for one in published if week in ("", one.week)), None)
        if found is None:
            raise WeekUnknown(week=week[:20] or "–")
        cells = picture_store.cells_of(conn, found.week)
        order = {level: place for place, level in enumerate(LEVELS)}
        inner: dict[str, list[PictureCell]] = {}
        for cell in sorted(cells, key=lambda one: order.get(one.level, -1)):
            if cell.level != SUM:
                inner.setdefault(cell.uai, []).append(cell)
        sums = {cell.uai: cell.figures for cell in cells if cell.level == SUM}
        wanted = [uai for uai in sorted(sums) if uai != SUM and (schools is None or uai in schools)]
        names = picture_store.school_names(conn, wanted)
        return Picture(
            week=found,
            figures=sums.get(SUM, {}),
            levels=tuple(inner.get(SUM, ())),
            schools=tuple(
                SchoolRow(uai=uai, name=names.get(uai, uai), figures=sums[uai], levels=tuple(inner.get(uai, ())))
                for uai in wanted
            ),
        )
