"""Meetings: called with an agenda, opened, attended and closed; what they decided is in the votes that they held.

A written consultation is a meeting without a room. Urgent withdrawals that wait to be ratified come onto the agenda of
the next meeting by themselves.
"""

from collections.abc import Mapping, Sequence
from typing import get_args

import msgspec

from mdm.clock import Clock
from mdm.errors import Words
from mdm.i18n import N_
from mdm.ids import new_id
from mdm.journal import Detail, Journal
from mdm.store import Connection, Database
from profiles.charter import meeting_store, proposal_store, seat_store
from profiles.charter.agreed import AgreedEditions
from profiles.charter.meeting_errors import (
    ItemUnknown,
    MeetingChanged,
    MeetingClosed,
    MeetingMalformed,
    MeetingNotCalled,
    MeetingNotHeld,
    NotForAgenda,
    VotesOpen,
)
from profiles.charter.meeting_reading import record_of_meeting
from profiles.charter.meeting_record import MeetingKind, MeetingRecord, MeetingState, Presence
from profiles.charter.meeting_store import Meeting, MeetingItem
from profiles.charter.proposal import Moment
from profiles.charter.proposal_life import STATE_WORDS
from profiles.charter.record import Record
from profiles.charter.seals import Seals
from profiles.charter.seat_errors import SeatUnknown
from profiles.charter.texts import one_line, paragraphs

_PRESENCES = frozenset(get_args(Presence))
_ITEMS = 200
_NOT_SUBMITTED = frozenset({"draft", "sent_back", "withdrawn"})


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be on an agenda: a subject, or a proposal, whose title it takes where none is given."""

    title: str = ""
    proposal_id: str | None = None


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """When and where a meeting is. ``place``: of a written consultation, where answers go. ``begins_at``: a moment."""

    kind: MeetingKind
    title: str
    begins_at: int
    place: str = ""


class Meetings:
    """Keeps meetings. Persons are given by their logins.

    ``revision`` is the one that the person saw: `MeetingChanged` when it is another by now. An unknown meeting raises
    `MeetingUnknown`, a closed one `MeetingClosed`.
    """

    def __init__(
        self, database: Database, clock: Clock, journal: Journal, seals: Seals, agreed: AgreedEditions
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._seals = seals
        self._agreed = agreed

    async def call(self, invitation: Invitation, agenda: Sequence[Entry] = (), *, login: str) -> MeetingRecord:
        """Call a meeting. Raises `MeetingMalformed`, `WordsRefused`, and what `set_agenda` raises."""
        meeting_id = new_id(self._clock)
        return await self._database.write(lambda conn: self._call(conn, meeting_id, invitation, agenda, login))

    async def move(
        self,
        meeting_id: str,
        *,
        revision: int,
        begins_at: int | None = None,
        place: str | None = None,
        title: str | None = None,
        login: str,
    ) -> MeetingRecord:
        """Change when, where or under which title a meeting is that was not opened yet. Raises `MeetingNotCalled`."""

        def work(conn: Connection) -> MeetingRecord:
            held = self._held(conn, meeting_id, revision)
            if held.state != "called":
                raise MeetingNotCalled
            moved = msgspec.structs.replace(
                held,
                begins_at=held.begins_at if begins_at is None else self._future(begins_at),
                place=held.place if place is None else one_line(place),
                title=held.title if title is None else _title(title),
            )
            return self._saved(conn, moved, "meeting_moved", login)

        return await self._database.write(work)

    async def set_agenda(self, meeting_id: str, agenda: Sequence[Entry], *, revision: int, login: str) -> MeetingRecord:
        """Put another agenda in the place of a meeting's; notes stay with what they are about.

        Withdrawals that wait to be ratified cannot be left out. Raises `NotForAgenda`, `ProposalUnknown` or
        `MeetingMalformed`.
        """

        def work(conn: Connection) -> MeetingRecord:
            held = self._held(conn, meeting_id, revision)
            self._put_agenda(conn, meeting_id, agenda)
            return self._saved(conn, held, "meeting_agenda_set", login)

        return await self._database.write(work)

    async def open(self, meeting_id: str, *, revision: int, login: str) -> MeetingRecord:
        """Open a meeting. Raises `MeetingNotCalled`."""

        def work(conn: Connection) -> MeetingRecord:
            held = self._held(conn, meeting_id, revision)
            if held.state != "called":
                raise MeetingNotCalled
            self._put_waiting(conn, meeting_id)
            opened = msgspec.structs.replace(held, state="held", opened_at=self._clock.ms())
            return self._saved(conn, opened, "meeting_opened", login)

        return await self._database.write(work)

    async def attend(
        self, meeting_id: str, presences: Mapping[str, Presence], *, revision: int, login: str
    ) -> MeetingRecord:
        """Note who is there, by seat; those who excuse themselves also before the opening. Raises `SeatUnknown`."""

        def work(conn: Connection) -> MeetingRecord:
            held = self._held(conn, meeting_id, revision)
            self._require_seats(conn, held, presences)
            meeting_store.save_attendance(conn, meeting_id, presences)
            return self._saved(conn, held, "meeting_attendance_noted", login)

        return await self._database.write(work)

    async def note(
        self, meeting_id: str, text: str, *, item: int | None = None, revision: int, login: str
    ) -> MeetingRecord:
        """Write the notes of an item, or of the whole meeting, in the place of what was there.

        Raises `ItemUnknown` or `WordsRefused`.
        """

        def work(conn: Connection) -> MeetingRecord:
            held = self._held(conn, meeting_id, revision)
            said = paragraphs(text)
            if item is None:
                held = msgspec.structs.replace(held, notes=said)
            else:
                items = meeting_store.items_of(conn, meeting_id)
                if item not in {one.position for one in items}:
                    raise ItemUnknown(number=item)
                changed = [msgspec.structs.replace(one, notes=said) if one.position == item else one for one in items]
                meeting_store.replace_items(conn, meeting_id, changed)
            return self._saved(conn, held, "meeting_noted", login)

        return await self._database.write(work)

    async def close(self, meeting_id: str, *, revision: int, login: str) -> MeetingRecord:
        """Close a meeting; nothing of it changes any more. Raises `MeetingNotHeld` or `VotesOpen`."""

        def work(conn: Connection) -> MeetingRecord:
            held = self._held(conn, meeting_id, revision)
            if held.state != "held":
                raise MeetingNotHeld
            open_votes = meeting_store.count_open_votes(conn, meeting_id)
            if open_votes:
                raise VotesOpen(count=open_votes)
            # A clock that jumped back closes no meeting before its opening.
            closed_at = max(self._clock.ms(), held.opened_at or 0)
            closed = msgspec.structs.replace(held, state="closed", closed_at=closed_at)
            return self._saved(conn, closed, "meeting_closed", login)

        return await self._database.write(work)

    async def list(
        self, *, state: MeetingState | None = None, after: tuple[int, str] | None = None, limit: int = 100
    ) -> list[Meeting]:
        """Return meetings, the latest first; see `meeting_store.list_meetings`."""
        return await self._database.read(
            lambda conn: meeting_store.list_meetings(conn, state=state, after=after, limit=limit)
        )

    async def find(self, reference: str) -> str:
        """Return the identifier of the meeting that a person means; see `meeting_store.find_meeting`."""
        return await self._database.read(lambda conn: meeting_store.find_meeting(conn, reference))

    async def show(self, meeting_id: str) -> MeetingRecord:
        """Return a meeting with all that its minutes say."""
        return await self._database.read(lambda conn: self._record(conn, meeting_id))

    def put_waiting_in(self, conn: Connection) -> None:
        """Put the withdrawals that wait to be ratified onto the agenda of the next meeting that was called, if any."""
        meeting_id = meeting_store.next_called(conn)
        if meeting_id is None:
            return
        held = meeting_store.hold_meeting(conn, meeting_id)
        if self._put_waiting(conn, meeting_id):
            self._saved(conn, held, "meeting_agenda_set", login=None)

    def _call(
        self, conn: Connection, meeting_id: str, invitation: Invitation, agenda: Sequence[Entry], login: str
    ) -> MeetingRecord:
        self._agreed.head(conn)
        meeting = Meeting(
            meeting_id=meeting_id,
            kind=invitation.kind,
            title=_title(invitation.title),
            place=one_line(invitation.place),
            begins_at=self._future(invitation.begins_at),
            state="called",
            revision=0,
            called_at=self._clock.ms(),
            called_by=login,
        )
        if meeting.kind == "room" and not meeting.place:
            raise MeetingMalformed(reason=Words(N_("a meeting in a room needs a place")))
        meeting_store.insert_meeting(conn, meeting)
        self._put_agenda(conn, meeting_id, agenda)
        return self._saved(conn, meeting, "meeting_called", login)

    def _put_agenda(self, conn: Connection, meeting_id: str, agenda: Sequence[Entry]) -> None:
        if len(agenda) > _ITEMS:
            raise MeetingMalformed(reason=Words(N_("its agenda is too long")))
        before = {(one.title, one.proposal_id): one.notes for one in meeting_store.items_of(conn, meeting_id)}
        items = []
        for position, entry in enumerate(agenda, start=1):
            title = self._subject(conn, entry)
            notes = before.get((title, entry.proposal_id), "")
            items.append(MeetingItem(position=position, title=title, proposal_id=entry.proposal_id, notes=notes))
        named = [one.proposal_id for one in items if one.proposal_id is not None]
        if len(set(named)) != len(named):
            raise MeetingMalformed(reason=Words(N_("a proposal is on its agenda twice")))
        meeting_store.replace_items(conn, meeting_id, items)
        self._put_waiting(conn, meeting_id)

    def _subject(self, conn: Connection, entry: Entry) -> str:
        if entry.proposal_id is None:
            return _title(entry.title)
        row = proposal_store.require_proposal(conn, entry.proposal_id)
        if row.state in _NOT_SUBMITTED:
            raise NotForAgenda(title=row.title, state=Words(STATE_WORDS[row.state]))
        return _title(entry.title) if entry.title.strip() else row.title

    def _put_waiting(self, conn: Connection, meeting_id: str) -> bool:
        """Put what waits to be ratified, and still holds, onto an agenda; tell whether there was anything."""
        now = self._clock.ms()
        holding = {
            one.decided_by
            for one in self._agreed.head(conn).state.withdrawn
            if one.ratify_by is not None and one.holds(now)
        }
        waiting = [row for row in proposal_store.waiting_ratifications(conn) if row.proposal().ratifies in holding]
        items = meeting_store.items_of(conn, meeting_id)
        added = [
            MeetingItem(position=len(items) + place, title=row.title, proposal_id=row.proposal_id)
            for place, row in enumerate(waiting, start=1)
        ]
        if added:
            meeting_store.replace_items(conn, meeting_id, [*items, *added])
        return bool(added)

    def _require_seats(self, conn: Connection, meeting: Meeting, presences: Mapping[str, Presence]) -> None:
        now = self._clock.ms()
        held = {
            one.seat_id
            for moment in (now, meeting.opened_at)
            if moment is not None
            for one in seat_store.holdings_at(conn, moment, self._seals)
        }
        for seat_id, presence in presences.items():
            if seat_id not in held:
                raise SeatUnknown(seat=seat_id[:80])
            if presence not in _PRESENCES:
                raise MeetingMalformed(reason=Words(N_("a seat is there by its holder or deputy, excused or absent")))

    def _held(self, conn: Connection, meeting_id: str, revision: int) -> Meeting:
        held = meeting_store.hold_meeting(conn, meeting_id)
        if held.state == "closed":
            raise MeetingClosed
        if held.revision != revision:
            raise MeetingChanged(revision=held.revision)
        return held

    def _saved(self, conn: Connection, meeting: Meeting, kind: str, login: str | None) -> MeetingRecord:
        after = msgspec.structs.replace(meeting, revision=meeting.revision + 1)
        meeting_store.save_meeting(conn, after)
        detail: Detail = {"state": after.state, "revision": after.revision}
        actor = "system" if login is None else f"account:{login}"
        self._journal.record(conn, kind, actor=actor, subject=f"meeting:{meeting.meeting_id}", detail=detail)
        conn.publish("meeting", meeting.meeting_id)
        return self._record(conn, meeting.meeting_id)

    def _record(self, conn: Connection, meeting_id: str) -> MeetingRecord:
        meeting, now = meeting_store.require_meeting(conn, meeting_id), self._clock.ms()
        edition = self._edition_at(conn, now if meeting.opened_at is None else meeting.opened_at)
        return record_of_meeting(conn, meeting, edition, self._seals, now)

    def _edition_at(self, conn: Connection, moment: int) -> Record:
        """Return the edition that was the newest at a moment: a meeting is held under its convention."""
        edition = self._agreed.head(conn)
        while edition.made_at > moment and edition.previous is not None:
            edition = self._agreed.record(conn, edition.previous)
        return edition

    def _future(self, moment: int) -> int:
        try:
            msgspec.convert(moment, Moment, strict=True)
        except msgspec.ValidationError as error:
            raise MeetingMalformed(reason=Words(N_("its date is not one"))) from error
        if moment < self._clock.ms():
            raise MeetingMalformed(reason=Words(N_("it would begin in the past")))
        return moment


def _title(text: str) -> str:
    title = one_line(text)
    if not title:
        raise MeetingMalformed(reason=Words(N_("a title is missing")))
    return title
