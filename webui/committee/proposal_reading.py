"""All that a proposal's page shows, read together."""

import msgspec

from mdm.clock import Clock
from mdm.errors import ValiseError
from mdm.store import Connection, Database
from profiles.charter import seat_store, vote_store
from profiles.charter.charter import Charter
from profiles.charter.differences import Difference, differences
from profiles.charter.errors import ChangeImpossible, NoCharter
from profiles.charter.place_store import place_names_of
from profiles.charter.proposal_store import ProposalEvent
from profiles.charter.proposals import Proposals, ProposalView
from profiles.charter.seat_store import Holding
from profiles.charter.sentence import Sentence
from profiles.charter.state import State, apply_decision, tidy
from profiles.charter.vote_store import VoteRow
from profiles.compilers import Compilers
from profiles.errors import PolicyInvalid
from profiles.gaps import Gaps
from webui.committee.change_words import proposed_in_words
from webui.committee.counts import VoteCount, convention_of_vote, count_of
from webui.committee.exhibits import Pair, pairs_of
from webui.committee.my_votes import VotingSeat, voting_seats

_TALK = frozenset({"comment", "request", "answer", "recusal"})
_STANDS = frozenset({"draft", "submitted", "sent_back", "admissible", "examined", "vote_open", "adopted"})
"""States in which a proposal is compared with what is agreed now."""


class Stand(msgspec.Struct, frozen=True, kw_only=True):
    """How a proposal stands for one person: what moves while its page is open.

    ``seats``: those for which the person may vote in the open vote; ``held``: the seats that the person has at all.
    """

    view: ProposalView
    count: VoteCount | None
    seats: tuple[VotingSeat, ...]
    held: tuple[Holding, ...]

    @property
    def life(self) -> tuple[ProposalEvent, ...]:
        """What happened to it, without what was said."""
        return tuple(one for one in self.view.events if one.kind not in _TALK)

    @property
    def talk(self) -> tuple[ProposalEvent, ...]:
        """What was said, without the answers, which stand under their requests."""
        return tuple(one for one in self.view.events if one.kind in _TALK and one.kind != "answer")

    def answers(self, position: int) -> tuple[ProposalEvent, ...]:
        """Return the answers to a request."""
        return tuple(one for one in self.view.events if one.kind == "answer" and one.about == position)

    @property
    def may_stand_aside(self) -> tuple[Holding, ...]:
        """The person's seats that have not declared a conflict of interest."""
        aside = {one.seat_id for one in self.view.recusals}
        return tuple(one for one in self.held if one.seat_id not in aside)


class Effects(msgspec.Struct, frozen=True, kw_only=True):
    """What a proposal changes. ``differences`` is None when it does not fit what is agreed: ``trouble`` says why.

    ``lines`` are its changes by themselves; ``gaps``: what tablets will not obey.
    """

    differences: tuple[Difference, ...] | None
    lines: tuple[Sentence, ...]
    trouble: ValiseError | None
    gaps: Gaps | None
    pairs: tuple[Pair, ...]
    places: tuple[str, ...]


class ProposalReading:
    """Reads proposals for their pages."""

    def __init__(
        self, database: Database, clock: Clock, charter: Charter, proposals: Proposals, compilers: Compilers
    ) -> None:
        self._database = database
        self._clock = clock
        self._charter = charter
        self._proposals = proposals
        self._compilers = compilers

    async def stand(self, proposal_id: str, login: str) -> Stand:
        """Return how a proposal stands for a person; raise `ProposalUnknown`."""
        return await self._database.read(lambda conn: self._stand(conn, proposal_id, login))

    async def effects(self, view: ProposalView) -> Effects:
        """Return what a proposal changes, and what it is beside."""
        proposal_id, state = view.row.proposal_id, view.row.state
        told: tuple[Difference, ...] | None = None
        trouble: ValiseError | None = None
        gaps: Gaps | None = None
        if state in _STANDS:
            try:
                effect = await self._proposals.effect(proposal_id)
                places = await self._database.read(lambda conn: _places(conn, effect.after))
                told = differences(effect.before, effect.after, places)
                gaps = await self._proposals.gaps(proposal_id, self._compilers)
            except ValiseError as error:
                trouble = error
        elif state == "in_edition":
            told = await self._database.read(lambda conn: self._carried_out(conn, proposal_id))
        pairs, named = await self._database.read(lambda conn: self._pairs(conn, view))
        return Effects(
            differences=told,
            lines=proposed_in_words(view.proposal),
            trouble=trouble,
            gaps=gaps,
            pairs=pairs,
            places=named,
        )

    def _stand(self, conn: Connection, proposal_id: str, login: str) -> Stand:
        now = self._clock.ms()
        view = self._proposals.view(conn, proposal_id)
        vote = vote_store.vote_of(conn, proposal_id) if view.row.round else None
        is_open = vote is not None and vote.closed_at is None and now < vote.closes_at
        return Stand(
            view=view,
            count=None if vote is None else count_of(conn, self._charter, vote, now),
            seats=voting_seats(conn, self._charter, vote, login, now) if vote is not None and is_open else (),
            held=tuple(seat_store.holdings_of_person(conn, login, now, self._charter.seals)) if login else (),
        )

    def _pairs(self, conn: Connection, view: ProposalView) -> tuple[tuple[Pair, ...], tuple[str, ...]]:
        scope = view.proposal.scope
        places = (*scope.schools, *scope.kits) if scope is not None else ()
        names = place_names_of(conn, places)
        try:
            before = self._before(conn, view)
        except NoCharter:
            return (), tuple(places)
        return pairs_of(conn, view.proposal, before), tuple(names.get(one, one) for one in places)

    def _before(self, conn: Connection, view: ProposalView) -> State:
        """Return what was agreed before a proposal: before the edition that carries it, else now."""
        vote = vote_store.vote_of(conn, view.row.proposal_id)
        if vote is not None and vote.edition_id is not None:
            previous = self._charter.agreed.record(conn, vote.edition_id).previous
            if previous is not None:
                return self._charter.agreed.record(conn, previous).state
        return self._charter.agreed.head(conn).state

    def _carried_out(self, conn: Connection, proposal_id: str) -> tuple[Difference, ...] | None:
        vote = vote_store.vote_of(conn, proposal_id)
        return None if vote is None or vote.edition_id is None else self._difference_made(conn, vote, vote.edition_id)

    def _difference_made(self, conn: Connection, vote: VoteRow, edition_id: str) -> tuple[Difference, ...] | None:
        record = self._charter.agreed.record(conn, edition_id)
        if record.previous is None or vote.closed_at is None:
            return None
        before = tidy(self._charter.agreed.record(conn, record.previous).state, record.made_at)
        under = convention_of_vote(conn, self._charter, vote)
        try:
            after = apply_decision(before, vote.proposal(), vote.closed_at, under)
            return differences(before, after, _places(conn, after))
        except (ChangeImpossible, PolicyInvalid):
            # It built on another decision of the same edition.
            return None


def _places(conn: Connection, state: State) -> dict[str, str]:
    return place_names_of(conn, {place for one in state.variants for place in (*one.schools, *one.kits)})
