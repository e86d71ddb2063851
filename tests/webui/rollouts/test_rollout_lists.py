"""The list of rollouts and the tablets that are not well, on both engines."""

from datetime import timedelta
from pathlib import Path

from mdm.clock import ManualClock
from mdm.fleet.reach import EVERYTHING, Reach
from mdm.store import Database
from profiles.rollouts.gates import TabletState
from profiles.rollouts.rollout import RolloutState
from tests.rollouts.world import Territory
from webui.rollouts.ill_store import ill_in_reach
from webui.rollouts.list_store import list_lines


async def test_a_rollout_in_the_list_and_its_ill_tablets(
    any_database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    territory = Territory(any_database, clock, tmp_path)
    await territory.settle()
    await territory.agree()
    near = await territory.kit("Andromède", tablets=2)
    far = await territory.kit("Céphée", uai="0590001F", tablets=1)
    await territory.publish(web_clips=[{"label": "Bibliothèque", "url": "https://bibliotheque.example.fr"}])
    assert await any_database.read(list_lines) == []
    rollout = await territory.begin()
    await territory.runner.run_once()
    clock.advance(timedelta(seconds=1))
    tablets = await territory.tablets_of(near.kit_id, far.kit_id)
    await territory.obey(tablets, refusing=tablets)
    await territory.runner.run_once()

    [line] = await any_database.read(list_lines)
    assert (line.rollout_id, line.number, line.previous_number) == (rollout.rollout_id, 3, 2)
    assert (line.state, line.wave, line.waves, line.kits, line.moved) == (RolloutState.PAUSED, 1, 1, 2, 2)
    assert await any_database.read(lambda conn: list_lines(conn, after=line.rollout_id)) == []

    ill = await any_database.read(lambda conn: ill_in_reach(conn, rollout.rollout_id, EVERYTHING))
    assert sorted(one.tablet_id for one in ill) == sorted(tablets)
    assert {one.state for one in ill} == {TabletState.FAILED}
    assert ill[0].refused == (("app:fr.example", "not enough space"),)
    of_far = Reach(kits=frozenset({far.kit_id}))
    [one] = await any_database.read(lambda conn: ill_in_reach(conn, rollout.rollout_id, of_far))
    assert (one.kit_name, one.school_name, one.excused) == ("Céphée", "École 0590001F", False)
    assert await any_database.read(lambda conn: ill_in_reach(conn, rollout.rollout_id, Reach())) == []
