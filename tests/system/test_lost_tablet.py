"""A family declares its iPad lost, sees where it is, and brings it back: over the real protocols, with a real server.

Afterwards nothing that the database holds, deleted rows included, tells where the tablet was.
"""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import cast

import msgspec
import pytest

from mdm.clock import Clock, SystemClock
from mdm.home.loans.loan import Condition
from mdm.home_parts import HomeRoom, home_room
from mdm.i18n import Catalogs, packages_with_words
from mdm.journal import Journal
from mdm.repairs.room import repair_room
from mdm.settings import load_settings
from mdm.simulator.apns import PushServer
from mdm.store import Database, open_database
from mdm.vault_key import open_vault
from profiles.charter.charter import charter_of
from profiles.costs.warranties import PurchasedWarranties
from tests.home.lost.conftest import everything_in
from tests.home.pupils.families import NOE, guardians_file, onde
from tests.system.conftest import UAI, RunningValise, until, with_kit
from tests.system.test_valise_of_ipads import living, ready
from tests.webui.conftest import Site
from tests.webui.signed_in import Browser, browser_of
from webui.roles import Role

pytestmark = [pytest.mark.external, pytest.mark.slow]

HEAD = "account:directrice"


class Beside(msgspec.Struct, frozen=True):
    """A process beside the server, on the same store: where its pages are, and what a school's desk has."""

    url: str
    database: Database
    clock: Clock
    home: HomeRoom

    @property
    def services(self) -> "Beside":
        """What `browser_of` looks for."""
        return self

    async def parent(self, child: str, login: str) -> Browser:
        """The browser of a child's guardian, whose account is linked."""
        (guardian,) = await self.home.guardians.of_pupil(child)
        code = (await self.home.guardians.invite(guardian.guardian.guardian_id, actor=HEAD)).code
        browser = await browser_of(cast(Site, self), login, Role.PARENT)
        await browser.post("/home/join", {"code": code, "sure": "1"})
        return browser

    async def lend(self, tablet_id: str) -> tuple[str, str]:
        """Lend a tablet to Noé; return the pupil and the loan."""
        rows = ("MME;;TARBOUCHE;Zoé;2 rue;;;TARBOUCHE;Noé;CE2 B;;;;",)
        report = await self.home.imports.read([onde(NOE), guardians_file(*rows)], uai=UAI, actor=HEAD)
        await self.home.imports.apply(report.pending.import_id, leavers=False, actor=HEAD)
        (noe,) = (await self.home.pupils.page(UAI)).pupils
        child, today = noe.pupil.pupil_id, self.clock.now().date()
        (guardian,) = await self.home.guardians.of_pupil(child)
        answers_for = guardian.guardian.guardian_id
        loan = await self.home.loans.prepare(tablet_id, child, due_on=today + timedelta(days=90), actor=HEAD)
        await self.home.loans.agreements.note_on_paper(
            loan.loan_id, answers_for, signed_on=today, insured=True, actor=HEAD
        )
        await self.home.training.note_attended([answers_for], today, actor=HEAD)
        await self.home.loans.hand_over(loan.loan_id, Condition(), actor=HEAD)
        return child, loan.loan_id


@asynccontextmanager
async def beside(valise: RunningValise) -> AsyncIterator[Beside]:
    """Open what a school's desk has on the server's store."""
    settings, clock = load_settings(valise.config, {}), SystemClock()
    database = await open_database(settings.database_url, clock)
    vault, journal = open_vault(settings.keys_dir), Journal(clock)
    agreed = charter_of(database, clock, journal, vault, settings).agreed
    repair = repair_room(database, clock, journal, PurchasedWarranties(), settings.data_dir)
    words = Catalogs(*packages_with_words())
    home = home_room(database, clock, journal, vault, settings, agreed, words, repair.faults)
    yield Beside(valise.people_url, database, clock, home)
    await database.close()


async def tells(browser: Browser, address: str, words: str) -> None:
    """Wait until a page says something."""
    for _ in range(300):
        text = (await browser.get(address)).text
        if words in text:
            return
        await asyncio.sleep(0.2)
    pytest.fail(f"{address} never said {words}: {text}")


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_a_lost_ipad_is_locked_located_found_and_nothing_of_its_place_is_left(
    make_valise: Callable[..., RunningValise], push_service: PushServer, engine: str, request: pytest.FixtureRequest
) -> None:
    address = request.getfixturevalue("postgres").create("lost") if engine == "postgresql" else ""
    valise = make_valise(push_service, database=address)
    with_kit(valise, 1)
    valise.config.write_text(
        valise.config.read_text("utf-8").replace("[home]\n", '[home]\nlost_number = "05 58 00 00 00"\n', 1), "utf-8"
    )
    valise.start()
    async with living(valise, push_service, 1) as (ipad,), beside(valise) as desk:
        await until(lambda: ready(valise) == 1, 120)
        tablet_id = valise.json("device", "show", "Cassiopée 01")["tablet"]["tablet"]["tablet_id"]
        child, loan_id = await desk.lend(tablet_id)
        zoe = await desk.parent(child, "zoe")
        lost = f"/home/loans/{loan_id}/lost"
        declared = await zoe.post(lost, {})
        assert "déclarée perdue" in declared.text
        latitude = ipad.tablet.place[0]
        await tells(zoe, lost, f"{latitude:.5f}")
        assert ipad.tablet.lost is not None
        assert "École" in (ipad.tablet.lost.message or "")
        assert ipad.tablet.lost.phone == "05 58 00 00 00"
        await zoe.post(f"{lost}/ring", {})
        await until(lambda: ipad.tablet.sounds_played == 1)

        found = await zoe.post(f"{lost}/found", {})
        assert found.status == 200
        await until(lambda: ipad.tablet.lost is None)
        again = await zoe.post(lost, {})
        assert "déclarée perdue" in again.text
        await tells(zoe, lost, f"{latitude:.5f}")
        await desk.home.loans.take_back(loan_id, Condition(), actor=HEAD)
        await until(lambda: ipad.tablet.lost is None)
        await until(lambda: ready(valise) == 1)
        kept = await desk.database.read(everything_in)
        searches = await desk.database.read(lambda conn: conn.all("SELECT state, sealed_position FROM lost_search"))
    assert searches == [{"state": "ended", "sealed_position": None}] * 2
    assert "DeviceLocation" in kept
    assert str(latitude) not in kept
    valise.stop()
    if engine == "sqlite":
        files = b"".join(one.read_bytes() for one in sorted((valise.folder / "data").glob("valise.db*")))
        assert b"DeviceLocation" in files
        for written in (str(latitude).encode(), struct.pack(">d", latitude), struct.pack("<d", latitude)):
            assert written not in files
    log = valise.log.read_text(encoding="utf-8")
    assert "Traceback" not in log
    assert str(latitude) not in log
    assert valise.json("journal", "verify")["wrong_seq"] is None
