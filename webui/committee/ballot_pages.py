"""Voting: the ballot paper, the ballot that a passkey signed or the server attests, and what its voter is told."""

import msgspec
from aiohttp import web

from mdm.errors import ValiseError, Words
from mdm.i18n import N_
from profiles.charter.casting import Casting, Receipt
from profiles.charter.counting import Choice
from profiles.charter.errors import BallotRefused
from profiles.charter.passkeys import Assertion
from profiles.charter.proposals import Proposals
from profiles.charter.texts import paragraphs
from profiles.charter.vote_errors import NoSeat, VoteNotOpen
from webui.api.resources.passkeys import AssertionAnswer
from webui.committee.ballot_reading import BallotReading, Paper
from webui.committee.desk import Desk
from webui.committee.proposal_pages import PROPOSAL
from webui.committee.proposal_reading import ProposalReading
from webui.errors import NothingChosen
from webui.forms import NOTHING, Given, given_in
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action


class BallotPages:
    """Takes ballots."""

    def __init__(
        self,
        desk: Desk,
        casting: Casting,
        proposals: Proposals,
        papers: BallotReading,
        reading: ProposalReading,
        *,
        party: str,
    ) -> None:
        self._desk = desk
        self._casting = casting
        self._proposals = proposals
        self._papers = papers
        self._reading = reading
        self._party = party

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("GET", f"{PROPOSAL}/vote", self.show, needs=Action.VOTE),
            page("POST", f"{PROPOSAL}/vote", self.cast, needs=Action.VOTE),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Show the ballot paper; where there is none, say why."""
        proposal_id = request.match_info["proposal_id"]
        try:
            paper = await self._papers.paper(proposal_id, self._desk.login(request))
        except (VoteNotOpen, NoSeat) as refused:
            # To look whether there is a vote is no mistake; to ask for a ballot paper without a seat is one.
            status = 200 if isinstance(refused, VoteNotOpen) else None
            return self._desk.page(
                request, "no_ballot.html", refused=refused, at="vote", status=status, proposal_id=proposal_id
            )
        return await self._shown(request, paper)

    async def cast(self, request: web.Request) -> web.Response:
        """Cast a ballot; of a secret one, show its serial, which nobody is told again."""
        proposal_id, given = request.match_info["proposal_id"], await given_in(request)
        login = self._desk.login(request)
        try:
            receipt = await self._cast(proposal_id, login, given)
        except (VoteNotOpen, NoSeat) as refused:
            return self._desk.page(request, "no_ballot.html", refused=refused, at="vote", proposal_id=proposal_id)
        except ValiseError as refused:
            paper = await self._papers.paper(proposal_id, login)
            return await self._shown(request, paper, refused=refused, given=given)
        if receipt.serial is not None:
            return self._desk.page(request, "receipt.html", receipt=receipt, proposal_id=proposal_id)
        raise see_other(f"/proposals/{proposal_id}/vote", notice=N_("Your ballot is counted. Thank you."))

    async def _cast(self, proposal_id: str, login: str, given: Given) -> Receipt:
        choice: Choice | None = given.one_of("choice", Choice)
        if choice is None:
            raise NothingChosen
        reason = paragraphs(given.text("reason"))
        receipt = await self._casting.cast(
            proposal_id,
            login,
            choice,
            seat=given.text("seat")[:64] or None,
            assertion=_assertion(given.text("assertion")),
        )
        if reason and receipt.serial is None:
            await self._proposals.comment(proposal_id, login=login, words=reason)
        return receipt

    async def _shown(
        self, request: web.Request, paper: Paper, *, refused: ValiseError | None = None, given: Given = NOTHING
    ) -> web.Response:
        stand = await self._reading.stand(paper.vote.proposal_id, self._desk.login_or_none(request))
        return self._desk.page(
            request,
            "ballot.html",
            refused=refused,
            at="vote",
            given=given,
            paper=paper,
            effects=await self._reading.effects(stand.view),
            party=self._party,
        )


def _assertion(text: str) -> Assertion | None:
    """Return the passkey's answer that the page's script put into the form; raise `BallotRefused`."""
    if not text:
        return None
    try:
        return msgspec.json.decode(text, type=AssertionAnswer).assertion()
    except msgspec.DecodeError as error:
        raise BallotRefused(reason=Words(N_("what the browser signed is not readable"))) from error
