"""Loans as a school makes and ends them; each step is journalled, and the tablet's state follows in the same moment."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Protocol

import msgspec

from mdm.clock import Clock
from mdm.errors import Words
from mdm.fleet.kit_store import require_kit, slot_of_tablet
from mdm.fleet.states import STATE_NAMES as TABLET_STATE_NAMES
from mdm.fleet.states import TabletEvent, TabletState
from mdm.fleet.tablet_life import change_state
from mdm.fleet.tablet_store import hold_tablet
from mdm.home.guardians.guardian_store import guardian_of_account, pupils_of_guardian
from mdm.home.loans import loan_store
from mdm.home.loans.agreements import Agreements
from mdm.home.loans.errors import (
    DayImpossible,
    NoPhotos,
    PhotosTooMany,
    PupilElsewhere,
    PupilHasTablet,
    TabletLent,
    TabletNotToLend,
)
from mdm.home.loans.loan import (
    USUAL_PARTS,
    Condition,
    Loan,
    Moment,
    Part,
    clean_note,
)
from mdm.home.loans.states import LoanEvent, LoanState, move
from mdm.home.loans.terms import TermsSource
from mdm.home.modes.loans import OnLoan
from mdm.home.pupils.pupil_store import hold_pupil, inscriptions_of
from mdm.ids import new_id
from mdm.journal import Detail, Journal
from mdm.store import Connection, Database

PHOTOS_LIMIT = 8
"""Photos of one tablet at one moment."""
_LONGEST = timedelta(days=400)
_LENDABLE = (TabletState.READY, TabletState.ENROLLED)


class KeptPhoto(Protocol):
    """A photo that was taken in."""

    @property
    def hash(self) -> str:
        """What it is found by."""
        ...


class Photos(Protocol):
    """Keeps photos of tablets, without what they tell of place and time; `mdm.repairs.photos.Photos`."""

    async def keep(self, body: bytes) -> KeptPhoto:
        """Take a photo in, durably."""
        ...


class FaultDesk(Protocol):
    """Opens faults of tablets; `mdm.home.loans.return_faults.ReturnFaults`."""

    def open_fault(self, conn: Connection, *, tablet_id: str, condition: Condition, actor: str) -> Sequence[str]:
        """Open faults for what a returned tablet's state shows, in the caller's transaction; return which."""
        ...


class Loans:
    """Prepares, hands over, takes back and ends loans. ``actor``: an identifier such as ``account:anne``.

    Without ``photos`` none are taken, and without ``faults`` none are opened. ``after`` is told, in the transaction of
    a change, what the journal calls it, and the loan; also ``loan_accepted`` when the last yes that is needed is there.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        journal: Journal,
        terms: TermsSource,
        *,
        photos: Photos | None = None,
        faults: FaultDesk | None = None,
        after: Callable[[Connection, str, Loan], None] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._terms = terms
        self._photos = photos
        self._faults = faults
        self._after = after
        self._agreements = Agreements(database, clock, journal, terms, after=after)

    @property
    def agreements(self) -> Agreements:
        """Guardians' yeses."""
        return self._agreements

    async def prepare(
        self,
        tablet_id: str,
        pupil_id: str,
        *,
        due_on: date,
        parts: Sequence[Part] = USUAL_PARTS,
        actor: str,
    ) -> Loan:
        """Set a tablet aside for a pupil of its school until a planned day.

        Raises `TabletUnknown`, `TabletNotToLend`, `TabletLent`, `PupilUnknown`, `PupilElsewhere`, `PupilHasTablet` or
        `DayImpossible`.
        """
        return await self._database.write(lambda conn: self._prepare(conn, tablet_id, pupil_id, due_on, parts, actor))

    async def hand_over(self, loan_id: str, condition: Condition, *, actor: str) -> Loan:
        """Give the tablet to the family, in the state that both have seen.

        Raises `LoanUnknown`, `LoanNotSo`, `TransitionRefused`, `PupilElsewhere`, and what
        `Agreements.require_agreed` raises.
        """
        checked = msgspec.structs.replace(condition, note=clean_note(condition.note))

        def write(conn: Connection) -> Loan:
            loan = loan_store.hold_loan(conn, loan_id)
            move(loan.state, LoanEvent.HAND_OVER)
            self._require_in_school(conn, loan.pupil_id, loan.uai)
            self._agreements.require_agreed(conn, loan)
            self._change_tablet(conn, loan.tablet_id, TabletEvent.LEND, actor)
            loan_store.save_handed(conn, loan_id, checked, now=self._clock.ms(), actor=actor)
            return self._done(conn, "loan_handed_over", loan, actor)

        return await self._database.write(write)

    async def take_back(self, loan_id: str, condition: Condition, *, actor: str) -> Loan:
        """Take the tablet back, whatever its state; what is damaged or missing opens a fault.

        Raises `LoanUnknown` or `LoanNotSo`.
        """
        checked = msgspec.structs.replace(condition, note=clean_note(condition.note))

        def write(conn: Connection) -> Loan:
            loan = loan_store.hold_loan(conn, loan_id)
            state = move(loan.state, LoanEvent.RETURN)
            tablet = hold_tablet(conn, loan.tablet_id)
            events = {TabletState.LOANED: TabletEvent.GIVE_BACK, TabletState.LOST: TabletEvent.FIND}
            # One that was repaired or enrolled again meanwhile is where its own life put it.
            if tablet.state in events:
                self._change_tablet(conn, loan.tablet_id, events[tablet.state], actor)
            loan_store.save_closed(conn, loan_id, state, checked, now=self._clock.ms(), actor=actor)
            detail: dict[str, str | int | bool | list[str] | list[int] | None] = {"at_fault": checked.at_fault}
            if checked.at_fault and self._faults is not None:
                opened = self._faults.open_fault(conn, tablet_id=loan.tablet_id, condition=checked, actor=actor)
                detail["faults"] = list(opened)
            return self._done(conn, "loan_returned", loan, actor, detail)

        return await self._database.write(write)

    async def declare_lost(self, loan_id: str, *, actor: str) -> Loan:
        """Note that the family lost the tablet; raise `LoanUnknown`, `LoanNotSo` or `TransitionRefused`."""
        return await self._database.write(lambda conn: self.declare_lost_in(conn, loan_id, actor=actor))

    def declare_lost_in(self, conn: Connection, loan_id: str, *, actor: str) -> Loan:
        """Do what `declare_lost` does inside the caller's transaction."""
        loan = loan_store.hold_loan(conn, loan_id)
        loan_store.save_state(conn, loan_id, move(loan.state, LoanEvent.LOSE))
        if hold_tablet(conn, loan.tablet_id).state is not TabletState.LOST:
            self._change_tablet(conn, loan.tablet_id, TabletEvent.LOSE, actor)
        return self._done(conn, "loan_lost", loan, actor)

    async def find(self, loan_id: str, *, actor: str) -> Loan:
        """Note that the family has the lost tablet again; raise `LoanUnknown`, `LoanNotSo` or `TransitionRefused`."""
        return await self._database.write(lambda conn: self.find_in(conn, loan_id, actor=actor))

    def find_in(self, conn: Connection, loan_id: str, *, actor: str) -> Loan:
        """Do what `find` does inside the caller's transaction."""
        loan = loan_store.hold_loan(conn, loan_id)
        tablet = hold_tablet(conn, loan.tablet_id)
        # The fleet may know it as lost while the loan runs: somebody of the school said so, and not the family.
        if loan.state is not LoanState.HANDED_OVER or tablet.state is not TabletState.LOST:
            loan_store.save_state(conn, loan_id, move(loan.state, LoanEvent.FIND))
        self._change_tablet(conn, loan.tablet_id, TabletEvent.FIND_AT_HOME, actor)
        return self._done(conn, "loan_found", loan, actor)

    async def end(self, loan_id: str, *, actor: str) -> Loan:
        """End a loan that never began, or whose tablet is given up; raise `LoanUnknown` or `LoanNotSo`."""

        def write(conn: Connection) -> Loan:
            loan = loan_store.hold_loan(conn, loan_id)
            state = move(loan.state, LoanEvent.END)
            loan_store.save_closed(conn, loan_id, state, None, now=self._clock.ms(), actor=actor)
            return self._done(conn, "loan_ended", loan, actor, {"was": loan.state.value})

        return await self._database.write(write)

    async def extend(self, loan_id: str, due_on: date, *, actor: str) -> Loan:
        """Choose another planned day of return; raise `LoanUnknown`, `LoanNotSo` or `DayImpossible`."""

        def write(conn: Connection) -> Loan:
            loan = loan_store.hold_loan(conn, loan_id)
            move(loan.state, LoanEvent.EXTEND)
            self._require_day(conn, loan.uai, due_on)
            loan_store.save_due(conn, loan_id, due_on)
            return self._done(conn, "loan_extended", loan, actor, {"due_on": due_on.isoformat()})

        return await self._database.write(write)

    async def end_year(self, uai: str, last_day: date, *, actor: str) -> dict[str, int]:
        """Let a school's year end: what never began is ended, what is out comes back by ``last_day``.

        Returns how many loans were ``ended`` and ``called_back``. Raises `SchoolUnknown` or `DayImpossible`.
        """

        def write(conn: Connection) -> dict[str, int]:
            self._require_day(conn, uai, last_day)
            counts = {"ended": 0, "called_back": 0}
            for one in loan_store.open_loans_of_school(conn, uai):
                loan = loan_store.hold_loan(conn, one.loan_id)
                if loan.state in (LoanState.PREPARED, LoanState.ACCEPTED):
                    state = move(loan.state, LoanEvent.END)
                    loan_store.save_closed(conn, loan.loan_id, state, None, now=self._clock.ms(), actor=actor)
                    counts["ended"] += 1
                elif loan.state is LoanState.HANDED_OVER and loan.due_on > last_day:
                    loan_store.save_due(conn, loan.loan_id, last_day)
                    counts["called_back"] += 1
                    if self._after is not None:
                        self._after(conn, "loan_extended", loan_store.require_loan(conn, loan.loan_id))
            detail: Detail = {"last_day": last_day.isoformat(), **counts}
            self._journal.record(conn, "loans_year_ended", actor=actor, subject=f"school:{uai}", detail=detail)
            conn.publish("loans", uai)
            return counts

        return await self._database.write(write)

    async def add_photo(self, loan_id: str, moment: Moment, body: bytes, *, actor: str) -> str:
        """Keep a photo of the tablet's state and return its hash.

        Raises `LoanUnknown`, `PhotosTooMany`, `NoPhotos`, and what the photo store refuses.
        """
        if self._photos is None:
            raise NoPhotos
        await self._database.read(lambda conn: _require_room(conn, loan_id, moment))
        photo = (await self._photos.keep(body)).hash

        def write(conn: Connection) -> None:
            loan = loan_store.hold_loan(conn, loan_id)
            _require_room(conn, loan_id, moment)
            loan_store.add_photo(conn, loan_id, moment, photo, self._clock.ms())
            self._done(conn, "loan_photo_added", loan, actor, {"moment": moment.value})

        await self._database.write(write)
        return photo

    def on_loan(self, conn: Connection, tablet_ids: Sequence[str]) -> Mapping[str, OnLoan]:
        """Return the loan of each of these tablets that a family has; implements `mdm.home.modes.loans.Loans`."""
        return {
            tablet_id: OnLoan(since=loan.handed_at or loan.prepared_at, borrower=loan.pupil_id)
            for tablet_id, loan in loan_store.running_loans(conn, tablet_ids).items()
        }

    def loan_of(self, conn: Connection, tablet_id: str) -> Loan | None:
        """Return the loan of a tablet that is not over, from its preparation on, or None."""
        return loan_store.open_loan_of_tablet(conn, tablet_id)

    def loans_of_guardian(self, conn: Connection, account_id: str) -> list[Loan]:
        """Return the loans of the children for whom an account answers, the newest first."""
        guardian = guardian_of_account(conn, account_id)
        if guardian is None:
            return []
        return loan_store.loans_of_pupils(conn, pupils_of_guardian(conn, guardian.guardian_id))

    def _prepare(
        self, conn: Connection, tablet_id: str, pupil_id: str, due_on: date, parts: Sequence[Part], actor: str
    ) -> Loan:
        tablet = hold_tablet(conn, tablet_id)
        slot = slot_of_tablet(conn, tablet_id)
        if slot is None or tablet.state not in _LENDABLE:
            raise TabletNotToLend(state=Words(TABLET_STATE_NAMES[tablet.state]))
        uai = require_kit(conn, slot.kit_id).uai
        if loan_store.open_loan_of_tablet(conn, tablet_id) is not None:
            raise TabletLent
        hold_pupil(conn, pupil_id)
        if loan_store.open_loan_of_pupil(conn, pupil_id) is not None:
            raise PupilHasTablet
        self._require_in_school(conn, pupil_id, uai)
        self._require_day(conn, uai, due_on)
        terms = self._terms.of_kit(conn, slot.kit_id)
        loan_store.keep_terms(conn, terms, self._clock.ms())
        loan = Loan(
            loan_id=new_id(self._clock),
            tablet_id=tablet_id,
            kit_id=slot.kit_id,
            slot_number=slot.number,
            uai=uai,
            pupil_id=pupil_id,
            state=LoanState.PREPARED,
            terms_digest=terms.digest,
            due_on=due_on,
            parts=tuple(dict.fromkeys(parts)),
            prepared_at=self._clock.ms(),
            handed_at=None,
            handed=None,
            closed_at=None,
            returned=None,
        )
        loan_store.add_loan(conn, loan, actor=actor)
        detail: Detail = {"tablet": tablet_id, "pupil": pupil_id, "school": uai, "due_on": due_on.isoformat()}
        return self._done(conn, "loan_prepared", loan, actor, detail)

    def _require_in_school(self, conn: Connection, pupil_id: str | None, uai: str) -> None:
        if pupil_id is None or uai not in {one.uai for one in inscriptions_of(conn, pupil_id)}:
            raise PupilElsewhere

    def _require_day(self, conn: Connection, uai: str, day: date) -> None:
        today = loan_store.local_day(conn, uai, self._clock.now())
        if not today <= day <= today + _LONGEST:
            raise DayImpossible(day=day.isoformat(), first=today.isoformat(), last=(today + _LONGEST).isoformat())

    def _change_tablet(self, conn: Connection, tablet_id: str, event: TabletEvent, actor: str) -> None:
        change_state(conn, self._journal, tablet_id=tablet_id, event=event, actor=actor, now=self._clock.ms())

    def _done(self, conn: Connection, kind: str, loan: Loan, actor: str, detail: Detail | None = None) -> Loan:
        self._journal.record(conn, kind, actor=actor, subject=f"loan:{loan.loan_id}", detail=detail or {})
        conn.publish("loans", loan.uai)
        changed = loan_store.require_loan(conn, loan.loan_id)
        if self._after is not None:
            self._after(conn, kind, changed)
        return changed


def _require_room(conn: Connection, loan_id: str, moment: Moment) -> None:
    loan_store.require_loan(conn, loan_id)
    if len(loan_store.photos_of(conn, loan_id).get(moment, ())) >= PHOTOS_LIMIT:
        raise PhotosTooMany(limit=PHOTOS_LIMIT)
