"""Evaluations before the committee: a protocol becomes a proposal of its own, and is taken back or decided there."""

import msgspec

from mdm.clock import Clock
from mdm.errors import Words
from mdm.home.evaluation import evaluation_store
from mdm.home.evaluation.evaluation import Evaluation, State, require_state
from mdm.ids import new_id
from mdm.store import Connection, Database
from profiles.charter import proposal_store
from profiles.charter.drafting import Draft
from profiles.charter.proposal import Study
from profiles.charter.proposal_errors import BeforeTheCommittee, NotBeforeTheCommittee
from profiles.charter.proposal_life import STATE_WORDS, ProposalState
from profiles.charter.proposals import Proposals

WAITING: frozenset[ProposalState] = frozenset({"submitted", "admissible", "examined", "vote_open"})
"""The states in which the committee has a protocol in its hands: it cannot be changed meanwhile."""

_SENT_BACK: frozenset[ProposalState] = frozenset({"draft", "sent_back"})


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How an evaluation stands with the committee. ``is_this``: whether it has the text as it is now.

    ``why``: the reasons with which it was sent back; ``decided_at``: when the state was reached (milliseconds).
    """

    proposal_id: str
    state: ProposalState
    author: str
    is_this: bool
    since: int
    why: str


class Studies:
    """Brings protocols to the committee. ``login`` is who acts."""

    def __init__(self, database: Database, clock: Clock, proposals: Proposals) -> None:
        self._database = database
        self._clock = clock
        self._proposals = proposals

    async def submit(self, reference: str, *, login: str) -> str:
        """Submit a drafted protocol as a proposal; return it. One that was sent back keeps its history.

        Raises `EvaluationUnknown`, `NotInThisState`, `BeforeTheCommittee`, or what `Proposals.submit` does.
        """
        fresh = new_id(self._clock)

        def work(conn: Connection) -> str:
            found = evaluation_store.require(conn, reference)
            evaluation = evaluation_store.hold(conn, found.evaluation_id)
            require_state(evaluation, State.DRAFTED)
            standing = standing_of(conn, evaluation)
            _require_free(standing)
            again = standing is not None and standing.state in _SENT_BACK and standing.author == login
            proposal_id = standing.proposal_id if standing is not None and again else fresh
            self._proposals.bring_in(conn, proposal_id, draft_from(evaluation), login)
            evaluation_store.note_proposed(conn, evaluation.evaluation_id, proposal_id)
            return proposal_id

        return await self._database.write(work)

    async def take_back(self, reference: str, *, login: str) -> None:
        """Take a protocol back before its vote; raise `NotBeforeTheCommittee`, or what `Proposals.withdraw` does."""
        standing = await self.standing(reference)
        if standing is None:
            raise NotBeforeTheCommittee
        await self._proposals.withdraw(standing.proposal_id, login=login)

    async def standing(self, reference: str) -> Standing | None:
        """Return how an evaluation stands with the committee; None where it was never submitted."""
        return await self._database.read(lambda conn: standing_of(conn, evaluation_store.require(conn, reference)))

    async def require_free(self, reference: str) -> None:
        """Raise `BeforeTheCommittee` while the committee has the protocol in its hands."""
        _require_free(await self.standing(reference))


def standing_of(conn: Connection, evaluation: Evaluation) -> Standing | None:
    """Return how an evaluation stands with the committee."""
    row = proposal_store.proposal_row(conn, evaluation.proposed) if evaluation.proposed else None
    if row is None:
        return None
    study = row.proposal().study
    events = [one for one in proposal_store.events_of(conn, row.proposal_id) if one.kind == row.state]
    return Standing(
        proposal_id=row.proposal_id,
        state=row.state,
        author=row.author,
        is_this=study is not None and study.digest == evaluation.draft.digest,
        since=row.changed_at,
        why=events[-1].words if events else "",
    )


def draft_from(evaluation: Evaluation) -> Draft:
    """Return the proposal that a protocol makes: its question as the reason, and all of it as what is decided."""
    draft = evaluation.draft
    return Draft(
        kind="evaluation",
        title=draft.title,
        purpose=draft.question,
        study=Study(evaluation_id=evaluation.evaluation_id, digest=draft.digest, protocol=draft.tree()),
    )


def _require_free(standing: Standing | None) -> None:
    if standing is not None and standing.state in WAITING:
        raise BeforeTheCommittee(state=Words(STATE_WORDS[standing.state]))
