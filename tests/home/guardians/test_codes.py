"""Codes as people copy them: whatever case, spaces and dashes; nothing else passes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.home.guardians.codes import grouped, new_code, parse_code
from mdm.home.guardians.errors import CodeMalformed

LETTERS = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=26, max_size=26)


def test_codes_are_new_each_time_and_read_back() -> None:
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200
    assert all(parse_code(code) == code for code in codes)


@given(LETTERS)
def test_a_code_is_read_however_it_is_copied(letters: str) -> None:
    code = grouped(letters)
    for copied in (letters, code.lower(), code.replace("-", " — "), code.replace("0", "o").replace("1", "l")):
        assert parse_code(copied) == code


@given(st.text(max_size=40))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    try:
        assert parse_code(text).count("-") == 4
    except CodeMalformed as error:
        assert error.hint  # noqa: PT017


@pytest.mark.parametrize("text", ["valise:9f0c12ab34cd/7", "https://example.org", "7K3QD-7K3QD-7K3QD-7K3QD-7K3QDÉ"])
def test_another_text_is_no_code(text: str) -> None:
    with pytest.raises(CodeMalformed):
        parse_code(text)
