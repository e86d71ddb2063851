"""What follows when the committee decides on an evaluation: the protocol that it adopted may run, and no other."""

import msgspec

from mdm.home.evaluation import evaluation_store
from mdm.home.evaluation.errors import EvaluationUnknown
from mdm.home.evaluation.evaluation import Draft, State
from mdm.journal import Journal
from mdm.store import Connection
from profiles.charter.proposal import Proposal, Study


class StudyDecisions:
    """Passes decisions on to the evaluations that they name."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def decided(self, conn: Connection, proposal: Proposal, *, adopted: bool, actor: str) -> None:
        """Let an adopted protocol be decided; a protocol that was changed since waits for its own decision."""
        study = proposal.study
        if study is None:
            return
        try:
            evaluation = evaluation_store.hold(conn, study.evaluation_id)
        except EvaluationUnknown:
            return
        if evaluation.state is not State.DRAFTED or evaluation.draft.digest != study.digest:
            return
        if adopted:
            evaluation_store.decide(conn, evaluation.evaluation_id, proposal.proposal_id)
        self._journal.record(
            conn,
            "evaluation_decided" if adopted else "evaluation_rejected",
            actor=actor,
            subject=f"evaluation:{evaluation.evaluation_id}",
            detail={"protocol": study.digest, "proposal": proposal.proposal_id},
        )


def protocol_in(study: Study) -> Draft | None:
    """Return the protocol that a proposal holds; None for one that is none."""
    fields = {key: value for key, value in study.protocol.items() if key != "format"}
    try:
        protocol = msgspec.convert(fields, Draft)
    except msgspec.ValidationError:
        return None
    return protocol if protocol.digest == study.digest else None
