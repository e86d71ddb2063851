"""What is gathered: only the protocol's variables, of pupils who take part and whose guardians knew in time."""

from datetime import date, timedelta

from mdm.home.evaluation import evaluation_store
from mdm.home.evaluation.cohort import Choice, takes_part
from mdm.home.evaluation.evaluation import Basis, Evaluation
from mdm.home.evaluation.evaluation_store import PupilWeek
from mdm.home.evaluation.guardians import Way
from mdm.home.evaluation.variables import Variable, rounded
from mdm.home.use.categories import Category
from tests.evaluation.study import CONSENT, FIRST, LENT, MANAGER, Study
from tests.home_use.world import OTHER_UAI, UAI, at

WEEK = timedelta(days=7)


async def gathered(study: Study, evaluation: Evaluation) -> list[PupilWeek]:
    return await study.database.read(lambda conn: evaluation_store.pupil_weeks(conn, evaluation.evaluation_id))


async def test_a_week_is_gathered_once_with_rounded_minutes(any_study: Study) -> None:
    study = any_study
    await study.lend((UAI, "CP", 2))
    made = await study.running()
    study.world.on("2026-11-07")
    await study.tell(study.loans[0], FIRST, {Category.READING: 52, Category.WEB: 7})
    study.world.on("2026-11-11", 14)
    assert await study.gathering.gather_due() == 0
    study.world.on("2026-11-12", 14)
    assert await study.gathering.gather_due() == 1
    assert await study.gathering.gather_due() == 0
    rows = await gathered(study, made)
    assert {(row.week, row.uai, row.level, row.platform) for row in rows} == {(FIRST.isoformat(), UAI, "CP", "android")}
    told = next(row.figures for row in rows if row.figures[Variable.MINUTES_READING] is not None)
    assert told == {
        Variable.DAYS_ON_LOAN: 7,
        Variable.DAYS_SEEN: 0,
        Variable.HOURS_SEEN: "none",
        Variable.MINUTES_LEARNING: 0,
        Variable.MINUTES_READING: 45,
        Variable.MINUTES_CREATION: 0,
        Variable.MINUTES_WEB: 0,
        Variable.MINUTES_OTHER: 0,
    }
    silent = next(row.figures for row in rows if row.figures[Variable.MINUTES_READING] is None)
    assert silent[Variable.DAYS_ON_LOAN] == 7


async def test_nothing_but_the_protocols_variables_is_gathered(study: Study) -> None:
    await study.lend((UAI, "CP", 1))
    made = await study.running(variables=(Variable.DAYS_SEEN,))
    await study.week(FIRST)
    assert [set(row.figures) for row in await gathered(study, made)] == [{Variable.DAYS_SEEN}]


async def test_no_identifier_of_a_pupil_is_in_what_is_gathered(study: Study) -> None:
    await study.lend((UAI, "CP", 3))
    await study.running()
    await study.week(FIRST)
    rows = await study.database.read(lambda conn: conn.all("SELECT * FROM evaluation_week"))
    text = repr(rows)
    assert len(rows) == 3
    assert not any(one in text for loan in study.loans for one in (loan.pupil_id, loan.loan_id, loan.tablet_id))


async def test_guardians_know_before_anything_is_gathered(study: Study) -> None:
    await study.lend((UAI, "CP", 2))
    made = await study.decided()
    await study.evaluations.start(made.evaluation_id, actor=MANAGER)
    first, second = study.loans
    study.world.on("2026-10-17")
    assert await study.guardians.inform(made.evaluation_id, Way.PAGE, pupils=[first.pupil_id], actor=MANAGER) == 1
    study.world.on("2026-10-20")
    assert await study.guardians.inform(made.evaluation_id, Way.LETTER, actor=MANAGER) == 1
    await study.week(FIRST)
    assert len(await gathered(study, made)) == 1
    await study.week(FIRST + WEEK)
    assert sorted(row.week for row in await gathered(study, made)) == ["2026-11-02", "2026-11-09", "2026-11-09"]
    assert second.pupil_id != first.pupil_id


async def test_who_objects_is_forgotten_and_never_gathered_again(any_study: Study) -> None:
    study = any_study
    await study.lend((UAI, "CP", 3))
    made = await study.running()
    await study.week(FIRST)
    assert await study.object(made, study.loans[0]) is False
    assert len(await gathered(study, made)) == 2
    await study.week(FIRST + WEEK)
    assert len(await gathered(study, made)) == 4
    assert await study.object(made, study.loans[0], Choice.CONSENTED) is True
    await study.week(FIRST + 2 * WEEK)
    assert len(await gathered(study, made)) == 7


async def test_where_consent_is_asked_silence_takes_no_part(study: Study) -> None:
    await study.lend((UAI, "CP", 3))
    made = await study.running(basis=CONSENT)
    assert await study.object(made, study.loans[1], Choice.CONSENTED) is True
    await study.week(FIRST)
    assert len(await gathered(study, made)) == 1
    assert await study.object(made, study.loans[1]) is False
    assert await gathered(study, made) == []


def test_of_two_guardians_who_disagree_the_stricter_holds() -> None:
    both = {"a": Choice.CONSENTED, "b": Choice.OBJECTED}
    for basis in Basis:
        assert not takes_part(basis, both)
        assert takes_part(basis, {"a": Choice.CONSENTED})
    assert takes_part(Basis.OBJECTION, {})
    assert not takes_part(Basis.CONSENT, {})


async def test_weeks_before_the_loan_and_other_schools_are_not_gathered(study: Study) -> None:
    await study.lend((UAI, "CP", 1))
    study.loans.append(await study.world.lend(at("2026-11-06T15:30:00"), uai=UAI, level="CP"))
    study.loans.append(await study.world.lend(LENT, uai=OTHER_UAI, level="CP"))
    study.loans.append(await study.world.lend(LENT, uai=UAI, level="CP", until=at("2026-10-30T10:00:00")))
    made = await study.running(schools=(UAI,))
    await study.week(FIRST, tell=False)
    assert sorted(str(row.figures[Variable.DAYS_ON_LOAN]) for row in await gathered(study, made)) == ["2", "7"]


async def test_weeks_that_are_too_old_to_know_are_not_made_up(study: Study) -> None:
    await study.lend((UAI, "CP", 1))
    made = await study.running()
    study.world.on("2027-01-20")
    await study.gathering.gather_due()
    weeks = [row.week for row in await gathered(study, made)]
    assert weeks[0] == date(2026, 11, 30).isoformat()


def test_minutes_are_rounded_to_a_quarter_of_an_hour() -> None:
    assert [rounded(one) for one in (0, 7, 8, 22, 23, 52, 60)] == [0, 0, 15, 15, 30, 45, 60]
