"""The states of faults: what may follow what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.i18n import Catalogs
from mdm.repairs.fault import Fault, FaultKind
from mdm.repairs.fault_states import (
    EVENT_NAMES,
    OUTCOMES,
    PENDING,
    STATE_NAMES,
    TRANSITIONS,
    FaultEvent,
    FaultState,
    FaultStepRefused,
    move,
    possible_events,
)

events = st.sampled_from(FaultEvent)


def fresh() -> Fault:
    return Fault(
        fault_id="f", tablet_id="t", kind=FaultKind.SCREEN, state=FaultState.OPEN, unusable=False, reports=1,
        reported_at=0, changed_at=0, uai=None, kit_id=None, slot_number=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ("take send claim repair close", "closed"),
        ("take send quote repair close reopen take repair close", "closed"),
        ("send quote write_off close", "closed"),
        ("take replace send claim repair close", "closed"),
        ("replace write_off", "written_off"),
        ("take replace close", "closed"),
        ("take dismiss report", "open"),
        ("take send take repair report", "open"),
        ("report report mark_unusable", "open"),
    ],
)
def test_the_ways_through_a_repair_are_possible(steps: str, state: str) -> None:
    here = FaultState.OPEN
    for step in steps.split():
        here = move(here, FaultEvent(step))
    assert here == state


@pytest.mark.parametrize(
    ("state", "step"),
    [("open", "claim"), ("open", "close"), ("written_off", "reopen"), ("closed", "repair"), ("repaired", "send")],
)
def test_what_makes_no_sense_is_refused(state: str, step: str) -> None:
    with pytest.raises(FaultStepRefused):
        move(FaultState(state), FaultEvent(step))


@given(st.lists(events, max_size=30))
def test_whatever_is_tried_a_fault_is_settled_just_when_it_has_an_outcome(steps: list[FaultEvent]) -> None:
    fault, moment = fresh(), 0
    for step in steps:
        moment += 1
        try:
            state = move(fault.state, step)
        except FaultStepRefused:
            assert step not in possible_events(fault.state)
            continue
        fault = fault.moved(state, moment)
        assert (fault.settled_at is None) == (fault.state in PENDING)
        assert (fault.outcome is None) == (fault.settled_at is None)
        assert (fault.closed_at is None) == (fault.state is not FaultState.CLOSED)
        assert fault.outcome is None or fault.outcome in OUTCOMES
        assert fault.state is FaultState.CLOSED or fault.outcome in (None, fault.state)
        assert fault.settled_at is None or fault.settled_at <= moment


def test_every_state_is_reached_and_every_fault_can_come_to_an_end() -> None:
    def reachable(start: FaultState) -> set[FaultState]:
        found, waiting = {start}, [start]
        while waiting:
            here = waiting.pop()
            following = {to for (state, _), to in TRANSITIONS.items() if state is here} - found
            found |= following
            waiting += following
        return found

    assert reachable(FaultState.OPEN) == set(FaultState)
    assert all(FaultState.CLOSED in reachable(state) for state in FaultState)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("state", FaultState)
def test_a_refusal_says_the_state_the_step_and_what_is_possible(state: FaultState, language: str) -> None:
    words = Catalogs("mdm", "mdm.fleet", "mdm.repairs").for_language(language)
    for event in set(FaultEvent) - {to for (here, to) in TRANSITIONS if here is state}:
        refused = FaultStepRefused(state, event)
        assert words(STATE_NAMES[state]) in refused.text(words)
        assert words(EVENT_NAMES[event]) in refused.text(words)
        assert possible_events(state)
        for possible in possible_events(state):
            assert words(EVENT_NAMES[possible]) in refused.advice(words)
