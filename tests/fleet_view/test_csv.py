"""Tablets come in from a file, first tried, then all or none; and go out in one that a spreadsheet opens."""

import csv
import io

import pytest

from mdm.csv_writing import harmless
from mdm.fleet.import_report import ImportRefused
from mdm.fleet.reach import EVERYTHING, Reach
from mdm.fleet.states import TabletEvent
from mdm.fleet_view.filters import NO_FILTER, TabletFilter
from mdm.fleet_view.list_store import Order
from mdm.fleet_view.lists import TabletLists
from mdm.fleet_view.tablet_export import TITLES, export_tablets
from mdm.fleet_view.tablet_import import TabletImports
from mdm.i18n import Catalogs
from mdm.journal import latest_entries
from tests.fleet_view.conftest import ACTOR, BOURG, LAC, PLAGE, World

FRENCH = Catalogs("mdm.fleet", "mdm.fleet_view").for_language("fr")

FILE = f"""Numéro de série;Plateforme;Modèle;UAI;Valise;Place
AAA1;iPad;iPad (9e génération);{BOURG};Cassiopée;7
AAA2;ipad;;{LAC};Orion;1
BBB1;android;Galaxy Tab A9;;;
"""


@pytest.fixture
def imports(world: World) -> TabletImports:
    return TabletImports(world.database, world.clock, world.journal)


async def refused(imports: TabletImports, text: str) -> list[tuple[int, str, str]]:
    for dry_run in (True, False):
        with pytest.raises(ImportRefused) as error:
            await imports.tablets(text.encode(), actor=ACTOR, dry_run=dry_run)
    return [(one.line, one.column, one.error.code) for one in error.value.problems]


async def whole(world: World, wanted: TabletFilter = NO_FILTER, reach: Reach = EVERYTHING) -> list[list[str]]:
    lists = TabletLists(world.database, world.clock)
    parts = [part async for part in export_tablets(lists, wanted, reach, Order(), FRENCH)]
    body = b"".join(parts)
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";"))


async def test_a_file_is_tried_then_imported_and_changes_nothing_again(world: World, imports: TabletImports) -> None:
    tried = await imports.tablets(FILE.encode(), actor=ACTOR)
    assert ([one.after for one in tried.created], tried.applied) == (
        [f"{BOURG}/Cassiopée 07", f"{LAC}/Orion 01", "android"],
        False,
    )
    assert [row[0] for row in (await whole(world))[1:]] == []
    done = await imports.tablets(FILE.encode("cp1252"), actor=ACTOR, dry_run=False)
    assert (len(done.created), done.applied, done.encoding) == (3, True, "windows-1252")
    again = await imports.tablets(FILE.encode(), actor=ACTOR, dry_run=False)
    assert (again.created, again.changed, again.unchanged) == ((), (), 3)
    rows = await whole(world)
    assert [row[:4] + row[7:9] for row in rows[1:]] == [
        ["BBB1", "BBB1", "android", "Galaxy Tab A9", "", ""],
        ["AAA1", "Cassiopée 07", "ipad", "iPad (9e génération)", "Cassiopée", "7"],
        ["AAA2", "Orion 01", "ipad", "", "Orion", "1"],
    ]
    kinds = [one.kind for one in await world.database.read(latest_entries)]
    assert kinds.count("tablets_imported") == 1
    assert kinds.count("tablet_registered") == 3


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_the_file_that_goes_out_comes_in_again(world: World, imports: TabletImports, language: str) -> None:
    await imports.tablets(FILE.encode(), actor=ACTOR, dry_run=False)
    words = Catalogs("mdm.fleet", "mdm.fleet_view").for_language(language)
    lists = TabletLists(world.database, world.clock)
    out = b"".join([part async for part in export_tablets(lists, NO_FILTER, EVERYTHING, Order(), words)])
    again = await imports.tablets(out, actor=ACTOR)
    assert (again.created, again.changed, again.unchanged) == ((), (), 3)
    elsewhere = out.replace(b"AAA1", b"AAA9")
    assert await codes(imports, elsewhere) == ["slot_taken"]


async def test_a_number_that_is_too_large_is_not_called_no_number(world: World, imports: TabletImports) -> None:
    with pytest.raises(ImportRefused) as error:
        await imports.tablets(f"serial,platform,uai,kit,slot\nAAA1,ipad,{BOURG},Cassiopée,99\n".encode(), actor=ACTOR)
    [problem] = error.value.problems
    assert problem.text(FRENCH) == "«\u00a099\u00a0» n’est pas un nombre entier de 1 à 60."


async def codes(imports: TabletImports, body: bytes) -> list[str]:
    with pytest.raises(ImportRefused) as error:
        await imports.tablets(body, actor=ACTOR)
    return [one.error.code for one in error.value.problems]


async def test_a_known_spare_takes_the_place_that_the_file_gives_it(world: World, imports: TabletImports) -> None:
    await imports.tablets(b"serial,platform\nAAA1,ipad\n", actor=ACTOR, dry_run=False)
    placed = f"serial,platform,uai,kit,slot\nAAA1,ipad,{BOURG},Cassiop\u00e9e,2\n".encode()
    done = await imports.tablets(placed, actor=ACTOR, dry_run=False)
    assert ([one.key for one in done.changed], done.created) == (["AAA1"], ())
    view = await world.fleet.kit(world.kits["Cassiopée"].kit_id)
    assert view.slots[1].serial == "AAA1"


async def test_every_wrong_place_is_told_and_nothing_is_done(world: World, imports: TabletImports) -> None:
    await world.enrol("Cassiopée", 1, "HERE")
    retired = await world.enrol("Cassiopée", 2, "GONE")
    await world.fleet.change_state(retired, TabletEvent.RETIRE, actor=ACTOR)
    head = "serial;platform;uai;kit;slot\n"
    lines = {
        f"NEW1;ipad;{BOURG};Cassiopée;1": ("slot", "slot_taken"),
        f"NEW2;ipad;{BOURG};Cassiopée;13": ("slot", "slot_unknown"),
        f"NEW3;ipad;{BOURG};Cassiopée;x": ("slot", "number_malformed"),
        f"NEW4;ipad;{BOURG};Lyre;1": ("kit", "kit_unknown"),
        f"NEW5;ipad;{PLAGE};Pégase;1": ("platform", "platform_mismatch"),
        f"NEW6;ipad;{BOURG};;1": ("kit", "place_without_kit"),
        "NEW7;windows;;;": ("platform", "platform_unknown"),
        ";ipad;;;": ("serial", "value_missing"),
        "é;ipad;;;": ("serial", "serial_invalid"),
        f"HERE;ipad;{BOURG};Cassiopée;3": ("serial", "tablet_elsewhere"),
        "HERE;android;;;": ("platform", "platform_mismatch"),
        f"GONE;ipad;{BOURG};Cassiopée;3": ("serial", "tablet_is_retired"),
        "NEW8;ipad;BAD;Cassiopée;3": ("uai", "uai_malformed"),
    }
    for line, (column, code) in lines.items():
        assert await refused(imports, head + line + "\n") == [(2, column, code)], line
    together = await refused(imports, head + "\n".join(lines) + "\nOK;ipad;;;\n")
    assert len(together) >= len(lines)
    assert len((await whole(world))[1:]) == 2


async def test_lines_that_contradict_each_other_are_told(imports: TabletImports, world: World) -> None:
    head = "serial;platform;uai;kit;slot\n"
    assert await refused(imports, f"{head}A;ipad;;;\nA;ipad;{BOURG};Cassiopée;1\n") == [
        (3, "serial", "line_contradicts")
    ]
    assert await refused(imports, f"{head}A;ipad;{BOURG};Cassiopée;1\nB;ipad;{BOURG};Cassiopée;1\n") == [
        (3, "slot", "line_contradicts")
    ]
    made = await imports.tablets(f"{head}A;ipad;;;\nA;ipad;;;\n".encode(), actor=ACTOR, dry_run=False)
    assert (len(made.created), made.unchanged) == (1, 1)


async def test_a_list_goes_out_with_its_titles_in_words_and_within_reach(world: World) -> None:
    tablet = await world.enrol("Cassiopée", 1, "=HYPERLINK", model="iPad")
    await world.report(tablet, os_version="18.1", battery=87, free_space=12_340_000_000, model_name="iPad Air")
    await world.enrol("Orion", 1, "AAA2")
    rows = await whole(world, reach=Reach(schools=frozenset({BOURG})))
    assert rows[0] == [FRENCH(title) for title in TITLES]
    assert rows[1] == [
        "'=HYPERLINK", "Cassiopée 01", "ipad", "iPad Air", "enrôlée", BOURG, "École du Bourg", "Cassiopée", "1", "18.1",
        "87", "12,3", "01/09/2026 10:00", "0",
    ]  # fmt: skip
    assert len(rows) == 2
    assert len(await whole(world, TabletFilter(text="orion"))) == 2


async def test_a_large_list_goes_out_in_parts(world: World) -> None:
    body = "serial;platform\n" + "".join(f"S{number:04d};ipad\n" for number in range(450))
    await TabletImports(world.database, world.clock, world.journal).tablets(body.encode(), actor=ACTOR, dry_run=False)
    lists = TabletLists(world.database, world.clock)
    parts = [part async for part in export_tablets(lists, NO_FILTER, EVERYTHING, Order(), FRENCH)]
    assert len(parts) == 4
    assert [row[0] for row in (await whole(world))[1:]] == [f"S{number:04d}" for number in range(450)]


def test_no_cell_is_taken_for_a_formula() -> None:
    for text in ("=1", "+1", "-1", "@x", " =1", "\u00a0+1", "|x", "%x", "＝1"):
        assert harmless(text).startswith("'")
    assert harmless("Cassiopée 01") == "Cassiopée 01"
