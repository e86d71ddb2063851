"""Each matter is told to those guardians who chose it, once, with a page to look at, and without any child's name."""

from datetime import date, timedelta

import pytest

from mdm.home.evaluation.evaluation import Draft
from mdm.home.evaluation.evaluations import Evaluations
from mdm.home.evaluation.variables import Variable
from mdm.home.letters.matters import Matter
from mdm.home.letters.words import LOAN_KINDS, LOST_KINDS
from mdm.home.loans.errors import YesMissing
from mdm.home.loans.loan import Condition, Loan
from mdm.home.modes.modes import StricterBook
from mdm.privacy.register import whole_register
from mdm.privacy.requests import DataRequests
from mdm.privacy.subject import Subject
from mdm.store import Connection
from tests.home.loans.conftest import FATHER, MOTHER
from tests.home.pupils.families import ACTOR, BOURG
from tests.home_letters.conftest import ILSE, ODON, SITE, PostOffice

DUE = date(2026, 9, 20)


async def test_a_late_tablet_is_told_at_each_step_and_nobody_telephones(any_office: PostOffice) -> None:
    await any_office.give(matters=(Matter.RETURN,))
    loan = await any_office.desk.lend(due_on=DUE)
    assert await any_office.post() == []
    subjects = []
    for _ in range(40):
        for _ in range(2):
            await any_office.desk.reminders.once()
        subjects += [one.subject for one in await any_office.post()]
        any_office.tomorrow()
    assert subjects == [
        "La tablette n° 1 revient le 20 septembre 2026",
        *["La tablette n° 1 devrait être de retour à l'école"] * 3,
    ]
    last = any_office.caught[0].text
    assert "dernière lettre" in last
    assert f"{SITE}/home/loans/{loan.loan_id}" in last
    assert await any_office.desk.reminders.to_telephone(BOURG) == []


async def test_reminders_from_before_an_address_stay_to_be_telephoned(office: PostOffice) -> None:
    loan = await office.desk.lend(due_on=DUE)
    office.tomorrow(20)
    await office.desk.reminders.once()
    await office.give()
    await office.desk.reminders.once()
    assert await office.post() == []
    (call,) = await office.desk.reminders.to_telephone(BOURG)
    assert call.loan_id == loan.loan_id


async def test_who_did_not_choose_a_matter_is_not_told_of_it(office: PostOffice) -> None:
    await office.give(matters=())
    loan = await office.desk.lend(due_on=DUE)
    office.tomorrow(20)
    await office.desk.reminders.once()
    assert await office.post() == []
    assert len(await office.desk.reminders.to_telephone(BOURG)) == 1
    await office.desk.loans.take_back(loan.loan_id, Condition(), actor=ACTOR)
    assert await office.post() == []


async def test_a_loan_is_told_from_its_beginning_to_its_end_to_both_guardians(any_office: PostOffice) -> None:
    await any_office.give(matters=(Matter.LOAN,))
    await any_office.give(FATHER, ODON, matters=(Matter.LOAN,), language="en")
    desk = any_office.desk
    loan = await desk.prepare(due_on=date(2026, 10, 1))
    await desk.accept(loan, FATHER)
    await desk.train(FATHER)
    await desk.loans.hand_over(loan.loan_id, Condition(), actor=ACTOR)
    await desk.loans.extend(loan.loan_id, date(2026, 11, 1), actor=ACTOR)
    await desk.loans.take_back(loan.loan_id, Condition(), actor=ACTOR)
    letters = await any_office.post()
    french = {one.subject: one.text for one in letters if one.to == ILSE}
    english = [one.subject for one in letters if one.to == ODON]
    assert {*french} == {
        "La tablette n° 1 est mise de côté pour votre enfant",
        "L'accord pour la tablette n° 1 est complet",
        "La tablette n° 1 est maintenant chez vous",
        "La tablette n° 1 a un autre jour de retour",
        "La tablette n° 1 est de retour à l'école",
    }
    assert "Tablet no. 1 is set aside for your child" in english
    assert len(english) == 5
    assert "1er novembre 2026" in french["La tablette n° 1 a un autre jour de retour"]
    for one in letters:
        for name in ("Lina", "LINA", "Vernaque", "VERNAQUE", "Ilse", "Odon"):
            assert name not in one.text + one.subject
        assert f"{SITE}/home/letters" in one.text.split()
        assert len(one.text) < 900


async def test_a_reminder_that_waits_is_not_sent_when_the_tablet_is_back(office: PostOffice) -> None:
    await office.give(matters=(Matter.RETURN,))
    loan = await office.desk.lend(due_on=DUE)
    office.tomorrow(20)
    await office.desk.reminders.once()
    await office.desk.loans.take_back(loan.loan_id, Condition(), actor=ACTOR)
    assert await office.post() == []


async def test_tablets_called_back_at_the_year_s_end_are_told(office: PostOffice) -> None:
    await office.give(matters=(Matter.LOAN,))
    await office.desk.lend(due_on=date(2027, 6, 25))
    await office.post()
    await office.desk.loans.end_year(BOURG, date(2027, 6, 4), actor=ACTOR)
    (letter,) = await office.post()
    assert "4 juin 2027" in letter.text


async def test_the_same_is_never_told_twice(any_office: PostOffice) -> None:
    await any_office.give()
    loan = await any_office.desk.prepare()
    for _ in range(3):
        await any_office.database.write(lambda conn: any_office.letters.loan(conn, "loan_prepared", loan))
    assert len(await any_office.post()) == 1


async def test_a_letter_goes_with_the_change_that_it_tells_of(office: PostOffice) -> None:
    await office.give()
    loan = await office.desk.prepare()
    await office.post()

    def undone(conn: Connection) -> None:
        office.letters.loan(conn, "loan_handed_over", loan)
        raise LookupError

    with pytest.raises(LookupError):
        await office.database.write(undone)
    assert await office.post() == []
    await office.database.write(lambda conn: office.letters.loan(conn, "loan_handed_over", loan))
    assert len(await office.post()) == 1


async def stricter_book(office: PostOffice) -> tuple[StricterBook, Loan]:
    await office.give(matters=(Matter.RULES,))
    await office.give(FATHER, ODON, matters=(Matter.RULES,))
    loan = await office.desk.lend()
    desk = office.desk
    return StricterBook(desk.database, desk.clock, desk.town.journal, desk.loans, after=office.letters.stricter), loan


async def test_the_other_guardian_is_told_of_stricter_rules_and_not_which(any_office: PostOffice) -> None:
    book, loan = await stricter_book(any_office)
    rules = {"night_from": "19:00", "night_to": "07:30", "apps_taken_away": ["fr.dessin"]}
    await book.give(loan.tablet_id, rules, actor=f"account:{FATHER}")
    (letter,) = await any_office.post()
    assert letter.to == ILSE
    assert f"{SITE}/home/rules/{any_office.desk.lina}" in letter.text
    assert "19:00" not in letter.text
    assert "dessin" not in letter.text
    # The same guardian changes his mind again and again: the other is told once a day.
    await book.give(loan.tablet_id, {**rules, "night_from": "18:00"}, actor=f"account:{FATHER}")
    assert await any_office.post() == []
    any_office.tomorrow()
    await book.give(loan.tablet_id, {**rules, "night_from": "17:00"}, actor=f"account:{FATHER}")
    assert len(await any_office.post()) == 1


async def test_rules_that_are_lifted_or_laxer_are_not_told(office: PostOffice) -> None:
    book, loan = await stricter_book(office)
    await book.give(loan.tablet_id, {"school_days_from": "17:00", "school_days_to": "18:00"}, actor=f"account:{MOTHER}")
    assert [one.to for one in await office.post()] == [ODON]
    office.tomorrow()
    await book.give(loan.tablet_id, {"school_days_from": "17:00", "school_days_to": "19:00"}, actor=f"account:{MOTHER}")
    await book.give(loan.tablet_id, {}, actor=f"account:{MOTHER}")
    assert await office.post() == []


async def test_new_rules_of_the_charter_are_told_once(any_office: PostOffice) -> None:
    await any_office.give(matters=(Matter.RULES,))
    assert await any_office.room.rules.once() == 0
    loan = await any_office.desk.lend()
    # What holds when a loan begins is no news.
    assert await any_office.room.rules.once() == 1
    assert await any_office.room.rules.once() == 0
    assert await any_office.post() == []
    any_office.digests.digest = "b" * 64
    for _ in range(2):
        await any_office.room.rules.once()
    (letter,) = await any_office.post()
    assert letter.subject == "Nouvelles règles pour la tablette n° 1"
    # An edition that gives back what was before is news again, on another day.
    any_office.tomorrow()
    any_office.digests.digest = "a" * 64
    await any_office.room.rules.once()
    assert len(await any_office.post()) == 1
    any_office.digests.digest = None
    assert await any_office.room.rules.once() == 0
    any_office.digests.digest = "c" * 64
    await any_office.desk.loans.take_back(loan.loan_id, Condition(), actor=ACTOR)
    assert await any_office.room.rules.once() == 0


async def test_a_lost_tablet_is_told_and_never_where_it_is(any_office: PostOffice) -> None:
    await any_office.give(matters=(Matter.LOST,))
    loan = await any_office.desk.lend()
    lost = await any_office.desk.loans.declare_lost(loan.loan_id, actor=ACTOR)
    kinds = ("lost_search_opened", "lost_position_known", "lost_position_known", "lost_search_stopped")
    for kind in (*kinds, "lost_search_ended", "something_else"):
        await any_office.database.write(lambda conn, it=kind: any_office.letters.searched(conn, it, lost.loan_id))
    await any_office.database.write(lambda conn: any_office.letters.searched(conn, kinds[0], None))
    letters = await any_office.post()
    assert len(letters) == 4
    assert {one.subject for one in letters} == {
        "La tablette n° 1 est déclarée perdue",
        "La recherche de la tablette n° 1 a commencé",
        "La recherche de la tablette n° 1 est terminée",
        "La tablette n° 1 a dit où elle est",
    }
    for one in letters:
        assert f"{SITE}/home" in one.text.split()


async def test_every_kind_that_is_told_has_its_words(office: PostOffice) -> None:
    await office.give()
    loan = await office.desk.prepare()
    await office.post()
    await office.database.write(lambda conn: conn.run("DELETE FROM family_letter"))

    def tell(conn: Connection) -> None:
        for kind in {*LOAN_KINDS, *LOST_KINDS}:
            office.letters.loan(conn, kind, loan)
            office.letters.lost(conn, kind, loan)

    await office.database.write(tell)
    letters = await office.post()
    assert len({one.subject for one in letters}) == len({*LOAN_KINDS, *LOST_KINDS})


async def test_an_evaluation_is_told_to_the_families_of_its_schools_with_the_way_to_object(
    any_office: PostOffice,
) -> None:
    await any_office.give(matters=(Matter.EVALUATION,))
    await any_office.give(FATHER, ODON, matters=(Matter.EVALUATION,))
    desk = any_office.desk

    class Adopted:
        def adopted(self, conn: Connection, proposal: str, digest: str) -> bool:
            del conn, proposal, digest
            return True

    evaluations = Evaluations(
        desk.database,
        desk.clock,
        desk.town.journal,
        desk.town.vault,
        Adopted(),
        after=any_office.letters.evaluation_decided,
    )
    drafts = {
        school: await evaluations.draft(
            Draft(
                title="Lire à la maison",
                question="Lit-on davantage ?",
                first_day=date(2027, 1, 4),
                last_day=date(2027, 3, 31),
                schools=(school,),
                variables=(Variable.DAYS_SEEN,),
                responsible=MOTHER,
            ),
            actor=ACTOR,
        )
        for school in (BOURG, "0400192S")
    }
    assert await any_office.post() == []
    await evaluations.decide(drafts["0400192S"].evaluation_id, "a proposal", actor=ACTOR)
    assert await any_office.post() == []
    await evaluations.decide(drafts[BOURG].evaluation_id, "a proposal", actor=ACTOR)
    father, mother = sorted(await any_office.post(), key=lambda one: one.to, reverse=True)
    assert mother.text.count(f"{SITE}/home/data/{desk.lina}#evaluations") == 1
    assert "Pour vous opposer" in mother.text
    # The father answers for Noé too, and gets one letter with both pages.
    assert all(f"{SITE}/home/data/{child}#evaluations" in father.text for child in (desk.lina, desk.noe))


async def test_who_asked_about_data_is_told_that_it_is_answered_and_not_how(any_office: PostOffice) -> None:
    await any_office.give(matters=(Matter.REQUEST,))
    await any_office.give(FATHER, ODON, matters=(Matter.REQUEST,))
    desk = any_office.desk
    requests = DataRequests(
        desk.database, desk.clock, desk.town.journal, whole_register(), answered=any_office.letters.request_answered
    )
    lina = Subject(kind="pupil", key=desk.lina)
    one = await requests.make(lina, "objection", words="Trop de minutes.", actor=f"account:{MOTHER}")
    await requests.answer(one, granted=True, answer="Les minutes sont effacées.", actor="account:dpo")
    (letter,) = await any_office.post()
    assert letter.to == ILSE
    assert "minutes" not in letter.text
    assert f"{SITE}/home/data/{desk.lina}" in letter.text
    # Asked by somebody else in the families' name: both are told.
    other = await requests.make(lina, "access", actor="account:dpo")
    await requests.answer(other, granted=False, answer="Non.", actor="account:dpo")
    assert sorted(one.to for one in await any_office.post()) == [ILSE, ODON]
    own = await requests.make(Subject(kind="account", key=FATHER), "access", actor=f"account:{FATHER}")
    await requests.answer(own, granted=True, answer="Oui.", actor="account:dpo")
    (letter,) = await any_office.post()
    assert (letter.to, f"{SITE}/home/data" in letter.text.split()) == (ODON, True)


async def test_an_answer_that_is_refused_tells_nobody(office: PostOffice) -> None:
    await office.give()
    loan = await office.desk.prepare()
    await office.post()
    office.clock.advance(timedelta(hours=1))
    with pytest.raises(YesMissing):
        await office.desk.loans.hand_over(loan.loan_id, Condition(), actor=ACTOR)
    assert await office.post() == []


async def test_a_file_for_researchers_is_told_to_the_families_whose_figures_it_holds(any_office: PostOffice) -> None:
    await any_office.give(matters=(Matter.EVALUATION,))
    desk = any_office.desk

    def released(conn: Connection) -> None:
        for export, pupil in (("e1", desk.noe), ("e2", desk.lina)):
            conn.run(
                "INSERT INTO evaluation_export (export_id, evaluation_id, state, asked_at, asked_by, query)"
                " VALUES (:export, :evaluation, 'released', 1, 'account:max', '{}')",
                export=export,
                evaluation="e0",
            )
            conn.run(
                "INSERT INTO evaluation_export_pupil (export_id, pupil_id, class) VALUES (:export, :pupil, '')",
                export=export,
                pupil=pupil,
            )
            any_office.letters.export_released(conn, export)
            any_office.letters.export_released(conn, export)

    def protocol(conn: Connection) -> None:
        conn.run(
            "INSERT INTO evaluation (evaluation_id, title, question, first_day, last_day, schools, variables, basis,"
            " threshold, notice_days, retention_days, responsible, state, revision, created_at, created_by)"
            " VALUES ('e0', 't', 'q', '2027-01-04', '2027-03-31', '[]', '[]', 'objection', 10, 14, 365, 'max',"
            " 'running', 1, 1, 'account:max')"
        )

    await any_office.database.write(protocol)
    await any_office.database.write(released)
    # The mother answers for Lina alone; the file of Noé is no business of hers.
    (letter,) = await any_office.post()
    assert letter.to == ILSE
    assert f"{SITE}/home/data/{desk.lina}#evaluations" in letter.text
