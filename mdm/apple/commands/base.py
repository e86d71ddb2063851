"""What every command has: its type, its keys, and what a tablet must be to obey it."""

import plistlib
from typing import Any, ClassVar

import msgspec

from mdm.errors import ValiseError
from mdm.i18n import N_


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a tablet is, as far as it decides which commands it obeys. ``os_version`` is empty where not known yet."""

    os_version: str
    supervised: bool
    lost_mode: bool = False
    awaiting_configuration: bool = False
    has_unlock_token: bool = True


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A command. ``introduced`` is the iOS version that brought it."""

    request_type: ClassVar[str] = ""
    introduced: ClassVar[str] = "4.0"
    needs_supervision: ClassVar[bool] = False
    needs_lost_mode: ClassVar[bool] = False
    needs_setup_assistant: ClassVar[bool] = False
    needs_unlock_token: ClassVar[bool] = False

    def payload(self) -> dict[str, Any]:
        """Return the keys beside RequestType."""
        return {}

    def __repr__(self) -> str:
        # What a command carries may be a secret (an unlock token) or personal (a message), and reprs reach logs.
        return f"<{type(self).__name__}>"


class CommandRefused(ValiseError):
    """The tablet cannot obey the command, so that it is not queued."""

    code: ClassVar[str] = "command_refused"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The tablet cannot carry out {command}.")


class NeedsSupervision(CommandRefused):
    """Only supervised devices obey it."""

    message: ClassVar[str] = N_("The tablet cannot carry out {command}: it is not supervised.")
    hint: ClassVar[str] = N_("Prepare the tablet with Apple Configurator or Apple School Manager, then enrol it again.")


class NeedsNewerSystem(CommandRefused):
    """Its system is too old."""

    message: ClassVar[str] = N_("The tablet cannot carry out {command}: it has iPadOS {found}, {needed} is needed.")
    hint: ClassVar[str] = N_("Update the tablet first.")


class NeedsLostMode(CommandRefused):
    """Only a device in lost mode obeys it."""

    message: ClassVar[str] = N_("The tablet cannot carry out {command}: it is not in lost mode.")
    hint: ClassVar[str] = N_("A position is asked only of a tablet that was declared lost. Enable lost mode first.")


class NeedsSetupAssistant(CommandRefused):
    """Only a device that waits in its setup assistant obeys it."""

    message: ClassVar[str] = N_("The tablet cannot carry out {command}: it does not wait in its setup assistant.")
    hint: ClassVar[str] = N_("The tablet has finished its setup; nothing is to be done.")


class NeedsUnlockToken(CommandRefused):
    """Its passcode can be removed only with the token that it gave when it enrolled."""

    message: ClassVar[str] = N_("The tablet cannot carry out {command}: it has never given its unlock token.")
    hint: ClassVar[str] = N_("Erase the tablet and enrol it again.")


class ArgumentInvalid(ValiseError):
    """A command was asked for with something that is missing, unknown or wrong."""

    code: ClassVar[str] = "command_argument_invalid"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("{command}: {argument} is not valid.")
    hint: ClassVar[str] = N_("See the arguments of each command with: valise command list")


class ArgumentMissing(ArgumentInvalid):
    """It cannot do without."""

    message: ClassVar[str] = N_("{command} needs {argument}.")


def encode(command: Command, command_uuid: str) -> bytes:
    """Return the property list that a device is sent."""
    return plistlib.dumps(
        {"Command": {"RequestType": command.request_type, **command.payload()}, "CommandUUID": command_uuid}
    )


def refusal(command: Command, tablet: Capabilities) -> CommandRefused | None:
    """Return why the tablet could not obey the command, or None when it can."""
    name = command.request_type
    if tablet.os_version and version_key(tablet.os_version) < version_key(command.introduced):
        return NeedsNewerSystem(command=name, found=tablet.os_version, needed=command.introduced)
    if command.needs_supervision and not tablet.supervised:
        return NeedsSupervision(command=name)
    if command.needs_lost_mode and not tablet.lost_mode:
        return NeedsLostMode(command=name)
    if command.needs_setup_assistant and not tablet.awaiting_configuration:
        return NeedsSetupAssistant(command=name)
    if command.needs_unlock_token and not tablet.has_unlock_token:
        return NeedsUnlockToken(command=name)
    return None


def version_key(version: str) -> tuple[int, ...]:
    """Return a version such as ``17.4.1`` in a form that compares as versions do."""
    parts = []
    for part in version.split("."):
        digits = "".join(character for character in part if character in "0123456789")
        parts.append(int(digits[:9]) if digits else 0)
    return (*parts, 0, 0, 0)[:3]
