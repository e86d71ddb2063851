"""A school's lists and their spreadsheet."""

from datetime import date, timedelta

from mdm.home.loans.list_store import LoanList
from mdm.home.loans.loan import LoanCounts
from mdm.i18n import Translator
from tests.home.loans.conftest import FATHER, JUNE, Desk
from tests.home.pupils.families import ACTOR, BOURG, PINS

ENGLISH = Translator("en", ())


async def test_each_loan_is_in_its_list(any_desk: Desk) -> None:
    assert [one.pupil.first_name for one in await any_desk.lists.to_prepare(BOURG)] == []
    await any_desk.train(FATHER)
    assert sorted(one.pupil.first_name for one in await any_desk.lists.to_prepare(BOURG)) == ["Lina", "Noé"]
    loan = await any_desk.prepare()
    assert [one.pupil.first_name for one in await any_desk.lists.to_prepare(BOURG)] == ["Noé"]
    (waiting,) = (await any_desk.lists.page(BOURG, LoanList.WAITING)).loans
    assert (waiting.trained, waiting.accepted, waiting.class_name) == (True, 0, "CE1 A")
    await any_desk.accept(loan)
    (ready,) = (await any_desk.lists.page(BOURG, LoanList.TO_HAND_OVER)).loans
    assert (ready.accepted, ready.tablet_name, ready.serial) == (1, "Cassiopée 01", "SERIAL01")
    assert await any_desk.lists.counts(BOURG) == LoanCounts(uai=BOURG, to_hand_over=1)
    assert await any_desk.lists.counts(PINS) == LoanCounts(uai=PINS)


async def test_what_is_out_too_long_is_overdue_from_the_next_day_on(any_desk: Desk) -> None:
    await any_desk.lend(due_on=date(2026, 9, 10))
    any_desk.clock.advance(timedelta(days=9))
    assert (await any_desk.lists.page(BOURG, LoanList.OVERDUE)).loans == ()
    any_desk.clock.advance(timedelta(days=1))
    (late,) = (await any_desk.lists.page(BOURG, LoanList.OVERDUE)).loans
    assert late.overdue
    assert await any_desk.lists.counts(BOURG) == LoanCounts(uai=BOURG, out=1, overdue=1)


async def test_midnight_is_the_schools_own(desk: Desk) -> None:
    await desk.lend(due_on=date(2026, 9, 10))
    # 22:30 in UTC on the 10th is the 11th in Paris.
    desk.clock.advance(timedelta(days=9, hours=14, minutes=30))
    assert (await desk.lists.counts(BOURG)).overdue == 1


async def test_lists_come_in_pages(desk: Desk) -> None:
    await desk.prepare(due_on=JUNE)
    await desk.prepare(tablet=1, pupil=desk.noe, due_on=JUNE - timedelta(days=1))
    first = await desk.lists.page(BOURG, LoanList.WAITING, limit=1)
    rest = await desk.lists.page(BOURG, LoanList.WAITING, limit=1, after=first.next)
    assert [one.loan.pupil_id for one in (*first.loans, *rest.loans)] == [desk.noe, desk.lina]
    assert rest.next == ""


async def test_a_list_is_a_spreadsheet_without_formulas(desk: Desk) -> None:
    pupil = await desk.town.pupils.add(BOURG, first_name="=Lina", last_name="Q", class_id=None, actor=ACTOR)
    await desk.prepare(pupil=pupil)
    body = await desk.lists.sheet(BOURG, LoanList.WAITING, ENGLISH)
    assert body.startswith(b"\xef\xbb\xbf")
    lines = body.decode("utf-8-sig").split("\r\n")
    assert lines[0].split(";")[:3] == ["Pupil", "Class", "Tablet"]
    assert lines[1] == "'=Lina Q.;;Cassiopée 01;SERIAL01;prepared;25/06/2027;no;charger, cable, protective case"
