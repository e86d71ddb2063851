"""Subsidies as they are kept: their purchases, their states, and one change at a time."""

import asyncio
from datetime import date

import msgspec
import pytest

from mdm.clock import ManualClock
from mdm.journal import Journal, latest_entries
from mdm.store import Database, open_database
from profiles.costs.errors import (
    PurchaseUnknown,
    PurchaseWithdrawn,
    SubsidiesExceed,
    SubsidyChanged,
    SubsidyUnknown,
)
from profiles.costs.funding import Funding
from profiles.costs.subsidies import Subsidy, SubsidyDraft, SubsidyMoveRefused
from profiles.costs.words import SubsidyState
from tests.costs.conftest import ACTOR, World


def feder(*purchases: str, **more: object) -> SubsidyDraft:
    fields: dict[str, object] = {"funder": "FEDER", "rate_per_mille": 300, "purchases": purchases}
    return SubsidyDraft(**{**fields, **more})  # type: ignore[arg-type]


async def test_a_subsidy_is_found_again_as_it_was_entered(world: World) -> None:
    one, other = await world.buy(), await world.buy(amount_cents=500)
    draft = feder(
        one.purchase_id[-8:], other.purchase_id, reference="NA-77", ceiling_cents=40_000, vat_qualifies=False,
        starts_on=date(2026, 1, 1), ends_on=date(2027, 12, 31),
    )  # fmt: skip
    made = await world.funding.add(draft, actor=ACTOR)
    assert made.purchases == tuple(sorted((one.purchase_id, other.purchase_id)))
    assert (made.state, made.revision) == (SubsidyState.ASKED, 1)
    assert await world.funding.subsidies() == [made]
    assert await world.funding.subsidy(made.subsidy_id[-6:]) == made
    for reference in ("", "f" * 32):
        with pytest.raises(SubsidyUnknown):
            await world.funding.subsidy(reference)


async def test_a_subsidy_is_granted_then_paid(world: World, any_database: Database) -> None:
    bought = await world.buy()
    made = await world.funding.add(feder(bought.purchase_id), actor=ACTOR)
    with pytest.raises(SubsidyMoveRefused):
        await world.funding.move(made.subsidy_id, SubsidyState.PAID, revision=1, actor=ACTOR)
    granted = await world.funding.move(made.subsidy_id, SubsidyState.GRANTED, revision=1, actor=ACTOR)
    paid = await world.funding.move(made.subsidy_id, SubsidyState.PAID, revision=2, actor=ACTOR)
    assert (granted.state, paid.state, paid.revision) == (SubsidyState.GRANTED, SubsidyState.PAID, 3)
    assert (paid.purchases, paid.rate_per_mille) == (made.purchases, 300)
    entries = await any_database.read(lambda conn: latest_entries(conn, subject=f"subsidy:{made.subsidy_id}"))
    assert [entry.kind for entry in entries] == ["subsidy_moved", "subsidy_moved", "subsidy_added"]


async def test_what_a_funder_grants_may_be_corrected_without_losing_its_state(world: World) -> None:
    bought = await world.buy(amount_cents=100_000)
    made = await world.funding.add(feder(bought.purchase_id), actor=ACTOR)
    await world.funding.move(made.subsidy_id, SubsidyState.GRANTED, revision=1, actor=ACTOR)
    draft = feder(bought.purchase_id, ceiling_cents=25_000)
    kept = await world.funding.change(made.subsidy_id, draft, revision=2, actor=ACTOR)
    assert (kept.state, kept.ceiling_cents, kept.revision) == (SubsidyState.GRANTED, 25_000, 3)
    assert [(grant.amount_cents, grant.sure) for grant in await world.funding.grants(2026)] == [(25_000, True)]


async def test_of_two_people_who_change_one_subsidy_the_second_is_told(world: World) -> None:
    bought = await world.buy()
    made = await world.funding.add(feder(bought.purchase_id), actor=ACTOR)
    outcomes = await asyncio.gather(
        world.funding.move(made.subsidy_id, SubsidyState.GRANTED, revision=1, actor=ACTOR),
        world.funding.move(made.subsidy_id, SubsidyState.REFUSED, revision=1, actor=ACTOR),
        world.funding.change(made.subsidy_id, feder(bought.purchase_id, rate_per_mille=1), revision=1, actor=ACTOR),
        return_exceptions=True,
    )
    done = [one for one in outcomes if isinstance(one, Subsidy)]
    assert sum(isinstance(one, SubsidyChanged) for one in outcomes) == 2
    assert await world.funding.subsidies() == done


async def test_two_subsidies_entered_at_once_never_make_more_than_the_whole(
    world: World, store_url: str, clock: ManualClock
) -> None:
    bought = await world.buy()
    other_database = await open_database(store_url, clock)
    try:
        other = Funding(other_database, clock, Journal(clock))
        outcomes = await asyncio.gather(
            *(
                funding.add(feder(bought.purchase_id, rate_per_mille=600), actor=ACTOR)
                for funding in (world.funding, other, world.funding, other)
            ),
            return_exceptions=True,
        )
        assert sum(isinstance(one, Subsidy) for one in outcomes) == 1
        assert sum(isinstance(one, SubsidiesExceed) for one in outcomes) == 3
        assert len(await world.funding.subsidies()) == 1
    finally:
        await other_database.close()


async def test_a_subsidy_is_for_purchases_that_are_there_and_count(world: World) -> None:
    with pytest.raises(PurchaseUnknown):
        await world.funding.add(feder("f" * 32), actor=ACTOR)
    bought = await world.buy()
    await world.costs.withdraw(bought.purchase_id, revision=1, actor=ACTOR)
    with pytest.raises(PurchaseWithdrawn):
        await world.funding.add(feder(bought.purchase_id), actor=ACTOR)
    assert await world.funding.subsidies() == []


async def test_a_correction_that_would_exceed_the_whole_changes_nothing(world: World) -> None:
    bought = await world.buy()
    await world.funding.add(feder(bought.purchase_id, rate_per_mille=800), actor=ACTOR)
    made = await world.funding.add(feder(bought.purchase_id, rate_per_mille=200), actor=ACTOR)
    draft = msgspec.structs.replace(feder(bought.purchase_id), rate_per_mille=201)
    with pytest.raises(SubsidiesExceed):
        await world.funding.change(made.subsidy_id, draft, revision=1, actor=ACTOR)
    assert await world.funding.subsidy(made.subsidy_id) == made
