"""The command queue: content stored once, one row a tablet, and the order in which a tablet gets its commands.

A delivery goes queued > sent > acknowledged | error | not_now, or cancelled when its tablet was wiped. NotNow comes
back after the others and on the next Idle. A command that was sent and not answered is sent again, unchanged.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from mdm.commands.wakes import ANNOUNCED_ONE_BY_ONE, request_wake
from mdm.store import Connection, Row

State = Literal["queued", "sent", "acknowledged", "error", "not_now", "cancelled"]

POSITIONS = frozenset({"DeviceLocation"})
"""Commands whose answers hold a place: that one came is stored, what it says is not."""

_NOT_PLANNED = frozenset({"renew-identity"})
"""Steps that the planner does not know, and so does not withdraw."""


class NewCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A command ready to be sent: ``body`` are the bytes that every tablet gets. ``step`` is a planner's step key."""

    command_id: str
    request_type: str
    body: bytes
    step: str | None = None


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One tablet's part of a command, with what it answered."""

    command_id: str
    request_type: str
    state: State
    step: str | None
    created_at: int
    created_by: str
    attempts: int
    sent_at: int | None = None
    answered_at: int | None = None
    error_chain: str | None = None


def enqueue(
    conn: Connection, command: NewCommand, tablets: Sequence[str], *, now: int, actor: str, platform: str = "ipad"
) -> int:
    """Queue one command for many tablets of a platform and ask for them to be woken; return for how many it is new.

    A tablet that has this very command in its history gets it again; one that has it waiting keeps its place.
    """
    conn.run(
        "INSERT INTO command (command_id, request_type, body, step, created_at, created_by)"
        " VALUES (:command_id, :request_type, :body, :step, :now, :actor) ON CONFLICT (command_id) DO NOTHING",
        command_id=command.command_id,
        request_type=command.request_type,
        body=command.body,
        step=command.step,
        now=now,
        actor=actor,
    )
    rows = [{"tablet_id": tablet_id, "command_id": command.command_id} for tablet_id in tablets]
    conn.many(_ENQUEUE, rows)
    request_wake(conn, tablets, now, command.request_type, platform=platform)
    announce(conn, tablets)
    return len(rows)


def announce(conn: Connection, tablets: Sequence[str]) -> None:
    """Tell live pages that these tablets changed; for very many, that everything may have."""
    if len(tablets) > ANNOUNCED_ONE_BY_ONE:
        conn.publish("resync", "")
        return
    for tablet_id in tablets:
        conn.publish("tablet", tablet_id)


def next_commands(conn: Connection, wishes: Sequence[Mapping[str, object]]) -> list[str | None]:
    """Return, for each ``{"tablet_id", "not_now_too"}``, the command to send next, by identifier.

    Commands that wait or were sent without an answer come first, in order; those put off by NotNow after them, and
    only where ``not_now_too`` is 1.
    """
    return [row["command_id"] if row else None for row in conn.many_returning(_NEXT, wishes)]


def mark_sent(conn: Connection, sent: Sequence[Mapping[str, object]]) -> None:
    """Record deliveries ``{"tablet_id", "command_id", "now"}`` as sent."""
    conn.many(_SENT, sent)


def record_answers(conn: Connection, answers: Sequence[Mapping[str, object]]) -> list[Row | None]:
    """Record answers ``{"tablet_id", "command_id", "state", "status", "body", "error_chain", "now"}``.

    Returns for each the delivery's ``{"step", "request_type"}``, or None when this tablet has no such open command:
    an answer that comes twice, or to a command of another server. Only answers to open commands are stored, and of
    those that hold a place only that they came.
    """
    found = conn.many_returning(
        _ANSWERED, [{name: one[name] for name in ("tablet_id", "command_id", "state", "now")} for one in answers]
    )
    stored = [
        {**one, "body": b""} if row["request_type"] in POSITIONS else one
        for one, row in zip(answers, found, strict=True)
        if row is not None and one["state"] != "not_now"
    ]
    conn.many(
        _STORE_ANSWER,
        [
            {name: one[name] for name in ("tablet_id", "command_id", "status", "body", "error_chain", "now")}
            for one in stored
        ],
    )
    return found


def knows(conn: Connection, tablet_id: str, command_id: str) -> bool:
    """Tell whether this command was ever meant for this tablet."""
    return (
        conn.one(
            "SELECT 1 AS found FROM delivery WHERE tablet_id = :tablet_id AND command_id = :command_id",
            tablet_id=tablet_id,
            command_id=command_id,
        )
        is not None
    )


def command_body(conn: Connection, command_id: str) -> bytes:
    """Return the bytes of a command."""
    row = conn.one("SELECT body FROM command WHERE command_id = :command_id", command_id=command_id)
    if row is None:
        raise LookupError(command_id)
    return bytes(row["body"])


def open_steps(conn: Connection, tablet_id: str) -> frozenset[str]:
    """Return the step keys of a tablet's open commands."""
    rows = conn.all(
        "SELECT c.step FROM delivery d JOIN command c ON c.command_id = d.command_id"
        " WHERE d.tablet_id = :tablet_id AND d.state IN ('queued', 'sent', 'not_now') AND c.step IS NOT NULL",
        tablet_id=tablet_id,
    )
    return frozenset(row["step"] for row in rows)


def have_open_steps(conn: Connection, tablets: Sequence[str]) -> frozenset[str]:
    """Return which of these tablets have an open command, and so may have an open step."""
    rows = conn.many_returning(
        "SELECT tablet_id FROM delivery WHERE tablet_id = :tablet_id AND state IN ('queued', 'sent', 'not_now')"
        " LIMIT 1",
        [{"tablet_id": one} for one in tablets],
    )
    return frozenset(row["tablet_id"] for row in rows if row is not None)


def cancel_open(conn: Connection, tablet_id: str, *, now: int) -> int:
    """Cancel all of a tablet's open commands; return how many."""
    return conn.run(
        "UPDATE delivery SET state = 'cancelled', answered_at = :now"
        " WHERE tablet_id = :tablet_id AND state IN ('queued', 'sent', 'not_now')",
        tablet_id=tablet_id,
        now=now,
    )


def cancel_steps(conn: Connection, tablet_id: str, *, keep: frozenset[str], now: int) -> int:
    """Cancel the planner's commands that were not sent yet and are not wanted any more; return how many."""
    stale = [
        row["command_id"]
        for row in conn.all(
            "SELECT d.command_id, c.step FROM delivery d JOIN command c ON c.command_id = d.command_id"
            " WHERE d.tablet_id = :tablet_id AND d.state = 'queued' AND c.step IS NOT NULL",
            tablet_id=tablet_id,
        )
        if row["step"] not in keep and row["step"] not in _NOT_PLANNED
    ]
    conn.many(
        "UPDATE delivery SET state = 'cancelled', answered_at = :now"
        " WHERE tablet_id = :tablet_id AND command_id = :command_id",
        [{"tablet_id": tablet_id, "command_id": command_id, "now": now} for command_id in stale],
    )
    return len(stale)


def acknowledge_step(conn: Connection, tablet_id: str, step: str, *, now: int) -> None:
    """Take a planner's step as done, because its effect was seen."""
    conn.run(
        "UPDATE delivery SET state = 'acknowledged', answered_at = :now WHERE tablet_id = :tablet_id"
        " AND state IN ('queued', 'sent', 'not_now')"
        " AND command_id IN (SELECT command_id FROM command WHERE step = :step)",
        now=now,
        tablet_id=tablet_id,
        step=step,
    )


def cancel_step(conn: Connection, tablet_id: str, step: str, *, now: int) -> None:
    """Withdraw a planner's step that was not sent yet."""
    conn.run(
        "UPDATE delivery SET state = 'cancelled', answered_at = :now WHERE tablet_id = :tablet_id"
        " AND state = 'queued' AND command_id IN (SELECT command_id FROM command WHERE step = :step)",
        now=now,
        tablet_id=tablet_id,
        step=step,
    )


def acknowledge_orders(conn: Connection, tablet_id: str, request_type: str, *, now: int) -> int:
    """Take a technician's open commands of one type as done, because their effect was seen; return how many."""
    return conn.run(
        "UPDATE delivery SET state = 'acknowledged', answered_at = :now WHERE tablet_id = :tablet_id"
        " AND state IN ('queued', 'sent', 'not_now') AND command_id IN ("
        " SELECT command_id FROM command WHERE request_type = :request_type AND step IS NULL)",
        now=now,
        tablet_id=tablet_id,
        request_type=request_type,
    )


def settle_sent_steps(conn: Connection, tablet_id: str, *, keep: frozenset[str], now: int) -> None:
    """Take steps as acknowledged that were sent and that the tablet's report shows as done: not in ``keep``."""
    _end_sent_steps(conn, tablet_id, keep=keep, state="acknowledged", now=now)


def drop_sent_steps(conn: Connection, tablet_id: str, *, now: int) -> None:
    """Take steps as lost that were sent and had no effect until the next look: they are planned anew."""
    _end_sent_steps(conn, tablet_id, keep=frozenset(), state="cancelled", now=now)


def _end_sent_steps(conn: Connection, tablet_id: str, *, keep: frozenset[str], state: State, now: int) -> None:
    rows = conn.all(
        "SELECT d.command_id, c.step FROM delivery d JOIN command c ON c.command_id = d.command_id"
        " WHERE d.tablet_id = :tablet_id AND d.state = 'sent' AND c.step IS NOT NULL",
        tablet_id=tablet_id,
    )
    ended = [row["command_id"] for row in rows if row["step"] not in keep]
    conn.many(
        "UPDATE delivery SET state = :state, answered_at = :now"
        " WHERE tablet_id = :tablet_id AND command_id = :command_id",
        [{"tablet_id": tablet_id, "command_id": one, "state": state, "now": now} for one in ended],
    )


def open_deliveries(conn: Connection, tablet_id: str) -> list[Delivery]:
    """Return what waits for a tablet, in the order in which it will get it."""
    rows = conn.all(
        f"{_DELIVERIES} AND d.state IN ('queued', 'sent', 'not_now')"
        " ORDER BY CASE WHEN d.state = 'not_now' THEN 1 ELSE 0 END, d.position",
        tablet_id=tablet_id,
    )
    return [Delivery(**row) for row in rows]


def answered_deliveries(conn: Connection, tablet_id: str, *, limit: int = 50) -> list[Delivery]:
    """Return what a tablet answered, newest first."""
    rows = conn.all(
        f"{_DELIVERIES} AND d.state NOT IN ('queued', 'sent', 'not_now')"
        " ORDER BY d.answered_at DESC, d.position DESC LIMIT :limit",
        tablet_id=tablet_id,
        limit=limit,
    )
    return [Delivery(**row) for row in rows]


_ENQUEUE = """
INSERT INTO delivery (tablet_id, position, command_id, state)
SELECT :tablet_id, COALESCE(MAX(position), 0) + 1, :command_id, 'queued' FROM delivery WHERE tablet_id = :tablet_id
ON CONFLICT (tablet_id, command_id) DO UPDATE
SET state = 'queued', position = excluded.position, attempts = 0, sent_at = NULL, answered_at = NULL
WHERE delivery.state NOT IN ('queued', 'sent', 'not_now')
"""

_NEXT = """
SELECT command_id FROM delivery
WHERE tablet_id = :tablet_id AND state IN ('queued', 'sent', 'not_now') AND (state <> 'not_now' OR :not_now_too = 1)
ORDER BY CASE WHEN state = 'not_now' THEN 1 ELSE 0 END, position
LIMIT 1
"""

_SENT = """
UPDATE delivery SET state = 'sent', attempts = attempts + 1, sent_at = :now
WHERE tablet_id = :tablet_id AND command_id = :command_id
"""

_ANSWERED = """
UPDATE delivery SET state = :state, answered_at = :now
WHERE tablet_id = :tablet_id AND command_id = :command_id AND state IN ('queued', 'sent', 'not_now')
RETURNING (SELECT c.step FROM command c WHERE c.command_id = delivery.command_id) AS step,
          (SELECT c.request_type FROM command c WHERE c.command_id = delivery.command_id) AS request_type
"""

_STORE_ANSWER = """
INSERT INTO answer (tablet_id, command_id, status, body, error_chain, received_at)
VALUES (:tablet_id, :command_id, :status, :body, :error_chain, :now)
ON CONFLICT (tablet_id, command_id) DO UPDATE
SET status = excluded.status, body = excluded.body, error_chain = excluded.error_chain,
    received_at = excluded.received_at
"""

_DELIVERIES = """
SELECT d.command_id, c.request_type, d.state, c.step, c.created_at, c.created_by, d.attempts, d.sent_at, d.answered_at,
       a.error_chain
FROM delivery d JOIN command c ON c.command_id = d.command_id
LEFT JOIN answer a ON a.tablet_id = d.tablet_id AND a.command_id = d.command_id
WHERE d.tablet_id = :tablet_id
"""
