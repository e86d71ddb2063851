"""The agent's list of applications: what to install, what to show, what to take away.

Source: the agent's ``json/Application.java`` and ``InstallUtils``. Every entry has a package and a version, for the
agent stops half-way where one is missing; no package is listed for installation twice.
"""

import hashlib
from typing import Any

from mdm.commands.target import TargetApp
from mdm.i18n import N_
from profiles.android.files import Files
from profiles.android.names import AGENT
from profiles.android.stock import Stock, StockedApk
from profiles.mode_rules import SCHOOL, ModeRules
from profiles.payloads.base import NotEnforced
from profiles.policy import App, Folder, Policy, WebClip

ANY_VERSION = "0"
_NO_SIGNER = N_("its signer, so that a file of another maker cannot take its name")
_NO_FOLDERS = N_("an agent that has folders: the open one puts their apps in line")


def applications(
    policy: Policy, stock: Stock, files: Files, rules: ModeRules = SCHOOL
) -> tuple[list[dict[str, Any]], tuple[TargetApp, ...], list[NotEnforced]]:
    """Return the agent's entries, what a tablet must report when it holds them, and what cannot be there.

    An app that is hidden is not listed, and one that is not shown again yet has no address: the agent does not see
    what is hidden, and would fetch it anew.
    """
    apks = {apk.package: apk for apk in stock.apks}
    order, bottom = _places(policy)
    entries = [_removal(package) for package in stock.left_apps]
    wanted: list[TargetApp] = []
    missing: list[NotEnforced] = []
    for place, app in enumerate(policy.apps):
        if app.package is None:
            missing.append(NotEnforced(field=f"apps[{place}] {app.name}", needs=N_("a package for Android")))
            continue
        apk = apks.get(app.package)
        if app.install == "required" and apk is None:
            needs = N_("an APK {detail} in the APK store that fits the tablet")
            detail = f"{app.package} {app.version or ''}".strip()
            missing.append(NotEnforced(field=f"apps[{place}] {app.name}", needs=needs, detail=detail))
            continue
        if app.install == "required" and app.signer is None:
            missing.append(NotEnforced(field=f"apps[{place}] {app.name}", needs=_NO_SIGNER))
        required = apk if app.install == "required" else None
        if app.package in rules.hidden:
            continue
        listed = None if app.package in rules.veiled else required
        entry = _entry(app, listed, order.get(app.package, order.get(app.bundle_id or "")), app.package in bottom)
        entries.append(entry | _shown(rules, app.package))
        if required is not None:
            newer = required.newer if app.version is not None and listed is not None else ()
            entries += [_removal(app.package, version) for version in newer]
            wanted.append(TargetApp(bundle_id=app.package, version=required.version_name))
    for clip in _clips(policy, rules):
        name = f"web:{clip.label}"
        entries.append(_web_clip(clip, order.get(name), name in bottom, files))
    if AGENT in apks:
        entries.append(_agent(apks[AGENT]))
    return entries, tuple(wanted), missing + _home_screen_gaps(policy)


def _shown(rules: ModeRules, package: str) -> dict[str, Any]:
    """In class mode only what is in front has a tile."""
    return {} if rules.focus is None or rules.focus.app == package else {"showIcon": False}


def _clips(policy: Policy, rules: ModeRules) -> tuple[WebClip, ...]:
    if rules.closed:
        return ()
    if rules.focus is None:
        return policy.web_clips
    return tuple(clip for clip in policy.web_clips if clip == rules.focus.page)


def _entry(app: App, apk: StockedApk | None, order: int | None, bottom: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "type": "app",
        "name": app.name,
        "pkg": app.package,
        "version": apk.version_name if apk is not None else ANY_VERSION,
        "showIcon": True,
        "iconText": app.name,
    }
    if apk is not None:
        entry |= {"code": apk.version_code, "url": apk.url}
    return entry | _place(order, bottom)


def _web_clip(clip: WebClip, order: int | None, bottom: bool, files: Files) -> dict[str, Any]:
    # The agent needs a package that no other entry has, and looks at nothing else of it.
    name = hashlib.sha256(f"{clip.label}\0{clip.url}".encode()).hexdigest()[:20]
    entry: dict[str, Any] = {
        "type": "web",
        "name": clip.label,
        "pkg": f"web.{name}",
        "version": ANY_VERSION,
        "url": clip.url,
        "showIcon": True,
        "iconText": clip.label,
        "useKiosk": clip.full_screen,
    }
    if clip.icon is not None:
        entry["icon"] = files.url("image/png", clip.icon, "png")
    return entry | _place(order, bottom)


def _agent(apk: StockedApk) -> dict[str, Any]:
    return {
        "type": "app",
        "name": "Headwind MDM",
        "pkg": AGENT,
        "version": apk.version_name,
        "code": apk.version_code,
        "url": apk.url,
        "showIcon": False,
    }


def _removal(package: str, version: str = ANY_VERSION) -> dict[str, Any]:
    return {"type": "app", "name": package, "pkg": package, "version": version, "remove": True, "showIcon": False}


def _place(order: int | None, bottom: bool) -> dict[str, Any]:
    place: dict[str, Any] = {} if order is None else {"screenOrder": order}
    return place | {"bottom": True} if bottom else place


def _places(policy: Policy) -> tuple[dict[str, int], set[str]]:
    """Return where each app or web clip stands, by bundle identifier, package or ``web:label``, and the bottom row."""
    layout = policy.home_screen
    if layout is None:
        return {}, set()
    names = [
        name for page in layout.pages for item in page for name in (item.apps if isinstance(item, Folder) else (item,))
    ]
    dock = set(layout.dock)
    dock |= {app.package for app in policy.apps if app.package is not None and app.bundle_id in dock}
    return {name: place for place, name in enumerate([*names, *layout.dock], start=1)}, dock


def _home_screen_gaps(policy: Policy) -> list[NotEnforced]:
    layout = policy.home_screen
    if layout is None or not any(isinstance(item, Folder) for page in layout.pages for item in page):
        return []
    return [NotEnforced(field="home_screen folders", needs=_NO_FOLDERS)]
