"""What devices answer to commands, read into values; tolerant of what is missing, strict on types.

Source: the response keys of Apple's schema, mdm/commands/*.yaml.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from mdm.commands.report import HeldBook
from mdm.commands.target import store_book

_DECLARED = "Declarative Device Management"
_GIGABYTE = 10**9


class DeviceInformationAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a device is. Sizes in bytes, battery in percent; None where it did not say."""

    os_version: str | None = None
    model_name: str | None = None
    product_name: str | None = None
    serial_number: str | None = None
    device_name: str | None = None
    time_zone: str | None = None
    battery: int | None = None
    capacity: int | None = None
    free_space: int | None = None
    supervised: bool | None = None
    lost_mode: bool | None = None


class SecurityInfoAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How a device is protected. ``hardware_encryption``: 1 per block, 2 per file, 3 both."""

    passcode_present: bool | None = None
    passcode_compliant: bool | None = None
    hardware_encryption: int | None = None


class InstalledProfile(msgspec.Struct, frozen=True, kw_only=True):
    """One profile on a device. ``declared``: a declaration brought it, and only declarations remove it."""

    identifier: str
    uuid: str
    managed: bool
    declared: bool = False


class ProfileListAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The profiles on a device."""

    profiles: tuple[InstalledProfile, ...]


class ManagedApplicationListAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The managed apps of a device: bundle identifier to Apple's status."""

    apps: dict[str, str]


class InstalledApp(msgspec.Struct, frozen=True, kw_only=True):
    """One app on a device. ``size`` in bytes, without its data."""

    bundle_id: str
    name: str = ""
    version: str = ""
    size: int | None = None


class InstalledApplicationListAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The apps on a device, as far as it was asked."""

    apps: tuple[InstalledApp, ...]


class InstallApplicationAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How the installation of an app begins: its state, or why it is rejected."""

    bundle_id: str | None = None
    state: str | None = None
    rejection: str | None = None


class InstallMediaAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How the installation of a book begins: its state, or why it is rejected."""

    state: str | None = None
    rejection: str | None = None


class ManagedMediaListAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The managed books of a device: by persistent identifier, or by `store_book` for those of Apple's store."""

    books: dict[str, HeldBook]


class SettingsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of each setting, by its item (or its place, from 1): None when it was set, or the error's words."""

    items: dict[str, str | None]


class DeviceLockAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the message on the lock screen: Success, DeviceInLostMode, NoPasscodeSet or Unknown."""

    message_result: str | None = None


class AvailableUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """One system update that a device could take."""

    product_key: str
    version: str = ""
    critical: bool = False


class AvailableOSUpdatesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The system updates that a device could take."""

    updates: tuple[AvailableUpdate, ...]


class DeviceLocationAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Where a lost device is, in degrees, how exactly, in metres (None: not known), and when (RFC 3339)."""

    latitude: float
    longitude: float
    accuracy: float | None = None
    located_at: str | None = None


Answer = (
    DeviceInformationAnswer
    | SecurityInfoAnswer
    | ProfileListAnswer
    | ManagedApplicationListAnswer
    | InstalledApplicationListAnswer
    | InstallApplicationAnswer
    | InstallMediaAnswer
    | ManagedMediaListAnswer
    | SettingsAnswer
    | DeviceLockAnswer
    | AvailableOSUpdatesAnswer
    | DeviceLocationAnswer
)


def read_answer(request_type: str, answer: Mapping[str, Any]) -> Answer | None:
    """Return what a device answered, or None for a command whose answer says nothing. Wrong types read as absent."""
    reader = _READERS.get(request_type)
    return reader(answer) if reader is not None else None


def _device_information(answer: Mapping[str, Any]) -> DeviceInformationAnswer:
    said = _dictionary(answer, "QueryResponses")
    level = _number(said, "BatteryLevel")
    return DeviceInformationAnswer(
        os_version=_text(said, "OSVersion"),
        model_name=_text(said, "ModelName"),
        product_name=_text(said, "ProductName"),
        serial_number=_text(said, "SerialNumber"),
        device_name=_text(said, "DeviceName"),
        time_zone=_text(said, "TimeZone"),
        # Apple: -1.0 where the level cannot be read.
        battery=round(level * 100) if level is not None and 0 <= level <= 1 else None,
        capacity=_bytes(said, "DeviceCapacity"),
        free_space=_bytes(said, "AvailableDeviceCapacity"),
        supervised=_flag(said, "IsSupervised"),
        lost_mode=_flag(said, "IsMDMLostModeEnabled"),
    )


def _security_info(answer: Mapping[str, Any]) -> SecurityInfoAnswer:
    said = _dictionary(answer, "SecurityInfo")
    return SecurityInfoAnswer(
        passcode_present=_flag(said, "PasscodePresent"),
        passcode_compliant=_flag(said, "PasscodeCompliant"),
        hardware_encryption=_whole(said, "HardwareEncryptionCaps"),
    )


def _profile_list(answer: Mapping[str, Any]) -> ProfileListAnswer:
    found = []
    for entry in _entries(answer, "ProfileList"):
        identifier, uuid = _text(entry, "PayloadIdentifier"), _text(entry, "PayloadUUID")
        if identifier and uuid:
            found.append(
                InstalledProfile(
                    identifier=identifier,
                    uuid=uuid,
                    # Supervised devices leave the key out, and a server may replace all their profiles.
                    managed=_flag(entry, "IsManaged") is not False,
                    declared=_text(entry, "Source") == _DECLARED,
                )
            )
    return ProfileListAnswer(profiles=tuple(found))


def _managed_applications(answer: Mapping[str, Any]) -> ManagedApplicationListAnswer:
    listed = _dictionary(answer, "ManagedApplicationList")
    apps = {}
    for bundle_id, entry in listed.items():
        status = _text(entry, "Status") if isinstance(entry, dict) else None
        if isinstance(bundle_id, str) and status is not None:
            apps[bundle_id] = status
    return ManagedApplicationListAnswer(apps=apps)


def _installed_applications(answer: Mapping[str, Any]) -> InstalledApplicationListAnswer:
    return InstalledApplicationListAnswer(
        apps=tuple(
            InstalledApp(
                bundle_id=bundle_id,
                name=_text(entry, "Name") or "",
                version=_text(entry, "ShortVersion") or "",
                size=_whole(entry, "BundleSize"),
            )
            for entry in _entries(answer, "InstalledApplicationList")
            if (bundle_id := _text(entry, "Identifier"))
        )
    )


def _install_application(answer: Mapping[str, Any]) -> InstallApplicationAnswer:
    return InstallApplicationAnswer(
        bundle_id=_text(answer, "Identifier"), state=_text(answer, "State"), rejection=_text(answer, "RejectionReason")
    )


def _install_media(answer: Mapping[str, Any]) -> InstallMediaAnswer:
    return InstallMediaAnswer(state=_text(answer, "State"), rejection=_text(answer, "RejectionReason"))


def _managed_media(answer: Mapping[str, Any]) -> ManagedMediaListAnswer | None:
    if not isinstance(answer.get("Books"), list):
        return None
    books = {}
    for entry in _entries(answer, "Books"):
        # Apple's schema has the number in every entry; books that come from an address have none in Apple's store.
        store_id = _whole(entry, "iTunesStoreID")
        identifier = store_book(store_id) if store_id else _text(entry, "PersistentID")
        if identifier:
            books[identifier] = HeldBook(state=_text(entry, "State") or "Unknown", version=_text(entry, "Version"))
    return ManagedMediaListAnswer(books=books)


def _settings(answer: Mapping[str, Any]) -> SettingsAnswer:
    # Apple's schema has no Item in this answer, although devices send one.
    said = answer.get("Settings")
    entries = [said] if isinstance(said, dict) else _entries(answer, "Settings")
    items: dict[str, str | None] = {}
    for place, entry in enumerate(entries, 1):
        chain = _entries(entry, "ErrorChain")
        words = _text(chain[0], "LocalizedDescription") or _text(chain[0], "USEnglishDescription") if chain else None
        refused = bool(chain) or _text(entry, "Status") not in (None, "Acknowledged")
        items[_text(entry, "Item") or str(place)] = (words or "refused") if refused else None
    return SettingsAnswer(items=items)


def _device_lock(answer: Mapping[str, Any]) -> DeviceLockAnswer:
    return DeviceLockAnswer(message_result=_text(answer, "MessageResult"))


def _available_updates(answer: Mapping[str, Any]) -> AvailableOSUpdatesAnswer:
    return AvailableOSUpdatesAnswer(
        updates=tuple(
            AvailableUpdate(
                product_key=key, version=_text(entry, "Version") or "", critical=_flag(entry, "IsCritical") or False
            )
            for entry in _entries(answer, "AvailableOSUpdates")
            if (key := _text(entry, "ProductKey"))
        )
    )


def _device_location(answer: Mapping[str, Any]) -> DeviceLocationAnswer | None:
    latitude, longitude = _number(answer, "Latitude"), _number(answer, "Longitude")
    accuracy = _number(answer, "HorizontalAccuracy")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return DeviceLocationAnswer(
        latitude=latitude,
        longitude=longitude,
        accuracy=accuracy if accuracy is not None and accuracy >= 0 else None,
        located_at=_text(answer, "Timestamp"),
    )


_READERS: dict[str, Callable[[Mapping[str, Any]], Answer | None]] = {
    "DeviceInformation": _device_information,
    "SecurityInfo": _security_info,
    "ProfileList": _profile_list,
    "ManagedApplicationList": _managed_applications,
    "InstalledApplicationList": _installed_applications,
    "InstallApplication": _install_application,
    "InstallMedia": _install_media,
    "ManagedMediaList": _managed_media,
    "Settings": _settings,
    "DeviceLock": _device_lock,
    "AvailableOSUpdates": _available_updates,
    "DeviceLocation": _device_location,
}

READ = frozenset(_READERS)
"""The commands whose answers say something; the others' only status counts."""


def _text(said: Mapping[str, Any], name: str) -> str | None:
    value = said.get(name)
    return value[:500].replace("\0", "") if isinstance(value, str) else None


def _flag(said: Mapping[str, Any], name: str) -> bool | None:
    value = said.get(name)
    return value if isinstance(value, bool) else None


def _number(said: Mapping[str, Any], name: str) -> float | None:
    value = said.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        return None
    return float(value) if abs(value) < 1e15 else None


def _whole(said: Mapping[str, Any], name: str) -> int | None:
    value = said.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None


def _bytes(said: Mapping[str, Any], name: str) -> int | None:
    """Apple's schema: sizes are gigabytes of 10⁹ bytes on iOS, with a fraction."""
    value = _number(said, name)
    return round(value * _GIGABYTE) if value is not None and 0 <= value < 2**22 else None


def _dictionary(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = said.get(name)
    return value if isinstance(value, dict) else {}


def _entries(said: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = said.get(name)
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
