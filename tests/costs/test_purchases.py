"""Purchases as they are kept: found again whole, corrected by one person at a time, withdrawn."""

import asyncio
from datetime import date

import pytest

from mdm.clock import ManualClock
from mdm.fleet.errors import CommuneUnknown, KitUnknown, SchoolUnknown, TerritoryUnknown
from mdm.journal import Journal, latest_entries, verify
from mdm.store import Database, open_database
from profiles.costs.costs import Costs
from profiles.costs.errors import (
    AmountNotPositive,
    PurchaseChanged,
    PurchaseSubsidised,
    PurchaseUnknown,
    PurchaseWithdrawn,
)
from profiles.costs.purchase import Coverage, Lot, Purchase
from profiles.costs.subsidies import SubsidyDraft
from profiles.costs.words import Extent, PurchaseKind, Recurrence, SubsidyState
from tests.costs.conftest import ACTOR, BOURG, DAX, LAC, World, corrected, draft


async def test_a_purchase_is_found_again_as_it_was_entered(world: World) -> None:
    lots = (
        Lot(label="Tablettes", amount_cents=900_000, supplier_reference="M-2026-1"),
        Lot(label="Coques", amount_cents=100_000),
    )
    made = await world.buy(
        group_purchase=True, lots=lots, supplier_reference="UGAP 77", item_id="app-12", units=24, life_years=5
    )
    yearly = await world.buy(
        label="Support", kind=PurchaseKind.SERVICE, recurrence=Recurrence.YEARLY, last_year=2029,
        bought_on=date(2026, 1, 1), coverage=world.everywhere(), amount_cents=1,
    )  # fmt: skip
    assert await world.costs.purchases() == [yearly, made]
    assert (made.revision, made.lots, made.coverage.places) == (1, lots, (DAX,))
    for reference in (made.purchase_id, made.purchase_id[-8:], made.purchase_id[-8:].upper()):
        assert await world.costs.purchase(reference) == made


async def test_places_are_kept_by_their_identifiers(world: World) -> None:
    kit_id = await world.add_kit(BOURG, 0)
    by_name = Coverage(extent=Extent.KITS, places=(f"{BOURG.lower()}/Cassiopée",))
    bought = await world.buy(coverage=by_name)
    assert bought.coverage.places == (kit_id,)
    assert await world.costs.place_names(bought) == [f"Cassiopée {BOURG}"]
    lower = Coverage(extent=Extent.SCHOOLS, places=(LAC.lower(), BOURG))
    bought = await world.buy(coverage=lower)
    assert bought.coverage.places == (BOURG, LAC)
    assert await world.costs.place_names(bought) == [f"École du Bourg {BOURG}", f"École du Lac {LAC}"]
    named = Coverage(extent=Extent.TERRITORY, places=("Landes",))
    bought = await world.buy(coverage=named)
    assert bought.coverage.places == (world.territory_id,)
    assert await world.costs.place_names(bought) == ["Landes"]
    assert await world.costs.place_names(await world.buy()) == [f"Dax {DAX}"]


@pytest.mark.parametrize(
    ("extent", "place", "error"),
    [
        (Extent.TERRITORY, "Gers", TerritoryUnknown),
        (Extent.COMMUNES, "40999", CommuneUnknown),
        (Extent.SCHOOLS, "0400377T", SchoolUnknown),
        (Extent.KITS, "Orion", KitUnknown),
    ],
)
async def test_a_place_that_is_not_there_is_refused(
    world: World, extent: Extent, place: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await world.buy(coverage=Coverage(extent=extent, places=(place,)))
    assert await world.costs.purchases() == []


async def test_a_correction_replaces_everything_and_counts_as_a_revision(world: World) -> None:
    made = await world.buy(lots=(Lot(label="Un", amount_cents=1_000_000),))
    better = corrected(made, amount_cents=2_000_000, lots=(), coverage=world.everywhere(), label="Autre")
    kept = await world.costs.change(made.purchase_id, better, revision=1, actor=ACTOR)
    assert (kept.revision, kept.amount_cents, kept.lots, kept.label) == (2, 2_000_000, (), "Autre")
    assert await world.costs.purchase(made.purchase_id) == kept
    with pytest.raises(AmountNotPositive):
        await world.costs.change(made.purchase_id, corrected(made, amount_cents=-5), revision=2, actor=ACTOR)
    assert await world.costs.purchase(made.purchase_id) == kept


async def test_of_two_people_who_correct_one_purchase_the_second_is_told(world: World) -> None:
    made = await world.buy()
    outcomes = await asyncio.gather(
        *(
            world.costs.change(made.purchase_id, corrected(made, amount_cents=cents), revision=1, actor=ACTOR)
            for cents in (111, 222, 333)
        ),
        return_exceptions=True,
    )
    done = [one for one in outcomes if isinstance(one, Purchase)]
    refused = [one for one in outcomes if isinstance(one, PurchaseChanged)]
    assert (len(done), len(refused)) == (1, 2)
    assert await world.costs.purchase(made.purchase_id) == done[0]
    assert refused[0].status == 409
    assert "version 1" in str(refused[0])
    assert "version 2" in str(refused[0])


async def test_the_second_is_told_whichever_server_it_speaks_to(
    world: World, store_url: str, clock: ManualClock
) -> None:
    made = await world.buy()
    other_database = await open_database(store_url, clock)
    try:
        other = Costs(other_database, clock, Journal(clock))
        outcomes = await asyncio.gather(
            *(
                costs.change(made.purchase_id, corrected(made, amount_cents=cents), revision=1, actor=ACTOR)
                for costs, cents in ((world.costs, 111), (other, 222), (world.costs, 333), (other, 444))
            ),
            return_exceptions=True,
        )
        done = [one for one in outcomes if isinstance(one, Purchase)]
        assert sum(isinstance(one, PurchaseChanged) for one in outcomes) == 3
        assert [await other.purchase(made.purchase_id)] == done
    finally:
        await other_database.close()


async def test_a_purchase_that_was_withdrawn_counts_and_changes_no_more(world: World) -> None:
    made = await world.buy()
    with pytest.raises(PurchaseChanged):
        await world.costs.withdraw(made.purchase_id, revision=7, actor=ACTOR)
    gone = await world.costs.withdraw(made.purchase_id, revision=1, actor=ACTOR)
    assert (gone.withdrawn, gone.revision) == (True, 2)
    assert await world.costs.purchases() == []
    with pytest.raises(PurchaseWithdrawn):
        await world.costs.change(made.purchase_id, draft(), revision=2, actor=ACTOR)
    with pytest.raises(PurchaseWithdrawn):
        await world.costs.withdraw(made.purchase_id, revision=2, actor=ACTOR)


async def test_a_purchase_that_a_subsidy_counts_on_is_not_withdrawn(world: World) -> None:
    made = await world.buy()
    subsidy = await world.funding.add(
        SubsidyDraft(funder="FEDER", rate_per_mille=300, purchases=(made.purchase_id,)), actor=ACTOR
    )
    with pytest.raises(PurchaseSubsidised, match="FEDER"):
        await world.costs.withdraw(made.purchase_id, revision=1, actor=ACTOR)
    assert await world.costs.purchases() == [made]
    await world.funding.move(subsidy.subsidy_id, SubsidyState.REFUSED, revision=1, actor=ACTOR)
    assert (await world.costs.withdraw(made.purchase_id, revision=1, actor=ACTOR)).withdrawn


async def test_a_purchase_that_is_not_there_is_said_so(world: World) -> None:
    await world.buy()
    for reference in ("", "12345", "f" * 32, "x" * 500):
        with pytest.raises(PurchaseUnknown):
            await world.costs.purchase(reference)
    with pytest.raises(PurchaseUnknown):
        await world.costs.change("f" * 32, draft(), revision=1, actor=ACTOR)


async def test_the_journal_tells_who_did_what_in_identifiers_only(world: World, any_database: Database) -> None:
    made = await world.buy(label="Nom à ne pas écrire", supplier_reference="Fournisseur")
    await world.costs.change(made.purchase_id, corrected(made, amount_cents=5), revision=1, actor=ACTOR)
    await world.costs.withdraw(made.purchase_id, revision=2, actor=ACTOR)
    entries = await any_database.read(lambda conn: latest_entries(conn, subject=f"purchase:{made.purchase_id}"))
    assert [entry.kind for entry in entries] == ["purchase_withdrawn", "purchase_changed", "purchase_added"]
    assert all(entry.actor == ACTOR and "écrire" not in entry.detail for entry in entries)
    assert (await any_database.read(verify)).intact
