"""Until when a maker's warranty lasts."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.journal import entries
from mdm.repairs.errors import WarrantyMonthsRefused
from mdm.repairs.warranties import NoWarranties
from profiles.costs.costs import Costs
from profiles.costs.errors import PurchaseUnknown
from profiles.costs.purchase import Coverage, PurchaseDraft
from profiles.costs.renewals import Renewals
from profiles.costs.warranties import PurchasedWarranties, WarrantyDesk, last_day
from profiles.costs.warranty_store import WarrantyFacts
from profiles.costs.words import Extent, PurchaseKind
from tests.repairs.world import SCHOOL, TECHNICIAN, World

days = st.dates(date(2000, 1, 1), date(2100, 12, 31))


def facts(bought: date, months: int) -> WarrantyFacts:
    return WarrantyFacts(bought_on=bought, in_service_on=None, purchase_months=months, model_months=None)


@pytest.mark.parametrize(
    ("bought", "months", "last"),
    [
        (date(2026, 9, 3), 12, date(2027, 9, 2)),
        (date(2026, 9, 1), 12, date(2027, 8, 31)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 14)),
    ],
)
def test_a_warranty_of_some_months_ends_the_day_before(bought: date, months: int, last: date) -> None:
    assert last_day(facts(bought, months)) == last


@given(days, st.integers(1, 119))
def test_a_month_more_is_a_month_more(bought: date, months: int) -> None:
    shorter, longer = last_day(facts(bought, months)), last_day(facts(bought, months + 1))
    assert shorter is not None
    assert longer is not None
    assert 28 <= (longer - shorter).days <= 31
    assert abs((shorter - bought).days - months * 30.437) < 5


def test_what_nobody_entered_is_not_guessed() -> None:
    nothing = WarrantyFacts(bought_on=None, in_service_on=None, purchase_months=12, model_months=12)
    assert last_day(nothing) is None
    assert last_day(WarrantyFacts(bought_on=date(2026, 1, 1), in_service_on=None, purchase_months=None,
                                  model_months=None)) is None  # fmt: skip


async def test_a_tablets_warranty_comes_from_its_purchase_or_its_model(any_world: World) -> None:
    world = any_world
    desk = WarrantyDesk(world.database, world.clock, world.journal)
    warranties = PurchasedWarranties()
    renewals = Renewals(world.database, world.clock, world.journal)
    costs = Costs(world.database, world.clock, world.journal)
    a1, a2 = world.tablets["A1"], world.tablets["A2"]

    async def until(tablet_id: str) -> date | None:
        return await world.database.read(lambda conn: warranties.until(conn, tablet_id))

    assert await until(a1) is None
    await desk.cover_model("iPad13,18", 12, actor=TECHNICIAN)
    assert await until(a1) is None
    await renewals.put_in_service(tablets=[a1, a2], since=date(2026, 3, 1), actor=TECHNICIAN)
    assert await until(a1) == date(2027, 2, 28)
    draft = PurchaseDraft(
        label="iPad 2026", kind=PurchaseKind.HARDWARE, amount_cents=100_000, vat_per_mille=200,
        bought_on=date(2026, 1, 10), coverage=Coverage(extent=Extent.SCHOOLS, places=(SCHOOL,)), units=4,
    )  # fmt: skip
    purchase = await costs.add(draft, actor=TECHNICIAN)
    await renewals.put_in_service(tablets=[a1], purchase=purchase.purchase_id, actor=TECHNICIAN)
    assert await until(a1) == date(2027, 1, 9)
    assert await desk.cover_purchase(purchase.purchase_id, 36, actor=TECHNICIAN) == purchase.purchase_id
    assert (await until(a1), await until(a2)) == (date(2029, 1, 9), date(2027, 2, 28))
    terms = await desk.terms()
    assert (terms.purchases, terms.models) == ({purchase.purchase_id: 36}, {"iPad13,18": 12})
    told = await world.database.read(lambda conn: entries(conn, subject=f"purchase:{purchase.purchase_id}"))
    assert told[-1].kind == "warranty_set"
    assert await until("none") is None
    assert await world.database.read(lambda conn: NoWarranties().until(conn, a1)) is None


async def test_a_warranty_that_cannot_be_is_refused(world: World) -> None:
    desk = WarrantyDesk(world.database, world.clock, world.journal)
    for months in (0, -1, 121):
        with pytest.raises(WarrantyMonthsRefused):
            await desk.cover_model("iPad13,18", months, actor=TECHNICIAN)
    with pytest.raises(PurchaseUnknown):
        await desk.cover_purchase("000000", 12, actor=TECHNICIAN)
