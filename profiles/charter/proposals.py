"""Proposals: drafted, submitted, admitted and examined, discussed on the way, and open to votes once they are."""

from typing import Protocol

import msgspec

from mdm.clock import Clock
from mdm.errors import Words
from mdm.ids import new_id
from mdm.journal import Journal
from mdm.store import Connection, Database
from profiles.charter import proposal_store, seat_store, vote_store
from profiles.charter.agreed import AgreedEditions
from profiles.charter.canonical import Tree
from profiles.charter.convention import Kind
from profiles.charter.drafting import Draft, proposal_from
from profiles.charter.fitting import proposed_policy, require_applicable
from profiles.charter.proposal import Dossier, Proposal
from profiles.charter.proposal_errors import (
    NotTheAuthor,
    NotUnderDiscussion,
    NotYourSeat,
    ProposalChanged,
    ReasonsNeeded,
    RequestUnknown,
    SecretlyVoted,
    StandsAsideAlready,
)
from profiles.charter.proposal_life import STATE_WORDS, UNDER_DISCUSSION, ProposalState, Step, after, steps_from
from profiles.charter.proposal_store import ProposalEvent, ProposalLine, ProposalRow, Recusal
from profiles.charter.seals import Seals
from profiles.charter.state import State, tidy
from profiles.charter.texts import paragraphs
from profiles.compilers import Compilers
from profiles.gaps import Gaps, gaps_of


class Snapshots(Protocol):
    """The catalogue, as far as a proposal needs it."""

    def snapshot(self, conn: Connection, item_id: str) -> tuple[Tree, str]:
        """Return an item with its dossier as plain values, and the digest that freezes it."""
        ...


class ProposalView(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal with all that happened to it.

    ``digest`` is what ballots would name now; ``changed_items``: the catalogue's items whose dossiers have changed
    since it was written or submitted; ``steps``: what its state allows.
    """

    row: ProposalRow
    proposal: Proposal
    digest: str
    events: tuple[ProposalEvent, ...]
    recusals: tuple[Recusal, ...]
    changed_items: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def open_requests(self) -> tuple[ProposalEvent, ...]:
        """The requests for information that nobody has answered."""
        answered = {one.about for one in self.events if one.kind == "answer"}
        return tuple(one for one in self.events if one.kind == "request" and one.position not in answered)


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What is agreed now, and what would be if a proposal were adopted."""

    before: State
    after: State


class Proposals:
    """Keeps proposals until their vote. Persons are given by their logins.

    ``revision``, where it is given, is the one that the person saw: `ProposalChanged` when it is another by now. A
    step that the state does not allow raises `StepImpossible`; an unknown proposal `ProposalUnknown`.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        journal: Journal,
        seals: Seals,
        agreed: AgreedEditions,
        snapshots: Snapshots,
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._seals = seals
        self._agreed = agreed
        self._snapshots = snapshots

    async def draft(self, draft: Draft, *, login: str) -> ProposalView:
        """Make a proposal, which may still lack what its kind needs. Raises `ProposalMalformed` or `WordsRefused`."""
        proposal_id = new_id(self._clock)
        return await self._database.write(lambda conn: self._draft(conn, proposal_id, draft, login))

    async def change(self, proposal_id: str, draft: Draft, *, revision: int, login: str) -> ProposalView:
        """Put another content in the place of a proposal's; it is a draft again.

        Raises `ChangedDuringVote`, `NotTheAuthor`, and what `draft` raises.
        """
        return await self._database.write(lambda conn: self._change(conn, proposal_id, draft, revision, login))

    async def submit(self, proposal_id: str, *, login: str, revision: int | None = None) -> ProposalView:
        """Submit a proposal, with its dossiers as they are now: the notice begins to run.

        Raises `NotTheAuthor`, or what says why it could never be applied: see `fitting.require_applicable`.
        """

        return await self._database.write(lambda conn: self._submit(conn, proposal_id, login, revision))

    async def withdraw(self, proposal_id: str, *, login: str, words: str = "") -> ProposalView:
        """Take a proposal back before its vote. Raises `NotTheAuthor`."""

        def work(conn: Connection) -> ProposalView:
            _require_author(self._held(conn, proposal_id, "withdraw", None), login)
            return self._step(conn, proposal_id, "withdraw", login, words)

        return await self._database.write(work)

    async def send_back(self, proposal_id: str, *, login: str, words: str, revision: int | None = None) -> ProposalView:
        """Send a proposal back to its author, with reasons. Raises `ReasonsNeeded`."""
        return await self._stepped(proposal_id, "send_back", login, words, revision)

    async def admit(
        self, proposal_id: str, *, login: str, words: str = "", revision: int | None = None
    ) -> ProposalView:
        """Find a proposal admissible. Raises what says why it could never be applied, as `submit` does."""
        return await self._stepped(proposal_id, "admit", login, words, revision)

    async def examine(
        self, proposal_id: str, *, login: str, words: str = "", revision: int | None = None
    ) -> ProposalView:
        """Note that a proposal was examined; ``words`` are the report. Its vote can be opened from then on."""
        return await self._stepped(proposal_id, "examine", login, words, revision)

    async def comment(self, proposal_id: str, *, login: str, words: str) -> ProposalView:
        """Say something about a proposal under discussion. Raises `NotUnderDiscussion` or `ReasonsNeeded`."""
        return await self._database.write(lambda conn: self._say(conn, proposal_id, "comment", login, words))

    async def ask(self, proposal_id: str, *, login: str, words: str) -> ProposalView:
        """Request information. Raises as `comment` does."""
        return await self._database.write(lambda conn: self._say(conn, proposal_id, "request", login, words))

    async def answer(self, proposal_id: str, *, request: int, login: str, words: str) -> ProposalView:
        """Answer the request at a position of the history. Raises `RequestUnknown`, and as `comment` does."""
        return await self._database.write(lambda conn: self._say(conn, proposal_id, "answer", login, words, request))

    async def stand_aside(self, proposal_id: str, *, seat_id: str, login: str, words: str) -> ProposalView:
        """Declare a conflict of interest for a seat: it does not vote, and an open ballot of its is taken out.

        Raises `NotYourSeat`, `StandsAsideAlready`, `NotUnderDiscussion`, `ReasonsNeeded`, or `SecretlyVoted`.
        """
        return await self._database.write(lambda conn: self._stand_aside(conn, proposal_id, seat_id, login, words))

    async def list(
        self,
        *,
        state: ProposalState | None = None,
        kind: Kind | None = None,
        author: str = "",
        text: str = "",
        after: tuple[int, str] | None = None,
        limit: int = 100,
    ) -> list[ProposalLine]:
        """Return proposals, the one that changed last first; see `proposal_store.list_proposals`."""
        return await self._database.read(
            lambda conn: proposal_store.list_proposals(
                conn, state=state, kind=kind, author=author, text=text, after=after, limit=limit
            )
        )

    async def find(self, reference: str) -> str:
        """Return the identifier of the proposal that a person means; see `proposal_store.find_proposal`."""
        return await self._database.read(lambda conn: proposal_store.find_proposal(conn, reference))

    async def show(self, proposal_id: str) -> ProposalView:
        """Return a proposal with its whole history."""
        return await self._database.read(lambda conn: self.view(conn, proposal_id))

    async def effect(self, proposal_id: str) -> Effect:
        """Return what is agreed before and after a proposal. Raises what says why it cannot be applied."""

        def work(conn: Connection) -> Effect:
            row, now = proposal_store.require_proposal(conn, proposal_id), self._clock.ms()
            head = self._agreed.head(conn)
            return Effect(before=tidy(head.state, now), after=require_applicable(conn, row, head, now))

        return await self._database.read(work)

    async def gaps(self, proposal_id: str, compilers: Compilers) -> Gaps:
        """Return what tablets of each platform would not obey if the proposal were adopted.

        Raises `SecretUnknown`, or what says why it cannot be applied, as `submit` does.
        """

        def work(conn: Connection) -> Gaps:
            row, now = proposal_store.require_proposal(conn, proposal_id), self._clock.ms()
            state = require_applicable(conn, row, self._agreed.head(conn), now)
            return gaps_of(conn, proposed_policy(state, row.proposal(), now), compilers)

        return await self._database.read_long(work)

    def bring_in(self, conn: Connection, proposal_id: str, draft: Draft, login: str) -> ProposalView:
        """Make a proposal and submit it, inside the caller's transaction; one that is there gets the new content.

        Raises what `draft`, `change` and `submit` do.
        """
        row = proposal_store.proposal_row(conn, proposal_id)
        if row is None:
            self._draft(conn, proposal_id, draft, login)
        else:
            self._change(conn, proposal_id, draft, row.revision, login)
        return self._submit(conn, proposal_id, login, None)

    def view(self, conn: Connection, proposal_id: str) -> ProposalView:
        """Do what `show` does, inside the caller's transaction."""
        row = proposal_store.require_proposal(conn, proposal_id)
        proposal = row.proposal()
        return ProposalView(
            row=row,
            proposal=proposal,
            digest=proposal.digest,
            events=tuple(proposal_store.events_of(conn, proposal_id)),
            recusals=tuple(proposal_store.recusals_of(conn, proposal_id)),
            changed_items=self.changed_items(conn, proposal),
            steps=steps_from(row.state),
        )

    def changed_items(self, conn: Connection, proposal: Proposal) -> tuple[str, ...]:
        """Return the catalogue's items whose dossiers are not what the proposal names any more."""
        return tuple(
            one.item_id for one in proposal.dossiers if self._snapshots.snapshot(conn, one.item_id)[1] != one.digest
        )

    def _draft(self, conn: Connection, proposal_id: str, draft: Draft, login: str) -> ProposalView:
        proposal = proposal_from(draft, proposal_id, self._dossiers(conn, draft.items))
        proposal_store.insert_proposal(conn, proposal, state="draft", author=login, now=self._clock.ms())
        self._journal_it(conn, "proposal_draft", login, proposal_id, proposal.digest)
        return self.view(conn, proposal_id)

    def _change(self, conn: Connection, proposal_id: str, draft: Draft, revision: int, login: str) -> ProposalView:
        row = self._held(conn, proposal_id, "change", None)
        _require_author(row, login)
        _require_revision(row, revision)
        proposal = proposal_from(draft, proposal_id, self._dossiers(conn, draft.items))
        proposal_store.save_content(conn, proposal, now=self._clock.ms())
        # The members have not had this content in their hands: the notice begins anew with the next submission.
        proposal_store.set_submitted(conn, proposal_id, None)
        return self._step(conn, proposal_id, "change", login)

    def _submit(self, conn: Connection, proposal_id: str, login: str, revision: int | None) -> ProposalView:
        row = self._held(conn, proposal_id, "submit", revision)
        _require_author(row, login)
        fresh = self._with_fresh_dossiers(conn, row.proposal())
        proposal_store.save_content(conn, fresh, now=self._clock.ms())
        return self._step(conn, proposal_id, "submit", login, check=True)

    async def _stepped(
        self, proposal_id: str, step: Step, login: str, words: str, revision: int | None
    ) -> ProposalView:
        def work(conn: Connection) -> ProposalView:
            self._held(conn, proposal_id, step, revision)
            return self._step(conn, proposal_id, step, login, words, check=step == "admit")

        return await self._database.write(work)

    def _held(self, conn: Connection, proposal_id: str, step: Step, revision: int | None) -> ProposalRow:
        """Return a proposal that this transaction alone changes, in a state that allows the step."""
        row = proposal_store.hold_proposal(conn, proposal_id)
        after(row.state, step)
        _require_revision(row, revision)
        return row

    def _step(
        self, conn: Connection, proposal_id: str, step: Step, login: str, words: str = "", *, check: bool = False
    ) -> ProposalView:
        row, now = proposal_store.require_proposal(conn, proposal_id), self._clock.ms()
        said = paragraphs(words)
        if step == "send_back" and not said:
            raise ReasonsNeeded
        if check:
            require_applicable(conn, row, self._agreed.head(conn), now)
        state = after(row.state, step)
        proposal_store.set_state(conn, proposal_id, state, now=now)
        if step == "submit":
            proposal_store.set_submitted(conn, proposal_id, now)
        proposal_store.add_event(conn, proposal_id, kind=state, actor=f"account:{login}", now=now, words=said)
        self._journal_it(conn, f"proposal_{state}", login, proposal_id, row.proposal().digest)
        return self.view(conn, proposal_id)

    def _say(
        self, conn: Connection, proposal_id: str, kind: str, login: str, words: str, about: int | None = None
    ) -> ProposalView:
        self._discussed(conn, proposal_id)
        said = _needed(words)
        if about is not None and about not in {
            one.position for one in proposal_store.events_of(conn, proposal_id) if one.kind == "request"
        }:
            raise RequestUnknown(number=about)
        now = self._clock.ms()
        proposal_store.add_event(
            conn, proposal_id, kind=kind, actor=f"account:{login}", now=now, words=said, about=about
        )
        self._journal_it(conn, f"proposal_{kind}", login, proposal_id)
        return self.view(conn, proposal_id)

    def _stand_aside(self, conn: Connection, proposal_id: str, seat_id: str, login: str, words: str) -> ProposalView:
        row, now = self._discussed(conn, proposal_id), self._clock.ms()
        holding = seat_store.holding_of(conn, seat_id, now, self._seals)
        if holding is None or login not in (holding.holder, holding.deputy):
            raise NotYourSeat(seat=seat_id)
        said = _needed(words)
        vote = vote_store.vote_of(conn, proposal_id) if row.state == "vote_open" else None
        cast = vote_store.ballots_of(conn, proposal_id, vote.round) if vote is not None else []
        if vote is not None and vote.secret and seat_id in {one.seat_id for one in cast}:
            raise SecretlyVoted(seat=seat_id)
        if not proposal_store.insert_recusal(conn, proposal_id, seat_id, words=said, now=now):
            raise StandsAsideAlready(seat=seat_id)
        if vote is not None:
            proposal_store.take_out_ballot(conn, proposal_id, vote.round, seat_id)
        proposal_store.add_event(
            conn, proposal_id, kind="recusal", actor=f"account:{login}", now=now, words=f"{seat_id}: {said}"
        )
        self._journal.record(
            conn,
            "seat_stands_aside",
            actor=f"account:{login}",
            subject=f"proposal:{proposal_id}",
            detail={"seat": seat_id},
        )
        conn.publish("proposal", proposal_id)
        return self.view(conn, proposal_id)

    def _discussed(self, conn: Connection, proposal_id: str) -> ProposalRow:
        row = proposal_store.hold_proposal(conn, proposal_id)
        if row.state not in UNDER_DISCUSSION:
            raise NotUnderDiscussion(state=Words(STATE_WORDS[row.state]))
        return row

    def _dossiers(self, conn: Connection, items: tuple[str, ...]) -> tuple[Dossier, ...]:
        return tuple(Dossier(item_id=item, digest=self._snapshots.snapshot(conn, item)[1]) for item in items)

    def _with_fresh_dossiers(self, conn: Connection, proposal: Proposal) -> Proposal:
        fresh = self._dossiers(conn, tuple(one.item_id for one in proposal.dossiers))
        return msgspec.structs.replace(proposal, dossiers=fresh)

    def _journal_it(self, conn: Connection, kind: str, login: str, proposal_id: str, digest: str | None = None) -> None:
        self._journal.record(
            conn,
            kind,
            actor=f"account:{login}",
            subject=f"proposal:{proposal_id}",
            detail={} if digest is None else {"digest": digest},
        )
        conn.publish("proposal", proposal_id)


def _require_author(row: ProposalRow, login: str) -> None:
    if row.author != login:
        raise NotTheAuthor


def _require_revision(row: ProposalRow, revision: int | None) -> None:
    if revision is not None and row.revision != revision:
        raise ProposalChanged(revision=row.revision)


def _needed(words: str) -> str:
    said = paragraphs(words)
    if not said:
        raise ReasonsNeeded
    return said
