"""What use, picture and evaluations ask of loans, and a loan as far as they are concerned: identifiers, no names."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec

from mdm.clock import to_ms
from mdm.fleet.tablet import Platform
from mdm.store import Connection


class Loan(msgspec.Struct, frozen=True, kw_only=True):
    """A tablet in a family's hands from ``since`` until ``until`` (ms; None while it lasts), due back at ``due_at``.

    ``uai``: the pupil's school; ``level``: the pupil's level, as written; ``platform``: the tablet's. ``objected``: an
    objection holds, and nothing is counted; ``counted_from``: what was before (ms) stays out: one held until then.
    """

    loan_id: str
    tablet_id: str
    platform: Platform
    pupil_id: str
    uai: str
    level: str
    since: int
    until: int | None = None
    due_at: int | None = None
    objected: bool = False
    counted_from: int = 0

    def counts(self, begin: int) -> bool:
        """Tell whether what begins at a moment (ms) may be counted."""
        return not self.objected and begin >= self.counted_from


class Loans(Protocol):
    """Knows the loans."""

    def of_tablet(self, conn: Connection, tablet_id: str, *, since: int) -> Sequence[Loan]:
        """Return a tablet's loans that had not ended by ``since``, in order of their beginning."""
        ...

    def between(self, conn: Connection, since: int, until: int, *, after: str, limit: int) -> Sequence[Loan]:
        """Return loans that touch a time, by identifier from the one after ``after``: at most ``limit``."""
        ...


def loan_of_day(loans: Sequence[Loan], day: date, zone: ZoneInfo) -> Loan | None:
    """Return the loan that had the tablet for the whole of a local day.

    None when the tablet was lent or given back that day: a sum of the day would then tell of other people's use too.
    """
    begin, end = bounds_of(day, zone)
    touching = [one for one in loans if one.since < end and (one.until is None or one.until > begin)]
    if len(touching) != 1:
        return None
    loan = touching[0]
    whole = loan.since <= begin and (loan.until is None or loan.until >= end)
    return loan if whole else None


def bounds_of(day: date, zone: ZoneInfo) -> tuple[int, int]:
    """Return when a local day begins and when the next one does, in milliseconds; it may have 23 or 25 hours."""
    return _midnight(day, zone), _midnight(day + timedelta(days=1), zone)


def _midnight(day: date, zone: ZoneInfo) -> int:
    return to_ms(datetime.combine(day, time(), zone).astimezone(UTC))
