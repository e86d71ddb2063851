"""Gathers the weeks of evaluations that run: some days after each week, while its daily sums are still there."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from mdm.clock import DAY_MS, Clock
from mdm.home.calendar.places import PARIS, place_of
from mdm.home.evaluation import evaluation_store
from mdm.home.evaluation.cohort import Cohort, takes_part
from mdm.home.evaluation.evaluation import GATHERING, Evaluation
from mdm.home.evaluation.evaluation_store import PupilWeek
from mdm.home.evaluation.pseudonyms import open_pseudonyms
from mdm.home.evaluation.variables import MINUTES, Figure, Variable, rounded
from mdm.home.picture import picture_store
from mdm.home.picture.levels import level_of
from mdm.home.picture.picture import GRACE_DAYS
from mdm.home.picture.weeks import mondays, sunday_of, week_bounds
from mdm.home.use.categories import Category
from mdm.home.use.daily import KEPT_DAYS
from mdm.home.use.loans import Loan, loan_of_day
from mdm.home.use.sightings import bucket_of
from mdm.store import Connection, Database
from mdm.vault import Vault


class Gathering:
    """Gathers what evaluations ask for, of pupils who take part and whose guardians knew in time."""

    def __init__(self, database: Database, clock: Clock, vault: Vault, cohort: Cohort) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._cohort = cohort

    async def gather_due(self) -> int:
        """Gather the weeks whose time has come; return how many. To be called before daily sums are purged."""
        running = await self._database.read(lambda conn: evaluation_store.in_states(conn, *GATHERING))
        gathered = 0
        for evaluation in running:
            for monday in self._due(evaluation):
                gathered += await self._database.write(
                    partial(self.gather, evaluation_id=evaluation.evaluation_id, monday=monday)
                )
        return gathered

    def gather(self, conn: Connection, *, evaluation_id: str, monday: date) -> bool:
        """Gather one week, once; return False when it was, or when the evaluation does not run any more."""
        evaluation = evaluation_store.hold(conn, evaluation_id)
        key = evaluation_store.sealed_key(conn, evaluation_id)
        if evaluation.state not in GATHERING or key is None:
            return False
        pseudonyms = open_pseudonyms(self._vault, evaluation_id, key)
        # A day more on each side: weeks do not begin at the same moment everywhere.
        begin, end = week_bounds(monday, ZoneInfo(PARIS))
        loans = self._cohort.members(conn, evaluation.draft.schools, begin - DAY_MS, end + DAY_MS)
        allowed = _allowed(conn, evaluation, {loan.pupil_id for loan in loans}, before=begin)
        by_pupil: dict[str, list[Loan]] = {}
        for loan in loans:
            # Where use is not counted, a figure of it would tell what is not so.
            if loan.pupil_id in allowed and loan.counts(begin):
                by_pupil.setdefault(loan.pupil_id, []).append(loan)
        facts = _Facts(conn, monday)
        rows = [
            PupilWeek(
                pseudonym=pseudonyms.of(pupil_id),
                week=monday.isoformat(),
                uai=theirs[-1].uai,
                level=level_of(theirs[-1].level),
                platform=theirs[-1].platform.value,
                figures={one: figure for one, figure in figures.items() if one in evaluation.draft.variables},
            )
            for pupil_id, theirs in sorted(by_pupil.items())
            if (figures := facts.of(sorted(theirs, key=lambda one: (one.since, one.loan_id)))) is not None
        ]
        return evaluation_store.add_week(conn, evaluation_id, monday.isoformat(), rows, now=self._clock.ms())

    def _due(self, evaluation: Evaluation) -> list[date]:
        # Nowhere in France is a day later than twelve hours after Greenwich's.
        today = (self._clock.now() - timedelta(hours=12)).date()
        draft = evaluation.draft
        return [
            monday
            for monday in mondays(draft.first_day, draft.last_day)
            if sunday_of(monday) + timedelta(days=GRACE_DAYS) < today <= monday + timedelta(days=KEPT_DAYS)
        ]


class _Facts:
    """What the tablets told of a week."""

    def __init__(self, conn: Connection, monday: date) -> None:
        self._days = [monday + timedelta(days=step) for step in range(7)]
        first, last = self._days[0].isoformat(), self._days[-1].isoformat()
        self._minutes = picture_store.minutes_of_week(conn, first, last)
        self._seen = picture_store.seen_of_week(conn, first, last)
        self._insee = evaluation_store.communes(conn)

    def of(self, loans: Sequence[Loan]) -> dict[Variable, Figure] | None:
        """Return the figures of one pupil's loans; None where no whole day of the week was on loan."""
        zones = {loan.uai: ZoneInfo(place_of(self._insee.get(loan.uai, "75056")).time_zone) for loan in loans}
        days = sum(any(loan_of_day([loan], day, zones[loan.uai]) is not None for loan in loans) for day in self._days)
        if not days:
            return None
        seen = [self._seen.get(loan.loan_id, (0, 0)) for loan in loans]
        told: dict[Category, int] = {}
        for loan in loans:
            for category, minutes in self._minutes.get(loan.loan_id, {}).items():
                told[category] = told.get(category, 0) + minutes
        figures: dict[Variable, Figure] = {
            Variable.DAYS_ON_LOAN: days,
            Variable.DAYS_SEEN: min(7, sum(many for many, _ in seen)),
            Variable.HOURS_SEEN: bucket_of(sum(hours for _, hours in seen)),
        }
        for variable, category in MINUTES.items():
            figures[variable] = rounded(told.get(category, 0)) if told else None
        return figures


def _allowed(conn: Connection, evaluation: Evaluation, pupils: Collection[str], *, before: int) -> set[str]:
    """Return the pupils of whom a week may be gathered that begins at ``before`` (ms)."""
    choices = evaluation_store.choices(conn, evaluation.evaluation_id)
    informed = evaluation_store.informed(conn, evaluation.evaluation_id)
    latest = before - evaluation.draft.notice_days * DAY_MS
    return {
        pupil_id
        for pupil_id in pupils
        if pupil_id in informed
        and informed[pupil_id] <= latest
        and takes_part(evaluation.draft.basis, choices.get(pupil_id, {}))
    }
