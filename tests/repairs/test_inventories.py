"""Inventories: several people scan at once, and what is missing or misplaced shows."""

import asyncio
import csv
import io
from datetime import timedelta

import pytest

from enrollment.labels.label import inventory_code
from mdm.fleet.errors import KitUnknown, SchoolUnknown
from mdm.fleet.kit import Kit
from mdm.fleet.states import TabletEvent, TabletState
from mdm.fleet.tablet import Platform
from mdm.i18n import Catalogs
from mdm.journal import entries
from mdm.repairs.fault import FaultFilter, FaultKind
from mdm.repairs.inventory.errors import (
    CodeOfEnrolment,
    InventoryClosed,
    InventoryStillOpen,
    InventoryUnknown,
)
from mdm.repairs.inventory.inventory import Inventory, InventoryView, Verdict
from tests.repairs.world import OTHER_SCHOOL, SCHOOL, TEACHER, TECHNICIAN, World


async def other_kit(world: World, *, uai: str = SCHOOL, name: str = "Orion", serial: str = "B1") -> Kit:
    kit = await world.fleet.create_kit(uai, name, platform=Platform.IPAD, slots=2, actor="test")
    await world.join(serial, kit, 1)
    return kit


async def scan(world: World, inventory: Inventory, *codes: str) -> list[Verdict]:
    return [(await world.inventories.scan(inventory.inventory_id, code, actor=TEACHER)).verdict for code in codes]


def missing(view: InventoryView) -> list[str | None]:
    return [one.serial for one in view.missing]


async def test_a_kit_is_counted_by_its_labels_and_by_serial_numbers(world: World) -> None:
    kit_id = world.kit.kit_id
    inventory = await world.inventories.open_kit(kit_id, actor=TEACHER)
    assert await scan(world, inventory, inventory_code(kit_id, 1), "a2", "SA3") == [Verdict.RIGHT] * 3
    view = await world.inventories.show(inventory.inventory_id)
    assert (view.counts[Verdict.RIGHT], missing(view), view.expected) == (3, ["A4"], 4)
    closed = await world.inventories.close(inventory.inventory_id, actor=TEACHER)
    assert missing(closed) == ["A4"]
    assert closed.inventory.closed_at == world.clock.ms()


async def test_what_does_not_belong_there_is_told_apart(any_world: World) -> None:
    orion = await other_kit(any_world)
    parc = await other_kit(any_world, uai=OTHER_SCHOOL, name="Lyre", serial="C1")
    await any_world.fleet.change_state(any_world.tablets["S2"], TabletEvent.RETIRE, actor="test")
    codes = [inventory_code(orion.kit_id, 1), "C1", "S1", "S2", inventory_code(any_world.kit.kit_id, 5), "X999"]
    of_kit = await any_world.inventories.open_kit(any_world.kit.kit_id, actor=TEACHER)
    assert await scan(any_world, of_kit, *codes) == [
        Verdict.ELSEWHERE, Verdict.ELSEWHERE, Verdict.SPARE, Verdict.RETIRED, Verdict.EMPTY, Verdict.UNKNOWN,
    ]  # fmt: skip
    of_school = await any_world.inventories.open_school(SCHOOL, actor=TEACHER)
    assert await scan(any_world, of_school, inventory_code(orion.kit_id, 1), inventory_code(parc.kit_id, 1)) == [
        Verdict.RIGHT,
        Verdict.ELSEWHERE,
    ]
    view = await any_world.inventories.show(of_kit.inventory_id)
    assert {(one.verdict, one.kit_name, one.school_name) for one in view.others} >= {
        (Verdict.ELSEWHERE, "Orion", "École du Bourg"),
        (Verdict.ELSEWHERE, "Lyre", "École du Parc"),
        (Verdict.EMPTY, "Cassiopée", "École du Bourg"),
    }
    unknown = inventory_code("f" * 32, 1)
    assert await scan(any_world, of_school, unknown) == [Verdict.UNKNOWN]


async def test_the_same_tablet_counts_once_whoever_scans_it_and_how(any_world: World) -> None:
    kit_id = any_world.kit.kit_id
    inventory = await any_world.inventories.open_kit(kit_id, actor=TEACHER)
    label = inventory_code(kit_id, 1)
    scans = await asyncio.gather(
        *[
            any_world.inventories.scan(inventory.inventory_id, code, actor=f"account:{n}")
            for n, code in enumerate([label, "A1", "a1", label.upper(), "A2", "X999", "x999"])
        ]
    )
    assert sorted(scan.again for scan in scans) == [False] * 3 + [True] * 4
    view = await any_world.inventories.show(inventory.inventory_id)
    assert (view.counts[Verdict.RIGHT], view.counts[Verdict.UNKNOWN]) == (2, 1)
    assert len(await any_world.inventories.scans(inventory.inventory_id)) == 3


async def test_who_opens_the_same_place_joins_the_inventory(any_world: World) -> None:
    opened = await asyncio.gather(*[any_world.inventories.open_school(SCHOOL, actor=f"account:{n}") for n in range(4)])
    assert len({one.inventory_id for one in opened}) == 1
    any_world.clock.advance(timedelta(minutes=1))
    kit = await any_world.inventories.open_kit(any_world.kit.kit_id, actor=TEACHER)
    assert kit.inventory_id != opened[0].inventory_id
    await any_world.inventories.close(kit.inventory_id, actor=TEACHER)
    any_world.clock.advance(timedelta(minutes=1))
    again = await any_world.inventories.open_kit(any_world.kit.kit_id, actor=TEACHER)
    assert again.inventory_id != kit.inventory_id
    page = await any_world.inventories.list(SCHOOL, limit=2)
    assert [one.inventory_id for one in page.inventories] == [again.inventory_id, kit.inventory_id]
    rest = await any_world.inventories.list(SCHOOL, after=page.next)
    assert [one.inventory_id for one in rest.inventories] == [opened[0].inventory_id]
    assert rest.next == ""


async def test_a_tablet_that_is_lent_lost_or_broken_is_not_missed(world: World) -> None:
    for serial, event in (("A1", TabletEvent.LEND), ("A2", TabletEvent.LOSE), ("A3", TabletEvent.BREAK)):
        await world.fleet.change_state(world.tablets[serial], event, actor="test")
    inventory = await world.inventories.open_kit(world.kit.kit_id, actor=TEACHER)
    view = await world.inventories.show(inventory.inventory_id)
    assert missing(view) == ["A4"]
    assert [one.serial for one in view.away] == ["A1", "A2", "A3"]
    await scan(world, inventory, "A2")
    view = await world.inventories.show(inventory.inventory_id)
    assert [one.serial for one in view.found] == ["A2"]


async def test_what_was_closed_stays_as_it_was(world: World) -> None:
    inventory = await world.inventories.open_kit(world.kit.kit_id, actor=TEACHER)
    await scan(world, inventory, "A1")
    closed = await world.inventories.close(inventory.inventory_id, actor=TEACHER)
    with pytest.raises(InventoryClosed):
        await world.inventories.scan(inventory.inventory_id, "A2", actor=TEACHER)
    await world.fleet.free_slot(world.kit.kit_id, 3, actor="test")
    await world.fleet.change_state(world.tablets["A2"], TabletEvent.LEND, actor="test")
    assert await world.inventories.show(inventory.inventory_id) == closed
    assert await world.inventories.close(inventory.inventory_id, actor=TECHNICIAN) == closed
    written = await world.database.read(lambda conn: entries(conn, subject=f"inventory:{inventory.inventory_id}"))
    assert [one.kind for one in written] == ["inventory_opened", "inventory_closed"]


async def test_what_is_missing_is_declared_lost_with_one_act(any_world: World) -> None:
    inventory = await any_world.inventories.open_kit(any_world.kit.kit_id, actor=TEACHER)
    await scan(any_world, inventory, "A1")
    with pytest.raises(InventoryStillOpen):
        await any_world.inventories.declare_lost(inventory.inventory_id, actor=TECHNICIAN)
    await any_world.inventories.close(inventory.inventory_id, actor=TEACHER)
    # One came back after the closing, into a family's hands.
    await any_world.fleet.change_state(any_world.tablets["A2"], TabletEvent.LEND, actor="test")
    lost = await any_world.inventories.declare_lost(inventory.inventory_id, actor=TECHNICIAN)
    assert lost == (any_world.tablets["A3"], any_world.tablets["A4"])
    assert await any_world.state("A3") is TabletState.LOST
    assert await any_world.state("A2") is TabletState.LOANED
    assert await any_world.state("A1") is TabletState.READY
    faults = await any_world.faults.list(FaultFilter(kind=FaultKind.LOST))
    assert {one.serial for one in faults.faults} == {"A3", "A4"}
    assert await any_world.inventories.declare_lost(inventory.inventory_id, actor=TECHNICIAN) == ()
    view = await any_world.inventories.show(inventory.inventory_id)
    assert [one.serial for one in view.missing if one.lost_at is not None] == ["A3", "A4"]


async def test_some_of_what_is_missing_may_be_declared_lost(world: World) -> None:
    inventory = await world.inventories.open_kit(world.kit.kit_id, actor=TEACHER)
    await world.inventories.close(inventory.inventory_id, actor=TEACHER)
    some = [world.tablets["A4"], "another"]
    lost = await world.inventories.declare_lost(inventory.inventory_id, tablets=some, actor=TECHNICIAN)
    assert lost == (world.tablets["A4"],)
    assert await world.state("A3") is TabletState.READY


async def test_the_code_that_enrols_a_tablet_is_kept_nowhere(world: World) -> None:
    inventory = await world.inventories.open_kit(world.kit.kit_id, actor=TEACHER)
    with pytest.raises(CodeOfEnrolment):
        await world.inventories.scan(inventory.inventory_id, "https://valise.example/k/SECRET", actor=TEACHER)
    rows = await world.database.read(lambda conn: conn.all("SELECT * FROM inventory_scan"))
    assert rows == []


async def test_an_inventory_is_a_spreadsheet_too(any_world: World) -> None:
    await other_kit(any_world, name="=1+1")
    inventory = await any_world.inventories.open_kit(any_world.kit.kit_id, actor=TEACHER)
    await scan(any_world, inventory, "A1", "B1", "X999")
    await any_world.inventories.close(inventory.inventory_id, actor=TEACHER)
    await any_world.inventories.declare_lost(
        inventory.inventory_id, tablets=[any_world.tablets["A2"]], actor=TECHNICIAN
    )
    body = await any_world.inventories.export(inventory.inventory_id, Catalogs("mdm.repairs").for_language("en"))
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig")), delimiter=";"))
    assert [(row["Result"], row["Serial number"], row["Declared lost on"]) for row in rows] == [
        ("not seen", "A2", "01/09/2026"),
        ("not seen", "A3", ""),
        ("not seen", "A4", ""),
        ("it belongs to another kit", "B1", ""),
        ("it belongs here", "A1", ""),
        ("nothing of that code is known", "", ""),
    ]
    assert rows[3]["Kit"] == "'=1+1"
    assert rows[5]["Scanned code"] == "X999"


async def test_what_is_not_there_is_said(world: World) -> None:
    with pytest.raises(SchoolUnknown):
        await world.inventories.open_school("0400001J", actor=TEACHER)
    with pytest.raises(KitUnknown):
        await world.inventories.open_kit("none", actor=TEACHER)
    with pytest.raises(InventoryUnknown):
        await world.inventories.scan("none", "A1", actor=TEACHER)
