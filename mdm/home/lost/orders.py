"""What a search makes of its tablet: locked, asked where it is at a calm pace, unlocked. In the caller's transaction.

Apple's lost mode comes first: a tablet says where it is only in lost mode, so that it is asked once it has acknowledged
that it is in it (schema: mdm/commands/device.lostmode.*.yaml).
"""

from collections.abc import Callable

import msgspec
import structlog

from mdm.apple.commands.base import Command, encode
from mdm.apple.commands.orders import (
    DeviceLocation,
    DeviceLock,
    DisableLostMode,
    EnableLostMode,
    PlayLostModeSound,
)
from mdm.clock import Clock
from mdm.commands.queue import NewCommand, enqueue
from mdm.fleet.lost_store import withdraw_questions
from mdm.home.lost import search_store
from mdm.home.lost.search import EVERY_MS, LONGEST_MS, Means, Screen, Search, SearchState, Stopped
from mdm.i18n import N_, Translator
from mdm.ids import new_id
from mdm.journal import Detail, Journal
from mdm.store import Connection

log = structlog.get_logger()

SYSTEM = "system"
_AWAITED = ("queued", "sent", "not_now")

Told = Callable[[Connection, str, Search], None]
"""Told, in the transaction, what became of a search: ``lost_search_opened``, ``lost_position_known`` (its first one),
``lost_search_stopped``, ``lost_search_ended``."""


class LostOrders:
    """Brings lost tablets to what their searches ask. ``number``: the telephone number for the screen, or empty.

    ``words`` is the language of the screen, ``organization`` whose tablet it is where no school is known.
    """

    def __init__(
        self,
        clock: Clock,
        journal: Journal,
        words: Translator,
        *,
        organization: str,
        number: str = "",
        after: Told | None = None,
    ) -> None:
        self._clock = clock
        self._journal = journal
        self._words = words
        self._organization = organization
        self._number = number
        self._after = after

    def follow(self, conn: Connection, tablet_id: str) -> None:
        """Do what is due in a tablet's searches."""
        for search in search_store.hold_unfinished(conn, tablet_id):
            self.follow_one(conn, search)

    def follow_one(self, conn: Connection, search: Search) -> Search:
        """Do what is due in one search, and return it as it is then."""
        done = self._go_on(conn, search) if search.is_open else self._wind_up(conn, search)
        if done != search:
            search_store.save_search(conn, done)
        return done

    def open(self, conn: Connection, search: Search, *, actor: str) -> Search:
        """Let a search go on to asking where the tablet is, for as long as it may last."""
        now = self._clock.ms()
        begun = msgspec.structs.replace(
            search,
            state=SearchState.SEARCHING,
            searching_since=now,
            searching_until=now + LONGEST_MS,
            stopped_why=Stopped.NOTHING,
            place_asked_at=None,
            place_problem=None,
        )
        detail: Detail = {"search": search.search_id, "until": now + LONGEST_MS}
        self._journal.record(
            conn, "lost_search_opened", actor=actor, subject=f"tablet:{search.tablet_id}", detail=detail
        )
        self.tell(conn, "lost_search_opened", begun)
        done = self._go_on(conn, begun)
        search_store.save_search(conn, done)
        return done

    def stop(self, conn: Connection, search: Search, why: Stopped, *, actor: str) -> Search:
        """Ask no more, and erase the position; the tablet stays lost and locked."""
        withdraw_questions(conn, search.tablet_id, now=self._clock.ms())
        stopped = msgspec.structs.replace(
            search,
            state=SearchState.STOPPED,
            stopped_why=why,
            guardian=None,
            first_by=None,
            second_by=None,
            place_command=None,
            place_problem=None,
            sealed_position=None,
            due_at=None,
        )
        search_store.save_search(conn, stopped)
        detail = {"search": search.search_id, "why": why.value}
        self._journal.record(
            conn, "lost_search_stopped", actor=actor, subject=f"tablet:{search.tablet_id}", detail=detail
        )
        self.tell(conn, "lost_search_stopped", stopped)
        return stopped

    def ask(self, conn: Connection, search: Search, *, actor: str = SYSTEM) -> Search:
        """Ask where the tablet is, and return the search with its question."""
        now = self._clock.ms()
        command_id = self._send(conn, search.tablet_id, DeviceLocation(), actor=actor)
        return msgspec.structs.replace(
            search, place_command=command_id, place_asked_at=now, due_at=self._next(search, now + EVERY_MS)
        )

    def ring(self, conn: Connection, search: Search, *, actor: str) -> Search:
        """Let the tablet ring."""
        self._send(conn, search.tablet_id, PlayLostModeSound(), actor=actor)
        return msgspec.structs.replace(search, rang_at=self._clock.ms())

    def tell(self, conn: Connection, kind: str, search: Search) -> None:
        """Tell those who listen what became of a search."""
        log.info(kind, tablet=search.tablet_id)
        if self._after is not None:
            self._after(conn, kind, search)

    def _go_on(self, conn: Connection, search: Search) -> Search:
        now = self._clock.ms()
        if search.state is SearchState.SEARCHING and not search.asks(now):
            return self.stop(conn, search, Stopped.EXPIRED, actor=SYSTEM)
        means = search_store.means_of(conn, search.tablet_id)
        if search.screen is Screen.FREE or self._came_to_nothing(conn, search):
            search = self._lock(conn, search, means)
        search = msgspec.structs.replace(search, due_at=search.searching_until if search.asks(now) else None)
        if search.asks(now) and means is Means.LOST_MODE and search.screen is Screen.LOCKED:
            return self._question(conn, search, now)
        return search

    def _question(self, conn: Connection, search: Search, now: int) -> Search:
        if search.place_command is not None:
            if search_store.delivery_state(conn, search.tablet_id, search.place_command) in _AWAITED:
                return search
            search = msgspec.structs.replace(search, place_command=None)
        following = search.place_asked_at + EVERY_MS if search.place_asked_at is not None else now
        if now >= following:
            return self.ask(conn, search)
        return msgspec.structs.replace(search, due_at=self._next(search, following))

    def _next(self, search: Search, moment: int) -> int:
        return min(moment, search.searching_until) if search.searching_until is not None else moment

    def _came_to_nothing(self, conn: Connection, search: Search) -> bool:
        """Tell whether the command that locks the screen was taken out of the queue without an answer."""
        if search.screen is not Screen.LOCKING or search.screen_command is None:
            return False
        return search_store.delivery_state(conn, search.tablet_id, search.screen_command) not in _AWAITED

    def _lock(self, conn: Connection, search: Search, means: Means) -> Search:
        school = search_store.school_of(conn, search.tablet_id) or self._organization
        message = _CALL if self._number else _BRING_BACK
        words = self._words(message, school=school)
        search = msgspec.structs.replace(search, screen_words=words, screen_number=self._number)
        command: Command
        match means:
            case Means.LOST_MODE:
                command = EnableLostMode(text=words, phone=self._number or None)
            case Means.LOCK:
                command = DeviceLock(text=words, phone=self._number or None)
            case _:
                return search
        command_id = self._send(conn, search.tablet_id, command)
        return msgspec.structs.replace(search, screen=Screen.LOCKING, screen_command=command_id, screen_problem=None)

    def _wind_up(self, conn: Connection, search: Search) -> Search:
        """Unlock what is not lost any more. A tablet that never got the order to lock itself needs none to unlock."""
        if search.due_at is None or search.due_at > self._clock.ms():
            return search
        if search.due_at == search.ended_at:
            self.tell(conn, "lost_search_ended", search)
        search = msgspec.structs.replace(search, due_at=None)
        if search.screen is not Screen.TO_UNLOCK:
            return search
        free = msgspec.structs.replace(search, screen=Screen.FREE, screen_command=None)
        reached = True
        if search.screen_command is not None:
            reached = search_store.delivery_state(conn, search.tablet_id, search.screen_command) != "queued"
            search_store.withdraw(conn, search.tablet_id, search.screen_command, now=self._clock.ms())
        if not reached or search_store.means_of(conn, search.tablet_id) is not Means.LOST_MODE:
            return free
        command_id = self._send(conn, search.tablet_id, DisableLostMode())
        return msgspec.structs.replace(search, screen=Screen.UNLOCKING, screen_command=command_id)

    def _send(self, conn: Connection, tablet_id: str, command: Command, *, actor: str = SYSTEM) -> str:
        command_id = new_id(self._clock)
        new = NewCommand(command_id=command_id, request_type=command.request_type, body=encode(command, command_id))
        enqueue(conn, new, [tablet_id], now=self._clock.ms(), actor=actor)
        return command_id


_CALL = N_("This tablet is lost. It belongs to: {school}. Please call this number.")
_BRING_BACK = N_("This tablet is lost. It belongs to: {school}. Please bring it back there.")
