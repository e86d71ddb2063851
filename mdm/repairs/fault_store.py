"""SQL of faults, one at a time: kept, changed, told step by step. Inside the caller's transaction.

Whoever changes a fault holds its tablet first (`mdm.fleet.tablet_store.hold_tablet`), so that of one tablet's faults
only one changes at a time.
"""

import re
from datetime import date

from mdm.repairs.errors import FaultUnknown
from mdm.repairs.fault import Fault, FaultChange, FaultKind, Photo
from mdm.repairs.fault_states import FaultEvent, FaultState
from mdm.store import Connection, Row

_REFERENCE = re.compile(r"[0-9a-f]{6,32}")


def add_fault(conn: Connection, fault: Fault) -> None:
    """Store a fault that was just reported."""
    conn.run(
        "INSERT INTO fault (fault_id, tablet_id, kind, state, unusable, reports, reported_at, changed_at, uai, kit_id,"
        " slot_number) VALUES (:fault_id, :tablet_id, :kind, :state, :unusable, :reports, :reported_at, :changed_at,"
        " :uai, :kit_id, :slot_number)",
        fault_id=fault.fault_id,
        tablet_id=fault.tablet_id,
        kind=fault.kind.value,
        state=fault.state.value,
        unusable=int(fault.unusable),
        reports=fault.reports,
        reported_at=fault.reported_at,
        changed_at=fault.changed_at,
        uai=fault.uai,
        kit_id=fault.kit_id,
        slot_number=fault.slot_number,
    )


def save_fault(conn: Connection, fault: Fault) -> None:
    """Store what may change of a fault."""
    conn.run(
        "UPDATE fault SET state = :state, unusable = :unusable, reports = :reports, changed_at = :changed_at,"
        " workshop = :workshop, workshop_reference = :workshop_reference, sent_on = :sent_on,"
        " quote_cents = :quote_cents, replaced_by = :replaced_by, replaced_at = :replaced_at, outcome = :outcome,"
        " settled_at = :settled_at, closed_at = :closed_at,"
        " purged_at = CASE WHEN CAST(:closed_at AS BIGINT) IS NULL THEN NULL ELSE purged_at END"
        " WHERE fault_id = :fault_id",
        fault_id=fault.fault_id,
        state=fault.state.value,
        unusable=int(fault.unusable),
        reports=fault.reports,
        changed_at=fault.changed_at,
        workshop=fault.workshop,
        workshop_reference=fault.workshop_reference,
        sent_on=fault.sent_on.isoformat() if fault.sent_on else None,
        quote_cents=fault.quote_cents,
        replaced_by=fault.replaced_by,
        replaced_at=fault.replaced_at,
        outcome=fault.outcome.value if fault.outcome else None,
        settled_at=fault.settled_at,
        closed_at=fault.closed_at,
    )


def require_fault(conn: Connection, fault_id: str) -> Fault:
    """Return the fault of that identifier; raise `FaultUnknown`."""
    row = conn.one("SELECT * FROM fault WHERE fault_id = :fault_id", fault_id=fault_id)
    if row is None:
        raise FaultUnknown(fault=fault_id[:40])
    return fault_of(row)


def find_fault(conn: Connection, reference: str) -> Fault:
    """Return the fault that a person means at a terminal: by identifier, or the end of one (6 digits or more).

    Raises `FaultUnknown` when there is none, or more than one.
    """
    wanted = reference.strip().lower()
    if not _REFERENCE.fullmatch(wanted):
        raise FaultUnknown(fault=reference[:40])
    rows = conn.all("SELECT * FROM fault WHERE fault_id LIKE :end LIMIT 2", end=f"%{wanted}")
    if len(rows) != 1:
        raise FaultUnknown(fault=reference[:40])
    return fault_of(rows[0])


def active_fault(conn: Connection, tablet_id: str, kind: FaultKind) -> Fault | None:
    """Return a tablet's fault of a kind that is not closed, or None."""
    row = conn.one(
        "SELECT * FROM fault WHERE tablet_id = :tablet_id AND kind = :kind AND closed_at IS NULL",
        tablet_id=tablet_id,
        kind=kind.value,
    )
    return fault_of(row) if row is not None else None


def active_faults(conn: Connection, tablet_id: str) -> list[Fault]:
    """Return a tablet's faults that are not closed, in order of their reports."""
    rows = conn.all(
        "SELECT * FROM fault WHERE tablet_id = :tablet_id AND closed_at IS NULL ORDER BY fault_id", tablet_id=tablet_id
    )
    return [fault_of(row) for row in rows]


def add_change(
    conn: Connection, fault_id: str, *, at: int, actor: str, event: FaultEvent, state: FaultState, words: str
) -> None:
    """Tell a report or a step, after those that are told."""
    conn.run(
        "INSERT INTO fault_change (fault_id, position, at, actor, event, state, words)"
        " SELECT :fault_id, COALESCE(MAX(position), 0) + 1, CAST(:at AS BIGINT), :actor, :event, :state, :words"
        " FROM fault_change WHERE fault_id = :fault_id",
        fault_id=fault_id,
        at=at,
        actor=actor,
        event=event.value,
        state=state.value,
        words=words,
    )


def changes_of(conn: Connection, fault_id: str) -> tuple[FaultChange, ...]:
    """Return the reports and steps of a fault in order."""
    rows = conn.all("SELECT * FROM fault_change WHERE fault_id = :fault_id ORDER BY position", fault_id=fault_id)
    return tuple(
        FaultChange(
            position=row["position"],
            at=row["at"],
            actor=row["actor"],
            event=FaultEvent(row["event"]),
            state=FaultState(row["state"]),
            words=row["words"],
        )
        for row in rows
    )


def add_photo(conn: Connection, fault_id: str, photo: Photo, *, now: int) -> None:
    """Note a photo whose file is kept; the same photo twice is one."""
    conn.run(
        "INSERT INTO fault_photo (fault_id, hash, size, width, height, added_at)"
        " VALUES (:fault_id, :hash, :size, :width, :height, :now) ON CONFLICT (fault_id, hash) DO NOTHING",
        fault_id=fault_id,
        hash=photo.hash,
        size=photo.size,
        width=photo.width,
        height=photo.height,
        now=now,
    )


def photos_of(conn: Connection, fault_id: str) -> tuple[Photo, ...]:
    """Return a fault's photos in the order in which they came."""
    rows = conn.all(
        "SELECT hash, size, width, height FROM fault_photo WHERE fault_id = :fault_id ORDER BY added_at, hash",
        fault_id=fault_id,
    )
    return tuple(Photo(**row) for row in rows)


def fault_of(row: Row) -> Fault:
    """Return a fault from a row that has its columns."""
    return Fault(
        fault_id=row["fault_id"],
        tablet_id=row["tablet_id"],
        kind=FaultKind(row["kind"]),
        state=FaultState(row["state"]),
        unusable=bool(row["unusable"]),
        reports=row["reports"],
        reported_at=row["reported_at"],
        changed_at=row["changed_at"],
        uai=row["uai"],
        kit_id=row["kit_id"],
        slot_number=row["slot_number"],
        workshop=row["workshop"],
        workshop_reference=row["workshop_reference"],
        sent_on=date.fromisoformat(row["sent_on"]) if row["sent_on"] else None,
        quote_cents=row["quote_cents"],
        replaced_by=row["replaced_by"],
        replaced_at=row["replaced_at"],
        outcome=FaultState(row["outcome"]) if row["outcome"] else None,
        settled_at=row["settled_at"],
        closed_at=row["closed_at"],
    )
