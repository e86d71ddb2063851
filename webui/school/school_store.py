"""Schools in numbers: kits, tablets, faults, loans, families and their training; no child's name."""

from collections.abc import Sequence

import msgspec

from mdm.fleet.place_store import within
from mdm.fleet.reach import Reach
from mdm.store import Connection
from webui.repairs.places import find_schools


def _tablets(condition: str) -> str:
    return (
        "(SELECT COUNT(*) FROM kit JOIN slot ON slot.kit_id = kit.kit_id"  # noqa: S608
        f" JOIN tablet ON tablet.tablet_id = slot.tablet_id WHERE kit.uai = school.uai AND {condition})"
    )


_ALL, _READY, _LENT = _tablets("1 = 1"), _tablets("tablet.state = 'ready'"), _tablets("tablet.state = 'loaned'")
_LINE = (
    "SELECT school.uai, school.name, commune.name AS commune,"  # noqa: S608
    " (SELECT COUNT(*) FROM kit WHERE kit.uai = school.uai) AS kits,"
    f" {_ALL} AS tablets, {_READY} AS ready, {_LENT} AS lent,"
    " (SELECT COUNT(*) FROM fault WHERE fault.uai = school.uai AND fault.state <> 'closed') AS faults"
    " FROM school JOIN commune ON commune.insee = school.insee WHERE school.uai = :uai"
)


class SchoolLine(msgspec.Struct, frozen=True, kw_only=True):
    """A school of the list, in numbers."""

    uai: str
    name: str
    commune: str
    kits: int
    tablets: int
    ready: int
    lent: int
    faults: int


class Families(msgspec.Struct, frozen=True, kw_only=True):
    """How far families are: pupils, guardians, those who have an account, those who did the training."""

    pupils: int
    guardians: int
    linked: int
    trained: int


def schools_after(conn: Connection, last: tuple[str, str], *, text: str, reach: Reach, limit: int) -> list[SchoolLine]:
    """Return schools within a reach by name and UAI, from the one after ``last``, that have all words of ``text``.

    A school is reached as a whole, or because of one of its kits or classes.
    """
    found = find_schools(conn, reach, text, after=last, limit=limit)
    return school_lines(conn, [one.uai for one in found])


def school_lines(conn: Connection, schools: Sequence[str]) -> list[SchoolLine]:
    """Return the numbers of schools, by UAI, in their order; those that are not there are left out."""
    rows = conn.many_returning(_LINE, [{"uai": uai} for uai in schools])
    return [SchoolLine(**row) for row in rows if row is not None]


def communes_reached(conn: Connection, reach: Reach) -> list[str]:
    """Return the INSEE codes of the communes in which some school is reached."""
    condition, places = within(reach, kit="kit", school="school")
    rows = conn.all(
        "SELECT DISTINCT school.insee FROM school LEFT JOIN kit ON kit.uai = school.uai"  # noqa: S608
        f" WHERE {condition} ORDER BY school.insee",
        **places,
    )
    return [row["insee"] for row in rows]


def schools_reached(conn: Connection, reach: Reach, *, insee: str = "") -> list[str]:
    """Return the schools that are reached as a whole, all or those of a commune; a class or a kit reaches none."""
    condition, places = within(
        msgspec.structs.replace(reach, classes=frozenset(), kits=frozenset()), kit="school", school="school"
    )
    rows = conn.all(
        f"SELECT school.uai FROM school WHERE (:insee = '' OR school.insee = :insee) AND {condition}"  # noqa: S608
        " ORDER BY school.uai",
        insee=insee,
        **places,
    )
    return [row["uai"] for row in rows]


def families(conn: Connection, uai: str) -> Families:
    """Return how far a school's families are."""
    of_school = (
        "SELECT DISTINCT guardianship.guardian_id FROM inscription"
        " JOIN guardianship ON guardianship.pupil_id = inscription.pupil_id WHERE inscription.uai = :uai"
    )
    row = conn.one(
        "SELECT (SELECT COUNT(*) FROM inscription WHERE uai = :uai) AS pupils,"  # noqa: S608
        f" (SELECT COUNT(*) FROM ({of_school}) AS one) AS guardians,"
        f" (SELECT COUNT(*) FROM guardian WHERE account_id IS NOT NULL AND guardian_id IN ({of_school})) AS linked,"
        f" (SELECT COUNT(*) FROM training_completion WHERE guardian_id IN ({of_school})) AS trained",
        uai=uai,
    )
    return Families(**row) if row is not None else Families(pupils=0, guardians=0, linked=0, trained=0)
