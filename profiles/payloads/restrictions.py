"""com.apple.applicationaccess: what the tablets may not do."""

from typing import Any

import msgspec

from profiles.mode_rules import SCHOOL, SETTINGS_APP, ModeRules
from profiles.payloads.base import SUPERVISION, DeviceClass, NotEnforced, payload
from profiles.policy import Policy


class Key(msgspec.Struct, frozen=True):
    """Apple's key for a field, whether only supervised devices obey it, and the iOS version that brought it."""

    name: str
    supervised: bool = True
    introduced: str = "4.0"


KEYS: dict[str, Key] = {
    "camera": Key("allowCamera", supervised=False),
    "screenshots": Key("allowScreenShot", supervised=False),
    "safari": Key("allowSafari"),
    "safari_autofill": Key("safariAllowAutoFill"),
    "siri": Key("allowAssistant", supervised=False, introduced="5.0"),
    "dictation": Key("allowDictation", introduced="10.3"),
    "messages": Key("allowChat", introduced="5.0"),
    "facetime": Key("allowVideoConferencing"),
    "airdrop": Key("allowAirDrop", introduced="7.0"),
    "app_store": Key("allowUIAppInstallation", introduced="9.0"),
    "app_removal": Key("allowAppRemoval", introduced="4.2.1"),
    "app_clips": Key("allowAppClips", introduced="14.0"),
    "automatic_app_downloads": Key("allowAutomaticAppDownloads", introduced="9.0"),
    "in_app_purchases": Key("allowInAppPurchases", supervised=False),
    "explicit_content": Key("allowExplicitContent"),
    "books": Key("allowBookstore", introduced="6.0"),
    "music": Key("allowMusicService", introduced="9.3"),
    "news": Key("allowNews", introduced="9.0"),
    "podcasts": Key("allowPodcasts", introduced="8.0"),
    "game_center": Key("allowGameCenter", introduced="6.0"),
    "multiplayer_games": Key("allowMultiplayerGaming", introduced="4.1"),
    "icloud_backup": Key("allowCloudBackup", supervised=False, introduced="5.0"),
    "icloud_documents": Key("allowCloudDocumentSync", introduced="5.0"),
    "icloud_photos": Key("allowCloudPhotoLibrary", supervised=False, introduced="9.0"),
    "account_changes": Key("allowAccountModification", introduced="7.0"),
    "passcode_changes": Key("allowPasscodeModification", introduced="9.0"),
    "name_changes": Key("allowDeviceNameModification", introduced="9.0"),
    "wallpaper_changes": Key("allowWallpaperModification", introduced="9.0"),
    "notification_changes": Key("allowNotificationsModification", introduced="9.3"),
    "bluetooth_changes": Key("allowBluetoothModification", introduced="11.0"),
    "erase": Key("allowEraseContentAndSettings", introduced="8.0"),
    "screen_time": Key("allowEnablingRestrictions", introduced="8.0"),
    "profile_installation": Key("allowUIConfigurationProfileInstallation", introduced="6.0"),
    "vpn_creation": Key("allowVPNCreation", introduced="11.0"),
    "pairing_with_computers": Key("allowHostPairing", introduced="7.0"),
    "password_autofill": Key("allowPasswordAutoFill", introduced="12.0"),
    "diagnostics_to_apple": Key("allowDiagnosticSubmission", supervised=False, introduced="6.0"),
    "personalized_advertising": Key("allowApplePersonalizedAdvertising", supervised=False, introduced="14.0"),
    "web_results_in_search": Key("allowSpotlightInternetResults", supervised=False, introduced="8.0"),
    "writing_tools": Key("allowWritingTools", introduced="18.0"),
    "image_playground": Key("allowImagePlayground", introduced="18.0"),
    "wifi_always_on": Key("forceWiFiPowerOn", introduced="13.0"),
}

_WEB_CLIPS = "com.apple.webapp"
_ALWAYS_ALLOWED = (SETTINGS_APP, _WEB_CLIPS)
"""Settings, where a tablet is brought back into a network, and the app that shows web clips (Apple:
allowListedAppBundleIDs)."""


def restrictions(
    policy: Policy, device: DeviceClass, rules: ModeRules = SCHOOL
) -> tuple[list[dict[str, Any]], list[NotEnforced]]:
    """Return the payload, if there is anything to restrict, and what these tablets do not obey."""
    keys: dict[str, Any] = {}
    missing: list[NotEnforced] = []
    for field, key in KEYS.items():
        value = getattr(policy.restrictions, field)
        if value is None:
            continue
        if (needs := _unmet(device, key)) is None:
            keys[key.name] = value
        else:
            missing.append(NotEnforced(field=f"restrictions.{field}", needs=needs, wished=value))
    _add_app_list(policy, device, rules, keys, missing)
    _add_update_delay(policy, device, keys, missing)
    if not keys:
        return [], missing
    return [payload("com.apple.applicationaccess", "policy.restrictions", "Restrictions", keys)], missing


def _unmet(device: DeviceClass, key: Key) -> str | None:
    if not device.has(key.introduced):
        return f"iPadOS {key.introduced}"
    return SUPERVISION if key.supervised and not device.supervised else None


def _add_app_list(
    policy: Policy, device: DeviceClass, rules: ModeRules, keys: dict[str, Any], missing: list[NotEnforced]
) -> None:
    listed = _listed_apps(policy, rules)
    hidden = sorted({app.bundle_id for app in policy.apps if app.bundle_id in rules.hidden} - {None, SETTINGS_APP})
    if listed is None and not hidden:
        return
    if not device.supervised:
        field = "restrictions.only_listed_apps" if policy.restrictions.only_listed_apps else "home.apps_taken_away"
        missing.append(NotEnforced(field=field, needs=SUPERVISION, wished=bool(policy.restrictions.only_listed_apps)))
        return
    new = device.has("15.0")
    if listed is not None:
        keys["allowListedAppBundleIDs" if new else "whitelistedAppBundleIDs"] = sorted(listed - set(hidden))
    else:
        keys["blockedAppBundleIDs" if new else "blacklistedAppBundleIDs"] = hidden


def _listed_apps(policy: Policy, rules: ModeRules) -> set[str] | None:
    """Return the only apps that may be opened; None where every app may."""
    if rules.closed:
        return {SETTINGS_APP}
    if rules.focus is not None and rules.focus.page is not None and not rules.focus.browser:
        return set(_ALWAYS_ALLOWED)
    if not policy.restrictions.only_listed_apps:
        return None
    return {*_ALWAYS_ALLOWED, *(app.bundle_id for app in policy.apps if app.bundle_id is not None)}


def _add_update_delay(policy: Policy, device: DeviceClass, keys: dict[str, Any], missing: list[NotEnforced]) -> None:
    days = policy.os_updates.delay_days if policy.os_updates else None
    # From 18 on the delay is a declaration.
    if days is None or device.has("18.0"):
        return
    if not device.supervised:
        missing.append(NotEnforced(field="os_updates.delay_days", needs=SUPERVISION))
        return
    keys |= {"forceDelayedSoftwareUpdates": True, "enforcedSoftwareUpdateDelay": days}
