"""The compiler for Android: a policy, a kind of tablet and the stock give one configuration, shared by a whole kit.

Source: the agent's ``json/ServerConfig.java``. An absent key means the agent's default, so that all is said each time.
What one tablet alone has (its name, its address, its password) is joined when it asks, without compiling again.
"""

from collections import OrderedDict
from typing import Any

import msgspec

from mdm.commands.target import Artifact, Opening, Target
from mdm.i18n import N_
from profiles.android.app_settings import app_settings, hidden_packages
from profiles.android.applications import applications
from profiles.android.files import Files, book_gaps, target_books
from profiles.android.names import AGENT
from profiles.android.stock import AndroidClass, Stock
from profiles.android.user_restrictions import AGENT_CANNOT, NO_SUCH_THING, user_restrictions
from profiles.charter.agreed import AgreedPolicy
from profiles.compiler import CompiledTarget
from profiles.home_gaps import home_gaps
from profiles.mode_rules import CHROME, SCHOOL, Focus, ModeRules
from profiles.payloads.base import NotEnforced
from profiles.policy import Policy

CONFIGURATION = "application/json"
LARGEST_PICTURE = 1_000_000
"""The agent keeps pictures in a cache of this many bytes; larger ones vanish without a network."""

_REMEMBERED = 256
_LONGEST_POSTPONEMENT = 30
_VIEW = "android.intent.action.VIEW"
_ORIENTATIONS = {"free": 0, "portrait": 1, "landscape": 2}
_SYSTEM_UPDATES = {"leave": 0, "automatic": 1, "window": 2, "postpone": 3}
_WIFI_IN_CODE = N_("the school's Wi-Fi in the code that is scanned: the agent adds no network later")
_NO_OPTIONAL_RULE = N_("a passcode that is required: the agent has no rule for one that is not")
_TIMEOUT = N_("android.screen_timeout_seconds in its place")
_FROM_ANDROID_9 = ("brightness", "screen_timeout_seconds")


class AgentOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How agents listen for wakes: ``push`` is the agent's word; ``keepalive_s`` concerns MQTT alone.

    ``closed_words`` and ``attention_words`` are what a covered screen says, in the server's language.
    """

    push: str = "polling"
    keepalive_s: int = 300
    closed_words: str = ""
    attention_words: str = ""


class AndroidCompiler:
    """Compiles policies for Android; the last ones are remembered."""

    def __init__(self, *, device_url: str, options: AgentOptions | None = None) -> None:
        self._device_url = device_url.rstrip("/")
        self._options = options or AgentOptions()
        self._done: OrderedDict[tuple[str, AndroidClass, Stock, ModeRules], CompiledTarget] = OrderedDict()

    def compile(
        self, agreed: AgreedPolicy, device: AndroidClass, stock: Stock, rules: ModeRules = SCHOOL
    ) -> CompiledTarget:
        """Return the target of such tablets under a mode's rules, with what they will not obey, in words."""
        key = (agreed.policy_id, device, stock, rules)
        done = self._done.get(key)
        if done is None:
            done = self._done[key] = self._compile(agreed.policy, device, stock, rules)
            if len(self._done) > _REMEMBERED:
                self._done.popitem(last=False)
        return done

    def gaps(self, policy: Policy, device: AndroidClass, stock: Stock) -> tuple[NotEnforced, ...]:
        """Return what such tablets would not obey of a policy, agreed or not."""
        found = self._compile(policy, device, stock, SCHOOL).not_enforced
        return (*found, *home_gaps(policy, supervised=True))

    def _compile(self, agreed: Policy, device: AndroidClass, stock: Stock, rules: ModeRules) -> CompiledTarget:
        policy = rules.policy(agreed)
        files = Files(self._device_url)
        entries, wanted, missing = applications(policy, stock, files, rules)
        settings, filter_gaps = app_settings(policy, stock, rules)
        restrictions, restriction_gaps = user_restrictions(policy)
        configuration: dict[str, Any] = {
            "applications": entries,
            "applicationSettings": settings,
            "files": files.entries(policy, stock.left_books),
            "actions": [],
            "restrictions": ",".join(restrictions),
            "pushOptions": self._options.push,
            "keepaliveTime": self._options.keepalive_s,
            "appPermissions": "denylocation",
            "disableScreenshots": policy.restrictions.screenshots is False,
            "runDefaultLauncher": False,
            "title": "description" if policy.name_from_slot else "none",
            **_device_settings(policy),
            **(_update_hours(policy) if device.version else {}),
        }
        missing += [*book_gaps(policy, device), *filter_gaps, *restriction_gaps, *_rule_gaps(policy, device)]
        if policy.time_zone is not None:
            configuration["timeZone"] = policy.time_zone
        if policy.wallpaper is not None:
            missing += _background(policy.wallpaper, configuration, files)
        cover = self._cover(rules)
        configuration |= cover
        body = msgspec.json.encode(configuration, order="sorted")
        artifact = Artifact(media_type=CONFIGURATION, body=body)
        artifacts = [*files.artifacts, artifact]
        target = Target(
            policy_id=agreed.policy_id,
            apps=wanted,
            books=target_books(policy),
            configuration=artifact.hash,
            allowed=tuple(sorted({*(entry["pkg"] for entry in entries if not entry.get("remove")), *rules.hidden})),
            hidden=hidden_packages(policy, rules),
            covers=bool(cover),
            opening=self._opening(rules.focus) if rules.focus is not None else None,
        )
        return CompiledTarget(target=target, artifacts=tuple(artifacts), not_enforced=tuple(missing))

    def _cover(self, rules: ModeRules) -> dict[str, Any]:
        """Return what covers the agent's screen, outside the hours of use and in a class that should look up."""
        attention = rules.focus is not None and rules.focus.kind == "lock"
        if not rules.closed and not attention:
            return {}
        return {"lock": True, "lockMessage": self._options.attention_words if attention else self._options.closed_words}

    def _opening(self, focus: Focus) -> Opening | None:
        """Return what is brought to the front; agents that listen by MQTT are told nothing but to look again."""
        if self._options.push != "polling":
            return None
        occasion = focus.class_mode_id
        if focus.page is not None:
            browser = CHROME if focus.browser else None
            return Opening(occasion=occasion, until=focus.until, package=browser, action=_VIEW, data=focus.page.url)
        # The agent's own screen, where the cover is.
        package = AGENT if focus.kind == "lock" else focus.app
        return Opening(occasion=occasion, until=focus.until, package=package)


def _background(picture: bytes, configuration: dict[str, Any], files: Files) -> list[NotEnforced]:
    if len(picture) > LARGEST_PICTURE:
        needs = N_("a picture of at most {detail} bytes")
        return [NotEnforced(field="wallpaper", needs=needs, detail=str(LARGEST_PICTURE))]
    png = picture.startswith(b"\x89PNG")
    media, suffix = ("image/png", "png") if png else ("image/jpeg", "jpg")
    configuration["backgroundImageUrl"] = files.url(media, picture, suffix)
    return []


def _device_settings(policy: Policy) -> dict[str, Any]:
    wished = policy.android
    found: dict[str, Any] = {
        "iconSize": wished.icon_size,
        "orientation": _ORIENTATIONS[wished.orientation],
        "displayStatus": wished.show_status,
        "systemUpdateType": _SYSTEM_UPDATES[_system_updates(policy)],
        "backgroundColor": wished.background_color,
        "textColor": wished.text_color,
        "wifi": True if wished.wifi_on else None,
        "bluetooth": wished.bluetooth,
        "gps": wished.gps,
        "mobileData": wished.mobile_data,
        # The agent's key says whether it is forbidden.
        "usbStorage": None if wished.usb_storage is None else not wished.usb_storage,
        "autoBrightness": False if wished.brightness is not None else wished.automatic_brightness,
        "brightness": wished.brightness,
        "manageTimeout": None if wished.screen_timeout_seconds is None else True,
        "timeout": wished.screen_timeout_seconds,
        "lockVolume": wished.lock_volume,
        "manageVolume": None if wished.volume is None else True,
        "volume": wished.volume,
        "systemUpdateFrom": wished.system_updates_from,
        "systemUpdateTo": wished.system_updates_to,
        "passwordMode": _password_mode(policy),
    }
    return {key: value for key, value in found.items() if value is not None}


def _update_hours(policy: Policy) -> dict[str, Any]:
    """Return when apps may be updated: not before the first report, since the agent's first installs would wait too.

    Source: the agent's ``helper/ConfigUpdater.java``; what follows its move to the tablet's own address is no first
    start to it.
    """
    wished = policy.android
    found = {
        "appUpdateFrom": wished.app_updates_from,
        "appUpdateTo": wished.app_updates_to,
        "downloadUpdates": "wifi" if wished.app_updates_on_wifi_only else None,
    }
    return {key: value for key, value in found.items() if value is not None}


def _system_updates(policy: Policy) -> str:
    delayed = policy.os_updates is not None and policy.os_updates.delay_days is not None
    return "postpone" if delayed and policy.android.system_updates == "leave" else policy.android.system_updates


def _password_mode(policy: Policy) -> str | None:
    """Return the agent's rule that is at least as strict: any, 6 digits, 8 letters and digits."""
    rule = policy.passcode
    if rule is None or not rule.required:
        return None
    if rule.minimum_length > 6 or not rule.simple_allowed:
        return "moderate"
    return "easy" if rule.minimum_length > 1 else "present"


def _rule_gaps(policy: Policy, device: AndroidClass) -> list[NotEnforced]:
    gaps: dict[str, str | None] = {
        "wifi": _WIFI_IN_CODE if policy.wifi else None,
        **_passcode_gaps(policy),
        **_update_gaps(policy),
    }
    if device.version < 9:
        old = N_("Android 9 or newer")
        gaps |= {f"android.{field}": old for field in _FROM_ANDROID_9 if getattr(policy.android, field) is not None}
        gaps["time_zone"] = old if policy.time_zone is not None else None
    return [NotEnforced(field=field, needs=needs) for field, needs in gaps.items() if needs is not None]


def _passcode_gaps(policy: Policy) -> dict[str, str | None]:
    rule = policy.passcode
    if rule is None:
        return {}
    optional = not rule.required and (rule.minimum_length > 0 or not rule.simple_allowed)
    return {
        "passcode.required": _NO_OPTIONAL_RULE if optional else None,
        "passcode.minimum_length": AGENT_CANNOT if rule.required and rule.minimum_length > 8 else None,
        "passcode.maximum_failed_attempts": AGENT_CANNOT if rule.maximum_failed_attempts is not None else None,
        "passcode.maximum_inactivity_minutes": _TIMEOUT if rule.maximum_inactivity_minutes is not None else None,
    }


def _update_gaps(policy: Policy) -> dict[str, str | None]:
    updates = policy.os_updates
    if updates is None:
        return {}
    late = updates.delay_days is not None and updates.delay_days > _LONGEST_POSTPONEMENT
    return {
        "os_updates.delay_days": N_("at most 30 days on Android") if late else None,
        "os_updates.version": NO_SUCH_THING if updates.version is not None else None,
    }
