"""SQL of lists: tablets that pass a filter, a page at a time, in one of five orders.

Without a filter an order's own index is walked. With one, the tablets that pass are sorted, which costs the same
wherever in the list they lie; a place (kit, school, commune) is found by its index.
"""

from collections.abc import Iterator

import msgspec

from mdm.clock import DAY_MS
from mdm.fleet.folding import terms_of
from mdm.fleet.glance_store import version_rank
from mdm.fleet.reach import Reach
from mdm.fleet.reach_sql import reach_condition
from mdm.fleet_view.filters import CHARTERS_EDITION, TabletFilter
from mdm.store import Connection

BATTERY_LOW = 20
"""Percent; below this a tablet will not last a lesson."""

Place = tuple[str | int, str]
"""Where a tablet stands in a list: what it is sorted by, and its identifier."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is sorted by, ``name``, ``seen``, ``battery``, ``free`` or ``system``, and in which direction."""

    by: str = "name"
    descending: bool = False


COLUMNS = {
    "name": "tablet_glance.name_key",
    "seen": "tablet_glance.seen_at",
    "battery": "tablet_glance.battery",
    "free": "tablet_glance.free_space",
    "system": "tablet_glance.os_rank",
}

_CONDITIONS = {
    "state": "tablet_glance.state = :state",
    "platform": "tablet_glance.platform = :platform",
    "insee": "tablet_glance.insee = :insee",
    "uai": "tablet_glance.uai = :uai",
    "kit_id": "tablet_glance.kit_id = :kit_id",
    "spare": "tablet_glance.kit_id = ''",
    "model": "tablet_glance.model = :model",
    "older_than": "tablet_glance.os_rank >= 0 AND tablet_glance.os_rank < :rank",
    "unseen_days": "tablet_glance.seen_at < :unseen",
    "silent": "tablet_glance.seen_at < :month AND tablet_glance.state IN ('enrolled', 'ready', 'loaned')",
    "drifting": "tablet_glance.converged = 0",
    "storage_low": "tablet_glance.storage_low = 1",
    "battery_low": f"tablet_glance.battery BETWEEN 0 AND {BATTERY_LOW - 1}",
    "service": "tablet_glance.health = 'service-recommended'",
    "errors": "tablet_glance.errors > 0",
    "fault": "tablet_glance.tablet_id IN (SELECT fault.tablet_id FROM fault WHERE fault.closed_at IS NULL)",
}


class Chosen(msgspec.Struct, frozen=True):
    """A filter and a reach as SQL: a condition on ``tablet_glance``, its parameters, and whether all tablets pass."""

    condition: str
    params: dict[str, str | int]
    all: bool


def chosen(wanted: TabletFilter, reach: Reach, *, now: int) -> Chosen:
    """Return the condition for tablets that pass a filter, in reach."""
    within, params = reach_condition(reach)
    parts, values = [within], dict[str, str | int](params)
    for field, condition in _CONDITIONS.items():
        value = getattr(wanted, field)
        if not value:
            continue
        parts.append(condition)
        if field == "older_than":
            values["rank"] = version_rank(value)
        elif field == "unseen_days":
            values["unseen"] = now - value * DAY_MS
        elif field == "silent":
            values["month"] = now - 30 * DAY_MS
        elif not isinstance(value, bool):
            values[field] = str(value)
    for condition, value in _edition(wanted.edition):
        parts.append(condition)
        values["edition"] = value
    for place, term in enumerate(terms_of(wanted.text)):
        parts.append(_TERM.format(place=place))
        values[f"term_{place}"] = f"%{term}%"
    return Chosen(" AND ".join(parts), values, reach.everything and len(parts) == 1)


def places_of_page(
    conn: Connection, wanted: Chosen, order: Order, *, beyond: Place | None, backwards: bool, limit: int
) -> list[Place]:
    """Return where the tablets of a page stand, in the list's order; ``backwards``: those before ``beyond``."""
    downwards = order.descending is not backwards
    column = COLUMNS[order.by]
    # Computed where tablets are filtered, so that no engine walks an order's index to the end to find a few.
    sorted_by = column if wanted.all else f"{column} || ''" if order.by == "name" else f"{column} + 0"
    condition, params = wanted.condition, wanted.params
    if beyond is not None:
        condition += f" AND ({sorted_by}, tablet_glance.tablet_id) {'<' if downwards else '>'} (:beyond, :beyond_id)"
        params = {**params, "beyond": beyond[0], "beyond_id": beyond[1]}
    way = "DESC" if downwards else "ASC"
    rows = conn.all(
        f"SELECT {column} AS sorted_by, tablet_glance.tablet_id FROM tablet_glance WHERE {condition}"  # noqa: S608
        f" ORDER BY {sorted_by} {way}, tablet_glance.tablet_id {way} LIMIT :limit",
        **params,
        limit=limit,
    )
    found = [(row["sorted_by"], row["tablet_id"]) for row in rows]
    return found[::-1] if backwards else found


def count_chosen(conn: Connection, wanted: Chosen) -> int:
    """Return how many tablets pass."""
    row = conn.one(
        f"SELECT COUNT(*) AS tablets FROM tablet_glance WHERE {wanted.condition}",  # noqa: S608
        **wanted.params,
    )
    return int(row["tablets"]) if row is not None else 0


def models(conn: Connection) -> list[str]:
    """Return the models that there are, for a choice of them."""
    rows = conn.all("SELECT DISTINCT model FROM tablet_glance WHERE model <> '' ORDER BY model LIMIT 500")
    return [row["model"] for row in rows]


def _edition(edition: str) -> Iterator[tuple[str, str]]:
    if edition == CHARTERS_EDITION:
        yield "(tablet_glance.edition_id = '' OR tablet_glance.edition_id = :edition)", ""
    elif edition:
        yield _FOLLOWS, edition


_TERM = (
    "tablet_glance.tablet_id IN (SELECT tablet_search.tablet_id FROM tablet_search"
    " WHERE tablet_search.words LIKE :term_{place})"
)
_FOLLOWS = """
COALESCE(NULLIF(tablet_glance.edition_id, ''), (SELECT charter.current_id FROM charter WHERE charter.one = 1))
    = :edition
"""
