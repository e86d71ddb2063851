"""The steps of a proposal's life: submitted, taken back, admitted, sent back, examined, voted."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from mdm.errors import ValiseError
from mdm.i18n import N_
from profiles.charter.proposals import Proposals
from profiles.charter.votes import Votes
from webui.committee.desk import Desk
from webui.committee.proposal_pages import PROPOSAL
from webui.committee.proposal_sheet import ProposalSheet
from webui.errors import NotAllowed
from webui.forms import Given, given_in
from webui.notices import see_other
from webui.pages import page
from webui.permissions import Action

Step = Callable[[str, str, Given], Awaitable[object]]


class StepPages:
    """Takes steps; what is refused is said at the button that was pressed."""

    def __init__(self, desk: Desk, proposals: Proposals, votes: Votes, sheet: ProposalSheet) -> None:
        self._desk = desk
        self._proposals = proposals
        self._votes = votes
        self._sheet = sheet

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            page("POST", f"{PROPOSAL}/submission", self.submit, needs=Action.PROPOSE),
            page("POST", f"{PROPOSAL}/retraction", self.withdraw, needs=Action.PROPOSE),
            page("POST", f"{PROPOSAL}/admission", self.admit, needs=Action.EXAMINE_PROPOSAL),
            page("POST", f"{PROPOSAL}/return", self.send_back, needs=Action.EXAMINE_PROPOSAL),
            page("POST", f"{PROPOSAL}/examination", self.examine, needs=Action.EXAMINE_PROPOSAL),
            page("POST", f"{PROPOSAL}/validation", self.validate, needs=Action.VALIDATE_PILOT),
            page("POST", f"{PROPOSAL}/opening", self.open, needs=Action.OPEN_VOTE),
            page("POST", f"{PROPOSAL}/closing", self.close, needs=Action.CLOSE_VOTE),
        ]

    async def submit(self, request: web.Request) -> web.StreamResponse:
        """Submit one's proposal."""

        async def step(proposal_id: str, login: str, given: Given) -> None:
            del given
            await self._proposals.submit(proposal_id, login=login)

        return await self._taken(request, "submission", step, N_("Your proposal is submitted."))

    async def withdraw(self, request: web.Request) -> web.StreamResponse:
        """Take one's proposal back."""

        async def step(proposal_id: str, login: str, given: Given) -> None:
            await self._proposals.withdraw(proposal_id, login=login, words=given.text("words"))

        return await self._taken(request, "retraction", step, N_("The proposal is taken back."))

    async def admit(self, request: web.Request) -> web.StreamResponse:
        """Find a proposal admissible."""

        async def step(proposal_id: str, login: str, given: Given) -> None:
            await self._proposals.admit(proposal_id, login=login, words=given.text("words"))

        return await self._taken(request, "admission", step, N_("The proposal is admitted."))

    async def send_back(self, request: web.Request) -> web.StreamResponse:
        """Send a proposal back with reasons."""

        async def step(proposal_id: str, login: str, given: Given) -> None:
            await self._proposals.send_back(proposal_id, login=login, words=given.text("words"))

        return await self._taken(request, "return", step, N_("The proposal is sent back to its author."))

    async def examine(self, request: web.Request) -> web.StreamResponse:
        """Note that a proposal was examined."""
        return await self._taken(
            request, "examination", self._examination(pilot=False), N_("The examination is noted.")
        )

    async def validate(self, request: web.Request) -> web.StreamResponse:
        """Validate the project of a pilot."""
        return await self._taken(request, "validation", self._examination(pilot=True), N_("The pilot is validated."))

    async def open(self, request: web.Request) -> web.StreamResponse:
        """Open the vote outside meetings."""

        async def step(proposal_id: str, login: str, given: Given) -> None:
            del given
            await self._votes.open(proposal_id, actor=f"account:{login}")

        return await self._taken(request, "opening", step, N_("The vote is open."))

    async def close(self, request: web.Request) -> web.StreamResponse:
        """Close the vote and count it."""

        async def step(proposal_id: str, login: str, given: Given) -> None:
            del given
            await self._votes.close(proposal_id, actor=f"account:{login}")

        return await self._taken(request, "closing", step, N_("The vote is closed and counted."))

    def _examination(self, *, pilot: bool) -> Step:
        async def step(proposal_id: str, login: str, given: Given) -> None:
            if ((await self._proposals.show(proposal_id)).row.kind == "pilot") != pilot:
                raise NotAllowed
            await self._proposals.examine(proposal_id, login=login, words=given.text("words"))

        return step

    async def _taken(self, request: web.Request, at: str, step: Step, notice: str) -> web.StreamResponse:
        proposal_id, given = request.match_info["proposal_id"], await given_in(request)
        try:
            await step(proposal_id, self._desk.login(request), given)
        except ValiseError as refused:
            return await self._sheet.page(request, proposal_id, refused=refused, at=at, given=given)
        raise see_other(f"/proposals/{proposal_id}", notice=notice)
