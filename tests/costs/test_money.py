"""Amounts and rates, as people write them and as they are kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.errors import ValiseError
from profiles.costs.errors import AmountAbsurd, AmountMalformed, AmountNotPositive, RateAbsurd, RateMalformed
from profiles.costs.money import (
    AMOUNT_LIMIT,
    check_rate,
    decimal_comma,
    euros,
    parse_amount,
    parse_percent,
    percent,
    whole_euros,
    without_vat,
)

amounts = st.integers(1, AMOUNT_LIMIT)


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("12 345,60 €", 1_234_560),
        ("12\u202f345,60\u00a0€", 1_234_560),
        ("12345.6", 1_234_560),
        ("  7 ", 700),
        ("0,01", 1),
        ("99 EUR", 9900),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, cents: int) -> None:
    assert parse_amount(text) == cents


@pytest.mark.parametrize("text", ["", "abc", "1,234.56", "1,234", "12,", ",5", "1e6", "=1+1", "١٢", "12 €€", "--5"])
def test_what_is_not_an_amount_is_refused(text: str) -> None:
    with pytest.raises(AmountMalformed):
        parse_amount(text)


@pytest.mark.parametrize("text", ["0", "0,00", "-12,50", "-0,01"])
def test_an_amount_is_above_zero(text: str) -> None:
    with pytest.raises(AmountNotPositive):
        parse_amount(text)


def test_an_absurd_amount_is_refused_with_the_limit() -> None:
    assert parse_amount("100000000") == AMOUNT_LIMIT
    with pytest.raises(AmountAbsurd) as refused:
        parse_amount("100000000,01")
    assert "100" in str(refused.value)


@given(amounts)
def test_what_is_shown_or_exported_is_read_again(cents: int) -> None:
    assert parse_amount(euros(cents, "fr")) == cents
    assert parse_amount(decimal_comma(cents)) == cents


@given(st.text(max_size=20))
def test_whatever_the_text_it_is_read_or_refused(text: str) -> None:
    for parse in (parse_amount, parse_percent):
        refused: ValiseError | None = None
        try:
            assert isinstance(parse(text), int)
        except ValiseError as error:
            refused = error
        assert refused is None or "".join(refused.text(str.format).split()).isprintable()


def test_rates_are_kept_per_mille() -> None:
    assert [parse_percent(text) for text in ("20", "5,5 %", "2.1", "33,3%", "0", "-3")] == [200, 55, 21, 333, 0, -30]
    assert (percent(55), percent(1000), percent(55, "en")) == ("5,5", "100", "5.5")
    for text in ("", "5,55", "a", "%"):
        with pytest.raises(RateMalformed):
            parse_percent(text)
    for wrong in (-1, 1001):
        with pytest.raises(RateAbsurd):
            check_rate(wrong)


@given(amounts, st.integers(0, 300))
def test_vat_is_taken_off_to_the_nearest_cent(cents: int, vat: int) -> None:
    net = without_vat(cents, vat)
    assert abs(2 * (net * (1000 + vat) - cents * 1000)) <= 1000 + vat
    assert 0 <= net <= cents


def test_vat_is_taken_off_as_invoices_do() -> None:
    assert (without_vat(12_000, 200), without_vat(10_550, 55), without_vat(999, 0)) == (10_000, 10_000, 999)


def test_pictures_round_to_the_euro() -> None:
    assert [whole_euros(cents, "en") for cents in (0, 49, 50, 1_234_549)] == ["€0", "€0", "€1", "€12,345"]
    assert whole_euros(1_234_550, "fr") == "12\u202f346\u00a0€"
