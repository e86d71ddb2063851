"""Lina's parents with accounts, a post office that catches what is sent, and the loans of a school."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from mdm.clock import ManualClock
from mdm.home.letters.bounces import note_outcome
from mdm.home.letters.matters import Matter
from mdm.home.letters.room import LettersRoom, letters_room
from mdm.home.loans.loans import Loans
from mdm.home.loans.reminders import Reminders
from mdm.i18n import Catalogs, packages_with_words
from mdm.mail.catcher import Caught, MailCatcher
from mdm.mail.outbox import Postman
from mdm.settings import Mail, People, Settings
from mdm.store import Connection, Database
from tests.home.guardians.conftest import _with_families
from tests.home.loans.conftest import FATHER, MOTHER, Desk
from tests.mail.conftest import MailServer

SITE = "https://valise.example.fr"
ILSE, ODON = "ilse@exemple.fr", "odon@exemple.fr"
CATALOGS = Catalogs(*packages_with_words())
_CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}")


class GivenDigests:
    """What the editions allow, as a test gives it."""

    def __init__(self) -> None:
        self.digest: str | None = "a" * 64

    def of_kit(self, conn: Connection, kit_id: str, platform: str) -> str | None:
        """Return it."""
        del conn, kit_id, platform
        return self.digest


class PostOffice:
    """The letters' room with a postman; ``mail`` is the mail server that he gives letters to."""

    def __init__(self, desk: Desk, mail: Mail, catcher: MailCatcher | None = None) -> None:
        self.desk = desk
        self.database: Database = desk.database
        self.clock: ManualClock = desk.clock
        self.catcher = catcher
        self.digests = GivenDigests()
        self.settings = msgspec.structs.replace(Settings(), mail=mail, people=People(url=SITE))
        self.room: LettersRoom = letters_room(
            self.database, self.clock, desk.town.journal, desk.town.vault, self.settings, CATALOGS, self.digests
        )
        self.addresses = self.room.addresses
        self.letters = self.room.letters
        self.postman = Postman(self.database, self.clock, desk.town.vault, mail, after=note_outcome)
        desk.loans = Loans(self.database, self.clock, desk.town.journal, desk.terms, after=self.letters.loan)
        desk.agreements = desk.loans.agreements
        desk.reminders = Reminders(self.database, self.clock, self.letters)

    async def open(self) -> None:
        """Make the parents' accounts."""

        def make(conn: Connection) -> None:
            for account in (MOTHER, FATHER):
                conn.run(
                    "INSERT INTO account (account_id, login, password_hash, created_at) VALUES (:it, :it, '', :now)",
                    it=account,
                    now=self.clock.ms(),
                )

        await self.database.write(make)

    @property
    def caught(self) -> list[Caught]:
        """What was sent, the newest first."""
        assert self.catcher is not None
        return self.catcher.caught

    async def post(self) -> list[Caught]:
        """Send what waits; return what is new, the oldest first."""
        before = len(self.caught)
        await self.postman.once()
        return self.caught[: len(self.caught) - before][::-1]

    async def ask(
        self,
        account: str = MOTHER,
        text: str = ILSE,
        *,
        matters: tuple[Matter, ...] | None = None,
        language: str = "fr",
    ) -> str:
        """Give an address, and return the code of its letter."""
        await self.addresses.ask(account, text, matters=matters, language=language, actor=f"account:{account}")
        (letter,) = await self.post()
        assert letter.to == text
        return code_in(letter)

    async def confirm(self, code: str, account: str = MOTHER) -> None:
        """Type a code."""
        await self.addresses.confirm(account, code, actor=f"account:{account}")

    async def give(
        self,
        account: str = MOTHER,
        text: str = ILSE,
        *,
        matters: tuple[Matter, ...] = tuple(Matter),
        language: str = "fr",
    ) -> None:
        """Give an address and confirm it."""
        await self.confirm(await self.ask(account, text, matters=matters, language=language), account)

    async def everything(self) -> str:
        """All that the store keeps of letters, and the journal, as text."""

        def read(conn: Connection) -> str:
            tables = ("family_address", "family_address_asked", "family_letter", "letter", "journal")
            return "\n".join(str(row) for table in tables for row in conn.all(f"SELECT * FROM {table}"))

        return await self.database.read(read)

    def tomorrow(self, days: int = 1) -> None:
        """Let days pass."""
        self.clock.advance(timedelta(days=days))


def code_in(letter: Caught) -> str:
    """Return the code in a letter."""
    found = _CODE.search(letter.text)
    assert found is not None
    return found[0]


async def _office(database: Database, clock: ManualClock) -> tuple[PostOffice, MailCatcher]:
    desk = Desk(await _with_families(database, clock))
    await desk.build()
    catcher = MailCatcher()
    port = await catcher.start("127.0.0.1", 0)
    mail = Mail(host="127.0.0.1", port=port, security="none", sender="Valise <valise@example.fr>")
    made = PostOffice(desk, mail, catcher)
    await made.open()
    return made, catcher


@pytest.fixture
async def office(database: Database, clock: ManualClock) -> AsyncIterator[PostOffice]:
    made, catcher = await _office(database, clock)
    yield made
    await catcher.stop()


@pytest.fixture
async def any_office(any_database: Database, clock: ManualClock) -> AsyncIterator[PostOffice]:
    made, catcher = await _office(any_database, clock)
    yield made
    await catcher.stop()


@pytest.fixture
async def mail_server(tmp_path: Path) -> AsyncIterator[MailServer]:
    made = MailServer(tmp_path)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def strict_office(any_database: Database, clock: ManualClock, mail_server: MailServer) -> PostOffice:
    """An office whose mail server refuses what a test says."""
    desk = Desk(await _with_families(any_database, clock))
    await desk.build()
    made = PostOffice(desk, mail_server.settings())
    await made.open()
    return made
