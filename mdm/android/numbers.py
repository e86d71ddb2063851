"""The numbers that agents listen for; implements `push.mqtt.waker.NumberSource`."""

from mdm.android import enrollment_store
from mdm.store import Connection


class AgentNumbers:
    """Reads numbers from the enrollments."""

    def number_of(self, conn: Connection, tablet_id: str) -> str | None:
        """Return the number of a tablet that is enrolled; None when it is not."""
        found = enrollment_store.of_tablet(conn, tablet_id)
        return None if found is None else found.number
