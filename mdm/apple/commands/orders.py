"""Commands that a technician may give alone: lock, clear, erase, restart, and finding a lost tablet."""

from typing import Any, ClassVar

from mdm.apple.commands.base import ArgumentMissing, Command


class DeviceLock(Command, frozen=True, kw_only=True):
    """Lock the screen, with a message to whoever holds the device."""

    request_type: ClassVar[str] = "DeviceLock"
    text: str | None = None
    phone: str | None = None

    def payload(self) -> dict[str, Any]:
        """Return message and phone number, where given."""
        return _given({"Message": self.text, "PhoneNumber": self.phone})


class ClearPasscode(Command, frozen=True, kw_only=True):
    """Remove the passcode, with the unlock token that the device gave."""

    request_type: ClassVar[str] = "ClearPasscode"
    needs_unlock_token: ClassVar[bool] = True
    unlock_token: bytes

    def payload(self) -> dict[str, Any]:
        """Return the token."""
        return {"UnlockToken": self.unlock_token}


class EraseDevice(Command, frozen=True, kw_only=True):
    """Erase everything; the device can be enrolled again."""

    request_type: ClassVar[str] = "EraseDevice"

    def payload(self) -> dict[str, Any]:
        """Return that no other device may set it up, so that it comes back through its code.

        No other option stands beside this one, which iOS before 14 would not take.
        """
        return {"DisallowProximitySetup": True}


class RestartDevice(Command, frozen=True, kw_only=True):
    """Restart."""

    request_type: ClassVar[str] = "RestartDevice"
    introduced: ClassVar[str] = "10.3"
    needs_supervision: ClassVar[bool] = True


class ShutDownDevice(Command, frozen=True, kw_only=True):
    """Switch off."""

    request_type: ClassVar[str] = "ShutDownDevice"
    introduced: ClassVar[str] = "10.3"
    needs_supervision: ClassVar[bool] = True


class EnableLostMode(Command, frozen=True, kw_only=True):
    """Lock a lost device with a message; raises `ArgumentMissing` without any of text and phone."""

    request_type: ClassVar[str] = "EnableLostMode"
    introduced: ClassVar[str] = "9.3"
    needs_supervision: ClassVar[bool] = True
    text: str | None = None
    phone: str | None = None
    footnote: str | None = None

    def __post_init__(self) -> None:
        if not self.text and not self.phone:
            raise ArgumentMissing(command=self.request_type, argument="text")

    def payload(self) -> dict[str, Any]:
        """Return what the lock screen shows."""
        return _given({"Message": self.text, "PhoneNumber": self.phone, "Footnote": self.footnote})


class DisableLostMode(Command, frozen=True, kw_only=True):
    """Unlock a device that was found."""

    request_type: ClassVar[str] = "DisableLostMode"
    introduced: ClassVar[str] = "9.3"
    needs_supervision: ClassVar[bool] = True
    needs_lost_mode: ClassVar[bool] = True


class PlayLostModeSound(Command, frozen=True, kw_only=True):
    """Let a lost device ring."""

    request_type: ClassVar[str] = "PlayLostModeSound"
    introduced: ClassVar[str] = "10.3"
    needs_supervision: ClassVar[bool] = True
    needs_lost_mode: ClassVar[bool] = True


class DeviceLocation(Command, frozen=True, kw_only=True):
    """Ask where a lost device is; no other device is ever asked."""

    request_type: ClassVar[str] = "DeviceLocation"
    introduced: ClassVar[str] = "9.3"
    needs_supervision: ClassVar[bool] = True
    needs_lost_mode: ClassVar[bool] = True


def _given(keys: dict[str, str | None]) -> dict[str, Any]:
    return {name: value for name, value in keys.items() if value}
