"""Pupils come in from ONDE and from town halls: told first, applied whole, recognised the next time."""

from datetime import timedelta

import pytest

from mdm.clock import ManualClock
from mdm.home.pupils import imports as imports_room
from mdm.home.pupils.errors import ImportBusy, ImportDone, ImportUnknown, LeaversNotSure
from mdm.home.pupils.imports import Prepared, PupilImports
from mdm.home.pupils.matching import Action, Reason
from mdm.home.pupils.names import NameForm
from mdm.journal import entries
from mdm.store import Connection
from tests.home.pupils.families import (
    ACTOR,
    BOURG,
    LINA,
    MAYA,
    NOE,
    PINS,
    Town,
    guardians_file,
    onde,
    town_hall,
)


def moved(child: tuple[str, ...], level: str, name: str) -> tuple[str, ...]:
    return (*child[:4], level, name)


async def test_reading_tells_and_changes_nothing_until_it_is_applied(town: Town) -> None:
    report = await town.imports.read([onde(LINA, NOE)], uai=BOURG, actor=ACTOR)
    assert [(one.action, one.line.first_name) for one in report.decisions] == [
        (Action.ADD, "Lina"),
        (Action.ADD, "Noé"),
    ]
    assert report.files[0].encoding == "windows-1252"
    assert "Adresse1" in report.files[0].ignored
    assert await town.shown() == []
    done = await town.imports.apply(report.pending.import_id, actor=ACTOR)
    assert (done.state, done.counts["add"], done.counts["ask"]) == ("applied", 2, 0)
    assert await town.shown() == [("Lina V.", "CE1 A"), ("Noé T.", "CE2 B")]


async def test_importing_again_changes_nothing_and_a_new_class_moves(any_town: Town) -> None:
    await any_town.take_in(onde(LINA, NOE))
    again = await any_town.take_in(onde(LINA, NOE))
    assert (again.decisions, again.pending.counts["known"]) == ((), 2)
    report = await any_town.take_in(onde(moved(LINA, "CE2", "CE2 B"), NOE))
    assert [(one.action, one.line.class_name) for one in report.decisions] == [(Action.MOVE, "CE2 B")]
    assert await any_town.shown() == [("Lina V.", "CE2 B"), ("Noé T.", "CE2 B")]
    assert [(one.name, one.level, one.pupils) for one in (await any_town.pupils.school(BOURG)).classes] == [
        ("CE1 A", "CE1", 0),
        ("CE2 B", "CE2", 2),
    ]


async def test_a_birth_date_a_national_number_and_an_address_are_nowhere(town: Town) -> None:
    await town.take_in(
        onde(LINA, NOE), guardians_file("MME;;VERNAQUE;Ilse;1 rue;i@exemple.fr;;VERNAQUE;Lina;CE1 A;;;;")
    )
    held = await town.dump()
    for secret in ("2018", "0701234567", "VERNAQUE", "Vernaque", "Lilas", "exemple.fr", "Ilse"):
        assert secret not in held


async def test_whoever_is_missing_leaves_only_when_that_is_said(any_town: Town) -> None:
    await any_town.take_in(onde(LINA, NOE))
    report = await any_town.take_in(onde(LINA))
    assert [one.pupil.first_name for one in report.missing] == ["Noé"]
    assert len(await any_town.shown()) == 2
    await any_town.take_in(onde(LINA), leavers=True)
    assert await any_town.shown() == [("Lina V.", "CE1 A")]
    back = await any_town.take_in(onde(LINA, NOE))
    assert [one.action for one in back.decisions] == [Action.BACK]
    assert len(await any_town.shown()) == 2


async def test_nobody_leaves_while_a_line_cannot_be_read(town: Town) -> None:
    await town.take_in(onde(LINA, NOE))
    wrong = (*NOE[:2], "31/02/2017", *NOE[3:])
    report = await town.imports.read([onde(LINA, wrong)], uai=BOURG, actor=ACTOR)
    assert [(one.line, one.column) for one in report.unread] == [(3, "Date naissance")]
    with pytest.raises(LeaversNotSure):
        await town.imports.apply(report.pending.import_id, leavers=True, actor=ACTOR)
    await town.imports.apply(report.pending.import_id, actor=ACTOR)
    assert len(await town.shown()) == 2


async def test_a_town_halls_file_and_ondes_are_one_import_without_double_entry(any_town: Town) -> None:
    rows = ("Vernaque;Lina;12/03/2018;CE1", "Tarbouche;Noe;2017-09-01;CE2", "Quinterne;Maya;30.11.2019;Cours prep.")
    report = await any_town.take_in(town_hall(*rows), onde(LINA, NOE))
    assert report.pending.counts["add"] == 3
    assert report.pending.counts["known"] == 2
    assert await any_town.shown() == [("Lina V.", "CE1 A"), ("Maya Q.", "Cours prep."), ("Noé T.", "CE2 B")]
    later = await any_town.take_in(onde(LINA, NOE, MAYA))
    assert [(one.action, one.line.class_name) for one in later.decisions] == [(Action.MOVE, "CP")]
    # The town hall's word does not move whom ONDE placed.
    await any_town.take_in(town_hall(*rows))
    assert await any_town.shown() == [("Lina V.", "CE1 A"), ("Maya Q.", "CP"), ("Noé T.", "CE2 B")]


async def test_a_file_with_titles_of_its_own_is_read_by_a_chosen_mapping(town: Town) -> None:
    body = town_hall("Vernaque;Lina;CE1 A", titles="PATRONYME;PETIT NOM;DIV")
    mapping = {"last_name": "Patronyme", "first_name": "petit nom", "class_name": "Div"}
    report = await town.imports.read([body], uai=BOURG, mapping=mapping, actor=ACTOR)
    await town.imports.apply(report.pending.import_id, actor=ACTOR)
    assert await town.shown() == [("Lina V.", "CE1 A")]


async def test_a_territorys_file_names_each_school_by_code_or_by_name(town: Town) -> None:
    rows = (f"{BOURG};;Vernaque;Lina;CE1", ";ecole des pins;Tarbouche;Noé;CE2", ";Autre école;Perdue;Ligne;CP")
    report = await town.take_in(town_hall(*rows, titles="UAI;École;Nom;Prénom;Classe"), uai="")
    assert report.pending.uais == (PINS, BOURG)
    assert [(one.line, one.column) for one in report.unread] == [(4, "École")]
    assert await town.shown(BOURG) == [("Lina V.", "CE1")]
    assert await town.shown(PINS) == [("Noé T.", "CE2")]


async def test_a_child_in_two_schools_is_one_pupil_and_the_newer_import_asks(town: Town) -> None:
    await town.take_in(onde(LINA), uai=BOURG)
    report = await town.take_in(onde(LINA), uai=PINS)
    assert [(one.action, one.reason) for one in report.decisions] == [(Action.ASK, Reason.OTHER_SCHOOL)]
    assert await town.shown(PINS) == []
    assert len(await town.shown(BOURG)) == 1


async def test_two_pupils_of_one_first_name_and_initial_are_told_apart(town: Town) -> None:
    other = ("VOLTEMPS", "Lina", "01/02/2018", "0701234567D", "CE1", "CE1 A")
    await town.take_in(onde(LINA, other))
    assert await town.shown() == [("Lina Ve.", "CE1 A"), ("Lina Vo.", "CE1 A")]


async def test_an_import_waits_for_a_day(town: Town, clock: ManualClock) -> None:
    report = await town.imports.read([onde(LINA)], uai=BOURG, actor=ACTOR)
    assert [one.import_id for one in await town.imports.waiting()] == [report.pending.import_id]
    clock.advance(timedelta(hours=25))
    assert await town.imports.waiting() == []
    with pytest.raises(ImportUnknown):
        await town.imports.apply(report.pending.import_id, actor=ACTOR)


async def test_an_import_is_applied_once_and_a_dropped_one_never(town: Town) -> None:
    report = await town.take_in(onde(LINA))
    with pytest.raises(ImportDone):
        await town.imports.apply(report.pending.import_id, actor=ACTOR)
    other = await town.imports.read([onde(NOE)], uai=BOURG, actor=ACTOR)
    await town.imports.drop(other.pending.import_id, actor=ACTOR)
    with pytest.raises(ImportUnknown):
        await town.imports.report(other.pending.import_id)
    assert await town.shown() == [("Lina V.", "CE1 A")]


class Interrupted(Exception):
    """The server stopped."""


async def half_done(town: Town, monkeypatch: pytest.MonkeyPatch) -> str:
    """Leave an import of three pupils after its first step."""
    monkeypatch.setattr(imports_room, "STEP", 1)
    report = await town.imports.read([onde(LINA, NOE, MAYA)], uai=BOURG, actor=ACTOR)
    write = PupilImports.write

    def once(self: PupilImports, conn: Connection, prepared: Prepared, *, until: int) -> None:
        if prepared.done:
            raise Interrupted
        write(self, conn, prepared, until=until)

    with monkeypatch.context() as patched:
        patched.setattr(PupilImports, "write", once)
        with pytest.raises(Interrupted):
            await town.imports.apply(report.pending.import_id, actor=ACTOR)
    return report.pending.import_id


async def test_an_import_that_was_left_half_done_is_found_and_continued(
    any_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = await half_done(any_town, monkeypatch)
    (waiting,) = await any_town.imports.waiting()
    assert (waiting.import_id, waiting.state, waiting.done) == (import_id, "applying", 1)
    assert len(await any_town.shown()) == 1
    other = await any_town.imports.read([onde(LINA)], uai=BOURG, actor=ACTOR)
    with pytest.raises(ImportBusy):
        await any_town.imports.apply(other.pending.import_id, actor=ACTOR)
    done = await any_town.imports.apply(import_id, actor=ACTOR)
    assert done.counts["add"] == 3
    assert len(await any_town.shown()) == 3
    await any_town.imports.apply(other.pending.import_id, actor=ACTOR)


async def test_one_that_was_left_half_done_is_dropped_and_imported_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = await half_done(town, monkeypatch)
    await town.imports.drop(import_id, actor=ACTOR)
    again = await town.take_in(onde(LINA, NOE, MAYA))
    assert (again.pending.counts["known"], again.pending.counts["add"]) == (1, 2)
    assert len(await town.shown()) == 3


@pytest.mark.parametrize("purged", [True, False])
async def test_one_that_was_left_half_done_holds_nobody_up_once_its_day_is_over(
    any_town: Town, monkeypatch: pytest.MonkeyPatch, purged: bool
) -> None:
    import_id = await half_done(any_town, monkeypatch)
    any_town.clock.advance(timedelta(hours=25))
    if purged:
        # As the purge does it, which knows nothing of turns.
        await any_town.database.write(
            lambda conn: conn.run("DELETE FROM pupil_import WHERE import_id = :it", it=import_id)
        )
    await any_town.pupils.choose_names(BOURG, NameForm.FIRST, actor=ACTOR)
    await any_town.take_in(onde(LINA, NOE, MAYA))
    assert len(await any_town.shown()) == 3


async def test_one_that_has_stopped_gives_way_and_goes_on_later(
    any_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = await half_done(any_town, monkeypatch)
    other = await any_town.imports.read([onde(moved(MAYA, "CE1", "CE1 A"))], uai=PINS, actor=ACTOR)
    any_town.clock.advance(timedelta(minutes=9))
    with pytest.raises(ImportBusy):
        await any_town.imports.apply(other.pending.import_id, actor=ACTOR)
    with pytest.raises(ImportBusy):
        await any_town.pupils.choose_names(PINS, NameForm.FIRST, actor=ACTOR)
    any_town.clock.advance(timedelta(minutes=2))
    await any_town.imports.apply(other.pending.import_id, actor=ACTOR)
    assert len(await any_town.shown(PINS)) == 1
    # Maya came in through the other import: the first compares anew, and asks.
    done = await any_town.imports.apply(import_id, actor=ACTOR)
    assert done.state == "applied"
    assert len(await any_town.shown()) == 2
    (doubt,) = await any_town.doubts.of_school(BOURG)
    assert doubt.reason is Reason.OTHER_SCHOOL


async def test_who_lost_the_turn_writes_nothing_more_of_an_old_comparison(any_town: Town) -> None:
    first = (await any_town.imports.read([onde(LINA, NOE)], uai=BOURG, actor=ACTOR)).pending.import_id
    await any_town.database.write(lambda conn: any_town.imports.begin(conn, first, leavers=False))
    prepared = await any_town.imports.prepare(first)
    any_town.clock.advance(timedelta(minutes=11))
    await any_town.pupils.choose_names(BOURG, NameForm.FIRST, actor=ACTOR)
    with pytest.raises(ImportBusy):
        await any_town.database.write(lambda conn: any_town.imports.write(conn, prepared, until=2))
    with pytest.raises(ImportBusy):
        await any_town.database.write(lambda conn: any_town.imports.finish(conn, prepared, actor=ACTOR))
    assert await any_town.shown() == []
    await any_town.imports.apply(first, actor=ACTOR)
    assert await any_town.shown() == [("Lina", "CE1 A"), ("Noé", "CE2 B")]


async def test_the_journal_tells_numbers_and_no_name(town: Town) -> None:
    await town.take_in(onde(LINA, NOE))

    def told(conn: Connection) -> list[tuple[str, str]]:
        return [(one.kind, one.detail) for one in entries(conn) if one.kind.startswith("pupil")]

    found = await town.database.read(told)
    assert [kind for kind, _ in found] == ["pupil_import_read", "pupils_imported"]
    assert '"add":2' in found[1][1]
    assert not any("Lina" in detail or "CE1" in detail for _, detail in found)
