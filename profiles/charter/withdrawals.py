"""Urgent withdrawals: something harmful goes at once, everywhere, and the committee ratifies it or it comes back.

Pilots and withdrawals also begin and end by the clock: `Moments` has the tablets concerned looked at when they do.
"""

import msgspec

from mdm.clock import DAY_MS, Clock
from mdm.commands import convergence_store
from mdm.errors import Words
from mdm.i18n import N_
from mdm.ids import new_id
from mdm.journal import Journal
from mdm.store import Connection, Database
from profiles.charter import edition_store, proposal_store, seat_store, vote_store
from profiles.charter.agreed import AgreedEditions
from profiles.charter.casting import statement_of
from profiles.charter.convention import rule_for
from profiles.charter.drafting import SHORTEST_TITLE
from profiles.charter.editions import Editions
from profiles.charter.errors import ProposalMalformed
from profiles.charter.making import require_fitting
from profiles.charter.meetings import Meetings
from profiles.charter.proposal import Withdrawn, proposal_of
from profiles.charter.proposal_errors import ReasonsNeeded
from profiles.charter.record import Record
from profiles.charter.seals import Seals
from profiles.charter.texts import one_line, paragraphs
from profiles.charter.vote_errors import MayNotWithdraw
from profiles.charter.votes import Votes


class InForce(msgspec.Struct, frozen=True, kw_only=True):
    """An urgent withdrawal that is in force: its edition, and the proposal to ratify it."""

    proposal_id: str
    ratification_id: str
    record: Record
    ratify_by: int


class Withdrawals:
    """Withdraws urgently."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        journal: Journal,
        seals: Seals,
        agreed: AgreedEditions,
        votes: Votes,
        editions: Editions,
        meetings: Meetings,
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._seals = seals
        self._agreed = agreed
        self._votes = votes
        self._editions = editions
        self._meetings = meetings

    async def withdraw(
        self,
        what: Withdrawn,
        *,
        title: str,
        purpose: str,
        login: str,
        seat: str | None = None,
    ) -> InForce:
        """Withdraw something at once, everywhere, on the word of one seat that the convention allows.

        The ratification waits for the committee; without it the withdrawal is lifted when its time is over. Raises
        `MayNotWithdraw`, `NoSuchRule`, `WordsRefused`, `ReasonsNeeded`, or `ProposalMalformed` when nothing of the
        kind is agreed.
        """
        return await self._database.write(
            lambda conn: self.withdraw_in(conn, what, title=title, purpose=purpose, login=login, seat=seat)
        )

    def withdraw_in(
        self,
        conn: Connection,
        what: Withdrawn,
        *,
        title: str,
        purpose: str,
        login: str,
        seat: str | None = None,
    ) -> InForce:
        """Do what `withdraw` does, inside the caller's transaction."""
        head, now = self._agreed.head(conn), self._clock.ms()
        title, purpose = one_line(title), paragraphs(purpose)
        if len(title) < SHORTEST_TITLE:
            raise ProposalMalformed(reason=Words(N_("its title is too short")))
        if not purpose:
            raise ReasonsNeeded
        rule = rule_for(head.state.convention, "urgent_withdrawal")
        bodies = {need.body for need in rule.needs}
        held = [
            one
            for one in seat_store.holdings_of_person(conn, login, now, self._seals)
            if one.body in bodies and seat in (None, one.seat_id)
        ]
        if not held:
            raise MayNotWithdraw
        proposal = proposal_of(
            {
                "proposal_id": new_id(self._clock),
                "kind": "urgent_withdrawal",
                "title": title,
                "purpose": purpose,
                "withdrawn": msgspec.to_builtins(what),
            }
        )
        require_fitting(head.state, proposal, head.state.convention, now)
        actor = f"account:{login}"
        proposal_store.insert_proposal(conn, proposal, state="examined", author=login, now=now, submitted_at=now)
        vote = self._votes.begin(conn, proposal, 1, rule, now=now, actor=actor, meeting_id=None)
        statement = statement_of(vote, held[0], "yes")
        # The person is here and now: the server attests it, whatever keys there are; minutes count at such a moment.
        ballot = self._votes.attested(conn, statement)
        vote_store.save_ballot(
            conn, proposal.proposal_id, 1, held[0].seat_id, ballot, by_deputy=login != held[0].holder, now=now
        )
        decision = self._votes.decision_now(conn, vote)
        if not decision.tally.adopted:
            # The convention wants more than one seat's word.
            raise MayNotWithdraw
        self._votes.decide(conn, vote, decision, actor)
        published = self._editions.publish_in(conn, actor=actor, only=proposal.proposal_id)
        ratification = proposal_of(
            {
                "proposal_id": new_id(self._clock),
                "kind": "ratification",
                "title": title,
                "purpose": purpose,
                "ratifies": proposal.digest,
            }
        )
        proposal_store.insert_proposal(conn, ratification, state="examined", author=login, now=now, submitted_at=now)
        self._meetings.put_waiting_in(conn)
        self._journal.record(
            conn,
            "withdrawn_urgently",
            actor=actor,
            subject=f"proposal:{proposal.proposal_id}",
            detail={"edition": published.record.edition_id, "ratification": ratification.proposal_id},
        )
        return InForce(
            proposal_id=proposal.proposal_id,
            ratification_id=ratification.proposal_id,
            record=published.record,
            ratify_by=now + (rule.ratify_days or 0) * DAY_MS,
        )


class Moments:
    """Acts when a pilot begins or ends, and when a withdrawal that was not ratified is lifted."""

    def __init__(self, database: Database, clock: Clock, journal: Journal, agreed: AgreedEditions) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._agreed = agreed

    async def act(self) -> int:
        """Journal what began or ended since the last time, and have tablets looked at; return how many things did."""
        return await self._database.write(self._act)

    def _act(self, conn: Connection) -> int:
        row, now = edition_store.charter_row(conn), self._clock.ms()
        # A clock that jumped back finds that everything up to a later moment was acted on.
        if row is None or now <= row.moments_until:
            return 0
        state, since = self._agreed.head(conn).state, row.moments_until
        happened = [
            (kind, one.decided_by)
            for one in state.variants
            for kind, moment in (("pilot_began", one.since), ("pilot_ended", one.until))
            if moment is not None and since < moment <= now
        ]
        happened += [
            ("withdrawal_lifted", one.decided_by)
            for one in state.withdrawn
            if one.ratify_by is not None and since < one.ratify_by <= now
        ]
        for kind, digest in happened:
            self._journal.record(conn, kind, actor="system", subject=f"decision:{digest}")
        if happened:
            convergence_store.look_again_everywhere(conn, now=now)
            conn.publish("checks", "")
        edition_store.set_moments_until(conn, now)
        return len(happened)
