"""Wishes become licences, once each, whatever breaks on the way."""

from datetime import timedelta

import pytest

from mdm.fleet.states import TabletEvent
from mdm.simulator.apps_and_books import Mishap
from mdm.store import Database
from mdm.vault import Vault
from profiles.licences import call_store
from profiles.licences.errors import ServiceBusy
from tests.licences.conftest import ACTOR, GEOGEBRA, KIWIX, SCRATCH, MakeWorld, World, furnish, serial

ASSOCIATE = "assets/associate"


async def calls(world: World) -> list[call_store.Call]:
    return await world.database.read(call_store.calls)


async def carry(world: World, times: int = 3) -> None:
    for _ in range(times):
        await world.carrier.carry()
        world.clock.advance(timedelta(minutes=2))


def everyone(world: World) -> set[str]:
    return {serial(number) for number in range(1, len(world.tablets) + 1)}


async def test_wished_licences_are_assigned_by_one_request_and_confirmed_by_its_event(world: World) -> None:
    library = await world.library({GEOGEBRA: 10, KIWIX: 10})
    assert await world.assign([GEOGEBRA, KIWIX]) == 8
    assert await world.states() == {"open": 8}
    await world.carrier.carry()
    assert await world.states() == {"calling": 8}
    world.clock.advance(timedelta(seconds=5))
    await world.carrier.carry()
    assert await world.states() == {"done": 8}
    assert library.holders(GEOGEBRA) == library.holders(KIWIX) == everyone(world)
    assert world.server.paths().count(ASSOCIATE) == 1
    assert await calls(world) == []
    assert "licences_assigned" in await world.journalled()


async def test_a_licence_that_is_there_already_is_not_asked_for(world: World) -> None:
    library = await world.library({GEOGEBRA: 10})
    library.products[str(GEOGEBRA)].holders.extend(sorted(everyone(world)))
    library.touch()
    await world.counting.count(library.uid)
    await world.assign([GEOGEBRA])
    await carry(world)
    assert await world.states() == {"done": 4}
    assert ASSOCIATE not in world.server.paths()


async def test_a_wish_survives_a_crash_before_apple_is_called(any_database: Database, make_world: MakeWorld) -> None:
    world = await furnish(make_world(any_database))
    library = await world.library({GEOGEBRA: 10})
    await world.assign([GEOGEBRA])
    limits = await world.client.limits()
    # The request is written down, and the server ends before it is made.
    await any_database.write(lambda conn: world.carrier._begin(conn, limits))
    assert await world.states() == {"calling": 4}
    again = make_world(any_database)
    await carry(again)
    assert await again.states() == {"done": 4}
    assert library.holders(GEOGEBRA) == everyone(world)


async def test_a_crash_after_the_call_assigns_nothing_twice(any_database: Database, make_world: MakeWorld) -> None:
    world = await furnish(make_world(any_database))
    library = await world.library({GEOGEBRA: 10})
    await world.assign([GEOGEBRA])
    limits = await world.client.limits()
    [(location, call)] = await any_database.write(lambda conn: world.carrier._begin(conn, limits))
    # Apple takes the request, and the server ends before it has noted the event.
    await world.client.associate(world.carrier._keys.access(location), call.store_ids, call.serials)
    again = make_world(any_database)
    await carry(again)
    assert await again.states() == {"done": 4}
    assert world.server.paths().count(ASSOCIATE) == 1
    assert len(library.products[str(GEOGEBRA)].holders) == 4


async def test_an_answer_that_is_lost_is_found_out_and_not_asked_for_again(world: World) -> None:
    library = await world.library({GEOGEBRA: 10})
    world.server.mishap(ASSOCIATE, Mishap(act="lose"))
    await world.assign([GEOGEBRA])
    await carry(world)
    assert await world.states() == {"done": 4}
    assert world.server.paths().count(ASSOCIATE) == 1
    assert len(library.products[str(GEOGEBRA)].holders) == 4


async def test_a_request_that_never_arrived_is_made_again(world: World) -> None:
    library = await world.library({GEOGEBRA: 10})
    world.server.mishap(ASSOCIATE, Mishap(act="break"))
    await world.assign([GEOGEBRA])
    await carry(world, 4)
    assert await world.states() == {"done": 4}
    assert library.holders(GEOGEBRA) == everyone(world)
    assert (await world.location(library)).trouble == ""


async def test_apple_may_answer_late(world: World) -> None:
    world.server.pending_looks = 3
    await world.library({GEOGEBRA: 10})
    await world.assign([GEOGEBRA])
    await carry(world, 3)
    assert await world.states() == {"calling": 4}
    await carry(world, 4)
    assert await world.states() == {"done": 4}
    assert world.server.paths().count(ASSOCIATE) == 1


async def test_an_event_that_is_pending_for_a_day_is_looked_up_in_what_is_assigned(world: World) -> None:
    library = await world.library({GEOGEBRA: 10})
    world.server.hold_events = True
    await world.assign([GEOGEBRA])
    await carry(world, 3)
    library.products[str(GEOGEBRA)].holders.append(serial(1))
    world.clock.advance(timedelta(days=1))
    await world.carrier.carry()
    assert (await world.states())["done"] == 1
    assert (await world.states())["calling"] == 3


async def test_an_event_that_apple_forgot_is_looked_up_in_what_is_assigned(world: World) -> None:
    await world.library({GEOGEBRA: 10})
    await world.assign([GEOGEBRA])
    await world.carrier.carry()
    world.server.forget_events()
    await carry(world)
    assert await world.states() == {"done": 4}
    assert world.server.paths().count(ASSOCIATE) == 1


async def test_news_that_come_twice_change_nothing(world: World) -> None:
    library = await world.library({GEOGEBRA: 10})
    await world.assign([GEOGEBRA])
    await world.carrier.carry()
    [call] = await calls(world)
    settlement = world.carrier._settlement
    for _ in range(2):
        await world.database.write(lambda conn: settlement.complete(conn, call.call_id))
        await world.database.write(lambda conn: settlement.partial(conn, call.call_id, set(), number=0))
    assert await world.states() == {"done": 4}
    [usage] = await world.database.read(world.licences.usages)
    assert (usage.count.assigned, usage.count.available) == (4, 6)
    assert library.holders(GEOGEBRA) == everyone(world)


async def test_too_few_licences_leave_the_rest_short_until_more_are_bought(world: World) -> None:
    library = await world.library({GEOGEBRA: 3})
    await world.assign([GEOGEBRA])
    await carry(world)
    assert await world.states() == {"done": 3, "short": 1}
    [short] = [one for one in await world.wishes() if one.state == "short"]
    assert short.reason == "not_enough"
    asked = world.server.paths().count(ASSOCIATE)
    await carry(world)
    assert world.server.paths().count(ASSOCIATE) == asked
    library.own(GEOGEBRA, 5)
    await world.counting.count(library.uid)
    await carry(world)
    assert await world.states() == {"done": 4}


async def test_a_count_that_is_out_of_date_is_made_again_when_apple_says_that_there_are_too_few(world: World) -> None:
    library = await world.library({GEOGEBRA: 4})
    library.products[str(GEOGEBRA)].holders.extend(["ELSEWHERE1", "ELSEWHERE2"])
    await world.assign([GEOGEBRA])
    await world.worker.once()
    world.clock.advance(timedelta(minutes=1))
    await world.worker.once()
    assert await world.states() == {"done": 2, "open": 2}
    [usage] = await world.database.read(world.licences.usages)
    assert (usage.count.available, usage.count.assigned) == (0, 4)
    await world.worker.once()
    assert await world.states() == {"done": 2, "short": 2}


async def test_an_app_that_nobody_owns_is_short_with_its_own_reason(world: World) -> None:
    await world.library({GEOGEBRA: 4})
    await world.assign([SCRATCH])
    await carry(world, 1)
    assert {one.reason for one in await world.wishes()} == {"not_owned"}


async def test_free_apps_without_end_are_assigned_too(world: World) -> None:
    library = await world.library({KIWIX: 2_147_483_647})
    await world.assign([KIWIX])
    await carry(world)
    assert await world.states() == {"done": 4}
    assert library.holders(KIWIX) == everyone(world)


async def test_a_rate_limit_makes_the_location_wait_as_long_as_apple_asks(world: World) -> None:
    library = await world.library({GEOGEBRA: 10})
    world.server.mishap(ASSOCIATE, Mishap(number=9646, retry_after="600"))
    await world.assign([GEOGEBRA])
    await world.carrier.carry()
    assert await world.states() == {"open": 4}
    asleep = await world.location(library)
    assert asleep.trouble == "apps_and_books_busy"
    assert asleep.paused_until == world.clock.ms() + 600_000
    asked = len(world.server.requests)
    await world.carrier.carry()
    assert len(world.server.requests) == asked
    world.clock.advance(timedelta(seconds=601))
    await carry(world)
    assert await world.states() == {"done": 4}
    assert (await world.location(library)).trouble == ""


async def test_a_token_that_expires_stops_everything_until_another_is_imported(world: World) -> None:
    library = await world.library({GEOGEBRA: 10})
    world.clock.advance(timedelta(days=366))
    await world.assign([GEOGEBRA])
    asked = len(world.server.requests)
    await world.worker.once()
    assert await world.states() == {"open": 4}
    assert len(world.server.requests) == asked
    await world.tokens.import_token(world.server.token_for(library), actor=ACTOR)
    await world.worker.once()
    await carry(world)
    assert await world.states() == {"done": 4}


async def test_a_token_that_is_revoked_is_told_and_nothing_is_lost(world: World) -> None:
    library = world.server.add_library("Landes")
    library.own(GEOGEBRA, 10)
    token = world.server.token_for(library)
    await world.tokens.import_token(token, actor=ACTOR)
    await world.counting.count(library.uid)
    world.server.revoke(token)
    await world.assign([GEOGEBRA])
    await world.carrier.carry()
    assert await world.states() == {"open": 4}
    assert (await world.location(library)).trouble == "content_token_refused"


async def test_a_token_that_another_key_sealed_stops_its_location_alone(world: World) -> None:
    foreign = await world.library({GEOGEBRA: 10}, "A")
    kiwix = await world.library({KIWIX: 10}, "B")
    sealed = Vault(bytes(32)).seal(b"token", "apps and books token")
    await world.database.write(
        lambda conn: conn.run(
            "UPDATE licence_location SET sealed_token = :sealed WHERE location_id = :location",
            sealed=sealed,
            location=foreign.uid,
        )
    )
    await world.assign([GEOGEBRA, KIWIX])
    await carry(world)
    assert kiwix.holders(KIWIX) == everyone(world)
    assert await world.states() == {"open": 4, "done": 4}
    assert (await world.location(foreign)).trouble == "content_token_sealed"


async def test_a_location_in_trouble_keeps_no_other_waiting(world: World) -> None:
    await world.library({GEOGEBRA: 10}, "A")
    kiwix = await world.library({KIWIX: 10}, "B")
    world.server.mishap(ASSOCIATE, Mishap(number=9729, retry_after="3600"))
    await world.assign([GEOGEBRA])
    await world.carrier.carry()
    world.clock.advance(timedelta(minutes=2))
    await world.assign([KIWIX])
    await carry(world)
    assert kiwix.holders(KIWIX) == everyone(world)
    assert await world.states() == {"open": 4, "done": 4}


async def test_a_retired_tablet_gives_its_licences_back_and_another_gets_them(world: World) -> None:
    library = await world.library({GEOGEBRA: 3})
    await world.assign([GEOGEBRA])
    await carry(world)
    assert await world.states() == {"done": 3, "short": 1}
    [without] = [one for one in await world.wishes() if one.state == "short"]
    gone = next(one for one in world.tablets if one != without.tablet_id)
    for event in (TabletEvent.BREAK, TabletEvent.RETIRE):
        await world.fleet.change_state(gone, event, actor=ACTOR)
    await carry(world, 6)
    assert await world.states() == {"done": 3}
    assert without.serial in library.holders(GEOGEBRA)
    assert len(library.holders(GEOGEBRA)) == 3
    assert "licences_given_back" in await world.journalled()


async def test_a_tablet_that_is_retired_while_its_licence_is_asked_for_gives_it_back_afterwards(world: World) -> None:
    library = await world.library({GEOGEBRA: 10})
    world.server.hold_events = True
    await world.assign([GEOGEBRA])
    await world.carrier.carry()
    for event in (TabletEvent.BREAK, TabletEvent.RETIRE):
        await world.fleet.change_state(world.tablets[0], event, actor=ACTOR)
    await carry(world, 1)
    assert "assets/disassociate" not in world.server.paths()
    world.server.hold_events = False
    world.server.carry_out()
    await carry(world, 8)
    assert library.holders(GEOGEBRA) == everyone(world) - {serial(1)}
    assert await world.states() == {"done": 3}


async def test_a_licence_that_cannot_be_taken_back_is_told(world: World) -> None:
    await world.library({GEOGEBRA: 10}, revocable=False)
    await world.assign([GEOGEBRA])
    await carry(world)
    for event in (TabletEvent.BREAK, TabletEvent.RETIRE):
        await world.fleet.change_state(world.tablets[0], event, actor=ACTOR)
    await carry(world)
    [refused] = [one for one in await world.wishes() if one.state == "refused"]
    assert (refused.tablet_id, refused.reason) == (world.tablets[0], "not_revocable")


async def test_a_wish_that_is_withdrawn_and_wished_again_ends_with_the_licence(world: World) -> None:
    library = await world.library({GEOGEBRA: 10})
    await world.assign([GEOGEBRA])
    await carry(world)
    await world.database.write(lambda conn: world.licences.give_back(conn, world.tablets, [GEOGEBRA], actor=ACTOR))
    await world.carrier.carry()
    await world.assign([GEOGEBRA])
    await carry(world, 6)
    assert library.holders(GEOGEBRA) == everyone(world)
    assert await world.states() == {"done": 4}


async def test_one_app_that_apple_refuses_does_not_keep_the_others_from_being_assigned(world: World) -> None:
    library = await world.library({GEOGEBRA: 10, KIWIX: 10})
    # Since the count, it cannot be assigned to devices any more.
    library.products[str(KIWIX)].device_assignable = False
    await world.assign([GEOGEBRA, KIWIX])
    await carry(world, 4)
    found = await world.wishes()
    assert {one.state for one in found if one.store_id == GEOGEBRA} == {"done"}
    assert {(one.state, one.reason) for one in found if one.store_id == KIWIX} == {("refused", "error_9707")}
    assert await world.assign([KIWIX]) == 4


async def test_what_fails_at_apples_is_tried_again_later_and_later_and_given_up_in_the_end(world: World) -> None:
    await world.library({GEOGEBRA: 10})
    await world.assign([GEOGEBRA])
    waits = []
    for _ in range(6):
        world.server.fail_next_event(9603)
        await world.carrier.carry()
        world.clock.advance(timedelta(seconds=3))
        await world.carrier.carry()
        at = await world.carrier.next_look()
        waits.append(None if at is None else (at - world.clock.ms()) // 60_000)
        world.clock.advance(timedelta(minutes=40))
    assert waits == [1, 2, 4, 8, 16, None]
    assert {(one.state, one.reason) for one in await world.wishes()} == {("refused", "error_9603")}
    assert await world.assign([GEOGEBRA]) == 4
    await carry(world)
    assert await world.states() == {"done": 4}


async def test_a_failure_without_a_number_is_not_asked_again_at_once(world: World) -> None:
    await world.library({GEOGEBRA: 10})
    await world.assign([GEOGEBRA])
    world.server.fail_next_event(0)
    await world.carrier.carry()
    world.clock.advance(timedelta(seconds=3))
    await world.carrier.carry()
    at = await world.carrier.next_look()
    assert at is not None
    assert at - world.clock.ms() == 60_000


async def test_a_location_that_waits_makes_nobody_look_all_the_time(world: World) -> None:
    library = await world.library({GEOGEBRA: 10})
    world.server.mishap(ASSOCIATE, Mishap(number=9729, retry_after="300"))
    await world.assign([GEOGEBRA])
    assert await world.carrier.next_look() == world.clock.ms()
    await world.carrier.carry()
    assert await world.carrier.next_look() == (await world.location(library)).paused_until == world.clock.ms() + 300_000
    world.clock.advance(timedelta(days=400))
    assert await world.carrier.next_look() is None


async def test_limits_that_shrink_are_read_again(world: World) -> None:
    library = await world.library({GEOGEBRA: 10})
    await world.client.limits()
    world.server.max_serial_numbers = 2
    await world.assign([GEOGEBRA])
    await carry(world, 4)
    assert library.holders(GEOGEBRA) == everyone(world)
    sizes = [len(body["serialNumbers"]) for _, path, body in world.server.requests if path.endswith(ASSOCIATE)]
    assert sizes == [4, 2, 2]


async def test_a_service_that_is_down_is_an_error_and_loses_no_wish(world: World) -> None:
    await world.library({GEOGEBRA: 10})
    await world.assign([GEOGEBRA])
    world.clock.advance(timedelta(minutes=6))
    world.server.mishap("service/config", *[Mishap(number=9729)] * 4)
    with pytest.raises(ServiceBusy):
        await world.carrier.carry()
    await carry(world)
    assert await world.states() == {"done": 4}


async def test_another_service_at_the_location_stops_us_before_more_is_assigned(world: World) -> None:
    library = await world.library({GEOGEBRA: 10})
    await world.assign([GEOGEBRA], world.tablets[:1])
    await world.carrier.carry()
    library.mdm_info = {"id": "other", "name": "Another MDM", "metadata": "2"}
    world.clock.advance(timedelta(seconds=5))
    await carry(world, 1)
    assert (await world.location(library)).trouble == "licence_location_taken"
    await world.assign([GEOGEBRA])
    asked = world.server.paths().count(ASSOCIATE)
    await carry(world, 1)
    assert world.server.paths().count(ASSOCIATE) == asked


async def test_a_tablet_is_looked_at_again_when_its_licence_has_come(world: World) -> None:
    await world.library({GEOGEBRA: 10})
    tablet = world.tablets[0]
    far = world.clock.ms() + 10**9
    await world.database.write(
        lambda conn: conn.run(
            "INSERT INTO convergence (tablet_id, next_check_at) VALUES (:tablet, :far)", tablet=tablet, far=far
        )
    )
    await world.assign([GEOGEBRA])
    await carry(world)
    row = await world.database.read(lambda conn: conn.one("SELECT next_check_at FROM convergence"))
    assert row is not None
    assert row["next_check_at"] < far


async def test_a_school_with_its_own_location_takes_from_it_first_and_then_from_everybodys(world: World) -> None:
    common = await world.library({GEOGEBRA: 10}, "Everybody")
    own = await world.library({GEOGEBRA: 3}, "School", schools=["0400377T"])
    await world.assign([GEOGEBRA])
    await carry(world)
    assert await world.states() == {"done": 4}
    assert (len(own.holders(GEOGEBRA)), len(common.holders(GEOGEBRA))) == (3, 1)
