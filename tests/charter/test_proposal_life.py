"""The life of a proposal: whatever is tried in whatever order, only what was voted comes into an edition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.charter.proposal_errors import ChangedDuringVote, StepImpossible
from profiles.charter.proposal_life import STATE_WORDS, STATES, STEPS, ProposalState, Step, after, steps_from

FINAL = {"rejected", "in_edition", "impossible", "withdrawn"}


def lived(steps: list[Step]) -> list[ProposalState]:
    """The states that a proposal goes through when these steps are tried; those that are refused change nothing."""
    states: list[ProposalState] = ["draft"]
    for step in steps:
        before = states[-1]
        allowed = step in steps_from(before)
        try:
            states.append(after(before, step))
        except (StepImpossible, ChangedDuringVote):
            assert not allowed
        else:
            assert allowed
    return states


@given(st.lists(st.sampled_from(STEPS), max_size=40))
def test_only_what_was_submitted_admitted_examined_and_voted_comes_into_an_edition(steps: list[Step]) -> None:
    states = lived(steps)
    if "in_edition" not in states:
        return
    last = ["submitted", "admissible", "examined", "vote_open", "adopted", "in_edition"]
    assert states[-len(last) :] == last


@given(st.lists(st.sampled_from(STEPS), max_size=40))
def test_nothing_is_changed_sent_back_or_withdrawn_from_the_opening_of_the_vote_on(steps: list[Step]) -> None:
    states = lived(steps)
    if "vote_open" not in states:
        return
    opened = states.index("vote_open")
    assert not {"draft", "submitted", "sent_back", "withdrawn"} & set(states[opened:])
    assert states.count("vote_open") == 1


@given(st.lists(st.sampled_from(STEPS), max_size=40))
def test_what_is_over_stays_over(steps: list[Step]) -> None:
    states = lived(steps)
    over = [place for place, state in enumerate(states) if state in FINAL]
    assert over in ([], [len(states) - 1])


def test_every_state_can_be_reached_and_has_words() -> None:
    reached = {"draft"}
    while True:
        new = {after(state, step) for state in reached for step in steps_from(state)} - reached  # type: ignore[arg-type]
        if not new:
            break
        reached |= new
    assert reached == set(STATES) == set(STATE_WORDS)
    assert {state for state in STATES if not steps_from(state)} == FINAL


def test_a_change_during_the_vote_is_refused_in_its_own_words() -> None:
    with pytest.raises(ChangedDuringVote) as refused:
        after("vote_open", "change")
    assert "cannot be changed any more" in str(refused.value)
    with pytest.raises(StepImpossible) as refused_step:
        after("adopted", "withdraw")
    assert "adopted" in str(refused_step.value)
