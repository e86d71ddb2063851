"""A search as it is stored, and its states; pure.

============= =================================================================================================
``declared``  the tablet is lost and locked; nobody may ask where it is
``searching`` a guardian of the child, or two different persons of the school or the authority, asked for it
``stopped``   it is lost and locked still; it is asked no more, and its position is erased
``ended``     it is not lost any more
============= =================================================================================================
"""

from enum import StrEnum

import msgspec

from mdm.i18n import N_

LONGEST_MS = 14 * 24 * 3_600_000
"""How long a tablet is asked where it is, before somebody has to ask for it anew."""
EVERY_MS = 15 * 60_000
"""How long after one question the next one is asked."""
DEMAND_MS = 3 * 60_000
"""How long a person waits before asking again."""
RING_MS = 60_000


class SearchState(StrEnum):
    """How far a search is."""

    DECLARED = "declared"
    SEARCHING = "searching"
    STOPPED = "stopped"
    ENDED = "ended"


class Screen(StrEnum):
    """What is known of a lost tablet's screen."""

    FREE = "free"
    LOCKING = "locking"
    LOCKED = "locked"
    REFUSED = "refused"
    TO_UNLOCK = "to_unlock"
    UNLOCKING = "unlocking"


class Standing(StrEnum):
    """What somebody is who declares, confirms or looks; empty where that is not known."""

    NOBODY = ""
    GUARDIAN = "guardian"
    HEAD = "head"
    MANAGER = "manager"
    TECHNICIAN = "technician"


STANDING_NAMES: dict[Standing, str] = {
    Standing.NOBODY: N_("the school or its technicians"),
    Standing.GUARDIAN: N_("a guardian of the child"),
    Standing.HEAD: N_("the head of the school"),
    Standing.MANAGER: N_("the authority"),
    Standing.TECHNICIAN: N_("a technician"),
}


class Means(StrEnum):
    """What can be done to a lost tablet from afar.

    ``lost_mode``: Apple's lost mode, on supervised iPads; ``lock``: the screen is locked once, on other iPads;
    ``agent``: the open Android agent covers the screen by its configuration and tells no place; ``nothing``: it is not
    managed any more.
    """

    LOST_MODE = "lost_mode"
    LOCK = "lock"
    AGENT = "agent"
    NOTHING = "nothing"


class Stopped(StrEnum):
    """Why a tablet is asked no more."""

    NOTHING = ""
    EXPIRED = "expired"
    GIVEN_UP = "given_up"


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Where a tablet was, in degrees; ``accuracy`` in metres, None where it is not known; ``at`` in milliseconds."""

    latitude: float
    longitude: float
    accuracy: float | None
    at: int

    def __repr__(self) -> str:
        # A position stays out of logs.
        return "<Position>"


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """A search; times in milliseconds. ``guardian``, ``first_by`` and ``second_by`` are actors of the journal."""

    search_id: str
    tablet_id: str
    loan_id: str | None
    state: SearchState
    declared_at: int
    declared_as: Standing
    guardian: str | None
    first_by: str | None
    first_as: Standing
    second_by: str | None
    second_as: Standing
    searching_since: int | None
    searching_until: int | None
    stopped_why: Stopped
    screen: Screen
    screen_words: str
    screen_number: str
    screen_command: str | None
    screen_problem: str | None
    place_command: str | None
    place_asked_at: int | None
    place_problem: str | None
    rang_at: int | None
    sealed_position: bytes | None
    due_at: int | None
    ended_at: int | None
    ended_why: str

    @property
    def is_open(self) -> bool:
        """Tell whether the tablet is lost."""
        return self.state is not SearchState.ENDED

    def asks(self, now: int) -> bool:
        """Tell whether the tablet may be asked where it is, and what it answers be kept."""
        return self.state is SearchState.SEARCHING and self.searching_until is not None and now < self.searching_until

    def seen_by(self, actor: str) -> bool:
        """Tell whether somebody of the school or the authority may look at the position: one of the two."""
        return self.second_by is not None and actor in (self.first_by, self.second_by)


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of the school or the authority looked at the position; when, in milliseconds."""

    at: int
    standing: Standing
    by: str


class SearchView(msgspec.Struct, frozen=True, kw_only=True):
    """A search as a page shows it. ``position`` is None where there is none, or for who may not see it.

    ``problem``: what went wrong with the last question, as the tablet told it (JSON). ``heard_at``: when it was heard
    last.
    """

    search: Search
    means: Means
    looks: tuple[Look, ...]
    position: Position | None = None
    heard_at: int | None = None

    @property
    def tells_place(self) -> bool:
        """Tell whether a tablet of this kind can say where it is."""
        return self.means is Means.LOST_MODE
