"""Use at home, the weekly picture and evaluations, made together on one database; and what is done by the clock."""

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from mdm.clock import Clock
from mdm.home.evaluation.cohort import LoanCohort
from mdm.home.evaluation.evaluation import EthicsDecisions, Evaluation
from mdm.home.evaluation.evaluations import Evaluations
from mdm.home.evaluation.export_work import ExportWork
from mdm.home.evaluation.exports import Exports
from mdm.home.evaluation.gathering import Gathering
from mdm.home.evaluation.guardians import Guardians
from mdm.home.picture.picture import HomePicture
from mdm.home.picture.suppression import DEFAULT_THRESHOLD
from mdm.home.use.daily import DailyUse
from mdm.home.use.loan_store import KeptLoans, SeenNetworks
from mdm.home.use.sightings import Sightings
from mdm.i18n import Translator
from mdm.journal import Journal
from mdm.long_work.service import LongWorks
from mdm.store import Connection, Database
from mdm.vault import Vault


class HomeFigures(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. ``often`` is done every quarter of an hour, ``regularly`` some times a day, each in this order."""

    use: DailyUse
    sightings: Sightings
    picture: HomePicture
    evaluations: Evaluations
    guardians: Guardians
    gathering: Gathering
    exports: Exports
    export_work: ExportWork

    @property
    def often(self) -> tuple[Callable[[], Awaitable[object]], ...]:
        """Note which tablets are heard out of school."""
        return (self.sightings.collect,)

    @property
    def regularly(self) -> tuple[Callable[[], Awaitable[object]], ...]:
        """Count what the daily sums are still needed for, then forget them."""
        return (
            self.picture.publish_due,
            self.gathering.gather_due,
            self.use.tidy,
            self.exports.expire,
            self.evaluations.end_due,
        )


def home_figures(
    database: Database,
    clock: Clock,
    journal: Journal,
    vault: Vault,
    ethics: EthicsDecisions,
    *,
    languages: Sequence[Translator],
    threshold: int = DEFAULT_THRESHOLD,
    decided: Callable[[Connection, Evaluation], None] | None = None,
    released: Callable[[Connection, str], None] | None = None,
) -> HomeFigures:
    """Make the parts. ``languages``: those of codebooks; ``threshold``: the smallest group that the picture shows.

    ``decided``, ``released``: what is told of a decided evaluation and of a released export, in their transactions.
    """
    loans = KeptLoans()
    exports = Exports(database, clock, journal, vault, languages, after=released)
    return HomeFigures(
        use=DailyUse(database, clock, loans),
        sightings=Sightings(database, clock, loans, SeenNetworks()),
        picture=HomePicture(database, clock, journal, loans, threshold=threshold),
        evaluations=Evaluations(database, clock, journal, vault, ethics, after=decided),
        guardians=Guardians(database, clock, journal, vault),
        gathering=Gathering(database, clock, vault, LoanCohort(loans)),
        exports=exports,
        export_work=ExportWork(database, LongWorks(database, clock, journal), exports),
    )
