"""The life of a loan as a machine: whatever is tried, in whatever order, what the charter asks for is there."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdm.errors import ValiseError
from mdm.fleet.states import TabletState
from mdm.home.loans import loan_store
from mdm.home.loans.loan import Condition, Loan
from mdm.home.loans.states import EVENT_NAMES, OPEN, STATE_NAMES, LoanEvent, LoanNotSo, LoanState, move, possible_events
from mdm.i18n import Translator
from mdm.store import Connection
from tests.home.loans.conftest import JUNE, MOTHER, Desk
from tests.home.pupils.families import ACTOR

events = st.sampled_from(LoanEvent)


@given(st.lists(events, max_size=12))
def test_what_is_over_stays_over_and_nobody_has_a_tablet_that_was_not_handed_over(tried: list[LoanEvent]) -> None:
    state, handed = LoanState.PREPARED, False
    for event in tried:
        before = state
        try:
            state = move(state, event)
        except LoanNotSo as refused:
            assert state is before
            assert event not in refused.possible  # noqa: PT017
            continue
        handed = handed or state is LoanState.HANDED_OVER
        assert before in OPEN
        if state in (LoanState.LOST, LoanState.RETURNED):
            assert handed


def test_every_state_and_event_has_its_words() -> None:
    assert set(STATE_NAMES) == set(LoanState)
    assert set(EVENT_NAMES) == set(LoanEvent)
    english = Translator("en", ())
    for state in LoanState:
        for event in LoanEvent:
            if event not in possible_events(state):
                with pytest.raises(LoanNotSo) as refused:
                    move(state, event)
                assert refused.value.text(english)
                assert refused.value.advice(english)


STEPS = ("prepare", "accept", "train", "hand_over", "take_back", "lose", "end", "take_back_yes", "extend")


class Walk:
    """Tries steps on the first tablet, and knows what must hold after each."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.loan: Loan | None = None

    async def try_step(self, step: str) -> None:
        """Try a step; one that is refused changes nothing."""
        before = await self.seen()
        try:
            await self._step(step)
        except ValiseError:
            assert await self.seen() == before
        await self.check()

    async def _step(self, step: str) -> None:
        desk, it = self.desk, self.loan.loan_id if self.loan else "0" * 32
        match step:
            case "prepare":
                self.loan = await desk.prepare()
            case "accept" if self.loan is not None:
                await desk.accept(self.loan)
            case "train":
                await desk.train()
            case "hand_over":
                await desk.loans.hand_over(it, Condition(), actor=ACTOR)
            case "take_back":
                await desk.loans.take_back(it, Condition(), actor=ACTOR)
            case "lose":
                await desk.loans.declare_lost(it, actor=ACTOR)
            case "end":
                await desk.loans.end(it, actor=ACTOR)
            case "take_back_yes":
                await desk.agreements.take_back(it, desk.parents[MOTHER], actor=ACTOR)
            case "extend":
                await desk.loans.extend(it, JUNE, actor=ACTOR)

    async def seen(self) -> str:
        """Return what the store says of loans."""

        def read(conn: Connection) -> str:
            return str(conn.all("SELECT * FROM loan ORDER BY loan_id") + conn.all("SELECT * FROM loan_acceptance"))

        return await self.desk.database.read(read)

    async def check(self) -> None:
        """Compare loan and tablet, and what a loan that began needed."""
        tablet = await self.desk.state_of()
        held = await self.desk.database.read(lambda conn: loan_store.open_loan_of_tablet(conn, self.desk.tablets[0]))
        assert (tablet is TabletState.LOANED) == (held is not None and held.state is LoanState.HANDED_OVER)
        if held is not None and held.state in (LoanState.HANDED_OVER, LoanState.LOST):
            detail = await self.desk.lists.loan(held.loan_id)
            assert detail.acceptances
            assert detail.view.trained

    async def rest(self) -> None:
        """Bring tablet and pupil back to where they were."""
        for step in ("take_back", "end"):
            if self.loan is not None:
                await self.try_step(step)
        if await self.desk.state_of() is TabletState.LOST:
            await self.desk.database.write(
                lambda conn: conn.run(
                    "UPDATE tablet SET state = 'ready' WHERE tablet_id = :it", it=self.desk.tablets[0]
                )
            )
        await self.desk.database.write(lambda conn: conn.run("DELETE FROM training_completion"))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(STEPS), max_size=10))
async def test_loan_tablet_and_agreement_never_contradict_each_other(desk: Desk, steps: list[str]) -> None:
    walk = Walk(desk)
    for step in steps:
        await walk.try_step(step)
    await walk.rest()
