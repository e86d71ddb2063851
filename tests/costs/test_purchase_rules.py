"""What a purchase may say, and in which years it costs something."""

from datetime import date

import msgspec
import pytest

from mdm.fleet.errors import NameEmpty
from profiles.costs.errors import (
    AmountAbsurd,
    AmountNotPositive,
    CostError,
    DayMalformed,
    LotsDoNotAddUp,
    NothingCovered,
    PlannedLifeNeedsUnits,
    PlannedLifeRefused,
    RateAbsurd,
    RecurrenceContradicts,
    TextTooLong,
    UnitsAbsurd,
    WordUnknown,
    YearAbsurd,
)
from profiles.costs.purchase import Coverage, Lot, charge_in, check_purchase
from profiles.costs.words import Extent, PurchaseKind, Recurrence, parse_day, parse_word
from tests.costs.conftest import DAX, draft, kept


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"amount_cents": 0}, AmountNotPositive),
        ({"amount_cents": -1}, AmountNotPositive),
        ({"amount_cents": 10**12}, AmountAbsurd),
        ({"vat_per_mille": -1}, RateAbsurd),
        ({"vat_per_mille": 301}, RateAbsurd),
        ({"bought_on": date(1999, 12, 31)}, YearAbsurd),
        ({"bought_on": date(2101, 1, 1)}, YearAbsurd),
        ({"label": "   "}, NameEmpty),
        ({"supplier_reference": "x" * 201}, TextTooLong),
        ({"coverage": Coverage(extent=Extent.SCHOOLS, places=())}, NothingCovered),
        ({"coverage": Coverage(extent=Extent.KITS, places=(" ",))}, NothingCovered),
        ({"coverage": Coverage(extent=Extent.TERRITORY, places=("a", "b"))}, NothingCovered),
        ({"last_year": 2027}, RecurrenceContradicts),
        ({"recurrence": Recurrence.YEARLY, "last_year": 2025}, RecurrenceContradicts),
        ({"recurrence": Recurrence.YEARLY, "last_year": 9999}, YearAbsurd),
        ({"units": 0}, UnitsAbsurd),
        ({"units": 100_001}, UnitsAbsurd),
        ({"units": 24, "life_years": 3}, PlannedLifeRefused),
        ({"units": 24, "life_years": 7}, PlannedLifeRefused),
        ({"life_years": 5}, PlannedLifeNeedsUnits),
        ({"kind": PurchaseKind.LICENCE, "units": 24, "life_years": 5}, PlannedLifeNeedsUnits),
    ],
)
def test_an_absurd_purchase_is_refused(wrong: dict[str, object], error: type[CostError]) -> None:
    with pytest.raises(error):
        check_purchase(draft(**wrong))


def test_lots_make_the_purchase_together() -> None:
    lots = (Lot(label=" Tablettes ", amount_cents=900_000), Lot(label="Coques", amount_cents=100_000))
    checked = check_purchase(draft(group_purchase=True, lots=lots))
    assert [lot.label for lot in checked.lots] == ["Tablettes", "Coques"]
    with pytest.raises(LotsDoNotAddUp) as refused:
        check_purchase(draft(lots=lots[:1]))
    assert "9\u202f000,00" in str(refused.value)
    with pytest.raises(AmountNotPositive):
        check_purchase(draft(lots=(*lots, Lot(label="Rien", amount_cents=0))))


def test_the_same_place_named_twice_counts_once() -> None:
    coverage = Coverage(extent=Extent.COMMUNES, places=(DAX, f" {DAX}"))
    assert check_purchase(draft(coverage=coverage)).coverage.places == (DAX,)


def test_a_purchase_costs_in_the_year_of_its_day() -> None:
    once = kept()
    assert [year for year in range(2020, 2035) if charge_in(once, year)] == [2026]
    assert charge_in(msgspec.structs.replace(once, withdrawn=True), 2026) is None


def test_a_yearly_purchase_costs_until_its_last_year() -> None:
    yearly = kept(recurrence=Recurrence.YEARLY, last_year=2028)
    assert [year for year in range(2020, 2035) if charge_in(yearly, year)] == [2026, 2027, 2028]
    endless = kept(recurrence=Recurrence.YEARLY)
    assert charge_in(endless, 2099) is not None


def test_a_leap_day_comes_back_on_the_28th() -> None:
    yearly = kept(recurrence=Recurrence.YEARLY, bought_on=date(2028, 2, 29))
    days = [charge.day for year in (2028, 2029, 2032) if (charge := charge_in(yearly, year))]
    assert days == [date(2028, 2, 29), date(2029, 2, 28), date(2032, 2, 28)]


def test_words_and_days_are_read_as_people_write_them() -> None:
    assert parse_word(PurchaseKind, " Licence ") is PurchaseKind.LICENCE
    with pytest.raises(WordUnknown, match="plane"):
        parse_word(PurchaseKind, "plane")
    assert parse_day(" 31/03/2026 ") == parse_day("2026-03-31") == date(2026, 3, 31)
    for text in ("", "31-03-2026", "2026-02-30", "demain", "1/2/3/4"):
        with pytest.raises(DayMalformed):
            parse_day(text)
