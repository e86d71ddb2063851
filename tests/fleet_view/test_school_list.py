"""Schools with their figures: sorted, in pages of both directions, and only those in reach."""

import pytest

from mdm.fleet.reach import EVERYTHING, Reach
from mdm.fleet.states import TabletEvent
from mdm.fleet_view.attention import last_errors
from mdm.fleet_view.errors import CursorInvalid, FilterInvalid
from mdm.fleet_view.school_list import SchoolLines, school_lines
from mdm.i18n import Catalogs
from mdm.store import Connection
from tests.fleet_view.conftest import ACTOR, BOURG, LAC, PLAGE, SOUSTONS, World

ENGLISH = Catalogs("mdm.apple", "mdm.fleet_view").for_language("en")


@pytest.fixture
async def filled(world: World) -> World:
    """Two tablets in the Bourg, one lost; three at the Plage, one drifting; one at the Lac."""
    lost = await world.enrol("Cassiopée", 1, "A1")
    await world.enrol("Cassiopée", 2, "A2")
    drifting = await world.enrol("Pégase", 1, "B1")
    await world.enrol("Pégase", 2, "B2")
    await world.enrol("Pégase", 3, "B3")
    await world.enrol("Orion", 1, "C1")
    await world.fleet.change_state(lost, TabletEvent.LOSE, actor=ACTOR)
    await world.converge(drifting, whole=False)
    await world.rounds.once()
    return world


async def lines(world: World, reach: Reach = EVERYTHING, **asked: object) -> SchoolLines:
    return await world.database.read(lambda conn: school_lines(conn, reach, **asked))  # type: ignore[arg-type]


async def test_schools_are_sorted_by_what_is_looked_for(filled: World) -> None:
    assert [one.uai for one in (await lines(filled)).schools] == [LAC, PLAGE, BOURG]
    assert [one.uai for one in (await lines(filled, sort="tablets")).schools] == [PLAGE, BOURG, LAC]
    assert (await lines(filled, sort="gone")).schools[0].gone == 1
    assert (await lines(filled, sort="drifting")).schools[0].uai == PLAGE
    with pytest.raises(FilterInvalid):
        await lines(filled, sort="uai; DROP TABLE school")


@pytest.mark.parametrize("sort", ["name", "tablets", "errors"])
async def test_pages_lead_on_and_back(filled: World, sort: str) -> None:
    whole = [one.uai for one in (await lines(filled, sort=sort)).schools]
    first = await lines(filled, sort=sort, limit=1)
    second = await lines(filled, sort=sort, limit=1, after=first.next)
    third = await lines(filled, sort=sort, limit=1, after=second.next)
    assert [page.schools[0].uai for page in (first, second, third)] == whole
    assert (first.previous, third.next) == ("", "")
    back = await lines(filled, sort=sort, limit=1, before=third.previous)
    assert back.schools == second.schools
    with pytest.raises(CursorInvalid):
        await lines(filled, sort=sort, after="nowhere")


async def test_only_schools_in_reach_are_listed(filled: World) -> None:
    commune = await lines(filled, Reach(communes=frozenset({SOUSTONS})))
    assert {one.uai for one in commune.schools} == {PLAGE, LAC}
    assert (await lines(filled, Reach())).schools == ()


async def test_the_newest_error_is_told(filled: World) -> None:
    tablet_id = (await filled.fleet.tablet("A2")).tablet.tablet_id

    def fail(conn: Connection) -> None:
        for position, kind in enumerate(("InstallProfile", "InstallApplication")):
            conn.run(
                "INSERT INTO command (command_id, request_type, body, created_at, created_by)"
                " VALUES (:kind, :kind, :body, 1, 'system')",
                kind=kind,
                body=b"",
            )
            conn.run(
                "INSERT INTO delivery (tablet_id, position, command_id, state, answered_at)"
                " VALUES (:it, :position, :kind, 'error', :position)",
                it=tablet_id,
                position=position + 1,
                kind=kind,
            )

    await filled.database.write(fail)
    found = await filled.database.read(lambda conn: last_errors(conn, [tablet_id, "nobody"]))
    assert list(found) == [tablet_id]
    assert found[tablet_id].text(ENGLISH).startswith("Install an app.")
