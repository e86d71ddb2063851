"""What is scanned or typed in an inventory."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.labels.label import inventory_code
from mdm.fleet.kit import SLOT_LIMIT
from mdm.repairs.inventory.errors import CodeEmpty, CodeOfEnrolment, CodeRefused, LabelDamaged, NotACode
from mdm.repairs.inventory.scan_code import LabelCode, SerialCode, parse_code


def plainly(message: str, **_: object) -> str:
    return message


kits = st.text("0123456789abcdef", min_size=32, max_size=32)
numbers = st.integers(1, SLOT_LIMIT)
spaces = st.text(" \t\r\n", max_size=3)
serials = st.text(string.ascii_letters + string.digits, min_size=2, max_size=64)


@given(kits, numbers, spaces, spaces, st.booleans())
def test_what_is_printed_on_a_label_is_read_back(kit: str, number: int, before: str, after: str, loud: bool) -> None:
    printed = inventory_code(kit, number)
    code = parse_code(before + (printed.upper() if loud else printed) + after)
    assert code == LabelCode(kit[-12:], number)
    assert str(code) == printed


@given(serials)
def test_a_serial_number_is_read_in_the_case_in_which_it_may_be_known(serial: str) -> None:
    code = parse_code(f" {serial}\r\n")
    assert isinstance(code, SerialCode)
    assert str(code) == serial.upper()
    assert code.spellings[0] == serial
    assert serial.upper() in code.spellings


@given(st.text() | st.text("valise:/0123456789abcdef{}<>s S", max_size=80))
def test_any_text_is_a_code_or_is_refused_in_words(text: str) -> None:
    try:
        code = parse_code(text)
    except CodeRefused as refused:
        code = None
        words = refused.text(plainly), refused.advice(plainly)
    if code is None:
        assert all(words)
        return
    assert str(code).isascii()
    assert str(code).isprintable()
    assert len(str(code)) <= 64
    assert parse_code(str(code)) == (code if isinstance(code, LabelCode) else SerialCode(str(code)))


def test_the_barcode_on_a_box_has_an_s_before_the_number() -> None:
    code = parse_code("SF9FXK1ABCD")
    assert isinstance(code, SerialCode)
    assert "F9FXK1ABCD" in code.spellings


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", CodeEmpty),
        (" \n", CodeEmpty),
        ("valise:", LabelDamaged),
        ("valise:9f0c12ab34cd/0", LabelDamaged),
        ("valise:9f0c12ab34cd", LabelDamaged),
        ("valise:9f0c12ab34c/7", LabelDamaged),
        ("valise:9f0c12ab34cd/7/8", LabelDamaged),
        ("https://valise.example/k/ABCDEF", CodeOfEnrolment),
        ('{"android.app.extra.PROVISIONING_DEVICE_ADMIN_COMPONENT_NAME": "x"}', CodeOfEnrolment),
        ("A", NotACode),
        ("É12345", NotACode),
        ("A" * 65, NotACode),
        ("F9FXK1;DROP", NotACode),
    ],
)
def test_what_is_no_code_is_refused_with_what_to_do(text: str, refusal: type[CodeRefused]) -> None:
    with pytest.raises(refusal):
        parse_code(text)
