"""Tablets that are held: another one has their slot, and a person chooses."""

from typing import Literal

import msgspec

from mdm.android import enrollment_store
from mdm.android.departure import Departure
from mdm.android.enrollment_store import AndroidEnrollment
from mdm.android.errors import ChoiceImpossible
from mdm.android.joining import Joining, KitPaths
from mdm.clock import Clock
from mdm.errors import Words
from mdm.fleet.kit_store import hold_slot
from mdm.fleet.slot_binding import free_slot
from mdm.fleet.tablet_store import require_tablet
from mdm.i18n import N_
from mdm.journal import Journal
from mdm.store import Connection

Choice = Literal["refuse", "replace", "elsewhere"]


class HeldTablet(msgspec.Struct, frozen=True, kw_only=True):
    """A tablet that waits: for which slot, who it says it is, and who has the slot. ``since`` in milliseconds."""

    number: str
    slot_number: int
    serial: str
    holder: str
    since: int


class Doubts(msgspec.Struct, frozen=True, kw_only=True):
    """What a person should settle in a kit: tablets that wait, and slots whose address two tablets use."""

    held: tuple[HeldTablet, ...] = ()
    contradicted: tuple[tuple[int, str], ...] = ()


class HeldTablets:
    """Shows and settles; every method runs inside the caller's transaction."""

    def __init__(
        self, clock: Clock, journal: Journal, joining: Joining, departure: Departure, kit_paths: KitPaths
    ) -> None:
        self._clock = clock
        self._journal = journal
        self._joining = joining
        self._departure = departure
        self._kit_paths = kit_paths

    def choose(self, conn: Connection, kit_id: str, number: str, choice: Choice, *, actor: str) -> None:
        """Refuse a tablet that waits, give it the slot in place of the other, or the kit's next free slot.

        Raises `ChoiceImpossible` when it waits no more, or when no slot is free.
        """
        held = enrollment_store.of_number(conn, number)
        if held is None or held.state != "held" or held.kit_id != kit_id:
            raise ChoiceImpossible(reason=Words(N_("this tablet does not wait any more")))
        match choice:
            case "refuse":
                enrollment_store.end(conn, number, now=self._clock.ms())
            case "replace":
                self._replace(conn, held, actor)
            case "elsewhere":
                self._elsewhere(conn, held, actor)
        self._journal.record(
            conn,
            "tablet_choice",
            actor=actor,
            subject=f"slot:{kit_id}/{held.slot_number}",
            detail={"number": number, "choice": choice},
        )
        conn.publish("kit", kit_id)

    def _replace(self, conn: Connection, held: AndroidEnrollment, actor: str) -> None:
        slot = hold_slot(conn, held.kit_id, held.slot_number)
        if slot.tablet_id is not None:
            self._departure.leave(conn, slot.tablet_id, kind="tablet_put_out", actor=actor)
            free_slot(conn, self._journal, kit_id=held.kit_id, slot_number=held.slot_number, actor=actor)
        self._take(conn, held, held.slot_number, actor)

    def _elsewhere(self, conn: Connection, held: AndroidEnrollment, actor: str) -> None:
        found = self._kit_paths.reserve(conn, held.kit_id, None)
        if found is None:
            raise ChoiceImpossible(reason=Words(N_("no place in the kit is free")))
        self._take(conn, held, found, actor)

    def _take(self, conn: Connection, held: AndroidEnrollment, slot_number: int, actor: str) -> None:
        self._joining.take_slot(conn, held, slot_number=slot_number, serial=held.serial, model="", actor=actor)


def contradictions(conn: Connection, kit_id: str) -> list[tuple[int, str]]:
    """Return the slots of a kit on whose tablet's address another tablet reports, with that one's serial number."""
    rows = conn.all(
        "SELECT slot_number, other_serial FROM android_enrollment"
        " WHERE kit_id = :kit_id AND state = 'enrolled' AND other_serial IS NOT NULL ORDER BY slot_number",
        kit_id=kit_id,
    )
    return [(row["slot_number"], row["other_serial"]) for row in rows]


def held_tablets(conn: Connection, kit_id: str) -> list[HeldTablet]:
    """Return the tablets of a kit that wait for a choice."""
    found = []
    for one in enrollment_store.held_in_kit(conn, kit_id):
        slot = holder_of(conn, kit_id, one.slot_number)
        found.append(
            HeldTablet(
                number=one.number,
                slot_number=one.slot_number,
                serial=one.serial or "",
                holder=slot,
                since=one.moved_at or one.created_at,
            )
        )
    return found


def doubts(conn: Connection, kit_id: str) -> Doubts:
    """Return what a person should settle in a kit."""
    return Doubts(held=tuple(held_tablets(conn, kit_id)), contradicted=tuple(contradictions(conn, kit_id)))


def holder_of(conn: Connection, kit_id: str, number: int) -> str:
    """Return the serial number, or the name, of the tablet in a slot; empty without one."""
    row = conn.one(
        "SELECT tablet_id FROM slot WHERE kit_id = :kit_id AND number = :number", kit_id=kit_id, number=number
    )
    if row is None or row["tablet_id"] is None:
        return ""
    holder = require_tablet(conn, row["tablet_id"])
    return holder.serial or holder.name
