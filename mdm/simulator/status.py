"""Status reports: what the server subscribed to, in full at first and then what changed.

Sources: Apple's schema, declarative/protocol/statusreport.yaml and declarative/status.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from mdm.simulator.declarations import Declarations
from mdm.simulator.declared import SINCE
from mdm.simulator.models import release
from mdm.simulator.tablet import App, Tablet

SAFETY_SYNC_SECONDS = 24 * 3600.0
_ALWAYS = ("management.client-capabilities", "management.declarations")

Value = Callable[[Tablet, Declarations], Any]


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A status item that these tablets know."""

    value: Value
    since: str = "15.0"


def _capabilities(tablet: Tablet, declarations: Declarations) -> dict[str, Any]:
    del declarations
    return {
        "supported-versions": ["1.0.0"],
        "supported-features": {},
        "supported-payloads": {
            "declarations": {
                "activations": ["com.apple.activation.simple"],
                "assets": [],
                "configurations": sorted(name for name, since in SINCE.items() if tablet.os.at_least(since)),
                "management": [
                    "com.apple.management.organization-info",
                    "com.apple.management.properties",
                    "com.apple.management.server-capabilities",
                ],
            },
            "status-items": sorted(name for name, item in ITEMS.items() if tablet.os.at_least(item.since)),
        },
    }


def _declared_app(one: App) -> dict[str, Any]:
    states = {
        "Queued": "queued",
        "Prompting": "prompting-for-consent",
        "Installing": "installing",
        "Updating": "installing",
        "Managed": "managed",
        "ManagedButUninstalled": "managed-but-uninstalled",
        "Failed": "failed",
    }
    return {
        "identifier": one.app.bundle_id,
        "declaration-identifier": one.declaration,
        "name": one.app.name,
        "external-version-id": one.app.release,
        "version": one.app.version,
        "short-version": one.app.version,
        "state": states[one.state or "Managed"],
    }


def _commanded_app(one: App) -> dict[str, Any]:
    kebab = "".join(f"-{sign.lower()}" if sign.isupper() else sign for sign in one.state or "").lstrip("-")
    return {
        "identifier": one.app.bundle_id,
        "name": one.app.name,
        "external-version-id": str(one.app.release),
        "version": one.app.version,
        "short-version": one.app.version,
        "state": kebab,
    }


def _pending(declarations: Declarations) -> dict[str, str]:
    enforced = declarations.enforced_update(datetime.now(UTC))
    if enforced is None:
        return {"os-version": "", "build-version": ""}
    found = release(enforced.version)
    return {"os-version": found.version, "build-version": found.build}


ITEMS: Mapping[str, Item] = {
    "management.client-capabilities": Item(value=_capabilities),
    "management.declarations": Item(value=lambda _, declarations: declarations.status()),
    "device.identifier.serial-number": Item(value=lambda tablet, _: tablet.spec.serial, since="16.0"),
    "device.identifier.udid": Item(value=lambda tablet, _: tablet.spec.udid, since="16.0"),
    "device.model.family": Item(value=lambda tablet, _: "iPad"),
    "device.model.identifier": Item(value=lambda tablet, _: tablet.spec.model.product),
    "device.model.marketing-name": Item(value=lambda tablet, _: tablet.spec.model.marketing_name),
    "device.model.number": Item(value=lambda tablet, _: tablet.spec.model.number, since="17.0"),
    "device.operating-system.build-version": Item(value=lambda tablet, _: tablet.os.build),
    "device.operating-system.family": Item(value=lambda tablet, _: "iPadOS"),
    "device.operating-system.marketing-name": Item(value=lambda tablet, _: f"iPadOS {tablet.os.version}"),
    "device.operating-system.supplemental.build-version": Item(value=lambda tablet, _: tablet.os.build, since="16.1"),
    "device.operating-system.supplemental.extra-version": Item(value=lambda tablet, _: "", since="16.1"),
    "device.operating-system.version": Item(value=lambda tablet, _: tablet.os.version),
    "device.power.battery-health": Item(value=lambda tablet, _: "unsupported", since="17.0"),
    "passcode.is-compliant": Item(
        value=lambda tablet, declarations: tablet.passcode_is_compliant(declarations.passcode_required), since="16.0"
    ),
    "passcode.is-present": Item(value=lambda tablet, _: tablet.passcode, since="16.0"),
    "mdm.app": Item(
        value=lambda tablet, _: [
            _commanded_app(one) for one in tablet.apps.values() if one.managed and one.declaration is None
        ],
        since="16.0",
    ),
    "app.managed.list": Item(
        value=lambda tablet, _: [_declared_app(one) for one in tablet.apps.values() if one.declaration is not None],
        since="17.2",
    ),
    "softwareupdate.install-state": Item(value=lambda tablet, _: "none", since="17.0"),
    "softwareupdate.install-reason": Item(value=lambda tablet, _: {"reason": []}, since="17.0"),
    "softwareupdate.failure-reason": Item(value=lambda tablet, _: {"count": 0}, since="17.0"),
    "softwareupdate.pending-version": Item(value=lambda _, declarations: _pending(declarations), since="17.0"),
    "softwareupdate.device-id": Item(value=lambda tablet, _: tablet.spec.model.product.replace(",", "-"), since="18.0"),
    "softwareupdate.beta-enrollment": Item(value=lambda tablet, _: "", since="18.0"),
    "test.string-value": Item(value=lambda tablet, _: "a text", since="16.0"),
    "test.integer-value": Item(value=lambda tablet, _: 42, since="16.0"),
    "test.boolean-value": Item(value=lambda tablet, _: True, since="16.0"),
    "test.real-value": Item(value=lambda tablet, _: 2.5, since="16.0"),
}


class StatusReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report that is ready to be sent; ``told`` is what the server knows once it has it."""

    body: bytes
    told: Mapping[str, Any]
    full: bool


class Reporter:
    """Remembers what the server was told, so that a report holds what changed."""

    def __init__(self, tablet: Tablet, declarations: Declarations) -> None:
        self._tablet = tablet
        self._declarations = declarations
        self._told: Mapping[str, Any] = {}
        self._since_full = 0.0

    def forget(self) -> None:
        """Begin anew: the next report is full."""
        self._told = {}
        self._since_full = 0.0

    def live(self, seconds: float) -> None:
        """Let ``seconds`` of the tablet's time pass; after a day the next report is full again."""
        self._since_full += seconds

    def due(self) -> StatusReport | None:
        """Return the report that the server should have now; None when it knows everything."""
        if not self._declarations.enabled:
            return None
        full = not self._told or self._since_full >= SAFETY_SYNC_SECONDS
        values, errors = self._values()
        changed = values if full else _changes(self._told, values)
        new_errors = [error for error in errors if full or error["StatusItem"] not in self._told.get("", ())]
        if not changed and not new_errors:
            return None
        report: dict[str, Any] = {"StatusItems": _nested(changed), "Errors": new_errors}
        if full and self._tablet.os.at_least("17.0"):
            report["FullReport"] = True
        told = {**values, "": tuple(error["StatusItem"] for error in errors)}
        return StatusReport(body=msgspec.json.encode(report), told=told, full=full)

    def sent(self, report: StatusReport) -> None:
        """Remember that the server has ``report``."""
        self._told = report.told
        if report.full:
            self._since_full = 0.0

    def _values(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        values, errors = {}, []
        for name in sorted({*_ALWAYS, *self._declarations.subscriptions}):
            item = ITEMS.get(name)
            if item is not None and self._tablet.os.at_least(item.since):
                values[name] = item.value(self._tablet, self._declarations)
            else:
                reason = {"Code": "Error.UnknownStatusItem", "Description": "This tablet does not have the item."}
                errors.append({"StatusItem": name, "Reasons": [reason]})
        return values, errors


def _changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    changed = {}
    for name, value in now.items():
        if name not in before:
            changed[name] = value
        elif before[name] != value:
            changed[name] = _list_changes(before[name], value) if isinstance(value, list) else value
    return changed


def _list_changes(before: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the elements that are new or different, and of those that are gone their identifier."""
    old = {one["identifier"]: one for one in before}
    new = {one["identifier"]: one for one in now}
    gone = [{"identifier": name, "_removed": True} for name in old if name not in new]
    return [one for name, one in new.items() if old.get(name) != one] + gone


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Turn dotted names into dictionaries within dictionaries."""
    tree: dict[str, Any] = {}
    for name, value in values.items():
        *path, last = name.split(".")
        node = tree
        for part in path:
            node = node.setdefault(part, {})
        node[last] = value
    return tree
