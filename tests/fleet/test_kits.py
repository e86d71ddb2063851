"""Kits, their slots, and the live page's view of them."""

import asyncio
from datetime import timedelta

import pytest

from mdm.clock import ManualClock
from mdm.fleet.errors import KitAmbiguous, KitExists, KitUnknown, SchoolUnknown, SlotCountInvalid, SlotUnknown
from mdm.fleet.fleet import Fleet
from mdm.fleet.kit import JOINING_MS, Kit, SlotStage, slot_stage
from mdm.fleet.kit_store import list_slots, mark_joining
from mdm.fleet.report_store import ReportedFacts, save_facts
from mdm.fleet.slot_binding import Identity
from mdm.fleet.states import TabletEvent, TabletState
from mdm.fleet.tablet import Platform
from mdm.fleet.territory import School
from mdm.journal import latest_entries
from mdm.store import Connection, Database

ACTOR = "account:test"


async def test_a_kit_has_as_many_named_places_as_asked(fleet: Fleet, kit: Kit, database: Database) -> None:
    slots = await database.read(lambda conn: list_slots(conn, kit.kit_id))
    assert [slot.number for slot in slots] == list(range(1, 13))
    assert [slot.name for slot in slots][6] == "Cassiopée 07"
    view = await fleet.kit(kit.kit_id)
    assert {slot.stage for slot in view.slots} == {SlotStage.WAITING}
    assert (view.kit, view.school.name, view.is_ready) == (kit, "École du Bourg", False)


@pytest.mark.parametrize("slots", [1, 60])
async def test_one_to_sixty_places_are_possible(fleet: Fleet, school: School, slots: int) -> None:
    await fleet.create_kit(school.uai, "Orion", platform=Platform.ANDROID, slots=slots, actor=ACTOR)
    assert len((await fleet.kit("Orion")).slots) == slots


@pytest.mark.parametrize("slots", [-1, 0, 61])
async def test_other_numbers_of_places_are_refused(fleet: Fleet, school: School, slots: int) -> None:
    with pytest.raises(SlotCountInvalid):
        await fleet.create_kit(school.uai, "Orion", platform=Platform.IPAD, slots=slots, actor=ACTOR)


async def test_a_name_is_taken_once_in_a_school(fleet: Fleet, kit: Kit) -> None:
    with pytest.raises(KitExists):
        await fleet.create_kit(kit.uai, " Cassiope\u0301e", platform=Platform.IPAD, slots=8, actor=ACTOR)
    with pytest.raises(SchoolUnknown):
        await fleet.create_kit("0750654D", "Cassiopée", platform=Platform.IPAD, slots=8, actor=ACTOR)


async def test_a_kit_is_found_by_what_a_person_would_write(fleet: Fleet, kit: Kit) -> None:
    await fleet.create_school("0400543Y", "École du Port", insee="40192", actor=ACTOR)
    for reference in (kit.kit_id, "Cassiopée", "0400377T/Cassiopée", "0400377t/Cassiopée"):
        assert (await fleet.kit(reference)).kit == kit
    other = await fleet.create_kit("0400543Y", "Cassiopée", platform=Platform.IPAD, slots=1, actor=ACTOR)
    with pytest.raises(KitAmbiguous, match="2 schools"):
        await fleet.kit("Cassiopée")
    assert (await fleet.kit("0400543Y/Cassiopée")).kit == other
    with pytest.raises(KitUnknown):
        await fleet.kit("Orion")


async def test_the_list_counts_places_tablets_and_ready_ones(fleet: Fleet, kit: Kit, database: Database) -> None:
    await fleet.create_kit(kit.uai, "Orion", platform=Platform.ANDROID, slots=3, actor=ACTOR)

    def join(conn: Connection) -> None:
        for number in (1, 2):
            joined = fleet.bind(
                conn,
                Identity(platform=Platform.IPAD, serial=f"SERIAL{number}"),
                kit_id=kit.kit_id,
                slot_number=number,
                actor="ticket:1",
            )
            fleet.apply(conn, joined, TabletEvent.ENROL, actor=f"tablet:{joined}")
            if number == 2:
                fleet.tablet_converged(conn, joined)

    await database.write(join)
    found = [(one.kit.name, one.slots, one.filled, one.ready) for one in await fleet.kits(uai=kit.uai)]
    assert found == [("Cassiopée", 12, 2, 1), ("Orion", 3, 0, 0)]
    assert await fleet.kits() == await fleet.kits(uai=kit.uai)
    assert await fleet.kits(uai="0750654D") == []


async def test_a_place_turns_from_waiting_to_ready_as_it_happens(
    fleet: Fleet, kit: Kit, database: Database, clock: ManualClock
) -> None:
    async def stage() -> SlotStage:
        return (await fleet.kit(kit.kit_id)).slots[4].stage

    await database.write(lambda conn: mark_joining(conn, kit.kit_id, 5, clock.ms()))
    assert await stage() is SlotStage.JOINING
    tablet_id = await database.write(
        lambda conn: fleet.bind(
            conn,
            Identity(platform=Platform.IPAD, serial="F9FXK1", model="iPad13,18"),
            kit_id=kit.kit_id,
            slot_number=5,
            actor="ticket:1",
        )
    )
    assert await stage() is SlotStage.JOINING
    await database.write(lambda conn: fleet.apply(conn, tablet_id, TabletEvent.ENROL, actor="system"))
    assert await stage() is SlotStage.ENROLLED
    facts = ReportedFacts(os_version="17.5", battery=81, capacity=64_000_000_000, free_space=40_000_000_000)
    await database.write(lambda conn: save_facts(conn, [(tablet_id, facts)], now=clock.ms()))
    await database.write(lambda conn: fleet.tablet_converged(conn, tablet_id))
    slot = (await fleet.kit(kit.kit_id)).slots[4]
    assert (slot.stage, slot.name, slot.tablet_id, slot.serial) == (
        SlotStage.READY,
        "Cassiopée 05",
        tablet_id,
        "F9FXK1",
    )
    assert (slot.model, slot.os_version, slot.battery) == ("iPad13,18", "17.5", 81)
    assert (slot.capacity, slot.free_space, slot.seen_at) == (64_000_000_000, 40_000_000_000, clock.ms())


async def test_a_tablet_that_never_arrives_stops_joining(
    fleet: Fleet, kit: Kit, database: Database, clock: ManualClock
) -> None:
    await database.write(lambda conn: mark_joining(conn, kit.kit_id, 1, clock.ms()))
    clock.advance(timedelta(minutes=15))
    assert (await fleet.kit(kit.kit_id)).slots[0].stage is SlotStage.WAITING
    with pytest.raises(SlotUnknown):
        await database.write(lambda conn: mark_joining(conn, kit.kit_id, 13, clock.ms()))


@pytest.mark.parametrize(
    ("state", "joining_since", "stage"),
    [
        (None, None, SlotStage.WAITING),
        (None, 0, SlotStage.JOINING),
        (TabletState.NEW, None, SlotStage.WAITING),
        (TabletState.NEW, 0, SlotStage.JOINING),
        (TabletState.BROKEN, 0, SlotStage.JOINING),
        (TabletState.BROKEN, None, SlotStage.BROKEN),
        (TabletState.LOST, 0, SlotStage.LOST),
        (TabletState.LOANED, 0, SlotStage.LOANED),
        (TabletState.READY, None, SlotStage.READY),
    ],
)
def test_a_place_shows_what_matters_most(
    state: TabletState | None, joining_since: int | None, stage: SlotStage
) -> None:
    assert slot_stage(state, joining_since, JOINING_MS - 1) is stage


async def test_errors_are_counted_since_the_tablet_is_what_it_is(
    fleet: Fleet, kit: Kit, database: Database, clock: ManualClock
) -> None:
    def join_and_fail(conn: Connection) -> str:
        identity = Identity(platform=Platform.IPAD, serial="F9FXK1")
        joined = fleet.bind(conn, identity, kit_id=kit.kit_id, slot_number=1, actor="ticket:1")
        fleet.apply(conn, joined, TabletEvent.ENROL, actor="system")
        for number, (state, answered) in enumerate([("error", -1), ("error", 1), ("error", 2), ("acknowledged", 3)]):
            conn.run(
                "INSERT INTO command (command_id, request_type, body, created_at, created_by)"
                " VALUES (:it, 'DeviceLock', :body, 0, 'system')",
                it=f"c{number}",
                body=b"",
            )
            conn.run(
                "INSERT INTO delivery (tablet_id, position, command_id, state, answered_at)"
                " VALUES (:tablet, :position, :it, :state, :at)",
                tablet=joined,
                position=number,
                it=f"c{number}",
                state=state,
                at=clock.ms() + answered,
            )
        return joined

    tablet_id = await database.write(join_and_fail)
    assert (await fleet.kit(kit.kit_id)).slots[0].errors == 2
    assert (await fleet.tablet("F9FXK1")).errors == 2
    clock.advance(timedelta(minutes=1))
    await database.write(lambda conn: fleet.tablet_converged(conn, tablet_id))
    assert (await fleet.kit(kit.kit_id)).slots[0].errors == 0


async def test_the_page_is_told_of_each_change(fleet: Fleet, kit: Kit, database: Database) -> None:
    identity = Identity(platform=Platform.IPAD, serial="F9FXK1")
    async with database.events.subscribe("kit", "tablet") as events:
        tablet_id = await database.write(
            lambda conn: fleet.bind(conn, identity, kit_id=kit.kit_id, slot_number=1, actor="ticket:1")
        )
        await database.write(lambda conn: fleet.apply(conn, tablet_id, TabletEvent.ENROL, actor="system"))
        seen = set()
        async with asyncio.timeout(10):
            while len(seen) < 2:
                event = await anext(events)
                seen.add((event.topic, event.key))
    assert seen == {("kit", kit.kit_id), ("tablet", tablet_id)}


async def test_a_kit_is_in_the_journal(fleet: Fleet, kit: Kit, database: Database) -> None:
    (entry,) = await database.read(lambda conn: latest_entries(conn, subject=f"kit:{kit.kit_id}"))
    assert (entry.kind, entry.detail) == ("kit_created", '{"platform":"ipad","school":"0400377T","slots":12}')
