"""The votes in which somebody has a say: for which seats, and what these have said already."""

import msgspec

from mdm.store import Connection
from profiles.charter import proposal_store, seat_store, vote_store
from profiles.charter.ballot import Passkey
from profiles.charter.charter import Charter
from profiles.charter.counting import Choice
from profiles.charter.seat_store import Holding
from profiles.charter.vote_store import BallotRow, VoteRow


class VotingSeat(msgspec.Struct, frozen=True, kw_only=True):
    """A seat that a person may vote for. ``choice`` is what it said, None for a secret ballot and before it voted.

    ``holder_voted``: its holder has, and this person is the deputy.
    """

    holding: Holding
    by_deputy: bool
    voted_at: int | None = None
    choice: Choice | None = None
    by_passkey: bool = False
    holder_voted: bool = False

    @property
    def waits(self) -> bool:
        """Tell whether nobody has voted for the seat yet."""
        return self.voted_at is None


def voting_seats(conn: Connection, charter: Charter, vote: VoteRow, login: str, now: int) -> tuple[VotingSeat, ...]:
    """Return the seats for which a person may vote: held now and at the opening, and not standing aside."""
    mine = seat_store.holdings_of_person(conn, login, now, charter.seals) if login else []
    if not mine:
        return ()
    electors = {(one.seat, one.body) for one in seat_store.electors_at(conn, vote.opened_at, charter.seals)}
    aside = set(proposal_store.recused_seats(conn, vote.proposal_id))
    cast = {one.seat_id: one for one in vote_store.ballots_of(conn, vote.proposal_id, vote.round)}
    return tuple(
        _seat(one, cast.get(one.seat_id), login)
        for one in mine
        if (one.seat_id, one.body) in electors and one.seat_id not in aside
    )


def _seat(holding: Holding, row: BallotRow | None, login: str) -> VotingSeat:
    by_deputy = login != holding.holder
    if row is None:
        return VotingSeat(holding=holding, by_deputy=by_deputy)
    return VotingSeat(
        holding=holding,
        by_deputy=by_deputy,
        voted_at=row.cast_at,
        choice=row.ballot.statement.choice,
        by_passkey=isinstance(row.ballot.evidence, Passkey),
        holder_voted=by_deputy and not row.by_deputy,
    )
