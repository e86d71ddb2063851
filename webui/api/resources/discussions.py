"""What people say about proposals: comments, requests for information, and conflicts of interest."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from mdm.i18n import N_
from profiles.catalogue.errors import ItemUnknown, RevisionDamaged
from profiles.charter.proposal_errors import (
    NotUnderDiscussion,
    NotYourSeat,
    ReasonsNeeded,
    RequestUnknown,
    SecretlyVoted,
    StandsAsideAlready,
    WordsRefused,
)
from profiles.charter.proposals import Proposals
from profiles.charter.vote_errors import ProposalUnknown
from webui.api.errors import BodyWrong, Wrong
from webui.api.operation import Call, Creates, Operation, operation
from webui.api.resources.proposal_shown import ProposalPath, ProposalShown, Text, created
from webui.api.results import Created, Nothing
from webui.permissions import Action

Seat = Annotated[
    str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,63}$", description="A seat's short name, as `GET /seats` tells it.")
]
_SAID = (ProposalUnknown, NotUnderDiscussion, ReasonsNeeded, WordsRefused, RevisionDamaged, ItemUnknown)


class CommentMade(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something said. An `answer`, and nothing else, names the request's position in `about`."""

    words: Text
    kind: Literal["comment", "request", "answer"] = "comment"
    about: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None


class RecusalMade(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A conflict of interest."""

    seat: Seat
    words: Text


class DiscussionOperations:
    """Adds to discussions."""

    def __init__(self, proposals: Proposals) -> None:
        self._proposals = proposals

    def operations(self) -> list[Operation]:
        """Return the operations."""
        return [
            operation(
                "POST",
                "/proposals/{proposal_id}/comments",
                self.comment,
                name="comment_proposal",
                summary="Say something about a proposal, request information, or answer a request.",
                needs=Action.COMMENT,
                creates=Creates.IN_STEPS,
                errors=(*_SAID, RequestUnknown),
            ),
            operation(
                "POST",
                "/proposals/{proposal_id}/recusals",
                self.stand_aside,
                name="stand_aside",
                summary="Declare a conflict of interest for one's seat.",
                needs=Action.DECLARE_CONFLICT,
                creates=Creates.IN_STEPS,
                errors=(*_SAID, NotYourSeat, StandsAsideAlready, SecretlyVoted),
            ),
        ]

    async def comment(self, call: Call[ProposalPath, Nothing, CommentMade]) -> Created[ProposalShown]:
        """Add to the discussion."""
        login, body, proposal_id = call.login, call.body, call.path.proposal_id
        if body.kind == "answer":
            if body.about is None:
                raise BodyWrong(Wrong(place="/about", reason=N_("An answer names the request."), params={}))
            view = await self._proposals.answer(proposal_id, request=body.about, login=login, words=body.words)
        elif body.about is not None:
            raise BodyWrong(Wrong(place="/about", reason=N_("Only an answer names a request."), params={}))
        elif body.kind == "request":
            view = await self._proposals.ask(proposal_id, login=login, words=body.words)
        else:
            view = await self._proposals.comment(proposal_id, login=login, words=body.words)
        return created(view)

    async def stand_aside(self, call: Call[ProposalPath, Nothing, RecusalMade]) -> Created[ProposalShown]:
        """Stand aside."""
        login, body = call.login, call.body
        return created(
            await self._proposals.stand_aside(call.path.proposal_id, seat_id=body.seat, login=login, words=body.words)
        )
