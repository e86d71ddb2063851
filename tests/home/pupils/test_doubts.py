"""What nobody can be sure of is asked, once; the answer holds for the imports that follow."""

import pytest

from mdm.home.pupils.doubts import Answer
from mdm.home.pupils.errors import AnswerImpossible, DoubtUnknown, PupilUnknown
from mdm.home.pupils.lines import Source
from mdm.home.pupils.matching import Reason
from mdm.journal import entries
from tests.home.pupils.families import ACTOR, BOURG, LINA, NOE, PINS, Town, onde, town_hall

NAMES = "Nom;Prénom;Niveau;Classe"


async def test_a_name_that_is_nearly_the_same_is_asked_about_and_is_the_same(any_town: Town) -> None:
    await any_town.take_in(onde(LINA, NOE))
    row = "Tarbouche;Noë-Luc;CE2;CE2 B"
    await any_town.take_in(town_hall("Vernaque;Lina;CE1;CE1 A", row, titles=NAMES))
    (doubt,) = await any_town.doubts.of_school(BOURG)
    noe = await any_town.named("Noé")
    assert (doubt.reason, doubt.line.first_name) == (Reason.CLOSE, "Noë-Luc")
    assert [one.pupil.pupil_id for one in doubt.candidates] == [noe.pupil.pupil_id]
    assert doubt.answers == (Answer.SAME, Answer.DIFFERENT)
    await any_town.doubts.answer(doubt.doubt_id, Answer.SAME, pupil_id=noe.pupil.pupil_id, actor=ACTOR)
    assert await any_town.doubts.of_school(BOURG) == []
    again = await any_town.take_in(town_hall(row, titles=NAMES))
    assert again.pending.counts["known"] == 1
    assert len(await any_town.everyone()) == 2


async def test_another_child_is_added_and_not_asked_about_again(town: Town) -> None:
    await town.take_in(onde(LINA))
    row = "Vernaquer;Lina;CE1;CE1 A"
    await town.take_in(town_hall(row, titles=NAMES))
    await town.take_in(town_hall(row, titles=NAMES))
    (doubt,) = await town.doubts.of_school(BOURG)
    await town.doubts.answer(doubt.doubt_id, Answer.DIFFERENT, actor=ACTOR)
    assert len(await town.everyone()) == 2
    again = await town.take_in(town_hall(row, titles=NAMES))
    assert again.pending.counts["known"] == 1
    with pytest.raises(DoubtUnknown):
        await town.doubts.answer(doubt.doubt_id, Answer.DIFFERENT, actor=ACTOR)


async def test_ondes_class_stays_when_a_town_halls_line_is_the_same_child(any_town: Town) -> None:
    await any_town.take_in(onde(LINA, NOE))
    await any_town.take_in(town_hall("Tarbouche;Noë-Luc;CE2;CE2", titles=NAMES))
    (doubt,) = await any_town.doubts.of_school(BOURG)
    noe = await any_town.named("Noé")
    await any_town.doubts.answer(doubt.doubt_id, Answer.SAME, pupil_id=noe.pupil.pupil_id, actor=ACTOR)
    assert await any_town.shown() == [("Lina V.", "CE1 A"), ("Noé T.", "CE2 B")]
    assert [one.name for one in (await any_town.pupils.school(BOURG)).classes] == ["CE1 A", "CE2 B"]
    (held,) = (await any_town.pupils.pupil(noe.pupil.pupil_id)).inscriptions
    assert (held.level, held.source) == ("CE2", Source.ONDE)
    # What ONDE says of the child moves it still.
    await any_town.take_in(onde(LINA, (*NOE[:4], "CE1", "CE1 A")))
    assert await any_town.shown() == [("Lina V.", "CE1 A"), ("Noé T.", "CE1 A")]


async def test_an_answer_moves_a_child_whom_only_the_town_hall_places(town: Town) -> None:
    await town.take_in(town_hall("Vernaque;Lina;CE1;CE1 A", "Tarbouche;Noé;CE2;CE2 B", titles=NAMES))
    await town.take_in(onde(("TARBOUCHE", "Noë-Luc", "01/09/2017", "0701234567B", "CE2", "CE2 B")))
    (first,) = await town.doubts.of_school(BOURG)
    noe = await town.named("Noé")
    await town.doubts.answer(first.doubt_id, Answer.SAME, pupil_id=noe.pupil.pupil_id, actor=ACTOR)
    (held,) = (await town.pupils.pupil(noe.pupil.pupil_id)).inscriptions
    assert held.source is Source.ONDE


async def test_one_wrong_letter_of_a_first_name_is_asked_about(any_town: Town) -> None:
    await any_town.take_in(onde(LINA, NOE))
    await any_town.take_in(town_hall("Vernaque;Lena;CE1;CE1 A", titles=NAMES))
    (doubt,) = await any_town.doubts.of_school(BOURG)
    assert (doubt.reason, [one.pupil.shown_name for one in doubt.candidates]) == (Reason.CLOSE, ["Lina V."])
    assert len(await any_town.everyone()) == 2


@pytest.mark.parametrize("row", ["Vernier;Lena;CE1;CE1 A", "Vernaque;Lena;CE1;CE1 B", "Vernaque;Leno;CE1;CE1 A"])
async def test_another_name_or_another_class_is_another_child(town: Town, row: str) -> None:
    await town.take_in(onde(LINA))
    await town.take_in(town_hall(row, titles=NAMES))
    assert await town.doubts.of_school(BOURG) == []
    assert len(await town.everyone()) == 2


async def test_twins_of_nearly_one_name_are_told_apart_by_a_file_that_names_both(town: Town) -> None:
    nina = ("VERNAQUE", "NINA", "12/03/2018", "0701234567D", "CE1", "CE1 A")
    await town.take_in(onde(LINA, nina))
    report = await town.take_in(town_hall("Vernaque;Lina;CE1;CE1 A", "Vernaque;Nina;CE1;CE1 A", titles=NAMES))
    assert (report.pending.counts["known"], report.pending.counts["ask"]) == (2, 0)


async def test_whom_a_question_may_mean_does_not_count_as_missing(town: Town) -> None:
    await town.take_in(onde(LINA, NOE))
    report = await town.take_in(town_hall("Tarbouche;Noë-Luc;CE2;CE2 B", titles=NAMES), leavers=True)
    assert [one.pupil.first_name for one in report.missing] == ["Lina"]


@pytest.mark.parametrize(("answer", "left"), [(Answer.MOVED, []), (Answer.BOTH, ["Lina V."])])
async def test_a_child_of_two_schools_has_moved_or_is_in_both(town: Town, answer: Answer, left: list[str]) -> None:
    await town.take_in(onde(LINA), uai=BOURG)
    lina = await town.named("Lina")
    await town.take_in(onde(LINA), uai=PINS)
    (doubt,) = await town.doubts.of_school(PINS)
    assert doubt.answers == (Answer.MOVED, Answer.BOTH, Answer.DIFFERENT)
    meant = await town.doubts.answer(doubt.doubt_id, answer, pupil_id=lina.pupil.pupil_id, actor=ACTOR)
    assert meant == lina.pupil.pupil_id
    assert [name for name, _ in await town.shown(PINS)] == ["Lina V."]
    assert [name for name, _ in await town.shown(BOURG)] == left
    assert (await town.pupils.pupil(meant)).pupil.left_at is None
    again = await town.take_in(onde(LINA), uai=PINS)
    assert again.pending.counts["known"] == 1


async def test_a_corrected_birth_date_is_asked_about(town: Town) -> None:
    await town.take_in(town_hall("Vernaque;Lina;12/03/2018;CE1"))
    await town.take_in(town_hall("Vernaque;Lina;13/03/2018;CE1"))
    (doubt,) = await town.doubts.of_school(BOURG)
    assert doubt.reason is Reason.BIRTH_DIFFERS


async def test_an_answer_that_does_not_fit_changes_nothing(town: Town) -> None:
    await town.take_in(onde(LINA, NOE))
    await town.take_in(town_hall("Vernaquer;Lina;CE1;CE1 A", titles=NAMES))
    (doubt,) = await town.doubts.of_school(BOURG)
    noe = await town.named("Noé")
    for answer, pupil_id in ((Answer.SAME, noe.pupil.pupil_id), (Answer.MOVED, doubt.candidates[0].pupil.pupil_id)):
        with pytest.raises(AnswerImpossible):
            await town.doubts.answer(doubt.doubt_id, answer, pupil_id=pupil_id, actor=ACTOR)
    assert len(await town.doubts.of_school(BOURG)) == 1
    with pytest.raises(PupilUnknown):
        await town.pupils.pupil("0" * 32)


async def test_the_answer_is_journalled_without_a_name(town: Town) -> None:
    await town.take_in(onde(LINA, NOE))
    await town.take_in(town_hall("Vernaquer;Lina;CE1;CE1 A", "Tarbouche;Noé Luc;CE2;CE2 B", titles=NAMES))
    first, _ = await town.doubts.of_school(BOURG)
    meant = await town.doubts.answer(first.doubt_id, Answer.DIFFERENT, actor=ACTOR)
    told = await town.database.read(lambda conn: entries(conn, subject=f"pupil:{meant}"))
    assert [one.kind for one in told] == ["pupil_doubt_answered"]
    assert "Vernaquer" not in await town.dump()
