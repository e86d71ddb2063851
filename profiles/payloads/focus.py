"""The class mode as a profile: com.apple.app.lock, and a web filter of one page.

Source: Apple's schema, mdm/profiles/com.apple.app.lock.yaml (supervised only), com.apple.webcontent-filter.yaml. The
profile names the moment at which it goes by itself, so that a tablet without a network comes free in time.
"""

from datetime import UTC, datetime
from typing import Any

from profiles.mode_rules import SAFARI, SETTINGS_APP, Focus, is_preinstalled
from profiles.payloads.base import DeviceClass, payload

NAME = "mode.focus"
"""The profile's name after our prefix; it is installed by a command whatever brings the rest."""


def focus_payloads(focus: Focus, device: DeviceClass) -> list[dict[str, Any]]:
    """Return the payloads that hold a supervised tablet in what was chosen; none where an app list does it."""
    if focus.kind == "lock":
        # Settings cannot be deleted, so that no tablet is ever held in an app that is missing.
        return [_lock(SETTINGS_APP, {"DisableTouch": True})]
    if focus.app is not None:
        return [_lock(focus.app, {})]
    if focus.page is not None and focus.browser:
        key = "AllowListBookmarks" if device.has("14.5") else "WhitelistedBookmarks"
        page = {"URL": focus.page.url, "Title": focus.page.label}
        only_page = {"FilterType": "BuiltIn", "AutoFilterEnabled": True, key: [page]}
        return [
            _lock(SAFARI, {}),
            payload("com.apple.webcontent-filter", f"{NAME}.page", "Class mode: one page", only_page),
        ]
    return []


def app_needed(focus: Focus) -> str | None:
    """Return the app that must be on the tablet before it is held in it; None where it always is."""
    return None if focus.app is None or is_preinstalled(focus.app) else focus.app


def removal_date(focus: Focus) -> datetime:
    """Return when the profile goes by itself, as property lists hold it: UTC without saying so, whole seconds."""
    return datetime.fromtimestamp(focus.until // 1000, UTC).replace(tzinfo=None)


def _lock(bundle_id: str, options: dict[str, bool]) -> dict[str, Any]:
    app: dict[str, Any] = {"Identifier": bundle_id}
    if options:
        app["Options"] = options
    return payload("com.apple.app.lock", f"{NAME}.app", "Class mode: one app", {"App": app})
