"""A ballot paper: for which seats somebody votes on a proposal, and exactly what each choice would sign."""

import msgspec

from mdm.clock import Clock
from mdm.store import Connection, Database
from profiles.charter import passkey_store, proposal_store, vote_store
from profiles.charter.ballot import Statement
from profiles.charter.canonical import canonical_json
from profiles.charter.casting import statement_of
from profiles.charter.charter import Charter
from profiles.charter.counting import Choice
from profiles.charter.passkey_store import MemberPasskey
from profiles.charter.proposal import Proposal
from profiles.charter.seat_store import Holding
from profiles.charter.vote_errors import NoSeat, VoteNotOpen
from profiles.charter.vote_store import VoteRow
from webui.committee.counts import VoteCount, count_of
from webui.committee.my_votes import VotingSeat, voting_seats

CHOICES: tuple[Choice, ...] = ("yes", "no", "abstain")


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody has before him when he votes; ``passkeys`` are his own."""

    proposal: Proposal
    vote: VoteRow
    count: VoteCount
    seats: tuple[VotingSeat, ...]
    passkeys: tuple[MemberPasskey, ...]

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What can be said."""
        return CHOICES

    @property
    def open_seats(self) -> tuple[VotingSeat, ...]:
        """The seats that can still say something: a secret ballot stands, and so does the holder's before a deputy."""
        return tuple(one for one in self.seats if not one.holder_voted and not (self.vote.secret and one.voted_at))

    @property
    def needs_passkey(self) -> bool:
        """Tell whether the server's word is not enough for this person."""
        return self.count.passkey_only or bool(self.passkeys)

    def statement(self, holding: Holding, choice: Choice) -> Statement:
        """Return what a passkey would sign."""
        return statement_of(self.vote, holding, None if self.vote.secret else choice)

    def text(self, holding: Holding, choice: Choice) -> str:
        """Return the exact text whose SHA-256 is signed: canonical JSON."""
        return canonical_json(self.statement(holding, choice).tree()).decode()


class BallotReading:
    """Reads ballot papers."""

    def __init__(self, database: Database, clock: Clock, charter: Charter) -> None:
        self._database = database
        self._clock = clock
        self._charter = charter

    async def paper(self, proposal_id: str, login: str) -> Paper:
        """Return a person's ballot paper; raise `ProposalUnknown`, `VoteNotOpen` or `NoSeat`."""
        return await self._database.read(lambda conn: self._paper(conn, proposal_id, login))

    def _paper(self, conn: Connection, proposal_id: str, login: str) -> Paper:
        proposal_store.require_proposal(conn, proposal_id)
        vote, now = vote_store.vote_of(conn, proposal_id), self._clock.ms()
        if vote is None or vote.closed_at is not None or now >= vote.closes_at:
            raise VoteNotOpen
        seats = voting_seats(conn, self._charter, vote, login, now)
        if not seats:
            raise NoSeat
        return Paper(
            proposal=vote.proposal(),
            vote=vote,
            count=count_of(conn, self._charter, vote, now),
            seats=seats,
            passkeys=tuple(passkey_store.passkeys_of(conn, login, self._charter.seals)),
        )
