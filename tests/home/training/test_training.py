"""The training: answers are judged here, tried again until right, or noted after a meeting at school."""

from datetime import date, timedelta

import pytest

from mdm.home.training.course import Module
from mdm.home.training.errors import AnswersMissing, AttendedWhen, ModuleUnknown, NotTrained, NotYetGuardian
from mdm.home.training.training_store import TrainingWay
from mdm.journal import entries
from tests.home.pupils.families import ACTOR
from tests.home.training.conftest import Trainee

PARENT = "account:ilse"


def right(module: Module) -> dict[str, str]:
    return {one.key: next(choice.key for choice in one.choices if choice.right) for one in module.questions}


def wrong(module: Module) -> dict[str, str]:
    return {one.key: next(choice.key for choice in one.choices if not choice.right) for one in module.questions}


async def test_a_wrong_answer_is_explained_and_tried_again(trainee: Trainee) -> None:
    module = trainee.training.module("data")
    result = await trainee.training.answer("ilse", "data", wrong(module), actor=PARENT)
    assert (result.passed, [one.right for one in result.answers]) == (False, [False] * 3)
    assert all(one.why["fr"] for one in result.answers)
    assert (await trainee.training.answer("ilse", "data", right(module), actor=PARENT)).passed
    progress = await trainee.training.progress("ilse")
    assert (progress.modules["data"].tries, progress.passed("data"), progress.passed("safe")) == (2, True, False)
    # What was passed stays passed.
    await trainee.training.answer("ilse", "data", wrong(module), actor=PARENT)
    assert (await trainee.training.progress("ilse")).passed("data")


async def test_the_training_is_done_when_every_module_is(trainee: Trainee) -> None:
    with pytest.raises(NotTrained):
        await trainee.training.certificate(trainee.guardian_id, language="fr")
    modules = trainee.training.course.modules
    done = [(await trainee.training.answer("ilse", one.key, right(one), actor=PARENT)).completed for one in modules]
    assert done == [False, False, False, False, True]
    paper = await trainee.training.certificate(trainee.guardian_id, language="fr")
    assert (paper.completion.way, paper.completion.done_on) == (TrainingWay.ONLINE, date(2026, 9, 1))
    assert (paper.completion.digest, paper.current) == (trainee.training.course.digest, True)
    assert paper.modules[0] == "Ce qu'est la tablette, et ce qu'elle peut faire"
    told = await trainee.town.database.read(lambda conn: entries(conn, subject=f"guardian:{trainee.guardian_id}"))
    assert [one.kind for one in told].count("training_done") == 1


async def test_a_meeting_at_school_is_noted_with_who_noted_it(trainee: Trainee) -> None:
    lina = await trainee.town.named("Lina")
    ids = [one.guardian.guardian_id for one in await trainee.town.guardians.of_pupil(lina.pupil.pupil_id)]
    day = date(2026, 8, 31)
    assert await trainee.training.note_attended(ids, day, actor=ACTOR) == 2
    assert await trainee.training.note_attended(ids, day, actor=ACTOR) == 0
    completion = (await trainee.training.progress("ilse")).completion
    assert completion is not None
    assert (completion.way, completion.done_on, completion.noted_by) == (TrainingWay.ROOM, day, ACTOR)


async def test_what_cannot_be_is_refused(trainee: Trainee) -> None:
    with pytest.raises(ModuleUnknown):
        await trainee.training.answer("ilse", "nothing", {}, actor=PARENT)
    with pytest.raises(AnswersMissing) as missing:
        await trainee.training.answer("ilse", "data", {"sites": "a", "rights": "z"}, actor=PARENT)
    assert missing.value.params["numbers"] == "1, 3"
    module = trainee.training.module("data")
    with pytest.raises(NotYetGuardian):
        await trainee.training.answer("nobody", "data", right(module), actor="account:nobody")
    assert (await trainee.training.progress("nobody")).modules == {}
    for day in (date(2026, 9, 3), date(2025, 8, 1)):
        with pytest.raises(AttendedWhen):
            await trainee.training.note_attended([trainee.guardian_id], day, actor=ACTOR)
    await trainee.training.note_attended([trainee.guardian_id], date(2026, 9, 1) + timedelta(days=1), actor=ACTOR)
