"""A loan from its preparation to its return: nothing goes home that was not agreed, and the fleet follows."""

from datetime import date, timedelta

import pytest

from mdm.fleet.states import TabletEvent, TabletState, TransitionRefused
from mdm.home.guardians.errors import NotGuardianOf
from mdm.home.loans.errors import (
    DayImpossible,
    InsuranceMissing,
    LabelMalformed,
    LabelUnknown,
    LoanUnknown,
    PupilElsewhere,
    PupilHasTablet,
    SecondYesMissing,
    TabletLent,
    TabletNotToLend,
    TermsChanged,
    TrainingMissing,
    YesMissing,
)
from mdm.home.loans.list_store import LoanList
from mdm.home.loans.loan import Condition, Part, Way, Wear
from mdm.home.loans.states import LoanNotSo, LoanState
from mdm.journal import entries
from tests.home.loans.conftest import FATHER, JUNE, MOTHER, Desk
from tests.home.pupils.families import ACTOR, BOURG, LINA, NOE, onde


async def test_a_tablet_goes_home_and_comes_back(any_desk: Desk) -> None:
    loan = await any_desk.prepare()
    assert (loan.state, loan.parts) == (LoanState.PREPARED, (Part.CHARGER, Part.CABLE, Part.CASE))
    assert (await any_desk.accept(loan)).state is LoanState.ACCEPTED
    await any_desk.train()
    out = await any_desk.loans.hand_over(loan.loan_id, Condition(screen=Wear.WORN), actor=ACTOR)
    assert (out.state, await any_desk.state_of()) == (LoanState.HANDED_OVER, TabletState.LOANED)
    assert out.handed == Condition(screen=Wear.WORN)
    back = await any_desk.loans.take_back(loan.loan_id, Condition(), actor=ACTOR)
    assert (back.state, back.closed_at, await any_desk.state_of()) == (
        LoanState.RETURNED,
        any_desk.clock.ms(),
        TabletState.READY,
    )
    again = await any_desk.prepare()
    assert again.loan_id != loan.loan_id
    told = await any_desk.database.read(lambda conn: entries(conn, subject=f"loan:{loan.loan_id}"))
    assert [one.kind for one in told] == [
        "loan_prepared",
        "loan_accepted_on_phone",
        "loan_handed_over",
        "loan_returned",
    ]


async def test_nothing_goes_home_without_training_and_agreement(any_desk: Desk) -> None:
    loan = await any_desk.prepare()
    with pytest.raises(YesMissing):
        await any_desk.loans.hand_over(loan.loan_id, Condition(), actor=ACTOR)
    await any_desk.accept(loan)
    with pytest.raises(TrainingMissing):
        await any_desk.loans.hand_over(loan.loan_id, Condition(), actor=ACTOR)
    assert await any_desk.state_of() is TabletState.READY
    await any_desk.train(FATHER)
    await any_desk.loans.hand_over(loan.loan_id, Condition(), actor=ACTOR)


async def test_where_the_charter_asks_for_nothing_nothing_is_needed(desk: Desk) -> None:
    desk.terms.give(needs_training=False, needs_agreement=False)
    loan = await desk.prepare()
    assert (await desk.loans.hand_over(loan.loan_id, Condition(), actor=ACTOR)).state is LoanState.HANDED_OVER


async def test_a_yes_on_paper_is_noted_with_its_day_and_who_noted_it(desk: Desk) -> None:
    loan = await desk.prepare()
    mother = desk.parents[MOTHER]
    for day in (date(2026, 9, 2), date(2025, 1, 1)):
        with pytest.raises(DayImpossible):
            await desk.agreements.note_on_paper(loan.loan_id, mother, signed_on=day, insured=True, actor=ACTOR)
    day = date(2026, 8, 28)
    await desk.agreements.note_on_paper(loan.loan_id, mother, signed_on=day, insured=True, actor=ACTOR)
    (yes,) = (await desk.lists.loan(loan.loan_id)).acceptances
    assert (yes.way, yes.accepted_on, yes.insured, yes.label) == (Way.PAPER, day, True, "Mme V.")


async def test_both_parents_agree_where_the_school_noted_it(desk: Desk) -> None:
    await desk.town.pupils.set_both_must_agree(desk.lina, True, actor=ACTOR)
    loan = await desk.prepare()
    assert (await desk.accept(loan, MOTHER)).state is LoanState.PREPARED
    await desk.train()
    with pytest.raises(SecondYesMissing):
        await desk.loans.hand_over(loan.loan_id, Condition(), actor=ACTOR)
    assert (await desk.accept(loan, FATHER)).state is LoanState.ACCEPTED
    await desk.agreements.take_back(loan.loan_id, desk.parents[FATHER], actor=ACTOR)
    with pytest.raises(SecondYesMissing):
        await desk.loans.hand_over(loan.loan_id, Condition(), actor=ACTOR)


async def test_one_known_guardian_is_not_both(desk: Desk) -> None:
    await desk.town.pupils.set_both_must_agree(desk.noe, True, actor=ACTOR)
    loan = await desk.prepare(pupil=desk.noe)
    assert (await desk.accept(loan, FATHER)).state is LoanState.PREPARED
    await desk.train(FATHER)
    with pytest.raises(SecondYesMissing):
        await desk.loans.hand_over(loan.loan_id, Condition(), actor=ACTOR)


async def test_a_yes_to_an_older_text_does_not_count(desk: Desk) -> None:
    loan = await desk.prepare()
    await desk.accept(loan)
    await desk.train()
    desk.terms.give(text="Un autre texte.")
    with pytest.raises(TermsChanged):
        await desk.loans.hand_over(loan.loan_id, Condition(), actor=ACTOR)
    renewed = await desk.agreements.renew_terms(loan.loan_id, actor=ACTOR)
    assert (renewed.state, renewed.terms_digest) == (LoanState.PREPARED, desk.terms.terms.digest)
    with pytest.raises(TermsChanged):
        await desk.accept(loan)
    assert (await desk.lists.loan(loan.loan_id)).terms.text == "Un autre texte."
    await desk.accept(renewed)
    await desk.loans.hand_over(loan.loan_id, Condition(), actor=ACTOR)


async def test_an_insurance_is_declared_where_the_charter_asks(desk: Desk) -> None:
    desk.terms.give(needs_insurance=True)
    loan = await desk.prepare()
    with pytest.raises(InsuranceMissing):
        await desk.accept(loan, insured=False)
    assert (await desk.accept(loan, insured=True)).state is LoanState.ACCEPTED


async def test_only_a_guardian_of_the_child_accepts(desk: Desk) -> None:
    loan = await desk.prepare(pupil=desk.noe)
    for account in (MOTHER, "nobody"):
        with pytest.raises(NotGuardianOf):
            await desk.accept(loan, account)
    await desk.town.guardians.withdraw(desk.parents[FATHER], desk.noe, actor=ACTOR)
    with pytest.raises(NotGuardianOf):
        await desk.accept(loan, FATHER)


async def test_one_tablet_for_one_pupil_at_a_time(any_desk: Desk) -> None:
    loan = await any_desk.prepare()
    with pytest.raises(TabletLent):
        await any_desk.prepare(pupil=any_desk.noe)
    with pytest.raises(PupilHasTablet):
        await any_desk.prepare(tablet=1)
    await any_desk.loans.end(loan.loan_id, actor=ACTOR)
    await any_desk.prepare(tablet=1)
    await any_desk.prepare(pupil=any_desk.noe)


async def test_what_cannot_be_lent_is_said(desk: Desk) -> None:
    await desk.town.fleet.change_state(desk.tablets[0], TabletEvent.BREAK, actor=ACTOR)
    with pytest.raises(TabletNotToLend):
        await desk.prepare()
    for day in (date(2026, 8, 31), date(2028, 1, 1)):
        with pytest.raises(DayImpossible):
            await desk.prepare(tablet=1, due_on=day)
    await desk.town.pupils.leave(BOURG, desk.lina, actor=ACTOR)
    with pytest.raises(PupilElsewhere):
        await desk.prepare(tablet=1)


async def test_a_tablet_that_is_not_ready_at_the_door_stays(desk: Desk) -> None:
    loan = await desk.prepare()
    await desk.accept(loan)
    await desk.train()
    await desk.town.fleet.change_state(desk.tablets[0], TabletEvent.DIVERGE, actor=ACTOR)
    with pytest.raises(TransitionRefused):
        await desk.loans.hand_over(loan.loan_id, Condition(), actor=ACTOR)
    assert (await desk.lists.loan(loan.loan_id)).view.loan.state is LoanState.ACCEPTED


async def test_a_lost_tablet_is_found_or_given_up(desk: Desk) -> None:
    loan = await desk.lend()
    assert (await desk.loans.declare_lost(loan.loan_id, actor=f"account:{MOTHER}")).state is LoanState.LOST
    assert await desk.state_of() is TabletState.LOST
    with pytest.raises(PupilHasTablet):
        await desk.prepare(tablet=1)
    assert (await desk.loans.take_back(loan.loan_id, Condition(), actor=ACTOR)).state is LoanState.RETURNED
    assert await desk.state_of() is TabletState.READY
    other = await desk.lend(tablet=1)
    await desk.loans.declare_lost(other.loan_id, actor=ACTOR)
    assert (await desk.loans.end(other.loan_id, actor=ACTOR)).state is LoanState.ENDED
    assert await desk.state_of(1) is TabletState.LOST


async def test_a_tablet_that_a_technician_called_broken_comes_back_as_it_is(desk: Desk) -> None:
    loan = await desk.lend()
    await desk.town.fleet.change_state(desk.tablets[0], TabletEvent.BREAK, actor="account:technician")
    await desk.loans.take_back(loan.loan_id, Condition(screen=Wear.DAMAGED), actor=ACTOR)
    assert await desk.state_of() is TabletState.BROKEN


async def test_what_is_over_does_not_begin_again(desk: Desk) -> None:
    loan = await desk.lend()
    await desk.loans.take_back(loan.loan_id, Condition(), actor=ACTOR)
    for refused in (
        desk.loans.take_back(loan.loan_id, Condition(), actor=ACTOR),
        desk.loans.hand_over(loan.loan_id, Condition(), actor=ACTOR),
        desk.loans.extend(loan.loan_id, JUNE, actor=ACTOR),
        desk.loans.end(loan.loan_id, actor=ACTOR),
        desk.accept(loan),
    ):
        with pytest.raises(LoanNotSo):
            await refused
    with pytest.raises(LoanUnknown):
        await desk.loans.end("0" * 32, actor=ACTOR)


async def test_a_labels_code_finds_the_tablet_and_its_loan(desk: Desk) -> None:
    code = f"valise:{desk.kit.kit_id[-12:]}/1"
    assert await desk.lists.scan(code.upper().replace("/", " / ")) == (desk.tablets[0], None)
    loan = await desk.prepare()
    _, found = await desk.lists.scan(code)
    assert found is not None
    assert found.loan.loan_id == loan.loan_id
    assert (await desk.lists.scan_at_home(code, MOTHER)).view.loan.loan_id == loan.loan_id
    for account in ("nobody",):
        with pytest.raises(LoanUnknown):
            await desk.lists.scan_at_home(code, account)
    with pytest.raises(LabelUnknown):
        await desk.lists.scan(f"valise:{'0' * 12}/1")
    for text in ("", "valise:12/1", "https://example.org", f"{code}/2"):
        with pytest.raises(LabelMalformed):
            await desk.lists.scan(text)


async def test_the_years_end_ends_what_never_began_and_calls_the_rest_back(any_desk: Desk) -> None:
    await any_desk.lend(due_on=date(2027, 8, 31))
    waiting = await any_desk.prepare(tablet=1, pupil=any_desk.noe)
    assert await any_desk.loans.end_year(BOURG, JUNE, actor=ACTOR) == {"ended": 1, "called_back": 1}
    assert (await any_desk.lists.loan(waiting.loan_id)).view.loan.state is LoanState.ENDED
    (out,) = (await any_desk.lists.page(BOURG, LoanList.OUT)).loans
    assert out.loan.due_on == JUNE


async def test_others_are_told_who_has_which_tablet(desk: Desk) -> None:
    loan = await desk.lend()
    prepared = await desk.prepare(tablet=1, pupil=desk.noe)

    lent = await desk.database.read(lambda conn: desk.loans.on_loan(conn, desk.tablets))
    assert {it: one.borrower for it, one in lent.items()} == {desk.tablets[0]: desk.lina}
    held = await desk.database.read(lambda conn: desk.loans.loan_of(conn, desk.tablets[1]))
    assert held is not None
    assert held.loan_id == prepared.loan_id
    of_father = await desk.database.read(lambda conn: desk.loans.loans_of_guardian(conn, FATHER))
    assert {one.loan_id for one in of_father} == {loan.loan_id, prepared.loan_id}
    assert await desk.database.read(lambda conn: desk.loans.loans_of_guardian(conn, "nobody")) == []


async def test_an_import_that_takes_a_pupil_out_shows_the_tablet_that_is_still_out(desk: Desk) -> None:
    await desk.lend()
    await desk.town.take_in(onde(NOE), leavers=True)
    (out,) = (await desk.lists.page(BOURG, LoanList.OUT)).loans
    assert out.pupil_left
    await desk.town.take_in(onde(LINA, NOE))
    (out,) = (await desk.lists.page(BOURG, LoanList.OUT)).loans
    assert not out.pupil_left


async def test_a_day_of_return_is_chosen_anew(desk: Desk) -> None:
    loan = await desk.lend(due_on=date(2026, 9, 10))
    desk.clock.advance(timedelta(days=12))
    assert (await desk.lists.counts(BOURG)).overdue == 1
    await desk.loans.extend(loan.loan_id, date(2026, 9, 30), actor=ACTOR)
    assert (await desk.lists.counts(BOURG)).overdue == 0
    with pytest.raises(DayImpossible):
        await desk.loans.extend(loan.loan_id, date(2026, 9, 1), actor=ACTOR)
