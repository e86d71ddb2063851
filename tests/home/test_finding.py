"""“Where is tablet 7?”: what is known of it, and how it shows itself."""

from datetime import timedelta
from pathlib import Path

import pytest

from mdm.clock import ManualClock
from mdm.fleet.errors import SlotUnknown
from mdm.fleet.tablet import Platform
from mdm.home.class_mode.errors import CannotShow, NoTabletThere, TabletAway
from mdm.home.class_mode.finding import Shown
from mdm.store import Database
from tests.home.classroom import ACTOR, HOME_ADDRESS, SCHOOL_ADDRESS, UAI, Classroom


async def test_what_is_known_of_a_tablet_is_told(any_room: Classroom) -> None:
    room = any_room
    await room.open()
    ipad = await room.ipad()
    found = await room.finding.where(room.kit_id, 1)
    assert (found.name, found.battery, found.at_school, found.loan, found.faults, found.shown) == (
        "Cassiopée 01", round(ipad.tablet.battery * 100), None, None, (), None,
    )  # fmt: skip
    await room.networks.set(UAI, [SCHOOL_ADDRESS], actor="account:technician")
    room.clock.advance(timedelta(minutes=2))
    await ipad.converse()
    assert (await room.finding.where(room.kit_id, 1)).at_school is True
    ipad.address = HOME_ADDRESS
    room.clock.advance(timedelta(minutes=2))
    await ipad.converse()
    await room.lend(ipad.tablet_id)
    await room.database.write(
        lambda conn: conn.run(
            "INSERT INTO fault (fault_id, tablet_id, kind, state, reported_at, changed_at)"
            " VALUES ('f1', :id, 'screen', 'open', 1, 1)",
            id=ipad.tablet_id,
        )
    )
    found = await room.finding.where(room.kit_id, 1)
    assert (found.at_school, found.state, found.faults) == (False, "loaned", ("f1",))
    assert found.loan is not None
    assert found.loan.since == room.clock.ms()


@pytest.mark.parametrize(("passcode", "shown"), [(True, Shown.DONE), (False, Shown.DARK)])
async def test_an_ipad_shows_its_name_where_it_has_a_passcode(
    any_room: Classroom, passcode: bool, shown: Shown
) -> None:
    room = any_room
    await room.open()
    ipad = await room.ipad(passcode=passcode)
    asked = await room.finding.show(room.kit_id, 1, actor=ACTOR)
    assert asked.shown is Shown.ASKED
    await ipad.converse()
    assert (await room.finding.where(room.kit_id, 1)).shown is shown
    assert ipad.tablet.locked is passcode
    assert await room.told("tablet_asked_to_show") == ["tablet_asked_to_show"]


async def test_an_android_tablet_shows_the_screen_that_bears_its_name(room: Classroom) -> None:
    await room.open(Platform.ANDROID)
    agent = await room.agent()
    await room.finding.show(room.kit_id, 1, actor=ACTOR)
    await agent.poll()
    assert agent.opened == [{"pkg": "com.hmdm.launcher"}]
    assert (await room.finding.where(room.kit_id, 1)).shown is Shown.DONE


async def test_a_tablet_that_does_not_answer_in_time_is_not_disturbed_later(room: Classroom) -> None:
    await room.open()
    ipad = await room.ipad()
    await room.finding.show(room.kit_id, 1, actor=ACTOR)
    await room.later(minutes=11)
    assert await ipad.converse() == 0
    assert (await room.finding.where(room.kit_id, 1)).shown is Shown.LAPSED


async def test_asked_twice_it_shows_itself_once(room: Classroom) -> None:
    await room.open()
    ipad = await room.ipad()
    await room.finding.show(room.kit_id, 1, actor=ACTOR)
    await room.finding.show(room.kit_id, 1, actor=ACTOR)
    assert await ipad.converse() == 1


async def test_a_tablet_in_a_family_is_not_disturbed_from_the_classroom(room: Classroom) -> None:
    await room.open()
    ipad = await room.ipad()
    await room.lend(ipad.tablet_id)
    with pytest.raises(TabletAway):
        await room.finding.show(room.kit_id, 1, actor=ACTOR)
    assert await ipad.converse() == 0


async def test_a_place_without_a_tablet_and_one_that_is_not_there_say_so(room: Classroom) -> None:
    await room.open()
    with pytest.raises(NoTabletThere):
        await room.finding.where(room.kit_id, 1)
    with pytest.raises(SlotUnknown):
        await room.finding.show(room.kit_id, 99, actor=ACTOR)


async def test_by_mqtt_a_tablet_cannot_be_asked(database: Database, tuesday: ManualClock, tmp_path: Path) -> None:
    room = Classroom(database, tuesday, tmp_path, push="mqttWorker")
    await room.open(Platform.ANDROID)
    await room.agent()
    with pytest.raises(CannotShow):
        await room.finding.show(room.kit_id, 1, actor=ACTOR)
