"""The questions that imports left: shown with whom they may mean, and answered by a person."""

from enum import StrEnum

import msgspec

from mdm.clock import Clock
from mdm.home.pupils import doubt_store, pupil_store
from mdm.home.pupils.doubt_store import Doubt
from mdm.home.pupils.errors import AnswerImpossible
from mdm.home.pupils.import_store import require_no_turn
from mdm.home.pupils.keys import PupilKeys
from mdm.home.pupils.lines import PupilLine, Source
from mdm.home.pupils.matching import Action, Decision, Reason
from mdm.home.pupils.pupil import PupilView
from mdm.home.pupils.writing import DecisionWriter, open_doubt
from mdm.i18n import N_
from mdm.ids import new_id
from mdm.journal import Journal
from mdm.store import Connection, Database
from mdm.vault import Vault

REASON_WORDS: dict[Reason, str] = {
    Reason.CLOSE: N_("A pupil with nearly the same name is in this class already."),
    Reason.SEVERAL: N_("Several pupils may be meant."),
    Reason.BIRTH_DIFFERS: N_("A pupil of this name is there with another birth date."),
    Reason.NUMBER_DIFFERS: N_("A pupil of this name and birth date is there with another national number."),
    Reason.OTHER_SCHOOL: N_("This pupil is in another school too."),
}


class Answer(StrEnum):
    """What a person may say: the same child; another one; the same, moved here; the same, in both schools."""

    SAME = "same"
    DIFFERENT = "different"
    MOVED = "moved"
    BOTH = "both"


ANSWERS: dict[Reason, tuple[Answer, ...]] = {
    **dict.fromkeys(Reason, (Answer.SAME, Answer.DIFFERENT)),
    Reason.OTHER_SCHOOL: (Answer.MOVED, Answer.BOTH, Answer.DIFFERENT),
}


class DoubtView(msgspec.Struct, frozen=True, kw_only=True):
    """A question as its page shows it: what the line says, and whom it may mean."""

    doubt_id: str
    reason: Reason
    line: PupilLine
    candidates: tuple[PupilView, ...]
    answers: tuple[Answer, ...]


class Doubts:
    """Shows and answers questions; each answer is journalled, without a name."""

    def __init__(self, database: Database, clock: Clock, journal: Journal, vault: Vault) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._vault = vault
        self._writer = DecisionWriter(clock, vault, PupilKeys(vault))
        self._keys = PupilKeys(vault)

    async def of_school(self, uai: str, *, limit: int = 100) -> list[DoubtView]:
        """Return a school's questions, the oldest first."""
        return await self._database.read(
            lambda conn: [self._view(conn, one) for one in doubt_store.list_doubts(conn, uai, limit=limit)]
        )

    async def answer(self, doubt_id: str, answer: Answer, *, actor: str, pupil_id: str = "") -> str:
        """Carry out an answer and return the pupil that the line is now; ``pupil_id``: which one, unless another child.

        Raises `DoubtUnknown`, `AnswerImpossible` or `ImportBusy`.
        """
        return await self._database.write(lambda conn: self._answer(conn, doubt_id, answer, pupil_id, actor))

    def _answer(self, conn: Connection, doubt_id: str, answer: Answer, pupil_id: str, actor: str) -> str:
        require_no_turn(conn, self._clock.ms())
        doubt = doubt_store.take_doubt(conn, doubt_id)
        if answer not in ANSWERS[doubt.reason]:
            raise AnswerImpossible
        if answer is not Answer.DIFFERENT and pupil_id not in doubt.candidates:
            raise AnswerImpossible
        line, last_name = open_doubt(self._vault, doubt.doubt_id, doubt.sealed_line)
        meant = new_id(self._clock) if answer is Answer.DIFFERENT else pupil_id
        action = Action.ADD
        if answer is not Answer.DIFFERENT:
            pupil_store.hold_pupil(conn, meant)
            action = Action.KNOWN if _placed_by_onde(conn, meant, line) else Action.MOVE
        if answer is Answer.MOVED:
            elsewhere = [one.uai for one in pupil_store.inscriptions_of(conn, meant) if one.uai != line.uai]
            for uai in elsewhere:
                pupil_store.end_inscriptions(conn, uai, [meant], self._clock.ms())
        decision = Decision(
            line=line, action=action, pupil_id=meant, last_name=last_name, keys=self._keys.of_line(line)
        )
        self._writer.write(conn, [decision], self._writer.classes(conn, [decision], whole=False))
        self._journal.record(
            conn,
            "pupil_doubt_answered",
            actor=actor,
            subject=f"pupil:{meant}",
            detail={"reason": doubt.reason.value, "answer": answer.value, "school": line.uai},
        )
        conn.publish("pupils", line.uai)
        return meant

    def _view(self, conn: Connection, doubt: Doubt) -> DoubtView:
        line, _ = open_doubt(self._vault, doubt.doubt_id, doubt.sealed_line)
        return DoubtView(
            doubt_id=doubt.doubt_id,
            reason=doubt.reason,
            line=line,
            candidates=tuple(pupil_store.pupil_views(conn, doubt.candidates).values()),
            answers=ANSWERS[doubt.reason],
        )


def _placed_by_onde(conn: Connection, pupil_id: str, line: PupilLine) -> bool:
    """Tell whether ONDE says which class a pupil is in, and this line is another list's: ONDE's word goes first."""
    held = next((one for one in pupil_store.inscriptions_of(conn, pupil_id) if one.uai == line.uai), None)
    return held is not None and held.source is Source.ONDE and line.source is not Source.ONDE
