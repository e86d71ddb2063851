"""What this room must know of warranties; a room that knows the purchases answers it."""

from datetime import date
from typing import Protocol
from zoneinfo import ZoneInfo

from mdm.clock import from_ms
from mdm.repairs.errors import WarrantyMonthsRefused
from mdm.store import Connection

MONTHS_LIMIT = 120
ZONE = ZoneInfo("Europe/Paris")
"""Where a moment becomes a day."""


class Warranties(Protocol):
    """Tells how long the maker repairs a tablet at his own cost."""

    def until(self, conn: Connection, tablet_id: str) -> date | None:
        """Return the last day of a tablet's warranty, None where nobody knows it."""
        ...


class NoWarranties:
    """For a server that keeps no purchases."""

    def until(self, conn: Connection, tablet_id: str) -> date | None:
        """Return None: nothing is known."""
        del conn, tablet_id
        return None


def was_held(until: date | None, moment: int) -> bool | None:
    """Tell whether a warranty that ends on a day held at a moment (milliseconds); None where nobody knows."""
    return None if until is None else from_ms(moment).astimezone(ZONE).date() <= until


def check_months(months: int) -> int:
    """Return ``months``; raise `WarrantyMonthsRefused`."""
    if not 1 <= months <= MONTHS_LIMIT:
        raise WarrantyMonthsRefused(months=months, limit=MONTHS_LIMIT)
    return months
