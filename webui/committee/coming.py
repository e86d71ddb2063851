"""What is coming in the next edition, as a teacher reads it: what is adopted, and what is being voted."""

from collections.abc import Iterator, Sequence

import msgspec

from mdm.clock import Clock
from mdm.errors import ValiseError
from mdm.store import Connection, Database
from profiles.charter import proposal_store, vote_store
from profiles.charter.charter import Charter
from profiles.charter.differences import Difference, differences
from profiles.charter.fitting import require_applicable
from profiles.charter.making import next_state
from profiles.charter.place_store import place_names_of
from profiles.charter.record import Record
from profiles.charter.sentence import Sentence
from profiles.charter.state import State, tidy
from profiles.charter.vote_store import VoteRow
from webui.committee.change_words import proposed_in_words

_SHOWN = 50
_LEFT_OUT = 5


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal that may come. ``differences`` is None when it does not fit what is agreed; ``lines`` say it anyway.

    ``until``: when its vote ends, in milliseconds since the epoch; None once it is adopted.
    """

    proposal_id: str
    title: str
    purpose: str
    differences: tuple[Difference, ...] | None
    lines: tuple[Sentence, ...]
    until: int | None = None


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """An adopted proposal that cannot come any more, and why."""

    proposal_id: str
    title: str
    reason: str


class Coming(msgspec.Struct, frozen=True, kw_only=True):
    """The next edition as it looks today. ``together`` is what it changes; None when not all of it fits.

    ``number`` is the one that it will have; ``left_out``: adopted proposals that cannot come any more.
    """

    number: int
    together: tuple[Difference, ...] | None
    adopted: tuple[Expected, ...]
    voted: tuple[Expected, ...]
    left_out: tuple[LeftOut, ...]


class ComingReading:
    """Looks ahead."""

    def __init__(self, database: Database, clock: Clock, charter: Charter) -> None:
        self._database = database
        self._clock = clock
        self._charter = charter

    async def read(self) -> Coming:
        """Return what is coming; raise `NoCharter`."""
        return await self._database.read_long(self._read)

    def _read(self, conn: Connection) -> Coming:
        head, now = self._charter.agreed.head(conn), self._clock.ms()
        waiting = [vote_store.vote_of(conn, one.proposal_id, one.round) for one in vote_store.waiting_decisions(conn)]
        adopted = [one for one in waiting if one is not None]
        return Coming(
            number=head.number + 1,
            together=self._together(conn, head, adopted, now),
            adopted=tuple(self._expected(conn, one, head, now) for one in adopted[:_SHOWN]),
            voted=tuple(
                self._expected(conn, one, head, now)
                for one in vote_store.open_votes(conn)[:_SHOWN]
                if now < one.closes_at
            ),
            left_out=tuple(_left_out(conn)),
        )

    def _together(
        self, conn: Connection, head: Record, adopted: Sequence[VoteRow], now: int
    ) -> tuple[Difference, ...] | None:
        decisions = [one for vote in adopted if (one := vote.decided()) is not None]
        if not decisions:
            return ()
        try:
            moment = max(now, head.made_at, *(one.closed_at for one in decisions))
            after = next_state(self._chain(conn, head), decisions, moment)
            return _told(conn, tidy(head.state, moment), after)
        except ValiseError:
            return None

    def _chain(self, conn: Connection, head: Record) -> list[Record]:
        found = [head]
        while found[0].previous is not None:
            found.insert(0, self._charter.agreed.record(conn, found[0].previous))
        return found

    def _expected(self, conn: Connection, vote: VoteRow, head: Record, now: int) -> Expected:
        proposal = vote.proposal()
        told: tuple[Difference, ...] | None = None
        try:
            row = proposal_store.require_proposal(conn, vote.proposal_id)
            told = _told(conn, tidy(head.state, now), require_applicable(conn, row, head, now))
        except ValiseError:
            # It may build on another decision that waits beside it.
            told = None
        return Expected(
            proposal_id=vote.proposal_id,
            title=proposal.title,
            purpose=proposal.purpose,
            differences=told,
            lines=proposed_in_words(proposal),
            until=None if vote.closed_at is not None else vote.closes_at,
        )


def _left_out(conn: Connection) -> Iterator[LeftOut]:
    for line in proposal_store.list_proposals(conn, state="impossible", limit=_LEFT_OUT):
        vote = vote_store.vote_of(conn, line.proposal_id)
        reason = vote.impossible if vote is not None else None
        yield LeftOut(proposal_id=line.proposal_id, title=line.title, reason=reason or "–")


def _told(conn: Connection, before: State, after: State) -> tuple[Difference, ...]:
    places = {place for one in (*before.variants, *after.variants) for place in (*one.schools, *one.kits)}
    return differences(before, after, place_names_of(conn, places))
