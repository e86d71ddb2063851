"""Every kit is in one wave, the same for everybody who looks, and nobody is always first."""

from hypothesis import given
from hypothesis import strategies as st

from profiles.rollouts.selection import assign_waves
from profiles.rollouts.waves import Wave

kits = st.lists(st.uuids().map(lambda one: one.hex), min_size=1, max_size=60, unique=True)
WAVES = (Wave(pilots=True), Wave(per_mille=100), Wave(per_mille=400), Wave())


@given(kits, st.integers(0, 5), st.text("ab", max_size=4))
def test_every_kit_is_in_one_wave_and_has_one_place(found: list[str], pilots: int, rollout: str) -> None:
    named = found[:pilots]
    placed = assign_waves(rollout, found, named, WAVES)
    assert sorted(kit.kit_id for kit in placed) == sorted(found)
    assert {kit.kit_id for kit in placed if kit.wave == 1} == set(named)
    for wave in range(1, 5):
        places = [kit.position for kit in placed if kit.wave == wave]
        assert places == list(range(1, len(places) + 1))
    others = len(found) - len(named)
    assert sum(kit.wave == 2 for kit in placed) == -(-others // 10)


@given(kits, st.randoms(use_true_random=False))
def test_the_order_in_which_kits_are_named_changes_nothing(found: list[str], random: object) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert assign_waves("r", found, (), WAVES[1:]) == assign_waves("r", shuffled, (), WAVES[1:])


def test_another_rollout_begins_with_others() -> None:
    found = [f"kit{number}" for number in range(200)]
    first = {kit.kit_id for kit in assign_waves("r1", found, (), WAVES[1:]) if kit.wave == 1}
    second = {kit.kit_id for kit in assign_waves("r2", found, (), WAVES[1:]) if kit.wave == 1}
    assert len(first) == len(second) == 20
    assert first != second


def test_a_pilot_that_is_not_there_is_left_out() -> None:
    assert [kit.kit_id for kit in assign_waves("r", ["a"], ["a", "b"], WAVES)] == ["a"]
