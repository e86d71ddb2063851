"""Reminders of loans: a note before the planned day, then after it, one for each step; none is sent twice.

A reminder's row and its letters are written in one transaction, so that a server that stops between them sends
neither. Where there is nobody to write to, the row waits and the school sees it: somebody telephones.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from functools import partial
from typing import Protocol

import msgspec

from mdm.clock import Clock
from mdm.home.guardians.guardian_store import guardians_of_pupil
from mdm.home.loans.loan import Loan
from mdm.home.loans.loan_store import loan_of_row, local_day
from mdm.home.pupils.pupil_store import require_pupil
from mdm.store import Connection, Database

_BATCH = 200


class Step(StrEnum):
    """The reminders of a loan, in order."""

    SOON = "soon"
    OVERDUE = "overdue"
    AGAIN = "again"
    LAST = "last"


DAYS: dict[Step, int] = {Step.SOON: -3, Step.OVERDUE: 1, Step.AGAIN: 7, Step.LAST: 14}
"""Days after the planned day of return on which each is made."""


class LoanLetter(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be told to a family. ``about`` names the reminder, and is the same whenever it is made again."""

    about: str
    step: Step
    loan_id: str
    uai: str
    account_ids: tuple[str, ...]
    pupil_name: str
    tablet_id: str
    due_on: date


class Letters(Protocol):
    """Writes letters to accounts."""

    def put(self, conn: Connection, letter: LoanLetter) -> bool:
        """Keep a letter to be sent, in the caller's transaction; False when none of the accounts can be written to."""
        ...


class Reminder(msgspec.Struct, frozen=True, kw_only=True):
    """A reminder that nobody could be written to about: somebody has to telephone."""

    loan_id: str
    step: Step
    due_on: date
    made_at: int


class Reminders:
    """Makes the reminders that are due. One server process of all on a database runs ``once``, some times a day."""

    def __init__(self, database: Database, clock: Clock, letters: Letters | None) -> None:
        self._database = database
        self._clock = clock
        self._letters = letters

    async def once(self) -> int:
        """Make the reminders that are due now and return how many; a step that was missed is not made up for."""
        made, after = 0, ""
        while True:
            loans = await self._database.read(partial(self._due, after=after))
            if not loans:
                return made
            made += await self._database.write(partial(self._make, loans=loans))
            after = loans[-1].loan_id

    async def to_telephone(self, uai: str) -> list[Reminder]:
        """Return a school's reminders of loans that are still out, of which nobody could be written to."""
        rows = await self._database.read(
            lambda conn: conn.all(
                "SELECT loan_reminder.* FROM loan_reminder JOIN loan ON loan.loan_id = loan_reminder.loan_id"
                " WHERE loan_reminder.sent_at IS NULL AND loan.uai = :uai AND loan.state = 'handed_over'"
                " AND loan.due_on = loan_reminder.due_on ORDER BY loan_reminder.due_on, loan_reminder.loan_id",
                uai=uai,
            )
        )
        return [
            Reminder(
                loan_id=row["loan_id"],
                step=Step(row["step"]),
                due_on=date.fromisoformat(row["due_on"]),
                made_at=row["made_at"],
            )
            for row in rows
        ]

    def _due(self, conn: Connection, *, after: str) -> list[Loan]:
        # One day more than the longest lead: somewhere on the globe it is tomorrow already.
        until = self._clock.now().date() + timedelta(days=1 - DAYS[Step.SOON])
        rows = conn.all(
            "SELECT * FROM loan WHERE state = 'handed_over' AND due_on <= :until AND loan_id > :after"
            " ORDER BY loan_id LIMIT :limit",
            until=until.isoformat(),
            after=after,
            limit=_BATCH,
        )
        return [loan_of_row(row) for row in rows]

    def _make(self, conn: Connection, *, loans: Sequence[Loan]) -> int:
        now, made = self._clock.now(), 0
        for loan in loans:
            step = step_of(loan.due_on, local_day(conn, loan.uai, now))
            if step is None or not self._first_time(conn, loan, step):
                continue
            made += 1
            if self._letters is not None and self._letters.put(conn, _letter(conn, loan, step)):
                conn.run(
                    "UPDATE loan_reminder SET sent_at = :now"
                    " WHERE loan_id = :loan_id AND due_on = :due_on AND step = :step",
                    now=self._clock.ms(),
                    loan_id=loan.loan_id,
                    due_on=loan.due_on.isoformat(),
                    step=step.value,
                )
        return made

    def _first_time(self, conn: Connection, loan: Loan, step: Step) -> bool:
        return bool(
            conn.run(
                "INSERT INTO loan_reminder (loan_id, due_on, step, made_at) VALUES (:loan_id, :due_on, :step, :now)"
                " ON CONFLICT (loan_id, due_on, step) DO NOTHING",
                loan_id=loan.loan_id,
                due_on=loan.due_on.isoformat(),
                step=step.value,
                now=self._clock.ms(),
            )
        )


def step_of(due_on: date, today: date) -> Step | None:
    """Return the last step whose day has come; None while none has."""
    passed = (today - due_on).days
    reached = [step for step in Step if passed >= DAYS[step]]
    return reached[-1] if reached else None


def _letter(conn: Connection, loan: Loan, step: Step) -> LoanLetter:
    guardians = [] if loan.pupil_id is None else guardians_of_pupil(conn, loan.pupil_id)
    return LoanLetter(
        about=f"loan:{loan.loan_id}:{loan.due_on.isoformat()}:{step.value}",
        step=step,
        loan_id=loan.loan_id,
        uai=loan.uai,
        account_ids=tuple(one.account_id for one in guardians if one.account_id is not None),
        pupil_name="" if loan.pupil_id is None else require_pupil(conn, loan.pupil_id).first_name,
        tablet_id=loan.tablet_id,
        due_on=loan.due_on,
    )
