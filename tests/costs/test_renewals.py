"""The life of the hardware as it is kept: planned lives, dates in service, and the forecast that follows."""

from datetime import date, timedelta

import pytest

from mdm.clock import to_ms
from mdm.fleet.errors import KitUnknown, SchoolUnknown, TabletUnknown
from mdm.fleet.slot_binding import Identity
from mdm.fleet.states import TabletEvent
from mdm.fleet.tablet import Platform
from mdm.journal import latest_entries
from mdm.store import Connection, Database
from profiles.costs.errors import (
    AmountNotPositive,
    DayInFuture,
    NoTabletNamed,
    PlannedLifeRefused,
    PurchaseUnknown,
    PurchaseWithdrawn,
)
from profiles.costs.life_store import list_in_service
from profiles.costs.purchase import Coverage
from profiles.costs.renewal import InService
from profiles.costs.words import Extent
from tests.costs.conftest import ACTOR, BOURG, LAC, MARSAN, World

IPAD = "iPad (10th generation)"
CERTIFICATE = """
INSERT INTO certificate (serial, digest, purpose, subject, der, not_before, not_after, tablet_id)
VALUES (:serial, :serial, :purpose, '', :der, :at, :at, :tablet_id)
"""


async def in_service(world: World) -> dict[str, InService]:
    return {one.tablet_id: one for one in await world.database.read(list_in_service)}


async def told(world: World, uai: str = "") -> list[tuple[str, int, int, int]]:
    named = await world.renewals.forecast(uai=uai)
    return [(one.uai, one.school_year, one.tablets, one.amount_cents) for one in named.forecast.renewals]


async def test_a_tablet_serves_since_it_was_first_seen_unless_a_day_is_entered(world: World) -> None:
    kit = await world.add_kit(BOURG, 2)
    first, second = sorted(await in_service(world))
    assert {one.since for one in (await in_service(world)).values()} == {date(2026, 9, 1)}
    world.clock.advance(timedelta(days=400))
    await world.renewals.put_in_service(tablets=[first], since=date(2025, 2, 3), actor=ACTOR)
    found = await in_service(world)
    assert (found[first].since, found[second].since) == (date(2025, 2, 3), date(2026, 9, 1))
    assert (found[first].kit_id, found[first].uai, found[first].insee) == (kit, BOURG, MARSAN)
    assert (found[first].territory_id, found[first].model) == (world.territory_id, IPAD)


async def test_a_spare_serves_from_its_first_certificate_on(world: World) -> None:
    identity = Identity(platform=Platform.IPAD, serial="SPARE1", model=IPAD)
    spare = await world.fleet.register_tablet(identity, actor=ACTOR)
    assert (await in_service(world))[spare.tablet_id].since is None
    days = {"identity": (date(2027, 3, 5), date(2028, 3, 5)), "signing": (date(2020, 1, 1),)}

    def certify(conn: Connection) -> None:
        for purpose, found in days.items():
            for day in found:
                at = to_ms(world.clock.now().replace(year=day.year, month=day.month, day=day.day))
                conn.run(
                    CERTIFICATE, serial=f"{purpose}{day}", purpose=purpose, der=b"", at=at, tablet_id=spare.tablet_id
                )

    await world.database.write(certify)
    assert (await in_service(world))[spare.tablet_id].since == date(2027, 3, 5)


async def test_a_day_is_the_one_in_france(world: World) -> None:
    world.clock.advance(timedelta(hours=15))
    await world.add_kit(BOURG, 1)
    assert world.clock.now().date() == date(2026, 9, 1)
    assert [one.since for one in (await in_service(world)).values()] == [date(2026, 9, 2)]


async def test_a_retired_tablet_is_not_replaced(world: World) -> None:
    await world.add_kit(BOURG, 2)
    first, _ = sorted(await in_service(world))
    await world.fleet.change_state(first, TabletEvent.RETIRE, actor=ACTOR)
    assert await told(world) == [(BOURG, 2031, 1, 0)]


async def test_the_forecast_follows_models_and_purchases(world: World) -> None:
    bourg, _ = await world.add_kit(BOURG, 3), await world.add_kit(LAC, 2)
    assert await told(world) == [(BOURG, 2031, 3, 0), (LAC, 2031, 2, 0)]
    await world.renewals.plan_model(IPAD, 6, price_cents=45_000, actor=ACTOR)
    assert await told(world) == [(BOURG, 2032, 3, 135_000), (LAC, 2032, 2, 90_000)]
    bought = await world.buy(
        units=3, life_years=4, amount_cents=150_000, coverage=Coverage(extent=Extent.KITS, places=(bourg,))
    )
    assert await told(world) == [(BOURG, 2030, 3, 150_000), (LAC, 2032, 2, 90_000)]
    assert await told(world, LAC) == [(LAC, 2032, 2, 90_000)]
    await world.costs.withdraw(bought.purchase_id, revision=1, actor=ACTOR)
    assert await told(world, BOURG) == [(BOURG, 2032, 3, 135_000)]
    with pytest.raises(SchoolUnknown):
        await world.renewals.forecast(uai="0400377T")


async def test_a_kit_comes_with_a_purchase_and_what_is_not_said_stays(world: World) -> None:
    kit = await world.add_kit(BOURG, 2)
    bought = await world.buy(units=24, life_years=4, amount_cents=1_200_000)
    done = await world.renewals.put_in_service(kits=["Cassiopée"], since=date(2024, 9, 3), actor=ACTOR)
    assert len(done) == 2
    await world.renewals.put_in_service(kits=[kit], purchase=bought.purchase_id[-8:], actor=ACTOR)
    found = (await in_service(world)).values()
    assert {(one.since, one.purchase_id) for one in found} == {(date(2024, 9, 3), bought.purchase_id)}
    assert await told(world) == [(BOURG, 2028, 2, 100_000)]
    entries = await world.database.read(lambda conn: latest_entries(conn, limit=4))
    assert {entry.kind for entry in entries} == {"tablet_in_service"}


async def test_what_cannot_be_is_refused(world: World) -> None:
    await world.add_kit(BOURG, 0)
    withdrawn = await world.buy()
    await world.costs.withdraw(withdrawn.purchase_id, revision=1, actor=ACTOR)
    with pytest.raises(NoTabletNamed):
        await world.renewals.put_in_service(kits=["Cassiopée"], since=date(2024, 9, 3), actor=ACTOR)
    with pytest.raises(TabletUnknown):
        await world.renewals.put_in_service(tablets=["nobody"], since=date(2024, 9, 3), actor=ACTOR)
    with pytest.raises(KitUnknown):
        await world.renewals.put_in_service(kits=["Orion"], since=date(2024, 9, 3), actor=ACTOR)
    await world.join((await world.fleet.kits())[0].kit.kit_id, 1, "SERIAL1")
    with pytest.raises(DayInFuture):
        await world.renewals.put_in_service(tablets=["SERIAL1"], since=date(2026, 9, 2), actor=ACTOR)
    with pytest.raises(PurchaseWithdrawn):
        await world.renewals.put_in_service(tablets=["SERIAL1"], purchase=withdrawn.purchase_id, actor=ACTOR)
    with pytest.raises(PurchaseUnknown):
        await world.renewals.put_in_service(tablets=["SERIAL1"], purchase="f" * 32, actor=ACTOR)
    for years in (3, 7):
        with pytest.raises(PlannedLifeRefused):
            await world.renewals.plan_model(IPAD, years, actor=ACTOR)
    with pytest.raises(AmountNotPositive):
        await world.renewals.plan_model(IPAD, 5, price_cents=0, actor=ACTOR)


async def test_models_are_listed_with_their_tablets(world: World, any_database: Database) -> None:
    await world.add_kit(BOURG, 2)
    await world.renewals.plan_model("Galaxy Tab A9", 4, actor=ACTOR)
    await world.renewals.plan_model(IPAD, 6, price_cents=45_000, actor=ACTOR)
    await world.renewals.plan_model(IPAD, 5, actor=ACTOR)
    listed = [(one.model, one.tablets, one.life_years, one.price_cents) for one in await world.renewals.models()]
    assert listed == [("Galaxy Tab A9", 0, 4, None), (IPAD, 2, 5, None)]
