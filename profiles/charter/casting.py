"""Casting ballots: a seat's word on the exact form that is voted, signed with its holder's passkey or attested."""

import secrets

import msgspec

from mdm.clock import Clock
from mdm.errors import Words
from mdm.i18n import N_
from mdm.journal import Detail, Journal
from mdm.store import Connection, Database
from profiles.charter import proposal_store, seat_store, vote_store
from profiles.charter.ballot import Ballot, Passkey, RelyingParty, Statement, verify_ballot
from profiles.charter.convention import Rule
from profiles.charter.counting import Choice, Elector
from profiles.charter.errors import BallotRefused
from profiles.charter.passkeys import Assertion, Passkeys
from profiles.charter.seals import Seals
from profiles.charter.seat_key_store import seat_keys_of
from profiles.charter.seat_keys import first_stood
from profiles.charter.seat_store import Holding
from profiles.charter.vote_errors import (
    HolderVoted,
    NoSeat,
    PasskeyNeeded,
    SeatNeeded,
    SecretBallotStands,
    VoteNotOpen,
)
from profiles.charter.vote_store import VoteRow
from profiles.charter.votes import Votes


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What a voter is told. ``serial``: of a secret ballot, by which its voter finds it in the count."""

    seat: str
    digest: str
    signed_by: str
    serial: str | None = None


class Casting:
    """Takes ballots."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        journal: Journal,
        seals: Seals,
        passkeys: Passkeys,
        votes: Votes,
        party: RelyingParty,
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._seals = seals
        self._passkeys = passkeys
        self._votes = votes
        self._party = party

    async def statement(self, proposal_id: str, login: str, choice: Choice, *, seat: str | None = None) -> Statement:
        """Return what a person would sign with a passkey; its digest is the challenge. Raises as `cast` does."""
        return await self._database.read(lambda conn: self._statement(conn, proposal_id, login, choice, seat))

    async def cast(
        self,
        proposal_id: str,
        login: str,
        choice: Choice,
        *,
        seat: str | None = None,
        assertion: Assertion | None = None,
    ) -> Receipt:
        """Cast a ballot for a seat that this person holds, or deputises for.

        A seat's open ballot can be cast again until the vote closes; a deputy's does not replace the holder's. Raises
        `VoteNotOpen`, `NoSeat`, `SeatNeeded`, `HolderVoted`, `SecretBallotStands`, `PasskeyNeeded`, `PasskeyUnknown`
        or `BallotRefused`.
        """
        return await self._database.write(
            lambda conn: self._cast(conn, proposal_id, login, choice, seat, assertion, secrets.token_hex(16))
        )

    def _statement(self, conn: Connection, proposal_id: str, login: str, choice: Choice, seat: str | None) -> Statement:
        vote = self._open_vote(conn, proposal_id)
        holding = self._seat_of(conn, vote, login, seat)
        return statement_of(vote, holding, None if vote.secret else choice)

    def _cast(
        self,
        conn: Connection,
        proposal_id: str,
        login: str,
        choice: Choice,
        seat: str | None,
        assertion: Assertion | None,
        serial: str,
    ) -> Receipt:
        # Held, so that no ballot comes between the closing and the count in another process.
        proposal_store.hold_proposal(conn, proposal_id)
        vote = self._open_vote(conn, proposal_id)
        holding = self._seat_of(conn, vote, login, seat)
        rule = self._votes.rule_of(conn, vote)
        before = {one.seat_id: one for one in vote_store.ballots_of(conn, proposal_id, vote.round)}.get(holding.seat_id)
        if before is not None and vote.secret:
            raise SecretBallotStands
        if before is not None and not before.by_deputy and login != holding.holder:
            raise HolderVoted
        statement = statement_of(vote, holding, None if vote.secret else choice)
        signed_by = "server" if assertion is None else "passkey"
        receipt = Receipt(
            seat=holding.seat_id,
            digest=statement.digest.hex(),
            signed_by=signed_by,
            serial=serial if vote.secret else None,
        )
        if before is not None and _is_again(before.ballot, statement, assertion):
            # Its answer was lost on the way: the passkey signed once, and its count would not grow.
            return receipt
        ballot = self._signed(conn, vote, statement, login, assertion, rule)
        vote_store.save_ballot(
            conn,
            proposal_id,
            vote.round,
            holding.seat_id,
            ballot,
            by_deputy=login != holding.holder,
            now=self._clock.ms(),
        )
        if vote.secret:
            self._cast_secret(conn, vote, holding, choice, serial)
        detail: Detail = {"round": vote.round, "seat": holding.seat_id, "signed_by": signed_by}
        self._journal.record(
            conn, "ballot_cast", actor=f"account:{login}", subject=f"proposal:{proposal_id}", detail=detail
        )
        conn.publish("proposal", proposal_id)
        return receipt

    def _cast_secret(self, conn: Connection, vote: VoteRow, holding: Holding, choice: Choice, serial: str) -> None:
        said = Statement(proposal=vote.digest, round=vote.round, body=holding.body, choice=choice, serial=serial)
        vote_store.save_secret_ballot(conn, vote.proposal_id, vote.round, serial, self._votes.attested(conn, said))

    def _signed(
        self,
        conn: Connection,
        vote: VoteRow,
        statement: Statement,
        login: str,
        assertion: Assertion | None,
        rule: Rule,
    ) -> Ballot:
        if assertion is None:
            if rule.passkey_only or self._passkeys.has_any(conn, login):
                raise PasskeyNeeded
            return self._votes.attested(conn, statement)
        evidence = self._passkeys.signed(conn, login, assertion)
        ballot = Ballot(statement=statement, evidence=evidence)
        verify_ballot(ballot, self._party, {})
        stood = first_stood(seat_keys_of(conn, self._seals), ballot, vote.opened_at)
        if stood is None or vote.closes_at < stood:
            raise BallotRefused(reason=Words(N_("the server's clock was put back since the passkey was registered")))
        return ballot

    def _seat_of(self, conn: Connection, vote: VoteRow, login: str, seat: str | None) -> Holding:
        """Return the seat that a person votes for: held now, held at the opening, and not standing aside."""
        electors = set(seat_store.electors_at(conn, vote.opened_at, self._seals))
        aside = set(proposal_store.recused_seats(conn, vote.proposal_id))
        found = [
            one
            for one in seat_store.holdings_of_person(conn, login, self._clock.ms(), self._seals)
            if Elector(seat=one.seat_id, body=one.body) in electors
            and one.seat_id not in aside
            and seat in (None, one.seat_id)
        ]
        if not found:
            raise NoSeat
        if len(found) > 1:
            raise SeatNeeded(seats=", ".join(one.seat_id for one in found))
        return found[0]

    def _open_vote(self, conn: Connection, proposal_id: str) -> VoteRow:
        vote = vote_store.vote_of(conn, proposal_id)
        if vote is None or vote.closed_at is not None or self._clock.ms() >= vote.closes_at:
            raise VoteNotOpen
        return vote


def _is_again(ballot: Ballot, statement: Statement, assertion: Assertion | None) -> bool:
    """Tell whether a passkey's answer is the one that a ballot holds already."""
    evidence = ballot.evidence
    return (
        isinstance(evidence, Passkey)
        and assertion is not None
        and ballot.statement == statement
        and (evidence.credential, evidence.authenticator_data, evidence.client_data, evidence.signature)
        == (assertion.credential, assertion.authenticator_data, assertion.client_data, assertion.signature)
    )


def statement_of(vote: VoteRow, holding: Holding, choice: Choice | None) -> Statement:
    """Return what a seat says in a vote; without a choice, that it takes part."""
    return Statement(proposal=vote.digest, round=vote.round, body=holding.body, seat=holding.seat_id, choice=choice)
