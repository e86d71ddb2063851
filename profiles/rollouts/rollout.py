"""A rollout and its states. Pure.

=============== ==================================================================================
``planned``     made, not begun: nothing was moved
``running``     kits are moved when their windows are open and the gates let pass
``paused``      nothing is moved, by a person or by a gate; what was moved stays
``rolling_back`` the kits that were moved go back to the edition before
``completed``   every kit was moved, and the edition is the territory's current one; it can still go back
``rolled_back`` no kit is on the edition any more
``replaced``    a newer edition's rollout took the kits over
=============== ==================================================================================
"""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from mdm.i18n import N_
from profiles.rollouts.errors import ChangeRefused
from profiles.rollouts.gates import Gates
from profiles.rollouts.reason import Reason
from profiles.rollouts.waves import Wave, require_coherent_waves


class RolloutState(StrEnum):
    """Where a rollout is."""

    PLANNED = "planned"
    RUNNING = "running"
    PAUSED = "paused"
    ROLLING_BACK = "rolling_back"
    COMPLETED = "completed"
    ROLLED_BACK = "rolled_back"
    REPLACED = "replaced"


class Change(StrEnum):
    """What changes a rollout's state. The last three come from the rollout itself."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    ROLL_BACK = "roll_back"
    REPLACE = "replace"
    OPEN_WAVE = "open_wave"
    COMPLETE = "complete"
    FINISH_ROLL_BACK = "finish_roll_back"


_S, _C = RolloutState, Change

TRANSITIONS: dict[tuple[RolloutState, Change], RolloutState] = {
    (_S.PLANNED, _C.START): _S.RUNNING,
    (_S.PLANNED, _C.ROLL_BACK): _S.ROLLED_BACK,
    (_S.PLANNED, _C.REPLACE): _S.REPLACED,
    (_S.RUNNING, _C.PAUSE): _S.PAUSED,
    (_S.RUNNING, _C.ROLL_BACK): _S.ROLLING_BACK,
    (_S.RUNNING, _C.REPLACE): _S.REPLACED,
    (_S.RUNNING, _C.OPEN_WAVE): _S.RUNNING,
    (_S.RUNNING, _C.COMPLETE): _S.COMPLETED,
    (_S.PAUSED, _C.RESUME): _S.RUNNING,
    (_S.PAUSED, _C.ROLL_BACK): _S.ROLLING_BACK,
    (_S.PAUSED, _C.REPLACE): _S.REPLACED,
    (_S.COMPLETED, _C.ROLL_BACK): _S.ROLLING_BACK,
    (_S.ROLLING_BACK, _C.FINISH_ROLL_BACK): _S.ROLLED_BACK,
}

ACTIVE = frozenset({_S.RUNNING, _S.PAUSED, _S.ROLLING_BACK})
OPEN = ACTIVE | {_S.PLANNED}

STATE_NAMES: dict[RolloutState, str] = {
    _S.PLANNED: N_("planned"),
    _S.RUNNING: N_("running"),
    _S.PAUSED: N_("paused"),
    _S.ROLLING_BACK: N_("being rolled back"),
    _S.COMPLETED: N_("completed"),
    _S.ROLLED_BACK: N_("rolled back"),
    _S.REPLACED: N_("replaced"),
}

CHANGE_NAMES: dict[Change, str] = {
    _C.START: N_("start"),
    _C.PAUSE: N_("pause"),
    _C.RESUME: N_("resume"),
    _C.ROLL_BACK: N_("roll back"),
    _C.REPLACE: N_("replace"),
    _C.OPEN_WAVE: N_("open a wave of"),
    _C.COMPLETE: N_("complete"),
    _C.FINISH_ROLL_BACK: N_("finish rolling back"),
}


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a rollout goes. ``pilots`` are kits; at most ``kits_per_minute`` kits are moved in a minute."""

    waves: tuple[Wave, ...]
    pilots: tuple[str, ...] = ()
    gates: Gates = Gates()
    kits_per_minute: Annotated[int, Meta(ge=1, le=1000)] = 20

    def checked(self) -> "Plan":
        """Return the plan; raise `PlanInvalid` when it does not hold together."""
        require_coherent_waves(self.waves, self.pilots)
        return self


class Rollout(msgspec.Struct, frozen=True, kw_only=True):
    """A rollout. ``wave`` is the open one, counted from 1; 0 before the first. Times in milliseconds."""

    rollout_id: str
    edition_id: str
    previous_id: str
    state: RolloutState
    plan: Plan
    wave: int
    wave_opened_at: int | None
    reason: Reason | None
    created_at: int
    created_by: str
    ended_at: int | None = None

    @property
    def is_over(self) -> bool:
        """Tell whether nothing will happen any more."""
        return self.state not in OPEN


def next_state(state: RolloutState, change: Change) -> RolloutState:
    """Return the state that a change leads to; raise `ChangeRefused` when it is not allowed."""
    found = TRANSITIONS.get((state, change))
    if found is None:
        raise ChangeRefused(state=STATE_NAMES[state], change=CHANGE_NAMES[change])
    return found
