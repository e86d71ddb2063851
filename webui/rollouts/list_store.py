"""SQL of the list of rollouts. Inside the caller's transaction."""

import msgspec

from mdm.store import Connection, Row
from profiles.rollouts.rollout import OPEN, Plan, RolloutState

LINES = 30
"""Rollouts in one page of the list."""


class RolloutLine(msgspec.Struct, frozen=True, kw_only=True):
    """A rollout in a list, with how many of its kits are on the edition. Times in milliseconds."""

    rollout_id: str
    number: int
    previous_number: int
    state: RolloutState
    wave: int
    waves: int
    kits: int
    moved: int
    created_at: int
    ended_at: int | None

    @property
    def is_open(self) -> bool:
        """Tell whether something of it may still happen by itself or by a technician."""
        return self.state in OPEN


def list_lines(conn: Connection, *, after: str = "") -> list[RolloutLine]:
    """Return rollouts, newest first; one more than a page. ``after`` is the last one of the page before."""
    rows = conn.all(
        "SELECT r.rollout_id, COALESCE(e.number, 0) AS number, COALESCE(p.number, 0) AS previous_number, r.state,"
        " r.wave, r.plan,"
        " (SELECT COUNT(*) FROM rollout_kit k WHERE k.rollout_id = r.rollout_id) AS kits,"
        " (SELECT COUNT(*) FROM rollout_kit k WHERE k.rollout_id = r.rollout_id AND k.moved_at IS NOT NULL"
        "  AND k.returned_at IS NULL) AS moved, r.created_at, r.ended_at"
        " FROM rollout r LEFT JOIN edition e ON e.edition_id = r.edition_id"
        " LEFT JOIN edition p ON p.edition_id = r.previous_id"
        " WHERE :after = '' OR r.rollout_id < :after ORDER BY r.rollout_id DESC LIMIT :limit",
        after=after,
        limit=LINES + 1,
    )
    return [_line(row) for row in rows]


def _line(row: Row) -> RolloutLine:
    values = dict(row)
    waves = len(_PLAN.decode(values.pop("plan")).waves)
    return RolloutLine(**{**values, "state": RolloutState(row["state"]), "waves": waves})


_PLAN = msgspec.json.Decoder(Plan)
