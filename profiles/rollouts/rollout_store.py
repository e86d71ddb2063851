"""SQL of rollouts: the rollouts, each change of their state, and their kits. Inside the caller's transaction."""

from collections.abc import Sequence

import msgspec

from mdm.store import Connection, Row
from profiles.rollouts.reason import Reason
from profiles.rollouts.rollout import ACTIVE, Change, Plan, Rollout, RolloutState
from profiles.rollouts.selection import PlacedKit

_COLUMNS = (
    "rollout_id, edition_id, previous_id, state, plan, wave, wave_opened_at, reason, created_at, created_by, ended_at"
)


class ChangeLine(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a rollout's state. ``words``: what the person gave as the reason."""

    at: int
    actor: str
    change: Change
    state: RolloutState
    wave: int
    reason: Reason | None
    words: str


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A kit that could be moved, with the edition that it follows now."""

    kit_id: str
    uai: str
    edition_id: str


class KitToMove(msgspec.Struct, frozen=True, kw_only=True):
    """A kit of a wave that was not moved yet, in its place."""

    kit_id: str
    uai: str


class WaveKits(msgspec.Struct, frozen=True, kw_only=True):
    """The kits of a wave: all, moved, and gone back. Times in milliseconds."""

    wave: int
    kits: int
    moved: int
    returned: int
    last_moved_at: int | None


def insert_rollout(conn: Connection, rollout: Rollout) -> None:
    """Store a rollout that was planned."""
    conn.run(
        f"INSERT INTO rollout ({_COLUMNS}) VALUES (:rollout_id, :edition_id, :previous_id, :state, :plan, :wave,"  # noqa: S608
        " :wave_opened_at, NULL, :created_at, :created_by, NULL)",
        rollout_id=rollout.rollout_id,
        edition_id=rollout.edition_id,
        previous_id=rollout.previous_id,
        state=rollout.state.value,
        plan=msgspec.json.encode(rollout.plan, order="sorted").decode(),
        wave=rollout.wave,
        wave_opened_at=rollout.wave_opened_at,
        created_at=rollout.created_at,
        created_by=rollout.created_by,
    )


def find_rollout(conn: Connection, reference: str) -> Rollout | None:
    """Return the rollout that a person means: by the beginning of its identifier, or with nothing the last one."""
    rows = conn.all(
        f"SELECT {_COLUMNS} FROM rollout WHERE substr(rollout_id, 1, :length) = :reference"  # noqa: S608
        " ORDER BY CASE WHEN active = 1 THEN 0 ELSE 1 END, rollout_id DESC",
        reference=reference,
        length=len(reference),
    )
    if not rows or (reference and len(rows) > 1):
        return None
    return _rollout(rows[0])


def list_rollouts(conn: Connection) -> list[Rollout]:
    """Return the rollouts, newest first."""
    return [_rollout(row) for row in conn.all(f"SELECT {_COLUMNS} FROM rollout ORDER BY rollout_id DESC")]  # noqa: S608


def open_rollouts(conn: Connection) -> list[Rollout]:
    """Return the rollouts that are not over: at most one is active, others are planned."""
    rows = conn.all(
        f"SELECT {_COLUMNS} FROM rollout WHERE active = 1 OR state = 'planned' ORDER BY rollout_id"  # noqa: S608
    )
    return [_rollout(row) for row in rows]


def active_rollout(conn: Connection) -> Rollout | None:
    """Return the rollout that runs, is paused or rolls back."""
    row = conn.one(f"SELECT {_COLUMNS} FROM rollout WHERE active = 1")  # noqa: S608
    return None if row is None else _rollout(row)


def hold_rollout(conn: Connection, rollout_id: str) -> Rollout | None:
    """Return a rollout that no other transaction can change before this one ends."""
    # Written to itself: on PostgreSQL this takes the row's lock, on SQLite the transaction has the only one.
    row = conn.one(
        f"UPDATE rollout SET wave = wave WHERE rollout_id = :rollout_id RETURNING {_COLUMNS}",  # noqa: S608
        rollout_id=rollout_id,
    )
    return None if row is None else _rollout(row)


def save_state(conn: Connection, rollout: Rollout) -> None:
    """Keep a rollout's state, wave and reason, and the edition that it goes back to."""
    conn.run(
        "UPDATE rollout SET previous_id = :previous_id, state = :state, active = :active, wave = :wave,"
        " wave_opened_at = :wave_opened_at, reason = :reason, ended_at = :ended_at WHERE rollout_id = :rollout_id",
        rollout_id=rollout.rollout_id,
        previous_id=rollout.previous_id,
        state=rollout.state.value,
        active=1 if rollout.state in ACTIVE else None,
        wave=rollout.wave,
        wave_opened_at=rollout.wave_opened_at,
        reason=_reason_text(rollout.reason),
        ended_at=rollout.ended_at,
    )


def add_change(conn: Connection, rollout_id: str, line: ChangeLine) -> None:
    """Add a change to a rollout's history."""
    conn.run(
        "INSERT INTO rollout_change (rollout_id, position, at, actor, change, state, wave, reason, words)"
        " SELECT :rollout_id, COALESCE(MAX(position), 0) + 1, :at, :actor, :change, :state, :wave, :reason, :words"
        " FROM rollout_change WHERE rollout_id = :rollout_id",
        rollout_id=rollout_id,
        at=line.at,
        actor=line.actor,
        change=line.change.value,
        state=line.state.value,
        wave=line.wave,
        reason=_reason_text(line.reason),
        words=line.words,
    )


def changes_of(conn: Connection, rollout_id: str) -> list[ChangeLine]:
    """Return a rollout's history, oldest first."""
    rows = conn.all(
        "SELECT at, actor, change, state, wave, reason, words FROM rollout_change WHERE rollout_id = :rollout_id"
        " ORDER BY position",
        rollout_id=rollout_id,
    )
    return [
        ChangeLine(
            **{
                **row,
                "change": Change(row["change"]),
                "state": RolloutState(row["state"]),
                "reason": _reason(row["reason"]),
            }
        )
        for row in rows
    ]


def candidates(conn: Connection, edition_id: str) -> list[Candidate]:
    """Return the kits that follow another edition than this one, with the one that they follow."""
    rows = conn.all(
        "SELECT k.kit_id, k.uai, COALESCE(k.edition_id, s.edition_id, c.current_id) AS edition_id FROM kit k"
        " JOIN school s ON s.uai = k.uai JOIN charter c ON c.one = 1"
        " WHERE COALESCE(k.edition_id, s.edition_id, c.current_id) <> :edition_id ORDER BY k.kit_id",
        edition_id=edition_id,
    )
    return [Candidate(**row) for row in rows]


def add_kits(conn: Connection, rollout_id: str, kits: Sequence[PlacedKit]) -> None:
    """Store a rollout's kits in their waves; one that is there already stays as it is."""
    conn.many(
        "INSERT INTO rollout_kit (rollout_id, kit_id, uai, wave, position)"
        " SELECT :rollout_id, kit_id, uai, CAST(:wave AS BIGINT), CAST(:position AS BIGINT) FROM kit"
        " WHERE kit_id = :kit_id ON CONFLICT DO NOTHING",
        [{"rollout_id": rollout_id, **msgspec.structs.asdict(kit)} for kit in kits],
    )


def clear_kits(conn: Connection, rollout_id: str) -> None:
    """Forget a rollout's kits, of which none was moved."""
    conn.run("DELETE FROM rollout_kit WHERE rollout_id = :rollout_id AND moved_at IS NULL", rollout_id=rollout_id)


def concerns(conn: Connection, rollout: Rollout, *, kit_id: str | None, uai: str | None) -> bool:
    """Tell whether a kit, or one of a school's kits, is in a rollout, or would still be taken into it."""
    row = conn.one(
        "SELECT 1 AS found FROM kit k JOIN school s ON s.uai = k.uai JOIN charter c ON c.one = 1"
        " WHERE (k.kit_id = :kit_id OR k.uai = :uai)"
        " AND (COALESCE(k.edition_id, s.edition_id, c.current_id) <> :edition_id OR EXISTS ("
        " SELECT 1 FROM rollout_kit r WHERE r.rollout_id = :rollout_id AND r.kit_id = k.kit_id)) LIMIT 1",
        kit_id=kit_id or "",
        uai=uai or "",
        edition_id=rollout.edition_id,
        rollout_id=rollout.rollout_id,
    )
    return row is not None


def new_kits(conn: Connection, rollout: Rollout) -> list[str]:
    """Return kits that are not in a rollout and follow another edition than its own: made since it was planned."""
    rows = conn.all(
        "SELECT k.kit_id FROM kit k JOIN school s ON s.uai = k.uai JOIN charter c ON c.one = 1"
        " WHERE COALESCE(k.edition_id, s.edition_id, c.current_id) <> :edition_id AND NOT EXISTS ("
        " SELECT 1 FROM rollout_kit r WHERE r.rollout_id = :rollout_id AND r.kit_id = k.kit_id) ORDER BY k.kit_id",
        edition_id=rollout.edition_id,
        rollout_id=rollout.rollout_id,
    )
    return [row["kit_id"] for row in rows]


def kits_to_move(conn: Connection, rollout_id: str, wave: int) -> list[KitToMove]:
    """Return the kits of a wave that were not moved, in their order."""
    rows = conn.all(
        "SELECT kit_id, uai FROM rollout_kit WHERE rollout_id = :rollout_id AND wave = :wave AND moved_at IS NULL"
        " ORDER BY position, kit_id",
        rollout_id=rollout_id,
        wave=wave,
    )
    return [KitToMove(**row) for row in rows]


def kits_of_wave(conn: Connection, rollout_id: str, wave: int) -> list[KitToMove]:
    """Return all the kits of a wave, in their order."""
    rows = conn.all(
        "SELECT kit_id, uai FROM rollout_kit WHERE rollout_id = :rollout_id AND wave = :wave ORDER BY position, kit_id",
        rollout_id=rollout_id,
        wave=wave,
    )
    return [KitToMove(**row) for row in rows]


def kits_to_return(conn: Connection, rollout_id: str, *, limit: int) -> list[str]:
    """Return moved kits that did not go back yet, the last moved first."""
    rows = conn.all(
        "SELECT kit_id FROM rollout_kit WHERE rollout_id = :rollout_id AND moved_at IS NOT NULL"
        " AND returned_at IS NULL ORDER BY moved_at DESC, kit_id LIMIT :limit",
        rollout_id=rollout_id,
        limit=limit,
    )
    return [row["kit_id"] for row in rows]


def moved_since(conn: Connection, rollout_id: str, *, after: int, now: int) -> int:
    """Return how many kits were moved between two moments."""
    row = conn.one(
        "SELECT COUNT(*) AS n FROM rollout_kit WHERE rollout_id = :rollout_id AND moved_at > :after"
        " AND moved_at <= :now",
        rollout_id=rollout_id,
        after=after,
        now=now,
    )
    return 0 if row is None else int(row["n"])


def claim_move(conn: Connection, rollout_id: str, kit_id: str, *, now: int) -> KitToMove | None:
    """Note that a kit is moved; None when it was already, so that it is moved once."""
    row = conn.one(
        "UPDATE rollout_kit SET moved_at = :now WHERE rollout_id = :rollout_id AND kit_id = :kit_id"
        " AND moved_at IS NULL RETURNING kit_id, uai",
        rollout_id=rollout_id,
        kit_id=kit_id,
        now=now,
    )
    return None if row is None else KitToMove(**row)


def claim_return(conn: Connection, rollout_id: str, kit_id: str, *, now: int) -> bool:
    """Note that a moved kit goes back; False when it did already."""
    return bool(
        conn.run(
            "UPDATE rollout_kit SET returned_at = :now WHERE rollout_id = :rollout_id AND kit_id = :kit_id"
            " AND moved_at IS NOT NULL AND returned_at IS NULL",
            rollout_id=rollout_id,
            kit_id=kit_id,
            now=now,
        )
    )


def wave_kits(conn: Connection, rollout_id: str) -> list[WaveKits]:
    """Return how many kits of each wave there are, moved and gone back."""
    rows = conn.all(
        "SELECT wave, COUNT(*) AS kits, COUNT(moved_at) AS moved, COUNT(returned_at) AS returned,"
        " MAX(moved_at) AS last_moved_at FROM rollout_kit WHERE rollout_id = :rollout_id GROUP BY wave ORDER BY wave",
        rollout_id=rollout_id,
    )
    return [WaveKits(**row) for row in rows]


def schools_behind(conn: Connection, edition_id: str) -> list[str]:
    """Return the schools that follow another edition of their own than this one."""
    rows = conn.all(
        "SELECT uai FROM school WHERE edition_id IS NOT NULL AND edition_id <> :edition_id ORDER BY uai",
        edition_id=edition_id,
    )
    return [row["uai"] for row in rows]


def _rollout(row: Row) -> Rollout:
    return Rollout(
        **{
            **row,
            "state": RolloutState(row["state"]),
            "plan": msgspec.json.decode(row["plan"], type=Plan),
            "reason": _reason(row["reason"]),
        }
    )


def _reason(text: str | None) -> Reason | None:
    return None if text is None else msgspec.json.decode(text, type=Reason)


def _reason_text(reason: Reason | None) -> str | None:
    return None if reason is None else msgspec.json.encode(reason).decode()
