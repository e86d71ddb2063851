"""A school's pupils: lists, names as it chose, children entered by hand, and the end of the year."""

import pytest

from mdm.fleet.errors import NameEmpty
from mdm.home.pupils.errors import ClassesNotAllSaid, ClassUnknown, PupilUnknown
from mdm.home.pupils.names import NameForm
from tests.home.pupils.families import ACTOR, BOURG, LINA, MAYA, NOE, PINS, Town, onde


async def test_lists_come_in_pages_and_by_class(any_town: Town) -> None:
    await any_town.take_in(onde(LINA, NOE, MAYA))
    first = await any_town.pupils.page(BOURG, limit=2)
    rest = await any_town.pupils.page(BOURG, limit=2, after=first.next)
    assert [one.pupil.first_name for one in (*first.pupils, *rest.pupils)] == ["Lina", "Maya", "Noé"]
    assert rest.next == ""
    assert [one.pupil.first_name for one in (await any_town.pupils.page(BOURG, text="m")).pupils] == ["Maya"]
    for text in ("NOÉ", "noe", "no", " Noé "):
        found = await any_town.pupils.page(BOURG, text=text)
        assert [one.pupil.first_name for one in found.pupils] == ["Noé"], text
    assert (await any_town.pupils.page(BOURG, text="%")).pupils == ()
    classes = {one.name: one.class_id for one in (await any_town.pupils.school(BOURG)).classes}
    page = await any_town.pupils.page(BOURG, class_id=classes["CE2 B"])
    assert [one.pupil.first_name for one in page.pupils] == ["Noé"]


async def test_a_school_that_keeps_less_of_names_forgets_the_rest_at_once(any_town: Town) -> None:
    await any_town.pupils.choose_names(BOURG, NameForm.FULL, actor=ACTOR)
    await any_town.take_in(onde(LINA))
    assert [name for name, _ in await any_town.shown()] == ["Lina Vernaque"]
    await any_town.pupils.choose_names(BOURG, NameForm.INITIAL, actor=ACTOR)
    assert [name for name, _ in await any_town.shown()] == ["Lina V."]
    assert "Vernaque" not in await any_town.dump()
    await any_town.pupils.choose_names(BOURG, NameForm.FIRST, actor=ACTOR)
    assert [name for name, _ in await any_town.shown()] == ["Lina"]
    await any_town.pupils.choose_names(BOURG, NameForm.FULL, actor=ACTOR)
    await any_town.take_in(onde(LINA))
    assert [name for name, _ in await any_town.shown()] == ["Lina Vernaque"]


async def test_the_classes_move_on_all_at_once_and_the_last_one_leaves(any_town: Town) -> None:
    await any_town.take_in(onde(MAYA, LINA, NOE))
    ids = {one.name: one.class_id for one in (await any_town.pupils.school(BOURG)).classes}
    with pytest.raises(ClassesNotAllSaid) as refused:
        await any_town.pupils.move_classes(BOURG, {ids["CP"]: ids["CE1 A"]}, actor=ACTOR)
    assert refused.value.params["classes"] == "CE1 A, CE2 B"
    moves = {ids["CP"]: ids["CE1 A"], ids["CE1 A"]: ids["CE2 B"], ids["CE2 B"]: None}
    assert await any_town.pupils.move_classes(BOURG, moves, actor=ACTOR) == {"moved": 2, "left": 1}
    assert [(one.pupil.first_name, one.class_name, one.level) for one in await any_town.everyone()] == [
        ("Lina", "CE2 B", "CE2"),
        ("Maya", "CE1 A", "CE1"),
    ]
    with pytest.raises(ClassUnknown):
        await any_town.pupils.move_classes(BOURG, {**moves, "0" * 32: None}, actor=ACTOR)


async def test_a_child_entered_by_hand_is_recognised_by_the_next_import(town: Town) -> None:
    made = await town.fleet.create_class(BOURG, "CE1 A", actor=ACTOR)
    await town.pupils.add(BOURG, first_name="LINA", last_name="Vernaque", class_id=made.class_id, actor=ACTOR)
    assert await town.shown() == [("Lina V.", "CE1 A")]
    report = await town.take_in(onde(LINA))
    assert report.pending.counts["add"] == 0
    assert len(await town.everyone()) == 1


async def test_what_cannot_be_is_refused(town: Town) -> None:
    with pytest.raises(ClassUnknown):
        await town.pupils.add(BOURG, first_name="Lina", last_name="V", class_id="0" * 32, actor=ACTOR)
    with pytest.raises(NameEmpty):
        await town.pupils.add(BOURG, first_name=" ", last_name="V", class_id=None, actor=ACTOR)
    with pytest.raises(PupilUnknown):
        await town.pupils.leave(BOURG, "0" * 32, actor=ACTOR)


async def test_a_pupil_leaves_one_school_and_stays_in_the_other(town: Town) -> None:
    pupil_id = await town.pupils.add(BOURG, first_name="Lina", last_name="V", class_id=None, actor=ACTOR)
    await town.pupils.leave(PINS, pupil_id, actor=ACTOR)
    assert (await town.pupils.pupil(pupil_id)).pupil.left_at is None
    await town.pupils.leave(BOURG, pupil_id, actor=ACTOR)
    assert (await town.pupils.pupil(pupil_id)).pupil.left_at == town.clock.ms()
