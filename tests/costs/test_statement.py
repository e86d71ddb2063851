"""The year's statement: what each commune bears, from purchases, subsidies, pupils and tablets as they are kept."""

from datetime import date

import pytest

from mdm.fleet.states import TabletEvent
from profiles.costs.errors import (
    KeyMissing,
    KeyReplaced,
    NoPupilToShare,
    NoTabletToShare,
    PupilsMissing,
    YearAbsurd,
)
from profiles.costs.purchase import Coverage, Purchase
from profiles.costs.sharing import AUTHORITY, ItemRule, Rule
from profiles.costs.statement import Statement
from profiles.costs.subsidies import SubsidyDraft
from profiles.costs.words import Basis, Extent, PurchaseKind, Recurrence, SubsidyState
from tests.costs.conftest import ACTOR, AUDIGNON, BOURG, DAX, LAC, MARSAN, PINS, PUPILS, SOURCES, World

COMMUNES_ONLY = Rule(common_per_mille=0, basis=Basis.PUPILS)
BY_TABLETS = Rule(common_per_mille=0, basis=Basis.TABLETS)


def shares(statement: Statement, purchase: Purchase) -> dict[str, int]:
    (item,) = [item for item in statement.items if item.purchase.purchase_id == purchase.purchase_id]
    assert sum(one.amount_cents for one in item.shares) == item.net_cents
    return {one.insee: one.amount_cents for one in item.shares}


async def test_the_rest_goes_by_pupils_after_the_authoritys_share(world: World) -> None:
    await world.adopt()
    await world.count_pupils()
    bought = await world.buy(coverage=world.everywhere(), amount_cents=1_000_000)
    statement = await world.costs.statement(2026)
    # 400 pupils: 50 in Audignon, 150 in Dax, 200 in Mont-de-Marsan.
    assert shares(statement, bought) == {AUTHORITY: 400_000, AUDIGNON: 75_000, DAX: 225_000, MARSAN: 300_000}
    assert statement.by_commune() == shares(statement, bought)
    assert statement.key.reference == "2026-14"


async def test_tablets_are_counted_in_the_kits_without_the_retired(world: World) -> None:
    await world.adopt(rule=BY_TABLETS)
    bourg, lac = await world.add_kit(BOURG, 3), await world.add_kit(LAC, 2)
    await world.add_kit(SOURCES, 0)
    gone = (await world.fleet.kit(bourg)).slots[0].tablet_id
    assert gone is not None
    await world.fleet.change_state(gone, TabletEvent.LOSE, actor=ACTOR)
    bought = await world.buy(coverage=world.everywhere(), amount_cents=1000)
    assert shares(await world.costs.statement(2026), bought) == {AUTHORITY: 0, DAX: 400, MARSAN: 600}
    await world.fleet.change_state(gone, TabletEvent.RETIRE, actor=ACTOR)
    assert shares(await world.costs.statement(2026), bought) == {AUTHORITY: 0, DAX: 500, MARSAN: 500}
    of_one_kit = await world.buy(coverage=Coverage(extent=Extent.KITS, places=(lac,)), amount_cents=77)
    assert shares(await world.costs.statement(2026), of_one_kit) == {AUTHORITY: 0, DAX: 77}


@pytest.mark.parametrize(
    ("extent", "places", "expected"),
    [
        (Extent.COMMUNES, (DAX, AUDIGNON), {AUDIGNON: 250, DAX: 750}),
        (Extent.SCHOOLS, (PINS, SOURCES, LAC), {AUDIGNON: 178, DAX: 536, MARSAN: 286}),
        (Extent.SCHOOLS, (BOURG, PINS), {MARSAN: 1000}),
    ],
)
async def test_a_purchase_is_shared_among_those_it_is_for(
    small_world: World, extent: Extent, places: tuple[str, ...], expected: dict[str, int]
) -> None:
    await small_world.adopt(rule=COMMUNES_ONLY)
    await small_world.count_pupils()
    bought = await small_world.buy(coverage=Coverage(extent=extent, places=places), amount_cents=1000)
    assert shares(await small_world.costs.statement(2026), bought) == {AUTHORITY: 0, **expected}


async def test_a_kit_is_shared_by_its_schools_pupils_when_the_key_says_so(small_world: World) -> None:
    await small_world.adopt(rule=COMMUNES_ONLY)
    await small_world.count_pupils()
    kits = (
        await small_world.add_kit(PINS, 1),
        await small_world.add_kit(SOURCES, 1),
        await small_world.add_kit(SOURCES, 1, "Orion"),
    )
    bought = await small_world.buy(coverage=Coverage(extent=Extent.KITS, places=kits), amount_cents=1300)
    assert shares(await small_world.costs.statement(2026), bought) == {AUTHORITY: 0, AUDIGNON: 500, MARSAN: 800}


async def test_a_rule_for_one_item_goes_before_the_general_one(small_world: World) -> None:
    await small_world.count_pupils()
    await small_world.add_kit(SOURCES, 1)
    licence = await small_world.buy(kind=PurchaseKind.LICENCE, amount_cents=100, coverage=small_world.everywhere())
    hardware = await small_world.buy(amount_cents=100, coverage=small_world.everywhere())
    other = await small_world.buy(kind=PurchaseKind.CASE, amount_cents=100, coverage=small_world.everywhere())
    alone = Rule(common_per_mille=1000, basis=Basis.PUPILS)
    await small_world.adopt(
        rule=COMMUNES_ONLY,
        items=(ItemRule(item="licence", rule=alone), ItemRule(item=hardware.purchase_id, rule=BY_TABLETS)),
    )
    statement = await small_world.costs.statement(2026)
    assert shares(statement, licence)[AUTHORITY] == 100
    assert shares(statement, hardware) == {AUTHORITY: 0, AUDIGNON: 100}
    assert shares(statement, other) == {AUTHORITY: 0, AUDIGNON: 13, DAX: 37, MARSAN: 50}


async def test_granted_subsidies_are_taken_off_and_those_asked_for_are_only_told(world: World) -> None:
    await world.adopt()
    await world.count_pupils()
    bought = await world.buy(amount_cents=1_000_000)
    draft = SubsidyDraft(funder="FEDER", rate_per_mille=300, purchases=(bought.purchase_id,), ceiling_cents=250_000)
    asked = await world.funding.add(draft, actor=ACTOR)
    (item,) = (await world.costs.statement(2026)).items
    assert (item.gross_cents, item.subsidy_cents, item.asked_cents, item.net_cents) == (
        1_000_000,
        0,
        250_000,
        1_000_000,
    )
    await world.funding.move(asked.subsidy_id, SubsidyState.GRANTED, revision=1, actor=ACTOR)
    statement = await world.costs.statement(2026)
    (item,) = statement.items
    assert (item.subsidy_cents, item.asked_cents, item.net_cents) == (250_000, 0, 750_000)
    assert shares(statement, bought) == {AUTHORITY: 300_000, DAX: 450_000}


async def test_a_yearly_purchase_is_shared_every_year_by_that_years_key_and_pupils(small_world: World) -> None:
    await small_world.adopt("A", rule=COMMUNES_ONLY)
    await small_world.adopt("B", replaces="A", first_year=2027)
    await small_world.count_pupils(2026)
    await small_world.count_pupils(2027, {**PUPILS, SOURCES: 250})
    bought = await small_world.buy(
        recurrence=Recurrence.YEARLY, last_year=2027, amount_cents=1000,
        coverage=Coverage(extent=Extent.COMMUNES, places=(AUDIGNON, DAX)),
    )  # fmt: skip
    first, second = await small_world.costs.statement(2026), await small_world.costs.statement(2027)
    assert (first.key.reference, shares(first, bought)) == ("A", {AUTHORITY: 0, AUDIGNON: 250, DAX: 750})
    assert (second.key.reference, shares(second, bought)) == ("B", {AUTHORITY: 400, AUDIGNON: 375, DAX: 225})
    assert (await small_world.costs.statement(2028)).items == ()


async def test_missing_pupils_are_told_by_commune_and_school(world: World) -> None:
    await world.adopt()
    await world.count_pupils(2026, {BOURG: 120})
    await world.buy(coverage=world.everywhere())
    with pytest.raises(PupilsMissing) as missing:
        await world.costs.statement(2026)
    assert missing.value.status == 409
    expected = f"Audignon {AUDIGNON} ({SOURCES}); Dax {DAX} ({LAC}); Mont-de-Marsan {MARSAN} ({PINS})"
    assert missing.value.params == {"year": "2026", "places": expected}


async def test_pupils_are_missed_only_where_they_are_needed(small_world: World) -> None:
    await small_world.adopt(rule=Rule(common_per_mille=1000, basis=Basis.PUPILS))
    bought = await small_world.buy(coverage=small_world.everywhere(), amount_cents=5)
    assert shares(await small_world.costs.statement(2026), bought) == {AUTHORITY: 5}


async def test_what_nobody_can_bear_is_refused_with_its_name(small_world: World) -> None:
    await small_world.adopt("A")
    await small_world.count_pupils(2026, {LAC: 0})
    bought = await small_world.buy(label="Chariot", coverage=Coverage(extent=Extent.SCHOOLS, places=(LAC,)))
    with pytest.raises(NoPupilToShare, match="Chariot"):
        await small_world.costs.statement(2026)
    await small_world.adopt("B", replaces="A", rule=BY_TABLETS)
    with pytest.raises(NoTabletToShare, match="Chariot"):
        await small_world.costs.statement(2026)
    await small_world.costs.withdraw(bought.purchase_id, revision=1, actor=ACTOR)
    assert (await small_world.costs.statement(2026)).items == ()


async def test_a_key_that_was_replaced_or_never_was_is_refused(small_world: World) -> None:
    with pytest.raises(KeyMissing, match="2026"):
        await small_world.costs.statement(2026)
    await small_world.adopt("A")
    await small_world.adopt("B", replaces="A")
    with pytest.raises(KeyReplaced) as replaced:
        await small_world.costs.statement(2026, key="A")
    assert (replaced.value.status, replaced.value.params["by"]) == (409, "B")
    assert (await small_world.costs.statement(2026, key="B")).key.reference == "B"
    with pytest.raises(YearAbsurd):
        await small_world.costs.statement(12026)


async def test_a_purchase_of_another_year_is_not_there(small_world: World) -> None:
    await small_world.adopt()
    await small_world.count_pupils()
    await small_world.buy(bought_on=date(2025, 12, 31))
    await small_world.buy(bought_on=date(2027, 1, 1))
    assert (await small_world.costs.statement(2026)).items == ()
