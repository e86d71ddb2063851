"""How tolerantly a configuration is read."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.simulator.android.config import ServerConfig, read_config
from mdm.simulator.android.errors import AgentCrash, BadAnswer
from mdm.simulator.android.tolerance import Fields, read_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
KEYS = st.sampled_from(["applications", "files", "brightness", "wifi", "lock", "title", "pkg", "code", "version", "x"])


def test_an_empty_configuration_is_all_defaults() -> None:
    assert read_config({}) == ServerConfig()


def test_unknown_keys_are_ignored_at_every_level() -> None:
    config = read_config({"x": 1, "applications": [{"pkg": "a", "version": "1", "system": True, "y": []}]})
    assert [entry.package for entry in config.listed_applications()] == ["a"]


@pytest.mark.parametrize(
    ("key", "given_", "read"),
    [
        ("brightness", "100", 100),
        ("brightness", 1.9, 1),
        ("brightness", "", None),
        ("lock", None, False),
        ("lock", "true", True),
        ("lock", 1, True),
        ("wifi", None, None),
        ("wifi", "False", False),
        ("title", 5, "5"),
        ("title", True, "true"),
        ("newNumber", "5A-01", "5A-01"),
    ],
)
def test_values_are_turned_into_what_the_agent_declares(key: str, given_: Any, read: Any) -> None:
    name = {"newNumber": "new_number"}.get(key, key)
    assert getattr(read_config({key: given_}), name) == read


@pytest.mark.parametrize(
    "data",
    [
        [], "x", {"brightness": "much"}, {"brightness": 2**31}, {"brightness": True}, {"lock": "yes"}, {"lock": 0.5},
        {"title": {}}, {"applications": {}}, {"applications": ["x"]}, {"applications": [{"code": "1.0"}]},
    ],
)  # fmt: skip
def test_what_cannot_be_turned_makes_the_answer_unreadable(data: Any) -> None:
    with pytest.raises(BadAnswer):
        read_config(data)


@pytest.mark.parametrize("applications", [None, [None], [{"pkg": "a"}, None]])
def test_nulls_crash_the_agent_only_when_they_are_used(applications: Any) -> None:
    config = read_config({"applications": applications, "files": None})
    with pytest.raises(AgentCrash):
        config.listed_applications()
    with pytest.raises(AgentCrash):
        config.listed_files()


def test_an_application_without_package_or_version_crashes_when_it_is_looked_at() -> None:
    entry = read_config({"applications": [{"name": "x"}]}).listed_applications()[0]
    with pytest.raises(AgentCrash):
        _ = entry.package
    with pytest.raises(AgentCrash):
        _ = entry.wanted_version


@pytest.mark.parametrize(
    ("body", "value"),
    [(b'{"a":1}', {"a": 1}), (b'\xef\xbb\xbf {"a":1} and more', {"a": 1}), (b"null", None), (b"[1]\n", [1])],
)
def test_the_first_value_of_an_answer_counts(body: bytes, value: Any) -> None:
    assert read_json(body) == value


@pytest.mark.parametrize("body", [b"", b" ", b"<html>", b'{"a":', b"NaN", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_a_bad_answer(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        read_json(body)


@given(st.dictionaries(KEYS, JSON | st.lists(st.dictionaries(KEYS, JSON, max_size=3), max_size=2), max_size=5))
def test_any_json_is_a_configuration_or_a_bad_answer(data: dict[str, Any]) -> None:
    try:
        read_config(data)
    except BadAnswer:
        return


@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_json_or_a_bad_answer(body: bytes) -> None:
    try:
        read_json(body)
    except BadAnswer:
        return


def test_a_long_keeps_64_bits() -> None:
    assert Fields({"t": 1_790_000_000_000}, "x").number("t", long=True) == 1_790_000_000_000
    with pytest.raises(BadAnswer):
        Fields({"t": 2**63}, "x").number("t", long=True)
