"""What guardians are told of evaluations, what they choose, and what they see of their child's part in them."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

import msgspec

from mdm.clock import Clock
from mdm.home.evaluation import evaluation_store, export_store
from mdm.home.evaluation.cohort import Choice, takes_part
from mdm.home.evaluation.errors import ChosenOtherwise, PupilNotConcerned
from mdm.home.evaluation.evaluation import Basis, Evaluation, State, require_state
from mdm.home.evaluation.export_store import PupilExport
from mdm.home.evaluation.pseudonyms import open_pseudonyms
from mdm.home.evaluation.variables import Variable
from mdm.i18n import N_
from mdm.journal import Journal
from mdm.store import Connection, Database
from mdm.vault import Vault

OPEN = (State.DECIDED, State.RUNNING, State.EXPORTED)
"""The states in which guardians are informed and choose."""


class Way(StrEnum):
    """How guardians were informed."""

    LETTER = "letter"
    MEETING = "meeting"
    PAGE = "page"
    EMAIL = "email"


WAY_NAMES = {
    Way.LETTER: N_("by a letter"),
    Way.MEETING: N_("in a meeting"),
    Way.PAGE: N_("on their page"),
    Way.EMAIL: N_("by e-mail"),
}


class PupilEvaluation(msgspec.Struct, frozen=True, kw_only=True):
    """An evaluation as a pupil's guardians see it. Moments in milliseconds; ``exports``: those with the child's data.

    ``may_choose``: whether a choice still counts. ``takes_part``: whether the child does, as things stand. ``papers``:
    when the school noted what guardians said on paper, by guardian.
    """

    evaluation_id: str
    title: str
    question: str
    first_day: date
    last_day: date
    retention_days: int
    variables: tuple[Variable, ...]
    basis: Basis
    responsible: str
    state: State
    informed_at: int | None
    may_choose: bool
    takes_part: bool
    choices: dict[str, Choice]
    papers: dict[str, int]
    exports: tuple[PupilExport, ...]


class Guardians:
    """Notes who was informed, and applies what guardians choose at once, to all that was not released yet."""

    def __init__(self, database: Database, clock: Clock, journal: Journal, vault: Vault) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._vault = vault

    async def inform(self, reference: str, way: Way, *, actor: str, pupils: Sequence[str] | None = None) -> int:
        """Note that guardians were informed: those of all pupils of the schools, or of some; return how many are new.

        Raises `EvaluationUnknown`, `NotInThisState` or `PupilNotConcerned`.
        """

        def write(conn: Connection) -> int:
            evaluation = _open(conn, reference)
            concerned = evaluation_store.pupils_of_schools(conn, evaluation.draft.schools)
            chosen = sorted(concerned if pupils is None else set(pupils))
            if not concerned.issuperset(chosen):
                raise PupilNotConcerned
            it = evaluation.evaluation_id
            many = evaluation_store.note_informed(conn, it, chosen, way.value, now=self._clock.ms())
            self._journal.record(
                conn,
                "evaluation_guardians_informed",
                actor=actor,
                subject=f"evaluation:{it}",
                detail={"pupils": many, "way": way.value},
            )
            return many

        return await self._database.write(write)

    async def choose(
        self, reference: str, pupil_id: str, guardian: str, choice: Choice, *, actor: str, on_paper: bool = False
    ) -> bool:
        """Keep what a guardian chose, and apply it; return whether the pupil takes part now.

        An objection, or a consent that is taken back, erases what was gathered, and withdraws files with the pupil's
        data. ``on_paper``: ``actor`` notes what the guardian signed. Raises `EvaluationUnknown`, `NotInThisState`,
        `PupilNotConcerned`, or `ChosenOtherwise` for a paper that undoes an objection of the guardian's own page.
        """

        def write(conn: Connection) -> bool:
            evaluation = _open(conn, reference)
            it = evaluation.evaluation_id
            known = pupil_id in evaluation_store.informed(conn, it) or pupil_id in export_store.pupils_of(conn, it)
            if not known and pupil_id not in evaluation_store.pupils_of_schools(conn, evaluation.draft.schools):
                raise PupilNotConcerned
            if on_paper and choice is Choice.CONSENTED:
                _require_no_own_objection(conn, it, pupil_id, guardian)
            noted_by = actor if on_paper else None
            evaluation_store.save_choice(conn, it, pupil_id, guardian, choice, now=self._clock.ms(), noted_by=noted_by)
            part = takes_part(evaluation.draft.basis, evaluation_store.choices(conn, it).get(pupil_id, {}))
            withdrawn = [] if part else self._forget(conn, evaluation, pupil_id)
            _note_change(conn, it)
            self._journal.record(
                conn,
                f"evaluation_{choice.value}_on_paper" if on_paper else f"evaluation_{choice.value}",
                actor=actor,
                subject=f"pupil:{pupil_id}",
                detail={"evaluation": it, "withdrawn": withdrawn, **({"guardian": guardian} if on_paper else {})},
            )
            return part

        return await self._database.write(write)

    async def of_pupil(self, pupil_id: str, *, to_come: bool = False) -> list[PupilEvaluation]:
        """Return the evaluations that concern a pupil, newest first; see `protocols_of_pupil`."""
        return await self._database.read(lambda conn: protocols_of_pupil(conn, pupil_id, to_come=to_come))

    def erase(self, conn: Connection, pupil_id: str) -> int:
        """Erase all that evaluations keep of a pupil; return how many files were withdrawn and rows named the pupil."""
        withdrawn = 0
        for evaluation in evaluation_store.every(conn):
            withdrawn += len(self._forget(conn, evaluation, pupil_id))
            _note_change(conn, evaluation.evaluation_id)
        return withdrawn + evaluation_store.forget_pupil(conn, pupil_id)

    def stop(self, conn: Connection, pupil_id: str) -> None:
        """Erase what was gathered of a pupil, and withdraw files with its data: an objection to all was granted."""
        for evaluation in evaluation_store.every(conn):
            self._forget(conn, evaluation, pupil_id)
            _note_change(conn, evaluation.evaluation_id)

    def _forget(self, conn: Connection, evaluation: Evaluation, pupil_id: str) -> list[str]:
        """Erase what was gathered of a pupil, and withdraw files; return the exports that were withdrawn."""
        it = evaluation.evaluation_id
        key = evaluation_store.sealed_key(conn, it)
        if key is not None:
            pseudonym = open_pseudonyms(self._vault, it, key).of(pupil_id)
            evaluation_store.forget_pseudonym(conn, it, pseudonym)
        return export_store.withdraw_with(conn, it, pupil_id)


def protocols_of_pupil(conn: Connection, pupil_id: str, *, to_come: bool = False) -> list[PupilEvaluation]:
    """Return the evaluations that a pupil's guardians were informed of, chose on, or whose exports hold its data.

    With ``to_come`` also those on which they can choose already, because a school of the child takes part.
    """
    exports = export_store.of_pupil(conn, pupil_id)
    concerned = evaluation_store.evaluations_of_pupil(conn, pupil_id) | {one.evaluation_id for one in exports}
    schools = evaluation_store.schools_of_pupil(conn, pupil_id) if to_come else set()
    found = []
    for evaluation in evaluation_store.every(conn):
        it, draft = evaluation.evaluation_id, evaluation.draft
        comes = evaluation.state in OPEN and not schools.isdisjoint(draft.schools)
        if it not in concerned and not comes:
            continue
        choices = evaluation_store.choices_of_pupil(conn, it, pupil_id)
        found.append(
            PupilEvaluation(
                evaluation_id=it,
                title=draft.title,
                question=draft.question,
                first_day=draft.first_day,
                last_day=draft.last_day,
                retention_days=draft.retention_days,
                variables=draft.variables,
                basis=draft.basis,
                responsible=draft.responsible,
                state=evaluation.state,
                informed_at=evaluation_store.informed_at(conn, it, pupil_id),
                may_choose=evaluation.state in OPEN,
                takes_part=evaluation.state in OPEN and takes_part(draft.basis, choices),
                choices=choices,
                papers=evaluation_store.papers_of_pupil(conn, it, pupil_id),
                exports=tuple(one for one in exports if one.evaluation_id == it),
            )
        )
    return found


def _note_change(conn: Connection, evaluation_id: str) -> None:
    """Let exports that wait be counted anew, and one that is being made just now be made again."""
    export_store.forget_summaries(conn, evaluation_id)
    evaluation_store.note_change(conn, evaluation_id)


def _require_no_own_objection(conn: Connection, evaluation_id: str, pupil_id: str, guardian: str) -> None:
    said = evaluation_store.choices_of_pupil(conn, evaluation_id, pupil_id).get(guardian)
    papers = evaluation_store.papers_of_pupil(conn, evaluation_id, pupil_id)
    if said is Choice.OBJECTED and guardian not in papers:
        raise ChosenOtherwise


def _open(conn: Connection, reference: str) -> Evaluation:
    found = evaluation_store.require(conn, reference)
    evaluation = evaluation_store.hold(conn, found.evaluation_id)
    require_state(evaluation, *OPEN)
    return evaluation
