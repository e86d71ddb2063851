"""Commands that ask and change nothing."""

from typing import Any, ClassVar

from mdm.apple.commands.base import ArgumentInvalid, Command, version_key

DEVICE_QUERIES: dict[str, str] = {
    "AvailableDeviceCapacity": "4.0",
    "BatteryLevel": "5.0",
    "BuildVersion": "4.0",
    "DeviceCapacity": "4.0",
    "DeviceName": "4.0",
    "IsMDMLostModeEnabled": "9.3",
    "IsSupervised": "6.0",
    "ModelName": "4.0",
    "OSVersion": "4.0",
    "ProductName": "4.0",
    "SerialNumber": "4.0",
    "TimeZone": "14.0",
}
"""What may be asked of a tablet, with the iOS version that brought it: its own state, and nothing that says who uses
it, with whom, or where. A device leaves out of its answer what it does not know."""


class DeviceInformation(Command, frozen=True, kw_only=True):
    """Ask what the device is; raises `ArgumentInvalid` for a query that this server never makes."""

    request_type: ClassVar[str] = "DeviceInformation"
    queries: tuple[str, ...] = tuple(DEVICE_QUERIES)

    def __post_init__(self) -> None:
        for query in self.queries:
            if query not in DEVICE_QUERIES:
                raise ArgumentInvalid(command=self.request_type, argument=query)

    @classmethod
    def for_system(cls, os_version: str) -> "DeviceInformation":
        """Ask only what a device of this version knows."""
        found = version_key(os_version)
        return cls(queries=tuple(name for name, since in DEVICE_QUERIES.items() if version_key(since) <= found))

    def payload(self) -> dict[str, Any]:
        """Return the queries."""
        return {"Queries": list(self.queries)}


class SecurityInfo(Command, frozen=True, kw_only=True):
    """Ask how the device is protected."""

    request_type: ClassVar[str] = "SecurityInfo"


class ProfileList(Command, frozen=True, kw_only=True):
    """Ask which profiles are installed."""

    request_type: ClassVar[str] = "ProfileList"


class InstalledApplicationList(Command, frozen=True, kw_only=True):
    """Ask which apps are installed; only managed ones unless said otherwise, for a family's own apps are theirs."""

    request_type: ClassVar[str] = "InstalledApplicationList"
    introduced: ClassVar[str] = "7.0"
    managed_only: bool = True

    def payload(self) -> dict[str, Any]:
        """Return the limits of the list; devices before iOS 14 answer with more keys than are asked for."""
        return {"ManagedAppsOnly": self.managed_only, "Items": ["Identifier", "Name", "ShortVersion", "BundleSize"]}


class ManagedApplicationList(Command, frozen=True, kw_only=True):
    """Ask how far the managed apps are."""

    request_type: ClassVar[str] = "ManagedApplicationList"
    introduced: ClassVar[str] = "5.0"


class AvailableOSUpdates(Command, frozen=True, kw_only=True):
    """Ask which system updates the device could take."""

    request_type: ClassVar[str] = "AvailableOSUpdates"
    introduced: ClassVar[str] = "9.0"
    needs_supervision: ClassVar[bool] = True
