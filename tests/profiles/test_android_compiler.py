"""What a policy becomes for Android, and what it cannot become, in words."""

import base64
from importlib import resources

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.i18n import Catalogs
from profiles.android.compiler import AndroidCompiler
from profiles.android.names import USER_RESTRICTIONS
from profiles.android.stock import AndroidClass, Stock, StockedApk
from profiles.compiler import CompiledTarget
from profiles.errors import PolicyInvalid
from profiles.policy import load_policy
from tests.charter.agreed_policies import agreed

NOTHING = Stock(apks=(), left_apps=(), left_locked=())
USUAL = AndroidClass(abi="arm64-v8a", version=14)
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\nx").decode()


def compiled(text: str, device: AndroidClass = USUAL, stock: Stock = NOTHING) -> CompiledTarget:
    return AndroidCompiler(device_url="https://x.example").compile(agreed(load_policy(text.encode())), device, stock)


def configuration(text: str) -> dict[str, object]:
    found: dict[str, object] = msgspec.json.decode(compiled(text).artifacts[-1].body)
    return found


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("[restrictions]\nsiri = false", "restrictions.siri"),
        ("[restrictions]\ncamera = false", "restrictions.camera"),
        ("[restrictions]\nonly_listed_apps = true", "restrictions.only_listed_apps"),
        ('[[wifi]]\nssid = "x"\nsecurity = "none"', "wifi"),
        ("[web_filter]\nlimit_adult_content = true", "web_filter"),
        ("[os_updates]\ndelay_days = 60", "os_updates.delay_days"),
        ('[os_updates]\nversion = "18.1"\ndeadline = "2026-12-01T10:00:00"', "os_updates.version"),
        ("[passcode]\nrequired = true\nminimum_length = 12", "passcode.minimum_length"),
        ('[[apps]]\nname = "X"\nbundle_id = "a.b.c"\nstore_id = 1', "apps[0] X"),
        ('[[apps]]\nname = "X"\npackage = "a.b.c"', "apps[0] X"),
        ('[home_screen]\npages = [[{ folder = "F", apps = ["a.b.c"] }]]', "home_screen folders"),
    ],
)
def test_what_android_cannot_do_is_said_in_both_languages(text: str, field: str) -> None:
    gaps = compiled(f'name = "a"\n{text}').not_enforced
    [gap] = [one for one in gaps if one.field == field]
    french = gap.in_words(Catalogs("profiles").for_language("fr"))
    english = gap.in_words(Catalogs("profiles").for_language("en"))
    assert french.startswith(f"{field}: ")
    assert english.startswith(f"{field}: ")
    assert french != english


def test_a_single_app_mode_is_refused_in_words() -> None:
    with pytest.raises(PolicyInvalid) as refused:
        load_policy(b'name = "a"\n[android]\nsingle_app = "org.example.app"')
    assert "lock-task" in str(refused.value.params["reason"])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('user_restrictions = ["no_confg_wifi"]', "did you mean no_config_wifi?"),
        ('locked_packages = ["com.hmdm.launcher"]', "the agent itself needs"),
        ('locked_packages = ["com.android.settings"]', "the agent itself needs"),
        ('system_updates = "window"', "go together"),
        ('app_updates_from = "18:00"', "both its ends"),
        ('app_updates_from = "9:00"\napp_updates_to = "10:00"', "matching regex"),
        ('background_color = "red"', "matching regex"),
        ('certificates = ["x"]', "PEM"),
        ('files = [{ path = "../x", content = "eA==" }]', "leads out"),
    ],
)
def test_a_mistake_is_named(text: str, reason: str) -> None:
    with pytest.raises(PolicyInvalid) as refused:
        load_policy(f'name = "a"\n[android]\n{text}'.encode())
    assert reason in str(refused.value.params["reason"])


def test_files_certificates_and_pictures_have_addresses_that_change_with_them() -> None:
    text = f'name = "a"\n[[web_clips]]\nlabel = "W"\nurl = "https://w.fr"\nicon = "{PNG}"\n'
    text += '[[android.files]]\npath = "a/b.txt"\ncontent = "aGVsbG8="\nversion = 3\n'
    made = compiled(text)
    found = msgspec.json.decode(made.artifacts[-1].body)
    [file] = found["files"]
    assert (file["path"], file["lastUpdate"]) == ("a/b.txt", 3000)
    assert file["url"].startswith("https://x.example/artifacts/")
    [web] = found["applications"]
    assert web["icon"].endswith(".png")
    assert {artifact.body for artifact in made.artifacts} >= {b"hello", b"\x89PNG\r\n\x1a\nx"}


@pytest.mark.parametrize(
    ("rule", "mode"),
    [
        ("required = true", "present"),
        ("required = true\nminimum_length = 4", "easy"),
        ("required = true\nminimum_length = 8", "moderate"),
        ("required = true\nsimple_allowed = false", "moderate"),
        ("minimum_length = 4", None),
    ],
)
def test_a_passcode_rule_is_at_least_as_strict(rule: str, mode: str | None) -> None:
    assert configuration(f'name = "a"\n[passcode]\n{rule}').get("passwordMode") == mode


def test_texts_that_look_like_numbers_stay_texts() -> None:
    text = 'name = "a"\n[[apps]]\nname = "X"\npackage = "a.b"\ninstall = "allowed"\n'
    text += 'configuration = { code = "0123", on = true, many = 4, list = "[x]", word = "abc" }'
    settings = {one["name"]: one["value"] for one in configuration(text)["applicationSettings"]}  # type: ignore[attr-defined]
    assert settings["code"] == '"0123"'
    assert (settings["on"], settings["many"]) == ("true", "4")
    assert (settings["list"], settings["word"]) == ('"[x]"', "abc")


def test_an_old_android_is_told_what_it_cannot() -> None:
    gaps = compiled('name = "a"\ntime_zone = "Europe/Paris"', AndroidClass(abi="x", version=8)).not_enforced
    assert [gap.field for gap in gaps] == ["time_zone"]


@given(st.lists(st.sampled_from(sorted(USER_RESTRICTIONS)), unique=True))
def test_user_restrictions_arrive_as_they_are(names: list[str]) -> None:
    listed = ", ".join(f'"{name}"' for name in names)
    text = f'name = "a"\n[android]\nuser_restrictions = [{listed}]'
    assert configuration(text)["restrictions"] == ",".join(sorted(names))


def test_the_demonstration_gives_both_platforms_the_same_apps_and_pages() -> None:
    policy = load_policy(resources.files("profiles.demo").joinpath("policy.toml").read_bytes())
    required = [app for app in policy.apps if app.install == "required"]
    assert len(required) == 3
    assert all(app.bundle_id is not None and app.package is not None for app in required)
    stock = Stock(
        apks=tuple(
            StockedApk(package=app.package or "", version_name="1", version_code=1, url="https://x.example/a.apk")
            for app in required
        ),
        left_apps=(),
        left_locked=(),
    )
    made = AndroidCompiler(device_url="https://x.example").compile(agreed(policy), USUAL, stock)
    shown = {entry["iconText"] for entry in msgspec.json.decode(made.artifacts[-1].body)["applications"]}
    assert shown >= {app.name for app in required} | {clip.label for clip in policy.web_clips}
