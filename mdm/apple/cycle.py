"""The command cycle: a tablet tells how the last command went and gets the next one.

This is the server's hot path. All the turns that wait are taken in one transaction: their answers are durable, and
what they taught is planned upon, before any of them is answered.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import msgspec
import structlog

from mdm.apple import enrollment_store
from mdm.apple.learning import Lesson, lesson
from mdm.clock import Clock
from mdm.commands import convergence_store, queue
from mdm.commands.convergence import Convergence
from mdm.commands.report import Report
from mdm.fleet import report_store
from mdm.store import Connection, Row

log = structlog.get_logger()

PLATFORM = "ipad"

_STATES = {"Acknowledged": "acknowledged", "Error": "error", "CommandFormatError": "error", "NotNow": "not_now"}
_OF_LOST_MODE = frozenset({"EnableLostMode", "DisableLostMode", "DeviceLocation", "DeviceLock"})
_SEEN_EVERY_MS = 60_000
_BODIES_BYTES = 64 * 1024 * 1024


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a tablet at the server URL, from ``address``. ``error_chain`` is JSON; ``now`` in milliseconds."""

    udid: str
    digest: str
    status: str
    command_id: str | None
    error_chain: str | None
    body: bytes
    now: int
    address: str = ""


class SeenPlaces(Protocol):
    """Notes whether tablets are seen at school or elsewhere."""

    def note(self, conn: Connection, seen: Sequence[tuple[str, str]], *, now: int) -> None:
        """Take contacts in, as tablet and address."""
        ...


class LostTablets(Protocol):
    """Takes in what lost tablets answer; see `mdm.home.lost.answers.LostAnswers`."""

    def answered(self, conn: Connection, tablet_id: str, request_type: str, turn: Turn) -> None:
        """Take in an answer to a command of lost mode."""
        ...


class Reply(msgspec.Struct, frozen=True):
    """What the tablet gets: a command's bytes, nothing (None), or a refusal because its certificate is not pinned."""

    outcome: Literal["answered", "unpinned", "not_enrolled"]
    body: bytes | None = None


_EMPTY = Reply("answered")
_UNPINNED = Reply("unpinned")
_NOT_ENROLLED = Reply("not_enrolled")


class CommandCycle:
    """Takes turns; one instance a process, used on the store's writing thread only."""

    def __init__(
        self,
        clock: Clock,
        convergence: Convergence,
        erased: Callable[[Connection, str], None],
        places: SeenPlaces | None = None,
        lost: LostTablets | None = None,
    ) -> None:
        self._clock = clock
        self._convergence = convergence
        self._erased = erased
        self._places = places
        self._lost = lost
        self._bodies: OrderedDict[str, bytes] = OrderedDict()
        self._bodies_size = 0
        self._seen: dict[str, int] = {}

    def take(self, conn: Connection, turns: Sequence[Turn]) -> list[Reply]:
        """Take many tablets' turns at once; a batch for `Database.write_batch`."""
        pins = enrollment_store.pinned(conn, [{"udid": turn.udid, "digest": turn.digest} for turn in turns])
        replies: list[Reply] = [_refusal(pin) or _EMPTY for pin in pins]
        accepted = [
            (place, turn, pin["tablet_id"])
            for place, (turn, pin) in enumerate(zip(turns, pins, strict=True))
            if pin is not None and replies[place] is _EMPTY
        ]
        if not accepted:
            return replies
        learned = self._record(conn, [(turn, tablet_id) for _, turn, tablet_id in accepted])
        chosen = self._choose(conn, [(turn, tablet_id) for _, turn, tablet_id in accepted], learned)
        sent = []
        for (place, turn, tablet_id), command_id in zip(accepted, chosen, strict=True):
            if command_id is not None:
                replies[place] = Reply("answered", self._body(conn, command_id))
                sent.append({"tablet_id": tablet_id, "command_id": command_id, "now": turn.now})
        if sent:
            queue.mark_sent(conn, sent)
        self._note_seen(conn, [(turn, tablet_id) for _, turn, tablet_id in accepted])
        return replies

    def _record(self, conn: Connection, turns: Sequence[tuple[Turn, str]]) -> set[str]:
        """Store the answers; return the tablets of which something was learned."""
        answers = [(turn, tablet_id) for turn, tablet_id in turns if turn.status != "Idle" and turn.command_id]
        if not answers:
            return set()
        found = queue.record_answers(
            conn,
            [
                {
                    "tablet_id": tablet_id,
                    "command_id": turn.command_id,
                    "state": _STATES[turn.status],
                    "status": turn.status,
                    "body": turn.body,
                    "error_chain": turn.error_chain,
                    "now": turn.now,
                }
                for turn, tablet_id in answers
            ],
        )
        lessons: list[tuple[str, Lesson]] = []
        for (turn, tablet_id), row in zip(answers, found, strict=True):
            if row is None:
                self._log_stray(conn, turn, tablet_id)
                continue
            conn.publish("tablet", tablet_id)
            if row["request_type"] == "EraseDevice" and turn.status == "Acknowledged":
                self._erased(conn, tablet_id)
            if self._lost is not None and turn.status != "NotNow" and row["request_type"] in _OF_LOST_MODE:
                self._lost.answered(conn, tablet_id, row["request_type"], turn)
            if turn.status != "NotNow" and (taught := _lesson(turn, row)) is not None:
                lessons.append((tablet_id, taught))
        return self._learn(conn, lessons)

    def _learn(self, conn: Connection, lessons: Sequence[tuple[str, Lesson]]) -> set[str]:
        if not lessons:
            return set()
        touched: dict[str, Report] = {}
        before: dict[str, str] = {}
        for (tablet_id, _), text in zip(
            lessons, convergence_store.reports_of(conn, [tablet_id for tablet_id, _ in lessons]), strict=True
        ):
            if text is not None and tablet_id not in before:
                before[tablet_id] = text
                touched[tablet_id] = Report.from_json(text)
        facts = []
        for tablet_id, taught in lessons:
            if tablet_id in touched:
                touched[tablet_id] = taught.apply(touched[tablet_id])
            if taught.facts is not None:
                facts.append((tablet_id, taught.facts))
        if facts:
            report_store.save_facts(conn, facts, now=self._clock.ms())
        changed = {tablet_id for tablet_id, report in touched.items() if report.to_json() != before[tablet_id]}
        if changed:
            convergence_store.save_reports(conn, [(tablet_id, touched[tablet_id]) for tablet_id in changed])
        return changed

    def _choose(self, conn: Connection, turns: Sequence[tuple[Turn, str]], learned: set[str]) -> list[str | None]:
        wishes = [{"tablet_id": tablet_id, "not_now_too": int(turn.status != "NotNow")} for turn, tablet_id in turns]
        chosen = queue.next_commands(conn, wishes)
        for place, (_, tablet_id) in enumerate(turns):
            if chosen[place] is None and tablet_id in learned:
                # Its queue is empty: what it has just taught decides what follows, in this very exchange.
                self._convergence.advance(conn, tablet_id, PLATFORM)
                chosen[place] = queue.next_commands(conn, [wishes[place]])[0]
        return chosen

    def _body(self, conn: Connection, command_id: str) -> bytes:
        body = self._bodies.get(command_id)
        if body is None:
            body = queue.command_body(conn, command_id)
            self._bodies[command_id] = body
            self._bodies_size += len(body)
            while self._bodies_size > _BODIES_BYTES:
                self._bodies_size -= len(self._bodies.popitem(last=False)[1])
        return body

    def _note_seen(self, conn: Connection, turns: Sequence[tuple[Turn, str]]) -> None:
        """Keep when a tablet was last seen, at most once a minute for each: a page shows no finer."""
        due = []
        places = []
        for turn, tablet_id in turns:
            if turn.now - self._seen.get(tablet_id, 0) >= _SEEN_EVERY_MS:
                self._seen[tablet_id] = turn.now
                due.append((tablet_id, turn.now))
                places.append((tablet_id, turn.address))
        if due:
            report_store.note_seen(conn, due)
            if self._places is not None:
                self._places.note(conn, places, now=self._clock.ms())

    def _log_stray(self, conn: Connection, turn: Turn, tablet_id: str) -> None:
        repeated = queue.knows(conn, tablet_id, turn.command_id or "")
        log.info("answer_repeated" if repeated else "answer_to_unknown_command", tablet=tablet_id, status=turn.status)


def _refusal(pin: Row | None) -> Reply | None:
    if pin is None or pin["state"] == "checked_out":
        return _NOT_ENROLLED
    return None if pin["pinned"] else _UNPINNED


def _lesson(turn: Turn, row: Row) -> Lesson | None:
    return lesson(
        request_type=row["request_type"],
        step=row["step"],
        acknowledged=turn.status == "Acknowledged",
        error_chain=turn.error_chain,
        body=turn.body,
    )
