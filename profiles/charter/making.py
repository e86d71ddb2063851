"""Making editions: the founding one from a convention, each later one from decisions. Pure, but for the signature."""

from collections.abc import Iterator, Sequence

from mdm.errors import Words
from mdm.i18n import N_
from profiles.charter.ballot import RelyingParty
from profiles.charter.chain import convention_at
from profiles.charter.change import PolicyTree, apply_changes
from profiles.charter.convention import Convention
from profiles.charter.decision import Decision
from profiles.charter.errors import ProposalMalformed
from profiles.charter.home_screen import without_lost_pages
from profiles.charter.proposal import WITHDRAWABLE, Proposal, proposal_of
from profiles.charter.record import JournalHead, Record, Seat, SeatKey
from profiles.charter.seat_keys import told_after
from profiles.charter.state import State, apply_decision, tidy, without_withdrawn
from profiles.policy import Policy, policy_of


def founding_record(
    territory: str,
    convention: Convention,
    *,
    seats: Sequence[Seat],
    seat_keys: Sequence[SeatKey],
    now: int,
    journal: JournalHead,
    party: RelyingParty,
    key: str,
) -> Record:
    """Return the first edition: the convention, the seats, their keys, and a policy that holds nothing but its name."""
    return Record(
        territory=territory,
        number=1,
        made_at=now,
        state=State(policy={"name": territory}, convention=convention),
        seats=tuple(seats),
        seat_keys=tuple(seat_keys),
        journal=journal,
        party=party,
        key=key,
    )


def next_record(
    earlier: Sequence[Record],
    decisions: Sequence[Decision],
    *,
    seats: Sequence[Seat],
    seat_keys: Sequence[SeatKey],
    now: int,
    journal: JournalHead,
    party: RelyingParty,
    key: str,
) -> Record:
    """Return the edition that carries decisions, in their order, after the earlier ones; raise as `next_state` does."""
    before = earlier[-1]
    return Record(
        territory=before.territory,
        number=before.number + 1,
        previous=before.edition_id,
        made_at=now,
        state=next_state(earlier, decisions, now),
        decisions=tuple(decisions),
        seats=tuple(seats),
        seat_keys=told_after(before, seat_keys),
        journal=journal,
        party=party,
        key=key,
    )


def next_state(earlier: Sequence[Record], decisions: Sequence[Decision], now: int) -> State:
    """Return what is agreed once decisions were carried out, in their order, after the earlier editions.

    Raises `ChangeImpossible` or `PolicyInvalid` when a decision does not fit any more.
    """
    state = tidy(earlier[-1].state, now)
    for decision in decisions:
        under = convention_at(earlier, decision.opened_at)
        state = apply_decision(state, proposal_of(decision.proposal), decision.closed_at, under)
    require_whole(state, now)
    return state


def require_fitting(state: State, proposal: Proposal, under: Convention, now: int) -> State:
    """Return the state as it would be after a proposal; raise what says why it cannot be."""
    withdrawn = proposal.withdrawn
    if withdrawn is not None and withdrawn.path not in WITHDRAWABLE:
        reason = N_("an app, a web page, a book, a site or a file is withdrawn, and nothing else")
        raise ProposalMalformed(reason=Words(reason))
    after = apply_decision(tidy(state, now), proposal, now, under)
    if withdrawn is not None and policies_of(state, now) == policies_of(after, now):
        raise ProposalMalformed(reason=Words(N_("what is withdrawn is in no policy")))
    require_whole(after, now)
    return after


def require_whole(state: State, now: int) -> None:
    """Check that every policy of a state holds together; raise `ChangeImpossible` or `PolicyInvalid`."""
    for tree in policies_of(state, now):
        policy_from(tree)


def policies_of(state: State, now: int) -> list[PolicyTree]:
    """Return the policy for everybody and that of each group and pilot, without what is withdrawn."""
    return [without_withdrawn(tree, state.withdrawn, now) for tree in _before_withdrawals(state)]


def policy_from(tree: PolicyTree) -> Policy:
    """Return the policy in a tree, without places on the home screen for web pages that left; raise `PolicyInvalid`."""
    return policy_of(without_lost_pages(tree))


def _before_withdrawals(state: State) -> Iterator[PolicyTree]:
    yield state.policy
    for variant in state.variants:
        yield apply_changes(state.policy, variant.changes)
