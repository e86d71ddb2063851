"""When tablets are to be replaced, and what it costs."""

import random
from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.costs.purchase import Coverage, Purchase
from profiles.costs.renewal import (
    USUAL_LIFE,
    InService,
    ModelLife,
    Plan,
    end_of_life,
    forecast,
    plan_for,
    school_year_of,
)
from profiles.costs.words import Extent
from tests.costs.conftest import kept

TODAY = date(2026, 9, 1)
TABLET = InService(
    tablet_id="t1", model="iPad", since=date(2024, 10, 1), kit_id="k1", uai="0400001X", insee="40015", territory_id="l1"
)


def hardware(number: int, extent: Extent, place: str, *, bought_on: date, life: int = 5, units: int = 3) -> Purchase:
    return kept(
        str(number) * 32, coverage=Coverage(extent=extent, places=(place,)), bought_on=bought_on, life_years=life,
        units=units, amount_cents=1000 * number,
    )  # fmt: skip


def test_a_school_year_begins_in_september() -> None:
    days = [date(2026, 8, 31), date(2026, 9, 1), date(2027, 1, 1), date(2027, 8, 31)]
    assert [school_year_of(day) for day in days] == [2025, 2026, 2026, 2026]


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(4, 6))
def test_a_life_ends_on_the_same_day_some_years_later(since: date, years: int) -> None:
    end = end_of_life(since, years)
    assert end.year == since.year + years
    assert (end.month, end.day) in ((since.month, since.day), (2, 28))


def test_what_a_person_says_goes_before_places_and_places_before_the_model() -> None:
    model = {"iPad": ModelLife(model="iPad", life_years=6, price_cents=40_000)}
    said = hardware(1, Extent.SCHOOLS, "elsewhere", bought_on=date(2026, 1, 1), life=4)
    territory = hardware(2, Extent.TERRITORY, "l1", bought_on=date(2024, 9, 1), life=5)
    commune = hardware(3, Extent.COMMUNES, "40015", bought_on=date(2024, 9, 1), life=6)
    school = hardware(4, Extent.SCHOOLS, "0400001X", bought_on=date(2024, 1, 1), life=5)
    kit_late = hardware(5, Extent.KITS, "k1", bought_on=date(2024, 10, 2), life=4)
    kit_old = hardware(6, Extent.KITS, "k1", bought_on=date(2023, 1, 1), life=6)
    kit = hardware(7, Extent.KITS, "k1", bought_on=date(2024, 9, 1), life=4)
    named = msgspec.structs.replace(TABLET, purchase_id=said.purchase_id)
    all_of_them = [said, territory, commune, school, kit_late, kit_old, kit]
    assert plan_for(named, all_of_them, model) == Plan(life_years=4, price_cents=334)
    assert plan_for(TABLET, all_of_them, model) == Plan(life_years=4, price_cents=2334)
    assert plan_for(TABLET, [territory, commune, school, kit_late, kit_old], model) == Plan(
        life_years=6, price_cents=2000
    )
    assert plan_for(TABLET, [territory, commune, school, kit_late], model) == Plan(life_years=5, price_cents=1334)
    assert plan_for(TABLET, [territory, commune], model) == Plan(life_years=6, price_cents=1000)
    assert plan_for(TABLET, [territory], model) == Plan(life_years=5, price_cents=667)
    assert plan_for(TABLET, [kit_late], model) == Plan(life_years=6, price_cents=40_000)
    assert plan_for(TABLET, [], {}) == Plan(life_years=USUAL_LIFE, price_cents=None)


def test_a_purchase_without_a_planned_life_gives_its_price_to_the_tablets_that_came_with_it() -> None:
    bought = kept(units=2, amount_cents=999)
    named = msgspec.structs.replace(TABLET, purchase_id=bought.purchase_id)
    assert plan_for(named, [bought], {}) == Plan(life_years=USUAL_LIFE, price_cents=500)
    assert plan_for(TABLET, [bought], {}).price_cents is None


def test_a_tablet_without_a_place_follows_its_model() -> None:
    spare = InService(tablet_id="t9", model="iPad", since=date(2024, 10, 1))
    empty = hardware(1, Extent.KITS, "", bought_on=date(2024, 1, 1), life=4)
    assert plan_for(spare, [empty], {}).life_years == USUAL_LIFE


def test_renewals_come_by_school_and_school_year_with_what_is_overdue_and_unpriced() -> None:
    lives = {"iPad": ModelLife(model="iPad", life_years=4, price_cents=40_000)}
    old = msgspec.structs.replace(TABLET, tablet_id="t2", since=date(2019, 3, 1))
    unpriced = msgspec.structs.replace(TABLET, tablet_id="t3", model="Tab", since=date(2023, 11, 1))
    elsewhere = msgspec.structs.replace(TABLET, tablet_id="t4", uai="0400002Y", since=date(2024, 8, 31))
    undated = msgspec.structs.replace(TABLET, tablet_id="t5", since=None)
    found = forecast([TABLET, old, unpriced, elsewhere, undated], [], lives, TODAY)
    told = [
        (one.uai, one.school_year, one.tablets, one.amount_cents, one.unpriced, one.overdue) for one in found.renewals
    ]
    assert told == [
        ("0400001X", 2026, 1, 40_000, 0, 1),
        ("0400001X", 2028, 2, 40_000, 1, 0),
        ("0400002Y", 2027, 1, 40_000, 0, 0),
    ]
    assert (found.first_year, list(found.years), found.undated) == (2026, [2026, 2027, 2028], 1)
    assert found.of_year(2028).tablets == 2
    assert [one.school_year for one in found.of_school("0400002Y").renewals] == [2027]


tablets = st.lists(
    st.builds(
        InService,
        tablet_id=st.uuids().map(str),
        model=st.sampled_from(["iPad", "Tab", ""]),
        since=st.none() | st.dates(date(2015, 1, 1), date(2026, 9, 1)),
        uai=st.sampled_from(["", "0400001X", "0400002Y"]),
        kit_id=st.sampled_from(["", "k1"]),
    ),
    max_size=30,
)


@given(tablets, st.randoms(use_true_random=False))
def test_every_tablet_with_a_date_is_renewed_once_whatever_the_order(
    fleet: list[InService], order: random.Random
) -> None:
    lives = {"iPad": ModelLife(model="iPad", life_years=4, price_cents=123)}
    found = forecast(fleet, [], lives, TODAY)
    dated = [one for one in fleet if one.since is not None]
    assert sum(one.tablets for one in found.renewals) == len(dated)
    assert found.undated == len(fleet) - len(dated)
    assert sum(one.amount_cents for one in found.renewals) == 123 * sum(one.model == "iPad" for one in dated)
    assert all(TODAY.year <= one.school_year <= TODAY.year + 6 for one in found.renewals)
    assert sum(found.of_year(year).tablets for year in found.years) == len(dated)
    shuffled = list(fleet)
    order.shuffle(shuffled)
    assert forecast(shuffled, [], lives, TODAY) == found


@pytest.mark.parametrize("years", [4, 5, 6])
def test_a_longer_life_is_never_renewed_earlier(years: int) -> None:
    shorter = forecast([TABLET], [], {"iPad": ModelLife(model="iPad", life_years=years)}, TODAY)
    longer = forecast([TABLET], [], {"iPad": ModelLife(model="iPad", life_years=min(years + 1, 6))}, TODAY)
    assert longer.renewals[0].school_year >= shorter.renewals[0].school_year
