"""What follows from a tablet's report: its facts, its apps, its drift, and whether it is the tablet that it was."""

from collections.abc import Sequence
from typing import Protocol

import msgspec
import structlog

from mdm.android import enrollment_store
from mdm.android.device_info import DeviceInfo
from mdm.android.device_log import KEPT_LINES, KEPT_MS, LogLine
from mdm.android.enrollment_store import AndroidEnrollment
from mdm.android.flags import FLAGS
from mdm.android.joining import PLATFORM, Joining
from mdm.android.messages import UNINSTALL, from_body
from mdm.android.steps import TIME_TO_APPLY_MS, with_time
from mdm.clock import Clock
from mdm.commands import convergence_store
from mdm.commands.convergence import Convergence
from mdm.commands.report import DeviceFacts, HeldBook, Report
from mdm.commands.target import BOOKS_FOLDER
from mdm.fleet.errors import SerialInvalid
from mdm.fleet.report_store import ReportedFacts, save_facts
from mdm.fleet.tablet import clean_serial
from mdm.fleet.tablet_index import index_tablets
from mdm.fleet.tablet_store import describe_tablet, tablet_by_serial
from mdm.i18n import N_
from mdm.journal import Journal
from mdm.store import Connection

log = structlog.get_logger()

OWNER_LOST = "agent:device-owner"
_OWNER_WORDS = N_("The agent is not the owner of the tablet any more: reset it and enrol it again.")
_HOME_WORDS = N_("The agent is not the home screen: open it on the tablet and choose it as home.")
NOT_HOME = "agent:home-screen"
_NO_SERIALS = ("unknown", "0", "0123456789abcdef")
"""What Android says where an app may not know the serial number, or where the maker left none."""


class FreeFields(Protocol):
    """Takes what a tablet's apps wrote into the agent's free fields, inside the transaction of the report."""

    def take(self, conn: Connection, tablet_id: str, fields: Sequence[str]) -> None:
        """Keep what is of use; it raises nothing for whatever an app wrote."""
        ...


class Reports:
    """Takes reports in; every method runs inside the caller's transaction."""

    def __init__(
        self,
        clock: Clock,
        journal: Journal,
        joining: Joining,
        convergence: Convergence,
        free_fields: FreeFields | None = None,
    ) -> None:
        self._clock = clock
        self._journal = journal
        self._joining = joining
        self._convergence = convergence
        self._free_fields = free_fields

    def take(self, conn: Connection, enrollment: AndroidEnrollment, info: DeviceInfo) -> None:
        """Take a report in, whichever request brought it."""
        serial = _serial(info)
        told = (info.android_version or enrollment.os_version, info.mdm_mode)
        if told != (enrollment.os_version, enrollment.device_owner):
            enrollment_store.note_facts(
                conn, enrollment.number, os_version=info.android_version or "", device_owner=info.mdm_mode
            )
        if enrollment.state in ("asked", "held"):
            self._settle(conn, enrollment, serial, info)
        elif enrollment.tablet_id is not None and self._is_same(conn, enrollment, enrollment.tablet_id, serial):
            self._learn(conn, enrollment.tablet_id, info)

    def keep_log(self, conn: Connection, tablet_id: str, lines: tuple[LogLine, ...]) -> None:
        """Keep log lines, the newest ones of a tablet; one that comes twice is kept once."""
        now = self._clock.ms()
        conn.many(
            "INSERT INTO android_log (tablet_id, at, digest, level, package, message, received_at) VALUES"
            " (:tablet_id, :at, :digest, :level, :package, :message, :now) ON CONFLICT DO NOTHING",
            [{**msgspec.structs.asdict(line), "tablet_id": tablet_id, "now": now} for line in lines],
        )
        conn.run(
            "DELETE FROM android_log WHERE tablet_id = :tablet_id AND received_at < (SELECT received_at"
            " FROM android_log WHERE tablet_id = :tablet_id ORDER BY received_at DESC LIMIT 1 OFFSET :kept)",
            tablet_id=tablet_id,
            kept=KEPT_LINES - 1,
        )

    def _settle(self, conn: Connection, enrollment: AndroidEnrollment, serial: str | None, info: DeviceInfo) -> None:
        """A tablet that came with a typed number says here who it is."""
        if enrollment.moved_at is None:
            return
        if enrollment.state == "held" and (serial is None or serial == enrollment.serial):
            return
        self._joining.settle(conn, enrollment, serial=serial, model=info.model or "")
        settled = enrollment_store.of_number(conn, enrollment.number)
        if settled is not None and settled.tablet_id is not None and settled.state == "enrolled":
            self._learn(conn, settled.tablet_id, info)

    def _is_same(self, conn: Connection, enrollment: AndroidEnrollment, tablet_id: str, serial: str | None) -> bool:
        """Pin the serial number at the first report; a report with another one is not this tablet's."""
        if serial is None or serial == enrollment.serial:
            return True
        if enrollment.serial is None:
            other = tablet_by_serial(conn, serial)
            if other is None or other.tablet_id == tablet_id:
                enrollment_store.pin_serial(conn, enrollment.number, serial)
                name = _name(conn, tablet_id, enrollment)
                if describe_tablet(conn, tablet_id, name=name, model="", serial=serial):
                    index_tablets(conn, [tablet_id])
                return True
        if enrollment.other_serial != serial:
            enrollment_store.note_other_serial(conn, enrollment.number, serial)
            conn.publish("kit", enrollment.kit_id)
        if enrollment.other_serial is None:
            # Once: a tablet that gives itself another number in each report must not fill the journal.
            self._journal.record(
                conn,
                "tablet_contradicts",
                actor=f"tablet:{tablet_id}",
                subject=f"tablet:{tablet_id}",
                detail={"pinned": enrollment.serial or "", "reported": serial},
            )
            log.error("android_two_tablets_one_path", tablet=tablet_id, kit=enrollment.kit_id)
        return False

    def _learn(self, conn: Connection, tablet_id: str, info: DeviceInfo) -> None:
        now = self._clock.ms()
        facts = ReportedFacts(
            os_version=info.android_version,
            model_name=info.model,
            battery=info.battery_level,
            supervised=info.mdm_mode,
        )
        save_facts(conn, [(tablet_id, facts)], now=now)
        if info.model and describe_tablet(
            conn,
            tablet_id,
            name=convergence_store.slot_name(conn, tablet_id) or tablet_id[-8:],
            model=info.model,
            serial=None,
        ):
            index_tablets(conn, [tablet_id])
        if self._free_fields is not None and info.fields:
            self._free_fields.take(conn, tablet_id, info.fields)
        self._acknowledge_orders(conn, tablet_id, info, now)
        progress = convergence_store.progress_of(conn, tablet_id)
        if progress is not None:
            self._convergence.reported(conn, tablet_id, PLATFORM, with_time(_learned(progress.report, info), now))
        conn.publish("tablet", tablet_id)

    def _acknowledge_orders(self, conn: Connection, tablet_id: str, info: DeviceInfo, now: int) -> None:
        """What was sent before this report has arrived: the agent reports after it has obeyed.

        An app that should be gone and is still reported is waited for, and when its time is over the order failed.
        """
        rows = conn.all(
            "SELECT d.command_id, d.sent_at, c.request_type, c.body FROM delivery d"
            " JOIN command c ON c.command_id = d.command_id"
            " WHERE d.tablet_id = :tablet_id AND d.state = 'sent' AND c.step IS NULL",
            tablet_id=tablet_id,
        )
        settled = []
        for row in rows:
            if row["request_type"] in FLAGS:
                continue
            still_there = row["request_type"] == UNINSTALL and _reports_one_of(info, bytes(row["body"]))
            if still_there and now - row["sent_at"] < TIME_TO_APPLY_MS:
                continue
            state = "error" if still_there else "acknowledged"
            settled.append({"tablet_id": tablet_id, "command_id": row["command_id"], "state": state, "now": now})
        conn.many(
            "UPDATE delivery SET state = :state, answered_at = :now"
            " WHERE tablet_id = :tablet_id AND command_id = :command_id",
            settled,
        )


class StoredLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that an agent logged; ``at`` by the tablet's clock, ``received_at`` by ours (milliseconds)."""

    at: int
    received_at: int
    level: int
    message: str


def log_of(conn: Connection, tablet_id: str, *, limit: int = 200) -> list[StoredLine]:
    """Return the newest lines of a tablet's log, the oldest first."""
    rows = conn.all(
        "SELECT at, received_at, level, message FROM android_log WHERE tablet_id = :tablet_id"
        " ORDER BY received_at DESC, at DESC LIMIT :limit",
        tablet_id=tablet_id,
        limit=limit,
    )
    return [StoredLine(**row) for row in reversed(rows)]


def purge_logs(conn: Connection, *, now: int) -> int:
    """Erase log lines whose time is over; return how many."""
    return conn.run("DELETE FROM android_log WHERE received_at < :before", before=now - KEPT_MS)


def _learned(report: Report, info: DeviceInfo) -> Report:
    failed = {key: words for key, words in report.failed.items() if key not in (OWNER_LOST, NOT_HOME)}
    if info.mdm_mode is False:
        failed[OWNER_LOST] = _OWNER_WORDS
    elif info.default_launcher is False:
        failed[NOT_HOME] = _HOME_WORDS
    apps, veiled = report.apps, report.veiled
    if info.applications is not None:
        apps = {app.pkg: app.version or "0" for app in info.applications}
        # What should be hidden may be seen once more, when the tablet reports before it has done what it fetched.
        veiled = tuple(one for one in veiled if one in report.hides or one not in apps)
    books = report.books
    if info.files is not None:
        paths = [file.path for file in info.files if file.path is not None]
        books = {path: HeldBook() for path in paths if path.startswith(BOOKS_FOLDER)}
    device = DeviceFacts(os_version=info.android_version or "", supervised=bool(info.mdm_mode))
    return msgspec.structs.replace(report, device=device, apps=apps, veiled=veiled, books=books, failed=failed)


def _reports_one_of(info: DeviceInfo, body: bytes) -> bool:
    """Tell whether the tablet still has an app that these messages remove; one that it does not list is gone."""
    gone = {message.payload["pkg"] for message in from_body(body) if message.payload is not None}
    return any(app.pkg in gone for app in info.applications or ())


def _name(conn: Connection, tablet_id: str, enrollment: AndroidEnrollment) -> str:
    return convergence_store.slot_name(conn, tablet_id) or enrollment.serial or enrollment.number


def _serial(info: DeviceInfo) -> str | None:
    if info.serial is not None and info.serial.lower() in _NO_SERIALS:
        return None
    try:
        return clean_serial(info.serial)
    except SerialInvalid:
        return None
