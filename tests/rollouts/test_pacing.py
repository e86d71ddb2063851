"""`next_actions` over rollouts that go wrong in every way: waves in order, never past a failing gate, no kit twice.

The model below carries out what it is told and lets tablets, clocks and people do what they like in between.
"""

from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from profiles.rollouts.errors import ChangeRefused
from profiles.rollouts.gates import Counts, Gates, Outcome, health, judge
from profiles.rollouts.pacing import (
    Complete,
    Facts,
    FinishRollBack,
    MoveKit,
    OpenWave,
    Pause,
    ReturnKit,
    Wait,
    WaitingKit,
    next_actions,
)
from profiles.rollouts.reason import Reason
from profiles.rollouts.rollout import TRANSITIONS, Change, Plan, Rollout, RolloutState, next_state
from profiles.rollouts.selection import assign_waves
from profiles.rollouts.waves import Wave

HOUR = 3_600_000
GATES = Gates(grace_minutes=60, battery_hours=24, patience_days=2)
PLAN = Plan(waves=(Wave(pilots=True), Wave(per_mille=200), Wave()), pilots=("k0",), gates=GATES, kits_per_minute=2)
PER_KIT = 4


def rollout(state: RolloutState = RolloutState.RUNNING, wave: int = 1, opened: int = 0) -> Rollout:
    return Rollout(
        rollout_id="r",
        edition_id="new",
        previous_id="old",
        state=state,
        plan=PLAN,
        wave=wave,
        wave_opened_at=opened,
        reason=None,
        created_at=0,
        created_by="test",
    )


def kit(name: str, **facts: Any) -> WaitingKit:
    return WaitingKit(**{"kit_id": name, "is_open": True, **facts})


def test_a_rollout_that_is_not_running_does_nothing() -> None:
    for state in RolloutState:
        if state not in (RolloutState.RUNNING, RolloutState.ROLLING_BACK):
            assert next_actions(rollout(state), Facts(left=1, waiting=(kit("a"),)), 0) == ()


def test_kits_whose_window_is_open_go_at_the_pace_that_was_set() -> None:
    waiting = (kit("a"), kit("b", is_open=False, opens_at=7), kit("c"), kit("d"))
    assert next_actions(rollout(), Facts(left=4, waiting=waiting), 0) == (MoveKit(kit_id="a"), MoveKit(kit_id="c"))
    (wait,) = next_actions(rollout(), Facts(left=4, waiting=waiting, moved_lately=2), 0)
    assert isinstance(wait, Wait)
    assert wait.reason.code == "wait_pace"


def test_a_gate_that_fails_stops_a_wave_in_its_middle() -> None:
    facts = Facts(left=2, waiting=(kit("a"), kit("b")), counts=Counts(converged=8, failed=2), last_moved_at=0)
    (pause,) = next_actions(rollout(), facts, 5)
    assert isinstance(pause, Pause)
    assert pause.reason.code == "gate_errors"


def test_with_every_window_closed_it_waits_until_the_first_opens() -> None:
    waiting = (kit("a", is_open=False, opens_at=70), kit("b", is_open=False, opens_at=50))
    (wait,) = next_actions(rollout(), Facts(left=2, waiting=waiting), 0)
    assert isinstance(wait, Wait)
    assert (wait.reason.code, wait.until) == ("wait_window", 50)


def test_a_kit_with_empty_batteries_is_waited_for_but_not_for_ever() -> None:
    facts = Facts(left=1, waiting=(kit("a", charged=False),))
    (wait,) = next_actions(rollout(), facts, 23 * HOUR)
    assert isinstance(wait, Wait)
    assert wait.reason.code == "wait_battery"
    assert next_actions(rollout(), facts, 24 * HOUR) == (MoveKit(kit_id="a"),)


def test_missing_licences_stop_a_wave_before_it_begins() -> None:
    short = Reason(code="licences_missing", text="x")
    passed = Facts(counts=Counts(converged=4), last_moved_at=0, shortage=short)
    assert next_actions(rollout(wave=1), passed, 2 * HOUR) == (Pause(reason=short),)
    assert next_actions(rollout(wave=0), Facts(shortage=short), 0) == (Pause(reason=short),)


def test_an_edition_that_does_not_verify_stops_it() -> None:
    refused = Reason(code="edition_not_verified", text="x")
    facts = Facts(left=1, waiting=(kit("a"),), refused=refused)
    assert next_actions(rollout(), facts, 0) == (Pause(reason=refused),)


def test_the_last_wave_is_not_waited_for_for_ever() -> None:
    asleep = Facts(counts=Counts(waiting=12, converged=1), last_moved_at=0)
    assert isinstance(next_actions(rollout(wave=3), asleep, 47 * HOUR)[0], Wait)
    assert next_actions(rollout(wave=3), asleep, 48 * HOUR) == (Complete(),)
    assert isinstance(next_actions(rollout(wave=2), asleep, 480 * HOUR)[0], Wait)


@pytest.mark.parametrize("state", RolloutState)
@pytest.mark.parametrize("change", Change)
def test_only_the_changes_of_the_table_are_allowed(state: RolloutState, change: Change) -> None:
    if (state, change) in TRANSITIONS:
        assert next_state(state, change) is TRANSITIONS[state, change]
    else:
        with pytest.raises(ChangeRefused):
            next_state(state, change)


class WholeRollouts(RuleBasedStateMachine):
    """A territory of kits in memory, a rollout over it, and everything that may happen to both."""

    @initialize(kits=st.integers(1, 12))
    def begin(self, kits: int) -> None:
        names = [f"k{number}" for number in range(kits)]
        self.wave_of = {one.kit_id: one.wave for one in assign_waves("r", names, PLAN.pilots, PLAN.waves)}
        self.edition = dict.fromkeys(names, "old")
        self.moved_at: dict[str, int] = {}
        self.moves: list[str] = []
        self.health = dict.fromkeys(names, "waiting")
        self.charged = dict.fromkeys(names, True)
        self.open = dict.fromkeys(names, True)
        self.excused: set[str] = set()
        self.rollout = rollout(RolloutState.RUNNING, wave=0)
        self.opened: list[int] = []
        self.now = 1000 * HOUR
        self.short = False

    def facts(self) -> Facts:
        counts = dict.fromkeys(Counts.__struct_fields__, 0)
        for name in self.moved_at:
            state = self.health[name]
            if not (name in self.excused and state in ("failed", "late", "drifted")):
                counts[state] += PER_KIT
        left = [name for name, wave in self.wave_of.items() if wave == self.rollout.wave and name not in self.moved_at]
        moved = [at for name, at in self.moved_at.items() if self.wave_of[name] <= self.rollout.wave]
        to_return = [name for name in self.moved_at if self.edition[name] == "new"]
        return Facts(
            counts=Counts(**counts),
            waiting=tuple(kit(name, is_open=self.open[name], charged=self.charged[name]) for name in left),
            left=len(left),
            last_moved_at=max(moved, default=None),
            moved_lately=sum(self.now - 60_000 < at <= self.now for at in self.moved_at.values()),
            shortage=Reason(code="licences_missing", text="x") if self.short else None,
            to_return=tuple(to_return),
        )

    @rule()
    def tick(self) -> None:
        """The runner's turn."""
        facts = self.facts()
        actions = next_actions(self.rollout, facts, self.now)
        assert actions == next_actions(self.rollout, facts, self.now), "the same facts give the same actions"
        for action in actions:
            self.carry_out(action, facts)

    def carry_out(self, action: object, facts: Facts) -> None:
        match action:
            case OpenWave():
                assert action.wave == self.rollout.wave + 1
                assert not self.short
                before = [name for name, wave in self.wave_of.items() if wave <= self.rollout.wave]
                assert all(name in self.moved_at for name in before), "a wave is opened when those before are moved"
                verdict = judge(GATES, facts.counts, facts.last_moved_at, self.now)
                assert self.rollout.wave == 0 or verdict.outcome is Outcome.PASS
                self.change(Change.OPEN_WAVE, wave=action.wave, wave_opened_at=self.now)
                self.opened.append(action.wave)
            case MoveKit():
                assert health(GATES, facts.counts) is None, "nothing is moved past a failing gate"
                assert self.open[action.kit_id]
                assert self.wave_of[action.kit_id] == self.rollout.wave
                assert action.kit_id not in self.moves, "no kit is moved twice"
                self.moves.append(action.kit_id)
                self.moved_at[action.kit_id] = self.now
                self.edition[action.kit_id] = "new"
            case ReturnKit():
                assert self.edition[action.kit_id] == "new"
                self.edition[action.kit_id] = "old"
            case Pause():
                self.change(Change.PAUSE)
            case Complete():
                self.change(Change.COMPLETE)
            case FinishRollBack():
                self.change(Change.FINISH_ROLL_BACK)
            case _:
                assert isinstance(action, Wait)

    def change(self, change: Change, **fields: object) -> None:
        state = next_state(self.rollout.state, change)
        self.rollout = msgspec.structs.replace(self.rollout, state=state, **fields)

    @rule(change=st.sampled_from([Change.PAUSE, *[Change.RESUME] * 3]), way_back=st.integers(0, 9))
    def person(self, change: Change, way_back: int) -> None:
        """A technician tries something, and now and then goes back."""
        change = Change.ROLL_BACK if way_back == 9 else change
        if (self.rollout.state, change) not in TRANSITIONS:
            return
        if change is Change.RESUME:
            self.excused |= {name for name in self.moved_at if self.health[name] in ("failed", "late", "drifted")}
        self.change(change)

    @rule(hours=st.sampled_from([0, 1, 1, 24, 72, -1, -30]))
    def time_passes(self, hours: int) -> None:
        """The clock moves, backwards too."""
        self.now += hours * HOUR + 61_000

    @rule(data=st.data())
    def tablets_report(self, data: st.DataObject) -> None:
        """A kit's tablets are seen in some state."""
        if self.moved_at:
            name = data.draw(st.sampled_from(sorted(self.moved_at)))
            states = ["converged", "converged", "converged", "working", "failed", "late", "drifted"]
            self.health[name] = data.draw(st.sampled_from(states))

    @precondition(lambda self: self.rollout.state is RolloutState.RUNNING)
    @rule(hours=st.integers(1, 3))
    def a_quiet_day(self, hours: int) -> None:
        """Everybody's tablets are done, every window is open, and the runner has its turns."""
        self.short = False
        self.open = dict.fromkeys(self.open, True)
        self.charged = dict.fromkeys(self.charged, True)
        for _ in range(hours):
            for name in self.moved_at:
                self.health[name] = "converged"
            self.now += HOUR
            self.tick()
            self.tick()

    @rule(short=st.booleans(), data=st.data())
    def surroundings(self, short: bool, data: st.DataObject) -> None:
        """Licences, windows and batteries change."""
        self.short = short
        name = data.draw(st.sampled_from(sorted(self.edition)))
        self.open[name], self.charged[name] = data.draw(st.booleans()), data.draw(st.booleans())

    @invariant()
    def waves_follow_each_other(self) -> None:
        """Waves open in their order, each once."""
        if hasattr(self, "opened"):
            assert self.opened == list(range(1, len(self.opened) + 1))

    @invariant()
    def it_ends_whole(self) -> None:
        """When it is over, every kit is on one of the two editions, as its end says."""
        if not hasattr(self, "rollout"):
            return
        if self.rollout.state is RolloutState.COMPLETED:
            assert set(self.edition.values()) == {"new"}
        if self.rollout.state is RolloutState.ROLLED_BACK:
            assert set(self.edition.values()) == {"old"}


WholeRollouts.TestCase.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
TestWholeRollouts = WholeRollouts.TestCase
