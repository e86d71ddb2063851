"""The tablet's state machine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.fleet.states import (
    BY_TABLET,
    EVENT_NAMES,
    STATE_NAMES,
    TRANSITIONS,
    TabletEvent,
    TabletState,
    TransitionRefused,
    move,
    possible_events,
)
from mdm.i18n import Catalogs

states = st.sampled_from(TabletState)
events = st.sampled_from(TabletEvent)


def outcome(state: TabletState, event: TabletEvent) -> TabletState | TransitionRefused:
    try:
        return move(state, event)
    except TransitionRefused as refused:
        return refused


def possible_of(refused: TabletState | TransitionRefused) -> tuple[TabletEvent, ...]:
    assert isinstance(refused, TransitionRefused)
    return refused.possible


def reachable(start: TabletState) -> set[TabletState]:
    found, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        following = {transition.to for (state, _), transition in TRANSITIONS.items() if state is here} - found
        found |= following
        waiting += following
    return found


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ("enrol converge", "ready"),
        ("enrol converge diverge converge", "ready"),
        ("enrol converge lend give_back", "ready"),
        ("enrol converge lend unenrol enrol", "loaned"),
        ("enrol converge unenrol enrol", "enrolled"),
        ("enrol converge lose find", "enrolled"),
        ("enrol lose find_wiped enrol", "enrolled"),
        ("enrol converge lend lose enrol", "enrolled"),
        ("enrol converge break repair_wiped enrol converge", "ready"),
        ("enrol converge lend break repair", "enrolled"),
        ("enrol converge lend give_back retire", "retired"),
        ("lose retire", "retired"),
    ],
)
def test_a_school_year_is_possible(events: str, state: str) -> None:
    here = TabletState.NEW
    for event in events.split():
        here = move(here, TabletEvent(event))
    assert here == state


@given(st.lists(events))
def test_retired_is_for_good(after: list[TabletEvent]) -> None:
    for event in after:
        there = outcome(TabletState.RETIRED, event)
        assert there is TabletState.RETIRED or possible_of(there) == ()


@given(states, events)
def test_a_refusal_names_where_whereto_and_what_would_be_possible(state: TabletState, event: TabletEvent) -> None:
    refused = outcome(state, event)
    if isinstance(refused, TabletState):
        return
    assert (refused.state, refused.event) == (state, event)
    assert event not in refused.possible
    assert all(isinstance(outcome(state, possible), TabletState) for possible in refused.possible)
    for language in ("fr", "en"):
        translate = Catalogs("mdm.fleet").for_language(language)
        assert translate(STATE_NAMES[state]) in refused.text(translate)
        assert translate(STATE_NAMES[refused.wanted]) in refused.text(translate)
        assert all(translate(EVENT_NAMES[possible]) in refused.advice(translate) for possible in refused.possible)


@pytest.mark.parametrize("state", TabletState)
def test_what_a_tablet_tells_late_is_never_refused(state: TabletState) -> None:
    for event in BY_TABLET - {TabletEvent.ENROL}:
        move(state, event)


@pytest.mark.parametrize("state", sorted(set(TabletState) - {TabletState.RETIRED}))
def test_from_every_live_state_every_state_can_be_reached(state: TabletState) -> None:
    assert reachable(state) == set(TabletState)


def test_only_a_ready_tablet_is_lent_and_a_lent_one_that_was_lost_may_be_found() -> None:
    into_loan = {state for (state, _), there in TRANSITIONS.items() if there.to is TabletState.LOANED}
    assert into_loan == {TabletState.READY, TabletState.LOANED, TabletState.LOST}


def test_only_what_a_tablet_tells_leaves_its_state_as_it_is() -> None:
    assert {event for (state, event), there in TRANSITIONS.items() if there.to is state} <= BY_TABLET


def test_a_loaned_tablet_comes_back_before_it_is_retired() -> None:
    with pytest.raises(TransitionRefused) as refused:
        move(TabletState.LOANED, TabletEvent.RETIRE)
    assert set(possible_events(TabletState.LOANED)) == set(refused.value.possible)
    assert TabletEvent.GIVE_BACK in refused.value.possible
    assert refused.value.text(Catalogs("mdm.fleet").for_language("fr")) == (
        "Une tablette «\u00a0prêtée\u00a0» ne peut pas devenir «\u00a0réformée\u00a0»\u00a0: "
        "il n’est pas possible de la réformer."
    )
