"""SQL of votes and ballots."""

import msgspec

from mdm.store import Connection, Row
from profiles.charter.ballot import Ballot
from profiles.charter.canonical import canonical_json
from profiles.charter.decision import Decision, decision_of
from profiles.charter.proposal import Proposal, proposal_of


class VoteRow(msgspec.Struct, frozen=True, kw_only=True):
    """A vote on the frozen form of a proposal. Moments in milliseconds since the epoch."""

    proposal_id: str
    round: int
    digest: str
    frozen: str
    secret: bool
    opened_at: int
    opened_by: str
    closes_at: int
    closed_at: int | None
    meeting_id: str | None
    decision: str | None
    adopted: bool | None
    impossible: str | None
    edition_id: str | None

    def proposal(self) -> Proposal:
        """Return the proposal as it is voted."""
        return proposal_of(msgspec.json.decode(self.frozen))

    def decided(self) -> Decision | None:
        """Return the decision, once the vote is closed."""
        return None if self.decision is None else decision_of(msgspec.json.decode(self.decision))


class BallotRow(msgspec.Struct, frozen=True, kw_only=True):
    """One seat's part in a vote: its ballot, or of a secret vote that it took part."""

    seat_id: str
    ballot: Ballot
    by_deputy: bool
    cast_at: int


class WaitingDecision(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that no edition carries yet."""

    proposal_id: str
    round: int
    decision: Decision


def insert_vote(conn: Connection, vote: VoteRow) -> None:
    """Open a vote."""
    row = msgspec.structs.asdict(vote)
    row |= {"secret": int(vote.secret), "adopted": None if vote.adopted is None else int(vote.adopted)}
    conn.run(
        "INSERT INTO vote (proposal_id, round, digest, frozen, secret, opened_at, opened_by, closes_at, closed_at,"
        " meeting_id, decision, adopted, impossible, edition_id) VALUES (:proposal_id, :round, :digest, :frozen,"
        " :secret, :opened_at, :opened_by, :closes_at, :closed_at, :meeting_id, :decision, :adopted, :impossible,"
        " :edition_id)",
        **row,
    )


def vote_of(conn: Connection, proposal_id: str, round_: int | None = None) -> VoteRow | None:
    """Return a proposal's vote: of that round, else the latest."""
    row = conn.one(
        "SELECT * FROM vote WHERE proposal_id = :proposal_id"
        " AND (CAST(:round AS BIGINT) IS NULL OR round = CAST(:round AS BIGINT)) ORDER BY round DESC LIMIT 1",
        proposal_id=proposal_id,
        round=round_,
    )
    return None if row is None else _vote(row)


def open_votes(conn: Connection, *, due_at: int | None = None) -> list[VoteRow]:
    """Return the votes that are open, the first to close first; those whose time is over when a moment is given."""
    rows = conn.all(
        "SELECT * FROM vote WHERE closed_at IS NULL"
        " AND (CAST(:due AS BIGINT) IS NULL OR closes_at <= CAST(:due AS BIGINT)) ORDER BY closes_at, proposal_id",
        due=due_at,
    )
    return [_vote(row) for row in rows]


def decided_votes(conn: Connection, *, after: tuple[int, str] | None = None, limit: int = 100) -> list[VoteRow]:
    """Return closed votes, oldest first, from the one after a moment and proposal: the register of decisions."""
    moment, proposal_id = after or (0, "")
    rows = conn.all(
        "SELECT * FROM vote WHERE closed_at IS NOT NULL AND (closed_at, proposal_id) > (:moment, :proposal_id)"
        " ORDER BY closed_at, proposal_id LIMIT :limit",
        moment=moment,
        proposal_id=proposal_id,
        limit=limit,
    )
    return [_vote(row) for row in rows]


def close_vote(conn: Connection, proposal_id: str, round_: int, decision: Decision) -> bool:
    """Keep the decision of a vote; return False when it was closed already."""
    return bool(
        conn.run(
            "UPDATE vote SET closed_at = :closed_at, decision = :decision, adopted = :adopted"
            " WHERE proposal_id = :proposal_id AND round = :round AND closed_at IS NULL",
            closed_at=decision.closed_at,
            decision=canonical_json(msgspec.to_builtins(decision)).decode(),
            adopted=int(decision.tally.adopted),
            proposal_id=proposal_id,
            round=round_,
        )
    )


def waiting_decisions(conn: Connection) -> list[WaitingDecision]:
    """Return the adopted decisions that no edition carries yet, in the order in which they were taken."""
    rows = conn.all(
        "SELECT proposal_id, round, decision FROM vote"
        " WHERE adopted = 1 AND edition_id IS NULL AND impossible IS NULL ORDER BY closed_at, proposal_id"
    )
    return [
        WaitingDecision(
            proposal_id=row["proposal_id"],
            round=row["round"],
            decision=decision_of(msgspec.json.decode(row["decision"])),
        )
        for row in rows
    ]


def set_edition(conn: Connection, proposal_id: str, round_: int, edition_id: str, *, now: int) -> None:
    """Note the edition that carries a decision."""
    conn.run(
        "UPDATE vote SET edition_id = :edition_id WHERE proposal_id = :proposal_id AND round = :round",
        edition_id=edition_id,
        proposal_id=proposal_id,
        round=round_,
    )
    _set_state(conn, proposal_id, "in_edition", now)


def set_impossible(conn: Connection, proposal_id: str, reason: str, *, now: int) -> None:
    """Note that an adopted decision does not fit what is agreed any more."""
    conn.run(
        "UPDATE vote SET impossible = :reason WHERE proposal_id = :proposal_id AND adopted = 1 AND edition_id IS NULL",
        reason=reason,
        proposal_id=proposal_id,
    )
    _set_state(conn, proposal_id, "impossible", now)


def save_ballot(
    conn: Connection, proposal_id: str, round_: int, seat_id: str, ballot: Ballot, *, by_deputy: bool, now: int
) -> None:
    """Keep a seat's ballot; a later one takes its place."""
    conn.run(
        "INSERT INTO ballot (proposal_id, round, seat_id, ballot, by_deputy, cast_at)"
        " VALUES (:proposal_id, :round, :seat_id, :ballot, :by_deputy, :now)"
        " ON CONFLICT (proposal_id, round, seat_id) DO UPDATE SET ballot = excluded.ballot,"
        " by_deputy = excluded.by_deputy, cast_at = excluded.cast_at",
        proposal_id=proposal_id,
        round=round_,
        seat_id=seat_id,
        ballot=_text(ballot),
        by_deputy=int(by_deputy),
        now=now,
    )


def ballots_of(conn: Connection, proposal_id: str, round_: int) -> list[BallotRow]:
    """Return each seat's part in a vote, by seat."""
    rows = conn.all(
        "SELECT seat_id, ballot, by_deputy, cast_at FROM ballot WHERE proposal_id = :proposal_id AND round = :round"
        " ORDER BY seat_id",
        proposal_id=proposal_id,
        round=round_,
    )
    return [
        BallotRow(
            seat_id=row["seat_id"],
            ballot=_ballot(row["ballot"]),
            by_deputy=bool(row["by_deputy"]),
            cast_at=row["cast_at"],
        )
        for row in rows
    ]


def save_secret_ballot(conn: Connection, proposal_id: str, round_: int, serial: str, ballot: Ballot) -> None:
    """Keep a choice of a secret vote under its serial."""
    conn.run(
        "INSERT INTO secret_ballot (serial, proposal_id, round, ballot)"
        " VALUES (:serial, :proposal_id, :round, :ballot)",
        serial=serial,
        proposal_id=proposal_id,
        round=round_,
        ballot=_text(ballot),
    )


def secret_ballots_of(conn: Connection, proposal_id: str, round_: int) -> list[Ballot]:
    """Return the choices of a secret vote, by serial, which says nothing of their order in time."""
    rows = conn.all(
        "SELECT ballot FROM secret_ballot WHERE proposal_id = :proposal_id AND round = :round ORDER BY serial",
        proposal_id=proposal_id,
        round=round_,
    )
    return [_ballot(row["ballot"]) for row in rows]


def shuffle_secret_ballots(conn: Connection, proposal_id: str, round_: int) -> None:
    """Write the choices of a closed secret vote anew by serial, so that the rows keep no order of time."""
    rows = conn.all(
        "SELECT serial, proposal_id, round, ballot FROM secret_ballot"
        " WHERE proposal_id = :proposal_id AND round = :round ORDER BY serial",
        proposal_id=proposal_id,
        round=round_,
    )
    conn.run(
        "DELETE FROM secret_ballot WHERE proposal_id = :proposal_id AND round = :round",
        proposal_id=proposal_id,
        round=round_,
    )
    conn.many(
        "INSERT INTO secret_ballot (serial, proposal_id, round, ballot)"
        " VALUES (:serial, :proposal_id, :round, :ballot)",
        rows,
    )


def _set_state(conn: Connection, proposal_id: str, state: str, now: int) -> None:
    conn.run(
        "UPDATE proposal SET state = :state, changed_at = :now, revision = revision + 1"
        " WHERE proposal_id = :proposal_id",
        state=state,
        now=now,
        proposal_id=proposal_id,
    )


def _text(ballot: Ballot) -> str:
    return canonical_json(msgspec.to_builtins(ballot)).decode()


def _ballot(text: str) -> Ballot:
    return msgspec.json.decode(text, type=Ballot)


def _vote(row: Row) -> VoteRow:
    adopted = row["adopted"]
    return VoteRow(**{**row, "secret": bool(row["secret"]), "adopted": None if adopted is None else bool(adopted)})
