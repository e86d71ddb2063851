"""A loan's states and what may lead from one to another; pure.

=============== ==========================================================================
``prepared``    a tablet is set aside for a pupil
``accepted``    the guardians have agreed as the charter asks
``handed_over`` the family has the tablet; after the planned day it is overdue
``returned``    the tablet is back
``lost``        the tablet was lost while the family had it
``ended``       it never began, or the tablet was given up
=============== ==========================================================================
"""

from collections.abc import Callable
from enum import StrEnum
from typing import ClassVar

from mdm.home.loans.errors import LoanError
from mdm.i18n import N_, Translator


class LoanState(StrEnum):
    """Where a loan is in its life."""

    PREPARED = "prepared"
    ACCEPTED = "accepted"
    HANDED_OVER = "handed_over"
    RETURNED = "returned"
    LOST = "lost"
    ENDED = "ended"


class LoanEvent(StrEnum):
    """What happens to a loan."""

    ACCEPT = "accept"
    TAKE_BACK_YES = "take_back_yes"
    HAND_OVER = "hand_over"
    EXTEND = "extend"
    RETURN = "return"
    LOSE = "lose"
    FIND = "find"
    END = "end"


_S = LoanState
_E = LoanEvent

TRANSITIONS: dict[tuple[LoanState, LoanEvent], LoanState] = {
    (_S.PREPARED, _E.ACCEPT): _S.ACCEPTED,
    (_S.PREPARED, _E.TAKE_BACK_YES): _S.PREPARED,
    (_S.PREPARED, _E.HAND_OVER): _S.HANDED_OVER,
    (_S.PREPARED, _E.EXTEND): _S.PREPARED,
    (_S.PREPARED, _E.END): _S.ENDED,
    (_S.ACCEPTED, _E.ACCEPT): _S.ACCEPTED,
    (_S.ACCEPTED, _E.TAKE_BACK_YES): _S.PREPARED,
    (_S.ACCEPTED, _E.HAND_OVER): _S.HANDED_OVER,
    (_S.ACCEPTED, _E.EXTEND): _S.ACCEPTED,
    (_S.ACCEPTED, _E.END): _S.ENDED,
    (_S.HANDED_OVER, _E.EXTEND): _S.HANDED_OVER,
    (_S.HANDED_OVER, _E.RETURN): _S.RETURNED,
    (_S.HANDED_OVER, _E.LOSE): _S.LOST,
    (_S.LOST, _E.FIND): _S.HANDED_OVER,
    (_S.LOST, _E.RETURN): _S.RETURNED,
    (_S.LOST, _E.END): _S.ENDED,
}
"""All that may happen; what is not here is refused."""

OPEN = (_S.PREPARED, _S.ACCEPTED, _S.HANDED_OVER, _S.LOST)
"""The states in which a loan holds its tablet and its pupil."""

STATE_NAMES: dict[LoanState, str] = {
    _S.PREPARED: N_("prepared"),
    _S.ACCEPTED: N_("accepted"),
    _S.HANDED_OVER: N_("handed over"),
    _S.RETURNED: N_("given back"),
    _S.LOST: N_("tablet lost"),
    _S.ENDED: N_("ended"),
}

EVENT_NAMES: dict[LoanEvent, str] = {
    _E.ACCEPT: N_("accept it"),
    _E.TAKE_BACK_YES: N_("take a yes back"),
    _E.HAND_OVER: N_("hand the tablet over"),
    _E.EXTEND: N_("choose another day of return"),
    _E.RETURN: N_("take the tablet back"),
    _E.LOSE: N_("declare the tablet lost"),
    _E.FIND: N_("say that the family found it"),
    _E.END: N_("end it"),
}


class LoanNotSo(LoanError):
    """The loan's state does not allow the event."""

    code: ClassVar[str] = "loan_not_so"
    message: ClassVar[str] = N_("The loan is “{state}”, so it is not possible to {event}.")
    hint: ClassVar[str] = N_("Possible now: {possible}.")
    nothing: ClassVar[str] = N_("Nothing more can be done with it.")

    def __init__(self, state: LoanState, event: LoanEvent) -> None:
        self.state = state
        self.event = event
        self.possible = possible_events(state)
        super().__init__(state=state, event=event, possible=", ".join(self.possible))

    def text(self, translate: Translator | Callable[..., str]) -> str:
        """Return what was refused, with state and event in words."""
        return translate(
            self.message, state=translate(STATE_NAMES[self.state]), event=translate(EVENT_NAMES[self.event])
        )

    def advice(self, translate: Translator | Callable[..., str]) -> str:
        """Return what would be possible, in words."""
        if not self.possible:
            return translate(self.nothing)
        return translate(self.hint, possible="; ".join(translate(EVENT_NAMES[event]) for event in self.possible))


def move(state: LoanState, event: LoanEvent) -> LoanState:
    """Return the state that ``event`` leads to; raise `LoanNotSo` when it is not allowed."""
    after = TRANSITIONS.get((state, event))
    if after is None:
        raise LoanNotSo(state, event)
    return after


def possible_events(state: LoanState) -> tuple[LoanEvent, ...]:
    """Return what could happen from ``state``."""
    return tuple(event for (origin, event) in TRANSITIONS if origin is state)
