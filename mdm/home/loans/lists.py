"""Loans as they are looked at: by a school in lists and numbers, by whoever scans a tablet's label."""

from mdm.clock import Clock
from mdm.home.guardians.guardian_store import guardian_of_account, pupils_of_guardian
from mdm.home.loans import list_store, loan_store
from mdm.home.loans.errors import LabelUnknown, LoanUnknown
from mdm.home.loans.labels import slot_of_label
from mdm.home.loans.list_store import LoanList
from mdm.home.loans.loan import Loan, LoanCounts, LoanDetail, LoanPage, LoanView
from mdm.home.loans.sheet import loans_csv
from mdm.home.pupils.pupil import PupilView
from mdm.i18n import Translator
from mdm.store import Connection, Database

_SHEET_LINES = 20_000


class LoanLists:
    """Reads loans; changes nothing."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def loan(self, loan_id: str) -> LoanDetail:
        """Return all that a loan's page shows; raise `LoanUnknown`."""

        def read(conn: Connection) -> LoanDetail:
            loan = loan_store.require_loan(conn, loan_id)
            return LoanDetail(
                view=self._view(conn, loan),
                terms=loan_store.kept_terms(conn, loan.terms_digest),
                acceptances=tuple(loan_store.acceptances(conn, loan_id)),
                photos=loan_store.photos_of(conn, loan_id),
            )

        return await self._database.read(read)

    async def page(self, uai: str, which: LoanList, *, after: str = "", limit: int = 100) -> LoanPage:
        """Return a page of one of a school's lists; raise `SchoolUnknown`."""

        def read(conn: Connection) -> LoanPage:
            today = loan_store.local_day(conn, uai, self._clock.now())
            return list_store.list_loans(conn, uai, which, today=today, after=after, limit=limit)

        return await self._database.read(read)

    async def counts(self, uai: str) -> LoanCounts:
        """Return a school's loans in numbers; raise `SchoolUnknown`."""
        return await self._database.read(
            lambda conn: list_store.count_loans(conn, uai, loan_store.local_day(conn, uai, self._clock.now()))
        )

    async def to_prepare(self, uai: str, *, after: str = "", limit: int = 100) -> list[PupilView]:
        """Return pupils for whom a tablet can be prepared: a guardian has done the training, and none is lent yet."""
        return await self._database.read(lambda conn: list_store.ready_pupils(conn, uai, after=after, limit=limit))

    async def untrained(self, uai: str) -> dict[str | None, int]:
        """Return by class how many pupils get no tablet yet, since no guardian has done the training."""
        return await self._database.read(lambda conn: list_store.untrained_by_class(conn, uai))

    async def scan(self, label: str) -> tuple[str, LoanView | None]:
        """Return the tablet of a label, and its loan that is not over.

        Raises `LabelMalformed`, or `LabelUnknown` also for a place without a tablet.
        """

        def read(conn: Connection) -> tuple[str, LoanView | None]:
            slot = slot_of_label(conn, label).slot
            if slot.tablet_id is None:
                raise LabelUnknown
            loan = loan_store.open_loan_of_tablet(conn, slot.tablet_id)
            return slot.tablet_id, None if loan is None else self._view(conn, loan)

        return await self._database.read(read)

    async def scan_at_home(self, label: str, account_id: str) -> LoanDetail:
        """Return the loan of a label's tablet to a child of an account: what a guardian accepts on a phone.

        Raises `LabelMalformed`, `LabelUnknown`, or `LoanUnknown` when the tablet is not set aside for such a child.
        """
        _, view = await self.scan(label)

        def children(conn: Connection) -> list[str]:
            guardian = guardian_of_account(conn, account_id)
            return [] if guardian is None else pupils_of_guardian(conn, guardian.guardian_id)

        if view is None or view.loan.pupil_id not in await self._database.read(children):
            raise LoanUnknown
        return await self.loan(view.loan.loan_id)

    async def sheet(self, uai: str, which: LoanList, words: Translator) -> bytes:
        """Return one of a school's lists as a spreadsheet's file; raise `SchoolUnknown`."""
        loans: list[LoanView] = []
        after = ""
        while len(loans) < _SHEET_LINES:
            page = await self.page(uai, which, after=after, limit=list_store.PAGE_LIMIT)
            loans += page.loans
            after = page.next
            if not after:
                break
        return loans_csv(loans, words)

    def _view(self, conn: Connection, loan: Loan) -> LoanView:
        view = list_store.loan_view(conn, loan.loan_id, loan_store.local_day(conn, loan.uai, self._clock.now()))
        if view is None:
            raise LoanUnknown
        return view
