"""Schools in numbers: kits, tablets, faults, loans, families and their training; no child's name."""

import msgspec

from mdm.fleet.place_store import within
from mdm.fleet.reach import Reach
from mdm.store import Connection


def _tablets(condition: str) -> str:
    return (
        "(SELECT COUNT(*) FROM kit JOIN slot ON slot.kit_id = kit.kit_id"  # noqa: S608
        f" JOIN tablet ON tablet.tablet_id = slot.tablet_id WHERE kit.uai = part.uai AND {condition})"
    )


_ALL, _READY, _LENT = _tablets("1 = 1"), _tablets("tablet.state = 'ready'"), _tablets("tablet.state = 'loaned'")


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
    """Return schools within a reach by name and UAI, from the one after ``last``; ``text``: a part of the name.

    A school is reached as a whole, or because of one of its kits or classes.
    """
    reached, places = within(reach, kit="kit", school="school")
    rows = conn.all(
        "WITH part AS (SELECT DISTINCT school.uai, school.name, school.insee FROM school"  # noqa: S608
        " LEFT JOIN kit ON kit.uai = school.uai"
        f" WHERE (school.name, school.uai) > (:name, :uai) AND lower(school.name) LIKE lower(:text) AND {reached}"
        " ORDER BY school.name, school.uai LIMIT :limit)"
        " SELECT part.uai, part.name, commune.name AS commune,"
        " (SELECT COUNT(*) FROM kit WHERE kit.uai = part.uai) AS kits,"
        f" {_ALL} AS tablets, {_READY} AS ready, {_LENT} AS lent,"
        " (SELECT COUNT(*) FROM fault WHERE fault.uai = part.uai AND fault.state <> 'closed') AS faults"
        " FROM part JOIN commune ON commune.insee = part.insee ORDER BY part.name, part.uai",
        name=last[0],
        uai=last[1],
        text=f"%{text}%",
        limit=limit,
        **places,
    )
    return [SchoolLine(**row) for row in rows]


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
