"""The short way of reading a report agrees with the long way, or leaves the report to it."""

import contextlib
import plistlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdm.apple.envelope import Envelope, read_envelope
from mdm.apple.messages import DeviceReport, MessageInvalid, parse_message, parse_report
from mdm.apple.plist import MalformedPlist, parse

UDID = "00008030-001A2B3C4D5E6F70"
NAMES = ("UDID", "Status", "CommandUUID", "UserID", "EnrollmentID", "MessageType", "ErrorChain", "Other", "é & <é>")
STATUSES = ("Idle", "Acknowledged", "Error", "NotNow", "CommandFormatError", "Dancing", "", "A&B", "Prêt", "a\r\nb")

keys = st.sampled_from(NAMES)
texts = st.sampled_from([*STATUSES, UDID, "</string>", "<key>Status</key>", "]]>", "\u2028", "\x7f"])
values = st.recursive(
    texts | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(-1e9, 1e9) | st.binary(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=15,
)
reports = st.fixed_dictionaries(
    {"UDID": st.just(UDID) | values, "Status": st.sampled_from(STATUSES) | values},
    optional=dict.fromkeys(NAMES[2:], values) | {"CommandUUID": texts | values},
)


def expected(tree: dict[str, Any]) -> Envelope:
    return Envelope(tree.get("UDID"), tree.get("Status"), tree.get("CommandUUID"))


@given(reports)
@settings(max_examples=500)
def test_the_short_way_agrees_with_the_long_way(report: dict[str, Any]) -> None:
    body = plistlib.dumps(report, sort_keys=False)
    short = read_envelope(body)
    if short is not None:
        tree = plistlib.loads(body)
        assert short == expected(tree)
        assert not {"MessageType", "UserID", "EnrollmentID"} & tree.keys()


PIECES = [
    *("<dict>", "</dict>", "<dict/>", "<array>", "</array>", "<array/>", "<dict >", "</dict\n>", "<true/>", "<x/>"),
    *(f"<key>{name}</key>" for name in ("Status", "UDID", "CommandUUID", "Other", "MessageType")),
    *(f"<string>{text}</string>" for text in ("Idle", "Acknowledged", UDID, "a&amp;b", "&#73;dle", "]]&gt;", "]]>")),
    *("<key>Sta<!-- -->tus</key>", "<key >Status</key>", "<key>&#83;tatus</key>", "<key><x/>Status</key>", "<key/>"),
    *("<!-- <key>Status</key><string>Idle</string> -->", "<![CDATA[<key>Status</key>]]>", "<?pi <dict> ?>", " \n\t"),
    *("<integer>7</integer>", "<integer>x</integer>", "<real>1.5</real>", "<date>2026-02-30T00:00:00Z</date>"),
    *(
        "<data>QUJD</data>",
        "<data>QUJ</data>",
        "<date>2026-02-03T04:05:06Z</date>",
        "text",
        "\x01",
        "&bogus;",
        "\ufffe",
    ),
]


@given(st.lists(st.sampled_from(PIECES), max_size=14))
@settings(max_examples=2000, deadline=None)
def test_no_heap_of_tags_fools_the_short_way(pieces: list[str]) -> None:
    agrees(wrapped("".join(pieces)))


odd_values = st.sampled_from([piece for piece in PIECES if not piece.startswith("<key")])
odd_entries = st.tuples(st.sampled_from(["Status", "CommandUUID", "Other", "]]>", "a&amp;b", "é"]), odd_values)


@given(st.lists(odd_entries, min_size=1, max_size=3))
@settings(max_examples=1000, deadline=None)
def test_no_odd_value_fools_the_short_way(entries: list[tuple[str, str]]) -> None:
    agrees(wrapped(GOOD + "".join(f"<key>{key}</key>{value}" for key, value in entries)))
    agrees(wrapped(GOOD + "".join(f"<key>Inner</key><dict><key>{key}</key>{value}</dict>" for key, value in entries)))


@given(reports, st.data())
@settings(max_examples=500, deadline=None)
def test_no_damage_fools_the_short_way(report: dict[str, Any], data: st.DataObject) -> None:
    body = bytearray(plistlib.dumps(report))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(body) - 1))
        piece = (
            data.draw(st.sampled_from(PIECES)).encode()
            if data.draw(st.booleans())
            else data.draw(st.binary(max_size=2))
        )
        body[place : place + data.draw(st.integers(0, 12))] = piece
    agrees(bytes(body))


def agrees(body: bytes) -> None:
    short = read_envelope(body)
    if short is not None:
        assert short == expected(parse(body))


def wrapped(inner: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n'
        f'<plist version="1.0">\n<dict>{inner}</dict>\n</plist>\n'
    ).encode()


GOOD = f"<key>UDID</key><string>{UDID}</string><key>Status</key><string>Idle</string>"


@pytest.mark.parametrize(
    "inner",
    [
        pytest.param(f"<key>A</key><dict>{GOOD.replace('Idle', 'Error')}</dict>{GOOD}", id="the same keys, deeper"),
        pytest.param(f"{GOOD}<key>A</key><string>&lt;key&gt;Status</string>", id="escaped tags"),
        pytest.param(f"{GOOD}<key>A</key><array><dict/><array/><string/></array>", id="empty elements"),
        pytest.param(f"{GOOD}<key>A</key><string>École</string>", id="letters with accents"),
        pytest.param(GOOD.replace("Idle", "NotNow") + GOOD, id="twice: the last counts"),
    ],
)
def test_the_plain_form_is_read_the_short_way(inner: str) -> None:
    assert read_envelope(wrapped(inner)) == Envelope(UDID, "Idle", None)


@pytest.mark.parametrize(
    "inner",
    [
        pytest.param(f"<!-- x -->{GOOD}", id="comment"),
        pytest.param(f"{GOOD}<key>A</key><string><![CDATA[x]]></string>", id="CDATA"),
        pytest.param(f"{GOOD}<?x?>", id="processing instruction"),
        pytest.param(f"{GOOD}<key>A</key><string>&#65;</string>", id="character reference"),
        pytest.param(f"{GOOD}<key>A</key><dict ></dict>", id="space in a tag"),
        pytest.param(f"{GOOD}<key>MessageType</key><string>CheckOut</string>", id="check-in message"),
        pytest.param(f"{GOOD}<key>UserID</key><string>x</string>", id="user channel"),
        pytest.param(f"{GOOD}<key>Status</key><integer>7</integer>", id="a status that is no text"),
        pytest.param(f"{GOOD}<key>A</key><data>QUJ</data>", id="base64 cut short"),
    ],
)
def test_any_other_form_is_left_to_the_long_way(inner: str) -> None:
    assert read_envelope(wrapped(inner)) is None


@pytest.mark.parametrize(
    "value",
    [
        *("<string>]]></string>", "<string>a\x01b</string>", "<string>\ufffe</string>", "<string>&bogus;</string>"),
        *("<string>a & b</string>", "<string>a<b</string>", "<string>a<b/>c</string>", "<string>a</dict>"),
        *("<date>2026-02-30T00:00:00Z</date>", "<date>2026-00-10T00:00:00Z</date>", "<integer>--1</integer>"),
        *("<integer></integer>", "<data>QUJ</data>", "<real>1.2.3</real>", "<dict><string>x</string></dict>"),
        *("<array><key>a</key><true/></array>", "<dict><key>a</key></dict>", "<true>", "</true>", ""),
    ],
)
def test_what_a_real_parser_refuses_is_never_taken(value: str) -> None:
    body = wrapped(f"{GOOD}<key>A</key>{value}")
    assert read_envelope(body) is None
    read_as_bad_or_odd(body)


def read_as_bad_or_odd(body: bytes) -> None:
    """plistlib overlooks an unknown element; everything else here is malformed."""
    if b"<b/>" not in body:
        with pytest.raises(MalformedPlist):
            parse(body)


def test_bytes_that_are_not_utf_8_are_never_taken() -> None:
    for wrong in (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf"):
        body = wrapped(f"{GOOD}<key>A</key><string>HERE</string>").replace(b"HERE", wrong)
        assert read_envelope(body) is None
        with pytest.raises(MalformedPlist):
            parse(body)


def test_hostile_lengths_take_no_time() -> None:
    """Each would take hours if the expression could go back over what it has read."""
    for filler in (
        b" ",
        b"<data>QUJD \n",
        b"<array>",
        b"<key>a</key><dict>",
        b"<string>x",
        b"<real>1",
        b"&amp;",
        b"]]",
    ):
        for start in (b"", b"<key>a</key><data>", b"<key>a</key><string>", b"<key>a</key><array>"):
            body = wrapped("")[:-20] + start + filler * (200_000 // len(filler)) + b"!"
            assert read_envelope(body) is None


@pytest.mark.parametrize("form", [plistlib.FMT_XML, plistlib.FMT_BINARY])
def test_a_report_is_read_from_both_forms(form: Any) -> None:
    answer = {"UDID": UDID, "Status": "Acknowledged", "CommandUUID": "c1", "QueryResponses": {"Status": "Idle"}}
    report = parse_report(plistlib.dumps(answer, fmt=form))
    assert (report.udid, report.status, report.command_uuid, report.user_id) == (UDID, "Acknowledged", "c1", None)
    assert report.error_chain is None


@given(st.binary(max_size=300) | st.lists(st.sampled_from(PIECES), max_size=14).map("".join).map(wrapped))
@settings(max_examples=500, deadline=None)
def test_any_body_is_a_message_or_refused(body: bytes) -> None:
    with contextlib.suppress(MalformedPlist, MessageInvalid):
        parse_message(body)


def test_both_kinds_of_messages_come_to_one_address() -> None:
    report = parse_message(plistlib.dumps({"UDID": UDID, "Status": "Idle", "Note": "MessageType"}))
    assert isinstance(report, DeviceReport)
    checkin = parse_message(plistlib.dumps({"UDID": UDID, "MessageType": "CheckOut", "Topic": "t", "Status": "Idle"}))
    assert not isinstance(checkin, DeviceReport)


@pytest.mark.parametrize(
    "report",
    [
        {"Status": "Idle"},
        {"UDID": "x", "Status": "Idle"},
        {"UDID": "'; DROP TABLE--", "Status": "Idle"},
        {"UDID": UDID},
        {"UDID": UDID, "Status": "Dancing"},
        {"UDID": UDID, "Status": "Acknowledged"},
        {"UDID": UDID, "Status": 7},
        {"UDID": UDID, "Status": "Acknowledged", "CommandUUID": ["c1"]},
        {"EnrollmentID": "e1", "Status": "Idle"},
    ],
)
def test_a_report_without_its_envelope_is_refused(report: dict[str, Any]) -> None:
    with pytest.raises(MessageInvalid):
        parse_report(plistlib.dumps(report))


def test_an_error_chain_is_kept_with_its_four_keys_and_bounds() -> None:
    link = {"ErrorCode": 12021, "ErrorDomain": "MCMDMErrorDomain", "LocalizedDescription": "x" * 900}
    body = plistlib.dumps(
        {
            "UDID": UDID,
            "Status": "Error",
            "CommandUUID": "c1",
            "ErrorChain": [link | {"Secret": "s"}, "odd", *[{"ErrorCode": 1}] * 50],
        }
    )
    chain = parse_report(body).error_chain
    assert chain is not None
    assert chain.startswith('[{"ErrorCode":12021,"ErrorDomain":"MCMDMErrorDomain","LocalizedDescription":"xxx')
    assert "Secret" not in chain
    assert len(chain) < 2000


def test_a_user_of_a_shared_ipad_is_told_apart() -> None:
    body = plistlib.dumps({"UDID": UDID, "Status": "Idle", "UserID": "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"})
    assert parse_report(body).user_id == "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"
