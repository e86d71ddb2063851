"""An inventory: its values; pure. Times are milliseconds since the epoch."""

from enum import StrEnum

import msgspec

from mdm.fleet.states import TabletState
from mdm.i18n import N_


class Verdict(StrEnum):
    """What a scan matched."""

    RIGHT = "right"
    ELSEWHERE = "elsewhere"
    SPARE = "spare"
    RETIRED = "retired"
    EMPTY = "empty"
    UNKNOWN = "unknown"


VERDICT_NAMES: dict[Verdict, str] = {
    Verdict.RIGHT: N_("it belongs here"),
    Verdict.ELSEWHERE: N_("it belongs to another kit"),
    Verdict.SPARE: N_("it is in no kit"),
    Verdict.RETIRED: N_("it had left the fleet"),
    Verdict.EMPTY: N_("the label of a place without a tablet"),
    Verdict.UNKNOWN: N_("nothing of that code is known"),
}
MISSING_NAME = N_("not seen")
AWAY_NAMES: dict[TabletState, str] = {
    TabletState.LOANED: N_("not seen: a family has it"),
    TabletState.LOST: N_("not seen: it was lost already"),
    TabletState.BROKEN: N_("not seen: it is broken"),
}
"""States in which a tablet that is not seen is not missed."""


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """A count of a kit, or of all the kits of a school (``kit_id`` None)."""

    inventory_id: str
    uai: str
    kit_id: str | None
    opened_at: int
    opened_by: str
    closed_at: int | None = None

    @property
    def place(self) -> str:
        """What is counted: the kit's identifier, or the school's code."""
        return self.kit_id or self.uai


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """What a code names, as seen from an inventory; None where it names no tablet or place."""

    verdict: Verdict
    tablet_id: str | None = None
    tablet_state: TabletState | None = None
    kit_id: str | None = None
    slot_number: int | None = None


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was scanned, with the names of what it matched. ``again``: it was counted before."""

    code: str
    verdict: Verdict
    at: int
    tablet_id: str | None
    tablet_state: TabletState | None
    serial: str | None
    model: str
    kit_name: str
    slot_number: int | None
    school_name: str
    again: bool = False


class Unseen(msgspec.Struct, frozen=True, kw_only=True):
    """A tablet that belongs there and was not seen; its state is that of the closing. ``lost_at``: declared lost."""

    tablet_id: str
    tablet_state: TabletState
    serial: str | None
    model: str
    kit_id: str
    kit_name: str
    slot_number: int
    lost_at: int | None = None

    @property
    def is_missed(self) -> bool:
        """Tell whether it should have been there: neither lent, nor lost before, nor broken."""
        return self.tablet_state not in AWAY_NAMES


class InventoryView(msgspec.Struct, frozen=True, kw_only=True):
    """An inventory as its page shows it.

    ``counts``: scans by verdict. ``missing``: what should have been there; ``away``: what was not expected to be seen.
    ``others``: the newest scans that are not in the right place. ``found``: tablets that were lost and were seen.
    """

    inventory: Inventory
    school_name: str
    kit_name: str
    counts: dict[Verdict, int]
    missing: tuple[Unseen, ...]
    away: tuple[Unseen, ...]
    others: tuple[Scan, ...]
    found: tuple[Scan, ...]

    @property
    def expected(self) -> int:
        """How many tablets belong there, those that are away left out."""
        return self.counts[Verdict.RIGHT] + len(self.missing)


class InventoryPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a school's inventories, newest first; ``next`` is empty after the last."""

    inventories: tuple[Inventory, ...]
    next: str
