"""Keeping a meeting: calling it, its agenda, who is there, notes, its votes, and its end."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import get_args

from aiohttp import web

from mdm.errors import ValiseError
from mdm.i18n import N_
from profiles.charter.meeting_record import MeetingRecord, Presence
from profiles.charter.meetings import Entry, Invitation, Meetings
from profiles.charter.votes import Votes
from webui.committee.desk import Desk
from webui.committee.meeting_pages import MEETING
from webui.committee.meeting_sheet import MeetingSheet
from webui.errors import NothingChosen
from webui.forms import Given, given_in
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action

Deed = Callable[[str, str, Given], Awaitable[object]]
_NOTES_BYTES = 256 * 1024
_SEAT = "seat-"
_PRESENCES: Mapping[str, Presence] = {one: one for one in get_args(Presence)}


class MeetingKeepingPages:
    """Keeps meetings; what is refused is said at its form, with what was written still there."""

    def __init__(self, desk: Desk, meetings: Meetings, votes: Votes, sheet: MeetingSheet) -> None:
        self._desk = desk
        self._meetings = meetings
        self._votes = votes
        self._sheet = sheet

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        keeps = Action.MANAGE_MEETINGS
        return [
            page("GET", "/meetings/new", self.write, needs=keeps),
            page("POST", "/meetings", self.call, needs=keeps),
            page("POST", f"{MEETING}/move", self.move, needs=keeps),
            page("POST", f"{MEETING}/agenda", self.change_agenda, needs=keeps),
            page("POST", f"{MEETING}/opening", self.open, needs=keeps),
            page("POST", f"{MEETING}/attendance", self.attend, needs=keeps),
            page("POST", f"{MEETING}/notes", self.note, needs=keeps, upload_bytes=_NOTES_BYTES),
            page("POST", f"{MEETING}/closing", self.close, needs=keeps),
            page("POST", f"{MEETING}/vote-opening", self.open_vote, needs=Action.OPEN_VOTE),
            page("POST", f"{MEETING}/vote-closing", self.close_vote, needs=Action.CLOSE_VOTE),
        ]

    async def write(self, request: web.Request) -> web.Response:
        """Show the form of a new meeting."""
        return self._desk.page(request, "meeting_new.html")

    async def call(self, request: web.Request) -> web.Response:
        """Call a meeting."""
        given = await given_in(request)
        try:
            login = self._desk.login(request)
            record = await self._meetings.call(_invitation(given), login=login)
        except ValiseError as refused:
            return self._desk.page(request, "meeting_new.html", refused=refused, at="new", given=given)
        raise see_other(f"/meetings/{record.meeting_id}", notice=N_("The meeting is called. Now its agenda."))

    async def move(self, request: web.Request) -> web.StreamResponse:
        """Change when, where or under which title a meeting is."""

        async def deed(meeting_id: str, login: str, given: Given) -> None:
            await self._meetings.move(
                meeting_id,
                revision=_revision(given),
                begins_at=given.hour("begins_at", N_("Begins")),
                place=given.text("place"),
                title=given.text("title"),
                login=login,
            )

        return await self._done(request, "move", deed, N_("The meeting is changed."))

    async def change_agenda(self, request: web.Request) -> web.StreamResponse:
        """Add to the agenda, take from it, or move an item up or down."""

        async def deed(meeting_id: str, login: str, given: Given) -> None:
            record = await self._meetings.show(meeting_id)
            agenda = _changed(record, given)
            await self._meetings.set_agenda(meeting_id, agenda, revision=_revision(given), login=login)

        return await self._done(request, "agenda", deed, N_("The agenda is changed."), "agenda")

    async def open(self, request: web.Request) -> web.StreamResponse:
        """Open a meeting."""

        async def deed(meeting_id: str, login: str, given: Given) -> None:
            await self._meetings.open(meeting_id, revision=_revision(given), login=login)

        return await self._done(request, "state", deed, N_("The meeting is open."))

    async def attend(self, request: web.Request) -> web.StreamResponse:
        """Note who is there."""

        async def deed(meeting_id: str, login: str, given: Given) -> None:
            presences = {
                name.removeprefix(_SEAT): _PRESENCES[given.text(name)]
                for name in given.names()
                if name.startswith(_SEAT) and given.text(name) in _PRESENCES
            }
            if not presences:
                raise NothingChosen
            await self._meetings.attend(meeting_id, presences, revision=_revision(given), login=login)

        return await self._done(request, "attendance", deed, N_("Who is there is noted."), "presence")

    async def note(self, request: web.Request) -> web.StreamResponse:
        """Write the notes of an item, or of the whole meeting."""
        item = (await given_in(request)).whole("item")

        async def deed(meeting_id: str, login: str, given: Given) -> None:
            await self._meetings.note(
                meeting_id, given.text("words"), item=item, revision=_revision(given), login=login
            )

        at = "notes" if item is None else f"notes-{item}"
        return await self._done(request, at, deed, N_("The notes are kept."), f"keep-{item}" if item else "notes")

    async def close(self, request: web.Request) -> web.StreamResponse:
        """Close a meeting."""

        async def deed(meeting_id: str, login: str, given: Given) -> None:
            await self._meetings.close(meeting_id, revision=_revision(given), login=login)

        return await self._done(request, "state", deed, N_("The meeting is closed; its minutes are ready."))

    async def open_vote(self, request: web.Request) -> web.StreamResponse:
        """Open the vote on an item in the meeting."""
        proposal_id = (await given_in(request)).text("proposal")[:64]

        async def deed(meeting_id: str, login: str, given: Given) -> None:
            del given
            await self._votes.open(proposal_id, actor=f"account:{login}", meeting_id=meeting_id)

        return await self._done(request, f"vote-{proposal_id}", deed, N_("The vote is open."), "agenda")

    async def close_vote(self, request: web.Request) -> web.StreamResponse:
        """Close the vote on an item and count it."""
        proposal_id = (await given_in(request)).text("proposal")[:64]

        async def deed(meeting_id: str, login: str, given: Given) -> None:
            del meeting_id, given
            await self._votes.close(proposal_id, actor=f"account:{login}")

        return await self._done(request, f"vote-{proposal_id}", deed, N_("The vote is closed and counted."), "agenda")

    async def _done(
        self, request: web.Request, at: str, deed: Deed, notice: str, anchor: str = ""
    ) -> web.StreamResponse:
        meeting_id, given = request.match_info["meeting_id"], await given_in(request)
        try:
            await deed(meeting_id, self._desk.login(request), given)
        except ValiseError as refused:
            return await self._sheet.page(request, meeting_id, refused=refused, at=at, given=given)
        raise see_other(f"/meetings/{meeting_id}" + (f"#{anchor}" if anchor else ""), notice=notice)


def _invitation(given: Given) -> Invitation:
    begins_at = given.hour("begins_at", N_("Begins"))
    return Invitation(
        kind="written" if given.text("kind") == "written" else "room",
        title=given.text("title"),
        begins_at=begins_at if begins_at is not None else 0,
        place=given.text("place"),
    )


def _revision(given: Given) -> int:
    return given.whole("revision") or 0


def _changed(record: MeetingRecord, given: Given) -> Sequence[Entry]:
    """Return the agenda after what the form asks for: one thing at a time."""
    agenda = [
        Entry(title=one.title, proposal_id=None if one.proposal is None else one.proposal.proposal_id)
        for one in record.items
    ]
    place = (given.whole("item") or 0) - 1
    deed, known = given.text("deed"), 0 <= place < len(agenda)
    if deed == "add":
        proposal_id = given.text("proposal")[:64]
        if not proposal_id and not given.text("title"):
            raise NothingChosen
        return [*agenda, Entry(title=given.text("title"), proposal_id=proposal_id or None)]
    if deed == "remove" and known:
        return [*agenda[:place], *agenda[place + 1 :]]
    if deed in ("up", "down") and known:
        other = place - 1 if deed == "up" else place + 1
        if 0 <= other < len(agenda):
            agenda[place], agenda[other] = agenda[other], agenda[place]
        return agenda
    raise NothingChosen
