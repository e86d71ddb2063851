"""What lost tablets answer: a position is kept only while its search asks for it, and only the last one.

Apple's error 12067 says that the tablet is not in lost mode: it is locked again, or unlocked already.
"""

from datetime import UTC, datetime

import msgspec
import structlog

from mdm.apple.answers import DeviceLocationAnswer, read_answer
from mdm.apple.cycle import Turn
from mdm.apple.plist import MalformedPlist, parse
from mdm.clock import Clock, to_ms
from mdm.home.lost import search_store
from mdm.home.lost.orders import LostOrders
from mdm.home.lost.search import EVERY_MS, Position, Screen, Search
from mdm.store import Connection
from mdm.vault import Vault

log = structlog.get_logger()

SEALED_FOR = "lost.position"
_NOT_IN_LOST_MODE = 12067
_UNREADABLE = "[]"


class LostAnswers:
    """Takes in what lost tablets answer; implements `mdm.apple.cycle.LostTablets`."""

    def __init__(self, clock: Clock, vault: Vault, orders: LostOrders) -> None:
        self._clock = clock
        self._vault = vault
        self._orders = orders

    def answered(self, conn: Connection, tablet_id: str, request_type: str, turn: Turn) -> None:
        """Take an answer in, in the transaction that takes the turn; one that no search waits for changes nothing."""
        for search in search_store.hold_unfinished(conn, tablet_id):
            if turn.command_id == search.screen_command:
                changed = self._screen(search, request_type, turn)
            elif turn.command_id == search.place_command:
                changed = self._place(conn, search, turn)
            else:
                continue
            search_store.save_search(conn, changed)
            self._orders.follow_one(conn, changed)

    def _screen(self, search: Search, request_type: str, turn: Turn) -> Search:
        replace = msgspec.structs.replace
        search = replace(search, screen_command=None)
        if turn.status == "Acknowledged":
            return replace(search, screen=Screen.LOCKED if search.screen is Screen.LOCKING else Screen.FREE)
        if search.screen is Screen.LOCKING:
            return replace(search, screen=Screen.REFUSED, screen_problem=turn.error_chain or _UNREADABLE)
        if request_type == "DisableLostMode" and _is_free(turn):
            return replace(search, screen=Screen.FREE)
        return replace(search, screen=Screen.TO_UNLOCK, due_at=self._clock.ms() + EVERY_MS)

    def _place(self, conn: Connection, search: Search, turn: Turn) -> Search:
        replace = msgspec.structs.replace
        # The next question is counted from its answer, which may be hours late.
        search = replace(search, place_command=None, place_asked_at=self._clock.ms())
        if not search.asks(self._clock.ms()):
            return search
        if turn.status != "Acknowledged":
            screen = Screen.FREE if _is_free(turn) else search.screen
            return replace(search, screen=screen, place_problem=turn.error_chain or _UNREADABLE)
        position = self._read(turn.body)
        if position is None:
            return replace(search, place_problem=_UNREADABLE)
        known = replace(
            search,
            place_problem=None,
            sealed_position=self._vault.seal(msgspec.json.encode(position), SEALED_FOR),
        )
        if search.sealed_position is None:
            self._orders.tell(conn, "lost_position_known", known)
        return known

    def _read(self, body: bytes) -> Position | None:
        try:
            said = read_answer("DeviceLocation", parse(body))
        except MalformedPlist:
            return None
        if not isinstance(said, DeviceLocationAnswer):
            return None
        return Position(
            latitude=said.latitude,
            longitude=said.longitude,
            accuracy=said.accuracy,
            at=_moment(said.located_at, self._clock.ms()),
        )


def open_position(vault: Vault, search: Search, now: int) -> Position | None:
    """Return the position of a search that is under way; None where there is none."""
    if search.sealed_position is None or not search.asks(now):
        return None
    return msgspec.json.decode(vault.open(search.sealed_position, SEALED_FOR), type=Position)


def _is_free(turn: Turn) -> bool:
    links = msgspec.json.decode(turn.error_chain) if turn.error_chain else []
    return any(isinstance(link, dict) and link.get("ErrorCode") == _NOT_IN_LOST_MODE for link in links)


def _moment(text: str | None, now: int) -> int:
    """Return when a tablet was there; one whose clock is wrong, or that says nothing, was there now."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return now
    return min(now, to_ms(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)))
