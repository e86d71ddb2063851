"""Loans of pupils who left: what never began is ended, so that the tablet is free and the family's data can go.

What a family still has in its hands stays, and a school's lists mark it; the purge (`mdm.privacy`) erases the pupil and
the guardians, by what their rooms declare, once the tablet is back.
"""

from mdm.clock import Clock
from mdm.home.loans import loan_store
from mdm.home.loans.states import LoanEvent, LoanState, move
from mdm.journal import Journal
from mdm.store import Connection, Database

BATCH = 200
"""Loans in one transaction."""


class LeaversLoans:
    """Ends loans that were prepared for pupils who left. One server process of all on a database runs it."""

    def __init__(self, database: Database, clock: Clock, journal: Journal) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal

    async def once(self) -> int:
        """End them all, in bounded transactions; return how many."""
        ended = 0
        while count := await self._database.write(self._end_some):
            ended += count
        return ended

    def _end_some(self, conn: Connection) -> int:
        found = loan_store.unbegun_of_leavers(conn, BATCH)
        ended = 0
        for loan_id in found:
            loan = loan_store.hold_loan(conn, loan_id)
            if loan.state not in (LoanState.PREPARED, LoanState.ACCEPTED):
                continue
            state = move(loan.state, LoanEvent.END)
            loan_store.save_closed(conn, loan_id, state, None, now=self._clock.ms(), actor="system")
            self._journal.record(
                conn, "loan_ended", actor="system", subject=f"loan:{loan_id}", detail={"was": loan.state.value}
            )
            conn.publish("loans", loan.uai)
            ended += 1
        return ended
