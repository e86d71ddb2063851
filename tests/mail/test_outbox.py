"""Letters survive a restart, are sent once over TLS, tried again when refused for now, and forgotten when done."""

import asyncio
import email
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.clock import ManualClock
from mdm.mail import outbox_store
from mdm.mail.errors import AddressRefused, NoMail
from mdm.mail.letter import Letter, message_of, parse_address
from mdm.mail.outbox import Outbox, Postman
from mdm.mail.outbox_store import Delivery
from mdm.settings import Mail, SettingsError, load_settings
from mdm.store import Connection, Database, open_database
from mdm.vault import Vault
from tests.mail.conftest import MailServer

VAULT = Vault(bytes(range(32)))
ADDRESS = "anne.dupont@example.fr"
LETTER = Letter(to=ADDRESS, subject="Votre invitation à Valise", text="Bonjour,\n\nÀ bientôt.\n", language="fr")


async def put(database: Database, clock: ManualClock, settings: Mail, *, about: str = "invitation:1") -> str:
    outbox = Outbox(clock, VAULT, settings)
    return await database.write(lambda conn: outbox.put(conn, LETTER, about=about))


async def stands(database: Database, about: str = "invitation:1") -> Delivery:
    return (await database.read(lambda conn: outbox_store.deliveries(conn, [about])))[about]


async def everything_kept(database: Database) -> str:
    """All that the table of letters holds, as text."""
    return str(await database.read(lambda conn: conn.all("SELECT * FROM letter")))


def sent(server: MailServer, number: int = 0) -> EmailMessage:
    return cast(EmailMessage, email.message_from_bytes(server.taken[number].content, policy=default))


async def test_a_letter_is_sent_once_over_tls_and_then_forgotten(
    any_database: Database, clock: ManualClock, mail_server: MailServer
) -> None:
    settings = mail_server.settings()
    letter_id = await put(any_database, clock, settings)
    assert ADDRESS not in await everything_kept(any_database)
    postman = Postman(any_database, clock, VAULT, settings)
    assert (await postman.once(), await postman.once()) == (1, 0)
    assert mail_server.encrypted == [True]
    message = sent(mail_server)
    assert (message["To"], message["Subject"]) == (ADDRESS, LETTER.subject)
    assert message["From"] == "Valise de MACS <valise@example.fr>"
    assert message["Message-ID"] == f"<{letter_id}@example.fr>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().replace("\r\n", "\n") == LETTER.text
    rows = await any_database.read(lambda conn: conn.all("SELECT sealed_letter, state FROM letter"))
    assert rows == [{"sealed_letter": None, "state": "sent"}]


async def test_tls_from_the_first_byte(any_database: Database, clock: ManualClock, tmp_path: Path) -> None:
    server = MailServer(tmp_path)
    await server.start(implicit=True)
    settings = server.settings(security="tls")
    await put(any_database, clock, settings)
    assert await Postman(any_database, clock, VAULT, settings).once() == 1
    assert len(server.taken) == 1
    await server.stop()


async def test_a_mail_server_that_we_do_not_trust_is_told_nothing(
    database: Database, clock: ManualClock, mail_server: MailServer
) -> None:
    settings = msgspec.structs.replace(mail_server.settings(), ca_file="")
    await put(database, clock, settings)
    assert await Postman(database, clock, VAULT, settings).once() == 0
    assert (mail_server.taken, mail_server.encrypted) == ([], [])
    assert (await stands(database)).state == "waiting"


async def test_what_is_refused_for_now_is_tried_again_later_and_later(
    any_database: Database, clock: ManualClock, mail_server: MailServer
) -> None:
    settings = mail_server.settings()
    await put(any_database, clock, settings)
    postman = Postman(any_database, clock, VAULT, settings)
    mail_server.refuse = ["451 later", "451 later"]
    assert await postman.once() == 0
    assert (await stands(any_database)).tries == 1
    for minutes in (1, 2):
        clock.advance(timedelta(minutes=minutes, seconds=-1))
        assert await postman.once() == 0
        assert len(mail_server.refuse) == 2 - minutes
        clock.advance(timedelta(seconds=1))
        await postman.once()
    assert len(mail_server.taken) == 1
    assert (await stands(any_database)).state == "sent"


async def test_what_is_refused_for_good_is_given_up_and_forgotten(
    any_database: Database, clock: ManualClock, mail_server: MailServer
) -> None:
    settings = mail_server.settings()
    await put(any_database, clock, settings)
    mail_server.refuse = ["550 nobody here"]
    assert await Postman(any_database, clock, VAULT, settings).once() == 0
    found = await stands(any_database)
    assert (found.state, found.reply) == ("failed", 550)
    rows = await any_database.read(lambda conn: conn.all("SELECT sealed_letter FROM letter"))
    assert rows == [{"sealed_letter": None}]


async def test_a_wrong_password_of_ours_loses_no_letter(
    database: Database, clock: ManualClock, mail_server: MailServer
) -> None:
    wrong = msgspec.structs.replace(mail_server.settings(), password="pas celui-ci")
    await put(database, clock, wrong)
    assert await Postman(database, clock, VAULT, wrong).once() == 0
    assert (await stands(database)).state == "waiting"
    clock.advance(timedelta(minutes=1))
    assert await Postman(database, clock, VAULT, mail_server.settings()).once() == 1


async def test_a_letter_survives_a_restart_and_a_mail_server_that_is_away(
    store_url: str, clock: ManualClock, mail_server: MailServer
) -> None:
    settings = mail_server.settings()
    await mail_server.stop()
    first = await open_database(store_url, clock, migrate=True)
    await put(first, clock, settings)
    assert await Postman(first, clock, VAULT, settings).once() == 0
    await first.close()
    await mail_server.start()
    settings = mail_server.settings()
    clock.advance(timedelta(minutes=1))
    second = await open_database(store_url, clock)
    assert await Postman(second, clock, VAULT, settings).once() == 1
    await second.close()
    assert len(mail_server.taken) == 1


async def test_a_letter_that_nobody_takes_is_given_up_after_three_days(database: Database, clock: ManualClock) -> None:
    away = Mail(host="127.0.0.1", port=1, security="none", sender="valise@example.fr")
    await put(database, clock, away)
    postman = Postman(database, clock, VAULT, away)
    for _ in range(20):
        await postman.once()
        clock.advance(timedelta(hours=4))
    assert (await stands(database)).state == "failed"
    rows = await database.read(lambda conn: conn.all("SELECT sealed_letter FROM letter"))
    assert rows == [{"sealed_letter": None}]


async def test_two_servers_on_one_database_send_a_letter_once(
    any_database: Database, clock: ManualClock, mail_server: MailServer
) -> None:
    settings = mail_server.settings()
    for number in range(5):
        await put(any_database, clock, settings, about=f"invitation:{number}")
    counts = await asyncio.gather(*(Postman(any_database, clock, VAULT, settings).once() for _ in range(3)))
    assert sum(counts) == 5
    assert len(mail_server.taken) == 5


async def test_the_postman_sends_what_comes_while_he_waits(
    database: Database, clock: ManualClock, mail_server: MailServer
) -> None:
    settings = mail_server.settings()
    postman = Postman(database, clock, VAULT, settings)
    await postman.start()
    async with database.events.subscribe("letter_done") as done, asyncio.timeout(30):
        await put(database, clock, settings, about="invitation:7")
        assert (await anext(done)).key == "invitation:7"
    await postman.stop()
    assert len(mail_server.taken) == 1


async def test_a_withdrawn_letter_is_not_sent(database: Database, clock: ManualClock, mail_server: MailServer) -> None:
    settings = mail_server.settings()
    await put(database, clock, settings)
    outbox = Outbox(clock, VAULT, settings)
    await database.write(lambda conn: outbox.withdraw(conn, "invitation:1"))
    assert await Postman(database, clock, VAULT, settings).once() == 0
    assert mail_server.taken == []


async def test_a_letter_goes_with_the_change_that_it_tells_of(database: Database, clock: ManualClock) -> None:
    outbox = Outbox(clock, VAULT, Mail(host="127.0.0.1", sender="valise@example.fr"))

    def undone(conn: Connection) -> None:
        outbox.put(conn, LETTER, about="invitation:1")
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(undone)
    assert await everything_kept(database) == "[]"


async def test_without_a_mail_server_no_letter_is_taken(database: Database, clock: ManualClock) -> None:
    with pytest.raises(NoMail):
        await put(database, clock, Mail())


@pytest.mark.parametrize(
    "text",
    [
        "", "anne", "anne@", "@example.fr", "anne@example", "a b@example.fr", "anne@example.fr\nBcc: x@example.fr",
        "anne@example.fr, b@example.fr", "Anne <anne@example.fr>", '"a"@example.fr', "anne@ex ample.fr", "a@b@c.fr",
        "anne@example.fr\r\n\r\nBonjour", "é@example.fr", f"{'a' * 250}@example.fr",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(AddressRefused):
        parse_address(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" Anne.Dupont@Example.FR ", "Anne.Dupont@example.fr"),
        ("anne+ecole@école.fr", "anne+ecole@xn--cole-9oa.fr"),
        ("o'neill@ac-bordeaux.fr", "o'neill@ac-bordeaux.fr"),
    ],
)
def test_addresses_are_read(text: str, address: str) -> None:
    assert parse_address(text) == address


@given(st.text(max_size=60))
def test_whatever_is_taken_for_an_address_adds_no_header(text: str) -> None:
    try:
        address = parse_address(text)
    except AddressRefused:
        return
    letter = msgspec.structs.replace(LETTER, to=address)
    message = message_of(letter, letter_id="1", sender="valise@example.fr", made_at=datetime(2026, 9, 1, tzinfo=UTC))
    read = email.message_from_bytes(bytes(message), policy=default)
    assert [str(one) for one in read["To"].addresses] == [address]
    assert len(read.keys()) == len(message.keys())


def test_a_mail_server_without_tls_must_be_this_machine(tmp_path: Path) -> None:
    file = tmp_path / "valise.toml"
    file.write_text('[mail]\nhost = "smtp.example.fr"\nsecurity = "none"\nuser = "valise"\n', encoding="utf-8")
    with pytest.raises(SettingsError) as raised:
        load_settings(file, {"VALISE_MAIL_PASSWORD": "secret", "VALISE_MAIL_PORT": "0"})
    assert {mistake.key for mistake in raised.value.mistakes} == {"mail.sender", "mail.security", "mail.port"}
    assert "secret" not in str(raised.value)
