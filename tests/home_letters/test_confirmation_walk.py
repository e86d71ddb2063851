"""Whatever a guardian does in whatever order: an address is used only after its own newest code was typed in time."""

import asyncio
import re
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mdm.clock import ManualClock
from mdm.errors import ValiseError
from mdm.home.letters.addresses import CODES_A_DAY, TRIES, FamilyAddresses
from mdm.home.letters.errors import CodeOver, CodeWrong, TooManyCodes
from mdm.home.letters.letter_store import outbox_name
from mdm.home.letters.matters import Matter
from mdm.journal import Journal
from mdm.mail.letter import Letter
from mdm.mail.outbox import Outbox
from mdm.settings import Mail
from mdm.store import Connection, Database, open_database
from mdm.vault import Vault
from tests.home_letters.conftest import CATALOGS

WHO, ACTOR = "account-1", "account:parent"
ADDRESSES = ("une@exemple.fr", "deux@exemple.fr")
VAULT = Vault(bytes(range(32)))
DAY = timedelta(days=1)

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.sampled_from(ADDRESSES)),
        st.tuples(st.sampled_from(["again", "right", "right", "wrong", "old", "forget", "remove"]), st.just("")),
        st.tuples(st.just("wait"), st.sampled_from(["1", "13", "23", "24"])),
    ),
    min_size=4,
    max_size=25,
)


class Model:
    """What should hold, in a few plain words."""

    def __init__(self) -> None:
        self.address: str | None = None
        self.asked: str | None = None
        self.code = ""
        self.old = ""
        self.left = 0
        self.until = datetime(2000, 1, 1, tzinfo=UTC)
        self.sent: list[datetime] = []
        self.since = datetime(2000, 1, 1, tzinfo=UTC)

    def waiting(self, now: datetime) -> bool:
        """Tell whether a code is waited for."""
        return self.asked is not None and now < self.until

    def may_send(self, now: datetime) -> bool:
        """Tell whether one more letter with a code may be sent."""
        return now - self.since >= DAY or len(self.sent) < CODES_A_DAY

    def send(self, address: str, code: str, now: datetime) -> None:
        """Note that a code was sent."""
        if now - self.since >= DAY:
            self.since, self.sent = now, []
        self.sent.append(now)
        self.old, self.asked, self.code, self.left, self.until = self.code, address, code, TRIES, now + DAY


class Walk:
    """The real service beside the model."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database = database
        self.clock = clock
        self.model = Model()
        mail = Mail(host="127.0.0.1", port=25, security="none", sender="valise@example.fr")
        self.service = FamilyAddresses(
            database,
            clock,
            Journal(clock),
            VAULT,
            Outbox(clock, VAULT, mail),
            CATALOGS,
            site="https://valise.example.fr",
            organization="MACS",
        )

    async def step(self, kind: str, value: str) -> None:
        """Do one thing, and compare what is answered with what should be."""
        model, now = self.model, self.clock.now()
        expected: type[ValiseError] | None = None
        match kind:
            case "wait":
                self.clock.advance(timedelta(hours=int(value)))
                return
            case "ask" | "again":
                if kind == "again" and not model.waiting(now):
                    expected = CodeOver
                elif not model.may_send(now):
                    expected = TooManyCodes
                address = value or model.asked or ""
                assert await self._refusal(kind, value) is expected
                if expected is None:
                    model.send(address, await self._code(), now)
            case "right" | "wrong" | "old":
                code = {"right": model.code, "wrong": "0000-0000", "old": model.old}[kind]
                if not model.waiting(now):
                    expected = CodeOver
                elif code != model.code:
                    model.left -= 1
                    expected = CodeWrong if model.left else CodeOver
                    model.asked = model.asked if model.left else None
                else:
                    model.address, model.asked = model.asked, None
                assert await self._refusal("confirm", code) is expected
            case "forget":
                await self.service.forget_asked(WHO, actor=ACTOR)
                model.asked = None
            case "remove":
                await self.service.remove(WHO, actor=ACTOR)
                model.asked = model.address = None

    async def check(self) -> None:
        """Compare what is shown, and what waits to be sent, with the model."""
        shown, now = await self.service.show(WHO), self.clock.now()
        assert shown.address == self.model.address
        assert shown.asked == (self.model.asked if self.model.waiting(now) else None)
        waiting = await self._letters()
        # One letter with a code at most, to the address that waits; none where none waits.
        assert [one.to for one in waiting] == ([self.model.asked] if self.model.asked is not None else [])

    async def _refusal(self, kind: str, value: str) -> type[ValiseError] | None:
        try:
            match kind:
                case "ask":
                    await self.service.ask(WHO, value, matters=[Matter.LOAN], language="fr", actor=ACTOR)
                case "again":
                    await self.service.again(WHO, actor=ACTOR)
                case _:
                    await self.service.confirm(WHO, value, actor=ACTOR)
        except ValiseError as refused:
            return type(refused)
        return None

    async def _code(self) -> str:
        (letter,) = await self._letters()
        found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", letter.text)
        assert found is not None
        return found[0]

    async def _letters(self) -> list[Letter]:
        def read(conn: Connection) -> list[Letter]:
            rows = conn.all("SELECT * FROM letter WHERE state = 'waiting'")
            assert all(row["about"].startswith(outbox_name("")) for row in rows)
            return [
                msgspec.json.decode(VAULT.open(bytes(row["sealed_letter"]), f"letter {row['letter_id']}"), type=Letter)
                for row in rows
            ]

        return await self.database.read(read)


@settings(max_examples=30, deadline=None)
@given(STEPS)
@example([("ask", ADDRESSES[0]), ("wait", "24"), ("remove", "")])
@example([("ask", ADDRESSES[0]), ("wait", "24"), ("forget", "")])
def test_an_address_is_used_only_after_its_newest_code_was_typed_in_time(steps: list[tuple[str, str]]) -> None:
    async def run(folder: Path) -> None:
        clock = ManualClock(datetime(2026, 9, 1, 8, 0, tzinfo=UTC))
        database = await open_database(f"sqlite:///{folder / 'walk.db'}", clock, migrate=True)
        await database.write(_family)
        walk = Walk(database, clock)
        for kind, value in steps:
            await walk.step(kind, value)
            await walk.check()
        await database.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))


def _family(conn: Connection) -> None:
    conn.run("INSERT INTO account (account_id, login, password_hash, created_at) VALUES (:it, 'parent', '', 1)", it=WHO)
    conn.run("INSERT INTO guardian (guardian_id, label, account_id, created_at) VALUES ('g', '', :it, 1)", it=WHO)
    conn.run("INSERT INTO pupil (pupil_id, first_name, last_name, created_at) VALUES ('p', 'Lina', '', 1)")
    conn.run("INSERT INTO guardianship (guardian_id, pupil_id, since) VALUES ('g', 'p', 1)")
