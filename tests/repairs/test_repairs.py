"""A repair from its first look to its end, and what it does to the tablet and its kit."""

import asyncio
from datetime import date, timedelta

import pytest

from mdm.fleet.errors import PlatformMismatch
from mdm.fleet.states import TabletEvent, TabletState, TransitionRefused
from mdm.fleet.tablet import Platform
from mdm.journal import verify
from mdm.repairs.errors import (
    AmountRefused,
    AnotherUnderWay,
    FaultUnknown,
    LostIsNoRepair,
    NoPlaceToFill,
    NotASpare,
    SpareReserved,
    TabletGone,
    WordsMissing,
)
from mdm.repairs.fault import FaultKind
from mdm.repairs.fault_states import FaultEvent, FaultState, FaultStepRefused
from tests.repairs.world import TECHNICIAN, World


async def test_a_repair_is_told_step_by_step(any_world: World) -> None:
    fault = await any_world.report("A1", unusable=True)
    repairs, fault_id = any_world.repairs, fault.fault_id
    await repairs.take(fault_id, words="Cracked indeed", actor=TECHNICIAN)
    await repairs.send(
        fault_id, workshop="Atelier du Pont", reference="R 12", sent_on=date(2026, 9, 2), actor=TECHNICIAN
    )
    await repairs.claim(fault_id, reference="APL-9", actor=TECHNICIAN)
    await repairs.quote(fault_id, amount_cents=8_990, words="Not covered", actor=TECHNICIAN)
    any_world.clock.advance(timedelta(days=9))
    await repairs.repair(fault_id, actor=TECHNICIAN)
    await repairs.close(fault_id, actor=TECHNICIAN)
    view = await any_world.faults.show(fault_id)
    kept = view.line.fault
    assert (kept.workshop, kept.workshop_reference, kept.sent_on) == ("Atelier du Pont", "APL-9", date(2026, 9, 2))
    assert (kept.quote_cents, kept.state, kept.outcome) == (8_990, FaultState.CLOSED, FaultState.REPAIRED)
    assert kept.settled_at == kept.closed_at == any_world.clock.ms()
    assert [one.event.value for one in view.changes] == ["report", "take", "send", "claim", "quote", "repair", "close"]
    assert [one.words for one in view.changes][1:5] == ["Cracked indeed", "", "", "Not covered"]
    assert await any_world.state("A1") is TabletState.READY
    steps = [kind for kind in await any_world.told("A1") if kind.startswith("fault_")]
    assert steps == [f"fault_{one}" for one in ["reported", "take", "send", "claim", "quote", "repair", "close"]]
    assert (await any_world.database.read(verify)).intact


async def test_a_step_that_is_not_possible_changes_nothing(world: World) -> None:
    fault = await world.report("A1")
    for attempt in (
        world.repairs.close(fault.fault_id, actor=TECHNICIAN),
        world.repairs.claim(fault.fault_id, actor=TECHNICIAN),
        world.repairs.reopen(fault.fault_id, actor=TECHNICIAN),
    ):
        with pytest.raises(FaultStepRefused):
            await attempt
    view = await world.faults.show(fault.fault_id)
    assert view.line.fault == fault
    assert len(view.changes) == 1
    assert FaultEvent.TAKE in view.possible
    assert FaultEvent.CLOSE not in view.possible


async def test_a_replaced_tablet_leaves_its_place_to_a_spare(world: World) -> None:
    fault = await world.report("A1")
    spare = world.tablets["S1"]
    replaced = await world.repairs.replace(fault.fault_id, spare, actor=TECHNICIAN)
    assert (replaced.state, replaced.replaced_by) == (FaultState.REPLACED, spare)
    assert (await world.places())[1] == "S1"
    assert (await world.fleet.tablet("S1")).tablet.name == "Cassiopée 01"
    assert await world.state("A1") is TabletState.BROKEN
    assert (await world.fleet.tablet("A1")).place is None
    assert "A1" not in [one.serial for one in (await world.spares.list()).spares]


async def test_a_replaced_tablet_that_is_repaired_is_a_spare(world: World) -> None:
    fault = await world.report("A1", unusable=True)
    await world.repairs.replace(fault.fault_id, world.tablets["S1"], actor=TECHNICIAN)
    await world.repairs.send(fault.fault_id, workshop="Atelier", actor=TECHNICIAN)
    repaired = await world.repairs.repair(fault.fault_id, wiped=True, actor=TECHNICIAN)
    assert repaired.replaced_by == world.tablets["S1"]
    assert await world.state("A1") is TabletState.NEW
    assert {one.serial for one in (await world.spares.list()).spares} == {"A1", "S2"}


async def test_a_swap_that_is_refused_leaves_everything_as_it_was(world: World) -> None:
    fault = await world.report("A1")
    pixel = await world.register("PIXEL", Platform.ANDROID)
    await world.fleet.change_state(world.tablets["S2"], TabletEvent.BREAK, actor="test")
    with pytest.raises(PlatformMismatch):
        await world.repairs.replace(fault.fault_id, pixel, actor=TECHNICIAN)
    for wrong in ("A2", "S2", "A1"):
        with pytest.raises(NotASpare, match=wrong):
            await world.repairs.replace(fault.fault_id, world.tablets[wrong], actor=TECHNICIAN)
    assert await world.places() == {n: f"A{n}" for n in range(1, 5)}
    assert await world.state("A1") is TabletState.READY
    assert (await world.faults.show(fault.fault_id)).line.fault == fault
    assert [kind for kind in await world.told("A1") if kind in ("tablet_replaced", "fault_replace")] == []


async def test_of_two_repairs_that_want_one_spare_one_gets_it(any_world: World) -> None:
    faults = [await any_world.report(serial) for serial in ("A1", "A2", "A3")]
    spare = any_world.tablets["S1"]
    done = await asyncio.gather(
        *[any_world.repairs.replace(one.fault_id, spare, actor=TECHNICIAN) for one in faults], return_exceptions=True
    )
    assert sum(isinstance(one, NotASpare) for one in done) == 2
    places = await any_world.places()
    assert sorted(places.values()).count("S1") == 1
    assert len(places) == 4


async def test_a_tablet_without_a_place_is_not_replaced(world: World) -> None:
    fault = await world.report("S1")
    with pytest.raises(NoPlaceToFill):
        await world.repairs.replace(fault.fault_id, world.tablets["S2"], actor=TECHNICIAN)


async def test_a_spare_that_is_put_aside_goes_to_its_own_repair(world: World) -> None:
    first, second = await world.report("A1"), await world.report("A2")
    spare = world.tablets["S1"]
    await world.spares.reserve(spare, first.fault_id, actor=TECHNICIAN)
    assert (await world.faults.show(first.fault_id)).reserved_spare == spare
    with pytest.raises(SpareReserved):
        await world.repairs.replace(second.fault_id, spare, actor=TECHNICIAN)
    await world.repairs.replace(first.fault_id, spare, actor=TECHNICIAN)
    assert (await world.faults.show(first.fault_id)).reserved_spare is None


async def test_a_written_off_tablet_leaves_the_fleet_and_its_other_faults_end(any_world: World) -> None:
    fault, other = await any_world.report("A1", unusable=True), await any_world.report("A1", FaultKind.BATTERY)
    await any_world.repairs.write_off(fault.fault_id, words="Too dear", actor=TECHNICIAN)
    assert await any_world.state("A1") is TabletState.RETIRED
    assert 1 not in await any_world.places()
    for one in (fault, other):
        assert (await any_world.faults.show(one.fault_id)).line.fault.outcome is FaultState.WRITTEN_OFF
        await any_world.repairs.close(one.fault_id, actor=TECHNICIAN)
        with pytest.raises(TabletGone):
            await any_world.repairs.reopen(one.fault_id, actor=TECHNICIAN)


async def test_a_tablet_that_a_family_has_is_not_written_off(world: World) -> None:
    await world.fleet.change_state(world.tablets["A1"], TabletEvent.LEND, actor="test")
    fault = await world.report("A1")
    with pytest.raises(TransitionRefused):
        await world.repairs.write_off(fault.fault_id, actor=TECHNICIAN)
    assert (await world.faults.show(fault.fault_id)).line.fault.state is FaultState.OPEN
    assert await world.state("A1") is TabletState.LOANED


async def test_a_tablet_comes_back_once_none_of_its_faults_makes_it_unusable(world: World) -> None:
    screen = await world.report("A1", unusable=True)
    battery = await world.report("A1", FaultKind.BATTERY, unusable=True)
    await world.repairs.repair(screen.fault_id, actor=TECHNICIAN)
    assert await world.state("A1") is TabletState.BROKEN
    await world.repairs.dismiss(battery.fault_id, actor=TECHNICIAN)
    assert await world.state("A1") is TabletState.READY


async def test_a_fault_that_does_not_matter_brings_no_broken_tablet_back(world: World) -> None:
    await world.report("A1", unusable=True)
    accessory = await world.report("A1", FaultKind.ACCESSORY)
    await world.repairs.repair(accessory.fault_id, actor=TECHNICIAN)
    assert await world.state("A1") is TabletState.BROKEN


async def test_a_lost_tablet_is_found_broken_replaced_or_given_up_and_never_repaired(world: World) -> None:
    lost = await world.report("A1", FaultKind.LOST)
    await world.repairs.take(lost.fault_id, actor=TECHNICIAN)
    with pytest.raises(LostIsNoRepair):
        await world.repairs.send(lost.fault_id, workshop="Atelier", actor=TECHNICIAN)
    await world.repairs.replace(lost.fault_id, world.tablets["S1"], actor=TECHNICIAN)
    assert await world.state("A1") is TabletState.LOST
    await world.repairs.repair(lost.fault_id, words="In the gym", actor=TECHNICIAN)
    assert await world.state("A1") is TabletState.READY
    assert {one.serial for one in (await world.spares.list()).spares} == {"A1", "S2"}


async def test_a_tablet_found_with_a_broken_screen_is_broken(world: World) -> None:
    screen = await world.report("A1", unusable=True)
    lost = await world.report("A1", FaultKind.LOST)
    assert await world.state("A1") is TabletState.LOST
    await world.repairs.repair(lost.fault_id, actor=TECHNICIAN)
    assert await world.state("A1") is TabletState.BROKEN
    await world.repairs.repair(screen.fault_id, actor=TECHNICIAN)
    assert await world.state("A1") is TabletState.READY


async def test_a_technician_may_say_later_that_it_cannot_be_used(world: World) -> None:
    fault = await world.report("A1")
    assert (await world.repairs.mark_unusable(fault.fault_id, actor=TECHNICIAN)).unusable
    assert await world.state("A1") is TabletState.BROKEN
    await world.repairs.mark_unusable(fault.fault_id, actor=TECHNICIAN)
    await world.repairs.repair(fault.fault_id, actor=TECHNICIAN)
    with pytest.raises(FaultStepRefused):
        await world.repairs.mark_unusable(fault.fault_id, actor=TECHNICIAN)


async def test_a_closed_fault_is_reopened_unless_it_was_reported_anew(world: World) -> None:
    fault = await world.report("A1")
    await world.repairs.repair(fault.fault_id, actor=TECHNICIAN)
    await world.repairs.close(fault.fault_id, actor=TECHNICIAN)
    opened = await world.repairs.reopen(fault.fault_id, unusable=True, actor=TECHNICIAN)
    assert (opened.state, opened.closed_at, opened.outcome) == (FaultState.OPEN, None, None)
    assert await world.state("A1") is TabletState.BROKEN
    await world.repairs.repair(fault.fault_id, actor=TECHNICIAN)
    await world.repairs.close(fault.fault_id, actor=TECHNICIAN)
    newer = await world.report("A1")
    with pytest.raises(AnotherUnderWay):
        await world.repairs.reopen(fault.fault_id, actor=TECHNICIAN)
    assert (await world.faults.show(newer.fault_id)).line.fault.state is FaultState.OPEN


async def test_a_warranty_is_shown_with_whether_it_held(world: World) -> None:
    fault = await world.report("A1")
    unknown = await world.faults.show(fault.fault_id)
    assert (unknown.warranty_until, unknown.warranty_held) == (None, None)
    for day, held in ((date(2026, 9, 1), True), (date(2026, 8, 31), False)):
        world.warranties.days[world.tablets["A1"]] = day
        view = await world.faults.show(fault.fault_id)
        assert (view.warranty_until, view.warranty_held) == (day, held)


async def test_what_a_step_needs_is_asked_for_in_words(world: World) -> None:
    fault = await world.report("A1")
    await world.repairs.take(fault.fault_id, actor=TECHNICIAN)
    with pytest.raises(WordsMissing):
        await world.repairs.send(fault.fault_id, workshop="  ", actor=TECHNICIAN)
    for cents in (0, -1, 10_000_001):
        with pytest.raises(AmountRefused):
            await world.repairs.quote(fault.fault_id, amount_cents=cents, actor=TECHNICIAN)
    with pytest.raises(FaultUnknown):
        await world.repairs.take("nothing", actor=TECHNICIAN)
