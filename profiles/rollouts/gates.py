"""Health gates: what is measured on the tablets that were moved, and what it says about going on. Pure.

A tablet that was not heard since it was moved sleeps in its case and says nothing, neither good nor bad. One that was
heard has the time of ``grace_minutes`` to become what it should be.
"""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from mdm.clock import DAY_MS
from mdm.i18n import N_
from profiles.rollouts.reason import Reason

_MINUTE = 60_000
Percent = Annotated[int, Meta(ge=0, le=100)]


class TabletState(StrEnum):
    """What was seen of a tablet since its kit was moved."""

    WAITING = "waiting"
    WORKING = "working"
    CONVERGED = "converged"
    FAILED = "failed"
    LATE = "late"
    DRIFTED = "drifted"
    GONE = "gone"


ILL = frozenset({TabletState.FAILED, TabletState.LATE, TabletState.DRIFTED})

STATE_NAMES: dict[TabletState, str] = {
    TabletState.WAITING: N_("not heard yet"),
    TabletState.WORKING: N_("at work"),
    TabletState.CONVERGED: N_("finished"),
    TabletState.FAILED: N_("with errors"),
    TabletState.LATE: N_("late"),
    TabletState.DRIFTED: N_("drifted"),
    TabletState.GONE: N_("gone"),
}


class Gates(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a rollout asks before it goes on. Shares are percents of the tablets that were moved and heard.

    ``converged_percent``: of those whose time is over, how many must be what they should be. ``heard_percent``: of
    which share of the moved tablets something must be known before the next wave. ``battery_percent``: what four
    fifths of a kit's tablets must have, for ``battery_hours`` at most. ``patience_days``: how long the last wave is
    waited for.
    """

    converged_percent: Percent = 90
    grace_minutes: Annotated[int, Meta(ge=5, le=30 * 24 * 60)] = 24 * 60
    errors_percent: Percent = 10
    drifted_percent: Percent = 10
    heard_percent: Percent = 50
    battery_percent: Percent = 20
    battery_hours: Annotated[int, Meta(ge=0, le=30 * 24)] = 72
    patience_days: Annotated[int, Meta(ge=1, le=90)] = 14

    @property
    def grace_ms(self) -> int:
        """The time that a tablet has, in milliseconds."""
        return self.grace_minutes * _MINUTE

    @property
    def patience_ms(self) -> int:
        """How long the last wave is waited for, in milliseconds."""
        return self.patience_days * DAY_MS


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What the store knows of a moved tablet. ``converged``: looked at since, and found to be what it should be.

    ``retargeted``: it should be something else now than when it was found to be right, such as after a withdrawal.
    """

    tablet_id: str
    before: TabletState
    heard_at: int | None
    converged: bool
    failed: bool
    gone: bool
    target_hash: str | None = None
    retargeted: bool = False


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many moved tablets are in each state, without those that left and those that a technician excused."""

    waiting: int = 0
    working: int = 0
    converged: int = 0
    failed: int = 0
    late: int = 0
    drifted: int = 0

    @property
    def moved(self) -> int:
        """All of them."""
        return self.waiting + self.heard

    @property
    def heard(self) -> int:
        """Those that were heard since they were moved."""
        return self.working + self.judged

    @property
    def judged(self) -> int:
        """Those of which something is known."""
        return self.converged + self.failed + self.late + self.drifted


class Outcome(StrEnum):
    """What the gates say."""

    PASS = "pass"  # noqa: S105
    WAIT = "wait"
    FAIL = "fail"


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What the gates say, and why where they do not simply let pass."""

    outcome: Outcome
    reason: Reason | None = None


PASSED = Judgement(outcome=Outcome.PASS)


def tablet_state(seen: Seen, gates: Gates, now: int) -> TabletState:
    """Return a tablet's state from what is known of it."""
    if seen.gone:
        return TabletState.GONE
    if seen.converged:
        return TabletState.CONVERGED
    if seen.before in (TabletState.CONVERGED, TabletState.DRIFTED) and not seen.retargeted:
        return TabletState.DRIFTED
    if seen.heard_at is None:
        return TabletState.WAITING
    if seen.failed:
        return TabletState.FAILED
    return TabletState.LATE if now - seen.heard_at >= gates.grace_ms else TabletState.WORKING


def health(gates: Gates, counts: Counts) -> Reason | None:
    """Return why the rollout must stop, or None when what is known of its tablets is well."""
    if counts.failed * 100 > gates.errors_percent * counts.heard:
        return Reason(
            code="gate_errors",
            text=N_("{failed} of {heard} tablets refused something: more than {limit} %."),
            params={"failed": counts.failed, "heard": counts.heard, "limit": gates.errors_percent},
        )
    if counts.drifted * 100 > gates.drifted_percent * counts.heard:
        return Reason(
            code="gate_drift",
            text=N_("{drifted} of {heard} tablets have lost what they had: more than {limit} %."),
            params={"drifted": counts.drifted, "heard": counts.heard, "limit": gates.drifted_percent},
        )
    enough = counts.judged > 0 and counts.judged * 100 >= gates.heard_percent * counts.moved
    if enough and counts.converged * 100 < gates.converged_percent * counts.judged:
        return Reason(
            code="gate_converged",
            text=N_("Only {converged} of {judged} tablets are what they should be: less than {limit} %."),
            params={"converged": counts.converged, "judged": counts.judged, "limit": gates.converged_percent},
        )
    return None


def judge(gates: Gates, counts: Counts, last_moved_at: int | None, now: int) -> Judgement:
    """Tell whether the next wave may begin, after the present one is all moved. No tablets, no wait."""
    ill = health(gates, counts)
    if ill is not None:
        return Judgement(outcome=Outcome.FAIL, reason=ill)
    if counts.moved == 0:
        return PASSED
    if last_moved_at is not None and now - last_moved_at < gates.grace_ms:
        return Judgement(
            outcome=Outcome.WAIT,
            reason=_grace(gates.grace_minutes),
        )
    if counts.judged * 100 < gates.heard_percent * counts.moved:
        return Judgement(
            outcome=Outcome.WAIT,
            reason=Reason(
                code="wait_heard",
                text=N_("Something is known of {judged} of {moved} tablets only: at least {limit} % are waited for."),
                params={"judged": counts.judged, "moved": counts.moved, "limit": gates.heard_percent},
            ),
        )
    return PASSED


def _grace(minutes: int) -> Reason:
    """Return how long tablets have, in hours where that is a whole number of them."""
    hours, rest = divmod(minutes, 60)
    if rest:
        text = N_("The tablets have {minutes} minutes from when their kit was moved.")
        return Reason(code="wait_grace", text=text, params={"minutes": minutes})
    return Reason(
        code="wait_grace", text=N_("The tablets have {hours} h from when their kit was moved."), params={"hours": hours}
    )
