"""SQL of the tablets of a rollout: what was seen of them since their kit was moved. Inside the caller's transaction."""

from collections.abc import Sequence

import msgspec

from mdm.commands.report import Report
from mdm.store import Connection, Row
from profiles.rollouts.gates import ILL, Counts, Seen, TabletState

MANAGED = "('enrolled', 'ready', 'loaned')"
"""States of tablets that can take what their kit is given."""


class TabletMark(msgspec.Struct, frozen=True, kw_only=True):
    """What is noted of a tablet."""

    tablet_id: str
    state: TabletState
    heard_at: int | None
    target_hash: str | None


class IllTablet(msgspec.Struct, frozen=True, kw_only=True):
    """A tablet that is not well, for a person to look at."""

    tablet_id: str
    name: str
    kit_id: str
    state: TabletState


def add_tablets(conn: Connection, rollout_id: str, kit_id: str, *, now: int) -> int:
    """Note the tablets of a kit that is moved now; return how many."""
    return conn.run(
        "INSERT INTO rollout_tablet (rollout_id, tablet_id, kit_id, wave, moved_at, state)"  # noqa: S608
        " SELECT r.rollout_id, t.tablet_id, r.kit_id, r.wave, CAST(:now AS BIGINT), 'waiting' FROM rollout_kit r"
        " JOIN slot s ON s.kit_id = r.kit_id JOIN tablet t ON t.tablet_id = s.tablet_id"
        f" WHERE r.rollout_id = :rollout_id AND r.kit_id = :kit_id AND t.state IN {MANAGED}"
        " ON CONFLICT (rollout_id, tablet_id) DO UPDATE SET kit_id = excluded.kit_id, wave = excluded.wave,"
        " moved_at = excluded.moved_at, state = excluded.state, heard_at = NULL, excused = 0, target_hash = NULL",
        rollout_id=rollout_id,
        kit_id=kit_id,
        now=now,
    )


def drop_tablets(conn: Connection, rollout_id: str, kit_id: str) -> None:
    """Look no more at the tablets of a kit that went back."""
    conn.run(
        "DELETE FROM rollout_tablet WHERE rollout_id = :rollout_id AND kit_id = :kit_id",
        rollout_id=rollout_id,
        kit_id=kit_id,
    )


def tablets_to_judge(conn: Connection, rollout_id: str, *, after: str, limit: int) -> list[Seen]:
    """Return what is known of tablets whose state may have changed, after one of them in their order."""
    # A tablet was looked at since it was moved once its next look lies after the move: the move itself sets it there.
    rows = conn.all(
        "SELECT r.tablet_id, r.state, r.moved_at, r.heard_at, r.target_hash AS noted_hash, c.target_hash,"  # noqa: S608
        " p.seen_at, c.converged_at, c.next_check_at,"
        " CASE WHEN c.converged_at IS NULL THEN c.report END AS report,"
        f" CASE WHEN c.tablet_id IS NULL OR t.state NOT IN {MANAGED} THEN 1 ELSE 0 END AS gone"
        " FROM rollout_tablet r JOIN tablet t ON t.tablet_id = r.tablet_id"
        " LEFT JOIN convergence c ON c.tablet_id = r.tablet_id"
        " LEFT JOIN tablet_report p ON p.tablet_id = r.tablet_id"
        " WHERE r.rollout_id = :rollout_id AND r.tablet_id > :after"
        f" AND (r.state <> 'converged' OR c.converged_at IS NULL OR t.state NOT IN {MANAGED})"
        " ORDER BY r.tablet_id LIMIT :limit",
        rollout_id=rollout_id,
        after=after,
        limit=limit,
    )
    return [_seen(row) for row in rows]


def mark_tablets(conn: Connection, rollout_id: str, marks: Sequence[TabletMark]) -> None:
    """Note tablets' states."""
    conn.many(
        "UPDATE rollout_tablet SET state = :state, heard_at = :heard_at, target_hash = :target_hash"
        " WHERE rollout_id = :rollout_id AND tablet_id = :tablet_id",
        [{"rollout_id": rollout_id, **msgspec.structs.asdict(one), "state": one.state.value} for one in marks],
    )


def counts_by_wave(conn: Connection, rollout_id: str) -> dict[int, Counts]:
    """Return how many tablets of each wave are in each state; of those excused, only the ones that are well."""
    rows = conn.all(
        "SELECT wave, state, excused, COUNT(*) AS n FROM rollout_tablet WHERE rollout_id = :rollout_id"
        " GROUP BY wave, state, excused",
        rollout_id=rollout_id,
    )
    found: dict[int, dict[str, int]] = {}
    for row in rows:
        state = TabletState(row["state"])
        if state is TabletState.GONE or (row["excused"] and state in ILL):
            continue
        counts = found.setdefault(row["wave"], {})
        counts[state.value] = counts.get(state.value, 0) + row["n"]
    return {wave: Counts(**counts) for wave, counts in found.items()}


def excuse_ill(conn: Connection, rollout_id: str) -> int:
    """Let the tablets that are not well now count no more until they are; return how many."""
    return conn.run(
        "UPDATE rollout_tablet SET excused = 1 WHERE rollout_id = :rollout_id"
        " AND state IN ('failed', 'late', 'drifted') AND excused = 0",
        rollout_id=rollout_id,
    )


def ill_tablets(conn: Connection, rollout_id: str, *, limit: int) -> list[IllTablet]:
    """Return tablets that are not well, by kit."""
    rows = conn.all(
        "SELECT r.tablet_id, t.name, r.kit_id, r.state FROM rollout_tablet r"
        " JOIN tablet t ON t.tablet_id = r.tablet_id WHERE r.rollout_id = :rollout_id"
        " AND r.state IN ('failed', 'late', 'drifted') ORDER BY r.kit_id, t.name LIMIT :limit",
        rollout_id=rollout_id,
        limit=limit,
    )
    return [IllTablet(**{**row, "state": TabletState(row["state"])}) for row in rows]


def charged_kits(conn: Connection, kits: Sequence[str], *, percent: int) -> dict[str, bool]:
    """Tell of each kit whether four fifths of its tablets have at least so much battery; unknown ones do not count."""
    rows = conn.many_returning(
        "SELECT :kit_id AS kit_id, COUNT(p.battery) AS known,"
        " COALESCE(SUM(CASE WHEN p.battery >= CAST(:percent AS BIGINT) THEN 1 ELSE 0 END), 0) AS charged"
        " FROM slot s JOIN tablet_report p ON p.tablet_id = s.tablet_id WHERE s.kit_id = :kit_id",
        [{"kit_id": kit_id, "percent": percent} for kit_id in kits],
    )
    return {row["kit_id"]: row["charged"] * 5 >= row["known"] * 4 for row in rows if row is not None}


def purge_tablets(conn: Connection, *, before: int, limit: int) -> int:
    """Forget tablets of rollouts that ended before a moment; return how many, at most ``limit``."""
    return conn.run(
        "DELETE FROM rollout_tablet WHERE (rollout_id, tablet_id) IN ("
        " SELECT r.rollout_id, r.tablet_id FROM rollout_tablet r JOIN rollout o ON o.rollout_id = r.rollout_id"
        " WHERE o.ended_at < :before LIMIT :limit)",
        before=before,
        limit=limit,
    )


def _seen(row: Row) -> Seen:
    retargeted = row["noted_hash"] is not None and row["noted_hash"] != row["target_hash"]
    heard_at = row["heard_at"]
    if (heard_at is None or retargeted) and row["seen_at"] is not None and row["seen_at"] > row["moved_at"]:
        heard_at = row["seen_at"]
    return Seen(
        tablet_id=row["tablet_id"],
        before=TabletState(row["state"]),
        heard_at=heard_at,
        converged=row["converged_at"] is not None and row["next_check_at"] > row["moved_at"],
        failed=row["report"] is not None and _has_failed(Report.from_json(row["report"])),
        gone=bool(row["gone"]),
        target_hash=row["target_hash"],
        retargeted=retargeted,
    )


def _has_failed(report: Report) -> bool:
    return bool(report.failed) or any(one.valid is False for one in (report.declarations or {}).values())
