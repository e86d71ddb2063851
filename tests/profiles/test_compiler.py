"""Every policy compiles to what Apple's schema allows, the same each time, with nothing hidden that is not obeyed."""

import plistlib
from importlib import resources
from types import ModuleType
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdm.apple.declarative import DeclarationSet
from profiles.compiler import CompiledTarget, Compiler, device_class
from profiles.policy import (
    App,
    Folder,
    HomeScreen,
    OsUpdates,
    Passcode,
    Policy,
    Restrictions,
    WebClip,
    WebFilter,
    Wifi,
    load_policy,
    policy_of,
)
from tests.charter.agreed_policies import agreed

VERSIONS = ("16.7", "17.0", "17.4", "18.1")
PNG = b"\x89PNG\r\n\x1a\n" + b"picture"


def compiler() -> Compiler:
    return Compiler(organization="MACS", device_url="https://mdm.example", secret=lambda name: f"pass of {name}")


def demo_policy() -> Policy:
    return load_policy(resources.files("profiles.demo").joinpath("policy.toml").read_bytes())


names = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x1F600, exclude_categories=("Cs", "Cc")), min_size=1, max_size=12
)
bundles = st.from_regex(r"[a-z]{2,6}\.[A-Za-z0-9]{2,8}", fullmatch=True)
flags = st.sampled_from([None, True, False])
apps = st.lists(
    st.builds(
        App,
        name=names,
        bundle_id=bundles,
        store_id=st.integers(1, 2**31),
        install=st.sampled_from(["required", "allowed"]),
    ),
    max_size=4,
    unique_by=lambda app: app.bundle_id,
).map(tuple)
clips = st.lists(
    st.builds(WebClip, label=names, url=st.just("https://example.fr/a"), full_screen=st.booleans()),
    max_size=3,
    unique_by=lambda clip: clip.label,
).map(tuple)
networks = st.lists(
    st.one_of(
        st.builds(Wifi, ssid=st.text("abc", min_size=1, max_size=8), security=st.just("none")),
        st.builds(
            Wifi,
            ssid=st.text("xyz", min_size=1, max_size=8),
            security=st.sampled_from(["wpa2", "wpa3"]),
            password_secret=st.just("w"),
            fixed_address=st.booleans(),
        ),
    ),
    max_size=2,
    unique_by=lambda network: network.ssid,
).map(tuple)
restriction_fields = [name for name in Restrictions.__struct_fields__ if name != "only_listed_apps"]
policies = st.builds(
    Policy,
    name=names,
    apps=apps,
    restrictions=st.builds(Restrictions, **dict.fromkeys(restriction_fields, flags), only_listed_apps=st.booleans()),
    web_clips=clips,
    wifi=networks,
    home_screen=st.none()
    | st.builds(
        HomeScreen,
        dock=st.lists(bundles, max_size=2).map(tuple),
        pages=st.lists(
            st.lists(
                bundles | st.builds(Folder, folder=names, apps=st.lists(bundles, min_size=1, max_size=2).map(tuple)),
                max_size=3,
            ).map(tuple),
            max_size=2,
        ).map(tuple),
    ),
    passcode=st.none()
    | st.builds(
        Passcode,
        required=st.booleans(),
        minimum_length=st.integers(0, 16),
        simple_allowed=st.booleans(),
        maximum_failed_attempts=st.none() | st.integers(2, 11),
        maximum_inactivity_minutes=st.none() | st.integers(0, 15),
    ),
    os_updates=st.none()
    | st.builds(OsUpdates, delay_days=st.none() | st.integers(1, 90))
    | st.just(OsUpdates(version="18.2", deadline="2026-12-24T18:00:00")),
    web_filter=st.none() | st.just(WebFilter(allowed=("https://a.fr/",), blocked=("https://b.fr/",))),
    time_zone=st.sampled_from([None, "Europe/Paris"]),
    wallpaper=st.sampled_from([None, PNG]),
)


def check(compiled: CompiledTarget, schema: ModuleType, version: str, *, supervised: bool) -> None:
    bodies = {artifact.hash: artifact for artifact in compiled.artifacts}
    how: dict[str, Any] = {"os": "iOS", "os_version": version, "supervised": supervised}
    for artifact in compiled.artifacts:
        if artifact.media_type == "application/x-apple-aspen-config":
            tree = plistlib.loads(artifact.body)
            assert errors(schema.check_profile(tree, **how)) == []
    if compiled.target.declarations is not None:
        declared = DeclarationSet.from_json(bodies[compiled.target.declarations].body)
        for one in declared.declarations:
            assert errors(schema.check_declaration(msgspec.json.decode(one.to_json()), **how)) == []
    for one in compiled.target.profiles:
        assert plistlib.loads(bodies[one.artifact].body)["PayloadUUID"] == one.uuid


def errors(problems: list[Any]) -> list[Any]:
    return [problem for problem in problems if problem.severity == "error"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(policy=policies, version=st.sampled_from(VERSIONS), supervised=st.booleans())
def test_any_edition_compiles_to_what_apples_schema_allows(
    apple_schema: ModuleType, policy: Policy, version: str, supervised: bool
) -> None:
    kind = device_class(version, supervised=supervised)
    compiled = compiler().compile(agreed(policy), kind)
    check(compiled, apple_schema, version, supervised=supervised)
    again = compiler().compile(agreed(policy_of(msgspec.json.decode(policy.canonical()))), kind)
    assert again == compiled


@settings(max_examples=60)
@given(policy=policies)
def test_an_edition_survives_its_canonical_form(policy: Policy) -> None:
    again = policy_of(msgspec.json.decode(policy.canonical()))
    assert again == policy
    assert again.policy_id == policy.policy_id


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("supervised", [True, False])
def test_the_demo_policy_is_right_for_every_kind_of_ipad(
    apple_schema: ModuleType, version: str, supervised: bool
) -> None:
    compiled = compiler().compile(agreed(demo_policy()), device_class(version, supervised=supervised))
    check(compiled, apple_schema, version, supervised=supervised)


def test_from_17_on_the_policy_travels_as_declarations_and_before_as_profiles() -> None:
    old = compiler().compile(agreed(demo_policy()), device_class("16.7", supervised=True)).target
    new = compiler().compile(agreed(demo_policy()), device_class("17.0", supervised=True)).target
    newer = compiler().compile(agreed(demo_policy()), device_class("17.2", supervised=True)).target
    assert old.profiles
    assert old.apps
    assert old.declarations is None
    assert new.profiles == ()
    assert new.declarations_token is not None
    assert new.apps
    assert newer.apps == ()
    assert newer.apps_declared


def test_tablets_of_one_kind_share_one_target_and_its_content() -> None:
    made = compiler()
    first = made.compile(agreed(demo_policy()), device_class("17.4.1", supervised=True))
    second = made.compile(agreed(demo_policy()), device_class("17.6", supervised=True))
    assert first is second


def test_what_an_unsupervised_tablet_does_not_obey_is_told() -> None:
    compiled = compiler().compile(agreed(demo_policy()), device_class("18.1", supervised=False))
    told = {one.field for one in compiled.not_enforced}
    assert {"restrictions.only_listed_apps", "home_screen", "web_filter", "wallpaper", "restrictions.erase"} <= told
    assert all(one.needs == "supervision" for one in compiled.not_enforced)
    bodies = b"".join(artifact.body for artifact in compiled.artifacts)
    assert b"allowListedAppBundleIDs" not in bodies


def test_a_change_of_one_subject_changes_only_its_profile() -> None:
    policy = demo_policy()
    changed = msgspec.structs.replace(policy, web_clips=policy.web_clips[:1], home_screen=None)
    kind = device_class("16.7", supervised=True)
    before = {one.identifier: one.uuid for one in compiler().compile(agreed(policy), kind).target.profiles}
    after = {one.identifier: one.uuid for one in compiler().compile(agreed(changed), kind).target.profiles}
    assert {name for name in before if before[name] != after.get(name)} == {
        "org.valise.policy.web-clips",
        "org.valise.policy.home-screen",
    }
