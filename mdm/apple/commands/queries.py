"""Commands that ask and change nothing."""

from typing import Any, ClassVar

from mdm.apple.commands.base import Command

DEVICE_QUERIES = (
    "AvailableDeviceCapacity",
    "BatteryLevel",
    "BuildVersion",
    "DeviceCapacity",
    "DeviceName",
    "IsMDMLostModeEnabled",
    "IsSupervised",
    "ModelName",
    "OSVersion",
    "ProductName",
    "SerialNumber",
    "TimeZone",
)
"""What is asked of a tablet: its state, and nothing that says who uses it, with whom, or where."""


class DeviceInformation(Command, frozen=True, kw_only=True):
    """Ask what the device is."""

    request_type: ClassVar[str] = "DeviceInformation"
    queries: tuple[str, ...] = DEVICE_QUERIES

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
        """Return the limits of the list."""
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
