"""Use that an app told the Android agent, which hands it over in one of the free fields of its report.

What else is in those fields is its apps' own affair: it is not read, not kept, and not logged. Nor is the text of a
report: its sums are kept, or it is counted why they are not.
"""

from collections.abc import Sequence

from mdm.home.use.categories import Source
from mdm.home.use.daily import DailyUse
from mdm.home.use.errors import UseReportInvalid
from mdm.home.use.report import is_report, parse_field
from mdm.store import Connection


class AgentFields:
    """Takes the fields of agents' reports, inside the transactions that take these in."""

    def __init__(self, use: DailyUse) -> None:
        self._use = use

    def take(self, conn: Connection, tablet_id: str, fields: Sequence[str]) -> None:
        """Keep what the first field that is a report of use tells; the others are let be."""
        text = next((one for one in fields if is_report(one)), None)
        if text is None:
            return
        try:
            report = parse_field(text)
        except UseReportInvalid:
            self._use.note_unreadable(conn, tablet_id)
            return
        self._use.take(conn, tablet_id, Source.AGENT_FIELD, report)
