"""SQL of the tablets to wake: one row a tablet, claimed in batches so that several servers share the work."""

from collections.abc import Sequence

import msgspec

from mdm.store import Connection


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A tablet to wake; ``due_at`` in milliseconds. ``attempts`` counts the failures so far."""

    tablet_id: str
    due_at: int
    attempts: int


def claim(conn: Connection, *, owner: str, platform: str, now: int, until: int, limit: int) -> list[Wish]:
    """Claim due wishes for tablets of a platform, the longest waiting first; nobody else gets them before ``until``."""
    rows = conn.all(
        "UPDATE wake SET claimed_by = :owner, claimed_until = :until WHERE tablet_id IN ("
        " SELECT tablet_id FROM wake WHERE platform = :platform AND due_at <= :now"
        " AND (claimed_until IS NULL OR claimed_until <= :now) ORDER BY due_at LIMIT :limit)"
        " AND (claimed_until IS NULL OR claimed_until <= :now) RETURNING tablet_id, due_at, attempts",
        owner=owner,
        platform=platform,
        until=until,
        now=now,
        limit=limit,
    )
    return [Wish(**row) for row in rows]


def wished_since(conn: Connection, since: int) -> dict[str, int]:
    """Return the Android tablets for which a wake was wished at ``since`` (ms) or later, with when that was."""
    rows = conn.all("SELECT tablet_id, due_at FROM wake WHERE platform = 'android' AND due_at >= :since", since=since)
    return {row["tablet_id"]: row["due_at"] for row in rows}


def fulfilled(conn: Connection, wishes: Sequence[Wish]) -> None:
    """Forget wishes that were pushed; one that was made anew meanwhile stays, and is due."""
    rows = [{"tablet_id": wish.tablet_id, "due_at": wish.due_at} for wish in wishes]
    conn.many("DELETE FROM wake WHERE tablet_id = :tablet_id AND due_at = :due_at", rows)
    conn.many(
        "UPDATE wake SET claimed_by = NULL, claimed_until = NULL WHERE tablet_id = :tablet_id",
        [{"tablet_id": wish.tablet_id} for wish in wishes],
    )


def put_off(conn: Connection, wishes: Sequence[tuple[Wish, int, str]]) -> None:
    """Make wishes due again at a time (ms), with the reason of the failure."""
    conn.many(
        "UPDATE wake SET due_at = :due_at, attempts = attempts + 1, last_reason = :reason, claimed_by = NULL,"
        " claimed_until = NULL WHERE tablet_id = :tablet_id",
        [{"tablet_id": wish.tablet_id, "due_at": due_at, "reason": reason} for wish, due_at, reason in wishes],
    )


def release(conn: Connection, owner: str) -> None:
    """Give back what ``owner`` claimed and did not push."""
    conn.run("UPDATE wake SET claimed_by = NULL, claimed_until = NULL WHERE claimed_by = :owner", owner=owner)


def forget(conn: Connection, tablets: Sequence[str]) -> None:
    """Forget the wishes for tablets that cannot be woken."""
    conn.many("DELETE FROM wake WHERE tablet_id = :tablet_id", [{"tablet_id": one} for one in tablets])


def next_due(conn: Connection) -> int | None:
    """Return when the next wish is due, in milliseconds."""
    row = conn.one("SELECT MIN(CASE WHEN claimed_until > due_at THEN claimed_until ELSE due_at END) AS at FROM wake")
    return None if row is None or row["at"] is None else int(row["at"])


def waiting(conn: Connection) -> int:
    """Return how many tablets wait to be woken."""
    row = conn.one("SELECT COUNT(*) AS number FROM wake")
    return int(row["number"]) if row else 0
