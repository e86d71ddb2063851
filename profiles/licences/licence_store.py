"""SQL of licences: what each location owns, and to which devices Apple says that it is assigned."""

from collections.abc import Iterable, Mapping

import msgspec

from mdm.store import Connection

Pair = tuple[int, str]
"""An app's number in the App Store, and a device's serial number."""


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many licences of an app a location owns."""

    location_id: str
    store_id: int
    total: int
    assigned: int
    available: int
    unlimited: bool
    revocable: bool


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """An app of a location, in a list: its counts, its name where known, and how many wait for a licence of it."""

    count: Count
    name: str
    waiting: int


def counts(conn: Connection) -> list[Count]:
    """Return what the locations own."""
    rows = conn.all(
        "SELECT location_id, store_id, total, assigned, available, unlimited, revocable FROM licence_count"
        " ORDER BY location_id, store_id"
    )
    return [Count(**(row | {"unlimited": bool(row["unlimited"]), "revocable": bool(row["revocable"])})) for row in rows]


def replace_counts(conn: Connection, location_id: str, found: Iterable[Count]) -> None:
    """Keep what a location owns, and nothing that it does not own any more."""
    conn.run("DELETE FROM licence_count WHERE location_id = :location_id", location_id=location_id)
    conn.many(
        "INSERT INTO licence_count (location_id, store_id, total, assigned, available, unlimited, revocable)"
        " VALUES (:location_id, :store_id, :total, :assigned, :available, :unlimited, :revocable)",
        [
            msgspec.structs.asdict(one) | {"unlimited": int(one.unlimited), "revocable": int(one.revocable)}
            for one in found
        ],
    )


def move_counts(conn: Connection, location_id: str, assigned: Mapping[int, int]) -> None:
    """Note that so many licences of each app were assigned (a negative number: given back) since they were counted."""
    conn.many(
        "UPDATE licence_count SET assigned = assigned + :more,"
        " available = CASE WHEN unlimited = 1 THEN available ELSE available - :more END"
        " WHERE location_id = :location_id AND store_id = :store_id",
        [{"location_id": location_id, "store_id": store_id, "more": more} for store_id, more in assigned.items()],
    )


def assigned_at(conn: Connection, location_id: str) -> set[Pair]:
    """Return all that a location assigned."""
    rows = conn.stream(
        "SELECT store_id, serial FROM licence_assignment WHERE location_id = :location_id", location_id=location_id
    )
    return {(row["store_id"], row["serial"]) for row in rows}


def add_assignments(conn: Connection, location_id: str, pairs: Iterable[Pair]) -> dict[int, int]:
    """Note assignments; return how many of each app were not known yet."""
    return _by_app(
        conn,
        "INSERT INTO licence_assignment (location_id, store_id, serial) VALUES (:location_id, :store_id, :serial)"
        " ON CONFLICT DO NOTHING RETURNING store_id",
        location_id,
        pairs,
    )


def remove_assignments(conn: Connection, location_id: str, pairs: Iterable[Pair]) -> dict[int, int]:
    """Forget assignments; return how many of each app were known."""
    return _by_app(
        conn,
        "DELETE FROM licence_assignment WHERE location_id = :location_id AND store_id = :store_id"
        " AND serial = :serial RETURNING store_id",
        location_id,
        pairs,
    )


def assigned_number(conn: Connection, location_id: str) -> int:
    """Return how many licences of a location devices have."""
    row = conn.one(
        "SELECT COUNT(*) AS number FROM licence_assignment WHERE location_id = :location_id", location_id=location_id
    )
    return int(row["number"]) if row is not None else 0


def holders(conn: Connection, store_id: int) -> set[str]:
    """Return the tablets that have a licence of an app, from whichever location."""
    rows = conn.all(
        "SELECT tablet.tablet_id FROM licence_assignment JOIN tablet ON tablet.serial = licence_assignment.serial"
        " WHERE licence_assignment.store_id = :store_id",
        store_id=store_id,
    )
    return {row["tablet_id"] for row in rows}


def strangers(conn: Connection, location_id: str) -> int:
    """Return how many devices have licences of a location and are none of our tablets."""
    row = conn.one(
        "SELECT COUNT(DISTINCT serial) AS number FROM licence_assignment WHERE location_id = :location_id"
        " AND NOT EXISTS (SELECT 1 FROM tablet WHERE tablet.serial = licence_assignment.serial)",
        location_id=location_id,
    )
    return int(row["number"]) if row is not None else 0


def usages(conn: Connection) -> list[Usage]:
    """Return the apps of each location with their names and how many tablets wait for a licence of each."""
    names = app_names(conn)
    rows = conn.all(
        "SELECT store_id, COUNT(*) AS number FROM licence_wish WHERE wanted = 1 AND state <> 'done' GROUP BY store_id"
    )
    waiting = {row["store_id"]: row["number"] for row in rows}
    return [
        Usage(count=one, name=names.get(one.store_id, ""), waiting=waiting.get(one.store_id, 0)) for one in counts(conn)
    ]


def app_names(conn: Connection) -> dict[int, str]:
    """Return the names of apps that are known."""
    return {row["store_id"]: row["name"] for row in conn.all("SELECT store_id, name FROM licence_app")}


def name_apps(conn: Connection, names: Mapping[int, str]) -> None:
    """Keep the names of apps, for words."""
    conn.many(
        "INSERT INTO licence_app (store_id, name) VALUES (:store_id, :name)"
        " ON CONFLICT (store_id) DO UPDATE SET name = excluded.name WHERE licence_app.name <> excluded.name",
        [{"store_id": store_id, "name": name} for store_id, name in names.items()],
    )


def _by_app(conn: Connection, statement: str, location_id: str, pairs: Iterable[Pair]) -> dict[int, int]:
    rows = [{"location_id": location_id, "store_id": store_id, "serial": serial} for store_id, serial in pairs]
    touched: dict[int, int] = {}
    for row in conn.many_returning(statement, rows):
        if row is not None:
            touched[row["store_id"]] = touched.get(row["store_id"], 0) + 1
    return touched
