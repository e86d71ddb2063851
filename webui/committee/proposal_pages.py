"""The list of proposals, and a proposal's page, which stays live."""

from aiohttp import web

from mdm.store import Event
from profiles.charter.convention import Kind
from profiles.charter.convention_words import PROPOSAL_KINDS
from profiles.charter.proposal_life import STATE_WORDS, ProposalState
from profiles.charter.proposals import Proposals
from webui.committee.cursors import read_cursor, written
from webui.committee.desk import Desk
from webui.committee.proposal_sheet import ProposalSheet
from webui.forms import query_of
from webui.live import Parts
from webui.pages import page
from webui.permissions import Action

PROPOSAL = "/proposals/{proposal_id:[0-9a-f]{32}}"
_LINES = 50


class ProposalPages:
    """Shows proposals."""

    def __init__(self, desk: Desk, proposals: Proposals, sheet: ProposalSheet) -> None:
        self._desk = desk
        self._proposals = proposals
        self._sheet = sheet

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", "/proposals", self.list, needs=Action.READ_PROPOSALS),
            page("GET", PROPOSAL, self.show, needs=Action.READ_PROPOSALS),
            page("GET", f"{PROPOSAL}/events", self.follow, needs=Action.READ_PROPOSALS),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """Show proposals, the one that changed last first, those that are searched for."""
        query = query_of(request)
        mine = self._desk.login_or_none(request) if query.is_set("mine") else ""
        rows = await self._proposals.list(
            state=query.one_of("state", ProposalState),
            kind=query.one_of("kind", Kind),
            author=mine,
            text=query.text("q")[:200],
            after=read_cursor(query.text("after")),
            limit=_LINES + 1,
        )
        shown = rows[:_LINES]
        more = written((shown[-1].changed_at, shown[-1].proposal_id)) if len(rows) > _LINES else None
        return self._desk.page(
            request,
            "proposals.html",
            rows=shown,
            query=query,
            states=list(STATE_WORDS),
            kinds=PROPOSAL_KINDS,
            first=self._desk.first_address(request),
            next=self._desk.next_address(request, more),
        )

    async def show(self, request: web.Request) -> web.Response:
        """Show a proposal."""
        return await self._sheet.page(request, request.match_info["proposal_id"])

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Send the parts of a proposal's page as they change."""
        proposal_id = request.match_info["proposal_id"]
        await self._sheet.stand(request, proposal_id)

        async def render() -> Parts:
            return await self._sheet.parts(request, proposal_id)

        def concerns(event: Event) -> bool:
            # An edition that carries the proposal says so itself.
            return event.topic == "charter" or event.key == proposal_id

        return await self._desk.site.follow(request, render, concerns, topics=("proposal", "charter"))
