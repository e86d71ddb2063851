"""The parts of the home: pupils, guardians, training, loans and what is known of use, made from the rooms."""

from collections.abc import Awaitable, Callable

import msgspec

from mdm.clock import Clock
from mdm.home.evaluation.room import HomeFigures, home_figures
from mdm.home.guardians.from_import import ImportedGuardians
from mdm.home.guardians.guardians import Guardians
from mdm.home.loans.leavers import LeaversLoans
from mdm.home.loans.lists import LoanLists
from mdm.home.loans.loan import Loan
from mdm.home.loans.loans import Loans
from mdm.home.loans.reminders import Reminders
from mdm.home.loans.return_faults import ReturnFaults
from mdm.home.modes import mode_store
from mdm.home.pupils.doubts import Doubts
from mdm.home.pupils.imports import PupilImports
from mdm.home.pupils.pupils import Pupils
from mdm.home.training.training import Training
from mdm.home.use.daily import DailyUse
from mdm.home.use.loan_store import KeptLoans
from mdm.i18n import LANGUAGES, Catalogs
from mdm.journal import Journal
from mdm.repairs.faults import Faults
from mdm.repairs.photos import Photos
from mdm.settings import Settings
from mdm.store import Connection, Database
from mdm.vault import Vault
from profiles.charter.agreed import AgreedEditions
from profiles.charter.ethics import AdoptedEthics
from profiles.loan_terms import AgreedLoanTerms

LOAN_PHOTOS = "loan-photos"
"""The folder of the photos of lent tablets in the data folder, which the sweep of the faults' photos leaves alone."""


class HomeRoom(msgspec.Struct, frozen=True, kw_only=True):
    """What schools and families do. ``regularly`` is done some times a day, in this order."""

    pupils: Pupils
    imports: PupilImports
    doubts: Doubts
    guardians: Guardians
    training: Training
    loans: Loans
    lists: LoanLists
    reminders: Reminders
    leavers: LeaversLoans
    figures: HomeFigures
    photos: Photos

    @property
    def regularly(self) -> tuple[Callable[[], Awaitable[object]], ...]:
        """Remind of what is late, end what leavers have, then count and forget."""
        return (self.reminders.once, self.leavers.once, *self.figures.regularly)


def home_room(
    database: Database,
    clock: Clock,
    journal: Journal,
    vault: Vault,
    settings: Settings,
    agreed: AgreedEditions,
    catalogs: Catalogs,
    faults: Faults,
) -> HomeRoom:
    """Make them. No letter is written: accounts keep no address, so that reminders wait for a telephone call."""
    photos = Photos(settings.data_dir / LOAN_PHOTOS, clock)
    use = DailyUse(database, clock, KeptLoans())

    def follow(conn: Connection, kind: str, loan: Loan) -> None:
        """Bring the tablet to its mode at once, and leave the day of its return out of the family's sums."""
        if kind in ("loan_handed_over", "loan_returned", "loan_lost"):
            mode_store.hasten(conn, [loan.tablet_id], now=clock.ms())
        if kind == "loan_returned":
            use.given_back(conn, loan.loan_id, loan.tablet_id)

    return HomeRoom(
        pupils=Pupils(database, clock, journal, vault),
        imports=PupilImports(database, clock, journal, vault, ImportedGuardians(clock)),
        doubts=Doubts(database, clock, journal, vault),
        guardians=Guardians(database, clock, journal),
        training=Training(database, clock, journal),
        loans=Loans(
            database,
            clock,
            journal,
            AgreedLoanTerms(clock, agreed),
            photos=photos,
            faults=ReturnFaults(faults),
            after=follow,
        ),
        lists=LoanLists(database, clock),
        reminders=Reminders(database, clock, None),
        leavers=LeaversLoans(database, clock, journal),
        figures=home_figures(
            database,
            clock,
            journal,
            vault,
            AdoptedEthics(),
            languages=[catalogs.for_language(language) for language in LANGUAGES],
        ),
        photos=photos,
    )
