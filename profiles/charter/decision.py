"""A decision: a proposal, who could vote, the ballots and their count, in a form that anyone can check again."""

from collections.abc import Mapping
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from mdm.clock import DAY_MS
from mdm.errors import Words
from mdm.i18n import N_
from profiles.charter.ballot import Ballot, Passkey, RelyingParty, verify_ballot
from profiles.charter.canonical import digest_of, is_same
from profiles.charter.convention import Convention, Rule, rule_for
from profiles.charter.counting import Elector, Tally, Vote, count
from profiles.charter.errors import BallotRefused, RecordMalformed, malformed
from profiles.charter.proposal import Id, Moment, Part, Proposal, proposal_of


class Decision(Part, frozen=True, kw_only=True):
    """What was decided. Moments in milliseconds since the epoch.

    ``proposal`` is the tree that ballots name by its digest. ``electors``: every seat that was held at the opening and
    did not stand aside; ``recused``: those that did, for a conflict of interest. Of a secret vote ``ballots`` hold
    choices and ``taken_part`` the seats. ``meeting`` is set when it was voted in one.
    """

    proposal: dict[str, Any]
    round: int
    submitted_at: Moment
    opened_at: Moment
    closes_at: Moment
    closed_at: Moment
    electors: tuple[Elector, ...]
    recused: tuple[Id, ...] = ()
    ballots: tuple[Ballot, ...] = ()
    taken_part: tuple[Ballot, ...] = ()
    tally: Tally
    meeting: Id | None = None


def tally_of(decision: Decision, convention: Convention) -> Tally:
    """Return the count of a decision's ballots, done again."""
    proposal = proposal_of(decision.proposal)
    rule = rule_for(convention, proposal.kind, price_cents=proposal.price_cents)
    votes = [
        Vote(body=one.statement.body, choice=one.statement.choice)
        for one in decision.ballots
        if one.statement.choice is not None
    ]
    return count(convention, rule, decision.electors, votes)


def verify_decision(
    decision: Decision, convention: Convention, party: RelyingParty, keys: Mapping[str, Ed25519PublicKey]
) -> Proposal:
    """Check times, ballots and count, and that it was adopted; return the proposal.

    Raises `RecordMalformed` or `BallotRefused`.
    """
    proposal = proposal_of(decision.proposal)
    if not is_same(proposal.tree(), decision.proposal):
        raise malformed(N_("a proposal is not in its one form"))
    rule = rule_for(convention, proposal.kind, price_cents=proposal.price_cents)
    _verify_electors(decision)
    _verify_ballots(decision, rule, party, keys)
    _verify_times(decision, proposal, rule)
    if tally_of(decision, convention) != decision.tally:
        raise malformed(N_("the count of a vote is not right"))
    if not decision.tally.adopted:
        raise malformed(N_("a proposal that was not adopted is in an edition"))
    return proposal


def _verify_electors(decision: Decision) -> None:
    seats = [one.seat for one in decision.electors]
    if len(set(seats)) != len(seats) or set(seats) & set(decision.recused):
        raise malformed(N_("a seat is there twice, or voted after it stood aside"))


def _verify_times(decision: Decision, proposal: Proposal, rule: Rule) -> None:
    if not decision.submitted_at <= decision.opened_at <= decision.closed_at <= decision.closes_at:
        raise malformed(N_("the moments of a vote are not in order"))
    if proposal.kind == "urgent_withdrawal":
        return
    if decision.opened_at - decision.submitted_at < rule.notice_days * DAY_MS:
        raise malformed(N_("a vote was opened before its notice was over"))
    if decision.meeting is not None:
        return
    if decision.closes_at != decision.opened_at + rule.voting_days * DAY_MS:
        raise malformed(N_("a vote was not open for as long as the convention says"))
    if decision.closed_at < decision.closes_at and not everybody_voted(decision, rule):
        raise malformed(N_("a vote was closed before its time"))


def everybody_voted(decision: Decision, rule: Rule) -> bool:
    """Tell whether every seat of the bodies that decide has voted."""
    bodies = {need.body for need in rule.needs}
    given = decision.taken_part if rule.secret else decision.ballots
    voted = {one.statement.seat for one in given}
    return all(one.seat in voted for one in decision.electors if one.body in bodies)


def _verify_ballots(decision: Decision, rule: Rule, party: RelyingParty, keys: Mapping[str, Ed25519PublicKey]) -> None:
    digest = digest_of(decision.proposal)
    bodies = {one.seat: one.body for one in decision.electors}
    for ballot in (*decision.ballots, *decision.taken_part):
        said = ballot.statement
        if said.proposal != digest or said.round != decision.round:
            raise BallotRefused(reason=Words(N_("it was signed for another content")))
        if said.seat is not None and bodies.get(said.seat) != said.body:
            raise BallotRefused(reason=Words(N_("its seat could not vote")))
        if rule.passkey_only and not isinstance(ballot.evidence, Passkey):
            raise BallotRefused(reason=Words(N_("the convention asks for a passkey")))
        verify_ballot(ballot, party, keys)
    seated = decision.taken_part if rule.secret else decision.ballots
    seats = [one.statement.seat for one in seated]
    if None in seats or len(set(seats)) != len(seats):
        raise BallotRefused(reason=Words(N_("a seat voted twice, or is not named")))
    if any(one.statement.choice is None for one in decision.ballots):
        raise BallotRefused(reason=Words(N_("it says nothing")))
    if rule.secret:
        _verify_secret(decision)
    elif decision.taken_part:
        raise malformed(N_("an open vote has no separate list of those who took part"))


def _verify_secret(decision: Decision) -> None:
    serials = [one.statement.serial for one in decision.ballots]
    if None in serials or len(set(serials)) != len(serials):
        raise BallotRefused(reason=Words(N_("a secret ballot has no serial of its own")))
    if any(one.statement.seat is not None for one in decision.ballots):
        raise BallotRefused(reason=Words(N_("a secret ballot names its seat")))
    if any(one.statement.choice is not None for one in decision.taken_part):
        raise BallotRefused(reason=Words(N_("a secret ballot names its seat")))
    by_choice = sorted(one.statement.body for one in decision.ballots)
    if by_choice != sorted(one.statement.body for one in decision.taken_part):
        raise malformed(N_("there are not as many secret ballots as seats that took part"))


def decision_of(tree: Any) -> Decision:
    """Return the decision in a tree of plain values; raise `RecordMalformed`."""
    try:
        return msgspec.convert(tree, Decision, strict=True)
    except msgspec.ValidationError as error:
        raise RecordMalformed(reason=str(error)[:200]) from error
