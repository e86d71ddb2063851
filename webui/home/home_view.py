"""What the parent's first page shows of each child, read at once."""

from datetime import date
from zoneinfo import ZoneInfo

import msgspec

from mdm.clock import Clock
from mdm.fleet.tablet import TabletView
from mdm.fleet.tablet_store import tablet_view
from mdm.fleet.territory import School
from mdm.fleet.territory_store import require_school
from mdm.home.calendar.places import place_of
from mdm.home.guardians.guardian_store import Guardian, guardians_of_pupil
from mdm.home.loans import loan_store
from mdm.home.loans.loan import Acceptance, Loan
from mdm.home.loans.states import OPEN, LoanState
from mdm.home.loans.terms import LoanTerms
from mdm.home.modes.mode import Moded
from mdm.home.modes.modes import ModeReader
from mdm.home.pupils.pupil import PupilView
from mdm.home.pupils.pupil_store import require_pupil
from mdm.home.training.training_store import is_trained
from mdm.privacy.controller import Controller, controller
from mdm.store import Connection
from webui.home.family import AT_HOME, household_in


class ChildShown(msgspec.Struct, frozen=True, kw_only=True):
    """A child with its school and its loan that is not over; ``moded``: while the family has the tablet.

    ``trained``: whether some guardian of the child has done the training; ``accepted``: whether who asks said yes;
    ``others_must``: whether another guardian's yes is still missing. ``past``: loans that are over, newest first.
    """

    child: PupilView
    school: School
    today: date
    loan: Loan | None
    terms: LoanTerms | None
    tablet: TabletView | None
    moded: Moded | None
    trained: bool
    accepted: bool
    others_must: bool
    past: tuple[Loan, ...]

    @property
    def zone(self) -> ZoneInfo:
        """The school's local time."""
        return ZoneInfo(place_of(self.school.insee).time_zone)

    @property
    def has_tablet(self) -> bool:
        """Tell whether the family answers for a tablet now."""
        return self.loan is not None and self.loan.state in AT_HOME

    @property
    def is_lost(self) -> bool:
        """Tell whether the tablet was declared lost."""
        return self.loan is not None and self.loan.state is LoanState.LOST

    @property
    def overdue(self) -> bool:
        """Tell whether the tablet should be back already."""
        return self.loan is not None and self.loan.overdue(self.today)

    @property
    def must_train(self) -> bool:
        """Tell whether the training is needed before the tablet is handed over."""
        return self._waits and self.terms is not None and self.terms.needs_training and not self.trained

    @property
    def must_accept(self) -> bool:
        """Tell whether the person who asks has the agreement to accept."""
        return self._waits and self.terms is not None and self.terms.needs_agreement and not self.accepted

    @property
    def may_fetch(self) -> bool:
        """Tell whether all that the family does is done, and the school can hand the tablet over."""
        return self._waits and not (self.must_train or self.must_accept or self.others_must)

    @property
    def _waits(self) -> bool:
        return self.loan is not None and self.loan.state in (LoanState.PREPARED, LoanState.ACCEPTED)


class HomeShown(msgspec.Struct, frozen=True, kw_only=True):
    """The page: the guardian, the children, and who answers for the processing."""

    guardian: Guardian | None
    children: tuple[ChildShown, ...]
    controller: Controller


def home_of(conn: Connection, account_id: str | None, reader: ModeReader, clock: Clock) -> HomeShown:
    """Return what a guardian's first page shows."""
    household = household_in(conn, account_id)
    guardian = household.guardian
    children = [] if guardian is None else [_child(conn, one, guardian, reader, clock) for one in household.children]
    return HomeShown(guardian=guardian, children=tuple(children), controller=controller(conn))


def _child(conn: Connection, child: PupilView, guardian: Guardian, reader: ModeReader, clock: Clock) -> ChildShown:
    pupil_id = child.pupil.pupil_id
    loans = loan_store.loans_of_pupils(conn, [pupil_id])
    loan = next((one for one in loans if one.state in OPEN), None)
    guardians = guardians_of_pupil(conn, pupil_id)
    yeses = _yeses(loan_store.acceptances(conn, loan.loan_id), loan) if loan is not None else set()
    both = require_pupil(conn, pupil_id).both_must_agree
    at_home = loan is not None and loan.state in AT_HOME
    uai = child.uai if loan is None else loan.uai
    modes = reader.modes_of(conn, [loan.tablet_id]) if loan is not None and at_home else []
    return ChildShown(
        child=child,
        school=require_school(conn, uai),
        today=loan_store.local_day(conn, uai, clock.now()),
        loan=loan,
        terms=loan_store.kept_terms(conn, loan.terms_digest) if loan is not None else None,
        tablet=tablet_view(conn, loan.tablet_id) if loan is not None else None,
        moded=modes[0].moded if modes else None,
        trained=any(is_trained(conn, one.guardian_id) for one in guardians),
        accepted=guardian.guardian_id in yeses,
        others_must=both and (len(guardians) < 2 or any(one.guardian_id not in yeses for one in guardians)),
        past=tuple(one for one in loans if one.state not in OPEN),
    )


def _yeses(acceptances: list[Acceptance], loan: Loan) -> set[str]:
    return {one.guardian_id for one in acceptances if one.terms_digest == loan.terms_digest}
