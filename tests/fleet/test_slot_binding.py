"""Which tablet takes which place."""

import asyncio

import pytest

from mdm.fleet.errors import (
    IdentityContradiction,
    KitUnknown,
    PlatformMismatch,
    SerialInvalid,
    SlotEmpty,
    SlotTaken,
    SlotUnknown,
)
from mdm.fleet.fleet import Fleet
from mdm.fleet.kit import Kit, SlotStage
from mdm.fleet.slot_binding import Identity
from mdm.fleet.states import TabletEvent, TabletState, TransitionRefused
from mdm.fleet.tablet import Platform
from mdm.journal import entries
from mdm.store import Connection, Database

ACTOR = "account:test"


class World:
    """A kit, and tablets that check in at its places."""

    def __init__(self, fleet: Fleet, database: Database, kit: Kit) -> None:
        self.fleet = fleet
        self.database = database
        self.kit = kit

    async def join(
        self,
        slot: int,
        serial: str | None,
        *,
        udid: str | None = None,
        platform: Platform = Platform.IPAD,
        enrol: bool = True,
    ) -> str:
        def check_in(conn: Connection) -> str:
            identity = Identity(platform=platform, serial=serial, udid=udid, model="iPad13,18")
            joined = self.fleet.bind(conn, identity, kit_id=self.kit.kit_id, slot_number=slot, actor="ticket:1")
            if udid is not None:
                conn.run(
                    "INSERT INTO apple_enrollment (udid, tablet_id, identity_digest, topic, state, enrolled_at)"
                    " VALUES (:udid, :tablet_id, '', '', 'authenticated', 0) ON CONFLICT (udid) DO NOTHING",
                    udid=udid,
                    tablet_id=joined,
                )
            if enrol:
                self.fleet.apply(conn, joined, TabletEvent.ENROL, actor=f"tablet:{joined}")
            return joined

        return await self.database.write(check_in)

    async def happen(self, tablet_id: str, *events: str) -> None:
        for event in events:
            await self.fleet.change_state(tablet_id, TabletEvent(event), actor=ACTOR)

    async def holders(self) -> dict[int, str]:
        view = await self.fleet.kit(self.kit.kit_id)
        return {slot.number: slot.tablet_id for slot in view.slots if slot.tablet_id}

    async def state(self, tablet_id: str) -> TabletState:
        return (await self.fleet.tablet(tablet_id)).tablet.state

    async def journal(self, tablet_id: str) -> list[str]:
        found = await self.database.read(lambda conn: entries(conn, subject=f"tablet:{tablet_id}"))
        return [entry.kind for entry in found]


@pytest.fixture
def world(fleet: Fleet, database: Database, kit: Kit) -> World:
    return World(fleet, database, kit)


async def test_an_unknown_tablet_takes_the_place_and_its_name(world: World) -> None:
    joined = await world.join(7, " F9FXK1 ", enrol=False)
    view = await world.fleet.tablet(joined)
    assert (view.tablet.name, view.tablet.serial, view.tablet.model) == ("Cassiopée 07", "F9FXK1", "iPad13,18")
    assert view.tablet.state is TabletState.NEW
    assert view.place is not None
    assert (view.place.kit_name, view.place.slot_number, view.place.uai) == ("Cassiopée", 7, "0400377T")
    assert await world.journal(joined) == ["tablet_bound"]


async def test_a_wiped_tablet_gets_its_place_back(world: World) -> None:
    joined = await world.join(7, "F9FXK1")
    await world.happen(joined, "converge")
    assert await world.join(7, "F9FXK1", enrol=False) == joined
    assert await world.holders() == {7: joined}
    assert await world.state(joined) is TabletState.NEW
    assert await world.join(7, "F9FXK1") == joined
    assert await world.state(joined) is TabletState.ENROLLED
    assert (await world.journal(joined)).count("tablet_bound") == 1


async def test_checking_in_twice_is_checking_in_once(world: World) -> None:
    assert await world.join(7, "F9FXK1", enrol=False) == await world.join(7, "F9FXK1", enrol=False)
    assert await world.fleet.count_tablets() == dict.fromkeys(TabletState, 0) | {TabletState.NEW: 1}


async def test_a_known_tablet_that_scans_another_place_moves_there(world: World) -> None:
    joined = await world.join(7, "F9FXK1")
    assert await world.join(3, "F9FXK1") == joined
    assert await world.holders() == {3: joined}
    assert (await world.fleet.tablet(joined)).tablet.name == "Cassiopée 03"
    assert (await world.journal(joined)).count("tablet_moved") == 1


async def test_a_tablet_moves_between_kits(world: World) -> None:
    joined = await world.join(7, "F9FXK1")
    orion = await world.fleet.create_kit(world.kit.uai, "Orion", platform=Platform.IPAD, slots=2, actor=ACTOR)
    other = World(world.fleet, world.database, orion)
    assert await other.join(2, "F9FXK1") == joined
    assert (await world.holders(), await other.holders()) == ({}, {2: joined})


async def test_a_place_that_another_tablet_holds_is_not_taken(world: World) -> None:
    first, second = await world.join(1, "FIRST"), await world.join(2, "SECOND")
    for serial in ("SECOND", "THIRD"):
        with pytest.raises(SlotTaken, match="FIRST"):
            await world.join(1, serial)
    assert await world.holders() == {1: first, 2: second}
    assert (await world.fleet.count_tablets())[TabletState.ENROLLED] == 2


@pytest.mark.parametrize("event", ["lose", "unenrol"])
async def test_a_lost_or_unmanaged_tablet_keeps_its_place(world: World, event: str) -> None:
    first = await world.join(1, "FIRST")
    await world.happen(first, event)
    with pytest.raises(SlotTaken):
        await world.join(1, "SECOND")


async def test_a_broken_tablet_gives_way_to_its_replacement(world: World) -> None:
    broken = await world.join(1, "FIRST")
    await world.happen(broken, "break")
    replacement = await world.join(1, "SECOND")
    assert await world.holders() == {1: replacement}
    view = await world.fleet.tablet(broken)
    assert (view.place, view.tablet.name, view.tablet.state) == (None, "FIRST", TabletState.BROKEN)
    assert "tablet_replaced" in await world.journal(broken)


async def test_a_repaired_tablet_whose_place_is_taken_asks_a_person(world: World) -> None:
    broken = await world.join(1, "FIRST")
    await world.happen(broken, "break")
    await world.join(1, "SECOND")
    with pytest.raises(SlotTaken):
        await world.join(1, "FIRST")
    assert await world.join(2, "FIRST") == broken
    assert await world.state(broken) is TabletState.ENROLLED


async def test_a_retired_tablet_leaves_its_place_and_never_comes_back(world: World) -> None:
    retired = await world.join(1, "FIRST")
    await world.happen(retired, "retire")
    assert await world.holders() == {}
    with pytest.raises(TransitionRefused):
        await world.join(1, "FIRST")
    second = await world.join(1, "SECOND")
    assert await world.holders() == {1: second}


@pytest.mark.parametrize(
    ("event", "while_joining", "after"), [("lose", "lost", "enrolled"), ("break", "broken", "enrolled")]
)
async def test_a_tablet_that_enrols_again_is_found_or_repaired(
    world: World, event: str, while_joining: str, after: str
) -> None:
    joined = await world.join(1, "FIRST")
    await world.happen(joined, event)
    await world.join(1, "FIRST", enrol=False)
    assert await world.state(joined) == while_joining
    await world.join(1, "FIRST")
    assert await world.state(joined) == after


async def test_a_loaned_tablet_stays_loaned_when_it_enrols_again(world: World) -> None:
    joined = await world.join(1, "FIRST")
    await world.happen(joined, "converge", "lend")
    await world.join(1, "FIRST")
    assert await world.state(joined) is TabletState.LOANED
    assert (await world.fleet.kit(world.kit.kit_id)).slots[0].stage is SlotStage.LOANED


async def test_a_tablet_without_a_serial_is_known_by_its_udid(world: World) -> None:
    joined = await world.join(1, None, udid="UDID-1")
    assert await world.join(2, "", udid="UDID-1") == joined
    assert await world.join(2, "FIRST", udid="UDID-1") == joined
    assert await world.holders() == {2: joined}
    assert (await world.fleet.tablet(joined)).tablet.serial == "FIRST"


async def test_two_tablets_without_serials_are_two(world: World) -> None:
    assert await world.join(1, None, udid="UDID-1") != await world.join(2, None, udid="UDID-2")


async def test_who_claims_to_be_two_tablets_is_refused(world: World) -> None:
    await world.join(1, "FIRST", udid="UDID-1")
    await world.join(2, "SECOND", udid="UDID-2")
    for serial in ("SECOND", "THIRD"):
        with pytest.raises(IdentityContradiction):
            await world.join(3, serial, udid="UDID-1")


async def test_what_cannot_take_a_place_is_refused(world: World) -> None:
    with pytest.raises(SlotUnknown):
        await world.join(13, "FIRST")
    with pytest.raises(PlatformMismatch):
        await world.join(1, "FIRST", platform=Platform.ANDROID)
    for serial in ("F\u0000", "É123", "x" * 65):
        with pytest.raises(SerialInvalid):
            await world.join(1, serial)
    with pytest.raises(KitUnknown):
        await World(
            world.fleet,
            world.database,
            Kit(kit_id="none", uai="", name="", platform=Platform.IPAD, edition_id=None, created_at=0),
        ).join(1, "FIRST")
    assert sum((await world.fleet.count_tablets()).values()) == 0


async def test_a_tablet_of_another_kind_with_a_known_serial_is_refused(world: World) -> None:
    await world.join(1, "FIRST")
    pixels = await world.fleet.create_kit(world.kit.uai, "Orion", platform=Platform.ANDROID, slots=2, actor=ACTOR)
    with pytest.raises(PlatformMismatch):
        await World(world.fleet, world.database, pixels).join(1, "FIRST", platform=Platform.ANDROID)


async def test_a_person_frees_a_place(world: World) -> None:
    first = await world.join(1, "FIRST")
    assert await world.fleet.free_slot(world.kit.kit_id, 1, actor=ACTOR) == first
    assert (await world.journal(first))[-1] == "slot_freed"
    with pytest.raises(SlotEmpty):
        await world.fleet.free_slot(world.kit.kit_id, 1, actor=ACTOR)
    assert await world.join(1, "SECOND") in (await world.holders()).values()


async def test_a_person_puts_a_spare_in_a_lost_tablets_place(world: World) -> None:
    lost = await world.join(1, "FIRST")
    await world.happen(lost, "lose")
    spare = await world.fleet.register_tablet(Identity(platform=Platform.IPAD, serial="SPARE"), actor=ACTOR)
    assert spare == await world.fleet.register_tablet(Identity(platform=Platform.IPAD, serial="SPARE"), actor=ACTOR)
    await world.fleet.assign_tablet(spare.tablet_id, kit_id=world.kit.kit_id, slot_number=1, actor=ACTOR)
    assert await world.holders() == {1: spare.tablet_id}
    assert (await world.fleet.tablet("SPARE")).tablet.name == "Cassiopée 01"
    assert (await world.fleet.tablet("FIRST")).place is None
    assert await world.join(1, "SPARE") == spare.tablet_id
    assert await world.journal(spare.tablet_id) == ["tablet_registered", "tablet_bound", "tablet_state"]


async def test_a_retired_or_foreign_tablet_is_put_nowhere(world: World) -> None:
    retired = await world.join(1, "FIRST")
    await world.happen(retired, "retire")
    pixel = await world.fleet.register_tablet(Identity(platform=Platform.ANDROID, serial="PIXEL"), actor=ACTOR)
    with pytest.raises(TransitionRefused):
        await world.fleet.assign_tablet(retired, kit_id=world.kit.kit_id, slot_number=1, actor=ACTOR)
    with pytest.raises(PlatformMismatch):
        await world.fleet.assign_tablet(pixel.tablet_id, kit_id=world.kit.kit_id, slot_number=1, actor=ACTOR)


async def test_of_two_tablets_that_want_a_place_at_once_one_gets_it(world: World) -> None:

    results = await asyncio.gather(*(world.join(1, f"SERIAL{n}") for n in range(8)), return_exceptions=True)
    winners = [result for result in results if isinstance(result, str)]
    assert len(winners) == 1
    assert all(isinstance(result, SlotTaken) for result in results if result not in winners)
    assert await world.holders() == {1: winners[0]}
