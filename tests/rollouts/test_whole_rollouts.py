"""Whole rollouts against a real store, with tablets that converge, fail, drift and sleep."""

from datetime import UTC, datetime, timedelta

import pytest

from mdm.clock import ManualClock, to_ms
from mdm.fleet.states import TabletEvent
from mdm.fleet.tablet import Platform
from mdm.home.calendar.hours import SchoolHours
from mdm.store import Connection
from profiles.charter.errors import EditionNotVerified
from profiles.policy import Policy
from profiles.rollouts.errors import (
    ChangeRefused,
    KitNotConcerned,
    NothingToRollOut,
    NotTheNewest,
    ReasonMissing,
    RolloutInTheWay,
    RolloutUnknown,
    TooLateToRollBack,
)
from profiles.rollouts.gates import TabletState
from profiles.rollouts.rollout import Plan, RolloutState
from profiles.rollouts.waves import NOW, Wave, Window
from tests.rollouts.world import ACTOR, EVERYBODY, GATES, Territory, detail_of

QUIETER = {"android": {"volume": 50}}
HOUR = timedelta(hours=1)


def waves(*kits: str, window: Window = NOW, pace: int = 1000) -> Plan:
    """Pilots, a tenth, all."""
    return Plan(
        waves=(Wave(pilots=True, window=window), Wave(per_mille=100, window=window), Wave(window=window)),
        pilots=kits,
        gates=GATES,
        kits_per_minute=pace,
    )


async def test_an_edition_reaches_the_pilots_then_a_tenth_then_all_and_becomes_the_current_one(
    any_territory: Territory, clock: ManualClock
) -> None:
    world = any_territory
    old = await world.agree()
    kits = [await world.kit(f"Kit {number:02d}", tablets=2) for number in range(12)]
    new = await world.publish(**QUIETER)
    assert set((await world.editions()).values()) == {old.edition_id}, "an edition that is published moves nothing"

    started = await world.begin(waves(kits[0].kit_id, kits[5].kit_id))
    expected = [2, 2 + 1, 12]
    for wave, moved in enumerate(expected, start=1):
        await world.runner.run_once()
        view = await world.rollouts.show()
        assert (view.rollout.wave, sum(one.moved for one in view.waves)) == (wave, moved)
        await world.runner.run_once()
        assert (await world.rollouts.show()).rollout.wave == wave, "the next wave waits for the grace time"
        following = [kit.kit_id for kit in kits if (await world.editions())[kit.name] == new.edition_id]
        clock.advance(timedelta(minutes=5))
        await world.obey(await world.tablets_of(*following))
        clock.advance(HOUR)
    await world.runner.run_once()

    view = await world.rollouts.show(started.rollout_id)
    assert view.rollout.state is RolloutState.COMPLETED
    assert set((await world.editions()).values()) == {new.edition_id}
    assert [one.counts.converged for one in view.waves] == [4, 2, 18]
    late = await world.kit("Kit made later", tablets=0)
    assert (await world.editions())[late.name] == new.edition_id
    changes = [detail_of(entry)["change"] for entry in await world.told("rollout_changed")]
    assert changes == ["start", "open_wave", "open_wave", "open_wave", "complete"]
    assert len(await world.told("rollout_kit_moved")) == 12
    assert [line.change.value for line in view.history] == changes
    assert view.history[0].actor == ACTOR


async def test_tablets_that_refuse_pause_it_and_everything_stays_as_it_is(
    territory: Territory, clock: ManualClock
) -> None:
    old = await territory.agree()
    kits = [await territory.kit(f"Kit {number}") for number in range(6)]
    new = await territory.publish(**QUIETER)
    await territory.begin(waves(kits[0].kit_id))
    await territory.runner.run_once()
    pilots = await territory.tablets_of(kits[0].kit_id)
    clock.advance(timedelta(minutes=5))
    await territory.obey(pilots, refusing=pilots[:1])
    await territory.runner.run_once()

    view = await territory.rollouts.show()
    assert view.rollout.state is RolloutState.PAUSED
    assert view.rollout.reason is not None
    assert view.rollout.reason.params == {"failed": 1, "heard": 4, "limit": 10}
    assert [(one.tablet_id, one.state) for one in view.ill] == [(pilots[0], TabletState.FAILED)]
    clock.advance(timedelta(days=3))
    await territory.runner.run_once()
    editions = await territory.editions()
    assert [editions[kit.name] for kit in kits] == [new.edition_id] + [old.edition_id] * 5
    assert detail_of((await territory.told("rollout_changed"))[-1])["reason"] == "gate_errors"


async def test_a_wave_stops_in_its_middle_when_its_first_tablets_refuse(
    territory: Territory, clock: ManualClock
) -> None:
    await territory.agree()
    for number in range(6):
        await territory.kit(f"Kit {number}", tablets=2)
    new = await territory.publish(**QUIETER)
    await territory.begin(Plan(waves=(Wave(window=NOW),), gates=GATES, kits_per_minute=2))
    await territory.runner.run_once()
    editions = await territory.editions()
    moved = [one.kit.kit_id for one in await territory.fleet.kits() if editions[one.kit.name] == new.edition_id]
    clock.advance(timedelta(minutes=2))
    tablets = await territory.tablets_of(*moved)
    await territory.obey(tablets, refusing=tablets)
    await territory.runner.run_once()
    assert (await territory.rollouts.show()).rollout.state is RolloutState.PAUSED
    assert list((await territory.editions()).values()).count(new.edition_id) == len(moved) == 2


async def test_resuming_excuses_what_is_ill_now_and_nothing_that_falls_ill_later(
    territory: Territory, clock: ManualClock
) -> None:
    await territory.agree()
    kits = [await territory.kit(f"Kit {number}", tablets=6) for number in range(3)]
    new = await territory.publish(**QUIETER)
    await territory.begin(waves(kits[0].kit_id))
    await territory.runner.run_once()
    pilots = await territory.tablets_of(kits[0].kit_id)
    clock.advance(timedelta(minutes=5))
    await territory.obey(pilots, refusing=pilots[:1])
    await territory.runner.run_once()
    with pytest.raises(ReasonMissing):
        await territory.rollouts.resume(words="  ", actor=ACTOR)
    await territory.rollouts.resume(words="That one has a broken screen.", actor=ACTOR)
    clock.advance(HOUR)
    await territory.runner.run_once()
    view = await territory.rollouts.show()
    assert (view.rollout.state, view.rollout.wave) == (RolloutState.RUNNING, 2)
    assert view.waves[0].counts.failed == 0
    resumed = (await territory.told("rollout_changed"))[3]
    assert detail_of(resumed) == {
        "change": "resume",
        "edition": new.edition_id,
        "excused": 1,
        "state": "running",
        "wave": 1,
    }
    assert resumed.actor == ACTOR
    assert "screen" not in resumed.detail, "free text stays out of the journal"
    assert any(line.words == "That one has a broken screen." for line in view.history)

    clock.advance(timedelta(minutes=1))
    await territory.obey(pilots, refusing=pilots[:2])
    await territory.runner.run_once()
    assert (await territory.rollouts.show()).rollout.state is RolloutState.PAUSED


async def test_tablets_that_lose_what_they_had_pause_it(territory: Territory, clock: ManualClock) -> None:
    await territory.agree()
    kits = [await territory.kit(f"Kit {number}") for number in range(3)]
    await territory.publish(**QUIETER)
    await territory.begin(waves(kits[0].kit_id))
    await territory.runner.run_once()
    pilots = await territory.tablets_of(kits[0].kit_id)
    clock.advance(timedelta(minutes=5))
    await territory.obey(pilots)
    await territory.runner.run_once()
    assert (await territory.rollouts.show()).waves[0].counts.converged == 4
    await territory.obey(pilots, forgetting=pilots[:2])
    await territory.runner.run_once()
    view = await territory.rollouts.show()
    assert view.rollout.reason is not None
    assert (view.rollout.state, view.rollout.reason.code) == (RolloutState.PAUSED, "gate_drift")


async def test_tablets_that_stay_in_their_case_are_waited_for(territory: Territory, clock: ManualClock) -> None:
    await territory.agree()
    kits = [await territory.kit(f"Kit {number}") for number in range(3)]
    await territory.publish(**QUIETER)
    await territory.begin(waves(kits[0].kit_id))
    await territory.runner.run_once()
    clock.advance(timedelta(days=4))
    await territory.runner.run_once()
    view = await territory.rollouts.show()
    assert view.waits is not None
    assert (view.rollout.state, view.rollout.wave, view.waits.code) == (RolloutState.RUNNING, 1, "wait_heard")

    pilots = await territory.tablets_of(kits[0].kit_id)
    await territory.obey(pilots)
    await territory.runner.run_once()
    assert (await territory.rollouts.show()).rollout.wave == 2, "who wakes late and does well is not late"


async def test_tablets_that_are_heard_and_never_done_pause_it(territory: Territory, clock: ManualClock) -> None:
    await territory.agree()
    kits = [await territory.kit(f"Kit {number}") for number in range(3)]
    await territory.publish(**QUIETER)
    await territory.begin(waves(kits[0].kit_id))
    await territory.runner.run_once()
    pilots = await territory.tablets_of(kits[0].kit_id)
    clock.advance(timedelta(minutes=1))
    await territory.obey(pilots, forgetting=pilots)
    await territory.runner.run_once()
    assert (await territory.rollouts.show()).waves[0].counts.working == 4
    clock.advance(HOUR)
    await territory.runner.run_once()
    view = await territory.rollouts.show()
    assert view.rollout.reason is not None
    assert (view.rollout.state, view.rollout.reason.code) == (RolloutState.PAUSED, "gate_converged")


async def test_a_rollout_goes_back_whole_to_the_edition_that_was_in_force(
    any_territory: Territory, clock: ManualClock
) -> None:
    world = any_territory
    old = await world.agree()
    kits = [await world.kit(f"Kit {number}", tablets=2) for number in range(5)]
    new = await world.publish(**QUIETER)
    await world.begin(EVERYBODY)
    await world.runner.run_once()
    assert set((await world.editions()).values()) == {new.edition_id}
    await world.rollouts.roll_back(words="Nobody hears the videos.", actor=ACTOR)
    with pytest.raises(ChangeRefused):
        await world.rollouts.resume(words="no", actor=ACTOR)
    await world.runner.run_once()
    view = await world.rollouts.show()
    assert view.rollout.state is RolloutState.ROLLED_BACK
    assert set((await world.editions()).values()) == {old.edition_id}
    assert len(await world.told("rollout_kit_returned")) == 5
    tablets = await world.tablets_of(*[kit.kit_id for kit in kits])
    await world.checks.look_at_due()
    wanted = {await world.database.write(lambda conn, one=one: world.targets.target_for(conn, one)) for one in tablets}
    assert {target.policy_id for target in wanted if target is not None} == {Policy(name="MACS").policy_id}


async def test_what_is_paused_goes_back_too_and_a_plan_that_was_not_begun_just_ends(territory: Territory) -> None:
    await territory.agree()
    await territory.kit("Kit 1")
    await territory.publish(**QUIETER)
    await territory.rollouts.plan(EVERYBODY, actor=ACTOR)
    ended = await territory.rollouts.roll_back(words="Another day.", actor=ACTOR)
    assert ended.state is RolloutState.ROLLED_BACK
    await territory.begin(EVERYBODY)
    await territory.rollouts.pause(words="Wait.", actor=ACTOR)
    assert await territory.runner.run_once() == 0
    back = await territory.rollouts.roll_back(words="Wrong.", actor=ACTOR)
    assert back.state is RolloutState.ROLLING_BACK
    await territory.runner.run_once()
    assert (await territory.rollouts.show()).rollout.state is RolloutState.ROLLED_BACK


async def test_class_is_not_disturbed(territory: Territory, clock: ManualClock) -> None:
    await territory.agree()
    for uai in ("0400377T", "0590001F", "9740001H"):
        await territory.kit(f"Kit {uai}", uai=uai)
    await territory.calendars.set_hours("0590001F", SchoolHours(), actor=ACTOR)
    new = await territory.publish(**QUIETER)
    plan = Plan(waves=(Wave(),), gates=GATES, kits_per_minute=1000)
    clock.advance(datetime(2026, 11, 27, 9, 0, tzinfo=UTC) - clock.now())
    await territory.begin(plan)
    await territory.runner.run_once()
    moved = {name for name, edition in (await territory.editions()).items() if edition == new.edition_id}
    assert moved == {"Kit 0590001F"}, "ten o'clock in the Landes, one in the afternoon in Réunion; one school is closed"
    view = await territory.rollouts.show()
    assert view.waits is not None
    assert (view.waits.code, view.waits_until) == ("wait_window", to_ms(datetime(2026, 11, 27, 11, 45, tzinfo=UTC)))
    clock.advance(timedelta(hours=2, minutes=46))
    await territory.runner.run_once()
    moved = {name for name, edition in (await territory.editions()).items() if edition == new.edition_id}
    assert moved == {"Kit 0590001F", "Kit 9740001H"}
    clock.advance(timedelta(hours=3))
    await territory.runner.run_once()
    assert set((await territory.editions()).values()) == {new.edition_id}


async def test_a_kit_with_empty_batteries_goes_when_it_is_charged(territory: Territory, clock: ManualClock) -> None:
    await territory.agree()
    await territory.kit("Charged", battery=60)
    await territory.kit("Empty", battery=9)
    new = await territory.publish(**QUIETER)
    await territory.begin(EVERYBODY)
    await territory.runner.run_once()
    assert (await territory.editions())["Charged"] == new.edition_id
    assert (await territory.editions())["Empty"] != new.edition_id
    view = await territory.rollouts.show()
    assert view.waits is not None
    assert view.waits.code == "wait_battery"
    clock.advance(timedelta(hours=73))
    await territory.runner.run_once()
    assert (await territory.editions())["Empty"] == new.edition_id


async def test_no_more_kits_go_in_a_minute_than_was_set(territory: Territory, clock: ManualClock) -> None:
    await territory.agree()
    for number in range(5):
        await territory.kit(f"Kit {number}", tablets=0)
    new = await territory.publish(**QUIETER)
    await territory.begin(Plan(waves=(Wave(window=NOW),), gates=GATES, kits_per_minute=2))
    for expected in (2, 4, 5):
        await territory.runner.run_once()
        await territory.runner.run_once()
        assert list((await territory.editions()).values()).count(new.edition_id) == expected
        clock.advance(timedelta(seconds=61))


async def test_a_clock_that_jumps_back_moves_nothing_twice_and_loses_nothing(
    territory: Territory, clock: ManualClock
) -> None:
    await territory.agree()
    kits = [await territory.kit(f"Kit {number}", tablets=1) for number in range(4)]
    new = await territory.publish(**QUIETER)
    await territory.begin(waves(kits[0].kit_id, pace=1))
    await territory.runner.run_once()
    clock.advance(timedelta(days=-2))
    for _ in range(3):
        await territory.runner.run_once()
    assert len(await territory.told("rollout_kit_moved")) == 1
    clock.advance(timedelta(days=2, hours=2))
    for _ in range(8):
        await territory.obey(await territory.tablets_of(*[kit.kit_id for kit in kits]))
        await territory.runner.run_once()
        clock.advance(timedelta(hours=2))
    assert set((await territory.editions()).values()) == {new.edition_id}
    moved = [entry.subject for entry in await territory.told("rollout_kit_moved")]
    assert len(moved) == len(set(moved)) == 4


async def test_kits_that_are_made_meanwhile_go_with_the_last_wave(territory: Territory, clock: ManualClock) -> None:
    await territory.agree()
    first = await territory.kit("Kit 1")
    new = await territory.publish(**QUIETER)
    await territory.begin(waves(first.kit_id))
    await territory.runner.run_once()
    await territory.kit("Kit 2")
    for _ in range(6):
        clock.advance(timedelta(minutes=61))
        rows = await territory.editions()
        kits = await territory.fleet.kits()
        ids = [one.kit.kit_id for one in kits if rows[one.kit.name] == new.edition_id]
        await territory.obey(await territory.tablets_of(*ids))
        await territory.runner.run_once()
    assert (await territory.rollouts.show()).rollout.state is RolloutState.COMPLETED
    assert set((await territory.editions()).values()) == {new.edition_id}


async def test_a_newer_edition_takes_over_what_an_older_rollout_left(territory: Territory, clock: ManualClock) -> None:
    old = await territory.agree()
    kits = [await territory.kit(f"Kit {number}", tablets=1) for number in range(4)]
    await territory.publish(**QUIETER)
    first = await territory.begin(waves(kits[0].kit_id))
    await territory.runner.run_once()
    newer = await territory.publish(android={"volume": 70})
    second = await territory.begin(EVERYBODY)
    assert (await territory.rollouts.show(first.rollout_id)).rollout.state is RolloutState.REPLACED
    await territory.runner.run_once()
    assert set((await territory.editions()).values()) == {newer.edition_id}
    await territory.rollouts.roll_back(second.rollout_id, words="No.", actor=ACTOR)
    await territory.runner.run_once()
    assert set((await territory.editions()).values()) == {old.edition_id}


async def test_only_the_newest_edition_is_rolled_out(territory: Territory) -> None:
    first = await territory.agree()
    await territory.kit("Kit 1")
    with pytest.raises(NothingToRollOut):
        await territory.rollouts.plan(EVERYBODY, actor=ACTOR)
    await territory.publish(**QUIETER)
    with pytest.raises(NotTheNewest):
        await territory.rollouts.plan(EVERYBODY, edition=str(first.number), actor=ACTOR)
    planned = await territory.rollouts.plan(EVERYBODY, actor=ACTOR)
    await territory.publish(android={"volume": 70})
    with pytest.raises(NotTheNewest):
        await territory.rollouts.start(planned.rollout_id, actor=ACTOR)


async def test_an_edition_that_was_edited_in_the_store_is_not_rolled_out(territory: Territory) -> None:
    old = await territory.agree()
    kit = await territory.kit("Kit 1")
    new = await territory.publish(**QUIETER)
    planned = await territory.rollouts.plan(EVERYBODY, actor=ACTOR)

    def edit(conn: Connection) -> None:
        conn.run("UPDATE edition SET body = replace(body, ':50', ':51') WHERE edition_id = :it", it=new.edition_id)

    await territory.database.write(edit)
    fresh = Territory(territory.database, territory.clock, territory.folder)
    with pytest.raises(EditionNotVerified):
        await fresh.rollouts.start(planned.rollout_id, actor=ACTOR)
    with pytest.raises(NothingToRollOut):
        await fresh.rollouts.plan(EVERYBODY, actor=ACTOR)
    assert (await territory.editions())[kit.name] == old.edition_id


async def test_an_edition_that_is_edited_under_way_pauses_the_rollout(territory: Territory, clock: ManualClock) -> None:
    await territory.agree()
    kits = [await territory.kit(f"Kit {number}", tablets=0) for number in range(3)]
    new = await territory.publish(**QUIETER)
    await territory.begin(Plan(waves=(Wave(window=NOW),), gates=GATES, kits_per_minute=1))
    await territory.runner.run_once()

    def edit(conn: Connection) -> None:
        conn.run("UPDATE edition SET signature = 'AAAA' WHERE edition_id = :it", it=new.edition_id)

    await territory.database.write(edit)
    fresh = Territory(territory.database, clock, territory.folder)
    clock.advance(HOUR)
    await fresh.runner.run_once()
    view = await fresh.rollouts.show()
    assert view.rollout.reason is not None
    assert (view.rollout.state, view.rollout.reason.code) == (RolloutState.PAUSED, "edition_not_verified")
    assert len(await fresh.told("rollout_kit_moved")) == 1
    assert len(kits) == 3


async def test_what_is_asked_in_the_wrong_order_is_refused_in_words(territory: Territory) -> None:
    await territory.agree()
    kit = await territory.kit("Kit 1")
    with pytest.raises(RolloutUnknown):
        await territory.rollouts.pause(words="x", actor=ACTOR)
    await territory.publish(**QUIETER)
    with pytest.raises(KitNotConcerned):
        await territory.rollouts.plan(waves("0" * 32), actor=ACTOR)
    started = await territory.begin(waves(kit.kit_id))
    with pytest.raises(ChangeRefused):
        await territory.rollouts.start(started.rollout_id, actor=ACTOR)
    with pytest.raises(ChangeRefused):
        await territory.rollouts.resume(words="x", actor=ACTOR)
    await territory.runner.run_once()
    await territory.rollouts.roll_back(words="x", actor=ACTOR)
    planned = await territory.rollouts.plan(EVERYBODY, actor=ACTOR)
    with pytest.raises(RolloutInTheWay):
        await territory.rollouts.start(planned.rollout_id, actor=ACTOR)


async def test_tablets_that_are_lost_or_broken_are_not_counted(territory: Territory, clock: ManualClock) -> None:
    await territory.agree()
    kit = await territory.kit("Kit 1", tablets=4)
    await territory.kit("Kit 2", platform=Platform.ANDROID)
    await territory.publish(**QUIETER)
    tablets = await territory.tablets_of(kit.kit_id)
    await territory.fleet.change_state(tablets[0], TabletEvent.LOSE, actor=ACTOR)
    await territory.begin(waves(kit.kit_id))
    await territory.runner.run_once()
    assert (await territory.rollouts.show()).waves[0].counts.moved == 3
    clock.advance(timedelta(minutes=1))
    await territory.obey(tablets[1:], refusing=tablets[1:2])
    await territory.fleet.change_state(tablets[1], TabletEvent.BREAK, actor=ACTOR)
    await territory.runner.run_once()
    view = await territory.rollouts.show()
    assert (view.waves[0].counts.moved, view.rollout.state) == (2, RolloutState.RUNNING)


async def test_what_was_seen_of_tablets_is_forgotten_half_a_year_after_the_end(
    any_territory: Territory, clock: ManualClock
) -> None:
    world = any_territory
    await world.agree()
    await world.kit("Kit 1", tablets=3)
    await world.publish(**QUIETER)
    ended = await world.begin(EVERYBODY)
    await world.runner.run_once()
    clock.advance(timedelta(minutes=5))
    await world.obey(await world.tablets_of(*[one.kit.kit_id for one in await world.fleet.kits()]))
    clock.advance(HOUR)
    await world.runner.run_once()
    assert (await world.rollouts.show()).rollout.state is RolloutState.COMPLETED
    clock.advance(timedelta(days=179))
    await world.runner.tidy()
    assert (await world.rollouts.show(ended.rollout_id)).waves[0].counts.converged == 3
    clock.advance(timedelta(days=2))
    await world.runner.tidy()
    view = await world.rollouts.show(ended.rollout_id)
    assert (view.waves[0].counts.converged, view.waves[0].moved) == (0, 1)


async def _complete(territory: Territory, clock: ManualClock) -> None:
    await territory.begin(EVERYBODY)
    for _ in range(2):
        await territory.runner.run_once()
        clock.advance(timedelta(minutes=5))
        kits = [one.kit.kit_id for one in await territory.fleet.kits()]
        await territory.obey(await territory.tablets_of(*kits))
        clock.advance(HOUR)
    await territory.runner.run_once()
    assert (await territory.rollouts.show()).rollout.state is RolloutState.COMPLETED


async def test_a_completed_rollout_goes_back_with_the_kits_that_were_made_since(
    territory: Territory, clock: ManualClock
) -> None:
    old = await territory.agree()
    await territory.kit("Kit 1", tablets=2)
    new = await territory.publish(**QUIETER)
    await _complete(territory, clock)
    await territory.kit("Kit made since")
    assert set((await territory.editions()).values()) == {new.edition_id}
    await territory.rollouts.roll_back(words="It was a mistake.", actor=ACTOR)
    await territory.runner.run_once()
    assert (await territory.rollouts.show()).rollout.state is RolloutState.ROLLED_BACK
    assert set((await territory.editions()).values()) == {old.edition_id}


async def test_a_completed_rollout_does_not_go_back_past_a_newer_edition(
    territory: Territory, clock: ManualClock
) -> None:
    await territory.agree()
    await territory.kit("Kit 1", tablets=2)
    await territory.publish(**QUIETER)
    await _complete(territory, clock)
    await territory.publish(android={"volume": 70})
    with pytest.raises(TooLateToRollBack):
        await territory.rollouts.roll_back(words="It was a mistake.", actor=ACTOR)
