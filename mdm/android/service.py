"""The agent's requests, each carried out in one transaction: who asks, what follows, what is answered."""

import structlog

from mdm.android import enrollment_store
from mdm.android.configuration import Configurations
from mdm.android.departure import Departure
from mdm.android.device_info import DeviceInfo
from mdm.android.device_log import LogLine
from mdm.android.enrollment_store import AndroidEnrollment
from mdm.android.errors import AlreadyKnown, NothingToConfirm, PathUnknown
from mdm.android.flags import FACTORY_RESET, REPEATED_MS, confirm
from mdm.android.joining import Joining, KitPaths
from mdm.android.paths import Path, read_path
from mdm.android.reports import Reports
from mdm.clock import Clock
from mdm.store import Connection

log = structlog.get_logger()


class AgentService:
    """What agents may ask; every method runs inside the caller's transaction, and raises `PathUnknown`."""

    def __init__(
        self,
        clock: Clock,
        kit_paths: KitPaths,
        joining: Joining,
        configurations: Configurations,
        reports: Reports,
        departure: Departure,
    ) -> None:
        self._clock = clock
        self._kit_paths = kit_paths
        self._joining = joining
        self._configurations = configurations
        self._reports = reports
        self._departure = departure

    def ask(self, conn: Connection, segment: str, number: str, abi: str) -> bytes | None:
        """Answer an agent that has no configuration yet (POST); None when it must first be given a number.

        Raises `AlreadyKnown` on a tablet's own path, `CodeOver`, `KitFull`, or what the fleet refuses.
        """
        path = _path(segment)
        if path.kind == "tablet":
            self._own(conn, path, number)
            raise AlreadyKnown
        kit = self._kit_paths.find(conn, path.secret)
        if kit is None:
            raise PathUnknown
        if not number and kit.slot_number is None:
            log.warning("android_number_missing", kit=kit.kit_id)
            return None
        asked = self._joining.ask(conn, kit, number, abi)
        return self._configurations.waiting(asked, number)

    def configuration(self, conn: Connection, segment: str, number: str, abi: str) -> bytes:
        """Answer an agent that asks for its configuration (GET)."""
        path = _path(segment)
        if path.kind == "kit":
            return self._configurations.waiting(self._born_here(conn, path, number), number)
        enrollment = self._own(conn, path, number)
        if enrollment.moved_at is None:
            enrollment = self._joining.arrive(conn, enrollment, abi)
        elif abi and enrollment.abi != abi:
            enrollment_store.note_abi(conn, enrollment.number, abi)
        if enrollment.state != "enrolled" or enrollment.tablet_id is None:
            return self._configurations.waiting(enrollment, number)
        return self._configurations.of_tablet(conn, enrollment, enrollment.tablet_id, number)

    def report(self, conn: Connection, segment: str, info: DeviceInfo) -> None:
        """Take in what a tablet says of itself; on a kit's path it is heard and nothing is kept."""
        path = _path(segment)
        if path.kind == "kit":
            self._born_here(conn, path, info.device_id or "")
            return
        self._reports.take(conn, self._own(conn, path, info.device_id), info)

    def known(self, conn: Connection, segment: str, number: str) -> None:
        """Raise `PathUnknown` unless this number may use this path."""
        path = _path(segment)
        if path.kind == "kit":
            self._born_here(conn, path, number)
        else:
            self._own(conn, path, number)

    def keep_log(self, conn: Connection, segment: str, number: str, lines: tuple[LogLine, ...]) -> None:
        """Keep log lines of an enrolled tablet; before that they are heard and dropped."""
        path = _path(segment)
        if path.kind == "kit":
            self._born_here(conn, path, number)
            return
        enrollment = self._own(conn, path, number)
        if enrollment.tablet_id is not None:
            self._reports.keep_log(conn, enrollment.tablet_id, lines)

    def confirm(self, conn: Connection, segment: str, number: str, flag: str, info: DeviceInfo) -> None:
        """Let a tablet erase itself, restart, or say that its password changed; raise `NothingToConfirm`.

        The order is over in this transaction, so that the tablet never does it twice.
        """
        path = _path(segment)
        now = self._clock.ms()
        enrollment = self._own(conn, path, number, ended_since=now - REPEATED_MS if flag == FACTORY_RESET else None)
        if enrollment.tablet_id is None:
            raise NothingToConfirm
        able = info.factory_reset is not False or flag != FACTORY_RESET
        if not confirm(conn, enrollment.tablet_id, flag, able=able, now=now):
            raise NothingToConfirm
        conn.publish("tablet", enrollment.tablet_id)
        if flag == FACTORY_RESET and able and enrollment.state == "enrolled":
            self._departure.erased(conn, enrollment.tablet_id)

    def _born_here(self, conn: Connection, path: Path, number: str) -> AndroidEnrollment:
        """Return the tablet that asked by this kit's path and still uses it; one that moved has left it for good."""
        kit = self._kit_paths.find(conn, path.secret)
        since = self._clock.ms() - enrollment_store.FORGOTTEN_MS
        found = enrollment_store.of_ticket(conn, kit.ticket_id, number, since=since) if kit is not None else None
        if found is None or found.moved_at is not None:
            raise PathUnknown
        return found

    def _own(
        self, conn: Connection, path: Path, number: str | None, *, ended_since: int | None = None
    ) -> AndroidEnrollment:
        found = enrollment_store.of_path(conn, path.digest, ended_since=ended_since) if path.kind == "tablet" else None
        if found is None or (number is not None and not found.answers_to(number)):
            raise PathUnknown
        return found


def _path(segment: str) -> Path:
    path = read_path(segment)
    if path is None:
        raise PathUnknown
    return path
