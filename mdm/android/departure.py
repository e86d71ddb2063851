"""An Android tablet leaves: it was erased, or a person took it out."""

import structlog

from mdm.android import enrollment_store
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

    def erased(self, conn: Connection, tablet_id: str) -> None:
        """The tablet erases itself now."""
        self.leave(conn, tablet_id, kind="tablet_erased", actor=f"tablet:{tablet_id}")

    def leave(self, conn: Connection, tablet_id: str, *, kind: str, actor: str) -> None:
        """End a tablet's path and all that waits for it."""
        now = self._clock.ms()
        enrollment_store.end_of_tablet(conn, tablet_id, now=now)
        queue.cancel_open(conn, tablet_id, now=now)
        convergence_store.forget(conn, tablet_id)
        self._journal.record(conn, kind, actor=actor, subject=f"tablet:{tablet_id}")
        change_state(conn, self._journal, tablet_id=tablet_id, event=TabletEvent.UNENROL, actor=actor, now=now)
        log.info(kind, tablet=tablet_id)
