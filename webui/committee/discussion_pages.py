"""What is said about a proposal: comments, requests for information, answers, and conflicts of interest."""

from aiohttp import web

from mdm.errors import ValiseError
from mdm.i18n import N_
from profiles.charter.proposals import Proposals, ProposalView
from webui.committee.desk import Desk
from webui.committee.proposal_pages import PROPOSAL
from webui.committee.proposal_sheet import ProposalSheet
from webui.forms import Given, given_in
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action


class DiscussionPages:
    """Adds to discussions; what is refused is said at its form, with the words still there."""

    def __init__(self, desk: Desk, proposals: Proposals, sheet: ProposalSheet) -> None:
        self._desk = desk
        self._proposals = proposals
        self._sheet = sheet

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("POST", f"{PROPOSAL}/comments", self.comment, needs=Action.COMMENT),
            page("POST", f"{PROPOSAL}/recusals", self.stand_aside, needs=Action.DECLARE_CONFLICT),
        ]

    async def comment(self, request: web.Request) -> web.StreamResponse:
        """Add a comment, a request for information, or the answer to one."""
        proposal_id, given = request.match_info["proposal_id"], await given_in(request)
        try:
            view = await self._said(proposal_id, self._desk.login(request), given)
        except ValiseError as refused:
            return await self._sheet.page(request, proposal_id, refused=refused, at="comment", given=given)
        position = view.events[-1].position
        raise see_other(f"/proposals/{proposal_id}#said-{position}", notice=N_("Your message is there."))

    async def stand_aside(self, request: web.Request) -> web.StreamResponse:
        """Declare a conflict of interest for a seat."""
        proposal_id, given = request.match_info["proposal_id"], await given_in(request)
        try:
            login = self._desk.login(request)
            await self._proposals.stand_aside(
                proposal_id, seat_id=given.text("seat")[:64], login=login, words=given.text("words")
            )
        except ValiseError as refused:
            return await self._sheet.page(request, proposal_id, refused=refused, at="recusal", given=given)
        raise see_other(f"/proposals/{proposal_id}#discussion", notice=N_("Your seat stands aside from this proposal."))

    async def _said(self, proposal_id: str, login: str, given: Given) -> ProposalView:
        words, way = given.text("words"), given.text("as")
        if way.isdecimal() and len(way) < 10:
            return await self._proposals.answer(proposal_id, request=int(way), login=login, words=words)
        if way == "request":
            return await self._proposals.ask(proposal_id, login=login, words=words)
        return await self._proposals.comment(proposal_id, login=login, words=words)
