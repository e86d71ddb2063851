"""Minutes of use: sums of whole days on loan alone, each report once, in spite of wrong clocks; then forgotten."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.fleet.tablet import Platform
from mdm.home.use.categories import SOURCE_OF, TOLD, Category, Source
from mdm.home.use.daily import DailyUse, NotKept, Taken
from mdm.home.use.errors import UseReportInvalid
from mdm.home.use.loan_store import KeptLoans
from mdm.home.use.loans import Loan
from mdm.home.use.report import UseReport, parse_field
from tests.home_use.world import World, at, days

SINCE = at("2026-11-02T15:30:00")


@pytest.fixture
def use(world: World) -> DailyUse:
    return daily_use(world)


def daily_use(world: World) -> DailyUse:
    return DailyUse(world.database, world.clock, KeptLoans())


def report(number: int, told: Mapping[str, Mapping[str, int]]) -> UseReport:
    return UseReport(
        number=number,
        version=1,
        days={
            date.fromisoformat(day): {Category(one): spent for one, spent in minutes.items()}
            for day, minutes in told.items()
        },
    )


async def take(world: World, use: DailyUse, loan: Loan, told: UseReport) -> Taken:
    return await world.database.write(lambda conn: use.take(conn, loan.tablet_id, Source.AGENT_FIELD, told))


async def test_a_day_is_kept_and_grows_with_later_reports(world: World, use: DailyUse) -> None:
    loan = await world.lend(SINCE)
    first = await take(world, use, loan, report(1, {"2026-11-24": {"learning": 20}, "2026-11-25": {"web": 5}}))
    assert first == Taken(kept=tuple(days("2026-11-24", "2026-11-25")))
    await take(world, use, loan, report(2, {"2026-11-25": {"web": 15, "reading": 30}}))
    shown = await use.of_loan(loan.loan_id, loan.tablet_id)
    assert [one.day for one in shown.days] == [date(2026, 11, 19) + timedelta(days=step) for step in range(7)]
    assert shown.days[-2].minutes == {Category.LEARNING: 20}
    assert shown.days[-1].minutes == {Category.WEB: 15, Category.READING: 30}
    assert shown.week == {Category.LEARNING: 20, Category.READING: 30, Category.WEB: 15}
    assert shown.sources == (Source.AGENT_FIELD,)


async def test_a_report_that_comes_twice_or_late_changes_nothing(any_world: World) -> None:
    world, use = any_world, daily_use(any_world)
    loan = await world.lend(SINCE)
    newer, older = report(7, {"2026-11-24": {"web": 40}}), report(6, {"2026-11-24": {"web": 10}})
    await take(world, use, loan, newer)
    assert await take(world, use, loan, newer) == Taken(repeated=True)
    assert await take(world, use, loan, older) == Taken(repeated=True)
    assert (await use.of_loan(loan.loan_id, loan.tablet_id)).week == {Category.WEB: 40}


async def test_a_wrong_clock_loses_only_its_wrong_days(world: World, use: DailyUse) -> None:
    loan = await world.lend(at("2026-09-02T15:00:00"))
    told = report(
        1,
        {
            "2031-01-01": {"web": 10},
            "2026-11-27": {"web": 10},
            "2026-11-26": {"web": 1},
            "2026-11-24": {"web": 30},
            "2026-10-22": {"web": 10},
            "2026-10-20": {"web": 10},
            "1970-01-02": {"web": 10},
        },
    )
    taken = await take(world, use, loan, told)
    assert taken.kept == tuple(days("2026-10-22", "2026-11-24", "2026-11-26"))
    assert taken.not_kept == (
        (date(1970, 1, 2), NotKept.TOO_OLD),
        (date(2026, 10, 20), NotKept.TOO_OLD),
        (date(2026, 11, 27), NotKept.FUTURE),
        (date(2031, 1, 1), NotKept.FUTURE),
    )


async def test_a_tablet_that_was_off_for_a_month_tells_it_all_at_once(world: World, use: DailyUse) -> None:
    loan = await world.lend(at("2026-10-01T15:00:00"))
    month = {(date(2026, 11, 25) - timedelta(days=step)).isoformat(): {"learning": 10} for step in range(31)}
    taken = await take(world, use, loan, report(1, month))
    assert len(taken.kept) == 31
    assert taken.not_kept == ()


async def test_a_day_has_no_more_minutes_than_a_day(world: World, use: DailyUse) -> None:
    loan = await world.lend(SINCE)
    taken = await take(
        world, use, loan, report(1, {"2026-11-23": {"web": 900, "other": 700}, "2026-11-24": {"web": 9}})
    )
    assert taken.not_kept == ((date(2026, 11, 23), NotKept.IMPOSSIBLE),)
    assert (await use.of_loan(loan.loan_id, loan.tablet_id)).week == {Category.WEB: 9}


async def test_days_at_school_and_days_of_change_are_not_kept(world: World, use: DailyUse) -> None:
    one = await world.lend(at("2026-11-16T15:00:00"), until=at("2026-11-20T07:00:00"))
    other = await world.lend(at("2026-11-20T15:00:00"), tablet_id=one.tablet_id)
    told = {f"2026-11-{day}": {"reading": day} for day in range(13, 25)}
    taken = await take(world, use, one, report(1, told))
    assert taken.kept == tuple(days(*(f"2026-11-{day}" for day in (17, 18, 19, 21, 22, 23, 24))))
    assert {reason for _, reason in taken.not_kept} == {NotKept.NOT_ON_LOAN}
    assert (await use.of_loan(one.loan_id, one.tablet_id)).week == {Category.READING: 19}
    assert (await use.of_loan(other.loan_id, one.tablet_id)).week == {Category.READING: 21 + 22 + 23 + 24}


async def test_a_tablet_that_is_not_on_loan_has_no_sums(world: World, use: DailyUse) -> None:
    loan = await world.lend(at("2026-11-02T15:00:00"), until=at("2026-11-10T07:00:00"))
    taken = await take(world, use, loan, report(1, {"2026-11-24": {"web": 50}}))
    assert taken.not_kept == ((date(2026, 11, 24), NotKept.NOT_ON_LOAN),)
    rows = await world.database.read(lambda conn: conn.all("SELECT * FROM home_use_day"))
    assert rows == []


async def test_the_day_of_return_is_forgotten(world: World, use: DailyUse) -> None:
    loan = await world.lend(SINCE)
    await take(world, use, loan, report(1, {"2026-11-24": {"web": 50}, "2026-11-25": {"web": 7}}))
    await world.database.write(lambda conn: use.given_back(conn, loan.loan_id, loan.tablet_id))
    assert (await use.of_loan(loan.loan_id, loan.tablet_id)).week == {Category.WEB: 50}


async def test_all_that_is_kept_of_a_loan_can_be_erased(any_world: World) -> None:
    world, use = any_world, daily_use(any_world)
    loan, other = await world.lend(SINCE), await world.lend(SINCE)
    for one in (loan, other):
        await take(world, use, one, report(1, {"2026-11-24": {"web": 50}}))
    assert await world.database.write(lambda conn: use.erase(conn, loan.loan_id)) == 1
    assert (await use.of_loan(loan.loan_id, loan.tablet_id)).week == {}
    assert (await use.of_loan(other.loan_id, other.tablet_id)).week == {Category.WEB: 50}


async def test_sums_are_forgotten_after_eight_weeks(any_world: World) -> None:
    world, use = any_world, daily_use(any_world)
    loan = await world.lend(SINCE)
    await take(world, use, loan, report(1, {f"2026-11-{day:02d}": {"web": 5} for day in (20, 24)}))
    world.on("2027-01-15")
    assert await use.tidy() == 0
    world.on("2027-01-16")
    assert await use.tidy() == 1
    world.on("2027-03-01")
    assert await use.tidy() == 2
    for table in ("home_use_day", "home_use_report", "home_seen_day"):
        assert await world.database.read(lambda conn, table=table: conn.all(f"SELECT * FROM {table}")) == []


async def test_days_are_those_of_the_schools_clock(world: World, use: DailyUse) -> None:
    loan = await world.lend(SINCE)
    world.on("2026-11-25", 23)
    taken = await take(world, use, loan, report(1, {"2026-11-27": {"web": 1}, "2026-11-28": {"web": 1}}))
    assert taken.kept == (date(2026, 11, 27),)


def test_what_platforms_tell_is_said_as_it_is() -> None:
    assert SOURCE_OF[Platform.IPAD] is None
    assert not TOLD[Platform.IPAD].minutes
    assert set(TOLD) == set(Platform)


def test_the_text_of_the_agents_field_is_read() -> None:
    read = parse_field('{"use":1,"n":412,"days":{"2026-11-24":{"learning":35,"web":10}}}')
    assert read == report(412, {"2026-11-24": {"learning": 35, "web": 10}})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"use":2,"n":1,"days":{}}',
        '{"use":1,"n":-1,"days":{}}',
        '{"use":1,"n":1,"days":{"2026-02-30":{}}}',
        '{"use":1,"n":1,"days":{"2026-11-24":{"games":3}}}',
        '{"use":1,"n":1,"days":{"2026-11-24":{"web":-3}}}',
        '{"use":1,"n":1,"days":{"2026-11-24":{"web":1.5}}}',
        '{"use":1,"n":1,"days":{},"apps":["org.example"]}',
        '{"use":1,"n":1,"days":{' + " " * 4000 + "}}",
    ],
)
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(UseReportInvalid):
        parse_field(text)


@given(st.text())
def test_whatever_an_app_writes_is_a_report_or_refused(text: str) -> None:
    try:
        parse_field(text)
    except UseReportInvalid:
        return
