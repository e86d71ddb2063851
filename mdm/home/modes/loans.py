"""Which tablets are on loan: what this room must know of loans, and no more."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from mdm.store import Connection


class OnLoan(msgspec.Struct, frozen=True, kw_only=True):
    """A loan that runs: since when (milliseconds), and for whom, by identifier where that is known."""

    since: int
    borrower: str | None = None


class Loans(Protocol):
    """Knows which tablets are in a family's hands."""

    def on_loan(self, conn: Connection, tablet_ids: Sequence[str]) -> Mapping[str, OnLoan]:
        """Return the loan of each of these tablets that is on loan."""
        ...


class FleetLoans:
    """Loans as the fleet knows them: a tablet whose state is ``loaned``; for whom is not known."""

    def on_loan(self, conn: Connection, tablet_ids: Sequence[str]) -> Mapping[str, OnLoan]:
        """Return since when each of these tablets is lent."""
        rows = conn.many_returning(
            "SELECT tablet_id, state_since FROM tablet WHERE tablet_id = :tablet_id AND state = 'loaned'",
            [{"tablet_id": one} for one in tablet_ids],
        )
        return {row["tablet_id"]: OnLoan(since=row["state_since"]) for row in rows if row is not None}
