"""Guardians' agreement to a loan: on a phone, or on paper and noted by the school."""

from collections.abc import Callable
from datetime import date, timedelta

from mdm.clock import Clock
from mdm.home.guardians.errors import NotGuardianOf
from mdm.home.guardians.guardian_store import (
    Guardian,
    guardian_of_account,
    guardians_of_pupil,
    hold_guardian,
    is_guardian_of,
)
from mdm.home.loans import loan_store
from mdm.home.loans.errors import (
    DayImpossible,
    InsuranceMissing,
    SecondYesMissing,
    TermsChanged,
    TrainingMissing,
    YesMissing,
)
from mdm.home.loans.loan import Acceptance, Loan, Way
from mdm.home.loans.states import LoanEvent, LoanState, move
from mdm.home.loans.terms import LoanTerms, TermsSource
from mdm.home.pupils.pupil_store import require_pupil
from mdm.home.training.training_store import is_trained
from mdm.journal import Journal
from mdm.store import Connection, Database

_OLDEST_PAPER = timedelta(days=366)


class Agreements:
    """Takes guardians' yeses and takes them back; each is journalled. ``terms`` knows what the charter asks.

    ``after`` is told, in the transaction, of a loan for which all yeses are there now, as ``loan_accepted``.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        journal: Journal,
        terms: TermsSource,
        *,
        after: Callable[[Connection, str, Loan], None] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._terms = terms
        self._after = after

    async def accept(self, loan_id: str, *, account_id: str, terms_digest: str, insured: bool, actor: str) -> Loan:
        """Accept a loan on a phone: ``terms_digest`` is that of the text that was read. Returns the loan as it is now.

        Raises `LoanUnknown`, `LoanNotSo`, `NotGuardianOf`, `TermsChanged` or `InsuranceMissing`.
        """

        def write(conn: Connection) -> Loan:
            loan = loan_store.hold_loan(conn, loan_id)
            guardian = guardian_of_account(conn, account_id)
            if guardian is None:
                raise NotGuardianOf
            today = loan_store.local_day(conn, loan.uai, self._clock.now())
            return self._accept(conn, loan, guardian, Way.PHONE, terms_digest, insured, today, actor)

        return await self._database.write(write)

    async def note_on_paper(
        self, loan_id: str, guardian_id: str, *, signed_on: date, insured: bool, actor: str
    ) -> Loan:
        """Note a yes that a guardian signed on paper, printed with the loan's present text; ``actor`` notes it.

        Raises what `accept` raises, `GuardianUnknown` or `DayImpossible`.
        """

        def write(conn: Connection) -> Loan:
            loan = loan_store.hold_loan(conn, loan_id)
            guardian = hold_guardian(conn, guardian_id)
            today = loan_store.local_day(conn, loan.uai, self._clock.now())
            if not today - _OLDEST_PAPER <= signed_on <= today:
                first = today - _OLDEST_PAPER
                raise DayImpossible(day=signed_on.isoformat(), first=first.isoformat(), last=today.isoformat())
            return self._accept(conn, loan, guardian, Way.PAPER, loan.terms_digest, insured, signed_on, actor)

        return await self._database.write(write)

    async def take_back(self, loan_id: str, guardian_id: str, *, actor: str) -> Loan:
        """Take a yes back before the tablet is handed over; raise `LoanUnknown` or `LoanNotSo`."""

        def write(conn: Connection) -> Loan:
            loan = loan_store.hold_loan(conn, loan_id)
            move(loan.state, LoanEvent.TAKE_BACK_YES)
            if loan_store.delete_acceptance(conn, loan_id, guardian_id):
                self._record(conn, "loan_yes_taken_back", loan, actor, guardian_id)
            return self._settle(conn, loan)

        return await self._database.write(write)

    async def renew_terms(self, loan_id: str, *, actor: str) -> Loan:
        """Put a loan that is not handed over under the charter's present text; a yes to the old one is gone.

        Raises `LoanUnknown` or `LoanNotSo`.
        """

        def write(conn: Connection) -> Loan:
            loan = loan_store.hold_loan(conn, loan_id)
            move(loan.state, LoanEvent.TAKE_BACK_YES)
            terms = self._terms.of_kit(conn, loan.kit_id)
            if terms.digest != loan.terms_digest:
                loan_store.keep_terms(conn, terms, self._clock.ms())
                loan_store.save_terms_of(conn, loan_id, terms.digest)
                self._journal.record(
                    conn, "loan_terms_renewed", actor=actor, subject=f"loan:{loan_id}", detail={"terms": terms.digest}
                )
            return self._settle(conn, loan_store.require_loan(conn, loan_id))

        return await self._database.write(write)

    def require_agreed(self, conn: Connection, loan: Loan) -> LoanTerms:
        """Return the charter's present terms when all that they ask for is there.

        Raises `TermsChanged`, `YesMissing`, `SecondYesMissing`, `InsuranceMissing` or `TrainingMissing`.
        """
        terms = self._terms.of_kit(conn, loan.kit_id)
        if terms.digest != loan.terms_digest:
            raise TermsChanged
        if terms.needs_agreement:
            self._require_yeses(conn, loan)
        if terms.needs_training and not _trained(conn, loan):
            raise TrainingMissing
        if terms.needs_insurance and not any(one.insured for one in loan_store.acceptances(conn, loan.loan_id)):
            raise InsuranceMissing
        return terms

    def _accept(
        self,
        conn: Connection,
        loan: Loan,
        guardian: Guardian,
        way: Way,
        terms_digest: str,
        insured: bool,
        day: date,
        actor: str,
    ) -> Loan:
        move(loan.state, LoanEvent.ACCEPT)
        if loan.pupil_id is None or not is_guardian_of(conn, guardian.guardian_id, loan.pupil_id):
            raise NotGuardianOf
        if terms_digest != loan.terms_digest:
            raise TermsChanged
        if loan_store.kept_terms(conn, terms_digest).needs_insurance and not insured:
            raise InsuranceMissing
        acceptance = Acceptance(
            guardian_id=guardian.guardian_id,
            label=guardian.label,
            way=way,
            insured=insured,
            accepted_on=day,
            terms_digest=terms_digest,
        )
        loan_store.save_acceptance(conn, loan.loan_id, acceptance, now=self._clock.ms(), actor=actor)
        self._record(conn, f"loan_accepted_on_{way.value}", loan, actor, guardian.guardian_id)
        return self._settle(conn, loan)

    def _settle(self, conn: Connection, loan: Loan) -> Loan:
        """Let a loan be accepted, or prepared again, as the yeses say."""
        try:
            self._require_yeses(conn, loan)
            state = LoanState.ACCEPTED
        except (YesMissing, SecondYesMissing):
            state = LoanState.PREPARED
        loan_store.save_state(conn, loan.loan_id, state)
        conn.publish("loans", loan.uai)
        settled = loan_store.require_loan(conn, loan.loan_id)
        if self._after is not None and state is LoanState.ACCEPTED and loan.state is not LoanState.ACCEPTED:
            self._after(conn, "loan_accepted", settled)
        return settled

    def _require_yeses(self, conn: Connection, loan: Loan) -> None:
        if loan.pupil_id is None:
            raise YesMissing
        guardians = {one.guardian_id for one in guardians_of_pupil(conn, loan.pupil_id)}
        yeses = {
            one.guardian_id
            for one in loan_store.acceptances(conn, loan.loan_id)
            if one.terms_digest == loan.terms_digest and one.guardian_id in guardians
        }
        if not yeses:
            raise YesMissing
        if require_pupil(conn, loan.pupil_id).both_must_agree and (yeses != guardians or len(guardians) < 2):
            raise SecondYesMissing

    def _record(self, conn: Connection, kind: str, loan: Loan, actor: str, guardian_id: str) -> None:
        detail = {"guardian": guardian_id, "terms": loan.terms_digest}
        self._journal.record(conn, kind, actor=actor, subject=f"loan:{loan.loan_id}", detail=detail)


def _trained(conn: Connection, loan: Loan) -> bool:
    if loan.pupil_id is None:
        return False
    return any(is_trained(conn, one.guardian_id) for one in guardians_of_pupil(conn, loan.pupil_id))
