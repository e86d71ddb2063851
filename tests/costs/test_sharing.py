"""Keys and shares: which rule is for what, which key is in force, and who bears how much."""

import random
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from profiles.costs.errors import (
    CostError,
    KeyMissing,
    KeyNotYet,
    KeyReplaced,
    KeyUnknown,
    RateAbsurd,
    ReferenceMissing,
    RuleTwice,
    YearAbsurd,
)
from profiles.costs.sharing import (
    AUTHORITY,
    ItemRule,
    Rule,
    SharingKey,
    check_key,
    key_in_force,
    require_key,
    rule_for,
    share,
)
from profiles.costs.words import Basis, PurchaseKind
from tests.costs.conftest import kept, key_draft

communes = st.dictionaries(
    st.integers(1, 99_999).map(lambda number: f"{number:05d}"), st.integers(0, 20_000), min_size=1, max_size=40
)
rules = st.builds(Rule, common_per_mille=st.integers(0, 1000), basis=st.sampled_from(Basis))
amounts = st.integers(0, 10_000_000_000)


def bearable(rule: Rule, weights: dict[str, int]) -> bool:
    return rule.common_per_mille == 1000 or any(weights.values())


@given(amounts, rules, communes)
def test_the_shares_make_the_amount_and_nobody_bears_less_than_nothing(
    cents: int, rule: Rule, weights: dict[str, int]
) -> None:
    assume(bearable(rule, weights))
    shares = share(cents, rule, weights)
    assert sum(shares.values()) == cents
    assert min(shares.values()) >= 0
    assert set(shares) == {AUTHORITY, *weights}


@given(amounts, rules, communes)
def test_authority_and_communes_are_within_a_cent_of_their_exact_parts(
    cents: int, rule: Rule, weights: dict[str, int]
) -> None:
    assume(any(weights.values()))
    shares = share(cents, rule, weights)
    assert abs(shares[AUTHORITY] - Fraction(cents * rule.common_per_mille, 1000)) < 1
    for insee, weight in weights.items():
        exact = Fraction(cents * (1000 - rule.common_per_mille) * weight, 1000 * sum(weights.values()))
        assert abs(shares[insee] - exact) < 1


@given(amounts, rules, communes)
def test_a_commune_with_more_pupils_never_bears_less(cents: int, rule: Rule, weights: dict[str, int]) -> None:
    assume(bearable(rule, weights))
    shares = share(cents, rule, weights)
    for one, weight in weights.items():
        for other, heavier in weights.items():
            assert weight >= heavier or shares[one] <= shares[other]


@given(amounts, rules, communes, st.randoms(use_true_random=False))
def test_the_order_of_communes_does_not_matter(
    cents: int, rule: Rule, weights: dict[str, int], order: random.Random
) -> None:
    assume(bearable(rule, weights))
    shuffled = list(weights.items())
    order.shuffle(shuffled)
    assert share(cents, rule, dict(shuffled)) == share(cents, rule, weights)


@given(amounts, communes, st.integers(0, 999))
def test_a_larger_common_share_never_costs_communes_more(cents: int, weights: dict[str, int], common: int) -> None:
    assume(any(weights.values()))
    less = share(cents, Rule(common_per_mille=common, basis=Basis.PUPILS), weights)
    more = share(cents, Rule(common_per_mille=common + 1, basis=Basis.PUPILS), weights)
    assert more[AUTHORITY] >= less[AUTHORITY] - 1
    # A cent may go the other way, as with all whole cents.
    assert all(more[insee] <= less[insee] + 1 for insee in weights)


def test_what_nobody_weighs_is_the_authoritys_or_refused() -> None:
    alone = Rule(common_per_mille=1000, basis=Basis.PUPILS)
    assert share(101, alone, {"40015": 0}) == {AUTHORITY: 101, "40015": 0}
    with pytest.raises(ValueError):
        share(101, Rule(common_per_mille=999, basis=Basis.PUPILS), {"40015": 0})


def test_an_odd_cent_is_the_authoritys() -> None:
    half = Rule(common_per_mille=500, basis=Basis.TABLETS)
    assert share(101, half, {"40015": 7}) == {AUTHORITY: 51, "40015": 50}


def key(version: int, reference: str, first_year: int) -> SharingKey:
    return SharingKey(
        version=version,
        reference=reference,
        adopted_on=date(2026, 1, 1),
        first_year=first_year,
        rule=Rule(common_per_mille=0, basis=Basis.PUPILS),
    )


def test_the_key_of_a_year_is_the_last_adopted_that_is_for_it() -> None:
    keys = [key(1, "A", 2024), key(2, "B", 2027), key(3, "C", 2026)]
    found = {year: key_in_force(keys, year).reference for year in range(2024, 2029)}
    assert found == {2024: "A", 2025: "A", 2026: "C", 2027: "C", 2028: "C"}
    with pytest.raises(KeyMissing, match="2023"):
        key_in_force(keys, 2023)


def test_a_key_that_was_replaced_is_refused_and_names_the_one_that_replaced_it() -> None:
    keys = [key(1, "A", 2024), key(2, "B", 2026)]
    assert require_key(keys, "A", 2025).version == 1
    with pytest.raises(KeyReplaced) as replaced:
        require_key(keys, "A", 2026)
    assert "“B”" in str(replaced.value)
    assert replaced.value.status == 409
    with pytest.raises(KeyNotYet):
        require_key(keys, "B", 2025)
    with pytest.raises(KeyUnknown):
        require_key(keys, "Z", 2026)


def test_the_nearest_rule_goes_first() -> None:
    def ruled(common: int) -> Rule:
        return Rule(common_per_mille=common, basis=Basis.TABLETS)

    one = kept(kind=PurchaseKind.LICENCE)
    general = SharingKey(
        version=1, reference="A", adopted_on=date(2026, 1, 1), first_year=2026, rule=ruled(1),
        items=(ItemRule(item="licence", rule=ruled(2)), ItemRule(item=one.purchase_id, rule=ruled(3))),
    )  # fmt: skip
    assert rule_for(general, one) == ruled(3)
    assert rule_for(general, kept("2" * 32, kind=PurchaseKind.LICENCE)) == ruled(2)
    assert rule_for(general, kept("2" * 32)) == ruled(1)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"reference": "  "}, ReferenceMissing),
        ({"first_year": 1900}, YearAbsurd),
        ({"adopted_on": date(1850, 1, 1)}, YearAbsurd),
        ({"rule": Rule(common_per_mille=1001, basis=Basis.PUPILS)}, RateAbsurd),
        ({"items": (ItemRule(item="case", rule=Rule(common_per_mille=-1, basis=Basis.PUPILS)),)}, RateAbsurd),
        ({"items": (ItemRule(item="case", rule=Rule(common_per_mille=1, basis=Basis.PUPILS)),) * 1
          + (ItemRule(item="case", rule=Rule(common_per_mille=2, basis=Basis.PUPILS)),)}, RuleTwice),
    ],
)  # fmt: skip
def test_an_absurd_key_is_refused(wrong: dict[str, object], error: type[CostError]) -> None:
    with pytest.raises(error):
        check_key(key_draft(**wrong))  # type: ignore[arg-type]
