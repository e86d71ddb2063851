"""Reading property lists: Apple's own are taken, and nothing else does worse than a refusal."""

import plistlib
import struct
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdm.apple.plist import MalformedPlist, parse

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'
DOCTYPE = b'<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n'

texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"))
scalars = (
    texts
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.binary(max_size=40)
    | st.integers(0, 4 * 10**9).map(lambda at: datetime.fromtimestamp(at, UTC).replace(tzinfo=None))
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=20
)
dictionaries = st.dictionaries(texts, values, max_size=6)


def whole(inner: bytes) -> bytes:
    return HEAD + DOCTYPE + b'<plist version="1.0">' + inner + b"</plist>"


@given(dictionaries, st.sampled_from([plistlib.FMT_XML, plistlib.FMT_BINARY]))
def test_what_a_device_writes_is_read_back(value: dict[str, Any], form: Any) -> None:
    body = plistlib.dumps(value, fmt=form)
    assert parse(body) == plistlib.loads(body)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    read_or_refuse(body)


@given(dictionaries, st.sampled_from([plistlib.FMT_XML, plistlib.FMT_BINARY]), st.data())
@settings(max_examples=300)
def test_a_damaged_list_is_read_or_refused(value: dict[str, Any], form: Any, data: st.DataObject) -> None:
    body = bytearray(plistlib.dumps(value, fmt=form))
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place] = data.draw(st.integers(0, 255))
    read_or_refuse(bytes(body))
    read_or_refuse(bytes(body[: data.draw(st.integers(0, len(body)))]))


ELEMENTS = [
    *("<dict>", "</dict>", "<array>", "</array>", "<key>a</key>", "<string>x</string>", "<integer>1</integer>"),
    *("<integer>x</integer>", "<real>nan</real>", "<date>2026-13-99T00:00:00Z</date>", "<date>x</date>", "<x/>"),
    *("<data>!</data>", "<data>QQ</data>", "<true/>", "<!-- c -->", "<![CDATA[<key>]]>", "&#0;", "&amp;"),
]


@given(st.lists(st.sampled_from(ELEMENTS), max_size=12))
@settings(max_examples=300)
def test_any_heap_of_elements_is_read_or_refused(parts: list[str]) -> None:
    read_or_refuse(whole("".join(parts).encode()))


def read_or_refuse(body: bytes) -> None:
    try:
        found = parse(body)
    except MalformedPlist:
        return
    assert isinstance(found, dict)


def test_apples_document_type_is_taken_with_and_without() -> None:
    assert parse(whole(b"<dict><key>a</key><true/></dict>")) == {"a": True}
    assert parse(HEAD + b"<plist><dict/></plist>") == {}
    assert parse(b"\xef\xbb\xbf" + whole(b"<dict/>")) == {}


LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10 if n else b"lol") for n in range(10))


@pytest.mark.parametrize(
    "subset",
    [
        LAUGHS,
        b'<!ENTITY x SYSTEM "file:///etc/passwd">',
        b'<!ENTITY % x SYSTEM "http://example.org/x"> %x;',
        b'<!ATTLIST dict a CDATA "%s">' % (b"x" * 1000),
        b"",
    ],
    ids=["billion laughs", "file", "parameter entity", "default attribute", "empty"],
)
def test_a_document_type_of_ones_own_is_refused(subset: bytes) -> None:
    with pytest.raises(MalformedPlist, match="document type"):
        parse(HEAD + b"<!DOCTYPE plist [" + subset + b"]><plist><dict/></plist>")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not a list",
        b"<html><body/></html>",
        HEAD,
        whole(b""),
        whole(b"<array/>"),
        whole(b"<string>text</string>"),
        whole(b"<dict><key>a</key></dict>"),
        whole(b"<dict><key>a</key><date>yesterday</date></dict>"),
        whole(b"<dict><key>a</key><integer>" + b"9" * 5000 + b"</integer></dict>"),
        whole(b"<dict/>")[:-4],
        whole(b"<dict/>") + b"<more/>",
        whole(b"<dict><key>\xff</key><true/></dict>"),
        b'<?xml version="1.0" encoding="UTF-16"?><plist><dict/></plist>',
        b'<?xml version="1.0" encoding="cp037"?><plist><dict/></plist>',
        b'<?xml version="1.0" encoding="no-such"?><plist><dict/></plist>',
        '<?xml version="1.0"?><plist><dict/></plist>'.encode("utf-16"),
        b"bplist00",
        b"bplist00" + b"\0" * 32,
        b"bplist00" + b"\xff" * 40,
    ],
)
def test_what_is_no_dictionary_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedPlist):
        parse(body)


@pytest.mark.parametrize("form", [plistlib.FMT_XML, plistlib.FMT_BINARY])
def test_deep_nesting_is_refused(form: Any) -> None:
    def nested(levels: int) -> dict[str, Any]:
        value: Any = "leaf"
        for _ in range(levels):
            value = [value]
        return {"a": value}

    assert parse(plistlib.dumps(nested(60), fmt=form)) == nested(60)
    with pytest.raises(MalformedPlist, match="nested"):
        parse(plistlib.dumps(nested(200), fmt=form))


def test_half_a_million_levels_are_refused() -> None:
    with pytest.raises(MalformedPlist):
        parse(whole(b"<dict><key>a</key>" + b"<array>" * 250_000 + b"</array>" * 250_000 + b"</dict>"))


def test_what_is_too_large_is_refused_unread() -> None:
    with pytest.raises(MalformedPlist, match="too large"):
        parse(whole(b"<dict/>" + b" " * 2000), limit=1000)


def binary(objects: list[bytes], top: int = 0) -> bytes:
    """Write a binary list of these objects, whatever they say, with references of one byte."""
    body, offsets = b"bplist00", []
    for one in objects:
        offsets.append(len(body))
        body += one
    table = b"".join(offset.to_bytes(4, "big") for offset in offsets)
    return body + table + struct.pack(">6xBBQQQ", 4, 1, len(objects), top, len(body))


KEY = b"\x51a"


@pytest.mark.parametrize(
    "objects",
    [
        pytest.param([b"\xd1\x01\x00", KEY], id="a dictionary within itself"),
        pytest.param([b"\xd1\x01\x02", KEY, b"\xa1\x02"], id="an array within itself"),
        pytest.param([b"\xd1\x01\x02", KEY, b"\xa2\x03\x03", b"\xa0"], id="an array in two places"),
        pytest.param([b"\xd1\x02\x01", b"\x10\x01", b"\x10\x02"], id="a number for a key"),
        pytest.param([b"\xd1\x01\x02", KEY, b"\x80\x07"], id="a UID"),
        pytest.param([b"\xd1\x01\x02", KEY, b"\x00"], id="null"),
        pytest.param([b"\xd1\x01\x02", KEY, b"\x52a\x00"], id="a null character"),
        pytest.param([b"\xd1\x01\x02", b"\x52a\x00", b"\x09"], id="a null character in a key"),
        pytest.param([b"\xd1\x01\x02", KEY, b"\x5f\x13" + b"\xff" * 8], id="a text of 16 exabytes"),
        pytest.param([b"\xd1\x01\x02", KEY, b"\xaf\x12\x7f\xff\xff\xff"], id="an array of two thousand million"),
    ],
)
def test_a_binary_trick_is_refused(objects: list[bytes]) -> None:
    with pytest.raises(MalformedPlist):
        parse(binary(objects))


def test_a_binary_bomb_of_doubling_arrays_is_refused() -> None:
    doubling = [bytes((0xA2, number + 1, number + 1)) for number in range(2, 60)]
    with pytest.raises(MalformedPlist):
        parse(binary([b"\xd1\x01\x02", KEY, *doubling, b"\x09"]))


def test_binary_objects_that_share_bytes_are_refused() -> None:
    body = b"bplist00\xd1\x01\x02\x51a" + b"\x5f\x11\x40\x00" + b"x" * 0x4000
    places = [8, 11] + [13] * 200
    table = b"".join(place.to_bytes(4, "big") for place in places)
    with pytest.raises(MalformedPlist, match="overlap"):
        parse(body + table + struct.pack(">6xBBQQQ", 4, 1, len(places), 0, len(body)))


def test_a_refusal_repeats_nothing_of_the_body() -> None:
    with pytest.raises(MalformedPlist) as refused:
        parse(whole(b"<dict><key>secret-token-1234</key></dict>"))
    assert "line" in str(refused.value) or "secret" not in str(refused.value)
