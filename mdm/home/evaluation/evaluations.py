"""An evaluation's life: drafted, decided by the committee, running, exported, ended; and its upkeep."""

from collections.abc import Callable

from mdm.clock import Clock
from mdm.errors import Words
from mdm.home.evaluation import evaluation_store, export_store
from mdm.home.evaluation.errors import EthicsMissing, EvaluationInvalid
from mdm.home.evaluation.evaluation import (
    GATHERING,
    Draft,
    EthicsDecisions,
    Evaluation,
    State,
    require_coherent,
    require_state,
)
from mdm.home.evaluation.exports import end_of
from mdm.home.evaluation.pseudonyms import new_sealed_key
from mdm.i18n import N_
from mdm.ids import new_id
from mdm.journal import Journal
from mdm.store import Connection, Database
from mdm.vault import Vault


class Evaluations:
    """Keeps evaluations' protocols. ``actor`` is an identifier such as ``account:anne``.

    ``after`` is told of a decided one, in the transaction of the decision.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        journal: Journal,
        vault: Vault,
        ethics: EthicsDecisions,
        *,
        after: Callable[[Connection, Evaluation], None] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._vault = vault
        self._ethics = ethics
        self._after = after

    async def draft(self, draft: Draft, *, actor: str) -> Evaluation:
        """Keep a new protocol; raise `EvaluationInvalid`."""
        evaluation = Evaluation(
            evaluation_id=new_id(self._clock),
            draft=require_coherent(draft),
            state=State.DRAFTED,
            revision=1,
            ethics=None,
            created_at=self._clock.ms(),
            created_by=actor,
            started_at=None,
            ended_at=None,
        )

        def write(conn: Connection) -> None:
            _require_known(conn, evaluation.draft)
            evaluation_store.add(conn, evaluation)
            self._record(conn, "evaluation_drafted", evaluation.evaluation_id, actor, evaluation.draft.digest)

        await self._database.write(write)
        return evaluation

    async def change(self, reference: str, draft: Draft, *, seen: int, actor: str) -> Evaluation:
        """Keep another text of a protocol that was not decided on.

        Raises `EvaluationInvalid`, `EvaluationUnknown`, `NotInThisState` or `EvaluationChanged`.
        """
        checked = require_coherent(draft)

        def write(conn: Connection) -> Evaluation:
            evaluation = self._held(conn, reference, State.DRAFTED)
            _require_known(conn, checked)
            evaluation_store.change(conn, evaluation.evaluation_id, checked, seen=seen)
            self._record(conn, "evaluation_changed", evaluation.evaluation_id, actor, checked.digest)
            return evaluation_store.require(conn, evaluation.evaluation_id)

        return await self._database.write(write)

    async def decide(self, reference: str, ethics: str, *, actor: str) -> Evaluation:
        """Note that the committee adopted the protocol, with the proposal that says so.

        Raises `EvaluationUnknown`, `NotInThisState` or `EthicsMissing`.
        """
        proposal = ethics.strip()

        def write(conn: Connection) -> Evaluation:
            evaluation = self._held(conn, reference, State.DRAFTED)
            digest = evaluation.draft.digest
            if not self._ethics.adopted(conn, proposal, digest):
                raise EthicsMissing(reference=proposal[:40], digest=digest)
            evaluation_store.decide(conn, evaluation.evaluation_id, proposal)
            self._record(conn, "evaluation_decided", evaluation.evaluation_id, actor, digest, proposal=proposal)
            decided = evaluation_store.require(conn, evaluation.evaluation_id)
            if self._after is not None:
                self._after(conn, decided)
            return decided

        return await self._database.write(write)

    async def start(self, reference: str, *, actor: str) -> Evaluation:
        """Let a decided evaluation run, with a key of its own; raise `EvaluationUnknown` or `NotInThisState`."""

        def write(conn: Connection) -> Evaluation:
            evaluation = self._held(conn, reference, State.DECIDED)
            it = evaluation.evaluation_id
            evaluation_store.start(conn, it, new_sealed_key(self._vault, it), now=self._clock.ms())
            self._record(conn, "evaluation_started", it, actor, evaluation.draft.digest)
            return evaluation_store.require(conn, it)

        return await self._database.write(write)

    async def end(self, reference: str, *, actor: str) -> Evaluation:
        """End an evaluation: its key is destroyed, and what was gathered and exported is erased here.

        Raises `EvaluationUnknown` or `NotInThisState`.
        """

        def write(conn: Connection) -> Evaluation:
            evaluation = self._held(conn, reference, *(state for state in State if state is not State.ENDED))
            return self._end(conn, evaluation, actor)

        return await self._database.write(write)

    async def end_due(self) -> int:
        """End the evaluations whose time is over; return how many."""

        def write(conn: Connection) -> int:
            due = [
                one
                for one in evaluation_store.in_states(conn, State.DECIDED, *GATHERING)
                if end_of(one) <= self._clock.ms()
            ]
            for evaluation in due:
                self._end(conn, evaluation, "system")
            return len(due)

        return await self._database.write(write)

    async def show(self, reference: str) -> Evaluation:
        """Return an evaluation by its identifier, or the end of it; raise `EvaluationUnknown`."""
        return await self._database.read(lambda conn: evaluation_store.require(conn, reference))

    async def every(self) -> list[Evaluation]:
        """Return the evaluations, newest first."""
        return await self._database.read(evaluation_store.every)

    def _held(self, conn: Connection, reference: str, *states: State) -> Evaluation:
        found = evaluation_store.require(conn, reference)
        evaluation = evaluation_store.hold(conn, found.evaluation_id)
        require_state(evaluation, *states)
        return evaluation

    def _end(self, conn: Connection, evaluation: Evaluation, actor: str) -> Evaluation:
        it = evaluation.evaluation_id
        evaluation_store.end(conn, it, now=self._clock.ms())
        export_store.end_all(conn, it)
        self._record(conn, "evaluation_ended", it, actor, evaluation.draft.digest)
        return evaluation_store.require(conn, it)

    def _record(
        self, conn: Connection, kind: str, evaluation_id: str, actor: str, digest: str, *, proposal: str | None = None
    ) -> None:
        detail = {"protocol": digest} if proposal is None else {"protocol": digest, "proposal": proposal}
        self._journal.record(conn, kind, actor=actor, subject=f"evaluation:{evaluation_id}", detail=detail)


def _require_known(conn: Connection, draft: Draft) -> None:
    unknown = evaluation_store.unknown_schools(conn, draft.schools)
    if unknown:
        raise EvaluationInvalid(where=Words(N_("Schools")), reason=", ".join(unknown)[:100])
    if not evaluation_store.account_exists(conn, draft.responsible):
        where = Words(N_("Login of the researcher who answers for it"))
        raise EvaluationInvalid(where=where, reason=Words(N_("nobody has this login")))
