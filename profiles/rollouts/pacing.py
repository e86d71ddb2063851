"""`next_actions`: what a rollout does now, from what is known now. Pure, and safe to ask again and again.

It never opens a wave while one before it is not all moved or its gates do not let pass, and never moves a kit twice.
"""

import msgspec

from mdm.i18n import N_
from profiles.rollouts.gates import Counts, Outcome, health, judge
from profiles.rollouts.reason import Reason
from profiles.rollouts.rollout import Rollout, RolloutState

MINUTE_MS = 60_000
_HOUR = 60 * MINUTE_MS


class WaitingKit(msgspec.Struct, frozen=True, kw_only=True):
    """A kit of the open wave that was not moved. ``opens_at``: when its window opens next, None when never."""

    kit_id: str
    is_open: bool
    charged: bool = True
    opens_at: int | None = None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a rollout.

    ``counts`` are those of all moved tablets. ``waiting`` are kits of the open wave in their order, not all of them
    where ``left`` says that there are more. ``moved_lately``: kits that were moved in the last minute. ``shortage``:
    why the next wave cannot begin, such as licences that are missing. ``refused``: why the edition cannot be used.
    ``to_return``: moved kits that did not go back yet.
    """

    counts: Counts = Counts()
    waiting: tuple[WaitingKit, ...] = ()
    left: int = 0
    last_moved_at: int | None = None
    moved_lately: int = 0
    shortage: Reason | None = None
    refused: Reason | None = None
    to_return: tuple[str, ...] = ()


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be done, or waited for."""


class OpenWave(Action, frozen=True, kw_only=True):
    """Begin a wave."""

    wave: int


class MoveKit(Action, frozen=True, kw_only=True):
    """Let a kit follow the new edition."""

    kit_id: str


class ReturnKit(Action, frozen=True, kw_only=True):
    """Let a kit follow the edition before."""

    kit_id: str


class Pause(Action, frozen=True, kw_only=True):
    """Stop until a person looks at it."""

    reason: Reason


class Complete(Action, frozen=True, kw_only=True):
    """Make the edition the territory's current one, and end."""


class FinishRollBack(Action, frozen=True, kw_only=True):
    """End: every kit is back."""


class Wait(Action, frozen=True, kw_only=True):
    """Do nothing, for a reason; ``until`` is a moment at which it may be over, where one is known."""

    reason: Reason
    until: int | None = None


def next_actions(rollout: Rollout, facts: Facts, now: int) -> tuple[Action, ...]:
    """Return what to do now; empty when the rollout does nothing by itself in its state."""
    if rollout.state is RolloutState.ROLLING_BACK:
        return _returns(rollout, facts)
    if rollout.state is not RolloutState.RUNNING:
        return ()
    ill = facts.refused or health(rollout.plan.gates, facts.counts)
    if ill is not None:
        return (Pause(reason=ill),)
    if rollout.wave == 0:
        return _open(1, facts)
    if facts.left > 0:
        return _moves(rollout, facts, now)
    return _after_wave(rollout, facts, now)


def _returns(rollout: Rollout, facts: Facts) -> tuple[Action, ...]:
    if not facts.to_return:
        return (FinishRollBack(),)
    if facts.refused is not None:
        return (Wait(reason=facts.refused),)
    kits = facts.to_return[: rollout.plan.kits_per_minute]
    return tuple(ReturnKit(kit_id=kit_id) for kit_id in kits)


def _open(wave: int, facts: Facts) -> tuple[Action, ...]:
    return (OpenWave(wave=wave),) if facts.shortage is None else (Pause(reason=facts.shortage),)


def _moves(rollout: Rollout, facts: Facts, now: int) -> tuple[Action, ...]:
    budget = rollout.plan.kits_per_minute - facts.moved_lately
    if budget <= 0:
        text = N_("{kits} kits are moved in a minute.")
        reason = Reason(code="wait_pace", text=text, params={"kits": rollout.plan.kits_per_minute})
        return (Wait(reason=reason, until=now + MINUTE_MS),)
    opened = now if rollout.wave_opened_at is None else rollout.wave_opened_at
    charge_waited_for = now - opened < rollout.plan.gates.battery_hours * _HOUR
    ready = [kit for kit in facts.waiting if kit.is_open and (kit.charged or not charge_waited_for)]
    if ready:
        return tuple(MoveKit(kit_id=kit.kit_id) for kit in ready[:budget])
    return (_wait_for_kits(rollout, facts),)


def _wait_for_kits(rollout: Rollout, facts: Facts) -> Wait:
    if any(kit.is_open for kit in facts.waiting):
        text = N_("The tablets of {kits} kits are not charged: {limit} % is waited for.")
        params: dict[str, str | int] = {"kits": facts.left, "limit": rollout.plan.gates.battery_percent}
        return Wait(reason=Reason(code="wait_battery", text=text, params=params))
    moments = [kit.opens_at for kit in facts.waiting if kit.opens_at is not None]
    text = N_("The window of {kits} kits is not open.")
    reason = Reason(code="wait_window", text=text, params={"kits": facts.left})
    return Wait(reason=reason, until=min(moments, default=None))


def _after_wave(rollout: Rollout, facts: Facts, now: int) -> tuple[Action, ...]:
    is_last = rollout.wave >= len(rollout.plan.waves)
    judgement = judge(rollout.plan.gates, facts.counts, facts.last_moved_at, now)
    if judgement.outcome is Outcome.FAIL and judgement.reason is not None:
        return (Pause(reason=judgement.reason),)
    if judgement.outcome is Outcome.WAIT and judgement.reason is not None:
        over = facts.last_moved_at is not None and now - facts.last_moved_at >= rollout.plan.gates.patience_ms
        if not (is_last and over):
            until = None
            if judgement.reason.code == "wait_grace" and facts.last_moved_at is not None:
                until = facts.last_moved_at + rollout.plan.gates.grace_ms
            return (Wait(reason=judgement.reason, until=until),)
    return (Complete(),) if is_last else _open(rollout.wave + 1, facts)
