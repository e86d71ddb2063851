"""SQL of the names of schools and kits, for those who read what concerns them."""

from collections.abc import Collection

from mdm.store import Connection


def place_names_of(conn: Connection, places: Collection[str]) -> dict[str, str]:
    """Return the names of schools (by UAI) and kits (by identifier) that are meant and known."""
    found: dict[str, str] = {}
    for place in sorted(places):
        row = conn.one(
            "SELECT name FROM school WHERE uai = :place UNION ALL SELECT name FROM kit WHERE kit_id = :place",
            place=place,
        )
        if row is not None:
            found[place] = row["name"]
    return found
