"""“Where is tablet 7?”: what is known of it, and an order to show itself, which is forgotten after ten minutes."""

from enum import StrEnum

import msgspec

from mdm.apple.plist import MalformedPlist, parse
from mdm.clock import Clock
from mdm.errors import Words
from mdm.fleet.errors import SlotUnknown
from mdm.fleet.kit_store import require_kit
from mdm.home.class_mode import class_mode_store, finding_store, orders
from mdm.home.class_mode.class_mode_store import KitTablet
from mdm.home.class_mode.errors import CannotShow, NoTabletThere, TabletAway
from mdm.home.class_mode.finding_store import ShownRow
from mdm.home.modes import place_store
from mdm.home.modes.loans import Loans, OnLoan
from mdm.i18n import N_
from mdm.ids import new_id
from mdm.journal import Journal
from mdm.store import Connection, Database

SHOWN_FOR_MS = 10 * 60_000

_BY_MQTT = N_("it listens by MQTT, where it is only told to look again.")
_NOT_MANAGED = N_("it is not managed.")


class Shown(StrEnum):
    """What became of the order to show itself."""

    ASKED = "asked"
    DONE = "done"
    DARK = "dark"
    LAPSED = "lapsed"


SHOWN_WORDS: dict[Shown, str] = {
    Shown.ASKED: N_("It will show its name as soon as it answers."),
    Shown.DONE: N_("It shows its name."),
    Shown.DARK: N_("Its screen went dark and shows no name: an iPad shows it only where it has a passcode."),
    Shown.LAPSED: N_("It did not answer within ten minutes."),
}


class Whereabouts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a place's tablet; times in milliseconds.

    ``at_school``: whether its last contact came from the school's network, None where that is not known; ``loan``: to
    whom it is lent; ``faults``: those that are open, by identifier; ``shown``: what became of the last order.
    """

    number: int
    name: str
    tablet_id: str
    state: str
    battery: int | None
    seen_at: int | None
    at_school: bool | None
    loan: OnLoan | None
    faults: tuple[str, ...]
    shown: Shown | None
    asked_at: int | None


class Finding:
    """Finds tablets. ``push`` is how agents listen."""

    def __init__(
        self, database: Database, clock: Clock, journal: Journal, loans: Loans, *, push: str = "polling"
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal
        self._loans = loans
        self._told_at_once = push == "polling"

    async def where(self, kit_id: str, number: int) -> Whereabouts:
        """Return what is known of a place's tablet; raise `KitUnknown`, `SlotUnknown` or `NoTabletThere`."""
        return await self._database.read(lambda conn: self._where(conn, _tablet_at(conn, kit_id, number)))

    async def show(self, kit_id: str, number: int, *, actor: str) -> Whereabouts:
        """Let a place's tablet show its name.

        Raises `KitUnknown`, `SlotUnknown`, `NoTabletThere`, `TabletAway` for one on loan, or `CannotShow`.
        """
        return await self._database.write(lambda conn: self._show(conn, kit_id, number, actor))

    def _show(self, conn: Connection, kit_id: str, number: int, actor: str) -> Whereabouts:
        tablet = _tablet_at(conn, kit_id, number)
        tablet_id = tablet.tablet_id or ""
        if tablet_id in self._loans.on_loan(conn, [tablet_id]):
            raise TabletAway(number=number)
        if tablet.state == "new":
            raise CannotShow(number=number, why=Words(_NOT_MANAGED))
        if tablet.platform == "android" and not self._told_at_once:
            raise CannotShow(number=number, why=Words(_BY_MQTT))
        now, command_id = self._clock.ms(), new_id(self._clock)
        earlier = finding_store.last_shown(conn, tablet_id)
        if earlier is not None:
            class_mode_store.withdraw(conn, earlier.command_id, now=now)
        orders.show(conn, command_id, tablet_id, platform=tablet.platform, name=tablet.name, actor=actor, now=now)
        finding_store.ask(conn, tablet_id, command_id, actor=actor, now=now, until=now + SHOWN_FOR_MS)
        subject = f"tablet:{tablet_id}"
        self._journal.record(conn, "tablet_asked_to_show", actor=actor, subject=subject, detail={"id": command_id})
        return self._where(conn, tablet)

    def _where(self, conn: Connection, tablet: KitTablet) -> Whereabouts:
        tablet_id = tablet.tablet_id or ""
        place = place_store.place_of_tablet(conn, tablet_id)
        asked = finding_store.last_shown(conn, tablet_id)
        return Whereabouts(
            number=tablet.number,
            name=tablet.name,
            tablet_id=tablet_id,
            state=tablet.state or "",
            battery=tablet.battery,
            seen_at=tablet.seen_at,
            at_school=place.at_school if place is not None else None,
            loan=self._loans.on_loan(conn, [tablet_id]).get(tablet_id),
            faults=finding_store.open_faults(conn, tablet_id),
            shown=_shown(asked, tablet.platform) if asked is not None else None,
            asked_at=asked.asked_at if asked is not None else None,
        )


def withdraw_late(conn: Connection, *, now: int) -> None:
    """Withdraw the orders to show itself that no tablet fetched in time."""
    for command_id in finding_store.over(conn, now=now):
        class_mode_store.withdraw(conn, command_id, now=now)


def _tablet_at(conn: Connection, kit_id: str, number: int) -> KitTablet:
    require_kit(conn, kit_id)
    found = next((one for one in class_mode_store.kit_tablets(conn, kit_id) if one.number == number), None)
    if found is None:
        raise SlotUnknown(number=number)
    if found.tablet_id is None:
        raise NoTabletThere(number=number)
    return found


def _shown(asked: ShownRow, platform: str) -> Shown:
    if asked.state in ("cancelled", "error", None):
        return Shown.LAPSED
    if platform == "android":
        # Nothing acknowledges the message: what was handed over is taken as done.
        return Shown.ASKED if asked.state == "queued" else Shown.DONE
    if asked.state != "acknowledged":
        return Shown.ASKED
    return Shown.DONE if _message_result(asked.answer) == "Success" else Shown.DARK


def _message_result(answer: bytes | None) -> str:
    try:
        found = parse(answer or b"")
    except MalformedPlist:
        return ""
    return str(found.get("MessageResult", "")) if isinstance(found, dict) else ""
