"""Whoever is erased is in no evaluation any more, nor in a file for researchers; what was refused stays refused."""

from pathlib import Path

import pytest

from mdm.home.evaluation import evaluation_store
from mdm.home.evaluation.cohort import Choice
from mdm.home.evaluation.errors import ExportNotThere
from mdm.home.evaluation.forgetting import EvaluationEraser
from mdm.journal import verify
from mdm.privacy.composition import PrivacyParts, privacy_parts
from mdm.privacy.subject import Subject
from profiles.charter.forgetting import SeatEraser
from profiles.charter.seals import Seals
from tests.evaluation.study import MANAGER, RESEARCHER, Study
from tests.evaluation.test_exports import exported, pseudonym_of, with_data


def privacy(study: Study, folder: Path) -> PrivacyParts:
    rooms = {
        "charter": SeatEraser(study.clock, Seals(study.vault)),
        "evaluation": EvaluationEraser(study.guardians),
    }
    return privacy_parts(study.database, study.clock, study.world.journal, folder, rooms=rooms)


async def test_an_erased_child_is_in_no_evaluation_and_in_no_file(any_study: Study, tmp_path: Path) -> None:
    study = any_study
    made = await with_data(study)
    released, _ = await exported(study, made)
    gone = study.loans[0]
    pseudonym = await pseudonym_of(study, made, gone)
    before = await study.database.read(lambda conn: evaluation_store.pupil_weeks(conn, made.evaluation_id))
    assert pseudonym in {row.pseudonym for row in before}
    await study.database.write(
        lambda conn: conn.run(
            "UPDATE loan SET state = 'returned', closed_at = 1 WHERE pupil_id = :it", it=gone.pupil_id
        )
    )
    await privacy(study, tmp_path).erasure.erase(Subject(kind="pupil", key=gone.pupil_id), actor=MANAGER)
    after = await study.database.read(lambda conn: evaluation_store.pupil_weeks(conn, made.evaluation_id))
    assert {row.pseudonym for row in before} - {row.pseudonym for row in after} == {pseudonym}
    assert await study.guardians.of_pupil(gone.pupil_id) == []
    with pytest.raises(ExportNotThere):
        await study.exports.fetch(released.export_id, actor=RESEARCHER)
    assert (await study.database.read(verify)).intact


async def test_what_an_erased_guardian_refused_stays_refused(any_study: Study, tmp_path: Path) -> None:
    study = any_study
    made = await with_data(study)
    child, it = study.loans[0].pupil_id, made.evaluation_id
    await study.database.write(
        lambda conn: conn.many(
            "INSERT INTO guardian (guardian_id, label, created_at) VALUES (:id, 'Mme V.', 1)",
            [{"id": "guardian-one"}, {"id": "guardian-two"}],
        )
    )
    choices = {"guardian-one": Choice.OBJECTED, "guardian-two": Choice.CONSENTED}
    for guardian, choice in choices.items():
        await study.guardians.choose(it, child, guardian, choice, actor="account:parent")
    for guardian in choices:
        await privacy(study, tmp_path).erasure.erase(Subject(kind="guardian", key=guardian), actor=MANAGER)
    kept = await study.database.read(lambda conn: evaluation_store.choices(conn, it))
    assert kept == {child: {"": Choice.OBJECTED}}
    (seen,) = await study.guardians.of_pupil(child)
    assert not seen.takes_part
