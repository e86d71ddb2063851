"""An iPad leaves: its profile was removed, or it was erased."""

import structlog

from mdm.apple import enrollment_store
from mdm.clock import Clock
from mdm.commands import convergence_store, queue
from mdm.fleet.states import TabletEvent
from mdm.fleet.tablet_life import change_state
from mdm.journal import Journal
from mdm.store import Connection

log = structlog.get_logger()


class Departure:
    """Ends enrollments, inside the transaction that tells of it."""

    def __init__(self, clock: Clock, journal: Journal) -> None:
        self._clock = clock
        self._journal = journal

    def checked_out(self, conn: Connection, tablet_id: str) -> None:
        """The person at the tablet removed its management."""
        self._leave(conn, tablet_id, "tablet_checked_out")

    def erased(self, conn: Connection, tablet_id: str) -> None:
        """The tablet has acknowledged that it erases itself."""
        self._leave(conn, tablet_id, "tablet_erased")

    def _leave(self, conn: Connection, tablet_id: str, kind: str) -> None:
        now = self._clock.ms()
        enrollment_store.check_out(conn, tablet_id)
        queue.cancel_open(conn, tablet_id, now=now)
        convergence_store.forget(conn, tablet_id)
        subject = f"tablet:{tablet_id}"
        self._journal.record(conn, kind, actor=subject, subject=subject)
        change_state(conn, self._journal, tablet_id=tablet_id, event=TabletEvent.UNENROL, actor=subject, now=now)
        log.info(kind, tablet=tablet_id)
