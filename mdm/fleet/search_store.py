"""SQL of the search. What begins with the text is found by indexes; a part of a text in one pass over a narrow table.

The pass ends as soon as it found enough: a text that all have costs nothing, and one that none has a whole pass.
"""

from mdm.fleet.reach import Reach
from mdm.fleet.reach_sql import reach_condition
from mdm.store import Connection, Row

_SAMPLE = 400
"""So many tablets that have a text are put in order; where there are more, the person writes more."""
_AFTER_ALL = "zzzzzzzzzzzz"


def near_tablets(conn: Connection, terms: tuple[str, ...], reach: Reach, *, limit: int) -> list[Row]:
    """Return ``{"tablet_id", "nearness", "name_key"}`` of the tablets that the whole text is, or begins.

    Nearness 0: the serial number; 1: the name, a slot's number also without its zero; 2: the beginning of either.
    """
    key = "".join(terms)
    within, params = _within(reach)
    rows = conn.all(
        _NEAR.format(within=within), key=key, padded=_padded(terms), end=key + _AFTER_ALL, limit=limit, **params
    )
    return sorted(rows, key=_order)


def tablets_with(conn: Connection, terms: tuple[str, ...], reach: Reach) -> list[Row]:
    """Return ``{"tablet_id", "name_key"}`` of tablets that have every term somewhere, by name; at most 400."""
    patterns = {f"term_{place}": f"%{term}%" for place, term in enumerate(terms)}
    every_term = " AND ".join(f"tablet_search.words LIKE :term_{place}" for place in range(len(terms)))
    within, params = _within(reach)
    rows = conn.all(_WITH.format(every_term=every_term, within=within), limit=_SAMPLE, **patterns, **params)
    return sorted(rows, key=lambda row: (row["name_key"], row["tablet_id"]))


def _order(row: Row) -> tuple[int, str, str]:
    return row["nearness"], row["name_key"], row["tablet_id"]


def _within(reach: Reach) -> tuple[str, dict[str, str]]:
    condition, params = reach_condition(reach)
    return ("" if reach.everything else _IN_REACH.format(condition=condition)), params


def _padded(terms: tuple[str, ...]) -> str:
    """Return the name's key with its number as slots write it: ``cassiopee 7`` is ``cassiopee07``."""
    *names, last = terms
    return "".join(names) + (f"{int(last):02d}" if names and last.isascii() and last.isdigit() else last)


_IN_REACH = "AND tablet_search.tablet_id IN (SELECT tablet_glance.tablet_id FROM tablet_glance WHERE {condition})"

# The keys have letters and digits only: whatever a database's collation, what begins with a key lies between it and it
# followed by the last letters.
_NEAR = """
SELECT * FROM (SELECT tablet_id, name_key, 0 AS nearness FROM tablet_search
    WHERE serial_key = :key AND serial_key <> '' {within} LIMIT :limit) AS same_serial
UNION ALL
SELECT * FROM (SELECT tablet_id, name_key, 1 AS nearness FROM tablet_search
    WHERE name_key IN (:key, :padded) {within} ORDER BY name_key, tablet_id LIMIT :limit) AS same_name
UNION ALL
SELECT * FROM (SELECT tablet_id, name_key, 2 AS nearness FROM tablet_search
    WHERE serial_key > :key AND serial_key < :end {within} ORDER BY serial_key LIMIT :limit) AS serial_begins
UNION ALL
SELECT * FROM (SELECT tablet_id, name_key, 2 AS nearness FROM tablet_search
    WHERE name_key > :key AND name_key < :end {within} ORDER BY name_key, tablet_id LIMIT :limit) AS name_begins
"""

# Terms have letters and digits only, so that no pattern needs an escape.
_WITH = "SELECT tablet_id, name_key FROM tablet_search WHERE {every_term} {within} LIMIT :limit"
