"""Where faults and inventories lie, and the schools and kits that somebody reaches. Inside the caller's transaction.

A fault lies where its tablet belonged when it was reported: a tablet that left its kit takes no repair out of the
school's sight.
"""

from collections.abc import Sequence

import msgspec

from mdm.fleet.folding import fold, terms_of
from mdm.fleet.place_store import within
from mdm.fleet.reach import Reach
from mdm.fleet.tablet import Platform
from mdm.repairs.errors import FaultUnknown
from mdm.repairs.inventory.errors import InventoryUnknown
from mdm.store import Connection, Row
from webui.scopes import Place

SCHOOLS_SHOWN = 20
"""Schools, or kits, in one answer to a search."""
_SCHOOLS_MEANT = 500


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Schools (UAIs) and kits (identifiers), as `FaultFilter` wants them; both None is everywhere."""

    schools: tuple[str, ...] | None = None
    kits: tuple[str, ...] | None = None


class FoundSchool(msgspec.Struct, frozen=True, kw_only=True):
    """A school that was found. ``whole``: all of it is reached, not only some of its kits."""

    uai: str
    name: str
    commune: str
    whole: bool


class FoundKit(msgspec.Struct, frozen=True, kw_only=True):
    """A kit that was found; ``free``: the numbers of its empty places."""

    kit_id: str
    name: str
    uai: str
    school_name: str
    platform: Platform
    free: tuple[int, ...] = ()


def fault_place(conn: Connection, fault_id: str) -> Place:
    """Return where a fault lies, nowhere for that of a spare; raise `FaultUnknown`."""
    row = conn.one(
        "SELECT s.insee, f.uai, k.class_id, f.kit_id FROM fault f LEFT JOIN school s ON s.uai = f.uai"
        " LEFT JOIN kit k ON k.kit_id = f.kit_id WHERE f.fault_id = :fault_id",
        fault_id=fault_id,
    )
    if row is None:
        raise FaultUnknown(fault=fault_id)
    return Place(**row)


def inventory_place(conn: Connection, inventory_id: str) -> Place:
    """Return where an inventory is taken, in a kit or in all of a school; raise `InventoryUnknown`."""
    row = conn.one(
        "SELECT s.insee, i.uai, k.class_id, i.kit_id FROM inventory i JOIN school s ON s.uai = i.uai"
        " LEFT JOIN kit k ON k.kit_id = i.kit_id WHERE i.inventory_id = :inventory_id",
        inventory_id=inventory_id,
    )
    if row is None:
        raise InventoryUnknown(inventory=inventory_id)
    return Place(**row)


def reached(conn: Connection, reach: Reach) -> Places:
    """Return a reach as schools and kits: its communes' schools, and the kits that its classes have now."""
    if reach.everything:
        return Places()
    schools, kits = set(reach.schools), set(reach.kits)
    for insee in sorted(reach.communes):
        found = conn.all("SELECT uai FROM school WHERE insee = :insee", insee=insee)
        schools |= {one["uai"] for one in found}
    for class_id in sorted(reach.classes):
        found = conn.all("SELECT kit_id FROM kit WHERE class_id = :class_id", class_id=class_id)
        kits |= {one["kit_id"] for one in found}
    return Places(schools=tuple(sorted(schools)), kits=tuple(sorted(kits)))


def find_schools(
    conn: Connection,
    reach: Reach,
    words: str,
    *,
    after: tuple[str, str] = ("", ""),
    limit: int = SCHOOLS_SHOWN,
) -> list[FoundSchool]:
    """Return schools in which something is reached, by name: those whose code, name or commune has all the words.

    ``after``: the name and the code of the school after which they begin.
    """
    condition, params = within(reach, school="x")
    rows = conn.stream(
        "SELECT s.uai, s.name, c.name AS commune, s.insee FROM school s JOIN commune c ON c.insee = s.insee"  # noqa: S608
        " WHERE EXISTS (SELECT 1 FROM school x LEFT JOIN kit k ON k.uai = x.uai"
        f" WHERE x.uai = s.uai AND {condition}) AND (s.name, s.uai) > (:after_name, :after_uai)"
        " ORDER BY s.name, s.uai",
        after_name=after[0],
        after_uai=after[1],
        **params,
    )
    terms, found = terms_of(words), list[FoundSchool]()
    for row in rows:
        if _has(terms, row["uai"], row["name"], row["commune"]):
            whole = reach.everything or row["insee"] in reach.communes or row["uai"] in reach.schools
            found.append(FoundSchool(uai=row["uai"], name=row["name"], commune=row["commune"], whole=whole))
        if len(found) == limit:
            break
    return found


def find_kits(
    conn: Connection, reach: Reach, words: str, *, limit: int = SCHOOLS_SHOWN, free_for: Platform | None = None
) -> list[FoundKit]:
    """Return kits in reach, by school and name: those whose name, school or commune has all the words.

    ``free_for``: only kits of this platform with an empty place.
    """
    condition, params = within(reach)
    rows = conn.stream(
        "SELECT k.kit_id, k.name, k.uai, k.platform, s.name AS school_name, c.name AS commune FROM kit k"  # noqa: S608
        " JOIN school s ON s.uai = k.uai JOIN commune c ON c.insee = s.insee"
        f" WHERE {condition} AND (:platform = '' OR (k.platform = :platform AND EXISTS"
        " (SELECT 1 FROM slot p WHERE p.kit_id = k.kit_id AND p.tablet_id IS NULL)))"
        " ORDER BY s.name, k.uai, k.name",
        platform=free_for.value if free_for else "",
        **params,
    )
    terms, chosen = terms_of(words), list[Row]()
    for row in rows:
        if _has(terms, row["uai"], row["name"], row["school_name"], row["commune"]):
            chosen.append(row)
        if len(chosen) == limit:
            break
    return [_kit(conn, row) for row in chosen]


def kits_named(conn: Connection, kit_ids: Sequence[str]) -> list[FoundKit]:
    """Return the kits of these identifiers that there are, in their order."""
    rows = conn.many_returning(
        "SELECT k.kit_id, k.name, k.uai, k.platform, s.name AS school_name FROM kit k JOIN school s ON s.uai = k.uai"
        " WHERE k.kit_id = :kit_id",
        [{"kit_id": kit_id} for kit_id in dict.fromkeys(kit_ids)],
    )
    return [_kit(conn, row) for row in rows if row is not None]


def places_meant(conn: Connection, reach: Reach, school: str) -> Places:
    """Return what is reached of the schools that a text names; of all without one."""
    all_reached = reached(conn, reach)
    if not terms_of(school):
        return all_reached
    wanted = {one.uai for one in find_schools(conn, reach, school, limit=_SCHOOLS_MEANT)}
    if all_reached.schools is None:
        return Places(schools=tuple(sorted(wanted)), kits=())
    kits = [
        row["kit_id"]
        for kit_id in all_reached.kits or ()
        for row in conn.all("SELECT kit_id, uai FROM kit WHERE kit_id = :kit_id", kit_id=kit_id)
        if row["uai"] in wanted
    ]
    return Places(schools=tuple(sorted(wanted & set(all_reached.schools))), kits=tuple(kits))


def _kit(conn: Connection, row: Row) -> FoundKit:
    free = conn.all(
        "SELECT number FROM slot WHERE kit_id = :kit_id AND tablet_id IS NULL ORDER BY number", kit_id=row["kit_id"]
    )
    return FoundKit(
        kit_id=row["kit_id"],
        name=row["name"],
        uai=row["uai"],
        school_name=row["school_name"],
        platform=Platform(row["platform"]),
        free=tuple(one["number"] for one in free),
    )


def _has(terms: tuple[str, ...], *texts: str) -> bool:
    if not terms:
        return True
    text = fold(" ".join(texts))
    return all(term in text for term in terms)
