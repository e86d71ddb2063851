"""What a technician may do to many tablets at once: a fixed list; what tablets hold is the edition's, not theirs."""

from collections.abc import Mapping
from typing import ClassVar

import msgspec

from mdm.android.flags import FACTORY_RESET, REBOOT
from mdm.android.messages import CONFIG_UPDATED
from mdm.android.orders import LOCK, UNLOCK
from mdm.fleet.states import TabletEvent
from mdm.fleet_view.errors import ViewError
from mdm.i18n import N_

MESSAGE, KIT = "message", "kit"
_MESSAGE_LIMIT = 200


class BulkAction(msgspec.Struct, frozen=True, kw_only=True):
    """One action. ``apple`` and ``android``: the command for a platform, empty where it has none.

    ``event``: what happens to the tablet instead. ``final``: it cannot be undone, so that its number is to be typed.
    ``takes``: the argument that it may have, ``needs``: the one that it must have.
    """

    name: str
    about: str
    apple: str = ""
    android: str = ""
    event: TabletEvent | None = None
    final: bool = False
    takes: str = ""
    needs: str = ""

    @property
    def is_command(self) -> bool:
        """Tell whether tablets are sent something."""
        return bool(self.apple or self.android)


ACTIONS: Mapping[str, BulkAction] = {
    action.name: action
    for action in (
        BulkAction(
            name="refresh",
            about=N_("Ask them how they are now"),
            apple="DeviceInformation",
            android=CONFIG_UPDATED,
        ),
        BulkAction(name="restart", about=N_("Restart them"), apple="RestartDevice", android=REBOOT),
        BulkAction(name="shut_down", about=N_("Switch them off"), apple="ShutDownDevice"),
        BulkAction(name="lock", about=N_("Lock their screens"), apple="DeviceLock", android=LOCK, takes=MESSAGE),
        BulkAction(name="unlock", about=N_("Unlock the screens of Android tablets"), android=UNLOCK),
        BulkAction(name="move", about=N_("Move them to free places of another kit"), needs=KIT),
        BulkAction(name="spare", about=N_("Take them out of their kits, as spares")),
        BulkAction(name="broken", about=N_("Declare them broken"), event=TabletEvent.BREAK),
        BulkAction(
            name="erase",
            about=N_("Erase them: all that is on them is lost"),
            apple="EraseDevice",
            android=FACTORY_RESET,
            final=True,
        ),
        BulkAction(name="retire", about=N_("Retire them for good"), event=TabletEvent.RETIRE, final=True),
    )
}


class ActionUnknown(ViewError):
    """There is no such action."""

    code: ClassVar[str] = "bulk_action_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = N_("There is no action “{name}” for many tablets.")
    hint: ClassVar[str] = N_("Choose one of the actions on the page.")


class ActionArgumentWrong(ViewError):
    """An action's argument is missing or cannot be."""

    code: ClassVar[str] = "bulk_argument_wrong"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("This action cannot be prepared: something that it needs is missing or too long.")
    hint: ClassVar[str] = N_(
        "Choose the kit to move to; a message for the lock screen has at most {limit} characters in one line."
    )


class NothingChosen(ViewError):
    """No tablet was chosen."""

    code: ClassVar[str] = "bulk_nothing_chosen"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("No tablet was chosen.")
    hint: ClassVar[str] = N_("Choose at least one tablet, or a filter that some pass.")


class TooManyChosen(ViewError):
    """More tablets were chosen than are done at once."""

    code: ClassVar[str] = "bulk_too_many"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("{count} tablets are too many for one action; {limit} are done at once.")
    hint: ClassVar[str] = N_("Choose fewer, a commune after the other for instance.")


class CountNotTyped(ViewError):
    """Who does what cannot be undone types for how many tablets."""

    code: ClassVar[str] = "bulk_count_not_typed"
    status: ClassVar[int] = 422
    message: ClassVar[str] = N_("This cannot be undone, and the number that you typed is not the number of tablets.")
    hint: ClassVar[str] = N_("Type {count} if you are sure.")


class PlatformCannot(ViewError):
    """Tablets of this kind know no such command."""

    code: ClassVar[str] = "bulk_platform_cannot"
    message: ClassVar[str] = N_("Tablets of this kind cannot do that.")


class NotManaged(ViewError):
    """It is not managed."""

    code: ClassVar[str] = "bulk_not_managed"
    message: ClassVar[str] = N_("It is not managed by this server: it has to be enrolled first.")


class StateForbids(ViewError):
    """Its state does not allow it."""

    code: ClassVar[str] = "bulk_state_forbids"
    message: ClassVar[str] = N_("It is “{state}”, which does not allow this.")


class OtherPlatform(ViewError):
    """The kit is for another kind of tablet."""

    code: ClassVar[str] = "bulk_other_platform"
    message: ClassVar[str] = N_("The kit is for the other kind of tablet.")


class NoPlaceLeft(ViewError):
    """The kit is full."""

    code: ClassVar[str] = "bulk_no_place"
    message: ClassVar[str] = N_("The kit has no free place left for it.")


class ThereAlready(ViewError):
    """It is where it should go."""

    code: ClassVar[str] = "bulk_there_already"
    message: ClassVar[str] = N_("It is there already.")


class TabletGone(ViewError):
    """It is not known any more."""

    code: ClassVar[str] = "bulk_tablet_gone"
    message: ClassVar[str] = N_("It is not known any more.")


def find_action(name: str) -> BulkAction:
    """Return an action; raise `ActionUnknown`."""
    action = ACTIONS.get(name)
    if action is None:
        raise ActionUnknown(name=name[:40])
    return action


def clean_argument(action: BulkAction, argument: str) -> str:
    """Return an action's argument, a kit's identifier or a message; raise `ActionArgumentWrong`."""
    text = " ".join(argument.split())
    wrong = ActionArgumentWrong(limit=_MESSAGE_LIMIT)
    if bool(action.needs) > bool(text) or (text and not (action.needs or action.takes)):
        raise wrong
    if len(text) > _MESSAGE_LIMIT or not text.isprintable():
        raise wrong
    return text
