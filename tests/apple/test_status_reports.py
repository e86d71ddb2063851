"""Status reports: read strictly, merged as Apple describes, and read out."""

import json
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdm.apple import declarative_status
from mdm.apple.declarative import DeclarativeInvalid
from mdm.apple.declarative_status import (
    KEPT_ITEMS,
    DeclaredApp,
    Reason,
    StatusError,
    StatusReport,
    battery_health,
    declaration_reasons,
    declaration_states,
    declared_apps,
    managed_apps,
    merge,
    model_name,
    operating_system_version,
    parse_status,
    passcode_compliant,
    pending_version,
    supported_declarations,
    update_state,
)
from mdm.commands.report import DeclarationState

INVALID = {
    "identifier": "org.valise.declared.passcode",
    "server-token": "t1",
    "active": False,
    "valid": "invalid",
    "reasons": [{"code": "Error.ConfigurationNotSupported", "description": "not supported", "details": {}}],
}
VALID = {"identifier": "org.valise.declared.status", "server-token": "t2", "active": True, "valid": "valid"}
GEOGEBRA = {"identifier": "org.geogebra", "state": "managed", "short-version": "6.0", "update-state": "available"}

ITEMS: dict[str, Any] = {
    "device": {
        "model": {"family": "iPad", "identifier": "iPad13,18", "marketing-name": "iPad (10e génération)"},
        "operating-system": {"version": "17.4"},
        "power": {"battery-health": "unsupported"},
    },
    "management": {
        "declarations": {
            "activations": [],
            "configurations": [INVALID, VALID],
            "assets": [],
            "management": [],
        },
        "client-capabilities": {
            "supported-versions": ["1.0.0"],
            "supported-features": {},
            "supported-payloads": {
                "declarations": {"configurations": ["com.apple.configuration.passcode.settings"]},
                "status-items": ["device.model.family"],
            },
        },
    },
    "passcode": {"is-compliant": False, "is-present": True},
    "app": {"managed": {"list": [GEOGEBRA]}},
    "softwareupdate": {
        "install-state": "downloading",
        "pending-version": {"os-version": "17.5", "build-version": "21F79"},
    },
}


def report(items: dict[str, Any], *, full: bool = False, errors: list[Any] | None = None) -> StatusReport:
    return parse_status(json.dumps({"StatusItems": items, "Errors": errors or [], "FullReport": full}).encode())


def test_what_is_read_is_what_apples_schema_says(apple_schema: ModuleType) -> None:
    found = apple_schema.check_status_report({"StatusItems": ITEMS, "Errors": [], "FullReport": True}, "iOS", "17.4")
    assert [str(one) for one in found if one.severity == "error"] == []
    assert set(apple_schema.index()["status"]) >= KEPT_ITEMS


def test_a_report_is_read_out() -> None:
    status = merge({}, report(ITEMS, full=True))
    assert operating_system_version(status) == "17.4"
    assert model_name(status) == "iPad (10e génération)"
    assert battery_health(status) == "unsupported"
    assert passcode_compliant(status) is False
    assert update_state(status) == "downloading"
    assert pending_version(status) == "17.5"
    assert supported_declarations(status) == {"com.apple.configuration.passcode.settings"}
    assert managed_apps(status) == {"org.geogebra": "managed"}
    assert declared_apps(status) == {"org.geogebra": DeclaredApp(state="managed", version="6.0", reasons=())}
    assert declaration_states(status) == {
        "org.valise.declared.passcode": DeclarationState(
            server_token="t1", active=False, valid=False, problem="not supported"
        ),
        "org.valise.declared.status": DeclarationState(server_token="t2", active=True, valid=True),
    }
    assert declaration_reasons(status) == {
        "org.valise.declared.passcode": (Reason(code="Error.ConfigurationNotSupported", description="not supported"),)
    }


def test_a_status_that_says_nothing_reads_as_nothing() -> None:
    assert declaration_states({}) is None
    assert declaration_reasons({}) == {}
    assert operating_system_version({}) is model_name({}) is battery_health({}) is update_state({}) is None
    assert passcode_compliant({}) is pending_version({}) is None
    assert supported_declarations({}) == frozenset()
    assert managed_apps({}) == {}


def test_a_partial_report_changes_only_what_it_has() -> None:
    status = merge({}, report(ITEMS, full=True))
    after = merge(status, report({"device": {"operating-system": {"version": "17.5"}}}))
    assert operating_system_version(after) == "17.5"
    assert operating_system_version(status) == "17.4"
    assert model_name(after) == "iPad (10e génération)"
    assert managed_apps(after) == {"org.geogebra": "managed"}


def test_a_full_report_stands_alone() -> None:
    status = merge({}, report(ITEMS, full=True))
    assert merge(status, report({"passcode": {"is-present": False}}, full=True)) == {"passcode": {"is-present": False}}


def test_a_list_of_things_changes_by_thing() -> None:
    status = merge({}, report(ITEMS, full=True))
    scratch = {"identifier": "org.scratchjr", "state": "queued"}
    status = merge(status, report({"app": {"managed": {"list": [scratch]}}}))
    assert managed_apps(status) == {"org.geogebra": "managed", "org.scratchjr": "queued"}
    replaced = {"identifier": "org.geogebra", "state": "failed", "reasons": [{"code": "Error.InstallFailed"}]}
    status = merge(status, report({"app": {"managed": {"list": [replaced]}}}))
    assert declared_apps(status)["org.geogebra"].reasons == (Reason(code="Error.InstallFailed", description=""),)
    gone = {"identifier": "org.geogebra", "_removed": True}
    status = merge(status, report({"app": {"managed": {"list": [gone]}}}))
    assert managed_apps(status) == {"org.scratchjr": "queued"}
    assert merge(status, report({"app": {"managed": {"list": []}}})) == status


def test_what_a_thing_no_longer_says_is_forgotten() -> None:
    status = merge({}, report(ITEMS, full=True))
    quiet = {"identifier": "org.geogebra", "state": "managed"}
    status = merge(status, report({"app": {"managed": {"list": [quiet]}}}))
    assert status["app"]["managed"]["list"] == [quiet]


def test_declarations_are_reported_as_a_whole() -> None:
    """The item is a dictionary, not a list of things: a declaration that it no longer names is gone."""
    status = merge({}, report(ITEMS, full=True))
    only = {"activations": [], "configurations": [VALID], "assets": [], "management": []}
    status = merge(status, report({"management": {"declarations": only}}))
    assert set(declaration_states(status) or ()) == {"org.valise.declared.status"}
    assert supported_declarations(status)


def test_what_was_not_asked_for_is_not_kept() -> None:
    found = report(
        {"account": {"list": {"mail": {"incoming": [{"identifier": "x"}]}}}, "passcode": {"is-present": True}}
    )
    assert found.items == {"passcode": {"is-present": True}}


def test_an_item_that_could_not_be_reported_is_named_with_its_reason() -> None:
    reasons = [{"Code": "Error.Unknown", "Description": "it failed"}, {"Code": "Error.Dance"}]
    found = report({}, errors=[{"StatusItem": "mdm.app", "Reasons": reasons}, {"StatusItem": "x"}, {}])
    assert found.errors[0] == StatusError(item="mdm.app", reasons=("it failed", "Error.Dance"))
    assert len(found.errors) == 3


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"not json",
        b'{"StatusItems": []}',
        b'{"StatusItems": {}, "Errors": {}}',
        b'{"StatusItems": {}, "FullReport": "yes"}',
        b'{"StatusItems": {"a": ' + b"[" * 100 + b"]" * 100 + b"}}",
        b'{"StatusItems": {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
        b'{"StatusItems": {"passcode": {"is-present": "a\\u0000b"}}}',
        b'{"StatusItems": {"a\\u0000b": 1}}',
        b'{"StatusItems": {"a": "\xff"}}',
        b'{"StatusItems": {"a": "\\ud800"}}',
        b'{"StatusItems": {"a": NaN}}',
        b'{"StatusItems": {}',
    ],
)
def test_a_wrong_report_is_refused(body: bytes) -> None:
    with pytest.raises(DeclarativeInvalid):
        parse_status(body)


parts = st.sampled_from(sorted({part for item in KEPT_ITEMS for part in item.split(".")} | {"identifier", "_removed"}))
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4) | st.sampled_from(["valid", "invalid"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(parts, inner, max_size=4),
    max_leaves=20,
)
things = st.lists(
    st.fixed_dictionaries(
        {"identifier": st.sampled_from("abcd")}, optional={"_removed": st.booleans(), "state": st.sampled_from("xyz")}
    ),
    max_size=4,
)
real_items = st.fixed_dictionaries(
    {},
    optional={
        "app": st.fixed_dictionaries({"managed": st.fixed_dictionaries({"list": things})}),
        "mdm": st.fixed_dictionaries({"app": things}),
        "device": st.fixed_dictionaries(
            {"operating-system": st.fixed_dictionaries({"version": st.sampled_from("12")})}
        ),
        "passcode": st.dictionaries(st.sampled_from(["is-present", "is-compliant"]), st.booleans()),
    },
)
reports = st.builds(lambda items, full: report(items, full=full), real_items, st.booleans())


@given(st.lists(st.dictionaries(parts, anything, max_size=4), max_size=3))
@settings(deadline=None)
def test_no_report_breaks_merging_or_reading(found: list[dict[str, Any]]) -> None:
    status: dict[str, Any] = {}
    for items in found:
        try:
            status = merge(status, report(items))
        except DeclarativeInvalid:
            continue
        for read in (declaration_states, declaration_reasons, operating_system_version, model_name, pending_version):
            read(status)  # type: ignore[operator]
        for read in (declared_apps, supported_declarations, battery_health, update_state, passcode_compliant):
            read(status)  # type: ignore[operator]
        json.dumps(status)


@given(reports, reports)
def test_merging_again_changes_nothing(first: StatusReport, second: StatusReport) -> None:
    known = merge(merge({}, first), second)
    assert merge(known, second) == known


@given(st.lists(reports, max_size=4), reports)
def test_after_a_full_report_the_past_does_not_matter(past: list[StatusReport], last: StatusReport) -> None:
    known: dict[str, Any] = {}
    for one in past:
        known = merge(known, one)
    before = json.dumps(known)
    whole = StatusReport(items=last.items, errors=(), full=True)
    assert merge(known, whole) == merge({}, whole)
    assert json.dumps(known) == before


@given(st.lists(things, max_size=5))
def test_incremental_reports_lead_where_a_model_says(changes: list[list[dict[str, Any]]]) -> None:
    known: dict[str, Any] = {}
    model: dict[str, dict[str, Any]] = {}
    for change in changes:
        known = merge(known, report({"mdm": {"app": change}}))
        for thing in change:
            model.pop(thing["identifier"], None) if thing.get("_removed") else model.update(
                {thing["identifier"]: thing}
            )
    kept = known.get("mdm", {}).get("app", [])
    assert {one["identifier"]: one for one in kept} == model


def test_a_list_cannot_grow_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(declarative_status, "_THINGS", 10)
    status: dict[str, Any] = {}
    for number in range(50):
        status = merge(status, report({"mdm": {"app": [{"identifier": f"a{number}"}]}}))
    assert len(status["mdm"]["app"]) == 10
