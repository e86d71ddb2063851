"""One action on one tablet: offered when it can be done, done at once, refused with the reason; and bulk reasons."""

import pytest

from mdm.fleet.reach import EVERYTHING
from mdm.fleet.states import TabletEvent
from mdm.fleet_view.bulk_actions import ActionUnknown, NotManaged, find_action
from mdm.fleet_view.bulk_result import reasons_of
from mdm.fleet_view.single import SingleOrders
from mdm.i18n import Catalogs
from mdm.journal import latest_entries
from tests.fleet_view.conftest import ACTOR, World
from tests.fleet_view.test_bulk import Room

ENGLISH = Catalogs("mdm.apple", "mdm.fleet", "mdm.fleet_view").for_language("en")


@pytest.fixture
def room(world: World) -> Room:
    return Room(world)


def single_of(room: Room) -> SingleOrders:
    return SingleOrders(room.world.database, room.works, room.bulk)


async def test_an_order_is_queued_at_once_and_journalled_under_the_tablet(room: Room) -> None:
    ipad = await room.ipad(1)
    await single_of(room).carry_out("restart", ipad, actor=ACTOR)
    assert await room.queued() == [(ipad, "RestartDevice", ACTOR)]
    entries = await room.world.database.read(lambda conn: latest_entries(conn, subject=f"tablet:{ipad}", limit=1))
    assert entries[0].kind == "command_ordered"
    assert await room.works.recent(subject="fleet") == []


async def test_what_cannot_be_done_is_not_offered_and_raises_its_reason(room: Room) -> None:
    ipad = await room.ipad(1)
    bare = await room.world.enrol("Cassiopée", 2, "BARE")
    names = {action.name for action in await single_of(room).possible(ipad)}
    assert {"restart", "lock", "erase", "spare", "broken", "retire"} <= names
    assert not {"unlock", "move"} & names
    assert "restart" not in {action.name for action in await single_of(room).possible(bare)}
    assert isinstance(await single_of(room).reason(find_action("restart"), bare), NotManaged)
    with pytest.raises(NotManaged):
        await single_of(room).carry_out("restart", bare, actor=ACTOR)
    with pytest.raises(ActionUnknown):
        await single_of(room).carry_out("explode", ipad, actor=ACTOR)
    assert await room.queued() == []


async def test_an_android_tablet_is_locked_and_unlocked(room: Room) -> None:
    tablet = await room.android(1)
    await single_of(room).carry_out("lock", tablet, argument="Rendez-moi", actor=ACTOR)
    await single_of(room).carry_out("unlock", tablet, actor=ACTOR)
    assert [one[0] for one in await room.queued()] == [tablet, tablet]


async def test_reasons_are_grouped_when_it_is_over(room: Room) -> None:
    tablets = [await room.ipad(1), *[await room.world.enrol("Cassiopée", slot, f"BARE{slot}") for slot in (2, 3)]]
    retired = await room.world.enrol("Orion", 1, "GONE")
    dry = await room.bulk.dry_run("restart", [*tablets, retired], EVERYTHING, actor=ACTOR)
    await room.world.fleet.change_state(retired, TabletEvent.RETIRE, actor=ACTOR)
    work = await room.run(dry.work)
    reasons = await room.world.database.read(lambda conn: reasons_of(conn, work.work_id))
    assert [(one.tablets, one.text(ENGLISH)) for one in reasons] == [
        (3, "It is not managed by this server: it has to be enrolled first.")
    ]
