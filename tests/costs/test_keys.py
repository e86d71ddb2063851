"""Sharing keys as they are kept: one after the other, each by its deliberation, never changed."""

import asyncio

import pytest

from mdm.clock import ManualClock
from mdm.journal import Journal, latest_entries
from mdm.store import Database, open_database
from profiles.costs.costs import Costs
from profiles.costs.errors import (
    KeyExists,
    KeyInForce,
    KeyReplaced,
    KeyUnknown,
    PurchaseUnknown,
    RuleTwice,
    WordUnknown,
)
from profiles.costs.sharing import ItemRule, Rule, SharingKey
from profiles.costs.words import Basis
from tests.costs.conftest import ACTOR, World, key_draft

TABLETS = Rule(common_per_mille=1000, basis=Basis.TABLETS)


async def test_keys_are_kept_in_the_order_of_their_deliberations(world: World) -> None:
    bought = await world.buy()
    items = (ItemRule(item=bought.purchase_id[-8:], rule=TABLETS), ItemRule(item="Licence", rule=TABLETS))
    first = await world.adopt("2026-14", items=items)
    second = await world.adopt("2027-3", replaces="2026-14", first_year=2027)
    assert await world.costs.keys() == [first, second]
    assert (first.version, second.version) == (1, 2)
    assert [item.item for item in first.items] == sorted([bought.purchase_id, "licence"])


async def test_a_key_is_adopted_once(world: World) -> None:
    await world.adopt()
    with pytest.raises(KeyExists):
        await world.adopt(replaces="2026-14")


async def test_a_new_key_names_the_one_that_it_replaces(world: World) -> None:
    with pytest.raises(KeyUnknown):
        await world.adopt(replaces="2025-1")
    await world.adopt("2026-14")
    with pytest.raises(KeyInForce, match="2026-14"):
        await world.adopt("2027-3")
    with pytest.raises(KeyUnknown):
        await world.adopt("2027-3", replaces="2025-1")
    await world.adopt("2027-3", replaces="2026-14", first_year=2027)
    with pytest.raises(KeyReplaced) as replaced:
        await world.adopt("2028-1", replaces="2026-14", first_year=2028)
    assert "“2027-3”" in str(replaced.value)
    assert [key.reference for key in await world.costs.keys()] == ["2026-14", "2027-3"]


async def test_of_two_that_replace_one_key_at_once_one_is_refused(
    world: World, store_url: str, clock: ManualClock
) -> None:
    await world.adopt("2026-14")
    other_database = await open_database(store_url, clock)
    try:
        other = Costs(other_database, clock, Journal(clock))
        outcomes = await asyncio.gather(
            *(
                costs.adopt_key(key_draft(reference, 2027), replaces="2026-14", actor=ACTOR)
                for costs, reference in ((world.costs, "A"), (other, "B"), (world.costs, "C"), (other, "D"))
            ),
            return_exceptions=True,
        )
        done = [one for one in outcomes if isinstance(one, SharingKey)]
        assert sum(isinstance(one, KeyReplaced) for one in outcomes) == 3
        assert [key.reference for key in await other.keys()] == ["2026-14", done[0].reference]
    finally:
        await other_database.close()


async def test_a_rule_is_for_a_kind_or_a_purchase_that_is_there(world: World) -> None:
    with pytest.raises(WordUnknown, match="avion"):
        await world.adopt(items=(ItemRule(item="avion", rule=TABLETS),))
    with pytest.raises(PurchaseUnknown):
        await world.adopt(items=(ItemRule(item="f" * 31 + "0", rule=TABLETS),))
    bought = await world.buy()
    both = (ItemRule(item=bought.purchase_id, rule=TABLETS), ItemRule(item=bought.purchase_id[-9:], rule=TABLETS))
    with pytest.raises(RuleTwice):
        await world.adopt(items=both)
    assert await world.costs.keys() == []


async def test_the_journal_tells_which_key_replaced_which(world: World, any_database: Database) -> None:
    await world.adopt("2026-14")
    await world.adopt("2027-3", replaces="2026-14", first_year=2027)
    (entry,) = await any_database.read(lambda conn: latest_entries(conn, subject="sharing_key:2"))
    assert entry.kind == "sharing_key_adopted"
    assert '"replaces":"2026-14"' in entry.detail
