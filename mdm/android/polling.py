"""The agent's poll: which messages wait for a tablet. Taken for many tablets at once.

Source: the agent's ``service/PushLongPollingService.java``. A message counts as delivered when the answer is written.
"""

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from mdm.android.flags import FLAGS
from mdm.android.joining import waiting_key
from mdm.android.messages import CONFIG_UPDATED, Message, for_polling, from_body
from mdm.commands import convergence_store, queue
from mdm.commands.target import OPENING, is_over
from mdm.fleet.report_store import note_seen
from mdm.store import Connection, Row

_SEEN_EVERY_MS = 5 * 60_000
_AT_ONCE = 20


class Poll(msgspec.Struct, frozen=True, kw_only=True):
    """One tablet's poll: by the digest of its path, with the number that it says, at ``now``, from ``address``."""

    path_digest: str
    number: str
    now: int
    address: str = ""


class SeenPlaces(Protocol):
    """Notes whether tablets are seen at school or elsewhere."""

    def note(self, conn: Connection, seen: Sequence[tuple[str, str]], *, now: int) -> None:
        """Take contacts in, as tablet and address."""
        ...


class Polled(msgspec.Struct, frozen=True):
    """What a poll gets: nobody's path, or the messages (None: it waits under ``key``) and the deliveries they are.

    ``opened`` is the opening that is among them, by its step.
    """

    outcome: Literal["unknown", "waits", "messages"]
    key: str = ""
    body: bytes = b""
    tablet_id: str = ""
    deliveries: tuple[str, ...] = ()
    opened: str = ""


_UNKNOWN = Polled("unknown")


class Polling:
    """Takes polls; ``take`` is a batch for `Database.write_batch`."""

    def __init__(self, places: SeenPlaces | None = None) -> None:
        self._places = places
        self._seen: dict[str, int] = {}

    def take(self, conn: Connection, polls: Sequence[Poll]) -> list[Polled]:
        """Return what each poll gets, and mark what is delivered."""
        rows = conn.many_returning(_TABLET, [{"digest": poll.path_digest} for poll in polls])
        found = [self._polled(conn, poll, row) for poll, row in zip(polls, rows, strict=True)]
        sent = [
            {"tablet_id": one.tablet_id, "command_id": command_id, "now": poll.now}
            for poll, one in zip(polls, found, strict=True)
            for command_id in one.deliveries
        ]
        if sent:
            queue.mark_sent(conn, sent)
            _note_opened(conn, found)
            tablets = {str(one["tablet_id"]) for one in sent}
            conn.many("DELETE FROM wake WHERE tablet_id = :tablet_id", [{"tablet_id": one} for one in tablets])
        self._note_seen(conn, polls, found)
        return found

    def _polled(self, conn: Connection, poll: Poll, row: Row | None) -> Polled:
        if row is None or poll.number not in (row["number"], row["asked_as"]):
            return _UNKNOWN
        tablet_id = row["tablet_id"]
        if tablet_id is None or row["state"] != "enrolled":
            return Polled("waits", waiting_key(row["number"]))
        if not row["queued"]:
            return Polled("waits", tablet_id, b"", tablet_id)
        waiting = conn.all(_QUEUED, tablet_id=tablet_id, most=_AT_ONCE)
        messages: list[Message] = []
        deliveries: list[str] = []
        opened = ""
        for one in waiting:
            if one["step"] is not None and is_over(one["step"], poll.now):
                queue.cancel_step(conn, tablet_id, one["step"], now=poll.now)
                continue
            # A flag is in the configuration: the tablet is told to look there.
            flag = one["request_type"] in FLAGS
            messages += [Message(message_type=CONFIG_UPDATED)] if flag else from_body(bytes(one["body"]))
            deliveries.append(one["command_id"])
            opened = one["step"] if one["step"] is not None and one["step"].startswith(OPENING) else opened
        if not deliveries:
            return Polled("waits", tablet_id, b"", tablet_id)
        return Polled("messages", tablet_id, for_polling(tuple(messages)), tablet_id, tuple(deliveries), opened)

    def _note_seen(self, conn: Connection, polls: Sequence[Poll], found: Sequence[Polled]) -> None:
        due, places = [], []
        for poll, one in zip(polls, found, strict=True):
            if one.tablet_id and poll.now - self._seen.get(one.tablet_id, 0) >= _SEEN_EVERY_MS:
                self._seen[one.tablet_id] = poll.now
                due.append((one.tablet_id, poll.now))
                places.append((one.tablet_id, poll.address))
        if due:
            note_seen(conn, due)
            if self._places is not None:
                self._places.note(conn, places, now=polls[0].now)


def _note_opened(conn: Connection, found: Sequence[Polled]) -> None:
    """A message to open something is acknowledged by nothing: what was delivered is taken as done, and not repeated."""
    for one in found:
        progress = convergence_store.progress_of(conn, one.tablet_id) if one.opened else None
        if progress is not None:
            report = msgspec.structs.replace(progress.report, opened=one.opened)
            convergence_store.save_reports(conn, [(one.tablet_id, report)])
            conn.publish("tablet", one.tablet_id)


def give_back(conn: Connection, tablet_id: str, deliveries: Sequence[str]) -> None:
    """Let messages wait again whose answer could not be written."""
    progress = convergence_store.progress_of(conn, tablet_id)
    if progress is not None and progress.report.opened:
        report = msgspec.structs.replace(progress.report, opened="")
        convergence_store.save_reports(conn, [(tablet_id, report)])
    conn.many(
        "UPDATE delivery SET state = 'queued', sent_at = NULL"
        " WHERE tablet_id = :tablet_id AND command_id = :command_id AND state = 'sent'",
        [{"tablet_id": tablet_id, "command_id": one} for one in deliveries],
    )


_TABLET = """
SELECT e.number, e.asked_as, e.tablet_id, e.state,
       CASE WHEN EXISTS (SELECT 1 FROM delivery d WHERE d.tablet_id = e.tablet_id
                         AND d.state IN ('queued', 'sent', 'not_now') AND d.state = 'queued')
            THEN 1 ELSE 0 END AS queued
FROM android_enrollment e LEFT JOIN tablet t ON t.tablet_id = e.tablet_id
WHERE e.path_digest = :digest AND e.state <> 'ended' AND COALESCE(t.state, '') <> 'retired'
"""

_QUEUED = """
SELECT d.command_id, c.request_type, c.body, c.step FROM delivery d JOIN command c ON c.command_id = d.command_id
WHERE d.tablet_id = :tablet_id AND d.state = 'queued' ORDER BY d.position LIMIT :most
"""
