"""Commands that bring and remove profiles, apps, settings and declarations."""

from typing import Any, ClassVar

from mdm.apple.commands.base import ArgumentInvalid, Command

_FLAGS = 1 | 4
"""Remove the app with the enrollment, and keep its data out of backups."""


class InstallProfile(Command, frozen=True, kw_only=True):
    """Install a configuration profile, or replace the one with its identifier."""

    request_type: ClassVar[str] = "InstallProfile"
    profile: bytes

    def payload(self) -> dict[str, Any]:
        """Return the profile's bytes."""
        return {"Payload": self.profile}


class RemoveProfile(Command, frozen=True, kw_only=True):
    """Remove a profile by its identifier."""

    request_type: ClassVar[str] = "RemoveProfile"
    identifier: str

    def payload(self) -> dict[str, Any]:
        """Return the identifier."""
        return {"Identifier": self.identifier}


class InstallApplication(Command, frozen=True, kw_only=True):
    """Install an app from the App Store or from a manifest, and manage it; it leaves with the enrollment.

    Raises `ArgumentInvalid` for a manifest that is not fetched by https, which devices refuse.
    """

    request_type: ClassVar[str] = "InstallApplication"
    introduced: ClassVar[str] = "5.0"
    bundle_id: str
    store_id: int | None = None
    manifest_url: str | None = None
    removable: bool = False
    configuration: dict[str, str | int | bool] | None = None

    def __post_init__(self) -> None:
        if self.manifest_url is not None and not self.manifest_url.startswith("https://"):
            raise ArgumentInvalid(command=self.request_type, argument="manifest_url")

    def payload(self) -> dict[str, Any]:
        """Return where the app comes from and how it is managed."""
        keys: dict[str, Any] = {
            "ManagementFlags": _FLAGS,
            "ChangeManagementState": "Managed",
        }
        if self.manifest_url is not None:
            keys["ManifestURL"] = self.manifest_url
        elif self.store_id is not None:
            keys |= {"iTunesStoreID": self.store_id, "Options": {"PurchaseMethod": 1}}
        else:
            keys |= {"Identifier": self.bundle_id, "Options": {"PurchaseMethod": 1}}
        if self.configuration is not None:
            keys["Configuration"] = dict(self.configuration)
        if not self.removable:
            keys["Attributes"] = {"Removable": False}
        return keys


class RemoveApplication(Command, frozen=True, kw_only=True):
    """Remove a managed app."""

    request_type: ClassVar[str] = "RemoveApplication"
    introduced: ClassVar[str] = "5.0"
    bundle_id: str

    def payload(self) -> dict[str, Any]:
        """Return the bundle identifier."""
        return {"Identifier": self.bundle_id}


class SetDeviceName(Command, frozen=True, kw_only=True):
    """Name the device."""

    request_type: ClassVar[str] = "Settings"
    introduced: ClassVar[str] = "8.0"
    needs_supervision: ClassVar[bool] = True
    name: str

    def payload(self) -> dict[str, Any]:
        """Return the setting."""
        return {"Settings": [{"Item": "DeviceName", "DeviceName": self.name}]}


class SetTimeZone(Command, frozen=True, kw_only=True):
    """Set the time zone, by its name in the IANA database."""

    request_type: ClassVar[str] = "Settings"
    introduced: ClassVar[str] = "14.0"
    needs_supervision: ClassVar[bool] = True
    time_zone: str

    def payload(self) -> dict[str, Any]:
        """Return the setting."""
        return {"Settings": [{"Item": "TimeZone", "TimeZone": self.time_zone}]}


class SetWallpaper(Command, frozen=True, kw_only=True):
    """Set the picture of both screens; raises `ArgumentInvalid` for what is neither PNG nor JPEG."""

    request_type: ClassVar[str] = "Settings"
    introduced: ClassVar[str] = "8.0"
    needs_supervision: ClassVar[bool] = True
    picture: bytes

    def __post_init__(self) -> None:
        if not self.picture.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
            raise ArgumentInvalid(command=self.request_type, argument="picture")

    def payload(self) -> dict[str, Any]:
        """Return the setting; 3 is the lock screen and the home screen."""
        return {"Settings": [{"Item": "Wallpaper", "Image": self.picture, "Where": 3}]}


class DeclarativeManagement(Command, frozen=True, kw_only=True):
    """Tell the device that its declarations changed; ``tokens`` is the SyncTokens JSON."""

    request_type: ClassVar[str] = "DeclarativeManagement"
    introduced: ClassVar[str] = "15.0"
    tokens: bytes

    def payload(self) -> dict[str, Any]:
        """Return the tokens."""
        return {"Data": self.tokens}


class DeviceConfigured(Command, frozen=True, kw_only=True):
    """Let the device leave its setup assistant."""

    request_type: ClassVar[str] = "DeviceConfigured"
    introduced: ClassVar[str] = "9.0"
    needs_supervision: ClassVar[bool] = True
    needs_setup_assistant: ClassVar[bool] = True
