"""The policy as declarations, for iPadOS 17 and later: native ones where Apple has them, legacy profiles for the rest.

Source: Apple's schema, declarative/declarations/**.
"""

from typing import Any

from mdm.apple.declarative import Declaration, DeclarationSet
from mdm.commands.target import TargetProfile
from profiles.payloads.base import PREFIX, SUPERVISION, DeviceClass, NotEnforced
from profiles.policy import Policy

APPS_FROM = "17.2"
_STATUS_ITEMS = (
    "device.model.family",
    "device.operating-system.version",
    "management.client-capabilities",
    "management.declarations",
    "passcode.is-compliant",
    "passcode.is-present",
    "softwareupdate.failure-reason",
    "softwareupdate.install-state",
    "softwareupdate.pending-version",
)
"""What a tablet is asked to report: its state, nothing of whoever uses it."""


def declare(
    policy: Policy, device: DeviceClass, *, organization: str, device_url: str, profiles: tuple[TargetProfile, ...]
) -> tuple[DeclarationSet, list[NotEnforced]]:
    """Return the declaration set of a policy, and what these tablets do not obey."""
    configurations = [*_legacy(profiles, device_url), *_passcode(policy), _subscriptions(device)]
    missing: list[NotEnforced] = []
    configurations += _updates(policy, device, missing)
    if apps_are_declared(device):
        configurations += _apps(policy, device)
    activation = Declaration(
        type="com.apple.activation.simple",
        identifier=f"{PREFIX}activation.policy",
        payload={"StandardConfigurations": sorted(one.identifier for one in configurations)},
    )
    management = Declaration(
        type="com.apple.management.organization-info",
        identifier=f"{PREFIX}management.organization",
        payload={"Name": organization},
    )
    return DeclarationSet(declarations=(*configurations, activation, management)), missing


def apps_are_declared(device: DeviceClass) -> bool:
    """Tell whether apps travel as declarations to such tablets."""
    return device.has(APPS_FROM)


def _legacy(profiles: tuple[TargetProfile, ...], device_url: str) -> list[Declaration]:
    return [
        Declaration(
            type="com.apple.configuration.legacy",
            identifier=one.identifier,
            payload={"ProfileURL": f"{device_url}/artifacts/{one.artifact}.mobileconfig"},
        )
        for one in profiles
    ]


def _passcode(policy: Policy) -> list[Declaration]:
    rule = policy.passcode
    if rule is None:
        return []
    keys: dict[str, Any] = {"RequirePasscode": rule.required, "RequireComplexPasscode": not rule.simple_allowed}
    if rule.minimum_length:
        keys["MinimumLength"] = rule.minimum_length
    if rule.maximum_failed_attempts is not None:
        keys["MaximumFailedAttempts"] = rule.maximum_failed_attempts
    if rule.maximum_inactivity_minutes is not None:
        keys["MaximumInactivityInMinutes"] = rule.maximum_inactivity_minutes
    return [_configuration("passcode.settings", "passcode", keys)]


def _updates(policy: Policy, device: DeviceClass, missing: list[NotEnforced]) -> list[Declaration]:
    rule = policy.os_updates
    if rule is None:
        return []
    found = []
    if rule.version is not None and rule.deadline is not None:
        keys: dict[str, Any] = {"TargetOSVersion": rule.version, "TargetLocalDateTime": rule.deadline}
        if device.supervised:
            found.append(_configuration("softwareupdate.enforcement.specific", "os-version", keys))
        else:
            missing.append(NotEnforced(field="os_updates.version", needs=SUPERVISION))
    if rule.delay_days is not None and device.has("18.0"):
        if device.supervised:
            deferral = {"Deferrals": {"CombinedPeriodInDays": rule.delay_days}}
            found.append(_configuration("softwareupdate.settings", "os-delay", deferral))
        else:
            missing.append(NotEnforced(field="os_updates.delay_days", needs=SUPERVISION))
    return found


def _apps(policy: Policy, device: DeviceClass) -> list[Declaration]:
    found = []
    for app in policy.apps:
        if app.install != "required" or app.bundle_id is None:
            continue
        keys: dict[str, Any] = {"InstallBehavior": {"Install": "Required"}, "IncludeInBackup": False}
        if app.manifest_url is not None:
            keys["ManifestURL"] = app.manifest_url
        else:
            keys["AppStoreID"] = str(app.store_id)
            license_key = "Assignment" if device.has("18.0") else "VPPType"
            keys["InstallBehavior"]["License"] = {license_key: "Device"}
        found.append(_configuration("app.managed", f"app.{app.bundle_id}", keys))
    return found


def _subscriptions(device: DeviceClass) -> Declaration:
    items = [*_STATUS_ITEMS, *(["app.managed.list"] if apps_are_declared(device) else [])]
    return _configuration(
        "management.status-subscriptions", "status", {"StatusItems": [{"Name": name} for name in sorted(items)]}
    )


def _configuration(kind: str, name: str, keys: dict[str, Any]) -> Declaration:
    return Declaration(type=f"com.apple.configuration.{kind}", identifier=f"{PREFIX}declared.{name}", payload=keys)
