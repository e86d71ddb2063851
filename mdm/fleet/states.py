"""A tablet's states and what may lead from one to another; pure.

============ ======================================================================================
``new``      known, but not managed: never enrolled, or its management was removed
``enrolled`` managed, not yet (or no longer) all that it should be
``ready``    managed, and everything it should have is there
``loaned``   in a family's hands
``lost``     nobody knows where it is
``broken``   it cannot be used until it is repaired
``retired``  gone for good: recycled, sold or given back to its owner
============ ======================================================================================
"""

from collections.abc import Callable
from enum import StrEnum
from typing import ClassVar

import msgspec

from mdm.fleet.errors import FleetError
from mdm.i18n import N_, Translator


class TabletState(StrEnum):
    """Where a tablet is in its life."""

    NEW = "new"
    ENROLLED = "enrolled"
    READY = "ready"
    LOANED = "loaned"
    LOST = "lost"
    BROKEN = "broken"
    RETIRED = "retired"


class TabletEvent(StrEnum):
    """What happens to a tablet. The first four come from the tablet itself, the others from a person."""

    ENROL = "enrol"
    UNENROL = "unenrol"
    CONVERGE = "converge"
    DIVERGE = "diverge"
    LEND = "lend"
    GIVE_BACK = "give_back"
    LOSE = "lose"
    FIND = "find"
    FIND_WIPED = "find_wiped"
    FIND_AT_HOME = "find_at_home"
    BREAK = "break"
    REPAIR = "repair"
    REPAIR_WIPED = "repair_wiped"
    RETIRE = "retire"


BY_TABLET = frozenset({TabletEvent.ENROL, TabletEvent.UNENROL, TabletEvent.CONVERGE, TabletEvent.DIVERGE})
"""The events that no person asks for."""


class Transition(msgspec.Struct, frozen=True):
    """Where an event leads, and why that is right (an English gettext text)."""

    to: TabletState
    reason: str


_S = TabletState
_E = TabletEvent

_NOT_YET = N_("It is not managed, whatever it still says.")
_STAYS_LOANED = N_("It stays in the family's hands, whatever its settings are.")
_STAYS_LOST = N_("It is still lost, whatever its settings are.")
_STAYS_BROKEN = N_("It still waits for its repair, whatever its settings are.")
_STAYS_RETIRED = N_("A retired tablet stays retired, whatever it still says.")
_LOST = N_("Nobody knows where it is.")
_BROKEN = N_("It cannot be used until it is repaired.")
_RETIRED = N_("It has left the fleet for good.")
_JOINED = N_("It installed its kit's profile and checked in.")
_LEFT = N_("Its management was removed: it has to be enrolled again.")

TRANSITIONS: dict[tuple[TabletState, TabletEvent], Transition] = {
    (_S.NEW, _E.ENROL): Transition(_S.ENROLLED, _JOINED),
    (_S.NEW, _E.UNENROL): Transition(_S.NEW, _LEFT),
    (_S.NEW, _E.CONVERGE): Transition(_S.NEW, _NOT_YET),
    (_S.NEW, _E.DIVERGE): Transition(_S.NEW, _NOT_YET),
    (_S.NEW, _E.LOSE): Transition(_S.LOST, _LOST),
    (_S.NEW, _E.BREAK): Transition(_S.BROKEN, _BROKEN),
    (_S.NEW, _E.RETIRE): Transition(_S.RETIRED, _RETIRED),
    (_S.ENROLLED, _E.ENROL): Transition(_S.ENROLLED, _JOINED),
    (_S.ENROLLED, _E.UNENROL): Transition(_S.NEW, _LEFT),
    (_S.ENROLLED, _E.CONVERGE): Transition(_S.READY, N_("Everything it should have is there.")),
    (_S.ENROLLED, _E.DIVERGE): Transition(_S.ENROLLED, N_("Something it should have is still missing.")),
    (_S.ENROLLED, _E.LOSE): Transition(_S.LOST, _LOST),
    (_S.ENROLLED, _E.BREAK): Transition(_S.BROKEN, _BROKEN),
    (_S.ENROLLED, _E.RETIRE): Transition(_S.RETIRED, _RETIRED),
    (_S.READY, _E.ENROL): Transition(_S.ENROLLED, _JOINED),
    (_S.READY, _E.UNENROL): Transition(_S.NEW, _LEFT),
    (_S.READY, _E.CONVERGE): Transition(_S.READY, N_("Everything it should have is there.")),
    (_S.READY, _E.DIVERGE): Transition(_S.ENROLLED, N_("Something it should have is missing.")),
    (_S.READY, _E.LEND): Transition(_S.LOANED, N_("A family took it home.")),
    (_S.READY, _E.LOSE): Transition(_S.LOST, _LOST),
    (_S.READY, _E.BREAK): Transition(_S.BROKEN, _BROKEN),
    (_S.READY, _E.RETIRE): Transition(_S.RETIRED, _RETIRED),
    # Who holds a tablet does not change because it was wiped or its profile was removed at home.
    (_S.LOANED, _E.ENROL): Transition(_S.LOANED, _STAYS_LOANED),
    (_S.LOANED, _E.UNENROL): Transition(_S.LOANED, _STAYS_LOANED),
    (_S.LOANED, _E.CONVERGE): Transition(_S.LOANED, _STAYS_LOANED),
    (_S.LOANED, _E.DIVERGE): Transition(_S.LOANED, _STAYS_LOANED),
    (_S.LOANED, _E.GIVE_BACK): Transition(_S.READY, N_("The family brought it back.")),
    (_S.LOANED, _E.LOSE): Transition(_S.LOST, _LOST),
    (_S.LOANED, _E.BREAK): Transition(_S.BROKEN, _BROKEN),
    # It takes the kit's ticket to enrol again, so whoever does that has found it.
    (_S.LOST, _E.ENROL): Transition(_S.ENROLLED, N_("It was found and enrolled again.")),
    (_S.LOST, _E.UNENROL): Transition(_S.LOST, _STAYS_LOST),
    (_S.LOST, _E.CONVERGE): Transition(_S.LOST, _STAYS_LOST),
    (_S.LOST, _E.DIVERGE): Transition(_S.LOST, _STAYS_LOST),
    (_S.LOST, _E.FIND): Transition(_S.ENROLLED, N_("It was found, and is still managed.")),
    (_S.LOST, _E.FIND_WIPED): Transition(_S.NEW, N_("It was found, wiped: it has to be enrolled again.")),
    (_S.LOST, _E.FIND_AT_HOME): Transition(_S.LOANED, N_("The family that has it on loan found it.")),
    (_S.LOST, _E.BREAK): Transition(_S.BROKEN, N_("It was found, broken.")),
    (_S.LOST, _E.RETIRE): Transition(_S.RETIRED, N_("It was given up.")),
    (_S.BROKEN, _E.ENROL): Transition(_S.ENROLLED, N_("It was repaired and enrolled again.")),
    (_S.BROKEN, _E.UNENROL): Transition(_S.BROKEN, _STAYS_BROKEN),
    (_S.BROKEN, _E.CONVERGE): Transition(_S.BROKEN, _STAYS_BROKEN),
    (_S.BROKEN, _E.DIVERGE): Transition(_S.BROKEN, _STAYS_BROKEN),
    (_S.BROKEN, _E.REPAIR): Transition(_S.ENROLLED, N_("It came back from repair with its settings.")),
    (_S.BROKEN, _E.REPAIR_WIPED): Transition(
        _S.NEW, N_("It came back from repair without its settings: it has to be enrolled again.")
    ),
    (_S.BROKEN, _E.LOSE): Transition(_S.LOST, _LOST),
    (_S.BROKEN, _E.RETIRE): Transition(_S.RETIRED, _RETIRED),
    (_S.RETIRED, _E.UNENROL): Transition(_S.RETIRED, _STAYS_RETIRED),
    (_S.RETIRED, _E.CONVERGE): Transition(_S.RETIRED, _STAYS_RETIRED),
    (_S.RETIRED, _E.DIVERGE): Transition(_S.RETIRED, _STAYS_RETIRED),
}
"""All that may happen; what is not here is refused. What a tablet itself tells (`BY_TABLET`), but for enrolling, is
never refused: a late answer must not be lost."""

STATE_NAMES: dict[TabletState, str] = {
    _S.NEW: N_("new"),
    _S.ENROLLED: N_("enrolled"),
    _S.READY: N_("ready"),
    _S.LOANED: N_("loaned"),
    _S.LOST: N_("lost"),
    _S.BROKEN: N_("broken"),
    _S.RETIRED: N_("retired"),
}

EVENT_NAMES: dict[TabletEvent, str] = {
    _E.ENROL: N_("enrol it"),
    _E.UNENROL: N_("remove its management"),
    _E.CONVERGE: N_("find it complete"),
    _E.DIVERGE: N_("find it incomplete"),
    _E.LEND: N_("lend it"),
    _E.GIVE_BACK: N_("take it back"),
    _E.LOSE: N_("declare it lost"),
    _E.FIND: N_("declare it found, still managed"),
    _E.FIND_WIPED: N_("declare it found, wiped"),
    _E.FIND_AT_HOME: N_("declare it found by the family that has it on loan"),
    _E.BREAK: N_("declare it broken"),
    _E.REPAIR: N_("take it back from repair, with its settings"),
    _E.REPAIR_WIPED: N_("take it back from repair, wiped"),
    _E.RETIRE: N_("retire it"),
}

_GOAL: dict[TabletEvent, TabletState] = {
    _E.ENROL: _S.ENROLLED,
    _E.UNENROL: _S.NEW,
    _E.CONVERGE: _S.READY,
    _E.DIVERGE: _S.ENROLLED,
    _E.LEND: _S.LOANED,
    _E.GIVE_BACK: _S.READY,
    _E.LOSE: _S.LOST,
    _E.FIND: _S.ENROLLED,
    _E.FIND_WIPED: _S.NEW,
    _E.FIND_AT_HOME: _S.LOANED,
    _E.BREAK: _S.BROKEN,
    _E.REPAIR: _S.ENROLLED,
    _E.REPAIR_WIPED: _S.NEW,
    _E.RETIRE: _S.RETIRED,
}


class TransitionRefused(FleetError):
    """The tablet's state does not allow the event."""

    code: ClassVar[str] = "transition_refused"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_(
        "A tablet that is “{state}” cannot become “{wanted}”, so it is not possible to {event}."
    )
    hint: ClassVar[str] = N_("Possible now: {possible}.")
    nothing: ClassVar[str] = N_("Nothing more can be done with it.")

    def __init__(self, state: TabletState, event: TabletEvent) -> None:
        self.state = state
        self.event = event
        self.wanted = _GOAL[event]
        self.possible = possible_events(state)
        super().__init__(
            state=state, wanted=self.wanted, event=event, possible=", ".join(event.value for event in self.possible)
        )

    def text(self, translate: Translator | Callable[..., str]) -> str:
        """Return what was refused, with the states and the event in words."""
        return translate(
            self.message,
            state=translate(STATE_NAMES[self.state]),
            wanted=translate(STATE_NAMES[self.wanted]),
            event=translate(EVENT_NAMES[self.event]),
        )

    def advice(self, translate: Translator | Callable[..., str]) -> str:
        """Return what would be possible, in words."""
        if not self.possible:
            return translate(self.nothing)
        return translate(self.hint, possible="; ".join(translate(EVENT_NAMES[event]) for event in self.possible))


def move(state: TabletState, event: TabletEvent) -> TabletState:
    """Return the state that ``event`` leads to; raise `TransitionRefused` when it is not allowed."""
    found = TRANSITIONS.get((state, event))
    if found is None:
        raise TransitionRefused(state, event)
    return found.to


def possible_events(state: TabletState) -> tuple[TabletEvent, ...]:
    """Return what a person, or an enrolment, could make happen from ``state``."""
    return tuple(
        event
        for (origin, event) in TRANSITIONS
        if origin is state and (event is TabletEvent.ENROL or event not in BY_TABLET)
    )
