"""Saved filters: one's own and those that others share; fifty at most; nobody's but one's own is changed."""

import pytest

from mdm.fleet.errors import NameEmpty
from mdm.fleet.states import TabletState
from mdm.fleet_view.errors import SavedFilterUnknown, TooManyFilters
from mdm.fleet_view.filters import NO_FILTER, TabletFilter
from mdm.fleet_view.saved_filters import LIMIT, SavedFilters, filter_of
from mdm.store import Connection
from tests.fleet_view.conftest import World

DRIFTING = TabletFilter(drifting=True, state=TabletState.ENROLLED, text="cassiopée 7")


@pytest.fixture
async def saved(world: World) -> SavedFilters:
    def accounts(conn: Connection) -> None:
        for login in ("anne", "bruno"):
            conn.run(
                "INSERT INTO account (account_id, login, password_hash, created_at) VALUES (:it, :it, 'x', 1)", it=login
            )

    await world.database.write(accounts)
    return SavedFilters(world.database, world.clock)


async def test_a_filter_comes_back_as_it_was(saved: SavedFilters) -> None:
    kept = await saved.save("anne", "  À  regarder ", DRIFTING)
    assert (kept.name, kept.shared, filter_of(kept)) == ("À regarder", False, DRIFTING)
    assert await saved.of("anne") == [kept]
    assert await saved.of("bruno") == []


async def test_the_same_name_replaces(saved: SavedFilters) -> None:
    first = await saved.save("anne", "Mes tablettes", DRIFTING)
    second = await saved.save("anne", "Mes tablettes", TabletFilter(errors=True), shared=True)
    assert second.filter_id == first.filter_id
    assert [filter_of(one) for one in await saved.of("anne")] == [TabletFilter(errors=True)]


async def test_shared_filters_come_after_ones_own_and_cannot_be_deleted_by_others(saved: SavedFilters) -> None:
    shared = await saved.save("anne", "A", DRIFTING, shared=True)
    own = await saved.save("bruno", "Z", NO_FILTER)
    assert await saved.of("bruno") == [own, shared]
    for login, filter_id in (("bruno", shared.filter_id), ("anne", "f" * 32)):
        with pytest.raises(SavedFilterUnknown):
            await saved.delete(login, filter_id)
    await saved.delete("anne", shared.filter_id)
    assert await saved.of("bruno") == [own]


async def test_nobody_keeps_more_than_fifty(saved: SavedFilters) -> None:
    for number in range(LIMIT):
        await saved.save("anne", f"Filtre {number}", NO_FILTER)
    with pytest.raises(TooManyFilters):
        await saved.save("anne", "Encore un", NO_FILTER)
    await saved.save("anne", "Filtre 3", DRIFTING)
    await saved.save("bruno", "Encore un", NO_FILTER)
    assert len(await saved.of("anne")) == LIMIT
    with pytest.raises(NameEmpty):
        await saved.save("bruno", " ", NO_FILTER)


async def test_they_go_with_their_account(saved: SavedFilters, world: World) -> None:
    await saved.save("anne", "A", DRIFTING, shared=True)
    await world.database.write(lambda conn: conn.run("DELETE FROM account WHERE login = 'anne'"))
    assert await saved.of("bruno") == []
