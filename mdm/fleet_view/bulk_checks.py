"""Whether an action can be done to a tablet, and if not, why: asked at the dry run and again when it is done."""

from collections.abc import Iterator, Sequence

from mdm.android import enrollment_store as android_store
from mdm.apple import enrollment_store as apple_store
from mdm.apple.commands.base import Command, refusal
from mdm.apple.commands.by_name import command_from_name
from mdm.apple.orders import capabilities_of
from mdm.errors import ValiseError, Words
from mdm.fleet.errors import TabletUnknown
from mdm.fleet.kit import Slot
from mdm.fleet.kit_store import list_slots, require_kit, slot_of_tablet
from mdm.fleet.states import STATE_NAMES, TabletEvent, TransitionRefused, move
from mdm.fleet.tablet import Platform, Tablet
from mdm.fleet.tablet_store import require_tablet
from mdm.fleet_view.bulk_actions import (
    BulkAction,
    NoPlaceLeft,
    NotManaged,
    OtherPlatform,
    PlatformCannot,
    StateForbids,
    TabletGone,
    ThereAlready,
)
from mdm.store import Connection


class Checker:
    """Checks tablets one after the other, inside one transaction; for a move it counts the kit's free places down."""

    def __init__(self, conn: Connection, action: BulkAction, argument: str) -> None:
        self._conn = conn
        self._action = action
        self._argument = argument
        self._command = apple_command(action, argument) if action.apple else None
        self._kit = require_kit(conn, argument) if action.needs else None
        self._free = free_slots(conn, argument) if action.needs else []

    def reason(self, tablet_id: str) -> ValiseError | None:
        """Return why nothing can be done to this tablet, or None when it can."""
        try:
            tablet = require_tablet(self._conn, tablet_id)
        except TabletUnknown:
            return TabletGone()
        return next(self._reasons(tablet), None)

    def next_place(self) -> Slot:
        """Return the place for the tablet that was checked last."""
        return self._free.pop(0)

    def _reasons(self, tablet: Tablet) -> Iterator[ValiseError]:
        action = self._action
        if action.event is not None:
            yield from _forbidden(tablet, action.event)
        elif action.is_command:
            yield from self._command_reasons(tablet)
        elif self._kit is not None:
            yield from self._move_reasons(tablet, self._kit.platform)
        elif slot_of_tablet(self._conn, tablet.tablet_id) is None:
            yield ThereAlready()

    def _command_reasons(self, tablet: Tablet) -> Iterator[ValiseError]:
        name = self._action.apple if tablet.platform is Platform.IPAD else self._action.android
        if not name:
            yield PlatformCannot()
        if tablet.platform is Platform.ANDROID:
            if android_store.of_tablet(self._conn, tablet.tablet_id) is None:
                yield NotManaged()
            return
        enrollment = apple_store.enrollment_of_tablet(self._conn, tablet.tablet_id)
        if enrollment is None or enrollment.state != "enrolled":
            yield NotManaged()
        if self._command is not None:
            refused = refusal(self._command, capabilities_of(self._conn, tablet.tablet_id))
            if refused is not None:
                yield refused

    def _move_reasons(self, tablet: Tablet, platform: Platform) -> Iterator[ValiseError]:
        yield from _forbidden(tablet, TabletEvent.ENROL)
        if tablet.platform is not platform:
            yield OtherPlatform()
        held = slot_of_tablet(self._conn, tablet.tablet_id)
        if held is not None and held.kit_id == self._argument:
            yield ThereAlready()
        if not self._free:
            yield NoPlaceLeft()


def apple_command(action: BulkAction, argument: str) -> Command:
    """Return the command for iPads; raise what `command_from_name` raises."""
    return command_from_name(action.apple, {"text": argument} if argument and action.takes else {})


def free_slots(conn: Connection, kit_id: str) -> list[Slot]:
    """Return a kit's places that have no tablet, by number."""
    return [slot for slot in list_slots(conn, kit_id) if slot.tablet_id is None]


def checked(
    conn: Connection, action: BulkAction, argument: str, tablets: Sequence[str]
) -> list[tuple[str, ValiseError | None]]:
    """Return for each tablet why it cannot be done, or None; changes nothing."""
    checker = Checker(conn, action, argument)
    found: list[tuple[str, ValiseError | None]] = []
    for tablet_id in tablets:
        reason = checker.reason(tablet_id)
        if reason is None and action.needs:
            checker.next_place()
        found.append((tablet_id, reason))
    return found


def _forbidden(tablet: Tablet, event: TabletEvent) -> Iterator[ValiseError]:
    try:
        after = move(tablet.state, event)
    except TransitionRefused:
        yield StateForbids(state=Words(STATE_NAMES[tablet.state]))
        return
    if after is tablet.state and event is not TabletEvent.ENROL:
        yield ThereAlready()
