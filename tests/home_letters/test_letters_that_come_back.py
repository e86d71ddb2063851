"""What the mail server refuses for good: the address is not written to any more, and somebody telephones."""

import email
from datetime import date, timedelta
from email.message import EmailMessage
from email.policy import default
from typing import cast

import msgspec

from mdm.home.letters.letter_store import unreachable_pupils
from mdm.home.letters.matters import Matter
from mdm.home.letters.stopping import open_stop
from mdm.home.loans.reminders import Step
from mdm.mail.outbox import Postman
from mdm.settings import Mail
from tests.home.loans.conftest import FATHER, MOTHER
from tests.home.pupils.families import ACTOR, BOURG
from tests.home_letters.conftest import ILSE, ODON, SITE, PostOffice
from tests.mail.conftest import MailServer

DUE = date(2026, 9, 20)


def sent(server: MailServer, number: int = -1) -> EmailMessage:
    return cast(EmailMessage, email.message_from_bytes(server.taken[number].content, policy=default))


async def lend_late(office: PostOffice) -> str:
    """Both parents' addresses, and a loan that is late."""
    for account, text in ((MOTHER, ILSE), (FATHER, ODON)):
        await office.addresses.keep_confirmed(account, text, matters=(Matter.RETURN,), language="fr", actor=ACTOR)
    loan = await office.desk.lend(due_on=DUE)
    office.tomorrow(20)
    return loan.loan_id


async def test_an_address_whose_letters_come_back_is_not_written_to_any_more(
    strict_office: PostOffice, mail_server: MailServer
) -> None:
    await lend_late(strict_office)
    mail_server.refuse = ["550 nobody here", "550 nobody here"]
    await strict_office.desk.reminders.once()
    assert await strict_office.desk.reminders.to_telephone(BOURG) == []
    await strict_office.postman.once()
    assert [one.step for one in await strict_office.desk.reminders.to_telephone(BOURG)] == [Step.OVERDUE]
    for account in (MOTHER, FATHER):
        assert (await strict_office.addresses.show(account)).unreachable_at == strict_office.clock.ms()
    lina = strict_office.desk.lina
    assert await strict_office.database.read(lambda conn: unreachable_pupils(conn, [lina])) == {lina}
    strict_office.tomorrow(7)
    await strict_office.desk.reminders.once()
    await strict_office.postman.once()
    assert mail_server.taken == []
    assert len(await strict_office.desk.reminders.to_telephone(BOURG)) == 2


async def test_one_guardian_whom_it_reached_is_enough(strict_office: PostOffice, mail_server: MailServer) -> None:
    await lend_late(strict_office)
    mail_server.refuse = ["550 nobody here"]
    await strict_office.desk.reminders.once()
    await strict_office.postman.once()
    assert len(mail_server.taken) == 1
    assert await strict_office.desk.reminders.to_telephone(BOURG) == []


async def test_the_address_can_be_given_again(strict_office: PostOffice, mail_server: MailServer) -> None:
    await lend_late(strict_office)
    mail_server.refuse = ["550 full", "550 full"]
    await strict_office.desk.reminders.once()
    await strict_office.postman.once()
    strict_office.clock.advance(timedelta(hours=1))
    await strict_office.addresses.ask(MOTHER, ILSE, language="fr", actor="account:parent1")
    await strict_office.postman.once()
    code = str(sent(mail_server)["Subject"]).split()[0]
    await strict_office.confirm(code)
    shown = await strict_office.addresses.show(MOTHER)
    assert (shown.address, shown.unreachable_at, shown.matters) == (ILSE, None, (Matter.RETURN,))


async def test_a_code_that_comes_back_is_told_on_the_page(strict_office: PostOffice, mail_server: MailServer) -> None:
    mail_server.refuse = ["550 nobody here"]
    await strict_office.addresses.ask(MOTHER, "ilse@exempel.fr", language="fr", actor="account:parent1")
    assert not (await strict_office.addresses.show(MOTHER)).code_came_back
    await strict_office.postman.once()
    assert (await strict_office.addresses.show(MOTHER)).code_came_back


async def test_a_letter_to_the_address_before_says_nothing_of_the_one_of_now(
    strict_office: PostOffice, mail_server: MailServer
) -> None:
    await lend_late(strict_office)
    mail_server.refuse = ["450 later", "450 later"]
    await strict_office.desk.reminders.once()
    await strict_office.postman.once()
    strict_office.tomorrow()
    await strict_office.addresses.keep_confirmed(
        MOTHER, "neuve@exemple.fr", matters=(Matter.RETURN,), language="fr", actor=ACTOR
    )
    mail_server.refuse = ["550 nobody here", "550 nobody here"]
    await strict_office.postman.once()
    assert (await strict_office.addresses.show(MOTHER)).unreachable_at is None
    assert (await strict_office.addresses.show(FATHER)).unreachable_at is not None
    assert len(await strict_office.desk.reminders.to_telephone(BOURG)) == 1


async def test_a_mail_server_that_is_away_says_nothing_of_an_address_but_somebody_telephones(
    strict_office: PostOffice,
) -> None:
    await lend_late(strict_office)
    await strict_office.desk.reminders.once()
    away = Mail(host="127.0.0.1", port=1, security="none", sender="valise@example.fr")
    office = PostOffice(strict_office.desk, away)
    for _ in range(20):
        await office.postman.once()
        office.clock.advance(timedelta(hours=4))
    assert (await office.addresses.show(MOTHER)).unreachable_at is None
    assert len(await office.desk.reminders.to_telephone(BOURG)) == 1


async def test_letters_of_other_rooms_pass(strict_office: PostOffice, mail_server: MailServer) -> None:
    await lend_late(strict_office)
    await strict_office.desk.reminders.once()
    await strict_office.database.write(lambda conn: conn.run("UPDATE letter SET about = 'invitation:1'"))
    mail_server.refuse = ["550 nobody here", "550 nobody here"]
    await strict_office.postman.once()
    assert (await strict_office.addresses.show(MOTHER)).unreachable_at is None


async def test_each_letter_tells_a_mail_program_how_to_stop_with_one_post(
    strict_office: PostOffice, mail_server: MailServer
) -> None:
    await lend_late(strict_office)
    await strict_office.desk.reminders.once()
    await strict_office.postman.once()
    message = sent(mail_server, 0)
    raw = mail_server.taken[0].content.decode()
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    header = str(message["List-Unsubscribe"])
    assert header.startswith(f"<{SITE}/home/letters/stop/")
    # On one line, and not encoded: else mail programs do not read it.
    assert f"List-Unsubscribe: {header}\r\n" in raw
    token = header.removeprefix(f"<{SITE}/home/letters/stop/").removesuffix(">")
    found = open_stop(strict_office.desk.town.vault, token)
    assert found is not None
    assert found[0] in (MOTHER, FATHER)
    await strict_office.addresses.stop(token)
    assert (await strict_office.addresses.show(found[0])).address is None


async def test_a_code_s_letter_has_nothing_to_stop(strict_office: PostOffice, mail_server: MailServer) -> None:
    await strict_office.addresses.ask(MOTHER, ILSE, language="en", actor="account:parent1")
    await strict_office.postman.once()
    message = sent(mail_server)
    assert message["List-Unsubscribe"] is None
    assert message["Content-Language"] == "en"


async def test_the_postman_goes_on_where_nobody_listens(strict_office: PostOffice, mail_server: MailServer) -> None:
    await lend_late(strict_office)
    await strict_office.desk.reminders.once()
    postman = Postman(
        strict_office.database, strict_office.clock, strict_office.desk.town.vault, mail_server.settings()
    )
    assert await postman.once() == 2
    assert msgspec.structs.asdict(await strict_office.addresses.show(MOTHER))["unreachable_at"] is None
