"""Kits and their slots in the store.

Every function runs inside the caller's transaction. Names and numbers come in already checked.
"""

import msgspec

from mdm.fleet.errors import KitAmbiguous, KitExists, KitUnknown, SlotUnknown
from mdm.fleet.kit import Kit, KitSummary, KitView, Slot, SlotView, slot_stage
from mdm.fleet.names import slot_name
from mdm.fleet.place_store import within
from mdm.fleet.reach import EVERYTHING, Reach
from mdm.fleet.states import TabletState
from mdm.fleet.tablet import Platform
from mdm.fleet.territory_store import require_school
from mdm.store import Connection, Row


def add_kit(conn: Connection, kit: Kit, slots: int) -> None:
    """Store a kit with its numbered slots; raise `KitExists` or `SchoolUnknown`."""
    require_school(conn, kit.uai)
    added = conn.run(
        "INSERT INTO kit (kit_id, uai, name, platform, edition_id, created_at)"
        " VALUES (:kit_id, :uai, :name, :platform, :edition_id, :created_at) ON CONFLICT (uai, name) DO NOTHING",
        kit_id=kit.kit_id,
        uai=kit.uai,
        name=kit.name,
        platform=kit.platform.value,
        edition_id=kit.edition_id,
        created_at=kit.created_at,
    )
    if not added:
        raise KitExists(uai=kit.uai, name=kit.name)
    add_slots(conn, kit, first=1, last=slots)


def add_slots(conn: Connection, kit: Kit, *, first: int, last: int) -> None:
    """Store the slots numbered ``first`` to ``last`` of a kit, and tell the kit's page."""
    conn.many(
        "INSERT INTO slot (kit_id, number, name) VALUES (:kit_id, :number, :name)",
        [
            {"kit_id": kit.kit_id, "number": number, "name": slot_name(kit.name, number)}
            for number in range(first, last + 1)
        ],
    )
    conn.publish("kit", kit.kit_id)


def require_kit(conn: Connection, kit_id: str) -> Kit:
    """Return the kit of that identifier; raise `KitUnknown`."""
    row = conn.one("SELECT * FROM kit WHERE kit_id = :kit_id", kit_id=kit_id)
    if row is None:
        raise KitUnknown(kit=kit_id)
    return _kit(row)


def hold_kit(conn: Connection, kit_id: str) -> Kit:
    """Return a kit that no other transaction can change before this one ends; raise `KitUnknown`."""
    # Written to itself: on PostgreSQL this takes the row's lock, on SQLite the transaction has the only one.
    row = conn.one("UPDATE kit SET name = name WHERE kit_id = :kit_id RETURNING *", kit_id=kit_id)
    if row is None:
        raise KitUnknown(kit=kit_id)
    return _kit(row)


def rename_kit(conn: Connection, kit: Kit, name: str) -> tuple[Kit, list[str]]:
    """Give a kit that is held another name, and its slots and their tablets theirs; return it and those tablets.

    Whoever calls it has the tablets indexed again (`tablet_index`). Raises `KitExists`.
    """
    taken = conn.one("SELECT 1 AS found FROM kit WHERE uai = :uai AND name = :name", uai=kit.uai, name=name)
    if taken is not None:
        raise KitExists(uai=kit.uai, name=name)
    conn.run("UPDATE kit SET name = :name WHERE kit_id = :kit_id", name=name, kit_id=kit.kit_id)
    slots = list_slots(conn, kit.kit_id)
    names = [(slot, slot_name(name, slot.number)) for slot in slots]
    conn.many(
        "UPDATE slot SET name = :name WHERE kit_id = :kit_id AND number = :number",
        [{"kit_id": kit.kit_id, "number": slot.number, "name": new} for slot, new in names],
    )
    tablets = [{"tablet_id": slot.tablet_id, "name": new} for slot, new in names if slot.tablet_id is not None]
    conn.many("UPDATE tablet SET name = :name WHERE tablet_id = :tablet_id", tablets)
    return msgspec.structs.replace(kit, name=name), [slot.tablet_id for slot in slots if slot.tablet_id is not None]


def find_kit(conn: Connection, reference: str) -> Kit:
    """Return the kit that a person means: by identifier, by ``UAI/name``, or by name alone where only one has it.

    Raises `KitUnknown`, or `KitAmbiguous` when kits of several schools have the name.
    """
    uai, _, name = reference.partition("/")
    rows = conn.all(
        "SELECT * FROM kit WHERE kit_id = :reference OR name = :reference OR (uai = :uai AND name = :name)"
        " ORDER BY uai",
        reference=reference,
        uai=uai.upper(),
        name=name,
    )
    exact = [row for row in rows if row["kit_id"] == reference]
    if len(rows) > 1 and not exact:
        raise KitAmbiguous(kit=reference, count=len(rows), example=f"{rows[0]['uai']}/{rows[0]['name']}")
    if not rows:
        raise KitUnknown(kit=reference)
    return _kit((exact or rows)[0])


def list_kits(conn: Connection, *, uai: str = "", reach: Reach = EVERYTHING) -> list[KitSummary]:
    """Return the kits of a school, or of all schools, within a reach, by school and name."""
    reached, places = within(reach, kit="kit", school="school")
    rows = conn.all(
        "SELECT kit.kit_id, kit.uai, kit.name, kit.platform, kit.edition_id, kit.created_at, kit.class_id,"  # noqa: S608
        " school.name AS school_name, COUNT(slot.number) AS slots, COUNT(slot.tablet_id) AS filled,"
        " COUNT(CASE WHEN tablet.state IN ('ready', 'loaned') THEN 1 END) AS ready"
        " FROM kit JOIN school ON school.uai = kit.uai"
        " LEFT JOIN slot ON slot.kit_id = kit.kit_id LEFT JOIN tablet ON tablet.tablet_id = slot.tablet_id"
        f" WHERE (:uai = '' OR kit.uai = :uai) AND {reached}"
        " GROUP BY kit.kit_id, kit.uai, kit.name, kit.platform, kit.edition_id, kit.created_at, kit.class_id,"
        " school.name"
        " ORDER BY school.name, kit.uai, kit.name",
        uai=uai,
        **places,
    )
    return [
        KitSummary(
            kit=_kit(row),
            school_name=row["school_name"],
            slots=row["slots"],
            filled=row["filled"],
            ready=row["ready"],
        )
        for row in rows
    ]


def set_class(conn: Connection, kit_id: str, class_id: str | None) -> None:
    """Note the class that has a kit now."""
    conn.run("UPDATE kit SET class_id = :class_id WHERE kit_id = :kit_id", class_id=class_id, kit_id=kit_id)
    conn.publish("kit", kit_id)


def list_slots(conn: Connection, kit_id: str) -> list[Slot]:
    """Return a kit's slots by number."""
    return [_slot(row) for row in conn.all("SELECT * FROM slot WHERE kit_id = :kit_id ORDER BY number", kit_id=kit_id)]


def hold_slot(conn: Connection, kit_id: str, number: int) -> Slot:
    """Return a slot that no other transaction can fill before this one ends; raise `SlotUnknown`."""
    # Written to itself: on PostgreSQL this takes the row's lock, on SQLite the transaction has the only one.
    row = conn.one(
        "UPDATE slot SET name = name WHERE kit_id = :kit_id AND number = :number RETURNING *",
        kit_id=kit_id,
        number=number,
    )
    if row is None:
        raise SlotUnknown(number=number)
    return _slot(row)


def slot_of_tablet(conn: Connection, tablet_id: str) -> Slot | None:
    """Return the slot that a tablet is in, or None."""
    row = conn.one("SELECT * FROM slot WHERE tablet_id = :tablet_id", tablet_id=tablet_id)
    return _slot(row) if row is not None else None


def fill_slot(conn: Connection, slot: Slot, tablet_id: str | None) -> None:
    """Put a tablet into a slot, or none, and tell the kit's page."""
    conn.run(
        "UPDATE slot SET tablet_id = :tablet_id WHERE kit_id = :kit_id AND number = :number",
        tablet_id=tablet_id,
        kit_id=slot.kit_id,
        number=slot.number,
    )
    conn.publish("kit", slot.kit_id)


def mark_joining(conn: Connection, kit_id: str, number: int, since: int | None) -> None:
    """Note since when a tablet is joining at a slot (None: it has joined), and tell the kit's page.

    Raises `SlotUnknown`.
    """
    marked = conn.run(
        "UPDATE slot SET joining_since = :since WHERE kit_id = :kit_id AND number = :number",
        since=since,
        kit_id=kit_id,
        number=number,
    )
    if not marked:
        raise SlotUnknown(number=number)
    conn.publish("kit", kit_id)


def kit_view(conn: Connection, kit_id: str, now: int) -> KitView:
    """Return a kit with its school and its slots, as at ``now`` (milliseconds); raise `KitUnknown`."""
    kit = require_kit(conn, kit_id)
    rows = conn.all(
        "SELECT slot.number, slot.name, slot.tablet_id, slot.joining_since, tablet.state, tablet.serial,"
        " COALESCE(tablet_report.model_name, tablet.model, '') AS model, tablet_report.os_version,"
        " tablet_report.battery, tablet_report.capacity, tablet_report.free_space, tablet_report.seen_at,"
        " (SELECT COUNT(*) FROM delivery WHERE delivery.tablet_id = tablet.tablet_id"
        "  AND delivery.state = 'error' AND delivery.answered_at >= tablet.state_since) AS errors"
        " FROM slot LEFT JOIN tablet ON tablet.tablet_id = slot.tablet_id"
        " LEFT JOIN tablet_report ON tablet_report.tablet_id = slot.tablet_id"
        " WHERE slot.kit_id = :kit_id ORDER BY slot.number",
        kit_id=kit_id,
    )
    return KitView(kit=kit, school=require_school(conn, kit.uai), slots=tuple(_slot_view(row, now) for row in rows))


def _kit(row: Row) -> Kit:
    return Kit(
        kit_id=row["kit_id"],
        uai=row["uai"],
        name=row["name"],
        platform=Platform(row["platform"]),
        edition_id=row["edition_id"],
        created_at=row["created_at"],
        class_id=row["class_id"],
    )


def _slot(row: Row) -> Slot:
    return Slot(
        kit_id=row["kit_id"],
        number=row["number"],
        name=row["name"],
        tablet_id=row["tablet_id"],
        joining_since=row["joining_since"],
    )


def _slot_view(row: Row, now: int) -> SlotView:
    state = TabletState(row["state"]) if row["state"] else None
    return SlotView(
        number=row["number"],
        name=row["name"],
        stage=slot_stage(state, row["joining_since"], now),
        tablet_id=row["tablet_id"],
        serial=row["serial"],
        model=row["model"],
        os_version=row["os_version"],
        battery=row["battery"],
        capacity=row["capacity"],
        free_space=row["free_space"],
        seen_at=row["seen_at"],
        errors=row["errors"],
    )
