"""Settings of apps, which the agent hands to Android as managed configurations, and the agent's own settings.

Source: the agent's ``json/ApplicationSetting.java`` (a quoted text stays a text), and Chrome's list of policies.
"""

import re
from typing import Any

from mdm.i18n import N_
from profiles.android.files import certificates
from profiles.android.names import AGENT, NEVER_LOCKED
from profiles.android.stock import Stock
from profiles.mode_rules import CHROME, SCHOOL, ModeRules
from profiles.payloads.base import NotEnforced
from profiles.policy import Policy

_CHROME_ONLY = N_("Chrome ({detail}) among the apps: no other browser is filtered")
_TEXT, _INTEGER, _TRUTH = 1, 2, 3
_NOT_PLAIN = re.compile(r"""^(true|false|-?\d+|["\[].*)$""", re.IGNORECASE | re.DOTALL)


def app_settings(
    policy: Policy, stock: Stock, rules: ModeRules = SCHOOL
) -> tuple[list[dict[str, Any]], list[NotEnforced]]:
    """Return the agent's settings, and what of the web filter cannot be carried out."""
    found: list[dict[str, Any]] = []
    for app in policy.apps:
        if app.package is not None:
            found += [_setting(app.package, name, value) for name, value in sorted(app.configuration.items())]
    chrome, missing = _web_filter(policy)
    if rules.focus is not None and rules.focus.page is not None and rules.focus.browser:
        chrome = [*(one for one in chrome if not one["name"].startswith("URL")), *_only(rules.focus.page.url)]
    given = {setting["name"] for setting in found if setting["packageId"] == CHROME}
    found += [setting for setting in chrome if setting["name"] not in given]
    locked = (*policy.android.locked_packages, *hidden_packages(policy, rules))
    if locked:
        found.append(_setting(AGENT, "locked_packages", ",".join(locked)))
    unlocked = sorted({*stock.left_locked, *rules.veiled} - set(locked))
    if unlocked:
        found.append(_setting(AGENT, "unlocked_packages", ",".join(unlocked)))
    if policy.android.certificates:
        found.append(_setting(AGENT, "certificates", ",".join(certificates(policy))))
    # The tablet's screens show neither its serial number nor the like.
    found.append(_setting(AGENT, "hide_ids", 1))
    return found, missing


def hidden_packages(policy: Policy, rules: ModeRules) -> tuple[str, ...]:
    """Return the packages that the agent hides in a mode; none that it needs, none that the policy locks anyway."""
    apart = {*NEVER_LOCKED, *policy.android.locked_packages}
    return tuple(
        app.package
        for app in policy.apps
        if app.package is not None and app.package in rules.hidden and app.package not in apart
    )


def _only(url: str) -> list[dict[str, Any]]:
    """Return Chrome's rule for one page; it opens nothing else."""
    return [_list_setting("URLBlocklist", ("*",)), _list_setting("URLAllowlist", (url,))]


def _web_filter(policy: Policy) -> tuple[list[dict[str, Any]], list[NotEnforced]]:
    wanted = policy.web_filter
    if wanted is None:
        return [], []
    if not any(app.package == CHROME for app in policy.apps):
        return [], [NotEnforced(field="web_filter", needs=_CHROME_ONLY, detail=CHROME)]
    found = []
    if wanted.limit_adult_content:
        found += [_setting(CHROME, "SafeSitesFilterBehavior", 1), _setting(CHROME, "ForceGoogleSafeSearch", True)]
    if wanted.blocked:
        found.append(_list_setting("URLBlocklist", wanted.blocked))
    if wanted.allowed:
        found.append(_list_setting("URLAllowlist", wanted.allowed))
    return found, []


def _setting(package: str, name: str, value: str | int | bool) -> dict[str, Any]:
    match value:
        case bool():
            kind, text = _TRUTH, "true" if value else "false"
        case int():
            kind, text = _INTEGER, str(value)
        case str():
            kind, text = _TEXT, f'"{value}"' if _NOT_PLAIN.match(value) else value
    return _row(package, name, kind, text)


def _list_setting(name: str, values: tuple[str, ...]) -> dict[str, Any]:
    return _row(CHROME, name, _TEXT, f"[{','.join(values)}]")


def _row(package: str, name: str, kind: int, value: str) -> dict[str, Any]:
    return {"packageId": package, "name": name, "type": kind, "value": value, "readOnly": True, "variable": False}
