"""An address is used after its code was typed and not before, is sealed, and is gone when it is taken away."""

from datetime import timedelta

import pytest

from mdm.home.letters.addresses import CODES_A_DAY, TRIES
from mdm.home.letters.errors import CodeOver, CodeWrong, NoAddress, NoFamily, TooManyCodes
from mdm.home.letters.matters import USUAL, Matter
from mdm.home.letters.stopping import open_stop, stop_token
from mdm.home.loans.loan import Condition
from mdm.mail.errors import AddressRefused, NoMail
from mdm.settings import Mail
from mdm.store import Connection
from mdm.vault import Vault
from tests.home.loans.conftest import FATHER, MOTHER
from tests.home.pupils.families import ACTOR
from tests.home_letters.conftest import ILSE, ODON, SITE, PostOffice, code_in

STRANGER = "stranger"


async def test_an_address_is_used_once_its_code_was_typed(any_office: PostOffice) -> None:
    await any_office.addresses.ask(MOTHER, f" {ILSE} ", language="fr", actor="account:parent1")
    before = await any_office.addresses.show(MOTHER)
    assert (before.address, before.asked, before.matters) == (None, ILSE, USUAL)
    await any_office.desk.prepare()
    (letter,) = await any_office.post()
    assert (letter.to, code_in(letter) in letter.subject) == (ILSE, True)
    assert f"{SITE}/home/letters#{code_in(letter)}" in letter.text

    await any_office.confirm(code_in(letter).lower().replace("-", " "))
    shown = await any_office.addresses.show(MOTHER)
    assert (shown.address, shown.asked, shown.language, shown.unreachable_at) == (ILSE, None, "fr", None)
    assert shown.confirmed_at == any_office.clock.ms()


async def test_neither_the_store_nor_the_journal_has_the_address_or_the_code(any_office: PostOffice) -> None:
    code = await any_office.ask()
    for _ in range(2):
        kept = await any_office.everything()
        assert ILSE not in kept
        assert "ilse" not in kept
        assert code not in kept
        assert code.replace("-", "") not in kept
        if "family_address_confirmed" not in kept:
            await any_office.confirm(code)
    assert "family_address_asked" in kept
    assert "family_address_confirmed" in kept


async def test_a_code_serves_once(office: PostOffice) -> None:
    code = await office.ask()
    await office.confirm(code)
    with pytest.raises(CodeOver):
        await office.confirm(code)


async def test_a_code_is_over_after_a_day(office: PostOffice) -> None:
    code = await office.ask()
    office.tomorrow()
    with pytest.raises(CodeOver):
        await office.confirm(code)
    assert (await office.addresses.show(MOTHER)).asked is None


async def test_the_newest_code_alone_counts(office: PostOffice) -> None:
    first = await office.ask()
    await office.addresses.again(MOTHER, actor="account:parent1")
    (letter,) = await office.post()
    with pytest.raises(CodeWrong):
        await office.confirm(first)
    await office.confirm(code_in(letter))
    assert (await office.addresses.show(MOTHER)).address == ILSE


async def test_a_code_is_of_one_account(office: PostOffice) -> None:
    code = await office.ask()
    await office.ask(FATHER, ODON)
    with pytest.raises(CodeWrong):
        await office.confirm(code, FATHER)


async def test_wrong_codes_are_few_and_then_the_right_one_does_not_help(any_office: PostOffice) -> None:
    code = await any_office.ask()
    for left in range(TRIES - 1, 0, -1):
        with pytest.raises(CodeWrong) as refused:
            await any_office.confirm("0000-0000")
        assert refused.value.params == {"left": left}
    with pytest.raises(CodeOver):
        await any_office.confirm("0000-0000")
    with pytest.raises(CodeOver):
        await any_office.confirm(code)
    assert (await any_office.addresses.show(MOTHER)).asked is None


async def test_a_day_has_few_codes_whatever_became_of_them(office: PostOffice) -> None:
    for number in range(CODES_A_DAY):
        await office.ask(text=f"somebody{number}@exemple.fr")
        if number == 2:
            await office.addresses.forget_asked(MOTHER, actor="account:parent1")
    with pytest.raises(TooManyCodes):
        await office.addresses.ask(MOTHER, ILSE, language="fr", actor="account:parent1")
    await office.ask(FATHER, ODON)
    office.clock.advance(timedelta(hours=24))
    await office.ask()


async def test_a_code_that_waits_is_not_sent_when_another_is_asked_for(office: PostOffice) -> None:
    for text in ("wrong@exemple.fr", ILSE):
        await office.addresses.ask(MOTHER, text, language="fr", actor="account:parent1")
    assert [one.to for one in await office.post()] == [ILSE]


async def test_the_address_before_holds_until_the_new_one_is_confirmed(office: PostOffice) -> None:
    await office.give(matters=(Matter.LOAN,))
    code = await office.ask(text="neuve@exemple.fr")
    loan = await office.desk.prepare()
    assert [one.to for one in await office.post()] == [ILSE]
    await office.confirm(code)
    shown = await office.addresses.show(MOTHER)
    assert (shown.address, shown.matters) == ("neuve@exemple.fr", (Matter.LOAN,))
    await office.desk.accept(loan)
    assert [one.to for one in await office.post()] == ["neuve@exemple.fr"]


async def test_what_is_taken_away_is_gone_with_the_letters_that_wait(any_office: PostOffice) -> None:
    await any_office.give()
    await any_office.desk.prepare()
    await any_office.addresses.remove(MOTHER, actor="account:parent1")
    assert await any_office.post() == []
    shown = await any_office.addresses.show(MOTHER)
    assert (shown.address, shown.asked) == (None, None)
    rows = await any_office.database.read(
        lambda conn: conn.all("SELECT letter.sealed_letter FROM letter WHERE sealed_letter IS NOT NULL")
    )
    assert rows == []
    assert await any_office.database.read(lambda conn: conn.all("SELECT * FROM family_letter")) == []
    assert await any_office.database.read(lambda conn: conn.all("SELECT * FROM family_address")) == []
    # Nothing to take away: nothing is noted.
    before = await any_office.everything()
    await any_office.addresses.remove(MOTHER, actor="account:parent1")
    assert await any_office.everything() == before


async def test_an_address_that_waits_can_be_forgotten(office: PostOffice) -> None:
    code = await office.ask()
    await office.addresses.forget_asked(MOTHER, actor="account:parent1")
    with pytest.raises(CodeOver):
        await office.confirm(code)
    with pytest.raises(CodeOver):
        await office.addresses.again(MOTHER, actor="account:parent1")


async def test_what_is_told_and_in_which_language_is_chosen_at_any_moment(office: PostOffice) -> None:
    with pytest.raises(NoAddress):
        await office.addresses.choose(MOTHER, [Matter.LOAN], "en", actor="account:parent1")
    await office.give()
    await office.addresses.choose(MOTHER, [Matter.REQUEST, Matter.LOAN], "en", actor="account:parent1")
    shown = await office.addresses.show(MOTHER)
    assert (shown.matters, shown.language) == ((Matter.LOAN, Matter.REQUEST), "en")
    await office.addresses.choose(MOTHER, [], "xx", actor="account:parent1")
    shown = await office.addresses.show(MOTHER)
    assert (shown.matters, shown.language) == ((), "fr")


async def test_who_answers_for_no_child_gives_no_address(office: PostOffice) -> None:
    def add(conn: Connection) -> None:
        conn.run("INSERT INTO account (account_id, login, password_hash, created_at) VALUES ('stranger', 's', '', 1)")

    await office.database.write(add)
    with pytest.raises(NoFamily):
        await office.addresses.ask(STRANGER, ILSE, language="fr", actor="account:s")
    with pytest.raises(NoFamily):
        await office.addresses.keep_confirmed(STRANGER, ILSE, matters=USUAL, language="fr", actor="account:s")


async def test_what_is_no_address_is_refused(office: PostOffice) -> None:
    for text in ("", "ilse", "ilse@exemple.fr\nBcc: x@exemple.fr", "ilse@exemple.fr, odon@exemple.fr"):
        with pytest.raises(AddressRefused):
            await office.addresses.ask(MOTHER, text, language="fr", actor="account:parent1")


async def test_a_server_without_mail_takes_no_address_and_nothing_else_breaks(office: PostOffice) -> None:
    quiet = PostOffice(office.desk, Mail())
    assert not (await quiet.addresses.show(MOTHER)).sends_mail
    with pytest.raises(NoMail):
        await quiet.addresses.ask(MOTHER, ILSE, language="fr", actor="account:parent1")
    await office.give()
    quiet = PostOffice(office.desk, Mail())
    loan = await quiet.desk.lend(due_on=office.clock.now().date())
    quiet.tomorrow()
    assert await quiet.desk.reminders.once() == 1
    (call,) = await quiet.desk.reminders.to_telephone(loan.uai)
    assert call.loan_id == loan.loan_id
    assert await office.post() == []


async def test_an_address_that_was_proved_elsewhere_is_kept_as_it_is(office: PostOffice) -> None:
    await office.addresses.keep_confirmed(
        MOTHER, "parents@demo.invalid", matters=tuple(Matter), language="fr", actor="system"
    )
    await office.desk.prepare()
    assert [one.to for one in await office.post()] == ["parents@demo.invalid"]


async def test_who_left_or_ended_is_written_to_no_more_and_forgotten(any_office: PostOffice) -> None:
    await any_office.give()
    await any_office.give(FATHER, ODON)
    desk = any_office.desk
    await desk.town.guardians.withdraw(desk.parents[MOTHER], desk.lina, actor=ACTOR)
    await any_office.database.write(
        lambda conn: conn.run("UPDATE account SET disabled_at = 1 WHERE account_id = :it", it=FATHER)
    )
    await desk.prepare()
    assert await any_office.post() == []
    assert await any_office.addresses.tidy() == 2
    assert await any_office.addresses.tidy() == 0
    assert (await any_office.addresses.show(MOTHER)).address is None
    assert (await any_office.addresses.show(FATHER)).address is None


async def test_an_address_whose_code_is_over_is_forgotten_with_who_left(office: PostOffice) -> None:
    await office.addresses.ask(MOTHER, ILSE, language="fr", actor="account:parent1")
    office.tomorrow()
    await office.desk.town.guardians.withdraw(office.desk.parents[MOTHER], office.desk.lina, actor=ACTOR)
    assert await office.addresses.tidy() == 1
    assert await office.addresses.tidy() == 0
    assert await office.post() == []


async def test_who_stays_is_left_alone(office: PostOffice) -> None:
    await office.give()
    await office.ask(FATHER, ODON)
    assert await office.addresses.tidy() == 0


async def test_a_stop_is_sealed_for_one_account_and_one_giving(office: PostOffice) -> None:
    vault = Vault(bytes(range(32)))
    token = stop_token(vault, MOTHER, 7)
    assert open_stop(vault, token) == (MOTHER, 7)
    assert MOTHER not in token
    for wrong in ("", "x", token[:-4], "é" * 40, token + "AAAA", "A" * 5000, "AQ", token.swapcase()):
        assert open_stop(vault, wrong) is None
        assert not await office.addresses.may_stop(wrong)


async def test_the_loan_goes_on_whatever_becomes_of_letters(office: PostOffice) -> None:
    await office.give()
    loan = await office.desk.lend()
    returned = await office.desk.loans.take_back(loan.loan_id, Condition(), actor=ACTOR)
    assert returned.state.value == "returned"
