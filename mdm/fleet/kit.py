"""A kit (a valise): a case of numbered places, each for one tablet."""

from enum import StrEnum

import msgspec

from mdm.fleet.errors import SlotCountInvalid
from mdm.fleet.states import TabletState
from mdm.fleet.tablet import Platform
from mdm.fleet.territory import School

SLOT_LIMIT = 60
"""Places in one kit; a classroom's case has 8 to 30."""
JOINING_MS = 15 * 60 * 1000
"""How long a place shows that a tablet is joining after it took the profile."""


class Kit(msgspec.Struct, frozen=True, kw_only=True):
    """A kit; ``name`` is unique in its school. ``edition_id`` is None when it follows its school's edition.

    ``class_id``: the class that has it now, None when none is said to.
    """

    kit_id: str
    uai: str
    name: str
    platform: Platform
    edition_id: str | None
    created_at: int
    class_id: str | None = None


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a kit; ``number`` counts from 1. ``joining_since``: when a tablet took this place's profile."""

    kit_id: str
    number: int
    name: str
    tablet_id: str | None
    joining_since: int | None


class SlotStage(StrEnum):
    """What a place shows on the live page."""

    WAITING = "waiting"
    JOINING = "joining"
    ENROLLED = "enrolled"
    READY = "ready"
    LOANED = "loaned"
    LOST = "lost"
    BROKEN = "broken"
    RETIRED = "retired"


class SlotView(msgspec.Struct, frozen=True, kw_only=True):
    """A place with a summary of its tablet. Sizes in bytes, battery in percent, times in milliseconds.

    ``errors`` counts the commands that ended in an error since the tablet is in its present state.
    """

    number: int
    name: str
    stage: SlotStage
    tablet_id: str | None = None
    serial: str | None = None
    model: str = ""
    os_version: str | None = None
    battery: int | None = None
    capacity: int | None = None
    free_space: int | None = None
    seen_at: int | None = None
    errors: int = 0


class KitView(msgspec.Struct, frozen=True, kw_only=True):
    """A kit with its school and its places in order; what the live page shows."""

    kit: Kit
    school: School
    slots: tuple[SlotView, ...]

    @property
    def ready(self) -> int:
        """How many places have a tablet that is all that it should be, at school or lent."""
        return sum(slot.stage in (SlotStage.READY, SlotStage.LOANED) for slot in self.slots)

    @property
    def is_ready(self) -> bool:
        """Tell whether every place is ready."""
        return self.ready == len(self.slots)


class KitSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the list of kits: ``slots`` places, ``filled`` with a tablet, ``ready`` with one that is ready."""

    kit: Kit
    school_name: str
    slots: int
    filled: int
    ready: int


def check_slot_count(count: int) -> int:
    """Return ``count``; raise `SlotCountInvalid` when a kit cannot have that many places."""
    if not 1 <= count <= SLOT_LIMIT:
        raise SlotCountInvalid(count=count, limit=SLOT_LIMIT)
    return count


def slot_stage(state: TabletState | None, joining_since: int | None, now: int) -> SlotStage:
    """Return what a place shows, from its tablet's state (None without one) and since when one is joining."""
    if state in (TabletState.LOANED, TabletState.LOST):
        return SlotStage(state)
    if joining_since is not None and now - joining_since < JOINING_MS:
        return SlotStage.JOINING
    if state is None or state is TabletState.NEW:
        return SlotStage.WAITING
    return SlotStage(state)
