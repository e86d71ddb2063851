"""What kits follow is set by hand where no rollout would be gone past, and refused in words where one would."""

from collections.abc import Callable

import pytest

from mdm.errors import ValiseError
from mdm.store import Connection
from profiles.rollouts.by_hand import FollowingByHand
from profiles.rollouts.errors import RolloutGonePast
from tests.rollouts.world import ACTOR, EVERYBODY, Territory

OTHER_SCHOOL = "0590001F"
QUIETER = {"android": {"volume": 50}}


async def refused(territory: Territory, work: Callable[[Connection], object]) -> ValiseError | None:
    """Do it; return the refusal, or None."""
    try:
        await territory.database.write(work)
    except RolloutGonePast as error:
        return error
    return None


async def test_while_a_rollout_is_planned_or_under_way_its_kits_wait_for_it(territory: Territory) -> None:
    by_hand = FollowingByHand(territory.charter.following)
    old = await territory.agree()
    kit = await territory.kit("Cassiopée")
    new = await territory.publish(**QUIETER)

    def follow_kit(conn: Connection) -> object:
        return by_hand.follow(conn, new.edition_id, kit_id=kit.kit_id, actor=ACTOR)

    def follow_school(conn: Connection) -> object:
        return by_hand.follow(conn, new.edition_id, uai=kit.uai, actor=ACTOR)

    def everybody(conn: Connection) -> object:
        return by_hand.set_current(conn, new.edition_id, actor=ACTOR)

    planned = await territory.rollouts.plan(EVERYBODY, actor=ACTOR)
    for step, state in (("", "planned"), ("start", "running"), ("pause", "paused"), ("resume", "running")):
        if step:
            words = {} if step == "start" else {"words": "Pour voir."}
            await getattr(territory.rollouts, step)(planned.rollout_id, actor=ACTOR, **words)
        for work in (follow_kit, follow_school, everybody):
            error = await refused(territory, work)
            assert error is not None
            assert error.params["number"] == new.number
            assert str(error.params["state"]) == state
    assert await territory.editions() == {"Cassiopée": old.edition_id}
    assert await territory.told("edition_followed") == []

    await territory.rollouts.roll_back(planned.rollout_id, words="Retour.", actor=ACTOR)
    assert await refused(territory, follow_kit) is not None
    await territory.runner.run_once()
    assert await refused(territory, follow_kit) is None
    assert await territory.editions() == {"Cassiopée": new.edition_id}


async def test_a_kit_that_a_rollout_has_nothing_for_is_free(territory: Territory) -> None:
    by_hand = FollowingByHand(territory.charter.following)
    old = await territory.agree()
    await territory.kit("Cassiopée")
    away = await territory.kit("Orion", uai=OTHER_SCHOOL)
    new = await territory.publish(**QUIETER)

    def follow(edition_id: str) -> Callable[[Connection], object]:
        return lambda conn: by_hand.follow(conn, edition_id, kit_id=away.kit_id, actor=ACTOR)

    assert await refused(territory, follow(new.edition_id)) is None
    await territory.rollouts.plan(EVERYBODY, actor=ACTOR)
    assert await refused(territory, follow(old.edition_id)) is None
    # Now the rollout would take it along when it starts.
    assert await refused(territory, follow(new.edition_id)) is not None


async def test_a_kit_that_came_after_the_start_waits_for_the_last_wave(territory: Territory) -> None:
    by_hand = FollowingByHand(territory.charter.following)
    await territory.agree()
    await territory.kit("Cassiopée")
    new = await territory.publish(**QUIETER)
    await territory.begin(EVERYBODY)
    late = await territory.kit("Lyre")
    with pytest.raises(RolloutGonePast):
        await territory.database.write(
            lambda conn: by_hand.follow(conn, new.edition_id, kit_id=late.kit_id, actor=ACTOR)
        )
