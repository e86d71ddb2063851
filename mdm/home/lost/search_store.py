"""Searches, and who looked at a position, in the store. Every function runs inside the caller's transaction."""

import msgspec

from mdm.home.lost.search import Look, Means, Screen, Search, SearchState, Standing, Stopped
from mdm.store import Connection, Row

DUE_AT_ONCE = 50


def hold_search(conn: Connection, tablet_id: str) -> Search | None:
    """Return a tablet's open search, that no other transaction can change before this one ends; None without one."""
    row = conn.one(
        "UPDATE lost_search SET state = state WHERE tablet_id = :tablet_id AND state <> 'ended' RETURNING *",
        tablet_id=tablet_id,
    )
    return _search(row) if row is not None else None


def open_search(conn: Connection, tablet_id: str) -> Search | None:
    """Return a tablet's open search; None without one."""
    row = conn.one("SELECT * FROM lost_search WHERE tablet_id = :tablet_id AND state <> 'ended'", tablet_id=tablet_id)
    return _search(row) if row is not None else None


def hold_unfinished(conn: Connection, tablet_id: str) -> list[Search]:
    """Return a tablet's searches in which something is to be done or awaited, the oldest first, held for this one."""
    rows = conn.all(
        "UPDATE lost_search SET state = state WHERE tablet_id = :tablet_id"
        " AND (state <> 'ended' OR due_at IS NOT NULL OR screen_command IS NOT NULL) RETURNING *",
        tablet_id=tablet_id,
    )
    return sorted(map(_search, rows), key=lambda one: (one.declared_at, one.search_id))


def due_tablets(conn: Connection, *, now: int) -> list[str]:
    """Return tablets whose search is to be looked at."""
    rows = conn.all(
        "SELECT tablet_id FROM lost_search WHERE due_at <= :now ORDER BY due_at, search_id LIMIT :limit",
        now=now,
        limit=DUE_AT_ONCE,
    )
    return list(dict.fromkeys(row["tablet_id"] for row in rows))


def save_search(conn: Connection, search: Search) -> None:
    """Keep what changed in a search."""
    conn.run(
        "UPDATE lost_search SET state = :state, declared_as = :declared_as, guardian = :guardian,"
        " first_by = :first_by, first_as = :first_as, second_by = :second_by, second_as = :second_as,"
        " searching_since = :searching_since, searching_until = :searching_until, stopped_why = :stopped_why,"
        " screen = :screen, screen_words = :screen_words, screen_number = :screen_number,"
        " screen_command = :screen_command, screen_problem = :screen_problem, place_command = :place_command,"
        " place_asked_at = :place_asked_at, place_problem = :place_problem, rang_at = :rang_at,"
        " sealed_position = :sealed_position, due_at = :due_at WHERE search_id = :search_id",
        **{
            name: str(value) if isinstance(value, SearchState | Screen | Standing | Stopped) else value
            for name, value in msgspec.structs.asdict(search).items()
            if name not in ("tablet_id", "loan_id", "declared_at", "ended_at", "ended_why")
        },
    )


def means_of(conn: Connection, tablet_id: str) -> Means:
    """Return what can be done to a tablet from afar; an iPad that did not say whether it is supervised is tried."""
    row = conn.one(
        "SELECT tablet.platform, apple_enrollment.state, tablet_report.supervised FROM tablet"
        " LEFT JOIN apple_enrollment ON apple_enrollment.tablet_id = tablet.tablet_id"
        " AND apple_enrollment.state = 'enrolled'"
        " LEFT JOIN tablet_report ON tablet_report.tablet_id = tablet.tablet_id WHERE tablet.tablet_id = :tablet_id",
        tablet_id=tablet_id,
    )
    if row is None:
        return Means.NOTHING
    if row["platform"] == "android":
        return Means.AGENT
    if row["state"] is None:
        return Means.NOTHING
    return Means.LOCK if row["supervised"] == 0 else Means.LOST_MODE


def school_of(conn: Connection, tablet_id: str) -> str:
    """Return the name of the school whose kit a tablet belongs to; empty for one without a place."""
    row = conn.one(
        "SELECT school.name FROM slot JOIN kit ON kit.kit_id = slot.kit_id JOIN school ON school.uai = kit.uai"
        " WHERE slot.tablet_id = :tablet_id",
        tablet_id=tablet_id,
    )
    return row["name"] if row is not None else ""


def heard_at(conn: Connection, tablet_id: str) -> int | None:
    """Return when a tablet was heard last, in milliseconds."""
    row = conn.one("SELECT seen_at FROM tablet_report WHERE tablet_id = :tablet_id", tablet_id=tablet_id)
    return row["seen_at"] if row is not None else None


def delivery_state(conn: Connection, tablet_id: str, command_id: str) -> str:
    """Return how far a tablet is with a command; empty for one that it never had."""
    row = conn.one(
        "SELECT state FROM delivery WHERE tablet_id = :tablet_id AND command_id = :command_id",
        tablet_id=tablet_id,
        command_id=command_id,
    )
    return row["state"] if row is not None else ""


def withdraw(conn: Connection, tablet_id: str, command_id: str, *, now: int) -> None:
    """Take a command back that was not answered."""
    conn.run(
        "UPDATE delivery SET state = 'cancelled', answered_at = :now WHERE tablet_id = :tablet_id"
        " AND command_id = :command_id AND state IN ('queued', 'sent', 'not_now')",
        tablet_id=tablet_id,
        command_id=command_id,
        now=now,
    )


def add_look(conn: Connection, search_id: str, look: Look) -> None:
    """Note that somebody looked at the position."""
    conn.run(
        "INSERT INTO lost_look (search_id, looked_at, looked_by, looked_as) VALUES (:search_id, :at, :by, :standing)"
        " ON CONFLICT (search_id, looked_at, looked_by) DO NOTHING",
        search_id=search_id,
        at=look.at,
        by=look.by,
        standing=look.standing.value,
    )


def looks_of(conn: Connection, search_id: str, *, limit: int = 50) -> tuple[Look, ...]:
    """Return who looked at a search's position, the last one first."""
    rows = conn.all(
        "SELECT looked_at, looked_by, looked_as FROM lost_look WHERE search_id = :search_id"
        " ORDER BY looked_at DESC LIMIT :limit",
        search_id=search_id,
        limit=limit,
    )
    return tuple(Look(at=row["looked_at"], by=row["looked_by"], standing=Standing(row["looked_as"])) for row in rows)


def last_search_of_loan(conn: Connection, loan_id: str) -> Search | None:
    """Return the newest search of a loan, ended or not; None without one."""
    row = conn.one(
        "SELECT * FROM lost_search WHERE loan_id = :loan_id ORDER BY declared_at DESC, search_id DESC LIMIT 1",
        loan_id=loan_id,
    )
    return _search(row) if row is not None else None


def _search(row: Row) -> Search:
    sealed = row["sealed_position"]
    return Search(
        **{
            **row,
            "state": SearchState(row["state"]),
            "declared_as": Standing(row["declared_as"]),
            "first_as": Standing(row["first_as"]),
            "second_as": Standing(row["second_as"]),
            "stopped_why": Stopped(row["stopped_why"]),
            "screen": Screen(row["screen"]),
            "sealed_position": bytes(sealed) if sealed is not None else None,
        }
    )
