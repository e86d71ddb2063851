"""A content token is read as Apple gives it, and anything else is refused in words."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.clock import from_ms
from profiles.licences.content_token import days_left, level_of, moment_of, read_token
from profiles.licences.errors import TokenUnreadable

DAY = 86_400_000
CONTENT = {"token": "c2VjcmV0", "expDate": "2030-11-08T22:33:22+0000", "orgName": "ORG12345"}


def made(**changes: object) -> bytes:
    return base64.b64encode(json.dumps(CONTENT | changes).encode())


def test_the_token_of_apples_documents_is_read() -> None:
    token = read_token(made())
    assert token.organization == "ORG12345"
    assert from_ms(token.expires_at).isoformat() == "2030-11-08T22:33:22+00:00"
    assert token.bearer == made().decode()


def test_line_ends_and_a_byte_order_mark_do_not_matter() -> None:
    body = made()
    assert read_token(b"\xef\xbb\xbf" + body[:40] + b"\r\n" + body[40:] + b"\n\0").bearer == body.decode()


def test_a_date_with_another_offset_is_the_same_moment() -> None:
    assert (
        read_token(made(expDate="2014-08-15T18:13:52-0700")).expires_at
        == read_token(made(expDate="2014-08-16T01:13:52+0000")).expires_at
    )
    assert moment_of("2030-11-08T22:33:22").isoformat() == "2030-11-08T22:33:22+00:00"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"{}",
        base64.b64encode(b"{}"),
        base64.b64encode(b"[1]"),
        made(token=""),
        made(expDate="soon"),
        made(expDate=3),
        made(expDate="0001-01-01T00:00:00+2359"),
        b"A" * 20_000,
    ],
)
def test_what_is_no_token_is_refused_in_words(body: bytes) -> None:
    with pytest.raises(TokenUnreadable) as raised:
        read_token(body)
    assert raised.value.hint


@given(st.binary(max_size=300) | st.binary(max_size=300).map(base64.b64encode))
def test_any_bytes_give_a_token_or_a_refusal(body: bytes) -> None:
    try:
        token = read_token(body)
    except TokenUnreadable:
        return
    assert token.bearer


@given(
    st.fixed_dictionaries(
        {"token": st.text(), "expDate": st.text() | st.datetimes().map(str), "orgName": st.text() | st.integers()}
    )
)
def test_any_content_gives_a_token_or_a_refusal(content: dict[str, object]) -> None:
    try:
        token = read_token(base64.b64encode(json.dumps(content).encode()))
    except TokenUnreadable:
        return
    assert token.organization.isprintable()


def test_neither_the_token_nor_its_secret_is_in_what_a_log_would_show() -> None:
    assert made().decode() not in repr(read_token(made()))


@pytest.mark.parametrize(
    ("left", "level"), [(31, "good"), (30, "good"), (29, "warning"), (7, "warning"), (6, "urgent"), (0, "expired")]
)
def test_a_person_is_warned_30_and_7_days_before(left: int, level: str) -> None:
    assert level_of(1000 * DAY, 1000 * DAY - left * DAY) == level


def test_days_are_whole_and_negative_afterwards() -> None:
    assert days_left(10 * DAY, 10 * DAY - 1) == 0
    assert days_left(10 * DAY, 10 * DAY + 1) == -1
