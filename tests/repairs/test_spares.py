"""The pool: which tablets are in it, where they lie, how they leave it and come back."""

import pytest

from mdm.fleet.errors import SlotEmpty, SlotTaken
from mdm.fleet.states import TabletEvent
from mdm.fleet.tablet import Platform
from mdm.repairs.errors import FaultSettled, NotASpare, PlaceTextTooLong, SpareOfOtherKind, SpareReserved
from tests.repairs.world import TECHNICIAN, World


async def serials(world: World, **asked: object) -> list[str | None]:
    return [one.serial for one in (await world.spares.list(**asked)).spares]  # type: ignore[arg-type]


async def test_the_pool_is_what_is_in_no_kit_and_can_be_used(any_world: World) -> None:
    await any_world.register("PIXEL", Platform.ANDROID)
    assert await serials(any_world) == ["PIXEL", "S1", "S2"]
    assert await serials(any_world, platform=Platform.ANDROID) == ["PIXEL"]
    assert await serials(any_world, model="iPad13,18") == ["PIXEL", "S1", "S2"]
    assert await serials(any_world, model="iPad1,1") == []
    for event in (TabletEvent.BREAK, TabletEvent.RETIRE):
        await any_world.fleet.change_state(any_world.tablets["S1"], event, actor="test")
        assert await serials(any_world) == ["PIXEL", "S2"]
    counts = await any_world.spares.counts()
    assert [(one.platform, one.model, one.spares, one.reserved) for one in counts] == [
        (Platform.ANDROID, "iPad13,18", 1, 0),
        (Platform.IPAD, "iPad13,18", 1, 0),
    ]


async def test_the_pool_is_read_page_by_page(world: World) -> None:
    for number in range(7):
        await world.register(f"T{number}")
    found: list[str | None] = []
    after = ""
    for _ in range(10):
        page = await world.spares.list(after=after, limit=4)
        found += [one.serial for one in page.spares]
        after = page.next
        if not after:
            break
    assert found == ["S1", "S2", *(f"T{number}" for number in range(7))]


async def test_a_spare_has_a_place_that_a_person_names(world: World) -> None:
    await world.spares.place(world.tablets["S1"], " Armoire  du service ", actor=TECHNICIAN)
    first, second = (await world.spares.list()).spares
    assert (first.place, first.placed_at) == ("Armoire du service", world.clock.ms())
    assert (second.place, second.placed_at) == ("", None)
    await world.spares.place(world.tablets["S1"], "Étagère 2", actor=TECHNICIAN)
    assert (await world.spares.list()).spares[0].place == "Étagère 2"
    with pytest.raises(PlaceTextTooLong):
        await world.spares.place(world.tablets["S1"], "x" * 121, actor=TECHNICIAN)
    with pytest.raises(NotASpare):
        await world.spares.place(world.tablets["A1"], "Étagère 2", actor=TECHNICIAN)


async def test_a_spare_fills_an_empty_place_and_no_other(world: World) -> None:
    kit_id, spare = world.kit.kit_id, world.tablets["S1"]
    await world.spares.place(spare, "Armoire", actor=TECHNICIAN)
    with pytest.raises(SlotTaken, match="A1"):
        await world.spares.take(spare, kit_id=kit_id, slot_number=1, actor=TECHNICIAN)
    await world.spares.take(spare, kit_id=kit_id, slot_number=5, actor=TECHNICIAN)
    assert (await world.places())[5] == "S1"
    assert await serials(world) == ["S2"]
    with pytest.raises(NotASpare):
        await world.spares.take(spare, kit_id=kit_id, slot_number=5, actor=TECHNICIAN)


async def test_a_tablet_goes_back_to_the_pool_and_to_its_new_place(any_world: World) -> None:
    kit_id = any_world.kit.kit_id
    back = await any_world.spares.give_back(kit_id, 2, place="Armoire", actor=TECHNICIAN)
    assert back == any_world.tablets["A2"]
    assert ("A2", "Armoire") in [(one.serial, one.place) for one in (await any_world.spares.list()).spares]
    await any_world.spares.take(back, kit_id=kit_id, slot_number=2, actor=TECHNICIAN)
    await any_world.spares.give_back(kit_id, 2, actor=TECHNICIAN)
    assert ("A2", "") in [(one.serial, one.place) for one in (await any_world.spares.list()).spares]
    with pytest.raises(SlotEmpty):
        await any_world.spares.give_back(kit_id, 2, actor=TECHNICIAN)
    kinds = await any_world.told("A2")
    assert (kinds.count("spare_returned"), kinds.count("spare_taken")) == (2, 1)


async def test_one_spare_is_put_aside_for_one_repair(any_world: World) -> None:
    first, second = await any_world.report("A1"), await any_world.report("A2")
    one, two = any_world.tablets["S1"], any_world.tablets["S2"]
    await any_world.spares.reserve(one, first.fault_id, actor=TECHNICIAN)
    await any_world.spares.reserve(one, first.fault_id, actor=TECHNICIAN)
    with pytest.raises(SpareReserved, match="S1"):
        await any_world.spares.reserve(one, second.fault_id, actor=TECHNICIAN)
    with pytest.raises(SpareReserved):
        await any_world.spares.take(one, kit_id=any_world.kit.kit_id, slot_number=5, actor=TECHNICIAN)
    assert sum(count.reserved for count in await any_world.spares.counts()) == 1
    # Another spare for the same repair lets the first one go.
    await any_world.spares.reserve(two, first.fault_id, actor=TECHNICIAN)
    await any_world.spares.reserve(one, second.fault_id, actor=TECHNICIAN)
    assert await any_world.spares.release(first.fault_id, actor=TECHNICIAN) == two
    assert await any_world.spares.release(first.fault_id, actor=TECHNICIAN) is None


async def test_a_repair_that_ends_without_its_spare_lets_it_go(world: World) -> None:
    fault = await world.report("A1")
    await world.spares.reserve(world.tablets["S1"], fault.fault_id, actor=TECHNICIAN)
    await world.repairs.repair(fault.fault_id, actor=TECHNICIAN)
    assert (await world.spares.list()).spares[0].reserved_for is None
    with pytest.raises(FaultSettled):
        await world.spares.reserve(world.tablets["S1"], fault.fault_id, actor=TECHNICIAN)


async def test_an_android_tablet_is_not_put_aside_for_an_ipad(world: World) -> None:
    fault = await world.report("A1")
    pixel = await world.register("PIXEL", Platform.ANDROID)
    with pytest.raises(SpareOfOtherKind):
        await world.spares.reserve(pixel, fault.fault_id, actor=TECHNICIAN)
