"""A policy in each mode: what Apple's schema allows, what agents obey, and never more than at school."""

import plistlib
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdm.clock import to_ms
from mdm.home.modes.mode import Mode
from mdm.home.modes.mode_store import Brought, RunningFocus
from profiles.android.compiler import AgentOptions, AndroidCompiler
from profiles.android.stock import AndroidClass, Stock, StockedApk
from profiles.compiler import CompiledTarget, Compiler, device_class
from profiles.mode_rules import SCHOOL, ModeRules, rules_of, stricter_filter
from profiles.policy import App, Home, Policy, Restrictions, WebClip, WebFilter, load_policy
from tests.charter.agreed_policies import agreed
from tests.home.test_mode_at import paris

VERSIONS = ("14.0", "16.7", "17.0", "17.4", "18.1")
UNTIL = paris("2026-11-24T11:45")
USUAL = AndroidClass(abi="arm64-v8a", version=14)
PROFILE = "application/x-apple-aspen-config"
POLICY = load_policy(
    b"""
name = "Cycle 3"
[[apps]]
name = "GeoGebra"
bundle_id = "org.geogebra.Geometry"
store_id = 1
package = "org.geogebra.android"
[[apps]]
name = "Notes"
bundle_id = "com.apple.mobilenotes"
install = "allowed"
[[apps]]
name = "Chrome"
package = "com.android.chrome"
install = "allowed"
[[web_clips]]
label = "Lumni"
url = "https://www.lumni.fr/"
[[web_clips]]
label = "Vikidia"
url = "https://fr.vikidia.org/"
[home_screen]
pages = [["org.geogebra.Geometry", "web:Lumni", "web:Vikidia"]]
[web_filter]
blocked = ["https://example.org/"]
[home]
apps_taken_away = ["com.apple.mobilenotes"]
school_days_from = "16:30"
school_days_to = "19:00"
[home.web_filter]
blocked = ["https://example.com/"]
"""
)
STOCK = Stock(
    apks=(
        StockedApk(package="org.geogebra.android", version_name="5.2", version_code=52, url="https://x.example/g.apk"),
    ),
    left_apps=(),
    left_locked=(),
)


def focus(kind: str, what: str = "") -> Brought:
    running = RunningFocus(class_mode_id="c1", kind=kind, what=what, until=to_ms(UNTIL))
    return Brought(mode=Mode.FOCUS, usable=True, focus=running)


def at_home(*, usable: bool = True, mode: Mode = Mode.HOME) -> Brought:
    return Brought(mode=mode, usable=usable)


def on_ipad(
    policy: Policy, brought: Brought | None, *, version: str = "17.4", supervised: bool = True, taken: Any = ()
) -> CompiledTarget:
    compiler = Compiler(organization="MACS", device_url="https://x.example", secret=lambda name: f"pass of {name}")
    rules = rules_of(policy, brought, taken, platform="ipad")
    return compiler.compile(agreed(policy), device_class(version, supervised=supervised), rules)


def payloads(compiled: CompiledTarget, kind: str) -> list[dict[str, Any]]:
    trees = [plistlib.loads(one.body) for one in compiled.artifacts if one.media_type == PROFILE]
    return [one for tree in trees for one in tree["PayloadContent"] if one["PayloadType"] == kind]


def on_android(
    policy: Policy, brought: Brought | None, *, taken: Any = (), veiled: tuple[str, ...] = (), push: str = "polling"
) -> tuple[CompiledTarget, dict[str, Any]]:
    options = AgentOptions(push=push, closed_words="closed", attention_words="look up")
    rules = rules_of(policy, brought, taken, platform="android").with_veiled(veiled)
    made = AndroidCompiler(device_url="https://x.example", options=options)
    compiled = made.compile(agreed(policy), USUAL, STOCK, rules)
    return compiled, msgspec.json.decode(compiled.artifacts[-1].body)


def tiles(configuration: dict[str, Any]) -> set[str]:
    return {one["name"] for one in configuration["applications"] if one.get("showIcon") and not one.get("remove")}


def agent_setting(configuration: dict[str, Any], name: str) -> list[str]:
    for one in configuration["applicationSettings"]:
        if one["name"] == name:
            return str(one["value"]).strip("[]").split(",")
    return []


# Apple: what the schema allows


BROUGHT = (
    focus("app", "org.geogebra.Geometry"),
    focus("app", "com.apple.mobilenotes"),
    focus("page", "Lumni"),
    focus("lock"),
    at_home(),
    at_home(usable=False),
    at_home(mode=Mode.HOLIDAY),
    Brought(mode=Mode.LOST, usable=False),
)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("brought", BROUGHT)
@pytest.mark.parametrize("supervised", [True, False])
@pytest.mark.parametrize("safari", [None, False])
def test_every_mode_compiles_to_what_apples_schema_allows(
    apple_schema: ModuleType, version: str, brought: Brought, supervised: bool, safari: bool | None
) -> None:
    policy = msgspec.structs.replace(POLICY, restrictions=Restrictions(safari=safari))
    compiled = on_ipad(policy, brought, version=version, supervised=supervised, taken=["org.geogebra.Geometry"])
    found = [
        problem
        for one in compiled.artifacts
        if one.media_type == PROFILE
        for problem in apple_schema.check_profile(
            plistlib.loads(one.body), os="iOS", os_version=version, supervised=supervised
        )
        if problem.severity == "error"
    ]
    assert found == []


def test_a_supervised_ipad_is_held_in_the_app_until_the_end_and_not_before_the_app_is_there() -> None:
    compiled = on_ipad(POLICY, focus("app", "org.geogebra.Geometry"))
    [profile] = compiled.target.profiles
    assert (profile.identifier, profile.needs_app) == ("org.valise.mode.focus", "org.geogebra.Geometry")
    [lock] = payloads(compiled, "com.apple.app.lock")
    assert lock["App"] == {"Identifier": "org.geogebra.Geometry"}
    [tree] = [plistlib.loads(one.body) for one in compiled.artifacts if one.hash == profile.artifact]
    assert tree["RemovalDate"] == UNTIL.replace(tzinfo=None)


def test_the_rest_of_the_target_stays_what_it_is_at_school() -> None:
    school, held = on_ipad(POLICY, None), on_ipad(POLICY, focus("app", "org.geogebra.Geometry"))
    assert held.target.declarations_token == school.target.declarations_token
    assert msgspec.structs.replace(held.target, profiles=()) == school.target


def test_an_app_of_apple_needs_nothing_first() -> None:
    [profile] = on_ipad(POLICY, focus("app", "com.apple.mobilenotes")).target.profiles
    assert profile.needs_app is None


def test_a_page_is_held_in_safari_which_opens_nothing_else() -> None:
    compiled = on_ipad(POLICY, focus("page", "Lumni"))
    [lock] = payloads(compiled, "com.apple.app.lock")
    assert lock["App"]["Identifier"] == "com.apple.mobilesafari"
    pages = [one.get("AllowListBookmarks") for one in payloads(compiled, "com.apple.webcontent-filter")]
    assert [{"URL": "https://www.lumni.fr/", "Title": "Lumni"}] in pages


def test_where_safari_was_not_agreed_the_page_is_alone_on_the_screen() -> None:
    policy = msgspec.structs.replace(POLICY, restrictions=Restrictions(safari=False))
    compiled = on_ipad(policy, focus("page", "Lumni"), version="16.7")
    assert payloads(compiled, "com.apple.app.lock") == []
    [clip] = payloads(compiled, "com.apple.webClip.managed")
    assert (clip["Label"], clip["FullScreen"]) == ("Lumni", True)
    [restrictions] = payloads(compiled, "com.apple.applicationaccess")
    assert restrictions["allowListedAppBundleIDs"] == ["com.apple.Preferences", "com.apple.webapp"]


def test_eyes_to_the_front_switch_the_touch_off() -> None:
    [lock] = payloads(on_ipad(POLICY, focus("lock")), "com.apple.app.lock")
    assert lock["App"] == {"Identifier": "com.apple.Preferences", "Options": {"DisableTouch": True}}


def test_an_unsupervised_ipad_is_held_in_nothing() -> None:
    for brought in BROUGHT[:4]:
        compiled = on_ipad(POLICY, brought, supervised=False)
        assert "org.valise.mode.focus" not in {one.identifier for one in compiled.target.profiles}


def test_what_left_the_edition_while_it_was_open_is_open_no_more() -> None:
    smaller = msgspec.structs.replace(POLICY, apps=(), home_screen=None, home=None)
    assert on_ipad(smaller, focus("app", "org.geogebra.Geometry")) == on_ipad(smaller, None)
    assert on_android(smaller, focus("app", "org.geogebra.android")) == on_android(smaller, None)


def test_at_home_an_app_that_was_taken_away_cannot_be_opened_and_stays_installed() -> None:
    compiled = on_ipad(POLICY, at_home(), version="16.7", taken=["org.geogebra.Geometry"])
    [restrictions] = payloads(compiled, "com.apple.applicationaccess")
    assert restrictions["blockedAppBundleIDs"] == ["com.apple.mobilenotes", "org.geogebra.Geometry"]
    assert [app.bundle_id for app in compiled.target.apps] == ["org.geogebra.Geometry"]


def test_outside_the_hours_of_use_only_the_settings_can_be_opened() -> None:
    [restrictions] = payloads(on_ipad(POLICY, at_home(usable=False)), "com.apple.applicationaccess")
    assert restrictions["allowListedAppBundleIDs"] == ["com.apple.Preferences"]


def test_what_an_unsupervised_ipad_does_not_obey_at_home_is_said() -> None:
    told = {one.field for one in on_ipad(POLICY, at_home(), supervised=False).not_enforced}
    assert {"home.apps_taken_away", "web_filter"} <= told


def test_holidays_and_home_share_what_is_compiled() -> None:
    assert on_ipad(POLICY, at_home()) == on_ipad(POLICY, at_home(mode=Mode.HOLIDAY))


# Android


def test_an_agent_opens_the_app_and_shows_no_other() -> None:
    compiled, configuration = on_android(POLICY, focus("app", "org.geogebra.android"))
    assert tiles(configuration) == {"GeoGebra"}
    opening = compiled.target.opening
    assert opening is not None
    assert (opening.package, opening.data, opening.until) == ("org.geogebra.android", None, to_ms(UNTIL))
    # Nothing is hidden in class: a pupil loses no work, and nothing is fetched again.
    assert compiled.target.hidden == ()
    assert "com.android.chrome" in compiled.target.allowed


def test_an_agent_opens_the_page_in_chrome_which_opens_nothing_else() -> None:
    compiled, configuration = on_android(POLICY, focus("page", "Vikidia"))
    opening = compiled.target.opening
    assert opening is not None
    assert (opening.package, opening.action, opening.data) == (
        "com.android.chrome", "android.intent.action.VIEW", "https://fr.vikidia.org/",
    )  # fmt: skip
    assert agent_setting(configuration, "URLBlocklist") == ["*"]
    assert agent_setting(configuration, "URLAllowlist") == ["https://fr.vikidia.org/"]
    assert tiles(configuration) == {"Vikidia"}


def test_without_chrome_android_chooses_the_browser() -> None:
    policy = msgspec.structs.replace(POLICY, apps=POLICY.apps[:1], home=None)
    compiled, configuration = on_android(policy, focus("page", "Vikidia"))
    assert compiled.target.opening is not None
    assert compiled.target.opening.package is None
    assert agent_setting(configuration, "URLBlocklist") == []


def test_an_agent_covers_its_screen_and_brings_it_to_the_front() -> None:
    compiled, configuration = on_android(POLICY, focus("lock"))
    assert (configuration["lock"], configuration["lockMessage"]) == (True, "look up")
    assert compiled.target.covers
    assert compiled.target.opening is not None
    assert compiled.target.opening.package == "com.hmdm.launcher"
    assert tiles(configuration) == set()


def test_an_agent_that_listens_by_mqtt_is_told_to_open_nothing() -> None:
    compiled, configuration = on_android(POLICY, focus("app", "org.geogebra.android"), push="mqttAlarm")
    assert compiled.target.opening is None
    assert tiles(configuration) == {"GeoGebra"}


def test_at_home_an_agent_hides_what_was_taken_away_and_asks_for_nothing_of_it() -> None:
    compiled, configuration = on_android(POLICY, at_home(), taken=["org.geogebra.Geometry"])
    assert agent_setting(configuration, "locked_packages") == ["org.geogebra.android"]
    assert "org.geogebra.android" not in {one["pkg"] for one in configuration["applications"]}
    assert compiled.target.hidden == ("org.geogebra.android",)
    assert compiled.target.apps == ()
    assert "org.geogebra.android" in compiled.target.allowed


def test_what_was_hidden_is_shown_again_before_anything_of_it_is_fetched() -> None:
    hidden = ("org.geogebra.android",)
    _, first = on_android(POLICY, None, veiled=hidden)
    _, then = on_android(POLICY, None)
    [back] = [one for one in first["applications"] if one["pkg"] == hidden[0]]
    [whole] = [one for one in then["applications"] if one["pkg"] == hidden[0]]
    assert "url" not in back
    assert whole["url"]
    assert agent_setting(first, "unlocked_packages") == list(hidden)
    assert agent_setting(then, "unlocked_packages") == []


@pytest.mark.parametrize("brought", [at_home(usable=False), Brought(mode=Mode.LOST, usable=False)])
def test_outside_the_hours_and_when_lost_an_agent_opens_nothing(brought: Brought) -> None:
    compiled, configuration = on_android(POLICY, brought)
    assert tiles(configuration) == set()
    assert configuration["lockMessage"] == "closed"
    assert set(compiled.target.hidden) == {"org.geogebra.android", "com.android.chrome"}


# Never more than at school


names = st.sampled_from([f"org.app{number}" for number in range(6)])
hosts = st.sampled_from(["a.fr", "b.fr", "www.a.fr", "c.org"])
urls = hosts.map(lambda host: f"https://{host}/")
filters = st.none() | st.builds(
    WebFilter,
    limit_adult_content=st.booleans(),
    allowed=st.lists(urls, max_size=3, unique=True).map(tuple),
    blocked=st.lists(urls, max_size=3, unique=True).map(tuple),
)
apps = st.lists(names, max_size=6, unique=True).map(
    lambda found: tuple(App(name=one, bundle_id=one, package=one, store_id=1) for one in found)
)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    listed = draw(apps)
    taken = draw(st.lists(st.sampled_from([one.bundle_id for one in listed]), unique=True)) if listed else []
    clips = tuple(WebClip(label=one, url=f"https://{one}/") for one in draw(st.lists(hosts, unique=True)))
    return Policy(
        name="p",
        apps=listed,
        web_clips=clips,
        restrictions=Restrictions(only_listed_apps=draw(st.booleans()), safari=draw(st.sampled_from([None, False]))),
        web_filter=draw(filters),
        home=draw(st.none() | st.just(Home(apps_taken_away=tuple(taken), web_filter=draw(filters)))),
    )


brought_to = st.one_of(
    st.sampled_from([at_home(), at_home(usable=False), at_home(mode=Mode.HOLIDAY)]),
    names.map(lambda name: focus("app", name)),
    hosts.map(lambda label: focus("page", label)),
    st.just(focus("lock")),
)
SOME_APPS = [*(f"org.app{number}" for number in range(6)), "org.other", "com.apple.mobilesafari"]


def opens_on_ipad(compiled: CompiledTarget) -> set[str]:
    """The apps that an iPad would open, of those that tests know."""
    found = set(SOME_APPS)
    for one in payloads(compiled, "com.apple.applicationaccess"):
        if one.get("allowSafari") is False:
            found.discard("com.apple.mobilesafari")
        if "allowListedAppBundleIDs" in one:
            found &= set(one["allowListedAppBundleIDs"])
        found -= set(one.get("blockedAppBundleIDs", ()))
    for one in payloads(compiled, "com.apple.app.lock"):
        found &= {one["App"]["Identifier"]} if not one["App"].get("Options") else set()
    return found


def passes(rule: WebFilter | None, url: str, *, adult: bool) -> bool:
    """Whether a filter lets an address through, as Apple's does: what is named as allowed passes the automatic one."""
    if rule is None:
        return True
    host = urlsplit(url).hostname
    if any(host == urlsplit(one).hostname for one in rule.blocked) and url not in rule.allowed:
        return False
    return not (rule.limit_adult_content and adult) or url in rule.allowed


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(policy=policies(), brought=brought_to, taken=st.frozensets(names), more=st.frozensets(names))
def test_no_mode_and_no_guardian_ever_allows_more(
    policy: Policy, brought: Brought, taken: frozenset[str], more: frozenset[str]
) -> None:
    school = opens_on_ipad(on_ipad(policy, None))
    plain = opens_on_ipad(on_ipad(policy, brought, taken=taken))
    stricter = opens_on_ipad(on_ipad(policy, brought, taken=taken | more))
    assert stricter <= plain <= school
    school_android = on_android(policy, None)[0].target
    for taken_away in (taken, taken | more):
        compiled, configuration = on_android(policy, brought, taken=taken_away)
        assert tiles(configuration) <= tiles(on_android(policy, None)[1])
        assert set(compiled.target.allowed) <= set(school_android.allowed) | {one.package for one in policy.apps}
    assert set(on_android(policy, brought, taken=taken)[0].target.hidden) <= set(
        on_android(policy, brought, taken=taken | more)[0].target.hidden
    )


@settings(max_examples=300)
@given(one=filters, other=filters, url=urls, adult=st.booleans())
def test_two_web_filters_let_through_only_what_both_do(
    one: WebFilter | None, other: WebFilter | None, url: str, adult: bool
) -> None:
    if passes(stricter_filter(one, other), url, adult=adult):
        assert passes(one, url, adult=adult)
        assert passes(other, url, adult=adult)


def test_at_school_no_rule_changes_the_target() -> None:
    assert rules_of(POLICY, None, ["org.geogebra.Geometry"], platform="ipad") == SCHOOL == ModeRules()
