"""The weekly picture: counted and published once, small groups hidden in it, nothing hidden kept anywhere."""

import asyncio
from collections.abc import Mapping
from datetime import date

import pytest

from mdm.home.picture.errors import WeekUnknown
from mdm.home.picture.levels import level_of
from mdm.home.picture.measures import MINUTES, STATES, Measure
from mdm.home.picture.network import SUM
from mdm.home.picture.picture import HomePicture
from mdm.home.picture.suppression import ThresholdTooSmall
from mdm.home.picture.tables import LoanWeek, week_tables
from mdm.home.picture.weeks import mondays
from mdm.home.use.categories import Category, Source
from mdm.home.use.daily import DailyUse
from mdm.home.use.loan_store import KeptLoans
from mdm.home.use.loans import Loan
from mdm.home.use.report import UseReport
from mdm.journal import entries
from mdm.store import Connection
from tests.home_use.world import OTHER_UAI, UAI, World, at

SINCE = at("2026-11-02T15:30:00")
WEEK = "2026-11-16"


def picture_of(world: World, threshold: int = 5) -> HomePicture:
    return HomePicture(world.database, world.clock, world.journal, KeptLoans(), threshold=threshold)


async def lend_classes(world: World) -> dict[tuple[str, str], list[Loan]]:
    """Two schools: in the first a large CP and a small CE1, in the second a CP and a CE1 of some size."""
    made: dict[tuple[str, str], list[Loan]] = {}
    for uai, level, many in ((UAI, "CP", 9), (UAI, "CE1", 3), (OTHER_UAI, "CP", 6), (OTHER_UAI, "CE1", 7)):
        made[uai, level] = [await world.lend(SINCE, uai=uai, level=level) for _ in range(many)]
    return made


async def tell(world: World, loan: Loan, number: int, minutes: Mapping[str, int], day: str = "2026-11-18") -> None:
    use = DailyUse(world.database, world.clock, KeptLoans())
    told = UseReport(
        number=number,
        version=1,
        days={date.fromisoformat(day): {Category(one): spent for one, spent in minutes.items()}},
    )
    await world.database.write(lambda conn: use.take(conn, loan.tablet_id, Source.AGENT_FIELD, told))


async def test_a_week_is_published_on_its_day_and_never_counted_again(any_world: World) -> None:
    world = any_world
    made = await lend_classes(world)
    for loan in made[UAI, "CP"]:
        await tell(world, loan, 1, {"learning": 60, "web": 20})
    picture = picture_of(world)
    world.on("2026-11-25", 10)
    assert WEEK not in await picture.publish_due()
    world.on("2026-11-26", 14)
    assert WEEK in await picture.publish_due()
    shown = await picture.show(WEEK)
    assert shown.figures[Measure.TABLETS] == 25
    await tell(world, made[UAI, "CP"][0], 2, {"learning": 600})
    await world.give_back(made[OTHER_UAI, "CE1"][0], at("2026-11-17T10:00:00"))
    assert await picture.publish_due() == []
    assert await picture_of(world, 10).publish_due() == []
    assert await picture.show(WEEK) == shown
    told = await world.database.read(lambda conn: entries(conn, subject="home", limit=20))
    assert [entry.kind for entry in told] == ["home_week_published"] * len(await picture.weeks())


async def test_two_servers_that_count_at_once_publish_a_week_once(world: World) -> None:
    await lend_classes(world)
    world.on("2026-11-26", 14)
    both = await asyncio.gather(picture_of(world).publish_due(), picture_of(world, 10).publish_due())
    published = [week for one in both for week in one]
    assert len(published) == len(set(published)) == len(await picture_of(world).weeks()) > 1


async def test_what_is_hidden_is_kept_nowhere(world: World) -> None:
    made = await lend_classes(world)
    for loan in made[UAI, "CE1"]:
        await tell(world, loan, 1, {"web": 777})
    world.on("2026-11-26", 14)
    picture = picture_of(world)
    await picture.publish_due()
    shown = await picture.show(WEEK)
    first = next(row for row in shown.schools if row.uai == UAI)
    small = next(cell for cell in first.levels if cell.level == "CE1")
    assert set(small.figures.values()) == {None}
    rows = await world.database.read(
        lambda conn: conn.all("SELECT figures, guards FROM home_week_cell WHERE week = :week", week=WEEK)
    )
    assert not any("777" in f"{row['figures']}{row['guards']}" or "2331" in row["figures"] for row in rows)


async def test_no_subtraction_gives_a_small_group_away(world: World) -> None:
    await lend_classes(world)
    world.on("2026-11-26", 14)
    picture = picture_of(world)
    await picture.publish_due()
    shown = await picture.show(WEEK)
    cells = {(row.uai, cell.level): cell.figures[Measure.TABLETS] for row in shown.schools for cell in row.levels}
    assert cells == {(UAI, "CP"): None, (UAI, "CE1"): None, (OTHER_UAI, "CP"): None, (OTHER_UAI, "CE1"): None}
    assert [row.figures[Measure.TABLETS] for row in shown.schools] == [12, 13]
    assert {cell.level: cell.figures[Measure.TABLETS] for cell in shown.levels} == {"CP": 15, "CE1": 10}


async def test_states_of_tablets_are_told_by_school(world: World) -> None:
    loans = [await world.lend(SINCE, due="2026-11-20" if number < 2 else "2027-07-02") for number in range(8)]
    for loan in loans:
        await world.heard(loan, at("2026-11-18T18:00:00"), battery=10 if loan is loans[0] else 90)

    def note(conn: Connection) -> None:
        for number, loan in enumerate(loans):
            conn.run(
                "INSERT INTO home_seen_day (tablet_id, loan_id, day, hours, last_hour) VALUES (:t, :l, :d, 2, 1)",
                t=loan.tablet_id,
                l=loan.loan_id,
                d="2026-11-18",
            )
            conn.run(
                "INSERT INTO convergence (tablet_id, report, converged_at, next_check_at) VALUES (:t, '{}', :at, 1)",
                t=loan.tablet_id,
                at=1 if number else None,
            )
        conn.run(
            "INSERT INTO fault (fault_id, tablet_id, kind, state, reported_at, changed_at)"
            " VALUES ('f', :t, 'battery', 'open', 1, 1)",
            t=loans[3].tablet_id,
        )

    await world.database.write(note)
    world.on("2026-11-26", 14)
    picture = picture_of(world)
    await picture.publish_due()
    school = (await picture.show(WEEK)).schools[0]
    assert {one: school.figures[one] for one in STATES} == {
        Measure.SEEN: 8,
        Measure.CONVERGED: 7,
        Measure.BATTERY_LOW: 1,
        Measure.FAULTS: 1,
        Measure.BATTERY_FAULTS: 1,
        Measure.OVERDUE: 2,
    }
    assert school.figures[Measure.DAYS_SEEN] == 8
    assert not set(STATES) & set(school.levels[0].figures)


async def test_minutes_are_hidden_where_too_few_tablets_tell_any(world: World) -> None:
    loans = [await world.lend(SINCE) for _ in range(14)]
    for number, loan in enumerate(loans):
        if number < 3:
            await tell(world, loan, 1, {"learning": 100})
    world.on("2026-11-26", 14)
    picture = picture_of(world)
    await picture.publish_due()
    school = (await picture.show(WEEK)).schools[0]
    assert school.figures[Measure.TABLETS] == 14
    assert school.figures[Measure.REPORTING] is None
    assert all(school.figures[measure] is None for measure in MINUTES)


async def test_a_school_sees_its_own_rows_and_weeks_make_a_series(world: World) -> None:
    await lend_classes(world)
    world.on("2026-11-26", 14)
    picture = picture_of(world)
    published = await picture.publish_due()
    shown = await picture.show(WEEK, schools={UAI})
    assert [row.uai for row in shown.schools] == [UAI]
    assert shown.schools[0].name == f"École {UAI}"
    series = await picture.series()
    assert [week for week, _ in series] == [week for week in published if week >= "2026-11-02"]
    assert series[-1][1][Measure.TABLETS] == 25
    assert (await picture.show()).week.week == published[-1]


async def test_which_groups_were_small_is_remembered_for_one_week_alone(world: World) -> None:
    await lend_classes(world)
    world.on("2026-11-26", 14)
    picture = picture_of(world)
    await picture.publish_due()
    rows = await world.database.read(
        lambda conn: conn.all("SELECT DISTINCT week FROM home_week_cell WHERE guards IS NOT NULL")
    )
    assert [row["week"] for row in rows] == [WEEK]


async def test_an_unpublished_week_is_refused_in_words(world: World) -> None:
    with pytest.raises(WeekUnknown):
        await picture_of(world).show("2026-11-16")
    with pytest.raises(ThresholdTooSmall):
        picture_of(world, 4)


def test_two_tablets_of_one_pupil_make_one_member_of_a_group() -> None:
    loans = [LoanWeek(pupil_id=str(number), uai=UAI, level="CP") for number in range(9)]
    twice = [*loans, LoanWeek(pupil_id="0", uai=UAI, level="CP")]
    assert week_tables(twice, 10, {}).figures[UAI, "CP"][Measure.TABLETS] is None
    tenth = [*loans, LoanWeek(pupil_id="10", uai=UAI, level="CP")]
    assert week_tables(tenth, 10, {}).figures[UAI, "CP"][Measure.TABLETS] == 10


def test_every_pupil_is_in_one_level_and_one_alone() -> None:
    """One way of dividing pupils is ever published, so that no two groups can be subtracted from each other."""
    texts = ["CP", "ce 1", "CE1-CE2", "ULIS", "", "CM2 B", "Grande section", "GS", "TPS/PS", "6e", "CP 2", "GS/CP"]
    assert [level_of(text) for text in texts] == [
        "CP", "CE1", "other", "other", "other", "CM2", "GS", "GS", "PS", "other", "CP", "other",
    ]  # fmt: skip
    loans = [LoanWeek(pupil_id=str(number), uai=UAI, level=level_of(text)) for number, text in enumerate(texts * 5)]
    shown = week_tables(loans, 5, {}).figures
    inner = {cell: figures[Measure.TABLETS] for cell, figures in shown.items() if SUM not in cell}
    assert None not in inner.values()
    assert sum(many or 0 for many in inner.values()) == len(loans)


def test_weeks_are_those_that_lie_wholly_in_a_time() -> None:
    assert list(mondays(date(2026, 11, 3), date(2026, 11, 22))) == [date(2026, 11, 9), date(2026, 11, 16)]
    assert list(mondays(date(2026, 11, 2), date(2026, 11, 7))) == []
