"""Wishes to wake tablets: one row a tablet, so that many wishes are one push."""

from collections.abc import Sequence

from mdm.store import Connection

ANNOUNCED_ONE_BY_ONE = 200
"""For more tablets than these, listeners are told that any may be concerned."""


def request_wake(
    conn: Connection, tablet_ids: Sequence[str], now_ms: int, reason: str, *, platform: str = "ipad"
) -> None:
    """Ask for tablets of one platform to be woken as soon as this transaction is committed.

    A wish that waits already stands; one that was put off after a failure becomes due now. One that is being pushed
    this moment gets another time, so that the push under way does not pass for the answer to the new wish.
    """
    if not tablet_ids:
        return
    conn.many(
        "INSERT INTO wake (tablet_id, due_at, last_reason, platform) VALUES (:tablet_id, :now, :reason, :platform)"
        " ON CONFLICT (tablet_id) DO UPDATE SET last_reason = excluded.last_reason, due_at = CASE"
        " WHEN wake.claimed_by IS NOT NULL AND wake.due_at >= excluded.due_at THEN wake.due_at + 1"
        " WHEN wake.claimed_by IS NOT NULL OR excluded.platform = 'android' THEN excluded.due_at"
        " WHEN wake.due_at < excluded.due_at THEN wake.due_at ELSE excluded.due_at END",
        [{"tablet_id": one, "now": now_ms, "reason": reason, "platform": platform} for one in tablet_ids],
    )
    if platform == "android":
        _tell_who_holds_polls(conn, tablet_ids)
    conn.publish("push", "")


def _tell_who_holds_polls(conn: Connection, tablet_ids: Sequence[str]) -> None:
    for tablet_id in tablet_ids if len(tablet_ids) <= ANNOUNCED_ONE_BY_ONE else [""]:
        conn.publish("agent", tablet_id)
