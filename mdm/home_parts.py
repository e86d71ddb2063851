"""The parts of the home: pupils, guardians, training, loans and what is known of use, made from the rooms."""

from collections.abc import Awaitable, Callable

import msgspec

from mdm.clock import Clock
from mdm.home.evaluation.room import HomeFigures, home_figures
from mdm.home.guardians.from_import import ImportedGuardians
from mdm.home.guardians.guardians import Guardians
from mdm.home.letters.room import LettersRoom, letters_room
from mdm.home.loans.leavers import LeaversLoans
from mdm.home.loans.lists import LoanLists
from mdm.home.loans.loan import Loan
from mdm.home.loans.loans import Loans
from mdm.home.loans.reminders import Reminders
from mdm.home.loans.return_faults import ReturnFaults
from mdm.home.lost.orders import LostOrders
from mdm.home.lost.room import LostRoom, lost_room
from mdm.home.modes import mode_store
from mdm.home.pupils.doubts import Doubts
from mdm.home.pupils.import_work import ImportWork
from mdm.home.pupils.imports import PupilImports
from mdm.home.pupils.pupils import Pupils
from mdm.home.training.training import Training
from mdm.home.use.daily import DailyUse
from mdm.home.use.loan_store import KeptLoans
from mdm.i18n import LANGUAGES, Catalogs
from mdm.journal import Journal
from mdm.long_work.service import LongWorks
from mdm.repairs.faults import Faults
from mdm.repairs.photos import Photos
from mdm.settings import Settings
from mdm.store import Connection, Database
from mdm.vault import Vault
from profiles.agreed_things import AgreedRulesDigest
from profiles.charter.agreed import AgreedEditions
from profiles.charter.ethics import AdoptedEthics
from profiles.loan_terms import AgreedLoanTerms

LOAN_PHOTOS = "loan-photos"
"""The folder of the photos of lent tablets in the data folder, which the sweep of the faults' photos leaves alone."""


class HomeRoom(msgspec.Struct, frozen=True, kw_only=True):
    """What schools and families do. ``regularly`` is done some times a day, in this order."""

    pupils: Pupils
    imports: PupilImports
    import_work: ImportWork
    doubts: Doubts
    guardians: Guardians
    training: Training
    loans: Loans
    lost: LostRoom
    lists: LoanLists
    reminders: Reminders
    leavers: LeaversLoans
    figures: HomeFigures
    photos: Photos
    letters: LettersRoom

    @property
    def regularly(self) -> tuple[Callable[[], Awaitable[object]], ...]:
        """Remind of what is late, end what leavers have, write of new rules, then count and forget."""
        return (self.reminders.once, self.leavers.once, *self.letters.regularly, *self.figures.regularly)


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
    """Make them. Who gave no address, or on a server without mail, is not written to: reminders wait for a call."""
    photos = Photos(settings.data_dir / LOAN_PHOTOS, clock)
    imports = PupilImports(database, clock, journal, vault, ImportedGuardians(clock))
    use = DailyUse(database, clock, KeptLoans())
    digests = AgreedRulesDigest(clock, agreed)
    letters = letters_room(database, clock, journal, vault, settings, catalogs, digests)

    def follow(conn: Connection, kind: str, loan: Loan) -> None:
        """Bring the tablet to its mode at once, leave the day of its return out of the family's sums, and write."""
        if kind in ("loan_handed_over", "loan_returned", "loan_lost", "loan_found"):
            mode_store.hasten(conn, [loan.tablet_id], now=clock.ms())
        if kind == "loan_returned":
            use.given_back(conn, loan.loan_id, loan.tablet_id)
        letters.letters.loan(conn, kind, loan)
        lost.searches.follow_loan(conn, kind, loan)

    loans = Loans(
        database,
        clock,
        journal,
        AgreedLoanTerms(clock, agreed),
        photos=photos,
        faults=ReturnFaults(faults),
        after=follow,
    )
    orders = LostOrders(
        clock,
        journal,
        catalogs.for_language(settings.server.language),
        organization=settings.enrollment.organization,
        number=settings.home.lost_number,
        after=lambda conn, kind, search: letters.letters.searched(conn, kind, search.loan_id),
    )
    lost = lost_room(database, clock, journal, vault, loans, orders)

    return HomeRoom(
        pupils=Pupils(database, clock, journal, vault),
        imports=imports,
        import_work=ImportWork(database, clock, LongWorks(database, clock, journal), imports),
        doubts=Doubts(database, clock, journal, vault),
        guardians=Guardians(database, clock, journal),
        training=Training(database, clock, journal),
        loans=loans,
        lost=lost,
        lists=LoanLists(database, clock),
        reminders=Reminders(database, clock, letters.letters),
        leavers=LeaversLoans(database, clock, journal),
        figures=home_figures(
            database,
            clock,
            journal,
            vault,
            AdoptedEthics(),
            languages=[catalogs.for_language(language) for language in LANGUAGES],
            decided=letters.letters.evaluation_decided,
            released=letters.letters.export_released,
        ),
        photos=photos,
        letters=letters,
    )
