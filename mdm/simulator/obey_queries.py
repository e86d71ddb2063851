"""The questions that a server asks, and the tablet's answers."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate
from cryptography.x509.oid import NameOID

from mdm.simulator.command import Answer, Command, mdm_error
from mdm.simulator.models import RELEASES
from mdm.simulator.surroundings import Surroundings
from mdm.simulator.tablet import App, Installed, Tablet

Value = Callable[[Tablet, Surroundings], Any]

_RELEASE_GB = 2.9
_DECLARED = "Declarative Device Management"

_DEVICE: Mapping[str, Value] = {
    "UDID": lambda tablet, _: tablet.spec.udid,
    "OrganizationInfo": lambda tablet, _: tablet.organization,
    "MDMOptions": lambda tablet, _: tablet.mdm_options or None,
    "LastCloudBackupDate": lambda tablet, around: None,
    "AwaitingConfiguration": lambda tablet, _: tablet.awaiting_configuration,
    "iTunesStoreAccountIsActive": lambda tablet, _: False,
    "DeviceName": lambda tablet, _: tablet.device_name,
    "OSVersion": lambda tablet, _: tablet.os.version,
    "BuildVersion": lambda tablet, _: tablet.os.build,
    "SupplementalBuildVersion": lambda tablet, _: tablet.os.build if tablet.os.at_least("16.1") else None,
    "ModelName": lambda tablet, _: "iPad",
    "Model": lambda tablet, _: tablet.spec.model.number.removesuffix("NF/A"),
    "ModelNumber": lambda tablet, _: tablet.spec.model.number if tablet.os.at_least("16.4") else None,
    "ProductName": lambda tablet, _: tablet.spec.model.product,
    "SerialNumber": lambda tablet, _: tablet.spec.serial,
    "DeviceCapacity": lambda tablet, _: float(tablet.spec.model.capacity),
    "AvailableDeviceCapacity": lambda tablet, _: round(tablet.available_gb, 3),
    "BatteryLevel": lambda tablet, _: tablet.shown_battery,
    "CellularTechnology": lambda tablet, _: 1 if tablet.spec.model.cellular else 0,
    "IsSupervised": lambda tablet, _: tablet.spec.supervised,
    "IsMultiUser": lambda tablet, _: False,
    "IsDeviceLocatorServiceEnabled": lambda tablet, _: False,
    "IsActivationLockEnabled": lambda tablet, _: False,
    "IsDoNotDisturbInEffect": lambda tablet, _: False,
    "EASDeviceIdentifier": lambda tablet, _: hashlib.sha256(tablet.spec.serial.encode()).hexdigest()[:26].upper(),
    "IsCloudBackupEnabled": lambda tablet, _: False,
    "IsMDMLostModeEnabled": lambda tablet, _: tablet.lost is not None,
    "PushToken": lambda tablet, _: tablet.management.push_token if tablet.management else None,
    "DiagnosticSubmissionEnabled": lambda tablet, _: tablet.switches["DiagnosticSubmission"],
    "AppAnalyticsEnabled": lambda tablet, _: tablet.switches["AppAnalytics"],
    "TimeZone": lambda tablet, _: tablet.time_zone,
    "BluetoothMAC": lambda tablet, _: tablet.bluetooth_mac,
    "WiFiMAC": lambda tablet, _: tablet.wifi_mac,
    "PersonalHotspotEnabled": lambda tablet, _: False if tablet.spec.model.cellular else None,
    "DataRoamingEnabled": lambda tablet, _: False if tablet.spec.model.cellular else None,
    "IsNetworkTethered": lambda tablet, _: False,
    "SoftwareUpdateDeviceID": lambda tablet, _: f"{tablet.spec.model.product.replace(',', '-')}",
    "SoftwareUpdateSettings": lambda tablet, _: {"RecommendationsCadence": 0} if tablet.spec.supervised else None,
    "AccessibilitySettings": lambda tablet, _: _accessibility(tablet),
}
"""What DeviceInformation may ask; what is missing, or None, is left out of the answer, as devices do."""


async def device_information(tablet: Tablet, around: Surroundings, command: Command) -> Answer:
    """Answer DeviceInformation: each query that the tablet knows, and nothing of the others."""
    found = {}
    for name in command.need("Queries", list):
        value = _DEVICE[name](tablet, around) if isinstance(name, str) and name in _DEVICE else None
        if value is not None:
            found[name] = value
    return Answer(keys={"QueryResponses": found})


async def security_info(tablet: Tablet, around: Surroundings, command: Command) -> Answer:
    """Answer SecurityInfo."""
    del around, command
    compliant = tablet.passcode_is_compliant(False)
    info: dict[str, Any] = {
        "HardwareEncryptionCaps": 3,
        "PasscodePresent": tablet.passcode,
        "PasscodeCompliant": compliant,
        "PasscodeCompliantWithProfiles": compliant,
        "PasscodeLockGracePeriod": 0,
        "PasscodeLockGracePeriodEnforced": 0,
        "ManagementStatus": {"IsUserEnrollment": False},
    }
    if tablet.os.at_least("17.0"):
        info["AutoLockTime"] = 120
    return Answer(keys={"SecurityInfo": info})


async def profile_list(tablet: Tablet, around: Surroundings, command: Command) -> Answer:
    """Answer ProfileList; all of these tablets' profiles came from the server, and so all are managed."""
    del around
    command.may("ManagedOnly", bool, False)
    return Answer(keys={"ProfileList": [_listed(tablet, one) for one in tablet.profiles.values()]})


async def installed_application_list(tablet: Tablet, around: Surroundings, command: Command) -> Answer:
    """Answer InstalledApplicationList; its keys may be chosen by Items."""
    del around
    wanted = command.may("Identifiers", list, [])
    items = command.may("Items", list, [])
    managed_only = command.may("ManagedAppsOnly", bool, False)
    found = []
    for one in tablet.apps.values():
        here = one.present or one.state == "Installing"
        if here and (not wanted or one.app.bundle_id in wanted) and (one.managed or not managed_only):
            listed = _installed_app(tablet, one)
            found.append({name: value for name, value in listed.items() if not items or name in items})
    return Answer(keys={"InstalledApplicationList": found})


async def managed_application_list(tablet: Tablet, around: Surroundings, command: Command) -> Answer:
    """Answer ManagedApplicationList; apps that a declaration manages are not in it."""
    del around
    wanted = command.may("Identifiers", list, [])
    found = {
        name: {
            "Status": one.state,
            "ManagementFlags": one.flags,
            "HasConfiguration": one.configuration is not None,
            "HasFeedback": False,
            "IsValidated": True,
            "ExternalVersionIdentifier": one.app.release,
        }
        for name, one in tablet.apps.items()
        if one.managed and one.declaration is None and (not wanted or name in wanted)
    }
    return Answer(keys={"ManagedApplicationList": found})


async def certificate_list(tablet: Tablet, around: Surroundings, command: Command) -> Answer:
    """Answer CertificateList: the tablet's identity, and the certificates of its profiles."""
    del tablet, command
    found = []
    if around.identity is not None:
        found.append(_listed_certificate(around.identity.certificate, True))
        found += [_listed_certificate(one, False) for one in around.identity.authority]
    return Answer(keys={"CertificateList": found})


async def restrictions(tablet: Tablet, around: Surroundings, command: Command) -> Answer:
    """Answer Restrictions with those in force."""
    del around
    command.may("ProfileRestrictions", bool, False)
    booleans = {name: {"value": value} for name, value in tablet.restrictions().items()}
    return Answer(keys={"GlobalRestrictions": {"restrictedBool": booleans, "restrictedValue": {}}})


async def available_os_updates(tablet: Tablet, around: Surroundings, command: Command) -> Answer:
    """Answer AvailableOSUpdates with the releases that are newer than the tablet's own."""
    del around, command
    found = []
    for newer in RELEASES:
        if newer == tablet.os or not newer.at_least(tablet.os.version):
            continue
        update: dict[str, Any] = {
            "ProductKey": f"iPadOSUpdate{newer.build}",
            "HumanReadableName": f"iPadOS {newer.version}",
            "ProductName": "iPadOS",
            "Version": newer.version,
            "Build": newer.build,
            "DownloadSize": int(_RELEASE_GB * 1e9),
            "InstallSize": int(_RELEASE_GB * 2e9),
            "IsCritical": False,
            "RestartRequired": True,
            "AllowsInstallLater": True,
        }
        if tablet.os.at_least("16.2"):
            update["IsSecurityResponse"] = False
        found.append(update)
    return Answer(keys={"AvailableOSUpdates": found})


async def device_location(tablet: Tablet, around: Surroundings, command: Command) -> Answer:
    """Answer DeviceLocation, of a lost tablet only: where it lies."""
    del command
    if tablet.lost is None:
        raise mdm_error(12067, "The device is not in MDM Lost Mode.")
    await around.pace.rest(6)
    seen = around.now() - timedelta(seconds=4)
    return Answer(
        keys={
            "Latitude": tablet.place[0],
            "Longitude": tablet.place[1],
            "HorizontalAccuracy": 35.0,
            "VerticalAccuracy": 12.0,
            "Altitude": 214.0,
            "Speed": -1.0,
            "Course": -1.0,
            "Timestamp": seen.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    )


def _listed(tablet: Tablet, installed: Installed) -> dict[str, Any]:
    keys = installed.profile.keys
    listed: dict[str, Any] = {
        "PayloadUUID": installed.profile.uuid,
        "PayloadIdentifier": installed.profile.identifier,
        "PayloadVersion": 1,
        "PayloadRemovalDisallowed": bool(keys.get("PayloadRemovalDisallowed", False)) and tablet.spec.supervised,
        "HasRemovalPasscode": bool(keys.get("HasRemovalPasscode", False)),
        "IsEncrypted": False,
        "IsManaged": True,
        "SignerCertificates": list(installed.profile.signers),
        "PayloadContent": [
            {name: payload.keys[name] for name in _shown_of_payload(tablet) if name in payload.keys}
            for payload in installed.profile.payloads
        ],
    }
    for name in ("PayloadDisplayName", "PayloadOrganization", "PayloadDescription"):
        if isinstance(keys.get(name), str):
            listed[name] = keys[name]
    if tablet.os.at_least("18.0") and installed.declaration:
        listed["Source"] = _DECLARED
    return listed


def _shown_of_payload(tablet: Tablet) -> list[str]:
    always = ["PayloadType", "PayloadVersion", "PayloadIdentifier"]
    named = ["PayloadDisplayName", "PayloadDescription", "PayloadOrganization"]
    return [*always, *(["PayloadUUID"] if tablet.os.at_least("17.0") else []), *named]


def _installed_app(tablet: Tablet, one: App) -> dict[str, Any]:
    listed: dict[str, Any] = {
        "Identifier": one.app.bundle_id,
        "ExternalVersionIdentifier": one.app.release,
        "Version": one.app.version,
        "ShortVersion": one.app.version,
        "Name": one.app.name,
        "BundleSize": one.app.size,
        "DynamicSize": one.app.size // 40,
        "IsValidated": True,
        "Installing": one.state == "Installing",
        "AppStoreVendable": one.app.store_id is not None,
        "DeviceBasedVPP": one.managed,
        "BetaApp": False,
        "AdHocCodeSigned": False,
        "HasUpdateAvailable": False,
    }
    if tablet.os.at_least("16.0"):
        listed["IsAppClip"] = False
    if tablet.os.at_least("17.2") and one.declaration:
        listed["Source"] = _DECLARED
    return listed


def _listed_certificate(certificate: Certificate, identity: bool) -> dict[str, Any]:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return {
        "CommonName": str(names[0].value) if names else certificate.subject.rfc4514_string(),
        "IsIdentity": identity,
        "Data": certificate.public_bytes(Encoding.DER),
    }


def _accessibility(tablet: Tablet) -> dict[str, Any] | None:
    if not (tablet.spec.supervised and tablet.os.at_least("16.0")):
        return None
    switches = (
        "BoldTextEnabled",
        "IncreaseContrastEnabled",
        "ReduceMotionEnabled",
        "ReduceTransparencyEnabled",
        "TouchAccommodationsEnabled",
        "VoiceOverEnabled",
        "ZoomEnabled",
    )
    return {**dict.fromkeys(switches, False), "TextSize": 3, **tablet.accessibility}
