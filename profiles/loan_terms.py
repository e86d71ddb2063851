"""The terms of loans: what the home rules of the edition that a kit follows say of them."""

from mdm.clock import Clock
from mdm.home.loans.terms import LoanTerms, usual_text
from mdm.store import Connection
from profiles.charter.agreed import AgreedEditions
from profiles.policy import Home


class AgreedLoanTerms:
    """The `mdm.home.loans.terms.TermsSource` of the server."""

    def __init__(self, clock: Clock, agreed: AgreedEditions) -> None:
        self._clock = clock
        self._agreed = agreed

    def of_kit(self, conn: Connection, kit_id: str) -> LoanTerms:
        """Return a kit's terms; where nothing was agreed, the usual text, with training and agreement."""
        agreed = self._agreed.policy_of_kit(conn, kit_id, self._clock.ms())
        return terms_of(agreed.policy.home if agreed is not None else None)


def terms_of(home: Home | None) -> LoanTerms:
    """Return the terms in home rules; pure."""
    rules = home or Home()
    return LoanTerms(
        text=rules.loan_text or usual_text(),
        needs_training=rules.loan_needs_training,
        needs_agreement=rules.loan_needs_agreement,
        needs_insurance=rules.loan_needs_insurance,
    )
