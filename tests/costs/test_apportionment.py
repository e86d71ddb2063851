"""Cents divided in proportion: nothing is lost, nobody is wronged, and order does not matter."""

import random
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from profiles.costs.apportionment import apportion, apportion_within

keys = st.text("0123456789AB", min_size=1, max_size=5)
weights = st.dictionaries(keys, st.integers(0, 100_000), min_size=1, max_size=30).filter(lambda w: any(w.values()))
totals = st.integers(0, 10_000_000_000)


@given(totals, weights)
@example(100, {"a": 1, "b": 1, "c": 1})
def test_the_parts_make_the_whole(total: int, weights: dict[str, int]) -> None:
    parts = apportion(total, weights)
    assert sum(parts.values()) == total
    assert set(parts) == set(weights)


@given(totals, weights)
def test_nobody_gets_less_than_nothing_and_who_weighs_nothing_gets_nothing(total: int, weights: dict[str, int]) -> None:
    for key, cents in apportion(total, weights).items():
        assert cents >= 0
        assert weights[key] or not cents


@given(totals, weights)
def test_every_part_is_within_a_cent_of_the_exact_one(total: int, weights: dict[str, int]) -> None:
    whole = sum(weights.values())
    for key, cents in apportion(total, weights).items():
        assert abs(cents - Fraction(total * weights[key], whole)) < 1


@given(totals, weights)
def test_who_weighs_more_never_gets_less(total: int, weights: dict[str, int]) -> None:
    parts = apportion(total, weights)
    ranked = sorted(weights, key=lambda key: weights[key])
    for lighter, heavier in pairwise(ranked):
        if weights[lighter] < weights[heavier]:
            assert parts[lighter] <= parts[heavier]
        else:
            assert abs(parts[lighter] - parts[heavier]) <= 1


@given(totals, weights)
def test_a_larger_whole_takes_at_most_one_cent_from_anyone(total: int, weights: dict[str, int]) -> None:
    before, after = apportion(total, weights), apportion(total + 1, weights)
    assert all(after[key] >= before[key] - 1 for key in weights)


@given(totals, weights, st.randoms(use_true_random=False))
def test_the_order_in_which_parts_are_given_does_not_matter(
    total: int, weights: dict[str, int], order: random.Random
) -> None:
    shuffled = list(weights.items())
    order.shuffle(shuffled)
    assert apportion(total, dict(shuffled)) == apportion(total, weights)


@given(totals, weights, st.integers(1, 50))
def test_only_proportions_matter(total: int, weights: dict[str, int], factor: int) -> None:
    assert apportion(total, {key: weight * factor for key, weight in weights.items()}) == apportion(total, weights)


def test_equal_remainders_go_to_the_smaller_key() -> None:
    assert apportion(100, {"40192": 1, "40015": 1, "40088": 1}) == {"40192": 33, "40015": 34, "40088": 33}
    assert apportion(2, {"b": 1, "a": 1, "c": 1, "d": 1}) == {"a": 1, "b": 1, "c": 0, "d": 0}


def test_what_cannot_be_divided_is_refused() -> None:
    assert apportion(0, {"a": 0}) == {"a": 0}
    for total, wrong in ((1, {"a": 0}), (1, {}), (-1, {"a": 1}), (1, {"a": -1, "b": 3})):
        with pytest.raises(ValueError):
            apportion(total, wrong)


@given(
    totals,
    st.dictionaries(keys, st.tuples(st.integers(0, 1000), st.integers(0, 100_000)), max_size=20),
)
def test_nobody_goes_over_a_limit_and_all_the_room_is_used(total: int, given: dict[str, tuple[int, int]]) -> None:
    weights = {key: weight for key, (weight, _) in given.items()}
    limits = {key: limit for key, (_, limit) in given.items()}
    parts = apportion_within(total, weights, limits)
    assert all(0 <= parts[key] <= limits[key] for key in parts)
    room = sum(limits[key] for key in weights if weights[key])
    assert sum(parts.values()) == min(total, room)


@given(totals, weights)
def test_limits_that_nobody_reaches_change_nothing(total: int, weights: dict[str, int]) -> None:
    assert apportion_within(total, weights, dict.fromkeys(weights, total)) == apportion(total, weights)
