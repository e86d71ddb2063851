"""Settings of apps, which the agent hands to Android as managed configurations, and the agent's own settings.

Source: the agent's ``json/ApplicationSetting.java`` (a quoted text stays a text), and Chrome's list of policies.
"""

import re
from typing import Any

from mdm.i18n import N_
from profiles.android.files import certificates
from profiles.android.names import AGENT
from profiles.android.stock import Stock
from profiles.payloads.base import NotEnforced
from profiles.policy import Policy

CHROME = "com.android.chrome"
_CHROME_ONLY = N_("Chrome ({detail}) among the apps: no other browser is filtered")
_TEXT, _INTEGER, _TRUTH = 1, 2, 3
_NOT_PLAIN = re.compile(r"""^(true|false|-?\d+|["\[].*)$""", re.IGNORECASE | re.DOTALL)


def app_settings(policy: Policy, stock: Stock) -> tuple[list[dict[str, Any]], list[NotEnforced]]:
    """Return the agent's settings, and what of the web filter cannot be carried out."""
    found: list[dict[str, Any]] = []
    for app in policy.apps:
        if app.package is not None:
            found += [_setting(app.package, name, value) for name, value in sorted(app.configuration.items())]
    chrome, missing = _web_filter(policy)
    given = {setting["name"] for setting in found if setting["packageId"] == CHROME}
    found += [setting for setting in chrome if setting["name"] not in given]
    if policy.android.locked_packages:
        found.append(_setting(AGENT, "locked_packages", ",".join(policy.android.locked_packages)))
    if stock.left_locked:
        found.append(_setting(AGENT, "unlocked_packages", ",".join(stock.left_locked)))
    if policy.android.certificates:
        found.append(_setting(AGENT, "certificates", ",".join(certificates(policy))))
    # The tablet's screens show neither its serial number nor the like.
    found.append(_setting(AGENT, "hide_ids", 1))
    return found, missing


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
