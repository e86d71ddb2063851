"""A tablet is found by any part of what it is called, where it is and what it is; and only within reach."""

import random

from hypothesis import given
from hypothesis import strategies as st

from mdm.fleet.folding import fold, key_of, terms_of
from mdm.fleet.reach import EVERYTHING, Reach
from mdm.fleet.search import LIMIT, Nearness, Search
from mdm.fleet.slot_binding import Identity
from mdm.fleet.states import TabletEvent
from mdm.fleet.tablet import Platform
from mdm.fleet.tablet_index import index_tablets
from mdm.fleet.territory import Commune, School
from mdm.fleet.territory_store import save_communes, save_schools
from tests.fleet_view.conftest import ACTOR, BOURG, LAC, MONT, PLAGE, SOUSTONS, World


async def names(world: World, text: str, reach: Reach = EVERYTHING) -> list[str]:
    found = await Search(world.database).tablets(text, reach)
    return [hit.view.tablet.name for hit in found.hits]


async def test_every_part_of_every_text_finds_it(world: World) -> None:
    await world.enrol("Cassiopée", 7, "DMPX3ABCQ1", model="iPad (9th generation)")
    await world.enrol("Orion", 7, "F9GW88ZZTT")
    for text in (
        "DMPX3ABCQ1", "dmpx3", "3abc", "cq1", "Cassiopée 7", "cassiopee 07", "CASSIOPÉE", "siop", "bourg",
        "École du Bourg",
        "ecole bourg", "mont-de-marsan", "Marsan", "9th", "ipad 9th generation", BOURG, "bourg 3abc cassiopée",
    ):  # fmt: skip
        assert await names(world, text) == ["Cassiopée 07"], text
    for text in ("", "  ", "-_%", "dmpx3 orion", "dmpx3abcq12", "qz%", "q_z", "cassiopée 8"):
        assert await names(world, text) == [], text


async def test_a_place_with_an_accent_or_a_ligature_is_found_without(world: World) -> None:
    await world.enrol("Orion", 1, "F9GW88ZZTT")
    for text in ("saint exupery", "Saint-Exupéry", "COLLÈGE", "exupéry orion", "st-exup"[3:]):
        assert await names(world, text) == ["Orion 01"], text
    assert fold("Cœur d'Œuvre ŒÀ") == "coeur d oeuvre oea"


async def test_the_nearest_comes_first(world: World) -> None:
    await world.enrol("Cassiopée", 1, "ORION01")
    await world.enrol("Orion", 1, "AAA1")
    await world.enrol("Orion", 10, "AAA2")
    await world.enrol("Cassiopée", 2, "ORION01X")
    await world.enrol("Cassiopée", 3, "XORION01")
    found = await Search(world.database).tablets("orion01", EVERYTHING)
    shown = [(hit.view.tablet.serial, hit.nearness) for hit in found.hits]
    assert shown == [("ORION01", Nearness.SERIAL), ("AAA1", Nearness.NAME), ("ORION01X", Nearness.BEGINNING)]
    parts = await Search(world.database).tablets("rion0", EVERYTHING)
    assert [hit.view.tablet.serial for hit in parts.hits] == ["ORION01", "ORION01X", "XORION01"]
    assert {hit.nearness for hit in parts.hits} == {Nearness.PART}


async def test_nothing_out_of_reach_is_found(world: World) -> None:
    await world.enrol("Cassiopée", 1, "AAA1")
    await world.enrol("Pégase", 1, "AAA2")
    await world.enrol("Orion", 1, "AAA3")
    made = await world.fleet.create_class(LAC, "CM2", actor=ACTOR)
    orion = world.kits["Orion"].kit_id
    spare = await world.fleet.register_tablet(Identity(platform=Platform.IPAD, serial="AAA9"), actor=ACTOR)
    await world.database.write(
        lambda conn: conn.run("UPDATE kit SET class_id = :it WHERE kit_id = :kit", it=made.class_id, kit=orion)
    )
    cases = {
        Reach(communes=frozenset({SOUSTONS})): ["Orion 01", "Pégase 01"],
        Reach(communes=frozenset({MONT}), kits=frozenset({orion})): ["Cassiopée 01", "Orion 01"],
        Reach(schools=frozenset({PLAGE, BOURG})): ["Cassiopée 01", "Pégase 01"],
        Reach(classes=frozenset({made.class_id})): ["Orion 01"],
        Reach(schools=frozenset(f"{number:07d}A" for number in range(3000)) | {PLAGE}): ["Pégase 01"],
        Reach(): [],
        EVERYTHING: [spare.name, "Cassiopée 01", "Orion 01", "Pégase 01"],
    }
    for reach, expected in cases.items():
        assert await names(world, "aaa", reach) == expected
        assert await names(world, "aaa1", reach) == [one for one in expected if one == "Cassiopée 01"]


async def test_a_tablet_is_found_where_it_is_now(world: World) -> None:
    tablet = await world.enrol("Cassiopée", 1, "AAA1")
    await world.fleet.assign_tablet(tablet, kit_id=world.kits["Orion"].kit_id, slot_number=3, actor=ACTOR)
    assert (await names(world, "orion 3"), await names(world, "cassiopée")) == (["Orion 03"], [])
    await world.fleet.free_slot(world.kits["Orion"].kit_id, 3, actor=ACTOR)
    assert (await names(world, "orion"), await names(world, "aaa1")) == ([], ["AAA1"])
    other = await world.enrol("Orion", 3, "AAA2")
    await world.fleet.assign_tablet(tablet, kit_id=world.kits["Orion"].kit_id, slot_number=3, actor=ACTOR)
    assert await names(world, "orion") == ["Orion 03"]
    assert await names(world, "aaa2") == ["AAA2"]
    await world.fleet.change_state(other, TabletEvent.RETIRE, actor=ACTOR)
    await world.fleet.change_state(tablet, TabletEvent.RETIRE, actor=ACTOR)
    assert await names(world, "saint-exupéry") == []


async def test_a_renamed_school_and_commune_are_found_by_their_new_names(world: World) -> None:
    await world.enrol("Cassiopée", 1, "AAA1")
    school = School(uai=BOURG, insee=MONT, name="École Rosa-Parks")
    territory = (await world.fleet.territories())[0].territory_id
    await world.database.write(lambda conn: save_schools(conn, [school]))
    assert (await names(world, "rosa"), await names(world, "bourg")) == (["Cassiopée 01"], [])
    moved = School(uai=BOURG, insee=SOUSTONS, name="École Rosa-Parks")
    await world.database.write(lambda conn: save_schools(conn, [moved]))
    assert (await names(world, "soustons"), await names(world, "marsan")) == (["Cassiopée 01"], [])
    assert await names(world, "rosa", Reach(communes=frozenset({SOUSTONS}))) == ["Cassiopée 01"]
    renamed = Commune(insee=SOUSTONS, territory_id=territory, name="Soustons-Plage")
    await world.database.write(lambda conn: save_communes(conn, [renamed]))
    assert await names(world, "rosa soustons plage") == ["Cassiopée 01"]


async def test_a_model_that_is_told_later_is_found_after_the_next_round(world: World) -> None:
    tablet = await world.enrol("Cassiopée", 1, "AAA1", model="iPad12,1")
    await world.report(tablet, model_name="iPad (9th generation)")
    await world.rounds.once()
    assert await names(world, "9th generation") == ["Cassiopée 01"]
    assert await names(world, "ipad12,1") == ["Cassiopée 01"]


async def test_tablets_that_were_never_indexed_are_by_the_first_round(world: World) -> None:
    await world.enrol("Cassiopée", 1, "AAA1")
    await world.database.write(lambda conn: conn.run("DELETE FROM tablet_search"))
    await world.database.write(lambda conn: conn.run("DELETE FROM tablet_glance"))
    await world.rounds.once()
    assert await names(world, "bourg", Reach(schools=frozenset({BOURG}))) == ["Cassiopée 01"]


async def test_a_text_that_all_have_gives_a_page_and_says_that_there_is_more(world: World) -> None:
    for slot in range(1, 8):
        await world.enrol("Cassiopée", slot, f"AAA{slot}")
    found = await Search(world.database).tablets("a", EVERYTHING, limit=5)
    assert (len(found.hits), found.more) == (5, True)
    found = await Search(world.database).tablets("bourg", EVERYTHING, limit=LIMIT * 2)
    assert (found.hits[0].view.tablet.name, len(found.hits), found.more) == ("Cassiopée 01", 7, False)


async def test_what_is_kept_is_what_indexing_all_again_would_keep(world: World) -> None:
    rng = random.Random(3)
    tablets = [await world.enrol("Cassiopée", slot, f"AAA{slot}") for slot in range(1, 5)]
    tablets += [await world.enrol("Orion", slot, f"BBB{slot}") for slot in range(1, 5)]
    for _ in range(30):
        kit = world.kits[rng.choice(("Cassiopée", "Orion"))].kit_id
        await world.fleet.assign_tablet(rng.choice(tablets), kit_id=kit, slot_number=rng.randint(1, 6), actor=ACTOR)
    sql = "SELECT * FROM tablet_search ORDER BY tablet_id"
    glance = "SELECT * FROM tablet_glance ORDER BY tablet_id"
    kept = await world.database.read(lambda conn: (conn.all(sql), conn.all(glance)))
    await world.database.write(lambda conn: index_tablets(conn, tablets))
    assert kept == await world.database.read(lambda conn: (conn.all(sql), conn.all(glance)))


@given(st.text(max_size=40))
def test_folding_is_stable_and_leaves_letters_and_digits(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert all(word.isalnum() for word in folded.split())
    assert key_of(text).isalnum() or key_of(text) == ""
    assert len(terms_of(text * 20)) <= 8
