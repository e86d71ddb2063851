"""How a vote stands: who took part while it is open, and what each body said once it is closed.

While a vote is open nobody is told how others voted: only how many seats of each body took part.
"""

import msgspec

from mdm.store import Connection
from profiles.charter import proposal_store, seat_store, vote_store
from profiles.charter.ballot import Ballot, Passkey
from profiles.charter.charter import Charter
from profiles.charter.convention import Convention, Rule, rule_for
from profiles.charter.convention_words import body_name
from profiles.charter.decision import Decision
from profiles.charter.vote_store import VoteRow


class BodyCount(msgspec.Struct, frozen=True, kw_only=True):
    """A body in a vote. ``yes``, ``no`` and ``abstain`` are None while it is open; ``reason`` is a gettext text."""

    body: str
    name: str
    binding: bool
    seats: int
    voted: int
    yes: int | None = None
    no: int | None = None
    abstain: int | None = None
    satisfied: bool = False
    reason: str = ""


class VoteCount(msgspec.Struct, frozen=True, kw_only=True):
    """A vote. Moments in milliseconds since the epoch.

    ``may_close``: it may be closed now. ``by_passkey`` and ``by_server`` count the seats that took part, by what proves
    it; ``stood_aside``: labels of seats with a conflict of interest; ``edition``: the number of what carries it.
    """

    proposal_id: str
    round: int
    digest: str
    secret: bool
    passkey_only: bool
    opened_at: int
    closes_at: int
    closed_at: int | None
    meeting_id: str | None
    adopted: bool | None
    bodies: tuple[BodyCount, ...]
    by_passkey: int
    by_server: int
    stood_aside: tuple[str, ...]
    may_close: bool
    impossible: str | None = None
    edition: int | None = None

    @property
    def seats(self) -> int:
        """How many seats may vote."""
        return sum(one.seats for one in self.bodies)

    @property
    def voted(self) -> int:
        """How many seats took part."""
        return sum(one.voted for one in self.bodies)


def convention_of_vote(conn: Connection, charter: Charter, vote: VoteRow) -> Convention:
    """Return the convention that a vote is counted by: that of its opening."""
    head = charter.agreed.head(conn)
    if head.made_at <= vote.opened_at:
        return head.state.convention
    return charter.editions.convention_at(conn, vote.opened_at)


def count_of(conn: Connection, charter: Charter, vote: VoteRow, now: int) -> VoteCount:
    """Return how a vote stands."""
    convention = convention_of_vote(conn, charter, vote)
    proposal = vote.proposal()
    rule = rule_for(convention, proposal.kind, price_cents=proposal.price_cents)
    labels = {one.seat_id: one.label for one in seat_store.holdings(conn, charter.seals)}
    decision = vote.decided()
    if decision is None:
        aside, bodies, cast = _open(conn, charter, vote, convention, rule)
    else:
        aside, bodies = tuple(decision.recused), _decided(decision, convention)
        cast = decision.taken_part if vote.secret else decision.ballots
    own = sum(isinstance(one.evidence, Passkey) for one in cast)
    deciding = [one for one in bodies if one.binding]
    return VoteCount(
        proposal_id=vote.proposal_id,
        round=vote.round,
        digest=vote.digest,
        secret=vote.secret,
        passkey_only=rule.passkey_only,
        opened_at=vote.opened_at,
        closes_at=vote.closes_at,
        closed_at=vote.closed_at,
        meeting_id=vote.meeting_id,
        adopted=vote.adopted,
        bodies=bodies,
        by_passkey=own,
        by_server=len(cast) - own,
        stood_aside=tuple(labels.get(seat, seat) for seat in aside),
        may_close=vote.closed_at is None
        and (vote.meeting_id is not None or now >= vote.closes_at or all(one.voted >= one.seats for one in deciding)),
        impossible=vote.impossible,
        edition=None if vote.edition_id is None else charter.agreed.record(conn, vote.edition_id).number,
    )


def _open(
    conn: Connection, charter: Charter, vote: VoteRow, convention: Convention, rule: Rule
) -> tuple[tuple[str, ...], tuple[BodyCount, ...], tuple[Ballot, ...]]:
    recused = set(proposal_store.recused_seats(conn, vote.proposal_id))
    held = seat_store.electors_at(conn, vote.opened_at, charter.seals)
    electors = {one.seat: one.body for one in held if one.seat not in recused}
    rows = vote_store.ballots_of(conn, vote.proposal_id, vote.round)
    cast = [one for one in rows if one.seat_id in electors]
    needed = {need.body for need in rule.needs}
    bodies = tuple(
        BodyCount(
            body=body.body,
            name=body.name,
            binding=body.body in needed,
            seats=sum(one == body.body for one in electors.values()),
            voted=sum(electors[one.seat_id] == body.body for one in cast),
        )
        for body in convention.bodies
    )
    aside = tuple(sorted(one.seat for one in held if one.seat in recused))
    return aside, bodies, tuple(one.ballot for one in cast)


def _decided(decision: Decision, convention: Convention) -> tuple[BodyCount, ...]:
    return tuple(
        BodyCount(
            body=one.body,
            name=body_name(convention, one.body),
            binding=one.binding,
            seats=one.seats,
            voted=one.yes + one.no + one.abstain,
            yes=one.yes,
            no=one.no,
            abstain=one.abstain,
            satisfied=one.satisfied,
            reason=one.reason,
        )
        for one in decision.tally.bodies
    )
