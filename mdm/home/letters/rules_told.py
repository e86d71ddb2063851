"""Tells families when the charter changes what a lent tablet may do at home, whichever edition did it, once."""

from collections.abc import Sequence
from functools import partial
from typing import Protocol

from mdm.clock import Clock
from mdm.fleet.tablet_store import require_tablet
from mdm.home.letters import letter_store
from mdm.home.letters.family_letters import FamilyLetters
from mdm.home.loans.loan import Loan
from mdm.home.loans.loan_store import loan_of_row
from mdm.store import Connection, Database

_BATCH = 200


class RulesDigest(Protocol):
    """Knows what the editions let a kit's tablets do at home."""

    def of_kit(self, conn: Connection, kit_id: str, platform: str) -> str | None:
        """Return what names it, the same as long as it is the same; None before there is any edition."""
        ...


class RulesTold:
    """Compares what lent tablets may do with what their families were told last.

    It is done some times a day, and not by the act of publishing: pilots begin and end by the clock, and several
    editions of a day make one letter. What holds when a loan begins is not told: the family is just reading it.
    """

    def __init__(self, database: Database, clock: Clock, letters: FamilyLetters, digests: RulesDigest) -> None:
        self._database = database
        self._clock = clock
        self._letters = letters
        self._digests = digests

    async def once(self) -> int:
        """Tell the families of tablets for which something changed; return of how many loans that is noted."""
        noted, after = 0, ""
        while loans := await self._database.read(partial(self._part, after=after)):
            changed = await self._database.read(partial(self._changed, loans=loans))
            if changed:
                noted += await self._database.write(partial(self._tell, changed=changed))
            after = loans[-1].loan_id
        return noted

    def _part(self, conn: Connection, *, after: str) -> list[Loan]:
        rows = conn.all(
            "SELECT * FROM loan WHERE state = 'handed_over' AND loan_id > :after ORDER BY loan_id LIMIT :limit",
            after=after,
            limit=_BATCH,
        )
        return [loan_of_row(row) for row in rows]

    def _changed(self, conn: Connection, *, loans: Sequence[Loan]) -> list[tuple[Loan, str]]:
        told = letter_store.rules_told(conn, [one.loan_id for one in loans])
        known: dict[tuple[str, str], str | None] = {}
        found = []
        for loan in loans:
            kind = (loan.kit_id, require_tablet(conn, loan.tablet_id).platform.value)
            if kind not in known:
                known[kind] = self._digests.of_kit(conn, *kind)
            digest = known[kind]
            if digest is not None and told.get(loan.loan_id) != digest:
                found.append((loan, digest))
        return found

    def _tell(self, conn: Connection, *, changed: Sequence[tuple[Loan, str]]) -> int:
        told = letter_store.rules_told(conn, [loan.loan_id for loan, _ in changed])
        for loan, digest in changed:
            if loan.loan_id in told:
                self._letters.rules_changed(conn, loan, digest)
            letter_store.save_rules_told(conn, loan.loan_id, digest, now=self._clock.ms())
        return len(changed)
