"""Votes: opened on the exact form of a proposal, closed and counted. `casting` takes ballots."""

from typing import Protocol

import msgspec

from mdm.clock import DAY_MS, Clock, from_ms
from mdm.errors import Words
from mdm.journal import Journal
from mdm.store import Connection, Database
from profiles.charter import meeting_store, proposal_store, seat_store, vote_store
from profiles.charter.agreed import AgreedEditions
from profiles.charter.ballot import Ballot, Statement, attest
from profiles.charter.canonical import canonical_json
from profiles.charter.convention import Convention, Rule, rule_for
from profiles.charter.counting import Tally
from profiles.charter.decision import Decision, everybody_voted, tally_of
from profiles.charter.editions import Editions
from profiles.charter.keyring import Keys
from profiles.charter.making import require_fitting
from profiles.charter.meeting_errors import MeetingNotHeld, NotOnAgenda
from profiles.charter.proposal import Proposal, proposal_of
from profiles.charter.proposal_life import STATE_WORDS
from profiles.charter.seals import Seals
from profiles.charter.seat_key_store import seat_keys_of
from profiles.charter.seat_keys import first_stood
from profiles.charter.vote_errors import (
    NoticeRunning,
    NotReadyForVote,
    VoteNotOpen,
    VoteNotOver,
)
from profiles.charter.vote_store import VoteRow


class Outcomes(Protocol):
    """Is told what was decided, inside the transaction that closes the vote."""

    def decided(self, conn: Connection, proposal: Proposal, *, adopted: bool, actor: str) -> None:
        """Do what follows from a decision at once, before any edition."""
        ...


class Votes:
    """Opens, closes and counts votes."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        journal: Journal,
        keys: Keys,
        seals: Seals,
        agreed: AgreedEditions,
        editions: Editions,
        outcomes: Outcomes,
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._keys = keys
        self._seals = seals
        self._agreed = agreed
        self._editions = editions
        self._outcomes = outcomes

    async def open(self, proposal_id: str, *, actor: str, meeting_id: str | None = None) -> VoteRow:
        """Open a vote on a proposal that was examined; it cannot be changed from now on.

        In a meeting, which must be open and have it on its agenda, it may be closed at any moment. Raises
        `ProposalUnknown`, `NotReadyForVote`, `NoticeRunning`, `NoSuchRule`, `MeetingUnknown`, `MeetingNotHeld`,
        `NotOnAgenda`, or what says why the proposal does not fit what is agreed now.
        """
        return await self._database.write(
            lambda conn: self.open_in(conn, proposal_id, actor=actor, meeting_id=meeting_id)
        )

    async def close(self, proposal_id: str, *, actor: str) -> Decision:
        """Close a vote and count it. Raises `VoteNotOpen`, or `VoteNotOver` before its time is over.

        A vote in a meeting, and one in which everybody who decides has voted, may be closed earlier.
        """
        return await self._database.write(lambda conn: self._close(conn, proposal_id, actor))

    async def close_due(self) -> list[str]:
        """Close the votes whose time is over; return their proposals."""
        now = self._clock.ms()
        due = await self._database.read(lambda conn: vote_store.open_votes(conn, due_at=now))
        for vote in due:
            proposal_id = vote.proposal_id
            try:
                await self.close(proposal_id, actor="system")
            except VoteNotOpen:
                continue
        return [vote.proposal_id for vote in due]

    def open_in(self, conn: Connection, proposal_id: str, *, actor: str, meeting_id: str | None = None) -> VoteRow:
        """Do what `open` does, inside the caller's transaction."""
        row = proposal_store.hold_proposal(conn, proposal_id)
        if row.state != "examined" or row.submitted_at is None:
            raise NotReadyForVote(state=Words(STATE_WORDS[row.state]))
        head, now = self._agreed.head(conn), self._clock.ms()
        proposal = proposal_of(msgspec.json.decode(row.body))
        convention = head.state.convention
        rule = rule_for(convention, proposal.kind, price_cents=proposal.price_cents)
        first = row.submitted_at + rule.notice_days * DAY_MS
        if now < first:
            raise NoticeRunning(days=rule.notice_days, day=_day(first))
        require_fitting(head.state, proposal, convention, now)
        if meeting_id is not None:
            _require_on_agenda(conn, meeting_id, proposal_id)
        vote = self.begin(conn, proposal, row.round + 1, rule, now=now, actor=actor, meeting_id=meeting_id)
        self._step(conn, proposal_id, "vote_open", actor, {"round": vote.round, "digest": vote.digest})
        return vote

    def begin(
        self,
        conn: Connection,
        proposal: Proposal,
        round_: int,
        rule: Rule,
        *,
        now: int,
        actor: str,
        meeting_id: str | None,
    ) -> VoteRow:
        """Freeze a proposal and open its vote, inside the caller's transaction."""
        # Who holds a seat at the opening can vote: no appointment slips in between.
        seat_store.hold_seats(conn)
        vote = VoteRow(
            proposal_id=proposal.proposal_id,
            round=round_,
            digest=proposal.digest,
            frozen=canonical_json(proposal.tree()).decode(),
            secret=rule.secret,
            opened_at=now,
            opened_by=actor,
            closes_at=now + rule.voting_days * DAY_MS,
            closed_at=None,
            meeting_id=meeting_id,
            decision=None,
            adopted=None,
            impossible=None,
            edition_id=None,
        )
        vote_store.insert_vote(conn, vote)
        proposal_store.set_round(conn, proposal.proposal_id, round_)
        return vote

    def attested(self, conn: Connection, statement: Statement) -> Ballot:
        """Return a statement with the server's word for it."""
        key_id, key = self._keys.signer(conn, self._agreed.head(conn).number + 1)
        return attest(statement, key, key_id)

    def _close(self, conn: Connection, proposal_id: str, actor: str) -> Decision:
        proposal_store.hold_proposal(conn, proposal_id)
        vote = vote_store.vote_of(conn, proposal_id)
        if vote is None or vote.closed_at is not None:
            raise VoteNotOpen
        rule = self.rule_of(conn, vote)
        decision = self.decision_now(conn, vote)
        early = self._clock.ms() < vote.closes_at
        if early and vote.meeting_id is None and not everybody_voted(decision, rule):
            raise VoteNotOver(day=_day(vote.closes_at))
        self.decide(conn, vote, decision, actor)
        return decision

    def decide(self, conn: Connection, vote: VoteRow, decision: Decision, actor: str) -> None:
        """Keep the decision of a vote that is closed. Raises `VoteNotOpen` when it was closed already."""
        if not vote_store.close_vote(conn, vote.proposal_id, vote.round, decision):
            raise VoteNotOpen
        if vote.secret:
            vote_store.shuffle_secret_ballots(conn, vote.proposal_id, vote.round)
        state = "adopted" if decision.tally.adopted else "rejected"
        self._step(conn, vote.proposal_id, state, actor, {"round": vote.round, "digest": vote.digest})
        self._outcomes.decided(conn, vote.proposal(), adopted=decision.tally.adopted, actor=actor)

    def decision_now(self, conn: Connection, vote: VoteRow) -> Decision:
        """Return the decision that the ballots give now.

        No clock that jumps makes it older than the vote, nor than the passkeys that signed.
        """
        row = proposal_store.proposal_row(conn, vote.proposal_id)
        submitted = row.submitted_at if row is not None and row.submitted_at is not None else vote.opened_at
        aside = set(proposal_store.recused_seats(conn, vote.proposal_id))
        held = seat_store.electors_at(conn, vote.opened_at, self._seals)
        electors = tuple(one for one in held if one.seat not in aside)
        seats = {one.seat for one in electors}
        cast = vote_store.ballots_of(conn, vote.proposal_id, vote.round)
        ballots = tuple(one.ballot for one in cast if one.seat_id in seats)
        keys = seat_keys_of(conn, self._seals)
        stood = [first_stood(keys, one, vote.opened_at) or 0 for one in ballots]
        choices = tuple(vote_store.secret_ballots_of(conn, vote.proposal_id, vote.round)) if vote.secret else ()
        decision = Decision(
            proposal=msgspec.json.decode(vote.frozen),
            round=vote.round,
            submitted_at=submitted,
            opened_at=vote.opened_at,
            closes_at=vote.closes_at,
            closed_at=min(max([self._clock.ms(), vote.opened_at, *stood]), vote.closes_at),
            electors=electors,
            recused=tuple(sorted(one.seat for one in held if one.seat in aside)),
            ballots=choices if vote.secret else ballots,
            taken_part=ballots if vote.secret else (),
            tally=Tally(adopted=False, bodies=()),
            meeting=vote.meeting_id,
        )
        tally = tally_of(decision, self._convention(conn, vote))
        return msgspec.structs.replace(decision, tally=tally)

    def _convention(self, conn: Connection, vote: VoteRow) -> Convention:
        return self._editions.convention_at(conn, vote.opened_at)

    def rule_of(self, conn: Connection, vote: VoteRow) -> Rule:
        """Return the rule that a vote is counted by: that of its opening."""
        proposal = vote.proposal()
        return rule_for(self._convention(conn, vote), proposal.kind, price_cents=proposal.price_cents)

    def _step(self, conn: Connection, proposal_id: str, state: str, actor: str, detail: dict[str, str | int]) -> None:
        now = self._clock.ms()
        proposal_store.set_state(conn, proposal_id, state, now=now)
        proposal_store.add_event(conn, proposal_id, kind=state, actor=actor, now=now)
        self._journal.record(conn, f"proposal_{state}", actor=actor, subject=f"proposal:{proposal_id}", detail=detail)
        conn.publish("proposal", proposal_id)


def _require_on_agenda(conn: Connection, meeting_id: str, proposal_id: str) -> None:
    # Held, so that the meeting is not closed in between.
    if meeting_store.hold_meeting(conn, meeting_id).state != "held":
        raise MeetingNotHeld
    if proposal_id not in {one.proposal_id for one in meeting_store.items_of(conn, meeting_id)}:
        raise NotOnAgenda


def _day(moment: int) -> str:
    return from_ms(moment).strftime("%Y-%m-%d %H:%M UTC")
