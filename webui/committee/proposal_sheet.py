"""A proposal's page: whole, or the parts of it that changed while somebody reads it."""

from datetime import UTC, date, datetime, time

from aiohttp import web

from mdm.clock import to_ms
from mdm.errors import ValiseError
from mdm.home.evaluation.evaluation import Draft as Protocol
from mdm.home.evaluation.variables import VARIABLE_WORDS
from profiles.charter.gap_words import gap_in_words
from profiles.charter.study_decisions import protocol_in
from webui.committee.desk import Desk
from webui.committee.proposal_reading import ProposalReading, Stand
from webui.forms import NOTHING, Given
from webui.live import Parts
from webui.visitor import visitor_of

_LIVE = {
    "proposal-state": "_proposal_state.html",
    "vote": "_proposal_vote.html",
    "steps": "_proposal_steps.html",
    "talk": "_proposal_talk.html",
    "life": "_proposal_life.html",
}
"""The parts that move, by their elements."""


class ProposalSheet:
    """Renders a proposal for those who read it, and again when something about it was refused."""

    def __init__(self, desk: Desk, reading: ProposalReading) -> None:
        self._desk = desk
        self._reading = reading

    async def page(
        self,
        request: web.Request,
        proposal_id: str,
        *,
        refused: ValiseError | None = None,
        at: str = "",
        given: Given = NOTHING,
    ) -> web.Response:
        """Return the whole page; raise `ProposalUnknown`."""
        stand = await self.stand(request, proposal_id)
        study = stand.view.proposal.study
        protocol = protocol_in(study) if study is not None else None
        return self._desk.page(
            request,
            "proposal.html",
            refused=refused,
            at=at,
            given=given,
            stand=stand,
            effects=await self._reading.effects(stand.view),
            gap_words=lambda gap: gap_in_words(gap, visitor_of(request).translate),
            protocol=protocol,
            period=_period(protocol) if protocol is not None else (),
            variables=VARIABLE_WORDS,
        )

    async def stand(self, request: web.Request, proposal_id: str) -> Stand:
        """Return how a proposal stands for whoever asks."""
        return await self._reading.stand(proposal_id, self._desk.login_or_none(request))

    async def parts(self, request: web.Request, proposal_id: str) -> Parts:
        """Return the parts that move."""
        stand = await self.stand(request, proposal_id)
        return {name: self._desk.part(request, template, stand=stand) for name, template in _LIVE.items()}


def _period(protocol: Protocol) -> tuple[int, int]:
    """Return the first and the last day, as moments that are on these days all over France."""

    def noon(day: date) -> int:
        return to_ms(datetime.combine(day, time(12), tzinfo=UTC))

    return noon(protocol.first_day), noon(protocol.last_day)
