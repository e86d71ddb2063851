"""Which tablet is in which slot: joining, moving, replacing, freeing; each in one transaction, journalled.

A tablet in a slot bears the slot's name; one that is in none bears its serial number.
"""

import msgspec
import structlog

from mdm.clock import Clock
from mdm.fleet.errors import IdentityContradiction, PlatformMismatch, SlotEmpty, SlotTaken
from mdm.fleet.kit import Slot
from mdm.fleet.kit_store import fill_slot, hold_slot, require_kit, slot_of_tablet
from mdm.fleet.states import TabletEvent, TabletState, move
from mdm.fleet.tablet import Platform, Tablet, clean_serial
from mdm.fleet.tablet_index import index_tablets
from mdm.fleet.tablet_life import change_state
from mdm.fleet.tablet_store import (
    add_tablet,
    describe_tablet,
    hold_tablet,
    require_tablet,
    tablet_by_serial,
    tablet_by_udid,
)
from mdm.ids import new_id
from mdm.journal import Journal
from mdm.store import Connection

log = structlog.get_logger()

_GIVES_WAY = (TabletState.BROKEN, TabletState.RETIRED)
_MODEL_LIMIT = 100


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who a tablet says it is. ``udid`` is Apple's device identifier."""

    platform: Platform
    serial: str | None
    udid: str | None = None
    model: str = ""

    def cleaned(self) -> "Identity":
        """Return the same without what a tablet should not say; raise `SerialInvalid`."""
        model = "".join(character for character in self.model if character.isprintable())[:_MODEL_LIMIT]
        return msgspec.structs.replace(self, serial=clean_serial(self.serial), model=model)


def bind_tablet(
    conn: Connection,
    journal: Journal,
    clock: Clock,
    identity: Identity,
    *,
    kit_id: str,
    slot_number: int,
    actor: str,
) -> str:
    """Let the tablet that checks in take its slot; return its identifier.

    A tablet is known again by its serial number, or by its UDID. Known in this slot, it stays; known elsewhere, it
    moves and its old slot is freed; unknown, it is added. A broken tablet in the slot gives way. The tablet starts
    anew: its state is ``new`` (or still ``loaned``, ``lost``, ``broken``) until `change_state` is told ``enrol``.

    Raises `SlotTaken` when another tablet is in the slot, for a person to decide; `SlotUnknown`, `KitUnknown`,
    `PlatformMismatch`, `IdentityContradiction`, `SerialInvalid`; `TransitionRefused` for a retired tablet.
    """
    known = identity.cleaned()
    kit = require_kit(conn, kit_id)
    _require_platform(kit.platform, known.platform)
    found = _recognise(conn, known)
    tablet = hold_tablet(conn, found.tablet_id) if found else _add(conn, clock, known)
    slot = hold_slot(conn, kit_id, slot_number)
    _require_platform(kit.platform, tablet.platform)
    move(tablet.state, TabletEvent.ENROL)
    moves = slot.tablet_id != tablet.tablet_id
    if moves:
        _make_room(conn, journal, slot, actor)
        _put(conn, journal, slot, tablet, actor)
    if describe_tablet(conn, tablet.tablet_id, name=slot.name, model=known.model, serial=known.serial) or moves:
        index_tablets(conn, [tablet.tablet_id])
    change_state(conn, journal, tablet_id=tablet.tablet_id, event=TabletEvent.UNENROL, actor=actor, now=clock.ms())
    return tablet.tablet_id


def assign_tablet(
    conn: Connection, journal: Journal, *, tablet_id: str, kit_id: str, slot_number: int, actor: str
) -> None:
    """Put a known tablet into a slot because a person says so; whichever tablet was there is left without one.

    Raises `TransitionRefused` for a retired tablet, `PlatformMismatch`, `TabletUnknown`, `KitUnknown`, `SlotUnknown`.
    """
    kit = require_kit(conn, kit_id)
    tablet = hold_tablet(conn, tablet_id)
    slot = hold_slot(conn, kit_id, slot_number)
    _require_platform(kit.platform, tablet.platform)
    move(tablet.state, TabletEvent.ENROL)
    if slot.tablet_id == tablet_id:
        return
    if slot.tablet_id is not None:
        _take_out(conn, journal, slot, require_tablet(conn, slot.tablet_id), actor, "tablet_replaced")
    _put(conn, journal, slot, tablet, actor)
    describe_tablet(conn, tablet_id, name=slot.name, model="", serial=None)
    index_tablets(conn, [tablet_id])


def free_slot(conn: Connection, journal: Journal, *, kit_id: str, slot_number: int, actor: str) -> str:
    """Take the tablet out of a slot and return its identifier; raise `SlotEmpty` or `SlotUnknown`."""
    slot = hold_slot(conn, kit_id, slot_number)
    if slot.tablet_id is None:
        raise SlotEmpty(slot=slot.name)
    _take_out(conn, journal, slot, require_tablet(conn, slot.tablet_id), actor, "slot_freed")
    return slot.tablet_id


def register_tablet(conn: Connection, journal: Journal, clock: Clock, identity: Identity, *, actor: str) -> Tablet:
    """Add a tablet that has not enrolled yet, a spare for instance; one that is known already is returned as it is.

    Raises `SerialInvalid`, `IdentityContradiction` or `PlatformMismatch`.
    """
    known = identity.cleaned()
    found = _recognise(conn, known)
    if found is not None:
        _require_platform(found.platform, known.platform)
        return found
    tablet = _add(conn, clock, known)
    index_tablets(conn, [tablet.tablet_id])
    _record(conn, journal, "tablet_registered", tablet.tablet_id, None, actor)
    return tablet


def _recognise(conn: Connection, identity: Identity) -> Tablet | None:
    by_serial = tablet_by_serial(conn, identity.serial) if identity.serial else None
    by_udid = tablet_by_udid(conn, identity.udid) if identity.udid else None
    if by_udid is None:
        return by_serial
    if by_serial is not None and by_serial.tablet_id != by_udid.tablet_id:
        raise IdentityContradiction
    if identity.serial and by_udid.serial not in (None, identity.serial):
        raise IdentityContradiction
    return by_udid


def _add(conn: Connection, clock: Clock, identity: Identity) -> Tablet:
    now, tablet_id = clock.ms(), new_id(clock)
    return add_tablet(
        conn,
        Tablet(
            tablet_id=tablet_id,
            platform=identity.platform,
            serial=identity.serial,
            name=identity.serial or tablet_id[-8:],
            state=TabletState.NEW,
            state_since=now,
            model=identity.model,
            created_at=now,
        ),
    )


def _require_platform(wanted: Platform, found: Platform) -> None:
    if wanted is not found:
        raise PlatformMismatch(wanted=wanted.value, found=found.value)


def _make_room(conn: Connection, journal: Journal, slot: Slot, actor: str) -> None:
    if slot.tablet_id is None:
        return
    holder = require_tablet(conn, slot.tablet_id)
    if holder.state not in _GIVES_WAY:
        raise SlotTaken(slot=slot.name, number=slot.number, holder=holder.serial or holder.name)
    _take_out(conn, journal, slot, holder, actor, "tablet_replaced")


def _put(conn: Connection, journal: Journal, slot: Slot, tablet: Tablet, actor: str) -> None:
    old = slot_of_tablet(conn, tablet.tablet_id)
    if old is not None:
        fill_slot(conn, hold_slot(conn, old.kit_id, old.number), None)
    fill_slot(conn, slot, tablet.tablet_id)
    conn.publish("tablet", tablet.tablet_id)
    _record(conn, journal, "tablet_moved" if old else "tablet_bound", tablet.tablet_id, slot, actor, old=old)


def _take_out(conn: Connection, journal: Journal, slot: Slot, tablet: Tablet, actor: str, kind: str) -> None:
    fill_slot(conn, slot, None)
    describe_tablet(conn, tablet.tablet_id, name=tablet.serial or tablet.name, model="", serial=None)
    index_tablets(conn, [tablet.tablet_id])
    conn.publish("tablet", tablet.tablet_id)
    _record(conn, journal, kind, tablet.tablet_id, slot, actor)


def _record(
    conn: Connection,
    journal: Journal,
    kind: str,
    tablet_id: str,
    slot: Slot | None,
    actor: str,
    *,
    old: Slot | None = None,
) -> None:
    detail: dict[str, str | int] = {}
    if slot is not None:
        detail |= {"kit": slot.kit_id, "slot": slot.number}
    if old is not None:
        detail |= {"from_kit": old.kit_id, "from_slot": old.number}
    journal.record(conn, kind, actor=actor, subject=f"tablet:{tablet_id}", detail=detail)
    log.info(kind, tablet=tablet_id, **detail)
