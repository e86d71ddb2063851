"""Meetings for those who read and follow them: the list, a meeting's page that stays live, and its minutes."""

from urllib.parse import quote

from aiohttp import web

from mdm.store import Event
from profiles.charter.meeting_record import MeetingState
from profiles.charter.meetings import Meetings
from profiles.charter.minutes import minutes_pdf
from webui.committee.cursors import read_cursor, written
from webui.committee.desk import Desk
from webui.committee.meeting_sheet import MeetingSheet
from webui.forms import query_of
from webui.live import Parts
from webui.pages import page
from webui.permissions import Action
from webui.visitor import visitor_of

MEETING = "/meetings/{meeting_id:[0-9a-f]{32}}"
_LINES = 30


class MeetingPages:
    """Shows meetings."""

    def __init__(self, desk: Desk, meetings: Meetings, sheet: MeetingSheet) -> None:
        self._desk = desk
        self._meetings = meetings
        self._sheet = sheet

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/meetings", self.list, needs=Action.READ_MEETINGS),
            page("GET", MEETING, self.show, needs=Action.READ_MEETINGS),
            page("GET", f"{MEETING}/events", self.follow, needs=Action.READ_MEETINGS),
            page("GET", f"{MEETING}/minutes", self.minutes, needs=Action.READ_MEETINGS),
            page("GET", f"{MEETING}/minutes.pdf", self.paper, needs=Action.READ_MEETINGS),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """Show meetings, the latest first."""
        query = query_of(request)
        rows = await self._meetings.list(
            state=query.one_of("state", MeetingState), after=read_cursor(query.text("after")), limit=_LINES + 1
        )
        shown = rows[:_LINES]
        more = written((shown[-1].begins_at, shown[-1].meeting_id)) if len(rows) > _LINES else None
        return self._desk.page(
            request,
            "meetings.html",
            rows=shown,
            query=query,
            first=self._desk.first_address(request),
            next=self._desk.next_address(request, more),
        )

    async def show(self, request: web.Request) -> web.Response:
        """Show a meeting."""
        return await self._sheet.page(request, request.match_info["meeting_id"])

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Send the parts of a meeting's page as they change: also with each ballot of its votes."""
        meeting_id = request.match_info["meeting_id"]
        proposals: set[str] = set()

        async def render() -> Parts:
            record = await self._meetings.show(meeting_id)
            proposals.update(one.proposal.proposal_id for one in record.items if one.proposal is not None)
            return await self._sheet.parts(request, meeting_id)

        def concerns(event: Event) -> bool:
            return event.key == meeting_id or event.topic == "charter" or event.key in proposals

        await self._meetings.show(meeting_id)
        return await self._desk.site.follow(request, render, concerns, topics=("meeting", "proposal", "charter"))

    async def minutes(self, request: web.Request) -> web.Response:
        """Show a meeting's minutes to read."""
        record = await self._meetings.show(request.match_info["meeting_id"])
        items = await self._sheet.items(request, record)
        return self._desk.page(request, "minutes.html", record=record, items=items)

    async def paper(self, request: web.Request) -> web.Response:
        """Give a meeting's minutes as PDF."""
        record = await self._meetings.show(request.match_info["meeting_id"])
        body = await minutes_pdf(record, visitor_of(request).translate)
        response = web.Response(body=body, content_type="application/pdf")
        name = quote(f"{record.title[:80]}.pdf", safe="")
        response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
        return response
