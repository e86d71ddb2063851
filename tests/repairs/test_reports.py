"""Reporting a fault, alone or after others."""

import asyncio

import pytest

from mdm.fleet.errors import TabletUnknown
from mdm.fleet.states import TabletEvent, TabletState
from mdm.journal import entries
from mdm.repairs.errors import KindUnknown, TabletGone, WordsTooLong
from mdm.repairs.fault import FaultKind, clean_words, parse_kind
from mdm.repairs.fault_states import FaultEvent, FaultState
from mdm.repairs.photo_errors import PhotosTooMany, PhotoUnknown
from tests.repairs.world import SCHOOL, TEACHER, TECHNICIAN, World, picture


async def test_a_report_is_kept_with_its_place_its_words_and_its_photo(world: World) -> None:
    fault = await world.report("A2", words="  The screen\r\nis cracked. ", photos=(picture(),))
    view = await world.faults.show(fault.fault_id)
    assert (view.line.serial, view.line.kit_name, view.line.school_name) == ("A2", "Cassiopée", "École du Bourg")
    assert (view.line.fault.uai, view.line.fault.slot_number) == (SCHOOL, 2)
    assert [(one.event, one.words, one.actor) for one in view.changes] == [
        (FaultEvent.REPORT, "The screen\nis cracked.", TEACHER)
    ]
    assert len(view.photos) == view.line.photos == 1
    assert (await world.faults.photo(fault.fault_id, view.photos[0].hash)).startswith(b"\xff\xd8")
    assert await world.state("A2") is TabletState.READY


async def test_two_reports_at_once_are_one_fault(any_world: World) -> None:
    reports = [any_world.report("A1", words=f"I am teacher {n}", actor=f"account:{n}") for n in range(3)]
    found = await asyncio.gather(*reports)
    assert len({fault.fault_id for fault in found}) == 1
    assert sorted(fault.reports for fault in found) == [1, 2, 3]
    view = await any_world.faults.show(found[0].fault_id)
    assert sorted(one.words for one in view.changes) == [f"I am teacher {n}" for n in range(3)]
    assert [one.position for one in view.changes] == [1, 2, 3]
    kinds = await any_world.told("A1")
    assert (kinds.count("fault_reported"), kinds.count("fault_joined")) == (1, 2)


async def test_faults_of_other_kinds_and_of_other_tablets_are_others(world: World) -> None:
    first = await world.report("A1")
    assert (await world.report("A1", FaultKind.BATTERY)).fault_id != first.fault_id
    assert (await world.report("A2")).fault_id != first.fault_id


async def test_a_fault_that_was_closed_is_not_joined(world: World) -> None:
    first = await world.report("A1")
    await world.repairs.dismiss(first.fault_id, actor=TECHNICIAN)
    await world.repairs.close(first.fault_id, actor=TECHNICIAN)
    second = await world.report("A1")
    assert second.fault_id != first.fault_id
    assert second.reports == 1


async def test_who_reports_it_again_reopens_what_seemed_repaired(world: World) -> None:
    first = await world.report("A1", unusable=True)
    await world.repairs.repair(first.fault_id, actor=TECHNICIAN)
    again = await world.report("A1", words="Still cracked")
    assert again.fault_id == first.fault_id
    assert (again.state, again.settled_at, again.outcome) == (FaultState.OPEN, None, None)
    # This time nobody said that it cannot be used.
    assert await world.state("A1") is TabletState.READY


async def test_an_unusable_tablet_is_broken_at_once(world: World) -> None:
    await world.report("A1", unusable=True)
    assert await world.state("A1") is TabletState.BROKEN
    assert (await world.places())[1] == "A1"
    await world.report("A1", FaultKind.BATTERY, unusable=True)
    assert await world.state("A1") is TabletState.BROKEN


async def test_a_second_report_may_say_that_it_is_unusable(world: World) -> None:
    await world.report("A1")
    assert (await world.report("A1", unusable=True)).unusable
    assert await world.state("A1") is TabletState.BROKEN
    assert (await world.report("A1")).unusable


async def test_a_tablet_reported_lost_is_lost(world: World) -> None:
    fault = await world.report("A1", FaultKind.LOST)
    assert fault.unusable
    assert await world.state("A1") is TabletState.LOST


async def test_a_tablet_without_a_place_can_be_reported(world: World) -> None:
    fault = await world.report("S1")
    assert (fault.uai, fault.kit_id, fault.slot_number) == (None, None, None)
    assert (await world.faults.show(fault.fault_id)).line.kit_name == ""


async def test_a_tablet_that_left_the_fleet_is_not_reported(world: World) -> None:
    await world.fleet.change_state(world.tablets["A1"], TabletEvent.RETIRE, actor="test")
    with pytest.raises(TabletGone):
        await world.report("A1")
    world.tablets["nowhere"] = "nowhere"
    with pytest.raises(TabletUnknown):
        await world.report("nowhere", photos=(picture(),))


async def test_the_journal_has_identifiers_and_never_words(world: World) -> None:
    fault = await world.report("A1", words="Zoé dropped it")
    await world.repairs.take(fault.fault_id, words="Zoé again", actor=TECHNICIAN)
    written = await world.database.read(lambda conn: entries(conn, limit=1000))
    assert any(fault.fault_id in one.detail for one in written)
    assert not any("Zoé" in one.detail or "again" in one.detail for one in written)


async def test_no_more_photos_are_kept_than_show_a_fault(world: World) -> None:
    with pytest.raises(PhotosTooMany):
        await world.report("A1", photos=tuple(picture(width) for width in range(10, 15)))
    for round_ in range(3):
        widths = range(10 * round_ + 10, 10 * round_ + 14)
        fault = await world.report("A1", photos=tuple(picture(width) for width in widths))
    with pytest.raises(PhotosTooMany):
        await world.report("A1", photos=(picture(99),))
    assert fault.reports == 3
    # The same photos again are no more photos.
    assert (await world.report("A1", photos=tuple(picture(width) for width in range(10, 14)))).reports == 4


async def test_a_photo_is_shown_with_its_own_fault_alone(world: World) -> None:
    mine = await world.report("A1", photos=(picture(),))
    other = await world.report("A2")
    digest = (await world.faults.show(mine.fault_id)).photos[0].hash
    for wrong in (digest, "0" * 64, "../../etc/passwd"):
        with pytest.raises(PhotoUnknown):
            await world.faults.photo(other.fault_id, wrong)


async def test_too_many_words_are_refused_with_their_number(world: World) -> None:
    assert len(clean_words("é" * 1000)) == 1000
    with pytest.raises(WordsTooLong, match="1001"):
        await world.report("A1", words="e" * 1001)
    assert clean_words("a\0b\tc\u200b\n\n  d ") == "ab c\n\nd"


def test_kinds_are_read_in_any_case() -> None:
    assert parse_kind(" Screen ") is FaultKind.SCREEN
    with pytest.raises(KindUnknown, match="teapot"):
        parse_kind("teapot")
