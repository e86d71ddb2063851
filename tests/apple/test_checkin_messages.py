"""Check-in messages: Apple's are read, others are refused with a reason."""

import plistlib
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.apple.messages import (
    Authenticate,
    CheckinMessage,
    CheckOut,
    DeclarativeManagement,
    GetBootstrapToken,
    GetToken,
    MessageInvalid,
    SetBootstrapToken,
    TokenUpdate,
    UserAuthenticate,
    parse_checkin,
)
from mdm.apple.plist import MalformedPlist

UDID = "00008030-001A2B3C4D5E6F70"
TOPIC = "com.apple.mgmt.External.5f1f1d4e-4a7c-4d5c-9d55-2d3c0c2f6a11"

MESSAGES: dict[str, tuple[dict[str, Any], CheckinMessage]] = {
    "Authenticate": (
        {
            "Topic": TOPIC,
            "SerialNumber": "DMPXK1ABCDEF",
            "OSVersion": "17.4",
            "BuildVersion": "21E219",
            "ProductName": "iPad13,18",
            "IMEI": "35 123456 123456 7",
        },
        Authenticate(
            udid=UDID,
            topic=TOPIC,
            serial_number="DMPXK1ABCDEF",
            os_version="17.4",
            build_version="21E219",
            product_name="iPad13,18",
        ),
    ),
    "TokenUpdate": (
        {
            "Topic": TOPIC,
            "Token": b"\x01" * 32,
            "PushMagic": "3F2A6C5E-8B0D-4E58-9F31-0B6C1D2E3F40",
            "UnlockToken": b"\x02" * 1500,
            "AwaitingConfiguration": True,
        },
        TokenUpdate(
            udid=UDID,
            topic=TOPIC,
            token=b"\x01" * 32,
            push_magic="3F2A6C5E-8B0D-4E58-9F31-0B6C1D2E3F40",
            unlock_token=b"\x02" * 1500,
            awaiting_configuration=True,
        ),
    ),
    "CheckOut": ({"Topic": TOPIC}, CheckOut(udid=UDID, topic=TOPIC)),
    "DeclarativeManagement": (
        {"Endpoint": "status", "Data": b'{"StatusItems": {}, "Errors": []}'},
        DeclarativeManagement(udid=UDID, endpoint="status", data=b'{"StatusItems": {}, "Errors": []}'),
    ),
    "GetToken": ({"TokenServiceType": "com.apple.maid"}, GetToken(udid=UDID, token_service_type="com.apple.maid")),
}
"""What an iPad sends, and what is read of it."""

OTHERS: dict[str, tuple[dict[str, Any], CheckinMessage]] = {
    "SetBootstrapToken": ({"BootstrapToken": b"boot"}, SetBootstrapToken(udid=UDID, bootstrap_token=b"boot")),
    "GetBootstrapToken": ({"AwaitingConfiguration": False}, GetBootstrapToken(udid=UDID)),
    "UserAuthenticate": ({"UserID": "u1", "DigestResponse": ""}, UserAuthenticate(udid=UDID, user_id="u1")),
}
"""What only Macs send, and an iPad may one day."""


def written(name: str, keys: dict[str, Any], **more: Any) -> bytes:
    return plistlib.dumps({"MessageType": name, "UDID": UDID, **keys, **more})


@pytest.mark.parametrize("name", [*MESSAGES, *OTHERS])
def test_each_message_is_read(name: str) -> None:
    keys, message = (MESSAGES | OTHERS)[name]
    found = parse_checkin(written(name, keys))
    assert found == message
    assert type(found) is type(message)
    assert found.user_id == keys.get("UserID")


@pytest.mark.parametrize("name", MESSAGES)
def test_what_is_read_is_what_apples_schema_says(apple_schema: ModuleType, name: str) -> None:
    message = plistlib.loads(written(name, MESSAGES[name][0]))
    assert [str(one) for one in apple_schema.check_checkin(message, "iOS", "17.4") if one.severity == "error"] == []


def test_what_identifies_a_telephone_is_not_kept() -> None:
    found = parse_checkin(written("Authenticate", MESSAGES["Authenticate"][0], MEID="A0", PhoneNumber="+33"))
    assert "35 123456" not in repr(found)
    assert "+33" not in repr(found)


def test_a_message_may_lack_what_apple_calls_optional() -> None:
    message = parse_checkin(written("TokenUpdate", {"Topic": TOPIC, "Token": b"t", "PushMagic": "m"}))
    assert isinstance(message, TokenUpdate)
    assert message.unlock_token is None
    assert message.awaiting_configuration is False
    assert parse_checkin(written("SetBootstrapToken", {})) == SetBootstrapToken(udid=UDID, bootstrap_token=b"")


@pytest.mark.parametrize("name", MESSAGES)
def test_a_user_of_a_shared_ipad_is_told_apart(name: str) -> None:
    found = parse_checkin(written(name, MESSAGES[name][0], UserID="FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"))
    assert found.user_id == "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"


@pytest.mark.parametrize(
    ("name", "keys", "reason"),
    [
        ("Dance", {}, "MessageType"),
        ("CheckinMessage", {}, "MessageType"),
        ("TokenUpdate", {"Topic": TOPIC, "PushMagic": "m"}, "Token"),
        ("TokenUpdate", {"Topic": TOPIC, "PushMagic": "m", "Token": "text"}, "Token"),
        ("TokenUpdate", {"Topic": TOPIC, "PushMagic": 7, "Token": b"t"}, "PushMagic"),
        ("TokenUpdate", {"Topic": TOPIC, "PushMagic": "m", "Token": b"t", "AwaitingConfiguration": 1}, "Awaiting"),
        (
            "TokenUpdate",
            {"Topic": TOPIC, "PushMagic": "m", "Token": b"t", "UnlockToken": b"x" * 20_000},
            "unlock_token",
        ),
        ("Authenticate", {"SerialNumber": "s"}, "Topic"),
        ("Authenticate", {"Topic": "t" * 300}, "topic"),
        ("DeclarativeManagement", {}, "Endpoint"),
        ("DeclarativeManagement", {"Endpoint": "status", "Data": "{}"}, "Data"),
        ("GetToken", {}, "TokenServiceType"),
        ("CheckOut", {"UDID": "../../etc"}, "UDID"),
        ("CheckOut", {"UDID": 7}, "UDID"),
    ],
)
def test_a_wrong_message_is_refused_with_the_key_that_is_wrong(name: str, keys: dict[str, Any], reason: str) -> None:
    with pytest.raises(MessageInvalid, match=reason):
        parse_checkin(written(name, keys))


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"MessageType": 7, "UDID": UDID},
        {"MessageType": ["CheckOut"], "UDID": UDID},
        {"MessageType": "CheckOut"},
        {"MessageType": "CheckOut", "EnrollmentID": "e1", "Topic": TOPIC},
    ],
)
def test_a_message_of_nobody_is_refused(message: dict[str, Any]) -> None:
    with pytest.raises(MessageInvalid):
        parse_checkin(plistlib.dumps(message))


plain = st.text(max_size=5) | st.booleans() | st.integers(-9, 9) | st.binary(max_size=5) | st.lists(st.booleans())
names = st.sampled_from(
    [
        "Topic",
        "Token",
        "PushMagic",
        "UnlockToken",
        "Endpoint",
        "Data",
        "UDID",
        "UserID",
        "SerialNumber",
        "BootstrapToken",
    ]
)


@given(st.sampled_from([*MESSAGES, *OTHERS, "Dance"]), st.dictionaries(names, plain), st.booleans())
def test_any_keys_make_a_message_or_a_refusal(name: str, keys: dict[str, Any], binary: bool) -> None:
    tree = {"UDID": UDID, **keys, "MessageType": name}
    try:
        body = plistlib.dumps(tree, fmt=plistlib.FMT_BINARY if binary else plistlib.FMT_XML)
    except ValueError:  # plistlib writes no control characters in XML
        return
    try:
        message = parse_checkin(body)
    except (MessageInvalid, MalformedPlist):
        return
    assert type(message).__name__ == name
    assert all(
        "\0" not in value
        for value in (getattr(message, one) for one in message.__struct_fields__)
        if isinstance(value, str)
    )
