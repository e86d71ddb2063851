"""Declaration sets: what a device is told, and that a token changes exactly when content does."""

import json
from types import ModuleType
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.apple.declarative import Declaration, DeclarationSet, DeclarativeInvalid, Endpoint, parse_endpoint

PASSCODE = Declaration(
    type="com.apple.configuration.passcode.settings",
    identifier="org.valise.declared.passcode",
    payload={"RequirePasscode": True, "MinimumLength": 6},
)
STATUS = Declaration(
    type="com.apple.configuration.management.status-subscriptions",
    identifier="org.valise.declared.status",
    payload={"StatusItems": [{"Name": "device.operating-system.version"}]},
)
POLICY = Declaration(
    type="com.apple.activation.simple",
    identifier="org.valise.activation.policy",
    payload={"StandardConfigurations": [PASSCODE.identifier, STATUS.identifier]},
)
ORGANIZATION = Declaration(
    type="com.apple.management.organization-info", identifier="org.valise.organization", payload={"Name": "Les Landes"}
)
PICTURE = Declaration(
    type="com.apple.asset.data",
    identifier="org.valise.asset",
    payload={"Reference": {"DataURL": "https://valise.example/artifacts/x", "ContentType": "application/octet-stream"}},
)
WHOLE = DeclarationSet(declarations=(PASSCODE, STATUS, POLICY, ORGANIZATION, PICTURE))

payloads = st.dictionaries(st.text(max_size=5), st.integers(-9, 9) | st.text(max_size=5) | st.booleans(), max_size=4)
declarations = st.builds(
    Declaration,
    type=st.sampled_from(["com.apple.configuration.x", "com.apple.asset.x", "com.apple.activation.simple"]),
    identifier=st.text(min_size=1, max_size=5),
    payload=payloads,
)
sets = st.lists(declarations, max_size=5, unique_by=lambda one: one.identifier).map(
    lambda found: DeclarationSet(declarations=tuple(found))
)


@pytest.mark.parametrize("declaration", WHOLE.declarations, ids=lambda one: one.type)
def test_apples_schema_agrees_with_each_declaration(apple_schema: ModuleType, declaration: Declaration) -> None:
    problems = apple_schema.check_declaration(json.loads(declaration.to_json()), "iOS", "17.4")
    assert [str(one) for one in problems] == []


def test_apples_schema_agrees_with_tokens_and_items(apple_schema: ModuleType) -> None:
    for declared in (WHOLE, DeclarationSet(declarations=())):
        tokens, items = json.loads(declared.tokens("2026-09-01T08:00:00Z")), json.loads(declared.items())
        assert apple_schema.check_declarative_response("tokens", tokens, "iOS", "17.4") == []
        assert apple_schema.check_declarative_response("declaration-items", items, "iOS", "17.4") == []
        assert tokens["SyncTokens"]["DeclarationsToken"] == items["DeclarationsToken"] == declared.token


def test_every_item_can_be_fetched_and_has_the_announced_token() -> None:
    items = json.loads(WHOLE.items())["Declarations"]
    kinds = {
        "Activations": "activation",
        "Assets": "asset",
        "Configurations": "configuration",
        "Management": "management",
    }
    announced = {(kinds[name], one["Identifier"]): one["ServerToken"] for name, ones in items.items() for one in ones}
    assert len(announced) == len(WHOLE.declarations)
    for (kind, identifier), token in announced.items():
        body = WHOLE.get(kind, identifier)
        assert body is not None
        assert json.loads(body)["ServerToken"] == token
        assert json.loads(body)["Identifier"] == identifier
    assert WHOLE.get("asset", PASSCODE.identifier) is None
    assert WHOLE.get("configuration", "another") is None


@given(sets)
def test_a_set_is_kept_in_one_form(declared: DeclarationSet) -> None:
    text = declared.to_json()
    again = DeclarationSet.from_json(text)
    assert again == declared
    assert again.to_json() == text
    assert again.token == declared.token


@given(sets)
def test_the_order_of_declarations_makes_no_other_set(declared: DeclarationSet) -> None:
    assert DeclarationSet(declarations=declared.declarations[::-1]).token == declared.token


@given(declarations, declarations)
def test_tokens_differ_exactly_when_contents_do(one: Declaration, other: Declaration) -> None:
    same = msgspec.json.encode(one, order="sorted") == msgspec.json.encode(other, order="sorted")
    assert (one.server_token == other.server_token) == same
    assert len(one.server_token) <= 64
    alone, both = DeclarationSet(declarations=(one,)), DeclarationSet(declarations=(other,))
    assert (alone.token == both.token) == same


def test_the_order_of_keys_makes_no_other_content() -> None:
    turned = Declaration(
        type=PASSCODE.type, identifier=PASSCODE.identifier, payload=dict(reversed(list(PASSCODE.payload.items())))
    )
    assert turned.server_token == PASSCODE.server_token


def test_a_type_that_is_none_has_no_kind() -> None:
    for name in ("com.apple.dance", "configuration", "com.apple"):
        with pytest.raises(ValueError):
            _ = Declaration(type=name, identifier="x", payload={}).kind


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("tokens", Endpoint("tokens")),
        ("declaration-items", Endpoint("declaration-items")),
        ("status", Endpoint("status")),
        ("declaration/configuration/org.valise.x", Endpoint("declaration", "configuration", "org.valise.x")),
        ("declaration/asset/a/b", Endpoint("declaration", "asset", "a/b")),
    ],
)
def test_endpoints_are_read(text: str, endpoint: Endpoint) -> None:
    assert parse_endpoint(text) == endpoint


@pytest.mark.parametrize(
    "text", ["", "token", "declaration", "declaration/", "declaration/dance/x", "status/x", "x/y/z"]
)
def test_other_endpoints_are_refused(text: str) -> None:
    with pytest.raises(DeclarativeInvalid):
        parse_endpoint(text)


@given(st.text())
def test_any_endpoint_is_read_or_refused(text: str) -> None:
    found: Any = None
    try:
        found = parse_endpoint(text)
    except DeclarativeInvalid:
        return
    assert text in (found.name, f"{found.name}/{found.kind}/{found.identifier}")
