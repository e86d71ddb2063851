"""An evaluation's life: nothing runs that the committee did not adopt, and at the end nobody can tell who was who."""

from datetime import timedelta

import pytest

from mdm.home.evaluation import evaluation_store
from mdm.home.evaluation.errors import (
    EthicsMissing,
    EvaluationChanged,
    EvaluationInvalid,
    EvaluationUnknown,
    NotInThisState,
)
from mdm.home.evaluation.evaluation import Draft, State, draft_of
from mdm.home.evaluation.guardians import Way
from mdm.home.evaluation.variables import Variable
from mdm.journal import entries
from tests.charter.committee import EVERYBODY
from tests.evaluation.study import FIRST, MANAGER, RESEARCHER, SECOND, Study
from tests.home_use.world import UAI


async def test_a_protocol_lives_from_its_draft_to_its_end(any_study: Study) -> None:
    study = any_study
    await study.lend((UAI, "CP", 7))
    made = await study.running()
    assert made.state is State.RUNNING
    await study.week(FIRST)
    export = await study.exports.ask(made.evaluation_id, actor=RESEARCHER)
    await study.exports.release(export.export_id, actor=SECOND)
    assert (await study.evaluations.show(made.evaluation_id[-8:])).state is State.EXPORTED
    ended = await study.evaluations.end(made.evaluation_id, actor=MANAGER)
    assert (ended.state, ended.ethics is not None) == (State.ENDED, True)
    kinds = [
        one.kind
        for one in await study.database.read(lambda conn: entries(conn, subject=f"evaluation:{made.evaluation_id}"))
    ]
    assert kinds == [
        "evaluation_drafted",
        "evaluation_decided",
        "evaluation_started",
        "evaluation_guardians_informed",
        "evaluation_export_asked",
        "evaluation_export_released",
        "evaluation_ended",
    ]


async def test_only_what_the_committee_adopted_runs(study: Study) -> None:
    made = await study.evaluations.draft(study.draft(), actor=RESEARCHER)
    with pytest.raises(NotInThisState):
        await study.evaluations.start(made.evaluation_id, actor=MANAGER)
    other = await study.committee.adopt("setting", purpose="Un autre sujet.")
    rejected = await study.committee.opened(purpose=f"Avis sur {made.draft.digest}")
    await study.committee.say(rejected, "no", *EVERYBODY)
    for reference in ("nothing", "", other, rejected):
        with pytest.raises(EthicsMissing):
            await study.evaluations.decide(made.evaluation_id, reference, actor=MANAGER)
    await study.committee.charter.votes.close(rejected, actor="account:secretary")
    with pytest.raises(EthicsMissing):
        await study.evaluations.decide(made.evaluation_id, rejected, actor=MANAGER)
    assert (await study.evaluations.show(made.evaluation_id)).state is State.DRAFTED


async def test_a_decision_is_for_the_text_that_was_decided(study: Study) -> None:
    made = await study.evaluations.draft(study.draft(), actor=RESEARCHER)
    proposal = await study.committee.adopt("setting", purpose=f"Avis sur {made.draft.digest}")
    wider = study.draft(variables=(Variable.DAYS_SEEN,), notice_days=20)
    changed = await study.evaluations.change(made.evaluation_id, wider, seen=1, actor=RESEARCHER)
    assert changed.draft.digest != made.draft.digest
    with pytest.raises(EvaluationChanged):
        await study.evaluations.change(made.evaluation_id, wider, seen=1, actor=RESEARCHER)
    with pytest.raises(EthicsMissing):
        await study.evaluations.decide(made.evaluation_id, proposal, actor=MANAGER)
    await study.evaluations.change(made.evaluation_id, study.draft(), seen=2, actor=RESEARCHER)
    decided = await study.evaluations.decide(made.evaluation_id, proposal, actor=MANAGER)
    assert decided.state is State.DECIDED
    with pytest.raises(NotInThisState):
        await study.evaluations.change(made.evaluation_id, wider, seen=decided.revision, actor=RESEARCHER)


async def test_the_end_destroys_the_key_and_all_that_was_gathered(any_study: Study) -> None:
    study = any_study
    await study.lend((UAI, "CP", 6))
    made = await study.running()
    await study.week(FIRST)
    it = made.evaluation_id
    gathered = await study.database.read(lambda conn: evaluation_store.pupil_weeks(conn, it))
    assert len(gathered) == 6
    await study.evaluations.end(it, actor=MANAGER)
    assert await study.database.read(lambda conn: evaluation_store.sealed_key(conn, it)) is None
    assert await study.database.read(lambda conn: evaluation_store.pupil_weeks(conn, it)) == []
    for step in (study.evaluations.start, study.evaluations.end):
        with pytest.raises(NotInThisState):
            await step(it, actor=MANAGER)
    with pytest.raises(NotInThisState):
        await study.guardians.inform(it, Way.LETTER, actor=MANAGER)
    with pytest.raises(NotInThisState):
        await study.exports.ask(it, actor=RESEARCHER)
    again = await study.running(title="Encore une fois")
    await study.week(FIRST + timedelta(days=35))
    anew = await study.database.read(lambda conn: evaluation_store.pupil_weeks(conn, again.evaluation_id))
    assert len({one.pseudonym for one in anew}) == 6
    assert not {one.pseudonym for one in gathered} & {one.pseudonym for one in anew}


async def test_an_evaluation_ends_by_itself_when_its_time_is_over(study: Study) -> None:
    made = await study.running()
    study.world.on("2027-05-01")
    assert await study.evaluations.end_due() == 0
    study.world.on("2027-05-02")
    assert await study.evaluations.end_due() == 1
    assert (await study.evaluations.show(made.evaluation_id)).state is State.ENDED
    assert await study.evaluations.end_due() == 0


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"last_day": FIRST}, "Last day"),
        ({"threshold": 4}, "Smallest group that is told of"),
        ({"notice_days": 14}, "Days for which guardians know before anything is gathered"),
        ({"retention_days": 4000}, "Days after the last day until all is erased"),
        ({"schools": ("0400377A",)}, "Schools"),
        ({"schools": ("0400001V",)}, "Schools"),
        ({"responsible": "nobody"}, "Login of the researcher who answers for it"),
    ],
)
async def test_what_does_not_hold_together_is_refused_with_its_place(
    study: Study, fields: dict[str, object], where: str
) -> None:
    with pytest.raises(EvaluationInvalid) as refused:
        await study.evaluations.draft(study.draft(**fields), actor=RESEARCHER)
    assert refused.value.params["where"] == where
    assert await study.evaluations.every() == []


async def test_an_unknown_evaluation_is_refused(study: Study) -> None:
    for reference in ("", "abc", "0" * 32):
        with pytest.raises(EvaluationUnknown):
            await study.evaluations.show(reference)


def test_a_protocol_is_read_from_a_file_and_nothing_unknown_is_taken() -> None:
    text = """
title = "Lire à la maison"
question = "Les tablettes à la maison font-elles lire davantage ?"
first_day = 2026-11-02
last_day = 2027-01-31
schools = ["0590001F", "0400377T"]
variables = ["minutes_reading", "days_seen"]
responsible = "rita"
"""
    draft = draft_of(text.encode())
    assert draft.schools == ("0400377T", "0590001F")
    assert draft.variables == (Variable.DAYS_SEEN, Variable.MINUTES_READING)
    assert (draft.threshold, draft.notice_days, draft.basis.value) == (10, 30, "objection")
    for wrong in (text + 'names = "yes"', text.replace("days_seen", "first_name"), "title =", text + "\udcff"):
        with pytest.raises(EvaluationInvalid):
            draft_of(wrong.encode(errors="surrogateescape"))


def test_the_digest_is_that_of_all_that_is_decided() -> None:
    one = Study.draft(None)  # type: ignore[arg-type]
    digests = {one.digest}
    for fields in (
        {"question": "Une autre question, plus longue ?"},
        {"threshold": 6},
        {"schools": (UAI,)},
        {"notice_days": 16},
        {"retention_days": 91},
        {"responsible": "max"},
        {"last_day": FIRST},
    ):
        changed = Study.draft(None, **fields)  # type: ignore[arg-type]
        assert isinstance(changed, Draft)
        digests.add(changed.digest)
    assert len(digests) == 8
