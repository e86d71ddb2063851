"""Which version of an application is the newer one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.simulator.android.versions import is_older, same_version

NUMBERS = st.lists(st.integers(0, 999), min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("name", "code", "same"),
    [
        ("1.2", None, True),
        ("1.2-beta", None, True),
        ("v1.2", 0, True),
        ("1.2.0", None, False),
        ("1.3", None, False),
        ("1.3", 12, True),
        ("1.2", 13, False),
    ],
)
def test_equality_is_by_code_or_else_by_digits_and_dots(name: str, code: int | None, same: bool) -> None:
    assert same_version(name, code, "1.2", 12) is same


@pytest.mark.parametrize(
    ("name", "code", "older"),
    [("1.1", None, True), ("1.10", None, False), ("1.2", None, False), ("9", 11, True), ("0", 13, False)],
)
def test_order_is_by_number_not_by_letter(name: str, code: int | None, older: bool) -> None:
    assert is_older(name, code, "1.2", 12) is older


@given(NUMBERS, NUMBERS)
def test_of_two_names_at_most_one_is_older(one: list[int], other: list[int]) -> None:
    a, b = ".".join(map(str, one)), ".".join(map(str, other))
    assert not (is_older(a, None, b, 0) and is_older(b, None, a, 0))
    if same_version(a, None, b, 0):
        assert not is_older(a, None, b, 0)


@given(st.text(max_size=30), st.text(max_size=30), st.none() | st.integers(0, 2**31 - 1))
def test_any_two_names_compare(wanted: str, installed: str, code: int | None) -> None:
    assert same_version(wanted, code or 5, installed, code or 5)
    is_older(wanted, code, installed, 5)
    assert same_version(wanted, None, wanted, 5)
