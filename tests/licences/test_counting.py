"""Counting: what Apple says is kept, and the wishes are brought in line with it."""

from datetime import timedelta

import pytest

from mdm.simulator.apps_and_books import Mishap
from mdm.store import Connection, Database
from profiles.licences import licence_store, location_store
from profiles.licences.errors import (
    AnswerNotUnderstood,
    CountOvertaken,
    LocationTaken,
    LocationUnknown,
    ServiceBusy,
    TokenExpired,
)
from tests.licences.conftest import GEOGEBRA, KIWIX, SCRATCH, MakeWorld, World, furnish, serial


async def carry(world: World, times: int = 3) -> None:
    for _ in range(times):
        await world.carrier.carry()
        world.clock.advance(timedelta(minutes=2))


async def test_a_count_keeps_apps_that_devices_can_have_and_who_has_them(world: World) -> None:
    world.server.page_size = 2
    library = await world.library({GEOGEBRA: 10, KIWIX: 2_147_483_647})
    library.own(7, 5, kind="Book", device_assignable=False)
    library.own(8, 5, device_assignable=False)
    library.products[str(GEOGEBRA)].holders.extend([serial(1), serial(2), "STRANGER"])
    counted = await world.counting.count(library.uid)
    assert (counted.apps, counted.assigned, counted.strangers) == (2, 3, 1)
    counts = {one.store_id: one for one in await world.database.read(licence_store.counts)}
    assert (counts[GEOGEBRA].total, counts[GEOGEBRA].assigned, counts[GEOGEBRA].available) == (10, 3, 7)
    assert (counts[KIWIX].unlimited, counts[GEOGEBRA].unlimited) == (True, False)
    holders = await world.database.read(lambda conn: licence_store.holders(conn, GEOGEBRA))
    assert holders == set(world.tablets[:2])


async def test_what_is_not_owned_or_assigned_any_more_is_forgotten(world: World) -> None:
    library = await world.library({GEOGEBRA: 10, KIWIX: 3})
    library.products[str(GEOGEBRA)].holders.append(serial(1))
    library.touch()
    await world.counting.count(library.uid)
    library.take_back(GEOGEBRA, serial(1))
    del library.products[str(KIWIX)]
    counted = await world.counting.count(library.uid)
    assert (counted.apps, counted.assigned) == (1, 0)


async def test_a_list_that_did_not_change_is_not_read_again_unless_wanted(world: World) -> None:
    world.server.page_size = 2
    library = world.server.add_library("A")
    library.own(GEOGEBRA, 10).holders.extend([serial(1), serial(2), serial(3), serial(4)])
    view = await world.tokens.import_token(world.server.token_for(library), actor="cli:test")
    for anew, pages in ((False, 2), (False, 1), (True, 2)):
        asked = world.server.paths().count("assignments")
        await world.counting.count(view.location_id, anew=anew)
        assert world.server.paths().count("assignments") == asked + pages


async def test_a_licence_that_somebody_took_away_is_asked_for_again(world: World) -> None:
    library = await world.library({GEOGEBRA: 10})
    await world.assign([GEOGEBRA])
    await carry(world)
    library.take_back(GEOGEBRA, serial(2))
    counted = await world.counting.count(library.uid)
    assert counted.lost == 1
    assert await world.states() == {"done": 3, "open": 1}
    await carry(world)
    assert await world.states() == {"done": 4}
    assert len(library.holders(GEOGEBRA)) == 4


async def test_a_licence_that_somebody_else_assigned_fulfils_the_wish(world: World) -> None:
    library = await world.library({GEOGEBRA: 10})
    await world.assign([GEOGEBRA, SCRATCH])
    library.products[str(GEOGEBRA)].holders.extend([serial(1), serial(2)])
    library.touch()
    assert (await world.counting.count(library.uid)).found == 2
    assert await world.states() == {"open": 6, "done": 2}


async def test_a_count_that_a_moving_licence_overtakes_is_made_again(world: World) -> None:
    library = await world.library({GEOGEBRA: 10})

    async def move() -> None:
        await world.database.write(lambda conn: location_store.changed(conn, library.uid))

    original = world.client.assignments
    moves = 1

    async def assignments(*args: object, **more: object) -> object:
        nonlocal moves
        listing = await original(*args, **more)  # type: ignore[arg-type]
        if moves:
            moves -= 1
            await move()
        return listing

    world.client.assignments = assignments  # type: ignore[method-assign, assignment]
    await world.counting.count(library.uid)
    moves = 99
    with pytest.raises(CountOvertaken):
        await world.counting.count(library.uid)
    assert (await world.location(library)).trouble == ""


async def test_a_location_without_our_name_is_marked_again_and_anothers_is_left_alone(world: World) -> None:
    library = await world.library({GEOGEBRA: 10})
    library.mdm_info = None
    await world.counting.count(library.uid)
    assert library.mdm_info is not None
    library.mdm_info = {"id": "other", "name": "Another MDM", "metadata": "1"}
    with pytest.raises(LocationTaken):
        await world.counting.count(library.uid)
    assert (await world.location(library)).trouble == "licence_location_taken"


async def test_a_failure_leaves_the_location_alone_longer_each_time_and_success_ends_it(world: World) -> None:
    library = await world.library({GEOGEBRA: 10})
    pauses = []
    for _ in range(3):
        world.server.mishap("assets", *[Mishap(number=9729)] * 4)
        with pytest.raises(ServiceBusy):
            await world.counting.count(library.uid)
        until = (await world.location(library)).paused_until
        assert until is not None
        pauses.append(until - world.clock.ms())
    assert pauses == [30_000, 60_000, 120_000]
    await world.counting.count(library.uid)
    after = await world.location(library)
    assert (after.trouble, after.paused_until, after.failures) == ("", None, 0)


async def test_an_expired_token_asks_apple_nothing(world: World) -> None:
    library = await world.library({GEOGEBRA: 10})
    world.clock.advance(timedelta(days=366))
    asked = len(world.server.requests)
    with pytest.raises(TokenExpired):
        await world.counting.count(library.uid)
    assert len(world.server.requests) == asked
    assert (await world.location(library)).trouble == "content_token_expired"


async def test_an_answer_that_is_not_apples_changes_nothing(world: World) -> None:
    library = await world.library({GEOGEBRA: 10})
    world.server.mishap("assignments", Mishap(act="garble"))
    library.own(KIWIX, 5)
    with pytest.raises(AnswerNotUnderstood):
        await world.counting.count(library.uid)
    assert [one.store_id for one in await world.database.read(licence_store.counts)] == [GEOGEBRA]


async def test_an_unknown_location_is_told(world: World) -> None:
    with pytest.raises(LocationUnknown):
        await world.counting.count("nowhere")


async def test_ten_thousand_assignments_are_compared_and_only_what_changed_is_written(
    database: Database, make_world: MakeWorld
) -> None:
    world = await furnish(make_world(database), tablets=1)
    library = world.server.add_library("A")
    library.own(GEOGEBRA, 20_000).holders.extend(f"X{number:05d}" for number in range(10_000))
    view = await world.tokens.import_token(world.server.token_for(library), actor="cli:test")
    assert (await world.counting.count(view.location_id)).assigned == 10_000
    library.take_back(GEOGEBRA, "X00000")

    def rows(conn: Connection) -> int:
        return licence_store.assigned_number(conn, library.uid)

    assert (await world.counting.count(view.location_id)).assigned == 9_999
    assert await database.read(rows) == 9_999
