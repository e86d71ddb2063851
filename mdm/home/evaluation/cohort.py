"""Who takes part: pupils of the schools, by their loans; and what their guardians chose."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from mdm.home.evaluation.evaluation import Basis
from mdm.home.use.loans import Loan, Loans
from mdm.store import Connection

_PAGE = 5000


class Choice(StrEnum):
    """What a guardian said."""

    CONSENTED = "consented"
    OBJECTED = "objected"


class Cohort(Protocol):
    """Knows which pupils of which schools had a tablet at home."""

    def members(self, conn: Connection, schools: Collection[str], since: int, until: int) -> Sequence[Loan]:
        """Return the loans of these schools' pupils that touch a time (ms)."""
        ...


class LoanCohort:
    """The cohort as the loans tell it."""

    def __init__(self, loans: Loans) -> None:
        self._loans = loans

    def members(self, conn: Connection, schools: Collection[str], since: int, until: int) -> Sequence[Loan]:
        """Return the loans of these schools' pupils that touch a time (ms), by identifier."""
        wanted = frozenset(schools)
        found: list[Loan] = []
        after = ""
        while page := self._loans.between(conn, since, until, after=after, limit=_PAGE):
            found += [loan for loan in page if loan.uai in wanted]
            after = page[-1].loan_id
        return found


def takes_part(basis: Basis, choices: Mapping[str, Choice]) -> bool:
    """Tell whether a pupil takes part, from what each guardian chose: of two who disagree the stricter one holds."""
    said = set(choices.values())
    if Choice.OBJECTED in said:
        return False
    return basis is Basis.OBJECTION or Choice.CONSENTED in said
