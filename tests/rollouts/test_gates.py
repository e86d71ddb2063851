"""What is seen of tablets becomes states, shares and a judgement, with the reason in numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.i18n import Catalogs
from profiles.rollouts.gates import Counts, Gates, Outcome, Seen, TabletState, health, judge, tablet_state

GATES = Gates(grace_minutes=60)
HOUR = 3_600_000


def seen(**facts: object) -> Seen:
    usual = {
        "tablet_id": "t",
        "before": TabletState.WAITING,
        "heard_at": None,
        "converged": False,
        "failed": False,
        "gone": False,
    }
    return Seen(**(usual | facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, TabletState.WAITING),
        ({"heard_at": 10 * HOUR}, TabletState.WORKING),
        ({"heard_at": 9 * HOUR}, TabletState.LATE),
        ({"heard_at": 11 * HOUR}, TabletState.WORKING),
        ({"heard_at": 10 * HOUR, "failed": True}, TabletState.FAILED),
        ({"heard_at": 9 * HOUR, "converged": True}, TabletState.CONVERGED),
        ({"before": TabletState.CONVERGED, "heard_at": 9 * HOUR}, TabletState.DRIFTED),
        ({"before": TabletState.DRIFTED, "heard_at": 9 * HOUR}, TabletState.DRIFTED),
        ({"before": TabletState.DRIFTED, "heard_at": 9 * HOUR, "converged": True}, TabletState.CONVERGED),
        ({"before": TabletState.CONVERGED, "heard_at": 10 * HOUR, "retargeted": True}, TabletState.WORKING),
        ({"before": TabletState.CONVERGED, "converged": True, "gone": True}, TabletState.GONE),
    ],
)
def test_a_tablets_state_follows_from_what_was_seen(facts: dict[str, object], state: TabletState) -> None:
    assert tablet_state(seen(**facts), GATES, 10 * HOUR) is state


def outcome(counts: Counts, *, moved_at: int = 0, now: int = 100 * HOUR, gates: Gates = GATES) -> Outcome:
    return judge(gates, counts, moved_at, now).outcome


def test_a_wave_without_tablets_is_passed_at_once() -> None:
    assert judge(GATES, Counts(), 5, 5).outcome is Outcome.PASS


def test_the_next_wave_waits_for_the_grace_time_of_the_last_kit() -> None:
    well = Counts(converged=10)
    assert outcome(well, moved_at=0, now=HOUR - 1) is Outcome.WAIT
    assert outcome(well, moved_at=0, now=HOUR) is Outcome.PASS


def test_tablets_that_sleep_in_their_case_are_waited_for_and_not_blamed() -> None:
    assert outcome(Counts(waiting=12)) is Outcome.WAIT
    assert outcome(Counts(waiting=6, converged=6)) is Outcome.PASS
    assert outcome(Counts(waiting=7, converged=6)) is Outcome.WAIT
    assert health(GATES, Counts(waiting=100)) is None


def test_errors_stop_it_as_soon_as_they_are_more_than_allowed() -> None:
    assert health(GATES, Counts(working=9, failed=1)) is None
    reason = health(GATES, Counts(working=8, failed=1))
    assert reason is not None
    assert reason.code == "gate_errors"
    assert reason.params == {"failed": 1, "heard": 9, "limit": 10}


def test_drift_and_lateness_stop_it_too() -> None:
    drift = health(GATES, Counts(converged=8, drifted=1))
    late = health(GATES, Counts(converged=8, late=1, waiting=1))
    assert drift is not None
    assert drift.code == "gate_drift"
    assert late is not None
    assert late.code == "gate_converged"


def test_one_late_tablet_of_many_that_are_still_at_work_says_nothing_yet() -> None:
    assert health(GATES, Counts(working=20, late=1)) is None


counts = st.builds(Counts, **{name: st.integers(0, 40) for name in Counts.__struct_fields__})


@given(counts, st.integers(0, 200) | st.none())
def test_what_stops_a_rollout_is_never_let_pass(found: Counts, hours: int | None) -> None:
    moved_at = None if hours is None else (100 - hours) * HOUR
    judgement = judge(GATES, found, moved_at, 100 * HOUR)
    assert (judgement.outcome is Outcome.FAIL) == (health(GATES, found) is not None)
    if judgement.outcome is Outcome.PASS and found.moved:
        assert found.judged * 100 >= GATES.heard_percent * found.moved
        assert found.converged * 100 >= GATES.converged_percent * found.judged


@given(counts)
def test_another_tablet_that_is_well_never_makes_it_worse(found: Counts) -> None:
    better = Counts(**{**{n: getattr(found, n) for n in Counts.__struct_fields__}, "converged": found.converged + 1})
    if health(GATES, found) is None and found.judged * 100 >= GATES.heard_percent * found.moved:
        assert health(GATES, better) is None


@pytest.mark.parametrize(("minutes", "told"), [(24 * 60, "24 h"), (60, "1 h"), (90, "90 minutes")])
def test_the_time_that_tablets_have_is_told_in_hours_where_it_can_be(minutes: int, told: str) -> None:
    waiting = judge(Gates(grace_minutes=minutes), Counts(converged=12), 0, 1)
    assert waiting.reason is not None
    assert waiting.reason.in_words(Catalogs("profiles").for_language("fr")) == (
        f"Les tablettes ont {told} à partir du passage de leur valise."
    )
