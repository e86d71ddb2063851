"""What rollouts ask: what is missing, by the last count; and wishes, inside their own transaction."""

from datetime import timedelta

import pytest

from mdm.fleet.slot_binding import Identity
from mdm.fleet.states import TabletEvent
from mdm.fleet.tablet import Platform
from mdm.journal import Journal, entries
from mdm.store import Connection
from profiles.licences.licences import Licences
from profiles.licences.shortage import Shortage
from tests.licences.conftest import ACTOR, GEOGEBRA, KIWIX, NAMES, World

HOUR = 3_600_000


async def missing(world: World, *store_ids: int, tablets: list[str] | None = None) -> tuple[Shortage, ...]:
    wanted = dict.fromkeys(store_ids, world.tablets if tablets is None else tablets)
    return await world.database.read(lambda conn: world.licences.missing(conn, wanted, names=NAMES))


async def test_what_is_missing_is_told_with_the_age_of_the_count(world: World) -> None:
    await world.library({GEOGEBRA: 3, KIWIX: 4})
    counted_at = world.clock.ms()
    world.clock.advance(timedelta(hours=3))
    [found] = await missing(world, GEOGEBRA, KIWIX)
    assert (found.name, found.needed, found.free, found.more) == ("GeoGebra", 4, 3, 1)
    assert found.counted_at == counted_at


async def test_before_any_count_everything_is_missing_and_that_is_said(world: World) -> None:
    [found] = await missing(world, GEOGEBRA)
    assert (found.more, found.counted_at) == (4, None)


async def test_tablets_that_have_a_licence_need_no_other(world: World) -> None:
    await world.library({GEOGEBRA: 4})
    await world.assign([GEOGEBRA])
    assert await missing(world, GEOGEBRA) == ()
    for _ in range(2):
        await world.carrier.carry()
        world.clock.advance(timedelta(seconds=5))
    assert (await world.states()) == {"done": 4}
    assert await missing(world, GEOGEBRA) == ()


async def test_licences_promised_to_one_wave_are_not_free_for_the_next(world: World) -> None:
    await world.library({GEOGEBRA: 3})
    await world.assign([GEOGEBRA], world.tablets[:2])
    [found] = await missing(world, GEOGEBRA, tablets=world.tablets[2:])
    assert (found.needed, found.free, found.more) == (2, 1, 1)
    # Asked for, and even carried out at Apple's, they are still not counted twice.
    await world.carrier.carry()
    [found] = await missing(world, GEOGEBRA, tablets=world.tablets[2:])
    assert found.more == 1
    world.clock.advance(timedelta(seconds=5))
    await world.carrier.carry()
    [found] = await missing(world, GEOGEBRA, tablets=world.tablets[2:])
    assert found.more == 1


async def test_android_and_retired_tablets_need_none_and_get_none(world: World) -> None:
    await world.library({GEOGEBRA: 0})
    android = await world.fleet.register_tablet(Identity(platform=Platform.ANDROID, serial="R52X"), actor=ACTOR)
    await world.fleet.change_state(world.tablets[0], TabletEvent.RETIRE, actor=ACTOR)
    tablets = [android.tablet_id, world.tablets[0], "unknown"]
    assert await missing(world, GEOGEBRA, tablets=tablets) == ()
    assert await world.assign([GEOGEBRA], tablets) == 0


async def test_a_schools_own_location_is_nobody_elses(world: World) -> None:
    await world.library({GEOGEBRA: 2}, "School", schools=["0400377T"])
    stray = await world.fleet.register_tablet(Identity(platform=Platform.IPAD, serial="STRAY"), actor=ACTOR)
    [found] = await missing(world, GEOGEBRA, tablets=[stray.tablet_id])
    assert found.more == 1
    [found] = await missing(world, GEOGEBRA)
    assert found.more == 2


async def test_a_server_that_manages_no_licences_misses_none_and_wishes_none(world: World) -> None:
    off = Licences(world.clock, Journal(world.clock), enabled=False)
    wanted = {GEOGEBRA: world.tablets}
    assert await world.database.read(lambda conn: off.missing(conn, wanted)) == ()
    assert await world.database.write(lambda conn: off.assign(conn, world.tablets, [GEOGEBRA])) == 0
    assert await world.wishes() == []


async def test_wishing_twice_is_wishing_once_and_is_journalled_once(world: World) -> None:
    assert await world.assign([GEOGEBRA, KIWIX]) == 8
    assert await world.assign([KIWIX, GEOGEBRA, KIWIX]) == 0
    [entry] = [
        one for one in await world.database.read(lambda conn: entries(conn, limit=99)) if one.kind == "licences_wished"
    ]
    assert (entry.actor, entry.subject) == (ACTOR, "licences")
    assert '"new":8' in entry.detail


async def test_a_transaction_that_is_undone_leaves_no_wish(world: World) -> None:
    def write(conn: Connection) -> None:
        world.licences.assign(conn, world.tablets, [GEOGEBRA], actor=ACTOR)
        raise ValueError

    with pytest.raises(ValueError):
        await world.database.write(write)
    assert await world.wishes() == []


async def test_giving_back_what_nobody_has_is_done_at_once(world: World) -> None:
    await world.library({GEOGEBRA: 4})
    give_back = await world.database.write(
        lambda conn: world.licences.give_back(conn, world.tablets, [GEOGEBRA], actor=ACTOR)
    )
    assert give_back == 4
    await world.carrier.carry()
    assert await world.wishes() == []
    assert "assets/disassociate" not in world.server.paths()


async def test_names_are_remembered_for_lists(world: World) -> None:
    await world.library({GEOGEBRA: 3})
    await world.assign([GEOGEBRA])
    assert {one.app_name for one in await world.wishes()} == {"GeoGebra"}
    [usage] = await world.database.read(world.licences.usages)
    assert (usage.name, usage.waiting, usage.count.total) == ("GeoGebra", 4, 3)
    unnamed = await world.database.read(lambda conn: world.licences.missing(conn, {GEOGEBRA: [*world.tablets]}))
    assert [one.name for one in unnamed] == ["GeoGebra"]
