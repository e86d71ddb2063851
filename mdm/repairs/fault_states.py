"""A fault's states and what may lead from one to another; pure.

================== ================================================================================
``open``           reported, nobody has looked yet
``taken``          a technician looks at it
``at_workshop``    the tablet was sent to a workshop
``under_warranty`` the maker is asked to repair it at his cost
``quoted``         a workshop said what the repair would cost
``repaired``       the tablet works again, or was found again
``replaced``       a spare is in its place; the tablet itself may still be repaired or written off
``written_off``    the tablet has left the fleet
``not_a_fault``    there was nothing to repair
``closed``         done with
================== ================================================================================
"""

from collections.abc import Callable
from enum import StrEnum
from typing import ClassVar

from mdm.i18n import N_, Translator
from mdm.repairs.errors import RepairError


class FaultState(StrEnum):
    """Where a fault is in its life."""

    OPEN = "open"
    TAKEN = "taken"
    AT_WORKSHOP = "at_workshop"
    UNDER_WARRANTY = "under_warranty"
    QUOTED = "quoted"
    REPAIRED = "repaired"
    REPLACED = "replaced"
    WRITTEN_OFF = "written_off"
    NOT_A_FAULT = "not_a_fault"
    CLOSED = "closed"


class FaultEvent(StrEnum):
    """What happens to a fault; the first is anybody's, the others are a technician's."""

    REPORT = "report"
    MARK_UNUSABLE = "mark_unusable"
    TAKE = "take"
    SEND = "send"
    CLAIM = "claim"
    QUOTE = "quote"
    REPAIR = "repair"
    REPLACE = "replace"
    WRITE_OFF = "write_off"
    DISMISS = "dismiss"
    CLOSE = "close"
    REOPEN = "reopen"


_S = FaultState
_E = FaultEvent

OUTCOMES = frozenset({_S.REPAIRED, _S.REPLACED, _S.WRITTEN_OFF, _S.NOT_A_FAULT})
"""What a fault can come to."""
PENDING = frozenset({_S.OPEN, _S.TAKEN, _S.AT_WORKSHOP, _S.UNDER_WARRANTY, _S.QUOTED})
"""The states in which something must still be done before the tablet, or another in its place, can be used."""

_ENDS = {_E.REPAIR: _S.REPAIRED, _E.REPLACE: _S.REPLACED, _E.WRITE_OFF: _S.WRITTEN_OFF, _E.DISMISS: _S.NOT_A_FAULT}
_ROUNDS = {_E.TAKE: _S.TAKEN, _E.SEND: _S.AT_WORKSHOP, _E.CLAIM: _S.UNDER_WARRANTY, _E.QUOTE: _S.QUOTED}

TRANSITIONS: dict[tuple[FaultState, FaultEvent], FaultState] = {
    **{(state, _E.REPORT): state for state in (*sorted(PENDING), _S.REPLACED)},
    # Who reports it again says that it is not over.
    (_S.REPAIRED, _E.REPORT): _S.OPEN,
    (_S.NOT_A_FAULT, _E.REPORT): _S.OPEN,
    **{(state, _E.MARK_UNUSABLE): state for state in sorted(PENDING)},
    (_S.OPEN, _E.TAKE): _S.TAKEN,
    (_S.OPEN, _E.SEND): _S.AT_WORKSHOP,
    **{(state, event): to for state in sorted(PENDING) for event, to in _ENDS.items()},
    **{
        (state, event): to
        for state in (_S.TAKEN, _S.AT_WORKSHOP, _S.UNDER_WARRANTY, _S.QUOTED, _S.REPLACED)
        for event, to in _ROUNDS.items()
        # A workshop may send on, a quote may be corrected; looking begins once.
        if (state, event) != (_S.TAKEN, _E.TAKE)
    },
    (_S.REPLACED, _E.REPAIR): _S.REPAIRED,
    (_S.REPLACED, _E.WRITE_OFF): _S.WRITTEN_OFF,
    **{(state, _E.CLOSE): _S.CLOSED for state in sorted(OUTCOMES)},
    (_S.REPAIRED, _E.REOPEN): _S.OPEN,
    (_S.NOT_A_FAULT, _E.REOPEN): _S.OPEN,
    (_S.CLOSED, _E.REOPEN): _S.OPEN,
}
"""All that may happen; what is not here is refused."""

STATE_NAMES: dict[FaultState, str] = {
    _S.OPEN: N_("reported"),
    _S.TAKEN: N_("a technician looks at it"),
    _S.AT_WORKSHOP: N_("at the workshop"),
    _S.UNDER_WARRANTY: N_("under warranty at the maker's"),
    _S.QUOTED: N_("a quote was received"),
    _S.REPAIRED: N_("repaired"),
    _S.REPLACED: N_("replaced by a spare"),
    _S.WRITTEN_OFF: N_("written off"),
    _S.NOT_A_FAULT: N_("nothing to repair"),
    _S.CLOSED: N_("closed"),
}

EVENT_NAMES: dict[FaultEvent, str] = {
    _E.REPORT: N_("report it again"),
    _E.MARK_UNUSABLE: N_("say that the tablet cannot be used"),
    _E.TAKE: N_("look at it"),
    _E.SEND: N_("send it to a workshop"),
    _E.CLAIM: N_("claim the warranty"),
    _E.QUOTE: N_("note a quote"),
    _E.REPAIR: N_("say that it works again"),
    _E.REPLACE: N_("replace it with a spare"),
    _E.WRITE_OFF: N_("write the tablet off"),
    _E.DISMISS: N_("say that there is nothing to repair"),
    _E.CLOSE: N_("close it"),
    _E.REOPEN: N_("reopen it"),
}


class FaultStepRefused(RepairError):
    """The fault's state does not allow the step."""

    code: ClassVar[str] = "fault_step_refused"
    status: ClassVar[int] = 409
    message: ClassVar[str] = N_("The state of this fault is “{state}”: it is not possible to {event}.")
    hint: ClassVar[str] = N_("What is possible now: {possible}.")

    def __init__(self, state: FaultState, event: FaultEvent) -> None:
        self.state = state
        self.event = event
        self.possible = possible_events(state)
        super().__init__(state=state, event=event, possible=", ".join(event.value for event in self.possible))

    def text(self, translate: Translator | Callable[..., str]) -> str:
        """Return what was refused, with the state and the step in words."""
        return translate(
            self.message, state=translate(STATE_NAMES[self.state]), event=translate(EVENT_NAMES[self.event])
        )

    def advice(self, translate: Translator | Callable[..., str]) -> str:
        """Return what would be possible, in words."""
        return translate(self.hint, possible="; ".join(translate(EVENT_NAMES[event]) for event in self.possible))


def move(state: FaultState, event: FaultEvent) -> FaultState:
    """Return the state that ``event`` leads to; raise `FaultStepRefused` when it is not allowed."""
    found = TRANSITIONS.get((state, event))
    if found is None:
        raise FaultStepRefused(state, event)
    return found


def possible_events(state: FaultState) -> tuple[FaultEvent, ...]:
    """Return the steps that are possible from ``state``, reporting it again left out."""
    return tuple(event for event in FaultEvent if event is not _E.REPORT and (state, event) in TRANSITIONS)
