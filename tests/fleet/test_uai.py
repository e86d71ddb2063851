"""The school code's check letter, on codes that exist."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.fleet.errors import UaiInvalid, UaiLetterWrong, UaiMalformed
from mdm.fleet.uai import check_letter, parse_uai

# Lycées of the Bulletin officiel spécial n° 8 of 1 October 2009; schools of the ministry's directory.
REAL_CODES = [
    "0040003G",
    "0040027H",
    "0040490L",
    "0040010P",
    "0040533H",
    "0040543U",
    "0040023D",
    "0050003B",
    "0050004C",
    "0050006E",
    "0050007F",
    "0130001F",
    "0130002G",
    "0130003H",
    "0133525L",
    "0130010R",
    "0130011S",
    "0131549N",
    "0133244F",
    "0132495S",
    "0131747D",
    "0133406G",
    "0132410Z",
    "0130039X",
    "0130040Y",
    "0130043B",
    "0130045D",
    "0130051K",
    "0130042A",
    "0130049H",
    "0130036U",
    "0130038W",
    "0130175V",
    "0351698F",
    "0400377T",
    "0951099D",
]


@pytest.mark.parametrize("code", REAL_CODES)
def test_real_schools_have_the_letter_that_their_digits_give(code: str) -> None:
    assert parse_uai(code) == code


def test_a_wrong_letter_is_refused_and_the_right_one_named() -> None:
    with pytest.raises(UaiLetterWrong) as refused:
        parse_uai("0400377S")
    assert "0400377T" in refused.value.advice(lambda text, **params: text.format(**params))


@pytest.mark.parametrize("text", [" 0400377t ", "040 0377 T", "0400377t\n"])
def test_case_and_spaces_do_not_matter(text: str) -> None:
    assert parse_uai(text) == "0400377T"


@pytest.mark.parametrize("text", ["", "0400377", "400377T", "0400377TT", "O400377T", "٠٤٠٠٣٧٧T", "0400377É"])
def test_another_shape_is_refused(text: str) -> None:
    with pytest.raises(UaiMalformed):
        parse_uai(text)


@given(st.integers(0, 9_999_999))
def test_one_letter_and_no_other_fits_a_number(number: int) -> None:
    digits = f"{number:07d}"
    fitting = []
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        try:
            fitting.append(parse_uai(digits + letter)[-1])
        except UaiLetterWrong:
            continue
    assert fitting == [check_letter(digits)]


@given(st.integers(0, 9_999_999), st.integers(0, 6), st.integers(1, 9))
def test_one_mistyped_digit_is_always_seen(number: int, place: int, shift: int) -> None:
    digits = f"{number:07d}"
    wrong = digits[:place] + str((int(digits[place]) + shift) % 10) + digits[place + 1 :]
    with pytest.raises(UaiLetterWrong):
        parse_uai(wrong + check_letter(digits))


@given(st.text(max_size=20))
def test_any_text_is_a_code_or_refused(text: str) -> None:
    try:
        code = parse_uai(text)
    except UaiInvalid:
        return
    assert parse_uai(code) == code
