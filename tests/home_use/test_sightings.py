"""Days on which a tablet on loan was heard out of school: an hour counts once, the school day not at all."""

import pytest

from mdm.fleet.tablet import Platform
from mdm.home.use.daily import DailyUse
from mdm.home.use.loan_store import KeptLoans, SeenNetworks
from mdm.home.use.loans import Loan
from mdm.home.use.sightings import Sightings, bucket_of
from mdm.store import Connection
from tests.home_use.world import UAI, World, at

SINCE = at("2026-11-02T15:30:00")


@pytest.fixture
def sightings(world: World) -> Sightings:
    return Sightings(world.database, world.clock, KeptLoans(), SeenNetworks())


async def seen(world: World, loan: Loan) -> dict[str, int]:
    rows = await world.database.read(
        lambda conn: conn.all("SELECT day, hours FROM home_seen_day WHERE loan_id = :it", it=loan.loan_id)
    )
    return {row["day"]: row["hours"] for row in rows}


async def rounds(world: World, sightings: Sightings, loan: Loan, *moments: str) -> None:
    for moment in moments:
        world.on(moment[:10], int(moment[11:13]))
        await world.heard(loan, at(moment))
        world.on(moment[:10], int(moment[11:13]) + 1)
        await sightings.collect()
        await sightings.collect()


async def test_an_hour_counts_once_and_a_day_has_its_hours(world: World, sightings: Sightings) -> None:
    loan = await world.lend(SINCE, platform=Platform.IPAD)
    await rounds(
        world,
        sightings,
        loan,
        "2026-11-24T17:05:00",
        "2026-11-24T17:40:00",
        "2026-11-24T18:10:00",
        "2026-11-25T19:30:00",
    )
    assert await seen(world, loan) == {"2026-11-24": 2, "2026-11-25": 1}


async def test_the_school_day_does_not_count_nor_does_the_schools_network(any_world: World) -> None:
    world, sightings = any_world, Sightings(any_world.database, any_world.clock, KeptLoans(), SeenNetworks())
    loan = await world.lend(SINCE)
    await rounds(world, sightings, loan, "2026-11-24T09:00:00")
    assert await seen(world, loan) == {}
    await world.database.write(lambda conn: _place(conn, loan.tablet_id, at_school=True))
    await rounds(world, sightings, loan, "2026-11-24T17:00:00")
    assert await seen(world, loan) == {}
    await world.database.write(lambda conn: _place(conn, loan.tablet_id, at_school=False))
    await rounds(world, sightings, loan, "2026-11-25T09:00:00")
    assert await seen(world, loan) == {"2026-11-25": 1}


async def test_a_tablet_that_is_not_on_loan_is_not_noted(world: World, sightings: Sightings) -> None:
    ended = await world.lend(SINCE, until=at("2026-11-20T08:00:00"))
    lent_today = await world.lend(at("2026-11-24T16:30:00"))
    await rounds(world, sightings, ended, "2026-11-24T17:00:00")
    await rounds(world, sightings, lent_today, "2026-11-24T16:20:00")
    assert await seen(world, ended) == {}
    assert await seen(world, lent_today) == {}


async def test_the_hour_itself_is_forgotten_when_the_day_is_over(world: World, sightings: Sightings) -> None:
    loan = await world.lend(SINCE)
    await rounds(world, sightings, loan, "2026-11-24T17:05:00")
    world.on("2026-11-27")
    await DailyUse(world.database, world.clock, KeptLoans()).tidy()
    rows = await world.database.read(lambda conn: conn.all("SELECT hours, last_hour FROM home_seen_day"))
    assert rows == [{"hours": 1, "last_hour": None}]


def test_hours_of_a_week_are_told_in_buckets() -> None:
    assert [bucket_of(hours) for hours in (0, 1, 4, 5, 14, 15, 100)] == [
        "none", "few", "few", "some", "some", "many", "many",
    ]  # fmt: skip


def _place(conn: Connection, tablet_id: str, *, at_school: bool) -> None:
    conn.run(
        "INSERT INTO school_network (uai, network, added_at, added_by) VALUES (:uai, '192.0.2.0/24', 1, 'account:test')"
        " ON CONFLICT DO NOTHING",
        uai=UAI,
    )
    conn.run(
        "INSERT INTO tablet_place (tablet_id, at_school, seen_at) VALUES (:it, :at_school, 1)"
        " ON CONFLICT (tablet_id) DO UPDATE SET at_school = excluded.at_school",
        it=tablet_id,
        at_school=int(at_school),
    )
