"""A teacher opens, locks and frees the tablets of a kit; each does it, or says why it cannot."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from mdm.clock import ManualClock, from_ms
from mdm.fleet.errors import KitUnknown
from mdm.fleet.states import TabletEvent
from mdm.fleet.tablet import Platform
from mdm.home.class_mode.capability import Does
from mdm.home.class_mode.errors import NobodyCan, NotAgreed, NothingAgreed, UntilPassed, UntilTooLate
from mdm.home.class_mode.focus import Focus
from mdm.home.class_mode.view import Stage
from mdm.i18n import Catalogs
from mdm.store import Database
from tests.home.classroom import ACTOR, CHROME, EDITION, GEOGEBRA, GEOGEBRA_ANDROID, Classroom
from tests.home.test_mode_at import paris

AN_APP = Focus(kind="app", what=GEOGEBRA)
A_PAGE = Focus(kind="page", what="Lumni")
EYES = Focus(kind="lock")
SMALLER = 'name = "Moins"\n[[web_clips]]\nlabel = "Lumni"\nurl = "https://www.lumni.fr/"\n'


async def test_a_kit_of_ipads_goes_into_class_mode_and_back(any_room: Classroom) -> None:
    room = any_room
    await room.open()
    ipads = [await room.ipad(), await room.ipad()]
    started = await room.class_mode.start(room.kit_id, AN_APP, actor=ACTOR)
    assert started.running is not None
    assert [slot.stage for slot in started.slots[:2]] == [Stage.ASKED, Stage.ASKED]
    await room.runner.run_once()
    for ipad in ipads:
        await ipad.converse()
        assert ipad.tablet.held_in == GEOGEBRA
        assert ipad.tablet.opens(GEOGEBRA)
        assert not ipad.tablet.opens("com.apple.Pages")
    assert (await room.stages())[:2] == [Stage.DOING, Stage.DOING]
    await room.class_mode.stop(room.kit_id, actor=ACTOR)
    await room.runner.run_once()
    assert (await room.stages())[:2] == [Stage.ENDING, Stage.ENDING]
    for ipad in ipads:
        await ipad.converse()
        assert ipad.tablet.held_in is None
        assert await room.holds(ipad.tablet_id)
    assert await room.stages() == [Stage.FREE, Stage.FREE, Stage.EMPTY, Stage.EMPTY]
    assert await room.told("class_mode_started", "class_mode_stopped") == ["class_mode_started", "class_mode_stopped"]


async def test_a_kit_of_android_tablets_goes_into_class_mode_and_back(any_room: Classroom) -> None:
    room = any_room
    await room.open(Platform.ANDROID)
    agent = await room.agent()
    assert agent.tiles == {"GeoGebra", "Chrome", "Lumni"}
    await room.class_mode.start(room.kit_id, Focus(kind="app", what=GEOGEBRA_ANDROID), actor=ACTOR)
    await room.runner.run_once()
    await agent.live()
    assert agent.opened == [{"pkg": GEOGEBRA_ANDROID}]
    assert agent.tiles == {"GeoGebra"}
    assert (await room.stages())[0] is Stage.DOING
    await room.class_mode.stop(room.kit_id, actor=ACTOR)
    await room.runner.run_once()
    assert (await room.stages())[0] is Stage.ENDING
    await agent.live()
    assert agent.tiles == {"GeoGebra", "Chrome", "Lumni"}
    assert (await room.stages())[0] is Stage.FREE
    assert len(agent.opened) == 1


async def test_what_was_opened_is_not_opened_again_however_often_the_tablet_is_looked_at(room: Classroom) -> None:
    await room.open(Platform.ANDROID)
    agent = await room.agent()
    await room.class_mode.start(room.kit_id, Focus(kind="app", what=GEOGEBRA_ANDROID), actor=ACTOR)
    await room.runner.run_once()
    await agent.live()
    for _ in range(3):
        room.clock.advance(timedelta(minutes=6))
        await room.database.write(lambda conn: room.convergence.look(conn, agent.tablet_id, "android"))
        await agent.live()
    assert len(agent.opened) == 1
    # Asked for anew it is opened anew.
    await room.class_mode.start(room.kit_id, Focus(kind="app", what=GEOGEBRA_ANDROID), actor=ACTOR)
    await room.runner.run_once()
    await agent.live()
    assert len(agent.opened) == 2


async def test_a_page_opens_in_chrome_and_nothing_else_does(room: Classroom) -> None:
    await room.open(Platform.ANDROID)
    agent = await room.agent()
    await room.class_mode.start(room.kit_id, A_PAGE, actor=ACTOR)
    await room.runner.run_once()
    await agent.live()
    assert agent.opened == [{"pkg": CHROME, "action": "android.intent.action.VIEW", "data": "https://www.lumni.fr/"}]


async def test_eyes_to_the_front_cover_android_and_switch_the_touch_of_ipads_off(
    room: Classroom, tuesday: ManualClock
) -> None:
    await room.open()
    ipad = await room.ipad()
    await room.class_mode.start(room.kit_id, EYES, actor=ACTOR)
    await room.runner.run_once()
    await ipad.converse()
    assert not ipad.tablet.touch
    await room.class_mode.stop(room.kit_id, actor=ACTOR)
    await room.runner.run_once()
    await ipad.converse()
    assert ipad.tablet.touch


async def test_android_is_covered_with_words_in_the_servers_language(room: Classroom) -> None:
    await room.open(Platform.ANDROID)
    agent = await room.agent()
    await room.class_mode.start(room.kit_id, EYES, actor=ACTOR)
    await room.runner.run_once()
    await agent.live()
    assert agent.configuration["lock"] is True
    assert agent.configuration["lockMessage"] == "Regarde l'enseignant."
    assert agent.opened == [{"pkg": "com.hmdm.launcher"}]


async def test_a_tablet_that_slept_at_the_start_follows_when_it_wakes(room: Classroom) -> None:
    await room.open()
    awake, asleep = await room.ipad(), await room.ipad()
    asleep.asleep = True
    await room.class_mode.start(room.kit_id, AN_APP, actor=ACTOR)
    await room.later(minutes=20)
    for ipad in (awake, asleep):
        await ipad.converse()
    assert (await room.stages())[:2] == [Stage.DOING, Stage.ASKED]
    asleep.asleep = False
    await asleep.converse()
    assert asleep.tablet.held_in == GEOGEBRA


@pytest.mark.parametrize("platform", [Platform.IPAD, Platform.ANDROID])
async def test_a_tablet_that_sleeps_past_the_end_gets_nothing(room: Classroom, platform: Platform) -> None:
    await room.open(platform)
    if platform is Platform.IPAD:
        ipad = await room.ipad()
        ipad.asleep = True
        await room.class_mode.start(room.kit_id, AN_APP, actor=ACTOR)
        await room.later(minutes=1)
        await room.later(minutes=61)
        ipad.asleep = False
        await ipad.converse()
        assert ipad.tablet.held_in is None
        assert await room.holds(ipad.tablet_id)
        return
    agent = await room.agent()
    agent.asleep = True
    await room.class_mode.start(room.kit_id, Focus(kind="app", what=GEOGEBRA_ANDROID), actor=ACTOR)
    await room.later(minutes=1)
    await room.later(minutes=61)
    agent.asleep = False
    await agent.live()
    assert agent.opened == []
    assert agent.tiles == {"GeoGebra", "Chrome", "Lumni"}


async def test_what_is_over_is_not_handed_out_though_no_server_ran_at_the_end(room: Classroom) -> None:
    """The server was stopped at the end, and the tablet asks before anything was done about it."""
    await room.open(Platform.ANDROID)
    agent = await room.agent()
    await room.class_mode.start(room.kit_id, Focus(kind="app", what=GEOGEBRA_ANDROID), actor=ACTOR)
    await room.runner.run_once()
    assert await agent.poll() == ["configUpdated"]  # the opening waits for the next poll
    room.clock.advance(timedelta(hours=2))
    assert "runApp" not in await agent.poll()
    assert agent.opened == []


async def test_it_ends_by_itself_and_says_so(room: Classroom) -> None:
    await room.open()
    ipad = await room.ipad()
    started = await room.class_mode.start(room.kit_id, AN_APP, paris("2026-11-24T10:30"), actor=ACTOR)
    assert started.running is not None
    await room.runner.run_once()
    await ipad.converse()
    await room.later(minutes=31)
    await ipad.converse()
    assert ipad.tablet.held_in is None
    assert await room.holds(ipad.tablet_id)
    view = await room.class_mode.now(room.kit_id)
    assert (view.running, view.slots[0].stage) == (None, Stage.FREE)
    assert await room.told("class_mode_ended") == ["class_mode_ended"]


async def test_an_ipad_without_a_network_comes_free_in_time_by_itself(room: Classroom) -> None:
    await room.open()
    ipad = await room.ipad()
    await room.class_mode.start(room.kit_id, AN_APP, paris("2026-11-24T10:30"), actor=ACTOR)
    await room.runner.run_once()
    await ipad.converse()
    assert ipad.tablet.held_in == GEOGEBRA
    ipad.asleep = True
    room.clock.advance(timedelta(minutes=31))
    ipad.tablet.forget_expired(room.clock.now())
    assert ipad.tablet.held_in is None
    await room.runner.run_once()
    ipad.asleep = False
    await ipad.converse()
    # What could not be removed because it was gone is no fault of the tablet.
    assert await room.holds(ipad.tablet_id)
    assert (await room.stages())[0] is Stage.FREE


async def test_a_server_that_is_started_again_goes_on_where_it_was(room: Classroom) -> None:
    await room.open()
    ipad = await room.ipad()
    await room.class_mode.start(room.kit_id, AN_APP, paris("2026-11-24T10:30"), actor=ACTOR)
    await room.another_runner().run_once()
    await ipad.converse()
    assert ipad.tablet.held_in == GEOGEBRA
    room.clock.advance(timedelta(minutes=31))
    await room.another_runner().run_once()
    await ipad.converse()
    assert ipad.tablet.held_in is None


async def test_an_ipad_is_not_held_in_an_app_before_it_is_there(room: Classroom) -> None:
    await room.open()
    ipad = await room.ipad()
    del ipad.tablet.apps[GEOGEBRA]
    await room.database.write(lambda conn: room.convergence.look(conn, ipad.tablet_id, "ipad"))
    await room.class_mode.start(room.kit_id, AN_APP, actor=ACTOR)
    await room.runner.run_once()
    ipad.store.by_store_id = lambda store_id: None  # type: ignore[method-assign]
    await ipad.converse()
    assert ipad.tablet.held_in is None
    [slot] = (await room.class_mode.now(room.kit_id)).slots[:1]
    assert (slot.stage, slot.why) == (Stage.ASKED, "The app is not on this tablet yet.")


async def test_only_what_was_agreed_can_be_opened(room: Classroom) -> None:
    await room.open()
    await room.ipad()
    for focus in (Focus(kind="app", what="com.example.game"), Focus(kind="page", what="Example"),
                  Focus(kind="app", what=GEOGEBRA_ANDROID)):  # fmt: skip
        with pytest.raises(NotAgreed) as refused:
            await room.class_mode.start(room.kit_id, focus, actor=ACTOR)
        french = Catalogs("mdm.home.class_mode").for_language("fr")
        assert "liste" in refused.value.advice(french)
    assert await room.told("class_mode_started") == []


async def test_what_leaves_the_edition_is_open_no_more(room: Classroom) -> None:
    await room.open()
    ipad = await room.ipad()
    await room.class_mode.start(room.kit_id, AN_APP, actor=ACTOR)
    await room.runner.run_once()
    await ipad.converse()
    await room.agreement.agree(SMALLER)
    await room.database.write(lambda conn: room.convergence.look(conn, ipad.tablet_id, "ipad"))
    await ipad.converse()
    assert ipad.tablet.held_in is None
    [slot] = (await room.class_mode.now(room.kit_id)).slots[:1]
    assert slot.stage is Stage.CANNOT


async def test_a_kit_without_an_edition_opens_nothing(room: Classroom) -> None:
    made = await room.fleet.create_territory("MACS", actor="test")
    await room.fleet.create_commune("40018", "Audignon", territory_id=made.territory_id, actor="test")
    await room.fleet.create_school("0400377T", "École", insee="40018", actor="test")
    kit = await room.fleet.create_kit("0400377T", "Vide", platform=Platform.IPAD, slots=1, actor="test")
    with pytest.raises(NothingAgreed):
        await room.class_mode.start(kit.kit_id, EYES, actor=ACTOR)
    assert (await room.class_mode.what_can(kit.kit_id)).choices == ()
    with pytest.raises(KitUnknown):
        await room.class_mode.now("nothing")


async def test_it_never_lasts_longer_than_the_school_day(room: Classroom) -> None:
    await room.open()
    await room.ipad()
    with pytest.raises(UntilTooLate) as refused:
        await room.class_mode.start(room.kit_id, AN_APP, paris("2026-11-24T15:46"), actor=ACTOR)
    assert "15:45" in str(refused.value)
    with pytest.raises(UntilPassed):
        await room.class_mode.start(room.kit_id, AN_APP, paris("2026-11-24T09:00"), actor=ACTOR)
    started = await room.class_mode.start(room.kit_id, AN_APP, paris("2026-11-24T15:45"), actor=ACTOR)
    assert started.running is not None


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-11-24T09:00", "2026-11-24T10:00"),
        ("2026-11-24T11:00", "2026-11-24T11:45"),
        ("2026-11-24T11:43", "2026-11-24T12:43"),
        ("2026-11-24T15:30", "2026-11-24T15:45"),
        ("2026-11-24T15:42", "2026-11-24T15:45"),
        ("2026-11-24T17:00", "2026-11-24T18:00"),
        ("2026-11-28T23:30", "2026-11-29T00:00"),
        # The clock goes back in the night after: an hour is an hour.
        ("2026-10-24T10:00", "2026-10-24T11:00"),
    ],
)
async def test_it_ends_after_an_hour_or_with_the_half_day(
    database: Database, tmp_path: Path, now: str, end: str
) -> None:
    room = Classroom(database, ManualClock(paris(now)), tmp_path)
    await room.open()
    started = await room.class_mode.start(room.kit_id, EYES, actor=ACTOR)
    assert started.running is not None
    assert from_ms(started.running.until_at) == paris(end)


async def test_a_loaned_a_lost_and_a_missing_tablet_are_left_out(room: Classroom) -> None:
    await room.open()
    ipads = [await room.ipad() for _ in range(3)]
    await room.lend(ipads[1].tablet_id)
    await room.change(ipads[2].tablet_id, TabletEvent.LOSE)
    await room.runner.run_once()
    await room.class_mode.start(room.kit_id, AN_APP, actor=ACTOR)
    await room.later(minutes=2)
    for ipad in ipads:
        await ipad.converse()
    assert await room.stages() == [Stage.DOING, Stage.AWAY, Stage.AWAY, Stage.EMPTY]
    assert [ipad.tablet.held_in for ipad in ipads] == [GEOGEBRA, None, None]


async def test_what_unsupervised_ipads_cannot_do_is_refused_in_plain_words(room: Classroom) -> None:
    await room.open()
    ipad = await room.ipad(supervised=False)
    with pytest.raises(NobodyCan) as refused:
        await room.class_mode.start(room.kit_id, AN_APP, actor=ACTOR)
    words = refused.value.text(Catalogs("mdm.home.class_mode").for_language("fr"))
    assert "supervisée" in words
    # Its screen goes dark at least, once.
    await room.class_mode.start(room.kit_id, EYES, actor=ACTOR)
    await room.runner.run_once()
    [slot] = (await room.class_mode.now(room.kit_id)).slots[:1]
    assert (slot.stage, slot.does) == (Stage.ASKED, Does.ONCE)
    assert await ipad.converse() == 1
    assert (await room.stages())[0] is Stage.DOING


async def test_an_order_that_happens_once_is_withdrawn_at_the_end(room: Classroom) -> None:
    await room.open()
    ipad = await room.ipad(supervised=False)
    await room.class_mode.start(room.kit_id, EYES, actor=ACTOR)
    await room.class_mode.stop(room.kit_id, actor=ACTOR)
    assert await ipad.converse() == 0


async def test_the_list_says_how_far_each_thing_goes_on_each_tablet(room: Classroom) -> None:
    await room.open()
    await room.ipad()
    await room.ipad(supervised=False)
    can = await room.class_mode.what_can(room.kit_id)
    found = {
        (one.kind, one.what): dict(sum((Counter({each.does: count}) for each, count in one.can), Counter()))
        for one in can.choices
    }
    assert found == {
        ("app", GEOGEBRA): {Does.HOLDS: 1, Does.CANNOT: 1},
        # Allowed, and not put there: nobody knows whether it is.
        ("app", "self.Kiwix"): {Does.CANNOT: 2},
        ("page", "Lumni"): {Does.HOLDS: 1, Does.CANNOT: 1},
        ("lock", ""): {Does.HOLDS: 1, Does.ONCE: 1},
    }
    assert from_ms(can.usual_end) == paris("2026-11-24T11:00") + (room.clock.now() - paris("2026-11-24T10:00"))
    assert from_ms(can.latest_end) == paris("2026-11-24T15:45")


async def test_agents_that_listen_by_mqtt_leave_the_tap_to_the_pupil(
    database: Database, tuesday: ManualClock, tmp_path: Path
) -> None:
    room = Classroom(database, tuesday, tmp_path, push="mqttAlarm")
    await room.open(Platform.ANDROID)
    await room.agent()
    can = await room.class_mode.what_can(room.kit_id)
    assert {each.does for one in can.choices for each, _ in one.can} == {Does.ONE_TAP}


async def test_another_thing_takes_the_place_of_the_one_before(room: Classroom) -> None:
    await room.open(edition=EDITION + "[restrictions]\nonly_listed_apps = false\n")
    ipad = await room.ipad()
    await room.class_mode.start(room.kit_id, AN_APP, actor=ACTOR)
    await room.runner.run_once()
    await ipad.converse()
    await room.class_mode.start(room.kit_id, A_PAGE, actor=ACTOR)
    await room.runner.run_once()
    await ipad.converse()
    assert ipad.tablet.held_in == "com.apple.mobilesafari"
    assert ipad.tablet.visits("https://www.lumni.fr/cm2")
    assert not ipad.tablet.visits("https://example.org/")
    assert (await room.stages())[0] is Stage.DOING
