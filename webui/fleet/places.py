"""A reach made narrower: what of it lies in one commune."""

from collections.abc import Iterable

from mdm.fleet.reach import Reach
from mdm.store import Connection


def within_commune(conn: Connection, reach: Reach, insee: str) -> Reach:
    """Return what of a reach lies in a commune."""
    if reach.everything or insee in reach.communes:
        return Reach(communes=frozenset({insee}))
    return Reach(
        schools=_there(conn, "SELECT uai AS it FROM school WHERE uai = :it AND insee = :insee", reach.schools, insee),
        classes=_there(conn, _CLASS, reach.classes, insee),
        kits=_there(conn, _KIT, reach.kits, insee),
    )


def _there(conn: Connection, query: str, places: Iterable[str], insee: str) -> frozenset[str]:
    rows = conn.many_returning(query, [{"it": one, "insee": insee} for one in sorted(places)])
    return frozenset(row["it"] for row in rows if row is not None)


_CLASS = """
SELECT c.class_id AS it FROM school_class c JOIN school s ON s.uai = c.uai WHERE c.class_id = :it AND s.insee = :insee
"""
_KIT = "SELECT k.kit_id AS it FROM kit k JOIN school s ON s.uai = k.uai WHERE k.kit_id = :it AND s.insee = :insee"
