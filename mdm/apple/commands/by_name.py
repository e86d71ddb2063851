"""The commands that a person may give by name, with arguments as texts.

Apps, books, profiles, settings and declarations are not among them: those follow from the edition that was agreed.
"""

from collections.abc import Callable, Mapping
from typing import ClassVar

import msgspec

from mdm.apple.commands import orders, queries
from mdm.apple.commands.base import ArgumentInvalid, ArgumentMissing, Command, NeedsUnlockToken
from mdm.apple.commands.content import DeviceConfigured
from mdm.errors import ValiseError
from mdm.i18n import N_

_TEXT_LIMIT = 500


class CommandForm(msgspec.Struct, frozen=True, kw_only=True):
    """One command that a person may give: what it does, and the arguments that it takes with their meaning."""

    about: str
    arguments: Mapping[str, str]
    build: Callable[[Mapping[str, str]], Command]


class CommandUnknown(ValiseError):
    """Nobody can give a command of that name."""

    code: ClassVar[str] = "command_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no command {name}.")
    hint: ClassVar[str] = N_("The commands are: {known}.")


class CommandNotGiven(ValiseError):
    """The server sends it by itself, and only to carry out what was agreed."""

    code: ClassVar[str] = "command_not_given"
    status: ClassVar[int] = 403
    message: ClassVar[str] = N_("{name} is not given by hand: tablets get it from the edition that their kit follows.")
    hint: ClassVar[str] = N_("What kits follow: valise edition follow")


class PlaceNotAsked(CommandNotGiven):
    """No person alone asks a tablet where it is."""

    code: ClassVar[str] = "command_place_not_asked"
    message: ClassVar[str] = N_("{name} is not given by hand: nobody alone asks a tablet where it is.")
    hint: ClassVar[str] = N_("On the page of the lost tablet, two persons ask for its search; or the family does.")


_PLACE = "DeviceLocation"

COMMANDS: dict[str, CommandForm] = {
    "DeviceInformation": CommandForm(
        about=N_("Ask what the tablet is: model, system, battery, storage."),
        arguments={},
        build=lambda _: queries.DeviceInformation(),
    ),
    "SecurityInfo": CommandForm(
        about=N_("Ask how the tablet is protected."), arguments={}, build=lambda _: queries.SecurityInfo()
    ),
    "ProfileList": CommandForm(
        about=N_("Ask which profiles are installed."), arguments={}, build=lambda _: queries.ProfileList()
    ),
    "InstalledApplicationList": CommandForm(
        about=N_("Ask which managed apps are installed."),
        arguments={},
        build=lambda _: queries.InstalledApplicationList(),
    ),
    "ManagedApplicationList": CommandForm(
        about=N_("Ask how far the managed apps are."), arguments={}, build=lambda _: queries.ManagedApplicationList()
    ),
    "AvailableOSUpdates": CommandForm(
        about=N_("Ask which system updates the tablet could take."),
        arguments={},
        build=lambda _: queries.AvailableOSUpdates(),
    ),
    "DeviceLock": CommandForm(
        about=N_("Lock the screen."),
        arguments={"text": N_("a message for the lock screen"), "phone": N_("a phone number for the lock screen")},
        build=lambda given: orders.DeviceLock(text=given.get("text"), phone=given.get("phone")),
    ),
    "EraseDevice": CommandForm(
        about=N_("Erase the tablet. All that it holds is lost."), arguments={}, build=lambda _: orders.EraseDevice()
    ),
    "RestartDevice": CommandForm(about=N_("Restart."), arguments={}, build=lambda _: orders.RestartDevice()),
    "ShutDownDevice": CommandForm(about=N_("Switch off."), arguments={}, build=lambda _: orders.ShutDownDevice()),
    "EnableLostMode": CommandForm(
        about=N_("Lock a lost tablet and let its position be asked."),
        arguments={
            "text": N_("a message for the lock screen"),
            "phone": N_("a phone number for the lock screen"),
            "footnote": N_("a line at the foot of the lock screen"),
        },
        build=lambda given: orders.EnableLostMode(
            text=given.get("text"), phone=given.get("phone"), footnote=given.get("footnote")
        ),
    ),
    "DisableLostMode": CommandForm(about=N_("End lost mode."), arguments={}, build=lambda _: orders.DisableLostMode()),
    "PlayLostModeSound": CommandForm(
        about=N_("Let a lost tablet ring."), arguments={}, build=lambda _: orders.PlayLostModeSound()
    ),
    "DeviceConfigured": CommandForm(
        about=N_("Let the tablet leave its setup assistant."), arguments={}, build=lambda _: DeviceConfigured()
    ),
}
"""By Apple's name. ClearPasscode stands apart: it needs the tablet's own token (see `command_from_name`)."""

CLEAR_PASSCODE = "ClearPasscode"
NAMES = tuple(sorted([*COMMANDS, CLEAR_PASSCODE]))

_NOT_GIVEN = frozenset(
    {
        *("InstallProfile", "RemoveProfile", "InstallApplication", "RemoveApplication", "Settings"),
        *("InstallMedia", "ManagedMediaList", "RemoveMedia", "DeclarativeManagement"),
    }
)


def command_from_name(name: str, arguments: Mapping[str, str], *, unlock_token: bytes | None = None) -> Command:
    """Return the command that a person asked for.

    ``unlock_token`` is the tablet's, needed for ClearPasscode only. Raises `CommandUnknown`, `CommandNotGiven`,
    `PlaceNotAsked`, `ArgumentInvalid` (also for an argument that the command does not take), `ArgumentMissing` or
    `NeedsUnlockToken`. No error repeats an argument's value.
    """
    if name in _NOT_GIVEN:
        raise CommandNotGiven(name=name)
    if name == _PLACE:
        raise PlaceNotAsked(name=name)
    form = COMMANDS.get(name)
    if form is None and name != CLEAR_PASSCODE:
        raise CommandUnknown(name=name[:50], known=", ".join(NAMES))
    _require_known(name, arguments, form.arguments if form is not None else {})
    if form is not None:
        return form.build(arguments)
    if unlock_token is None:
        raise NeedsUnlockToken(command=name)
    return orders.ClearPasscode(unlock_token=unlock_token)


def _require_known(name: str, given: Mapping[str, str], known: Mapping[str, str]) -> None:
    for argument, value in given.items():
        if argument not in known or len(value) > _TEXT_LIMIT or not value.isprintable():
            raise ArgumentInvalid(command=name, argument=argument[:50])
        if not value:
            raise ArgumentMissing(command=name, argument=argument)
