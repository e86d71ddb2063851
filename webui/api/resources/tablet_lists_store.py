"""Tablets in parts of a list by name, which stays cheap in a large fleet.

Without a school or a kit the index ``tablet_list`` alone is walked, in order, from the last name that was sent; only
the rows that are sent are looked up. A school or a kit has few tablets: they are found by their slots. CROSS JOIN makes
SQLite keep the order in which the tables are written; PostgreSQL finds it by itself.
"""

import msgspec

from mdm.fleet.place_store import within
from mdm.fleet.reach import EVERYTHING, Reach
from mdm.fleet.states import TabletState
from mdm.fleet.tablet import Platform, TabletView
from mdm.fleet.tablet_store import beginning_pattern, view_of
from mdm.store import Connection


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """Which tablets; what is empty chooses nothing. ``beginning`` of a name or a serial number, in any case."""

    beginning: str = ""
    state: TabletState | None = None
    platform: Platform | None = None
    uai: str = ""
    kit_id: str = ""
    reach: Reach = EVERYTHING


def tablets_after(conn: Connection, last: tuple[str, str], chosen: Chosen, *, limit: int) -> list[TabletView]:
    """Return tablets by name and identifier, from the one after ``last``.

    On SQLite accented letters match in their own case only.
    """
    in_places = bool(chosen.uai or chosen.kit_id or not chosen.reach.everything)
    reached, places = within(chosen.reach, kit="kit", school="school")
    rows = conn.all(
        of_place(reached) if in_places else OF_ALL,
        name=last[0],
        tablet_id=last[1],
        prefix=beginning_pattern(chosen.beginning),
        state=chosen.state.value if chosen.state else "",
        platform=chosen.platform.value if chosen.platform else "",
        limit=limit,
        **({"uai": chosen.uai, "kit_id": chosen.kit_id, **places} if in_places else {}),
    )
    return [view_of(row) for row in rows]


_FILTER = """
(tablet.name, tablet.tablet_id) > (:name, :tablet_id)
    AND (lower(tablet.name) LIKE lower(:prefix) ESCAPE '!' OR lower(tablet.serial) LIKE lower(:prefix) ESCAPE '!')
    AND (:state = '' OR tablet.state = :state)
    AND (:platform = '' OR tablet.platform = :platform)
ORDER BY tablet.name, tablet.tablet_id
LIMIT :limit
"""

_SHOWN = """
SELECT tablet.*, slot.kit_id, kit.name AS kit_name, slot.number AS slot_number, kit.uai, school.name AS school_name,
    tablet_report.seen_at, tablet_report.os_version, tablet_report.model_name, tablet_report.battery,
    tablet_report.capacity, tablet_report.free_space, tablet_report.supervised,
    (SELECT COUNT(*) FROM delivery WHERE delivery.tablet_id = tablet.tablet_id
        AND delivery.state = 'error' AND delivery.answered_at >= tablet.state_since) AS errors
FROM part CROSS JOIN tablet
LEFT JOIN slot ON slot.tablet_id = tablet.tablet_id
LEFT JOIN kit ON kit.kit_id = slot.kit_id
LEFT JOIN school ON school.uai = kit.uai
LEFT JOIN tablet_report ON tablet_report.tablet_id = tablet.tablet_id
WHERE tablet.tablet_id = part.tablet_id
ORDER BY tablet.name, tablet.tablet_id
"""

OF_ALL = f"WITH part AS (SELECT tablet.tablet_id FROM tablet WHERE {_FILTER}) {_SHOWN}"  # noqa: S608


def of_place(reached: str) -> str:
    """Return the query for the tablets of places; ``reached`` is the condition that `place_store.within` made."""
    return f"""
WITH part AS (
    SELECT tablet.tablet_id FROM kit CROSS JOIN school CROSS JOIN slot CROSS JOIN tablet
    WHERE school.uai = kit.uai AND {reached}
        AND (:uai = '' OR kit.uai = :uai) AND (:kit_id = '' OR kit.kit_id = :kit_id)
        AND slot.kit_id = kit.kit_id AND tablet.tablet_id = slot.tablet_id AND {_FILTER}
) {_SHOWN}
"""  # noqa: S608
