"""Importing schools."""

import pytest

from mdm.fleet.errors import NameTooLong
from mdm.fleet.fleet import Fleet
from mdm.fleet.import_report import ImportRefused, ImportReport
from mdm.fleet.imports import Imports
from mdm.fleet.territory import School
from mdm.i18n import Catalogs
from mdm.journal import latest_entries
from mdm.store import Connection, Database

ACTOR = "account:test"

SCHOOLS = """Code UAI;Nom de l'école;Code INSEE;Commune
0400377T;École maternelle d'Audignon;40015;Audignon
0400543Y;"École «Les Pins»; élémentaire";40192;Mont-de-Marsan
0400544Z;École du Port;40192;Mont-de-Marsan
"""


def told(report: ImportReport) -> list[tuple[int, str, str]]:
    return [(change.line, change.kind, change.key) for change in (*report.created, *report.changed)]


async def refused(imports: Imports, text: str, *, territory: str | None = "Landes") -> list[tuple[int, str, str, str]]:
    for dry_run in (True, False):
        with pytest.raises(ImportRefused) as error:
            await imports.schools(text.encode(), actor=ACTOR, territory=territory, dry_run=dry_run)
    return [(one.line, one.column, one.value, one.error.code) for one in error.value.problems]


async def stored(database: Database) -> list[int]:
    def count(conn: Connection) -> list[int]:
        found = [
            conn.one("SELECT COUNT(*) AS n FROM territory"),
            conn.one("SELECT COUNT(*) AS n FROM commune"),
            conn.one("SELECT COUNT(*) AS n FROM school"),
            conn.one("SELECT COUNT(*) AS n FROM journal"),
        ]
        return [row["n"] for row in found if row]

    return await database.read(count)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ","])
async def test_a_schools_file_is_imported_whole(
    fleet: Fleet, imports: Imports, database: Database, encoding: str, delimiter: str
) -> None:
    text = SCHOOLS if delimiter == ";" else SCHOOLS.replace(";", ",")
    report = await imports.schools(text.encode(encoding), actor=ACTOR, territory="Landes", dry_run=False)
    assert [school.name for school in await fleet.schools()] == [
        "École maternelle d'Audignon",
        f"École «Les Pins»{delimiter} élémentaire",
        "École du Port",
    ]
    assert [commune.name for commune in await fleet.communes()] == ["Audignon", "Mont-de-Marsan"]
    assert [territory.name for territory in await fleet.territories()] == ["Landes"]
    assert (report.lines, len(report.created), len(report.changed), report.applied) == (3, 6, 0, True)
    assert (report.encoding, report.delimiter) == ("windows-1252" if encoding == "cp1252" else "utf-8", delimiter)
    (entry,) = await database.read(lambda conn: latest_entries(conn))
    assert (entry.kind, entry.actor) == ("schools_imported", ACTOR)
    assert entry.detail == '{"changed":0,"created":6,"lines":3}'


async def test_a_dry_run_tells_what_would_be_and_changes_nothing(imports: Imports, database: Database) -> None:
    report = await imports.schools(SCHOOLS.encode(), actor=ACTOR, territory="Landes")
    assert told(report) == [
        (2, "territory", "Landes"),
        (2, "commune", "40015"),
        (3, "commune", "40192"),
        (2, "school", "0400377T"),
        (3, "school", "0400543Y"),
        (4, "school", "0400544Z"),
    ]
    assert not report.applied
    assert await stored(database) == [0, 0, 0, 0]
    done = await imports.schools(SCHOOLS.encode(), actor=ACTOR, territory="Landes", dry_run=False)
    assert told(done) == told(report)


async def test_importing_again_changes_nothing(imports: Imports, database: Database) -> None:
    await imports.schools(SCHOOLS.encode(), actor=ACTOR, territory="Landes", dry_run=False)
    before = await stored(database)
    report = await imports.schools(SCHOOLS.encode(), actor=ACTOR, dry_run=False)
    assert (report.created, report.changed, report.unchanged) == ((), (), 3)
    assert await stored(database) == before


async def test_what_changed_is_told_with_before_and_after(fleet: Fleet, imports: Imports, database: Database) -> None:
    await imports.schools(SCHOOLS.encode(), actor=ACTOR, territory="Landes", dry_run=False)
    await database.write(lambda conn: conn.run("UPDATE school SET edition_id = 'e1' WHERE uai = '0400544Z'"))
    text = SCHOOLS.replace("École du Port", "École Rosa-Bonheur").replace("Audignon\n", "Audignon-sur-Adour\n")
    report = await imports.schools(text.encode(), actor=ACTOR, dry_run=False)
    assert [(one.line, one.key, one.before, one.after) for one in report.changed] == [
        (2, "40015", "Audignon, Landes", "Audignon-sur-Adour, Landes"),
        (4, "0400544Z", "École du Port, 40192", "École Rosa-Bonheur, 40192"),
    ]
    assert (report.created, report.unchanged) == ((), 1)
    assert (await fleet.schools())[2] == School(
        uai="0400544Z", insee="40192", name="École Rosa-Bonheur", edition_id="e1"
    )


async def test_every_mistake_is_told_with_line_column_value_and_what_would_be_right(
    imports: Imports, database: Database
) -> None:
    text = (
        "Code UAI;Nom;INSEE;Commune\n"
        "0400377S;École A;1004;Ambérieu-en-Bugey\n"
        f"nonsense;{'x' * 121};20004;\n"
        "0400543Y;École C;40192;Mont-de-Marsan;trop\n"
        ";École D;40192;Mont-de-Marsan\n"
    )
    assert await refused(imports, text) == [
        (2, "Code UAI", "0400377S", "uai_letter_wrong"),
        (2, "INSEE", "1004", "insee_without_zero"),
        (3, "Code UAI", "nonsense", "uai_malformed"),
        (3, "Nom", "x" * 80, NameTooLong.code),
        (3, "INSEE", "20004", "insee_in_corsica"),
        (3, "Commune", "", "value_missing"),
        (4, "", "", "too_many_cells"),
        (5, "Code UAI", "", "value_missing"),
    ]
    assert await stored(database) == [0, 0, 0, 0]


async def test_mistakes_are_told_in_french(imports: Imports) -> None:
    translate = Catalogs("mdm.fleet").for_language("fr")
    with pytest.raises(ImportRefused) as error:
        await imports.schools(b"uai;name;insee;commune\n0400377S;A;40192;B\n", actor=ACTOR, territory="Landes")
    (problem,) = error.value.problems
    assert problem.advice(translate) == "Vérifiez les chiffres\u00a0; s’ils sont justes, le code est 0400377T."
    assert "1" in error.value.text(translate)


async def test_a_mistake_in_the_last_line_keeps_the_first_from_being_imported(
    imports: Imports, database: Database
) -> None:
    await refused(imports, SCHOOLS + "0400000A;X;40192;Mont-de-Marsan\n")
    assert await stored(database) == [0, 0, 0, 0]


async def test_lines_that_contradict_each_other_are_refused(imports: Imports) -> None:
    text = (
        "uai;name;insee;commune;territory\n"
        "0400377T;A;40015;Audignon;Landes\n"
        "0400377T;B;40192;Mont-de-Marsan;Landes\n"
        "0400543Y;C;40015;Dax;Gironde\n"
    )
    assert await refused(imports, text) == [
        (3, "name", "B", "line_contradicts"),
        (3, "insee", "40192", "line_contradicts"),
        (4, "commune", "Dax", "line_contradicts"),
        (4, "territory", "Gironde", "line_contradicts"),
    ]


async def test_a_line_that_is_repeated_counts_once(fleet: Fleet, imports: Imports) -> None:
    text = SCHOOLS + SCHOOLS.splitlines()[1].replace(";Audignon", ";AUDIGNON")
    report = await imports.schools(text.encode(), actor=ACTOR, territory="Landes", dry_run=False)
    assert (len(report.created), report.unchanged) == (6, 1)
    assert (await fleet.communes())[0].name == "Audignon"


async def test_a_commune_needs_a_territory(fleet: Fleet, imports: Imports) -> None:
    assert await refused(imports, SCHOOLS, territory=None) == [
        (2, "Code INSEE", "40015", "territory_not_said"),
        (3, "Code INSEE", "40192", "territory_not_said"),
    ]
    await fleet.create_territory("Landes", actor=ACTOR)
    report = await imports.schools(SCHOOLS.encode(), actor=ACTOR, dry_run=False)
    assert {change.kind for change in report.created} == {"commune", "school"}
    await fleet.create_territory("Gironde", actor=ACTOR)
    again = await imports.schools(SCHOOLS.encode(), actor=ACTOR, dry_run=False)
    assert again.unchanged == 3


async def test_a_lines_own_territory_counts_more_than_the_files(fleet: Fleet, imports: Imports) -> None:
    text = "uai,name,insee,commune,territoire\n0330019S,A,33063,Bordeaux,Gironde\n0400377T,B,40015,Audignon,\n"
    await imports.schools(text.encode(), actor=ACTOR, territory="Landes", dry_run=False)
    names = {one.territory_id: one.name for one in await fleet.territories()}
    assert [names[commune.territory_id] for commune in await fleet.communes()] == ["Gironde", "Landes"]
    kept = await imports.schools(text.replace("Gironde", "").encode(), actor=ACTOR, territory="Landes")
    assert (kept.created, kept.changed) == ((), ())


async def test_the_ministrys_directory_can_be_imported_as_it_is(imports: Imports) -> None:
    text = (
        "\ufeffIdentifiant_de_l_etablissement;Nom_etablissement;Type_etablissement;Code_commune;Nom_commune;Mail\n"
        "0400377T;Ecole maternelle;Ecole;40015;Audignon;nobody@example.org\n"
    )
    report = await imports.schools(text.encode(), actor=ACTOR, territory="Landes")
    assert len(report.created) == 3
    assert report.ignored_columns == ("Type_etablissement", "Mail")
