"""Objections to the counting of use: the sums go at once, and the pupil is in no count from then on."""

from mdm.home.use import use_store
from mdm.store import Connection

USE = "home-use"
"""The key of the activity in the register."""


def stop(conn: Connection, pupil_id: str) -> None:
    """Erase all that is kept of the use of a pupil's loans; inside the transaction that grants the objection."""
    for row in conn.all("SELECT loan_id, tablet_id, closed_at FROM loan WHERE pupil_id = :it", it=pupil_id):
        use_store.forget_loan(conn, row["loan_id"])
        if row["closed_at"] is None:
            use_store.forget_dropped(conn, row["tablet_id"])


def objected_since(conn: Connection, loan_id: str) -> int | None:
    """Return since when an objection holds for a loan's pupil (ms); None where none does."""
    row = conn.one(
        "SELECT objection.since FROM loan JOIN objection ON objection.pupil_id = loan.pupil_id"
        " WHERE loan.loan_id = :loan_id AND objection.activity = :activity AND objection.until IS NULL",
        loan_id=loan_id,
        activity=USE,
    )
    return None if row is None else int(row["since"])
