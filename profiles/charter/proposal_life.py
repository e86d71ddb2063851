"""The life of a proposal: its states, and the steps from one to the next. Pure.

draft > submitted > admissible > examined > vote_open > adopted or rejected; an adopted one goes into an edition, or is
impossible when what is agreed has changed meanwhile. Until the vote it can be sent back, changed or withdrawn.
"""

from collections.abc import Mapping
from typing import Literal, get_args

from mdm.errors import Words
from mdm.i18n import N_
from profiles.charter.proposal_errors import ChangedDuringVote, StepImpossible

ProposalState = Literal[
    "draft",
    "submitted",
    "sent_back",
    "admissible",
    "examined",
    "vote_open",
    "adopted",
    "rejected",
    "in_edition",
    "impossible",
    "withdrawn",
]
STATES: tuple[ProposalState, ...] = get_args(ProposalState)

Step = Literal[
    "change",
    "submit",
    "send_back",
    "admit",
    "examine",
    "withdraw",
    "open_vote",
    "adopt",
    "reject",
    "publish",
    "leave_out",
]
STEPS: tuple[Step, ...] = get_args(Step)

_BEFORE_VOTE: frozenset[ProposalState] = frozenset({"draft", "submitted", "sent_back", "admissible", "examined"})
_IN_EXAMINATION: frozenset[ProposalState] = frozenset({"submitted", "admissible", "examined"})

_LIFE: Mapping[Step, tuple[frozenset[ProposalState], ProposalState]] = {
    "change": (_BEFORE_VOTE, "draft"),
    "submit": (frozenset({"draft", "sent_back"}), "submitted"),
    "send_back": (_IN_EXAMINATION, "sent_back"),
    "admit": (frozenset({"submitted"}), "admissible"),
    "examine": (frozenset({"admissible"}), "examined"),
    "withdraw": (_BEFORE_VOTE, "withdrawn"),
    "open_vote": (frozenset({"examined"}), "vote_open"),
    "adopt": (frozenset({"vote_open"}), "adopted"),
    "reject": (frozenset({"vote_open"}), "rejected"),
    "publish": (frozenset({"adopted"}), "in_edition"),
    "leave_out": (frozenset({"adopted"}), "impossible"),
}

UNDER_DISCUSSION: frozenset[ProposalState] = frozenset(
    {"submitted", "sent_back", "admissible", "examined", "vote_open"}
)
"""When members comment, ask, and stand aside."""

STATE_WORDS: Mapping[ProposalState, str] = {
    "draft": N_("draft"),
    "submitted": N_("submitted"),
    "sent_back": N_("sent back"),
    "admissible": N_("admissible"),
    "examined": N_("examined"),
    "vote_open": N_("vote open"),
    "adopted": N_("adopted"),
    "rejected": N_("rejected"),
    "in_edition": N_("in an edition"),
    "impossible": N_("adopted, but impossible by now"),
    "withdrawn": N_("withdrawn by its author"),
}


def after(state: ProposalState, step: Step) -> ProposalState:
    """Return the state after a step; raise `StepImpossible`, or `ChangedDuringVote` for a change in a vote."""
    possible, then = _LIFE[step]
    if state in possible:
        return then
    if step == "change" and state == "vote_open":
        raise ChangedDuringVote
    raise StepImpossible(state=Words(STATE_WORDS[state]))


def steps_from(state: ProposalState) -> tuple[Step, ...]:
    """Return the steps that a state allows, in the order of `Step`."""
    return tuple(step for step in STEPS if state in _LIFE[step][0])
