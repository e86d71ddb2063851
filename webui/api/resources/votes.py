"""Votes and ballots, and the register of decisions."""

from datetime import datetime
from typing import Any

import msgspec

from mdm.clock import from_ms
from mdm.i18n import Translator
from mdm.store import Connection, Database
from profiles.charter import vote_store
from profiles.charter.casting import Casting, Receipt
from profiles.charter.charter import Charter
from profiles.charter.counting import Choice
from profiles.charter.errors import (
    BallotRefused,
    ChangeImpossible,
    EditionNotVerified,
    NoCharter,
    NoSuchRule,
    ProposalMalformed,
    RecordMalformed,
)
from profiles.charter.meeting_errors import MeetingNotHeld, MeetingUnknown, NotOnAgenda
from profiles.charter.vote_errors import (
    HolderVoted,
    NoSeat,
    NoticeRunning,
    NotReadyForVote,
    PasskeyNeeded,
    PasskeyUnknown,
    ProposalUnknown,
    SeatNeeded,
    SecretBallotStands,
    VoteNotOpen,
    VoteNotOver,
)
from profiles.charter.vote_store import VoteRow
from profiles.charter.votes import Votes
from profiles.errors import PolicyInvalid
from webui.api.operation import Call, Creates, Operation, operation
from webui.api.paging import Page, PageQuery, after, page_of
from webui.api.resources.discussions import Seat
from webui.api.resources.editions import Hash
from webui.api.resources.passkeys import AssertionAnswer, RequestOptions, options_for
from webui.api.resources.places import Id
from webui.api.resources.proposal_shown import ProposalPath
from webui.api.resources.tallies import TallyShown, tally_shown
from webui.api.results import Created, Nothing
from webui.permissions import Action, may, require
from webui.scopes import Place


class VoteShown(msgspec.Struct, frozen=True, kw_only=True):
    """A vote. `digest` is what ballots name; `tally` is null while it is open."""

    proposal_id: str
    title: str
    round: int
    digest: Hash
    secret: bool
    opened_at: datetime
    closes_at: datetime
    closed_at: datetime | None
    meeting_id: str | None
    adopted: bool | None
    tally: TallyShown | None
    edition_id: Hash | None


class VoteWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A vote to open; in a meeting, which must be open and have it on its agenda, it may be closed at any moment."""

    meeting_id: Id | None = None


class StatementWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one wants to say. `seat` is needed by who holds several."""

    choice: Choice
    seat: Seat | None = None


class StatementShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a passkey signs: `options` ask for it, with the SHA-256 of the statement's canonical JSON as challenge.

    `options` is null for who has no passkey: the ballot is sent without an assertion then.
    """

    statement: dict[str, Any]
    options: RequestOptions | None


class BallotWanted(StatementWanted, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A ballot. `assertion` is the passkey's answer; without it the server attests the ballot."""

    assertion: AssertionAnswer | None = None


_UNSOUND = (NoCharter, EditionNotVerified, RecordMalformed)
_CAST = (*_UNSOUND, VoteNotOpen, NoSeat, SeatNeeded)


class VoteOperations:
    """Opens, takes, closes and shows votes."""

    def __init__(self, database: Database, charter: Charter, *, party: str) -> None:
        self._database = database
        self._votes: Votes = charter.votes
        self._casting: Casting = charter.casting
        self._passkeys = charter.passkeys
        self._party = party

    def operations(self) -> list[Operation]:
        """Return the operations."""
        return [
            operation(
                "GET",
                "/votes",
                self.list_open,
                name="list_open_votes",
                summary="The votes that are open, the first to close first.",
                needs=Action.READ_BALLOTS,
            ),
            operation(
                "GET",
                "/decisions",
                self.list_decided,
                name="list_decisions",
                summary="The register of decisions, the oldest first.",
                needs=Action.READ_BALLOTS,
            ),
            operation(
                "GET",
                "/proposals/{proposal_id}/vote",
                self.show,
                name="show_vote",
                summary="The latest vote on a proposal.",
                needs=Action.READ_BALLOTS,
                errors=(ProposalUnknown,),
            ),
            operation(
                "POST",
                "/proposals/{proposal_id}/vote",
                self.open,
                name="open_vote",
                summary="Open the vote on a proposal that was examined.",
                needs=Action.OPEN_VOTE,
                creates=Creates.AT_ONCE,
                errors=(
                    *_UNSOUND,
                    ProposalUnknown,
                    NotReadyForVote,
                    NoticeRunning,
                    NoSuchRule,
                    MeetingUnknown,
                    MeetingNotHeld,
                    NotOnAgenda,
                    ChangeImpossible,
                    ProposalMalformed,
                    PolicyInvalid,
                ),
            ),
            operation(
                "POST",
                "/proposals/{proposal_id}/vote/statement",
                self.statement,
                name="show_ballot_statement",
                summary="What a passkey signs to vote.",
                needs=Action.VOTE,
                errors=_CAST,
            ),
            operation(
                "PUT",
                "/proposals/{proposal_id}/vote/ballot",
                self.cast,
                name="cast_ballot",
                summary="Vote for a seat that one holds or deputises for.",
                needs=Action.VOTE,
                errors=(*_CAST, HolderVoted, SecretBallotStands, PasskeyNeeded, PasskeyUnknown, BallotRefused),
            ),
            operation(
                "POST",
                "/proposals/{proposal_id}/vote/close",
                self.close,
                name="close_vote",
                summary="Close a vote and count it.",
                needs=Action.CLOSE_VOTE,
                errors=(*_UNSOUND, VoteNotOpen, VoteNotOver),
            ),
        ]

    async def list_open(self, call: Call[Nothing, Nothing, Nothing]) -> tuple[VoteShown, ...]:
        """Return the open votes."""
        rows = await self._database.read(vote_store.open_votes)
        return tuple(_shown(row, call.translate) for row in rows)

    async def list_decided(self, call: Call[Nothing, PageQuery, Nothing]) -> Page[VoteShown]:
        """Return closed votes."""
        place = after(call.query, tuple[int, str])
        rows = await self._database.read(
            lambda conn: vote_store.decided_votes(conn, after=place, limit=call.query.limit + 1)
        )
        words = call.translate
        return page_of(
            call.query, rows, lambda row: _shown(row, words), lambda row: (row.closed_at or 0, row.proposal_id)
        )

    async def show(self, call: Call[ProposalPath, Nothing, Nothing]) -> VoteShown:
        """Return a vote."""
        row = await self._database.read(lambda conn: vote_store.vote_of(conn, call.path.proposal_id))
        if row is None:
            raise ProposalUnknown(proposal=call.path.proposal_id)
        return _shown(row, call.translate)

    async def open(self, call: Call[ProposalPath, Nothing, VoteWanted]) -> Created[VoteShown]:
        """Open a vote."""
        proposal_id, actor = call.path.proposal_id, f"account:{call.login}"

        def work(conn: Connection) -> Created[VoteShown]:
            row = self._votes.open_in(conn, proposal_id, actor=actor, meeting_id=call.body.meeting_id)
            return Created(value=_shown(row, call.translate), location=f"/api/v1/proposals/{proposal_id}/vote")

        return await call.once(work)

    async def statement(self, call: Call[ProposalPath, Nothing, StatementWanted]) -> StatementShown:
        """Return what one signs."""
        login, body = call.login, call.body
        said = await self._casting.statement(call.path.proposal_id, login, body.choice, seat=body.seat)
        require(call.person, Action.VOTE, Place(seat_id=said.seat))
        known = await self._passkeys.list(login)
        return StatementShown(statement=said.tree(), options=options_for(said.digest, known, self._party))

    async def cast(self, call: Call[ProposalPath, Nothing, BallotWanted]) -> Receipt:
        """Cast a ballot."""
        login, body = call.login, call.body
        signed = body.assertion.assertion() if body.assertion is not None else None
        if not may(call.person, Action.VOTE, Place()):
            said = await self._casting.statement(call.path.proposal_id, login, body.choice, seat=body.seat)
            require(call.person, Action.VOTE, Place(seat_id=said.seat))
        return await self._casting.cast(call.path.proposal_id, login, body.choice, seat=body.seat, assertion=signed)

    async def close(self, call: Call[ProposalPath, Nothing, Nothing]) -> TallyShown:
        """Close a vote."""
        actor = f"account:{call.login}"
        decision = await self._votes.close(call.path.proposal_id, actor=actor)
        return tally_shown(decision.tally, call.translate)


def _shown(row: VoteRow, words: Translator) -> VoteShown:
    decision = row.decided()
    return VoteShown(
        proposal_id=row.proposal_id,
        title=row.proposal().title,
        round=row.round,
        digest=row.digest,
        secret=row.secret,
        opened_at=from_ms(row.opened_at),
        closes_at=from_ms(row.closes_at),
        closed_at=from_ms(row.closed_at) if row.closed_at is not None else None,
        meeting_id=row.meeting_id,
        adopted=row.adopted,
        tally=tally_shown(decision.tally, words) if decision is not None else None,
        edition_id=row.edition_id,
    )
