"""Web clips, Wi-Fi, the home screen, the passcode rule and the web filter."""

from collections.abc import Callable
from typing import Any

from profiles.payloads.base import SUPERVISION, DeviceClass, NotEnforced, payload, uuid_of
from profiles.policy import Folder, Policy, WebClip, Wifi

_Built = tuple[list[dict[str, Any]], list[NotEnforced]]

_ENCRYPTION = {"none": "None", "wpa2": "WPA2", "wpa3": "WPA3"}


def web_clips(policy: Policy, device: DeviceClass) -> _Built:
    """Return one com.apple.webClip.managed payload a clip."""
    del device
    return [_web_clip(clip) for clip in policy.web_clips], []


def wifi(policy: Policy, device: DeviceClass, secret: Callable[[str], str]) -> _Built:
    """Return one com.apple.wifi.managed payload a network; ``secret`` gives a named secret."""
    return [_network(network, device, secret) for network in policy.wifi], []


def home_screen(policy: Policy, device: DeviceClass) -> _Built:
    """Return the com.apple.homescreenlayout payload; only supervised devices take it."""
    layout = policy.home_screen
    if layout is None:
        return [], []
    if not device.supervised:
        return [], [NotEnforced(field="home_screen", needs=SUPERVISION)]
    addresses = {f"web:{clip.label}": clip.url for clip in policy.web_clips}
    elsewhere = {app.package for app in policy.apps if app.bundle_id is None}
    pages = [[_icon(item, addresses) for item in page if item not in elsewhere] for page in layout.pages]
    keys: dict[str, Any] = {"Pages": pages}
    if dock := [item for item in layout.dock if item not in elsewhere]:
        keys["Dock"] = [_icon(item, addresses) for item in dock]
    return [payload("com.apple.homescreenlayout", "policy.home-screen", "Home screen", keys)], []


def passcode(policy: Policy, device: DeviceClass) -> _Built:
    """Return the com.apple.mobiledevice.passwordpolicy payload."""
    del device
    rule = policy.passcode
    if rule is None:
        return [], []
    keys: dict[str, Any] = {"forcePIN": rule.required, "allowSimple": rule.simple_allowed}
    if rule.minimum_length:
        keys["minLength"] = rule.minimum_length
    if rule.maximum_failed_attempts is not None:
        keys["maxFailedAttempts"] = rule.maximum_failed_attempts
    if rule.maximum_inactivity_minutes is not None:
        keys["maxInactivity"] = rule.maximum_inactivity_minutes
    return [payload("com.apple.mobiledevice.passwordpolicy", "policy.passcode", "Passcode", keys)], []


def web_filter(policy: Policy, device: DeviceClass) -> _Built:
    """Return the com.apple.webcontent-filter payload with Apple's built-in filter."""
    wanted = policy.web_filter
    if wanted is None:
        return [], []
    if not device.supervised:
        return [], [NotEnforced(field="web_filter", needs=SUPERVISION)]
    keys: dict[str, Any] = {"FilterType": "BuiltIn", "AutoFilterEnabled": wanted.limit_adult_content}
    if wanted.allowed:
        keys["PermittedURLs"] = list(wanted.allowed)
    if wanted.blocked:
        keys["DenyListURLs" if device.has("14.5") else "BlacklistedURLs"] = list(wanted.blocked)
    return [payload("com.apple.webcontent-filter", "policy.web-filter", "Web filter", keys)], []


def _web_clip(clip: WebClip) -> dict[str, Any]:
    keys: dict[str, Any] = {
        "Label": clip.label,
        "URL": clip.url,
        "IsRemovable": clip.removable,
        "FullScreen": clip.full_screen,
    }
    if clip.icon is not None:
        keys["Icon"] = clip.icon
    return payload("com.apple.webClip.managed", f"policy.web-clip.{_slug(clip.label)}", clip.label, keys)


def _network(network: Wifi, device: DeviceClass, secret: Callable[[str], str]) -> dict[str, Any]:
    keys: dict[str, Any] = {
        "SSID_STR": network.ssid,
        "HIDDEN_NETWORK": network.hidden,
        "AutoJoin": network.auto_join,
        "EncryptionType": _ENCRYPTION[network.security],
    }
    if network.password_secret is not None:
        keys["Password"] = secret(network.password_secret)
    if network.fixed_address and device.has("14.0"):
        keys["DisableAssociationMACRandomization"] = True
    return payload("com.apple.wifi.managed", f"policy.wifi.{_slug(network.ssid)}", network.ssid, keys)


def _icon(item: str | Folder, addresses: dict[str, str]) -> dict[str, Any]:
    if isinstance(item, Folder):
        pages = [[{"Type": "App", "BundleID": bundle_id} for bundle_id in item.apps]]
        return {"Type": "Folder", "DisplayName": item.folder, "Pages": pages}
    if item in addresses:
        return {"Type": "WebClip", "URL": addresses[item]}
    return {"Type": "App", "BundleID": item}


def _slug(text: str) -> str:
    """Return a stable part of an identifier for a text in any script."""
    return uuid_of({"text": text})[:8].lower()
