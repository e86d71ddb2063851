"""Reminders: before the day and after it, one for each step, whatever is repeated or missed."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.home.loans.loan import Condition
from mdm.home.loans.reminders import Reminders, Step, step_of
from mdm.store import Connection
from tests.home.loans.conftest import FATHER, MOTHER, Desk, Mailbox
from tests.home.pupils.families import ACTOR, BOURG

DUE = date(2026, 9, 20)


@pytest.mark.parametrize(
    ("today", "step"),
    [
        (date(2026, 9, 16), None),
        (date(2026, 9, 17), Step.SOON),
        (date(2026, 9, 20), Step.SOON),
        (date(2026, 9, 21), Step.OVERDUE),
        (date(2026, 9, 27), Step.AGAIN),
        (date(2026, 10, 4), Step.LAST),
        (date(2027, 9, 1), Step.LAST),
    ],
)
def test_each_step_has_its_day(today: date, step: Step | None) -> None:
    assert step_of(DUE, today) is step


@given(st.lists(st.integers(-10, 60), max_size=20))
def test_steps_only_go_forward_with_the_days(days: list[int]) -> None:
    steps = list(Step)
    found = [step_of(DUE, DUE + timedelta(days=passed)) for passed in sorted(days)]
    places = [-1 if one is None else steps.index(one) for one in found]
    assert places == sorted(places)


async def test_a_family_is_reminded_once_for_each_step(any_desk: Desk) -> None:
    await any_desk.lend(due_on=DUE)
    sent = []
    for _ in range(40):
        for _ in range(2):
            await any_desk.reminders.once()
        sent.append(len(any_desk.mailbox.letters))
        any_desk.clock.advance(timedelta(days=1))
    assert [one.step for one in any_desk.mailbox.letters] == list(Step)
    first = any_desk.mailbox.letters[0]
    assert (sorted(first.account_ids), first.pupil_name, first.due_on) == ([MOTHER, FATHER], "Lina", DUE)
    assert len({one.about for one in any_desk.mailbox.letters}) == 4
    assert sent[15] == 0
    assert sent[-1] == 4


async def test_a_tablet_that_is_back_is_not_asked_for(desk: Desk) -> None:
    loan = await desk.lend(due_on=DUE)
    desk.clock.advance(timedelta(days=20))
    await desk.loans.take_back(loan.loan_id, Condition(), actor=ACTOR)
    assert await desk.reminders.once() == 0


async def test_days_on_which_nobody_ran_are_not_made_up_for(desk: Desk) -> None:
    await desk.lend(due_on=DUE)
    desk.clock.advance(timedelta(days=60))
    assert await desk.reminders.once() == 1
    assert [one.step for one in desk.mailbox.letters] == [Step.LAST]


async def test_another_day_of_return_begins_anew(desk: Desk) -> None:
    loan = await desk.lend(due_on=DUE)
    desk.clock.advance(timedelta(days=20))
    await desk.reminders.once()
    await desk.loans.extend(loan.loan_id, date(2026, 10, 1), actor=ACTOR)
    assert await desk.reminders.once() == 0
    desk.clock.advance(timedelta(days=8))
    await desk.reminders.once()
    assert [one.step for one in desk.mailbox.letters] == [Step.OVERDUE, Step.SOON]


async def test_who_has_no_address_is_on_the_list_to_telephone(desk: Desk) -> None:
    loan = await desk.lend(due_on=DUE)
    quiet = Mailbox(without=(MOTHER, FATHER))
    reminders = Reminders(desk.database, desk.clock, quiet)
    desk.clock.advance(timedelta(days=20))
    assert await reminders.once() == 1
    (call,) = await reminders.to_telephone(BOURG)
    assert (call.loan_id, call.step) == (loan.loan_id, Step.OVERDUE)
    await desk.loans.take_back(loan.loan_id, Condition(), actor=ACTOR)
    assert await reminders.to_telephone(BOURG) == []


class Broken(Exception):
    """The outbox failed."""


class BrokenMailbox(Mailbox):
    """Fails when a letter is put in."""

    def put(self, conn: Connection, letter: object) -> bool:
        raise Broken


async def test_a_reminder_whose_letter_fails_is_made_again(desk: Desk) -> None:
    await desk.lend(due_on=DUE)
    desk.clock.advance(timedelta(days=20))
    with pytest.raises(Broken):
        await Reminders(desk.database, desk.clock, BrokenMailbox()).once()
    assert await desk.reminders.once() == 1
