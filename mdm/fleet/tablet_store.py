"""Tablets in the store: finding, adding, listing. What changes their life is in `tablet_life` and `slot_binding`.

Every function runs inside the caller's transaction.
"""

from collections.abc import Sequence

from mdm.fleet.errors import TabletUnknown
from mdm.fleet.states import TabletState
from mdm.fleet.tablet import LastReport, Page, Place, Platform, Tablet, TabletView
from mdm.store import Connection, Row

PAGE_LIMIT = 1000
"""Tablets in one page of a list."""


def add_tablet(conn: Connection, tablet: Tablet) -> Tablet:
    """Store a tablet and return it; a tablet with that serial that is there already is returned as it is."""
    row = conn.one(
        "INSERT INTO tablet (tablet_id, platform, serial, name, state, state_since, model, created_at)"
        " VALUES (:tablet_id, :platform, :serial, :name, :state, :state_since, :model, :created_at)"
        " ON CONFLICT (serial) DO UPDATE SET name = tablet.name RETURNING *",
        tablet_id=tablet.tablet_id,
        platform=tablet.platform.value,
        serial=tablet.serial,
        name=tablet.name,
        state=tablet.state.value,
        state_since=tablet.state_since,
        model=tablet.model,
        created_at=tablet.created_at,
    )
    if row is None:
        raise TabletUnknown(tablet=tablet.tablet_id)
    return _tablet(row)


def require_tablet(conn: Connection, tablet_id: str) -> Tablet:
    """Return the tablet of that identifier; raise `TabletUnknown`."""
    row = conn.one("SELECT * FROM tablet WHERE tablet_id = :tablet_id", tablet_id=tablet_id)
    if row is None:
        raise TabletUnknown(tablet=tablet_id)
    return _tablet(row)


def hold_tablet(conn: Connection, tablet_id: str) -> Tablet:
    """Return a tablet that no other transaction can move or change before this one ends; raise `TabletUnknown`."""
    # Written to itself: on PostgreSQL this takes the row's lock, on SQLite the transaction has the only one.
    row = conn.one("UPDATE tablet SET name = name WHERE tablet_id = :tablet_id RETURNING *", tablet_id=tablet_id)
    if row is None:
        raise TabletUnknown(tablet=tablet_id)
    return _tablet(row)


def tablet_by_serial(conn: Connection, serial: str) -> Tablet | None:
    """Return the tablet with that serial number, or None."""
    row = conn.one("SELECT * FROM tablet WHERE serial = :serial", serial=serial)
    return _tablet(row) if row is not None else None


def tablet_by_udid(conn: Connection, udid: str) -> Tablet | None:
    """Return the iPad that enrolled with that UDID, or None."""
    row = conn.one(
        "SELECT * FROM tablet WHERE tablet_id = (SELECT tablet_id FROM apple_enrollment WHERE udid = :udid)", udid=udid
    )
    return _tablet(row) if row is not None else None


def find_tablet(conn: Connection, reference: str) -> Tablet:
    """Return the tablet that a person means: by identifier, serial number, or name where only one has it.

    Raises `TabletUnknown`.
    """
    rows = conn.all(
        "SELECT * FROM tablet WHERE tablet_id = :it OR serial = :it OR name = :it ORDER BY tablet_id", it=reference
    )
    sure = [row for row in rows if reference in (row["tablet_id"], row["serial"])]
    if not sure and len(rows) != 1:
        raise TabletUnknown(tablet=reference)
    return _tablet((sure or rows)[0])


def describe_tablet(conn: Connection, tablet_id: str, *, name: str, model: str, serial: str | None) -> bool:
    """Note a tablet's name, and its model and serial number where they are known; tell whether that is new.

    Who is told so has the tablet indexed again (`tablet_index`).
    """
    changed = conn.run(
        "UPDATE tablet SET name = :name, model = CASE WHEN :model = '' THEN model ELSE :model END,"
        " serial = COALESCE(serial, :serial) WHERE tablet_id = :tablet_id AND (name <> :name"
        " OR (:model <> '' AND model <> :model) OR (serial IS NULL AND COALESCE(serial, :serial) IS NOT NULL))",
        tablet_id=tablet_id,
        name=name,
        model=model,
        serial=serial,
    )
    return bool(changed)


def tablet_view(conn: Connection, tablet_id: str) -> TabletView:
    """Return a tablet with its place and its last report; raise `TabletUnknown`."""
    row = conn.one(_VIEW + "WHERE tablet.tablet_id = :tablet_id", tablet_id=tablet_id)
    if row is None:
        raise TabletUnknown(tablet=tablet_id)
    return view_of(row)


def tablet_views(conn: Connection, tablets: Sequence[str]) -> dict[str, TabletView]:
    """Return tablets with their places and last reports, by identifier; unknown ones are left out."""
    rows = conn.many_returning(
        _VIEW + "WHERE tablet.tablet_id = :tablet_id", [{"tablet_id": tablet_id} for tablet_id in tablets]
    )
    return {row["tablet_id"]: view_of(row) for row in rows if row is not None}


def search_tablets(
    conn: Connection,
    *,
    text: str = "",
    state: TabletState | None = None,
    platform: Platform | None = None,
    kit_id: str = "",
    uai: str = "",
    after: str = "",
    limit: int = 100,
) -> Page:
    """Return a page of tablets by name: those of a state, platform, kit or school, where these are given.

    ``text`` is the beginning of a name or a serial number, in any case (accented letters in their own case on
    SQLite). ``after`` is the ``next`` of the page before.
    """
    wanted = max(1, min(limit, PAGE_LIMIT))
    rows = conn.all(
        _VIEW + _PAGE,
        state=state.value if state else "",
        platform=platform.value if platform else "",
        kit_id=kit_id,
        uai=uai,
        prefix=beginning_pattern(text),
        after=after,
        limit=wanted + 1,
    )
    views = tuple(view_of(row) for row in rows[:wanted])
    return Page(tablets=views, next=views[-1].tablet.tablet_id if len(rows) > wanted else "")


def count_tablets(conn: Connection) -> dict[TabletState, int]:
    """Return how many tablets are in each state."""
    counts = dict.fromkeys(TabletState, 0)
    for row in conn.all("SELECT state, COUNT(*) AS tablets FROM tablet GROUP BY state"):
        counts[TabletState(row["state"])] = row["tablets"]
    return counts


def beginning_pattern(text: str) -> str:
    """Return the pattern of what begins with a text, for ``LIKE ... ESCAPE '!'``."""
    plain = " ".join(text.split()).replace("\0", "")
    return plain.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"


def _tablet(row: Row) -> Tablet:
    return Tablet(
        tablet_id=row["tablet_id"],
        platform=Platform(row["platform"]),
        serial=row["serial"],
        name=row["name"],
        state=TabletState(row["state"]),
        state_since=row["state_since"],
        model=row["model"],
        created_at=row["created_at"],
    )


def view_of(row: Row) -> TabletView:
    """Return a tablet with its place and last report from a row that has the columns of both."""
    place = None
    if row["kit_id"] is not None:
        place = Place(
            kit_id=row["kit_id"],
            kit_name=row["kit_name"],
            slot_number=row["slot_number"],
            uai=row["uai"],
            school_name=row["school_name"],
        )
    report = None
    if row["seen_at"] is not None:
        report = LastReport(
            seen_at=row["seen_at"],
            os_version=row["os_version"],
            model_name=row["model_name"],
            battery=row["battery"],
            capacity=row["capacity"],
            free_space=row["free_space"],
            supervised=None if row["supervised"] is None else bool(row["supervised"]),
        )
    return TabletView(tablet=_tablet(row), place=place, report=report, errors=row["errors"])


_VIEW = """
SELECT tablet.*,
    slot.kit_id, kit.name AS kit_name, slot.number AS slot_number, kit.uai, school.name AS school_name,
    tablet_report.seen_at, tablet_report.os_version, tablet_report.model_name, tablet_report.battery,
    tablet_report.capacity, tablet_report.free_space, tablet_report.supervised,
    (SELECT COUNT(*) FROM delivery WHERE delivery.tablet_id = tablet.tablet_id
        AND delivery.state = 'error' AND delivery.answered_at >= tablet.state_since) AS errors
FROM tablet
LEFT JOIN slot ON slot.tablet_id = tablet.tablet_id
LEFT JOIN kit ON kit.kit_id = slot.kit_id
LEFT JOIN school ON school.uai = kit.uai
LEFT JOIN tablet_report ON tablet_report.tablet_id = tablet.tablet_id
"""

_PAGE = """
WHERE (:state = '' OR tablet.state = :state)
    AND (:platform = '' OR tablet.platform = :platform)
    AND (:kit_id = '' OR slot.kit_id = :kit_id)
    AND (:uai = '' OR kit.uai = :uai)
    AND (lower(tablet.name) LIKE lower(:prefix) ESCAPE '!' OR lower(tablet.serial) LIKE lower(:prefix) ESCAPE '!')
    AND (:after = '' OR (tablet.name, tablet.tablet_id) >
        (SELECT last.name, last.tablet_id FROM tablet last WHERE last.tablet_id = :after))
ORDER BY tablet.name, tablet.tablet_id
LIMIT :limit
"""
