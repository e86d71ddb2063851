"""Subsidies: what each gives, never more than agreed and never more than a purchase costs."""

import random
from datetime import date
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.costs.errors import (
    AmountNotPositive,
    CostError,
    RateAbsurd,
    SubsidiesExceed,
    SubsidyEmpty,
    SubsidyPeriodBackwards,
)
from profiles.costs.money import without_vat
from profiles.costs.purchase import Purchase, charge_in
from profiles.costs.subsidies import (
    MOVES,
    Subsidy,
    SubsidyDraft,
    SubsidyMoveRefused,
    check_move,
    check_subsidy,
    check_together,
    grants,
)
from profiles.costs.words import Recurrence, SubsidyState
from tests.costs.conftest import kept

IDS = [str(number) * 32 for number in range(1, 6)]
YEARS = range(2026, 2031)

purchases_of_all = st.lists(
    st.builds(
        kept,
        amount_cents=st.integers(1, 10_000_000),
        vat_per_mille=st.sampled_from([0, 55, 100, 200]),
        bought_on=st.dates(date(2026, 1, 1), date(2029, 12, 31)),
        recurrence=st.sampled_from(Recurrence),
    ),
    min_size=1,
    max_size=5,
).map(
    lambda found: {
        purchase_id: msgspec.structs.replace(one, purchase_id=purchase_id)
        for purchase_id, one in zip(IDS, found, strict=False)
    }
)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[dict[str, Purchase], list[Subsidy]]:
    """Purchases, and subsidies whose rates make at most the whole of each purchase."""
    purchases = draw(purchases_of_all)
    left = dict.fromkeys(purchases, 1000)
    subsidies = []
    for number in range(draw(st.integers(0, 4))):
        chosen = draw(st.lists(st.sampled_from(sorted(purchases)), unique=True, min_size=1))
        most = min(left[one] for one in chosen)
        if not most:
            continue
        rate = draw(st.integers(1, most))
        for one in chosen:
            left[one] -= rate
        subsidies.append(
            Subsidy(
                subsidy_id=f"{number:032d}",
                revision=1,
                funder="FEDER",
                rate_per_mille=rate,
                purchases=tuple(sorted(chosen)),
                ceiling_cents=draw(st.none() | st.integers(1, 5_000_000)),
                vat_qualifies=draw(st.booleans()),
                starts_on=draw(st.none() | st.dates(date(2025, 1, 1), date(2028, 1, 1))),
                ends_on=draw(st.none() | st.dates(date(2028, 1, 1), date(2031, 1, 1))),
                state=draw(st.sampled_from(SubsidyState)),
            )
        )
    return purchases, subsidies


World = tuple[dict[str, Purchase], list[Subsidy]]


@given(worlds())
def test_a_purchase_is_never_subsidised_beyond_its_price(world: World) -> None:
    purchases, subsidies = world
    check_together(subsidies, purchases)
    for year in YEARS:
        sums = dict.fromkeys(purchases, 0)
        for grant in grants(subsidies, purchases, year):
            assert grant.amount_cents > 0
            sums[grant.purchase_id] += grant.amount_cents
        for purchase_id, purchase in purchases.items():
            charge = charge_in(purchase, year)
            assert 0 <= sums[purchase_id] <= (charge.amount_cents if charge else 0)


@given(worlds())
def test_a_subsidy_never_gives_more_than_its_rate_or_its_ceiling(world: World) -> None:
    purchases, subsidies = world
    for subsidy in subsidies:
        given_so_far = qualified = 0
        for year in YEARS:
            for purchase_id in subsidy.purchases:
                charge = charge_in(purchases[purchase_id], year)
                if charge is None or not (subsidy.starts_on or charge.day) <= charge.day <= (
                    subsidy.ends_on or charge.day
                ):
                    continue
                vat = purchases[purchase_id].vat_per_mille
                qualified += charge.amount_cents if subsidy.vat_qualifies else without_vat(charge.amount_cents, vat)
            given_so_far += sum(
                grant.amount_cents
                for grant in grants(subsidies, purchases, year)
                if grant.subsidy_id == subsidy.subsidy_id
            )
            assert given_so_far <= Fraction(qualified * subsidy.rate_per_mille, 1000)
            assert subsidy.ceiling_cents is None or given_so_far <= subsidy.ceiling_cents
            assert subsidy.state is not SubsidyState.REFUSED or not given_so_far


@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_subsidies_and_purchases_does_not_matter(world: World, order: random.Random) -> None:
    purchases, subsidies = world
    shuffled, places = list(subsidies), list(purchases.items())
    order.shuffle(shuffled)
    order.shuffle(places)
    for year in YEARS:
        assert sorted(grants(shuffled, dict(places), year), key=str) == sorted(
            grants(subsidies, purchases, year), key=str
        )


@given(worlds(), st.integers(2027, 2030))
def test_what_comes_later_never_changes_what_was_given(world: World, year: int) -> None:
    purchases, subsidies = world
    earlier = {name: one for name, one in purchases.items() if one.bought_on.year < year}
    for before in range(2026, year):
        assert grants(subsidies, purchases, before) == grants(subsidies, earlier, before)


@given(worlds(), st.integers(1, 1_000_000))
def test_a_higher_ceiling_never_gives_less(world: World, more: int) -> None:
    purchases, subsidies = world
    for subsidy in subsidies:
        if subsidy.ceiling_cents is None:
            continue
        raised = msgspec.structs.replace(subsidy, ceiling_cents=subsidy.ceiling_cents + more)

        assert sum(_whole(raised, purchases)) >= sum(_whole(subsidy, purchases))


def _whole(subsidy: Subsidy, purchases: dict[str, Purchase]) -> list[int]:
    return [grant.amount_cents for year in YEARS for grant in grants([subsidy], purchases, year)]


def subsidy(number: int = 1, **more: object) -> Subsidy:
    fields: dict[str, object] = {
        "subsidy_id": f"{number:032d}",
        "revision": 1,
        "funder": "FEDER",
        "rate_per_mille": 300,
        "purchases": tuple(IDS[:3]),
        "state": SubsidyState.GRANTED,
    }
    return Subsidy(**{**fields, **more})  # type: ignore[arg-type]


def three(cents: int) -> dict[str, Purchase]:
    return {one: kept(one, amount_cents=cents) for one in IDS[:3]}


def amounts(subsidies: list[Subsidy], purchases: dict[str, Purchase], year: int = 2026) -> list[int]:
    return [grant.amount_cents for grant in grants(subsidies, purchases, year)]


def test_thirty_percent_of_three_purchases_is_thirty_percent_of_their_sum() -> None:
    assert amounts([subsidy()], three(3333)) == [1000, 1000, 999]


def test_a_ceiling_is_used_up_by_the_first_years() -> None:
    yearly = {IDS[0]: kept(IDS[0], amount_cents=10_000, recurrence=Recurrence.YEARLY)}
    one = subsidy(purchases=(IDS[0],), ceiling_cents=7_000)
    assert [amounts([one], yearly, year) for year in range(2025, 2030)] == [[], [3000], [3000], [1000], []]


def test_a_purchase_outside_of_the_period_does_not_qualify() -> None:
    one = subsidy(starts_on=date(2026, 3, 3))
    assert amounts([one], three(1000)) == []
    assert amounts([subsidy(starts_on=date(2026, 3, 2), ends_on=date(2026, 3, 2))], three(1000)) == [300, 300, 300]
    assert amounts([subsidy(ends_on=date(2026, 3, 1))], three(1000)) == []


def test_a_funder_may_leave_vat_out() -> None:
    assert amounts([subsidy(vat_qualifies=False)], three(1200)) == [300, 300, 300]


def test_only_what_was_granted_is_sure() -> None:
    found = grants(
        [subsidy(1, state=SubsidyState.ASKED), subsidy(2), subsidy(3, state=SubsidyState.PAID)], three(100), 2026
    )
    assert {grant.subsidy_id[-1]: grant.sure for grant in found} == {"1": False, "2": True, "3": True}


def test_together_they_make_the_whole_at_most() -> None:
    purchases = three(100)
    check_together([subsidy(1, rate_per_mille=600), subsidy(2, rate_per_mille=400)], purchases)
    check_together(
        [subsidy(1, rate_per_mille=600), subsidy(2, rate_per_mille=900, state=SubsidyState.REFUSED)], purchases
    )
    with pytest.raises(SubsidiesExceed, match="100,1"):
        check_together([subsidy(1, rate_per_mille=600), subsidy(2, rate_per_mille=401)], purchases)


def test_a_state_leads_only_where_it_may() -> None:
    for state in SubsidyState:
        for wanted in SubsidyState:
            if wanted in MOVES[state]:
                check_move(state, wanted)
                continue
            with pytest.raises(SubsidyMoveRefused):
                check_move(state, wanted)
    assert MOVES[SubsidyState.PAID] == ()


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"rate_per_mille": 0}, RateAbsurd),
        ({"rate_per_mille": 1001}, RateAbsurd),
        ({"ceiling_cents": 0}, AmountNotPositive),
        ({"purchases": ()}, SubsidyEmpty),
        ({"starts_on": date(2026, 2, 1), "ends_on": date(2026, 1, 1)}, SubsidyPeriodBackwards),
    ],
)
def test_an_absurd_subsidy_is_refused(wrong: dict[str, object], error: type[CostError]) -> None:
    fields: dict[str, object] = {"funder": "FEDER", "rate_per_mille": 300, "purchases": (IDS[0],)}
    with pytest.raises(error):
        check_subsidy(SubsidyDraft(**{**fields, **wrong}))  # type: ignore[arg-type]
