"""A school's lists of loans: what waits, what is out, what is overdue, and who is ready for a tablet.

Every function runs inside the caller's transaction.
"""

from datetime import date
from enum import StrEnum

from mdm.home.loans.loan import LoanCounts, LoanPage, LoanView
from mdm.home.loans.loan_store import loan_of_row
from mdm.home.pupils.pupil import Pupil, PupilView
from mdm.home.pupils.pupil_store import pupil_views
from mdm.store import Connection, Row

PAGE_LIMIT = 1000
"""Loans in one page of a list."""


class LoanList(StrEnum):
    """The lists of a school: prepared and waiting for a yes; to hand over; out; overdue among these; lost; over."""

    WAITING = "waiting"
    TO_HAND_OVER = "to_hand_over"
    OUT = "out"
    OVERDUE = "overdue"
    LOST = "lost"
    OVER = "over"


_STATES = {
    LoanList.WAITING: ("prepared", "prepared"),
    LoanList.TO_HAND_OVER: ("accepted", "accepted"),
    LoanList.OUT: ("handed_over", "handed_over"),
    LoanList.OVERDUE: ("handed_over", "handed_over"),
    LoanList.LOST: ("lost", "lost"),
    LoanList.OVER: ("returned", "ended"),
}


def list_loans(
    conn: Connection, uai: str, which: LoanList, *, today: date, after: str = "", limit: int = 100
) -> LoanPage:
    """Return a page of a school's loans by planned day of return; ``after`` is the ``next`` of the page before."""
    wanted = max(1, min(limit, PAGE_LIMIT))
    first, second = _STATES[which]
    rows = conn.all(
        _LOAN + _PAGE,
        uai=uai,
        first=first,
        second=second,
        before=today.isoformat() if which is LoanList.OVERDUE else "9999-12-31",
        after=after,
        limit=wanted + 1,
    )
    views = tuple(_view(row, today) for row in rows[:wanted])
    return LoanPage(loans=views, next=views[-1].loan.loan_id if len(rows) > wanted else "")


def loan_view(conn: Connection, loan_id: str, today: date) -> LoanView | None:
    """Return a loan as lists show it, or None."""
    row = conn.one(_LOAN + " WHERE loan.loan_id = :loan_id", loan_id=loan_id)
    return _view(row, today) if row is not None else None


def count_loans(conn: Connection, uai: str, today: date) -> LoanCounts:
    """Return a school's loans that are not over, in numbers."""
    row = conn.one(
        "SELECT COUNT(CASE WHEN state = 'prepared' THEN 1 END) AS waiting,"
        " COUNT(CASE WHEN state = 'accepted' THEN 1 END) AS to_hand_over,"
        " COUNT(CASE WHEN state = 'handed_over' THEN 1 END) AS out,"
        " COUNT(CASE WHEN state = 'handed_over' AND due_on < :today THEN 1 END) AS overdue,"
        " COUNT(CASE WHEN state = 'lost' THEN 1 END) AS lost FROM loan WHERE uai = :uai",
        uai=uai,
        today=today.isoformat(),
    )
    return LoanCounts(uai=uai, **(row or {}))


def ready_pupils(conn: Connection, uai: str, *, after: str, limit: int) -> list[PupilView]:
    """Return a school's pupils for whom a tablet can be prepared: a guardian has done the training, none is lent."""
    rows = conn.all(
        "SELECT inscription.pupil_id FROM inscription WHERE inscription.uai = :uai AND inscription.pupil_id > :after"
        " AND EXISTS (SELECT 1 FROM guardianship JOIN training_completion"
        "  ON training_completion.guardian_id = guardianship.guardian_id"
        "  WHERE guardianship.pupil_id = inscription.pupil_id)"
        " AND NOT EXISTS (SELECT 1 FROM loan WHERE loan.pupil_id = inscription.pupil_id"
        "  AND loan.state IN ('prepared', 'accepted', 'handed_over', 'lost'))"
        " ORDER BY inscription.pupil_id LIMIT :limit",
        uai=uai,
        after=after,
        limit=limit,
    )
    return list(pupil_views(conn, [row["pupil_id"] for row in rows]).values())


def untrained_by_class(conn: Connection, uai: str) -> dict[str | None, int]:
    """Return by class how many pupils have no tablet, and no guardian who has done the training."""
    rows = conn.all(
        "SELECT inscription.class_id, COUNT(*) AS pupils FROM inscription WHERE inscription.uai = :uai"
        " AND NOT EXISTS (SELECT 1 FROM guardianship JOIN training_completion"
        "  ON training_completion.guardian_id = guardianship.guardian_id"
        "  WHERE guardianship.pupil_id = inscription.pupil_id)"
        " AND NOT EXISTS (SELECT 1 FROM loan WHERE loan.pupil_id = inscription.pupil_id"
        "  AND loan.state IN ('prepared', 'accepted', 'handed_over', 'lost'))"
        " GROUP BY inscription.class_id",
        uai=uai,
    )
    return {row["class_id"]: row["pupils"] for row in rows}


def _view(row: Row, today: date) -> LoanView:
    pupil = None
    if row["pupil_id"] is not None:
        pupil = Pupil(
            pupil_id=row["pupil_id"],
            first_name=row["first_name"],
            last_name=row["last_name"],
            both_must_agree=bool(row["both_must_agree"]),
            left_at=row["left_at"],
        )
    loan = loan_of_row(row)
    return LoanView(
        loan=loan,
        pupil=pupil,
        class_name=row["class_name"] or "",
        tablet_name=row["tablet_name"],
        serial=row["serial"],
        overdue=loan.overdue(today),
        trained=row["trained"] > 0,
        accepted=row["accepted"],
    )


_LOAN = """
SELECT loan.*, pupil.first_name, pupil.last_name, pupil.both_must_agree, pupil.left_at,
    school_class.name AS class_name, tablet.name AS tablet_name, tablet.serial,
    (SELECT COUNT(*) FROM guardianship JOIN training_completion
        ON training_completion.guardian_id = guardianship.guardian_id
        WHERE guardianship.pupil_id = loan.pupil_id) AS trained,
    (SELECT COUNT(*) FROM loan_acceptance WHERE loan_acceptance.loan_id = loan.loan_id
        AND loan_acceptance.terms_digest = loan.terms_digest) AS accepted
FROM loan
JOIN tablet ON tablet.tablet_id = loan.tablet_id
LEFT JOIN pupil ON pupil.pupil_id = loan.pupil_id
LEFT JOIN inscription ON inscription.pupil_id = loan.pupil_id AND inscription.uai = loan.uai
LEFT JOIN school_class ON school_class.class_id = inscription.class_id
"""

_PAGE = """
WHERE loan.uai = :uai AND loan.state IN (:first, :second) AND loan.due_on < :before
    AND (:after = '' OR (loan.due_on, loan.loan_id) >
        (SELECT last.due_on, last.loan_id FROM loan last WHERE last.loan_id = :after))
ORDER BY loan.due_on, loan.loan_id
LIMIT :limit
"""
