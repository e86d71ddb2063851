"""What somebody reaches, as schools, kits and inventories, on both engines."""

from pathlib import Path

import pytest

from mdm.clock import ManualClock
from mdm.fleet.reach import EVERYTHING, Reach
from mdm.fleet.tablet import Platform
from mdm.repairs.errors import FaultUnknown
from mdm.repairs.inventory.errors import InventoryUnknown
from mdm.store import Connection, Database
from tests.repairs.world import OTHER_SCHOOL, SCHOOL, World
from webui.repairs import places
from webui.repairs.inventory_list_store import list_in_reach
from webui.repairs.places import Places

CLASS = "c" * 32


@pytest.fixture
async def world(any_database: Database, clock: ManualClock, tmp_path: Path) -> World:
    made = World(any_database, clock, tmp_path)
    await made.settle()

    def add(conn: Connection) -> None:
        conn.run(
            "INSERT INTO school_class (class_id, uai, name, level) VALUES (:id, :uai, 'CM1', 'CM1')",
            id=CLASS,
            uai=SCHOOL,
        )
        conn.run("UPDATE kit SET class_id = :id", id=CLASS)

    await any_database.write(add)
    return made


async def test_a_reach_becomes_schools_and_kits(world: World) -> None:
    def read(conn: Connection) -> None:
        kit = world.kit.kit_id
        assert places.reached(conn, EVERYTHING) == Places()
        assert places.reached(conn, Reach()) == Places(schools=(), kits=())
        commune = places.reached(conn, Reach(communes=frozenset({"40192"})))
        assert set(commune.schools or ()) == {SCHOOL, OTHER_SCHOOL}
        assert places.reached(conn, Reach(classes=frozenset({CLASS}))) == Places(schools=(), kits=(kit,))
        assert places.places_meant(conn, EVERYTHING, "bourg") == Places(schools=(SCHOOL,), kits=())
        assert places.places_meant(conn, EVERYTHING, "nowhere") == Places(schools=(), kits=())
        of_class = Reach(classes=frozenset({CLASS}), schools=frozenset({OTHER_SCHOOL}))
        assert places.places_meant(conn, of_class, SCHOOL) == Places(schools=(), kits=(kit,))
        assert places.places_meant(conn, of_class, "parc") == Places(schools=(OTHER_SCHOOL,), kits=())

    await world.database.read(read)


async def test_schools_and_kits_are_found_by_any_of_their_words_within_the_reach(world: World) -> None:
    def read(conn: Connection) -> None:
        found = places.find_schools(conn, EVERYTHING, "ecole marsan")
        assert [one.uai for one in found] == [SCHOOL, OTHER_SCHOOL]
        assert all(one.whole for one in found)
        assert [one.uai for one in places.find_schools(conn, EVERYTHING, "", limit=1)] == [SCHOOL]
        class_only = places.find_schools(conn, Reach(classes=frozenset({CLASS})), "")
        assert [(one.uai, one.whole) for one in class_only] == [(SCHOOL, False)]
        assert places.find_schools(conn, Reach(), "") == []
        [kit] = places.find_kits(conn, EVERYTHING, "cassiopee bourg", free_for=Platform.IPAD)
        assert (kit.kit_id, kit.free) == (world.kit.kit_id, (5,))
        assert places.find_kits(conn, EVERYTHING, "", free_for=Platform.ANDROID) == []
        assert places.find_kits(conn, Reach(schools=frozenset({OTHER_SCHOOL})), "") == []
        assert [one.kit_id for one in places.kits_named(conn, ["0" * 32, kit.kit_id, kit.kit_id])] == [kit.kit_id]

    await world.database.read(read)


async def test_faults_and_inventories_lie_where_they_were_made(world: World) -> None:
    fault, spare = await world.report("A1"), await world.report("S1")
    kit = await world.inventories.open_kit(world.kit.kit_id, actor="account:head")
    school = await world.inventories.open_school(SCHOOL, actor="account:head")
    await world.inventories.scan(kit.inventory_id, "A1", actor="account:head")
    await world.inventories.close(school.inventory_id, actor="account:head")

    def read(conn: Connection) -> None:
        place = places.fault_place(conn, fault.fault_id)
        assert (place.insee, place.uai, place.class_id, place.kit_id) == ("40192", SCHOOL, CLASS, world.kit.kit_id)
        assert places.fault_place(conn, spare.fault_id) == type(place)()
        assert places.inventory_place(conn, kit.inventory_id) == place
        whole = places.inventory_place(conn, school.inventory_id)
        assert (whole.uai, whole.class_id, whole.kit_id) == (SCHOOL, None, None)
        with pytest.raises(FaultUnknown):
            places.fault_place(conn, "0" * 32)
        with pytest.raises(InventoryUnknown):
            places.inventory_place(conn, "0" * 32)
        [line] = list_in_reach(conn, EVERYTHING, is_open=True)
        assert (line.inventory_id, line.kit_name, line.scans) == (kit.inventory_id, "Cassiopée", 1)
        [line] = list_in_reach(conn, EVERYTHING, is_open=False)
        assert (line.inventory_id, line.kit_name, line.scans) == (school.inventory_id, "", 0)
        of_class = Reach(classes=frozenset({CLASS}))
        assert [one.inventory_id for one in list_in_reach(conn, of_class, is_open=True)] == [kit.inventory_id]
        assert list_in_reach(conn, of_class, is_open=False) == []
        assert list_in_reach(conn, EVERYTHING, is_open=False, after=school.inventory_id) == []

    await world.database.read(read)
