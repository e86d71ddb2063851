"""Meetings: called with an agenda, opened, attended, noted and closed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from mdm.clock import to_ms
from profiles.charter.errors import EditionNotVerified, NoCharter, RecordMalformed
from profiles.charter.meeting_errors import (
    ItemUnknown,
    MeetingChanged,
    MeetingClosed,
    MeetingMalformed,
    MeetingNotCalled,
    MeetingNotHeld,
    MeetingUnknown,
    NotForAgenda,
    VotesOpen,
)
from profiles.charter.meeting_record import MeetingKind, MeetingState, Presence
from profiles.charter.meetings import Entry, Invitation, Meetings
from profiles.charter.proposal_errors import WordsRefused
from profiles.charter.seat_errors import SeatUnknown
from profiles.charter.vote_errors import ProposalUnknown
from webui.api.errors import Stale
from webui.api.operation import Call, Creates, Operation, operation
from webui.api.paging import Page, PageQuery, after, page_of
from webui.api.resources.meeting_shown import MeetingItem, MeetingShown, created, line, versioned
from webui.api.resources.places import Id
from webui.api.results import Created, Nothing, Versioned
from webui.permissions import Action

Moment = Annotated[datetime, Meta(tz=True)]
Title = Annotated[str, Meta(max_length=200)]
Notes = Annotated[str, Meta(max_length=20_000)]


class AgendaEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A subject, or a proposal, whose title it takes where none is given."""

    title: Title = ""
    proposal_id: Id | None = None


Agenda = Annotated[tuple[AgendaEntry, ...], Meta(max_length=200)]


class MeetingWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A meeting to call. A written consultation has no room; `place` is where answers go."""

    kind: MeetingKind
    title: Title
    begins_at: Moment
    place: Title = ""
    agenda: Agenda = ()


class MeetingMoved(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes of a meeting that was not opened yet; null stays."""

    begins_at: Moment | None = None
    place: Title | None = None
    title: Title | None = None


class AgendaWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another agenda. Withdrawals that wait to be ratified come onto it by themselves."""

    agenda: Agenda


class Attendance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is there, by seat."""

    seats: Annotated[dict[str, Presence], Meta(max_length=500)]


class NotesWritten(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Notes in the place of what was there: of an item by its position, or of the whole meeting."""

    text: Notes
    item: Annotated[int, Meta(ge=1, le=1000)] | None = None


class MeetingQuery(PageQuery, frozen=True, kw_only=True):
    """Chooses meetings."""

    state: MeetingState | None = None


class MeetingPath(msgspec.Struct, frozen=True, kw_only=True):
    """Names a meeting."""

    meeting_id: Id


_UNSOUND = (NoCharter, EditionNotVerified, RecordMalformed)
_HELD = (*_UNSOUND, MeetingUnknown, MeetingClosed)
_AGENDA = (MeetingMalformed, NotForAgenda, ProposalUnknown, WordsRefused)


class MeetingOperations:
    """Reads and keeps meetings."""

    def __init__(self, meetings: Meetings) -> None:
        self._meetings = meetings

    def operations(self) -> list[Operation]:
        """Return the operations."""
        return [*self._reading(), *self._keeping()]

    def _reading(self) -> list[Operation]:
        return [
            operation(
                "GET",
                "/meetings",
                self.list_meetings,
                name="list_meetings",
                summary="The meetings, the latest first.",
                needs=Action.READ_MEETINGS,
            ),
            operation(
                "GET",
                "/meetings/{meeting_id}",
                self.show,
                name="show_meeting",
                summary="A meeting with all that its minutes say.",
                needs=Action.READ_MEETINGS,
                errors=(*_UNSOUND, MeetingUnknown),
            ),
        ]

    def _keeping(self) -> list[Operation]:
        return [
            operation(
                "POST",
                "/meetings",
                self.call_meeting,
                name="call_meeting",
                summary="Call a meeting or a written consultation.",
                needs=Action.MANAGE_MEETINGS,
                creates=Creates.IN_STEPS,
                errors=(*_UNSOUND, *_AGENDA),
            ),
            operation(
                "PATCH",
                "/meetings/{meeting_id}",
                self.move,
                name="move_meeting",
                summary="Change when, where or under which title a meeting is.",
                needs=Action.MANAGE_MEETINGS,
                edits=True,
                errors=(*_HELD, MeetingNotCalled, MeetingMalformed, WordsRefused),
            ),
            operation(
                "PUT",
                "/meetings/{meeting_id}/agenda",
                self.set_agenda,
                name="set_agenda",
                summary="Put another agenda in the place of a meeting's.",
                needs=Action.MANAGE_MEETINGS,
                edits=True,
                errors=(*_HELD, *_AGENDA),
            ),
            operation(
                "POST",
                "/meetings/{meeting_id}/opening",
                self.open,
                name="open_meeting",
                summary="Open a meeting.",
                needs=Action.MANAGE_MEETINGS,
                edits=True,
                errors=(*_HELD, MeetingNotCalled),
            ),
            operation(
                "PUT",
                "/meetings/{meeting_id}/attendance",
                self.attend,
                name="note_attendance",
                summary="Note who is there, by seat.",
                needs=Action.MANAGE_MEETINGS,
                edits=True,
                errors=(*_HELD, SeatUnknown, MeetingMalformed),
            ),
            operation(
                "PUT",
                "/meetings/{meeting_id}/notes",
                self.note,
                name="write_meeting_notes",
                summary="Write the notes of an item, or of the whole meeting.",
                needs=Action.MANAGE_MEETINGS,
                edits=True,
                errors=(*_HELD, ItemUnknown, WordsRefused),
            ),
            operation(
                "POST",
                "/meetings/{meeting_id}/closing",
                self.close,
                name="close_meeting",
                summary="Close a meeting; nothing of it changes any more.",
                needs=Action.MANAGE_MEETINGS,
                edits=True,
                errors=(*_HELD, MeetingNotHeld, VotesOpen),
            ),
        ]

    async def list_meetings(self, call: Call[Nothing, MeetingQuery, Nothing]) -> Page[MeetingItem]:
        """Return meetings."""
        query = call.query
        rows = await self._meetings.list(state=query.state, after=after(query, tuple[int, str]), limit=query.limit + 1)
        return page_of(query, rows, line, lambda row: (row.begins_at, row.meeting_id))

    async def show(self, call: Call[MeetingPath, Nothing, Nothing]) -> Versioned[MeetingShown]:
        """Return a meeting."""
        return versioned(await self._meetings.show(call.path.meeting_id), call.translate)

    async def call_meeting(self, call: Call[Nothing, Nothing, MeetingWanted]) -> Created[MeetingShown]:
        """Call a meeting."""
        login, body = call.login, call.body
        invitation = Invitation(kind=body.kind, title=body.title, begins_at=to_ms(body.begins_at), place=body.place)
        made = await self._meetings.call(invitation, _entries(body.agenda), login=login)
        return created(made, call.translate)

    async def move(self, call: Call[MeetingPath, Nothing, MeetingMoved]) -> Versioned[MeetingShown]:
        """Move a meeting."""
        body, login = call.body, call.login
        with _fresh():
            moved = await self._meetings.move(
                call.path.meeting_id,
                revision=call.expected.revision(),
                begins_at=to_ms(body.begins_at) if body.begins_at is not None else None,
                place=body.place,
                title=body.title,
                login=login,
            )
        return versioned(moved, call.translate)

    async def set_agenda(self, call: Call[MeetingPath, Nothing, AgendaWanted]) -> Versioned[MeetingShown]:
        """Set the agenda."""
        login, revision = call.login, call.expected.revision()
        with _fresh():
            after_ = await self._meetings.set_agenda(
                call.path.meeting_id, _entries(call.body.agenda), revision=revision, login=login
            )
        return versioned(after_, call.translate)

    async def open(self, call: Call[MeetingPath, Nothing, Nothing]) -> Versioned[MeetingShown]:
        """Open a meeting."""
        login, revision = call.login, call.expected.revision()
        with _fresh():
            after_ = await self._meetings.open(call.path.meeting_id, revision=revision, login=login)
        return versioned(after_, call.translate)

    async def attend(self, call: Call[MeetingPath, Nothing, Attendance]) -> Versioned[MeetingShown]:
        """Note who is there."""
        login, revision = call.login, call.expected.revision()
        with _fresh():
            after_ = await self._meetings.attend(call.path.meeting_id, call.body.seats, revision=revision, login=login)
        return versioned(after_, call.translate)

    async def note(self, call: Call[MeetingPath, Nothing, NotesWritten]) -> Versioned[MeetingShown]:
        """Write notes."""
        login, revision = call.login, call.expected.revision()
        with _fresh():
            after_ = await self._meetings.note(
                call.path.meeting_id, call.body.text, item=call.body.item, revision=revision, login=login
            )
        return versioned(after_, call.translate)

    async def close(self, call: Call[MeetingPath, Nothing, Nothing]) -> Versioned[MeetingShown]:
        """Close a meeting."""
        login, revision = call.login, call.expected.revision()
        with _fresh():
            after_ = await self._meetings.close(call.path.meeting_id, revision=revision, login=login)
        return versioned(after_, call.translate)


@contextmanager
def _fresh() -> Iterator[None]:
    """Say of a meeting that somebody changed meanwhile what the API says of everything."""
    try:
        yield
    except MeetingChanged as error:
        raise Stale from error


def _entries(agenda: tuple[AgendaEntry, ...]) -> list[Entry]:
    return [Entry(title=one.title, proposal_id=one.proposal_id) for one in agenda]
