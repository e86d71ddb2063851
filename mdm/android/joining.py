"""An Android tablet joins: it asks by a kit's path, gets a path of its own, and takes its slot when it uses it.

Each asking gets a path of its own at once, so that two tablets that scan one code can never be taken for each other:
the first to come takes the slot, the second is held until a person chooses.
"""

from typing import Protocol

import msgspec
import structlog

from mdm.android import enrollment_store
from mdm.android.enrollment_store import AndroidEnrollment
from mdm.android.errors import CodeOver, KitFull
from mdm.android.paths import Path, new_admin_password, new_number, new_tablet_secret
from mdm.clock import Clock
from mdm.commands import convergence_store, queue
from mdm.commands.convergence import Convergence
from mdm.commands.report import Report
from mdm.fleet.errors import SerialInvalid
from mdm.fleet.kit_store import hold_slot, mark_joining, slot_of_tablet
from mdm.fleet.report_store import ReportedFacts, save_facts
from mdm.fleet.slot_binding import Identity, bind_tablet
from mdm.fleet.states import TabletEvent, TabletState
from mdm.fleet.tablet import Platform, clean_serial
from mdm.fleet.tablet_life import change_state
from mdm.fleet.tablet_store import require_tablet, tablet_by_serial
from mdm.journal import Journal
from mdm.store import Connection
from mdm.vault import Vault

log = structlog.get_logger()

PLATFORM = "android"
PATH_PURPOSE = "android.path"
PASSWORD_PURPOSE = "android.admin_password"  # noqa: S105
_SLOT_DIGITS = 2
_GIVES_WAY = (TabletState.BROKEN, TabletState.RETIRED)


class KitPath(msgspec.Struct, frozen=True, kw_only=True):
    """What a kit's path stands for: a ticket for a kit, or for one slot. ``is_open``: it still takes tablets in."""

    ticket_id: str
    kit_id: str
    kit_name: str
    slot_number: int | None
    is_open: bool


class KitPaths(Protocol):
    """Knows the paths of kits' tickets."""

    def find(self, conn: Connection, secret: str) -> KitPath | None:
        """Return what a path stands for; None for one that never was or was withdrawn."""
        ...

    def used(self, conn: Connection, path: KitPath) -> None:
        """A tablet came by this path: it ends soon, since the tablet's screens can show it."""
        ...

    def reserve(self, conn: Connection, kit_id: str, slot_number: int | None) -> int | None:
        """Hold a slot, or the first that is free; None when there is none."""
        ...


class Joining:
    """Lets tablets in. Every method runs inside the caller's transaction."""

    def __init__(
        self, clock: Clock, journal: Journal, vault: Vault, kit_paths: KitPaths, convergence: Convergence
    ) -> None:
        self._clock = clock
        self._journal = journal
        self._vault = vault
        self._kit_paths = kit_paths
        self._convergence = convergence

    def ask(self, conn: Connection, path: KitPath, number: str, abi: str) -> AndroidEnrollment:
        """Return the asking of a tablet that comes by a kit's path: the one of before, or a new one with its slot.

        ``number`` is the tablet's serial number, a slot's number that a person typed, or anything else, which then
        says nothing. Raises `CodeOver` or `KitFull`; what the fleet refuses passes.
        """
        if not path.is_open:
            raise CodeOver
        now = self._clock.ms()
        since = now - enrollment_store.FORGOTTEN_MS
        known = enrollment_store.of_ticket(conn, path.ticket_id, number, since=since) if number else None
        serial = _serial_in(number)
        if known is not None and known.state != "enrolled" and (known.number == number or serial is not None):
            return known
        if known is not None and known.number == number:
            serial = known.serial
        slot_number = self._slot(conn, path, number, serial)
        made = AndroidEnrollment(
            number=new_number(slot_number),
            sealed_path=b"",
            sealed_admin_password=self._vault.seal(new_admin_password().encode(), PASSWORD_PURPOSE),
            asked_as=number,
            ticket_id=path.ticket_id,
            kit_id=path.kit_id,
            slot_number=slot_number,
            state="asked",
            tablet_id=None,
            serial=serial,
            other_serial=None,
            abi=abi,
            os_version="",
            device_owner=None,
            created_at=now,
            moved_at=None,
            lock_message=None,
        )
        secret = new_tablet_secret()
        made = msgspec.structs.replace(made, sealed_path=self._vault.seal(secret.encode(), PATH_PURPOSE))
        enrollment_store.add(conn, made, Path("tablet", secret).digest)
        self._kit_paths.used(conn, path)
        log.info("android_tablet_asks", kit=path.kit_id, slot=slot_number)
        return made

    def arrive(self, conn: Connection, asked: AndroidEnrollment, abi: str) -> AndroidEnrollment:
        """Take in the first request on a tablet's own path; with a known serial number it takes its slot."""
        enrollment_store.note_moved(conn, asked.number, abi=abi, now=self._clock.ms())
        if asked.serial is not None and asked.state == "asked":
            self.settle(conn, asked, serial=asked.serial, model="")
        return enrollment_store.of_number(conn, asked.number) or asked

    def settle(self, conn: Connection, asked: AndroidEnrollment, *, serial: str | None, model: str) -> None:
        """Give an asking its slot, or hold it where another tablet has the slot."""
        slot = hold_slot(conn, asked.kit_id, asked.slot_number)
        holder = require_tablet(conn, slot.tablet_id) if slot.tablet_id else None
        same = holder is not None and serial is not None and holder.serial == serial
        if holder is not None and not same and holder.state not in _GIVES_WAY:
            self._hold(conn, asked, serial)
            return
        self.take_slot(
            conn, asked, slot_number=slot.number, serial=serial, model=model, actor=f"ticket:{asked.ticket_id}"
        )

    def take_slot(
        self,
        conn: Connection,
        asked: AndroidEnrollment,
        *,
        slot_number: int,
        serial: str | None,
        model: str,
        actor: str,
    ) -> str:
        """Let an asking be the tablet in a slot that is free or its own; return the tablet."""
        now = self._clock.ms()
        identity = Identity(platform=Platform.ANDROID, serial=serial, model=model)
        tablet_id = bind_tablet(
            conn, self._journal, self._clock, identity, kit_id=asked.kit_id, slot_number=slot_number, actor=actor
        )
        cancelled = queue.cancel_open(conn, tablet_id, now=now)
        convergence_store.forget(conn, tablet_id)
        enrollment_store.enrol(conn, asked.number, tablet_id, slot_number=slot_number, serial=serial, now=now)
        save_facts(conn, [(tablet_id, ReportedFacts(os_version=asked.os_version or None))], now=now)
        mark_joining(conn, asked.kit_id, asked.slot_number, None)
        for kit_id in enrollment_store.settle_other_serial(conn, serial) if serial is not None else ():
            conn.publish("kit", kit_id)
        self._journal.record(
            conn,
            "tablet_enrolled",
            actor=actor,
            subject=f"tablet:{tablet_id}",
            detail={"kit": asked.kit_id, "slot": slot_number, "number": asked.number, "cancelled": cancelled},
        )
        change_state(conn, self._journal, tablet_id=tablet_id, event=TabletEvent.ENROL, actor=actor, now=now)
        self._convergence.begin(conn, tablet_id, PLATFORM, Report())
        conn.publish("agent", waiting_key(asked.number))
        log.info("android_tablet_enrolled", tablet=tablet_id, kit=asked.kit_id, slot=slot_number)
        return tablet_id

    def _hold(self, conn: Connection, asked: AndroidEnrollment, serial: str | None) -> None:
        enrollment_store.hold(conn, asked.number, serial=serial)
        mark_joining(conn, asked.kit_id, asked.slot_number, None)
        self._journal.record(
            conn,
            "tablet_held",
            actor=f"ticket:{asked.ticket_id}",
            subject=f"slot:{asked.kit_id}/{asked.slot_number}",
            detail={"number": asked.number, "serial": serial or ""},
        )
        conn.publish("kit", asked.kit_id)
        log.warning("android_tablet_held", kit=asked.kit_id, slot=asked.slot_number)

    def _slot(self, conn: Connection, path: KitPath, number: str, serial: str | None) -> int:
        if path.slot_number is not None:
            self._kit_paths.reserve(conn, path.kit_id, path.slot_number)
            return path.slot_number
        if number.isascii() and number.isdigit() and len(number) <= _SLOT_DIGITS:
            wanted = hold_slot(conn, path.kit_id, int(number)).number
            self._kit_paths.reserve(conn, path.kit_id, wanted)
            return wanted
        tablet = tablet_by_serial(conn, serial) if serial is not None else None
        own = slot_of_tablet(conn, tablet.tablet_id) if tablet is not None else None
        if own is not None and own.kit_id == path.kit_id:
            return own.number
        found = self._kit_paths.reserve(conn, path.kit_id, None)
        if found is None:
            raise KitFull(kit=path.kit_name)
        return found


def waiting_key(number: str) -> str:
    """Return under which key a tablet waits that is in no slot yet."""
    return f"number:{number}"


def _serial_in(number: str) -> str | None:
    """Return the serial number that an agent came with; None for a slot's number or what is no serial number."""
    if number.isdigit() and len(number) <= _SLOT_DIGITS:
        return None
    try:
        return clean_serial(number)
    except SerialInvalid:
        return None
