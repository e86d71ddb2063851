"""Importing kits."""

import pytest

from mdm.fleet.fleet import Fleet
from mdm.fleet.import_report import ImportRefused
from mdm.fleet.imports import Imports
from mdm.fleet.kit import Kit
from mdm.fleet.tablet import Platform
from mdm.fleet.territory import School
from mdm.journal import latest_entries, verify
from mdm.store import Database

ACTOR = "account:test"

KITS = """UAI;Nom de la valise;Plateforme;Nombre de tablettes
0400377T;Orion;iPad;12
0400377T;Grande Ourse;android;30
"""


async def refused(imports: Imports, text: str) -> list[tuple[int, str, str, str]]:
    for dry_run in (True, False):
        with pytest.raises(ImportRefused) as error:
            await imports.kits(text.encode(), actor=ACTOR, dry_run=dry_run)
    return [(one.line, one.column, one.value, one.error.code) for one in error.value.problems]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
async def test_kits_are_imported_with_their_places(
    fleet: Fleet, imports: Imports, school: School, database: Database, encoding: str
) -> None:
    body = KITS.replace("Orion", "Cassiopée").encode(encoding)
    preview = await imports.kits(body, actor=ACTOR)
    assert await fleet.kits() == []
    report = await imports.kits(body, actor=ACTOR, dry_run=False)
    assert report.created == preview.created
    assert [(change.line, change.key, change.after) for change in report.created] == [
        (2, "0400377T/Cassiopée", "ipad, 12"),
        (3, "0400377T/Grande Ourse", "android, 30"),
    ]
    assert [(one.kit.name, one.kit.platform, one.slots) for one in await fleet.kits()] == [
        ("Cassiopée", Platform.IPAD, 12),
        ("Grande Ourse", Platform.ANDROID, 30),
    ]
    assert (await fleet.kit("Cassiopée")).slots[6].name == "Cassiopée 07"
    entries = await database.read(lambda conn: latest_entries(conn, limit=3))
    assert [entry.kind for entry in entries] == ["kits_imported", "kit_created", "kit_created"]
    assert (await database.read(verify)).intact


async def test_importing_again_changes_nothing(fleet: Fleet, imports: Imports, school: School) -> None:
    await imports.kits(KITS.encode(), actor=ACTOR, dry_run=False)
    before = await fleet.kits()
    report = await imports.kits(KITS.encode(), actor=ACTOR, dry_run=False)
    assert (report.created, report.changed, report.unchanged) == ((), (), 2)
    assert await fleet.kits() == before


async def test_a_kit_may_grow(fleet: Fleet, imports: Imports, kit: Kit) -> None:
    body = b"uai,kit,platform,slots\n0400377T,Cassiop\xe9e,ipad,15\n"
    report = await imports.kits(body, actor=ACTOR, dry_run=False)
    assert [(one.before, one.after) for one in report.changed] == [("ipad, 12", "ipad, 15")]
    view = await fleet.kit(kit.kit_id)
    assert [slot.number for slot in view.slots] == list(range(1, 16))
    assert view.slots[14].name == "Cassiopée 15"


async def test_every_mistake_is_told(fleet: Fleet, imports: Imports, kit: Kit) -> None:
    text = (
        "uai;kit;platform;slots\n"
        "0750654D;Orion;ipad;12\n"
        "0400377T;Cassiopée;android;8\n"
        "0400377T;Orion;tablet;douze\n"
        f"0400377T;{'x' * 41};ipad;61\n"
        "0400377T;Lyre;ipad;12\n"
        "0400377T;Lyre;android;13\n"
        "0400377T;;ipad;-3\n"
    )
    assert await refused(imports, text) == [
        (2, "uai", "0750654D", "school_unknown"),
        (3, "platform", "android", "kit_has_platform"),
        (3, "slots", "8", "kit_has_more_slots"),
        (4, "platform", "tablet", "platform_unknown"),
        (4, "slots", "douze", "number_malformed"),
        (5, "kit", "x" * 41, "name_too_long"),
        (5, "slots", "61", "slot_count_invalid"),
        (7, "platform", "android", "line_contradicts"),
        (7, "slots", "13", "line_contradicts"),
        (8, "kit", "", "value_missing"),
        (8, "slots", "-3", "number_malformed"),
    ]
    assert [one.kit for one in await fleet.kits()] == [kit]


async def test_a_territory_of_kits_is_imported_at_once(
    fleet: Fleet, imports: Imports, school: School, database: Database
) -> None:
    lines = "".join(f"0400377T;Valise {number};ipad;12\n" for number in range(1000))
    report = await imports.kits(f"uai;kit;platform;slots\n{lines}".encode(), actor=ACTOR, dry_run=False)
    assert len(report.created) == 1000
    assert sum(one.slots for one in await fleet.kits()) == 12_000
    assert (await database.read(verify)).intact
