"""Where kits, tablets, classes and schools lie, and the condition that keeps a list within a reach."""

import msgspec

from mdm.fleet.errors import ClassUnknown, KitUnknown, SchoolUnknown, TabletUnknown
from mdm.fleet.reach import Reach
from mdm.store import Connection


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """All that lies around something; a spare tablet lies in no kit, and a kit perhaps in no class."""

    insee: str | None = None
    uai: str | None = None
    class_id: str | None = None
    kit_id: str | None = None


def around_school(conn: Connection, uai: str) -> Surroundings:
    """Return where a school lies; raise `SchoolUnknown`."""
    row = conn.one("SELECT insee, uai FROM school WHERE uai = :uai", uai=uai)
    if row is None:
        raise SchoolUnknown(uai=uai)
    return Surroundings(**row)


def around_class(conn: Connection, class_id: str) -> Surroundings:
    """Return where a class lies; raise `ClassUnknown`."""
    row = conn.one(
        "SELECT s.insee, s.uai, c.class_id FROM school_class c JOIN school s ON s.uai = c.uai WHERE c.class_id = :id",
        id=class_id,
    )
    if row is None:
        raise ClassUnknown
    return Surroundings(**row)


def around_kit(conn: Connection, kit_id: str) -> Surroundings:
    """Return where a kit lies; raise `KitUnknown`."""
    row = conn.one(
        "SELECT s.insee, s.uai, k.class_id, k.kit_id FROM kit k JOIN school s ON s.uai = k.uai WHERE k.kit_id = :id",
        id=kit_id,
    )
    if row is None:
        raise KitUnknown(kit=kit_id)
    return Surroundings(**row)


def around_tablet(conn: Connection, tablet_id: str) -> Surroundings:
    """Return where a tablet lies: nowhere for a spare one. Raises `TabletUnknown`."""
    row = conn.one(
        "SELECT s.insee, s.uai, k.class_id, k.kit_id FROM tablet t LEFT JOIN slot p ON p.tablet_id = t.tablet_id"
        " LEFT JOIN kit k ON k.kit_id = p.kit_id LEFT JOIN school s ON s.uai = k.uai WHERE t.tablet_id = :id",
        id=tablet_id,
    )
    if row is None:
        raise TabletUnknown(tablet=tablet_id)
    return Surroundings(**row)


def within(reach: Reach, *, kit: str = "k", school: str = "s") -> tuple[str, dict[str, str]]:
    """Return the condition on the rows of ``kit`` and ``school``, as a query names them, and its parameters.

    Its parameters begin with ``reach_``. An empty reach gives a condition that holds nowhere.
    """
    if reach.everything:
        return "1 = 1", {}
    columns = {
        f"{school}.insee": reach.communes,
        f"{school}.uai": reach.schools,
        f"{kit}.class_id": reach.classes,
        f"{kit}.kit_id": reach.kits,
    }
    alternatives: list[str] = []
    values: dict[str, str] = {}
    for column, places in columns.items():
        names = []
        for place in sorted(places):
            name = f"reach_{len(values)}"
            values[name] = place
            names.append(f":{name}")
        if names:
            alternatives.append(f"{column} IN ({', '.join(names)})")
    return (f"({' OR '.join(alternatives)})" if alternatives else "1 = 0"), values
