"""A guardian's page of e-mails: given, confirmed, chosen, taken away; one tap of a mail program stops them."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import msgspec
import pytest

from mdm.clock import ManualClock
from mdm.home.letters.bounces import note_outcome
from mdm.home.letters.matters import Matter
from mdm.home.loans.loan import Condition
from mdm.mail.catcher import Caught, MailCatcher
from mdm.mail.letter import Letter
from mdm.mail.outbox import Postman
from mdm.settings import Mail
from mdm.store import Database
from tests.charter.agreeing_in_store import Agreement
from tests.webui.conftest import MakeSite
from tests.webui.home.conftest import CHARTER, DIRECTOR, Families
from tests.webui.signed_in import browser_of
from webui.roles import Role

HERE = "/home/letters"
ILSE, ODON = "ilse@exemple.fr", "odon@exemple.fr"
_CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}")
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


class Posted:
    """The families of a site with a mail server, and what it was given."""

    def __init__(self, families: Families, catcher: MailCatcher, postman: Postman) -> None:
        self.families = families
        self.catcher = catcher
        self.postman = postman

    async def post(self) -> list[Caught]:
        """Send what waits; return what is new, the oldest first."""
        before = len(self.catcher.caught)
        await self.postman.once()
        return self.catcher.caught[: len(self.catcher.caught) - before][::-1]

    async def code(self) -> str:
        """The code of the letter that waits."""
        (letter,) = await self.post()
        found = _CODE.search(letter.text)
        assert found is not None
        return found[0]

    async def stops(self) -> list[str]:
        """The addresses that stop what waits, as a mail program reads them."""
        vault = self.families.site.services.vault
        rows = await self.families.database.read(
            lambda conn: conn.all("SELECT letter_id, sealed_letter FROM letter WHERE state = 'waiting'")
        )
        letters = [
            msgspec.json.decode(vault.open(bytes(row["sealed_letter"]), f"letter {row['letter_id']}"), type=Letter)
            for row in rows
        ]
        return [httpx.URL(one.stop).path for one in letters]


@pytest.fixture
async def posted(make_site: MakeSite, database: Database, clock: ManualClock) -> AsyncIterator[Posted]:
    catcher = MailCatcher()
    port = await catcher.start("127.0.0.1", 0)
    mail = Mail(host="127.0.0.1", port=port, security="none", sender="valise@example.fr")
    site = await make_site(demo=False, mail=mail)
    services = site.services
    agreement = Agreement(database, clock, services.journal, services.vault, services.settings)
    await agreement.agree(CHARTER)
    families = Families(site, clock, agreement)
    await families.settle()
    yield Posted(families, catcher, Postman(database, clock, services.vault, mail, after=note_outcome))
    await catcher.stop()


async def test_an_address_is_given_confirmed_chosen_and_erased(posted: Posted) -> None:
    ilse = await posted.families.parent("ilse")
    assert f'href="{HERE}"' in (await ilse.get("/home")).text
    page = await ilse.get(HERE)
    assert page.text.count(" checked") == 1
    assert 'value="return" checked' in page.text

    page = await ilse.post(f"{HERE}/address", {"address": ILSE, "matter": ["return", "loan"], "language": "fr"})
    assert page.path == HERE
    assert ILSE in page.text
    wrong = await ilse.post(f"{HERE}/confirm", {"code": "AAAA-AAAA"})
    assert wrong.status == 422
    assert "Essais restants : 4" in wrong.text
    page = await ilse.post(f"{HERE}/confirm", {"code": await posted.code()})
    assert "Votre adresse est confirmée." in page.text
    assert page.text.count(" checked") == 2

    page = await ilse.post(f"{HERE}/choice", {"matter": ["loan", "lost", "nothing"], "language": "en"})
    assert "Votre choix est gardé." in page.text
    assert [one for one in Matter if f'value="{one.value}" checked' in page.text] == [Matter.LOAN, Matter.LOST]
    await posted.families.prepare()
    (letter,) = await posted.post()
    assert (letter.to, letter.subject) == (ILSE, "Tablet no. 1 is set aside for your child")

    page = await ilse.post(f"{HERE}/remove", {})
    assert "Votre adresse est effacée" in page.text
    assert ILSE not in page.text


async def test_what_is_wrong_is_told_beside_what_was_written(posted: Posted) -> None:
    ilse = await posted.families.parent("ilse")
    page = await ilse.post(f"{HERE}/address", {"address": "ilse@", "matter": ["lost"], "language": "en"})
    assert page.status == 422
    assert 'role="alert"' in page.text
    assert 'value="ilse@"' in page.text
    assert 'value="lost" checked' in page.text
    assert (await ilse.post(f"{HERE}/confirm", {"code": "AAAA-AAAA"})).status == 409
    assert (await ilse.post(f"{HERE}/choice", {"matter": "lost"})).status == 409
    assert (await ilse.post(f"{HERE}/again", {})).status == 409


async def test_one_guardian_sees_nothing_of_the_other_s_address(posted: Posted) -> None:
    ilse, odon = await posted.families.parent("ilse"), await posted.families.parent("odon")
    await ilse.post(f"{HERE}/address", {"address": ILSE, "matter": "loan", "language": "fr"})
    code = await posted.code()
    assert ILSE not in (await odon.get(HERE)).text
    assert (await odon.post(f"{HERE}/confirm", {"code": code})).status == 409
    assert (await ilse.post(f"{HERE}/confirm", {"code": code})).status == 200
    assert ILSE not in (await odon.get(HERE)).text
    assert ILSE not in (await odon.get(f"/home/data/{posted.families.ids['Lina']}")).text


async def test_the_guardian_s_data_have_the_address_and_the_choice(posted: Posted) -> None:
    ilse = await posted.families.parent("ilse")
    await ilse.post(f"{HERE}/address", {"address": ILSE, "matter": "loan", "language": "fr"})
    await ilse.post(f"{HERE}/confirm", {"code": await posted.code()})
    for path in ("/home/data", "/home/data/export.json", "/home/data/export.csv"):
        told = (await ilse.get(path)).text
        assert ILSE in told, path
        assert "Une tablette est prête à être empruntée" in told, path
    assert "consentement" in (await ilse.get("/home/data")).text
    await ilse.post(f"{HERE}/remove", {})
    assert ILSE not in (await ilse.get("/home/data/export.json")).text


async def test_a_mail_program_stops_the_letters_with_one_post(posted: Posted) -> None:
    families = posted.families
    ilse = await families.parent("ilse")
    await ilse.post(f"{HERE}/address", {"address": ILSE, "matter": ["loan"], "language": "fr"})
    await ilse.post(f"{HERE}/confirm", {"code": await posted.code()})
    await families.prepare()
    (stop,) = await posted.stops()
    async with httpx.AsyncClient(base_url=families.site.url) as outside:
        # Looking changes nothing: filters of mail open addresses.
        looked = await outside.get(stop)
        assert looked.status_code == 200
        assert ILSE not in looked.text
        assert ILSE in (await ilse.get(HERE)).text
        done = await outside.post(stop, data=ONE_CLICK, headers={"Origin": "https://mail.example"})
        assert done.status_code == 200
        assert (await outside.post(stop, data=ONE_CLICK)).status_code == 404
        assert (await outside.get(stop)).status_code == 404
        # Nothing else is taken from elsewhere.
        assert (await outside.post(f"{HERE}/remove", data={})).status_code == 403
        assert (await outside.post(f"{HERE}/stop/{'A' * 60}", data=ONE_CLICK)).status_code == 404
    assert ILSE not in (await ilse.get(HERE)).text
    assert await posted.post() == []


async def test_the_stop_of_an_address_before_leaves_the_one_of_now(posted: Posted) -> None:
    families = posted.families
    ilse = await families.parent("ilse")
    await ilse.post(f"{HERE}/address", {"address": ILSE, "matter": ["loan"], "language": "fr"})
    await ilse.post(f"{HERE}/confirm", {"code": await posted.code()})
    await families.prepare()
    (stop,) = await posted.stops()
    await posted.post()
    await ilse.post(f"{HERE}/address", {"address": "neuve@exemple.fr"})
    code = await posted.code()
    families.clock.advance(timedelta(minutes=1))
    await ilse.post(f"{HERE}/confirm", {"code": code})
    async with httpx.AsyncClient(base_url=families.site.url) as outside:
        assert (await outside.post(stop, data=ONE_CLICK)).status_code == 404
    assert "neuve@exemple.fr" in (await ilse.get(HERE)).text


async def test_a_server_without_mail_says_so_and_takes_no_address(families: Families) -> None:
    ilse = await families.parent("ilse")
    page = await ilse.get(HERE)
    assert "pas de courriel" in page.text
    assert 'name="address"' not in page.text
    assert (await ilse.post(f"{HERE}/address", {"address": ILSE})).status == 409
    loan = await families.lend()
    await families.home.loans.take_back(loan.loan_id, Condition(), actor=DIRECTOR)


async def test_whoever_has_no_child_yet_is_led_to_the_code(posted: Posted) -> None:
    browser = await browser_of(posted.families.site, "paul", Role.PARENT)
    page = await browser.get(HERE)
    assert 'href="/home/join"' in page.text
    assert (await browser.post(f"{HERE}/address", {"address": ILSE})).status == 409


async def test_whom_letters_do_not_reach_is_on_the_school_s_list_to_telephone(posted: Posted) -> None:
    families = posted.families
    ilse = await families.parent("ilse")
    await ilse.post(f"{HERE}/address", {"address": ILSE, "matter": ["return"], "language": "fr"})
    await ilse.post(f"{HERE}/confirm", {"code": await posted.code()})
    loan = await families.lend()
    await families.home.loans.extend(loan.loan_id, families.clock.now().date(), actor=DIRECTOR)
    head = await browser_of(families.site, "directrice", Role.HEAD)
    await families.home.reminders.once()
    here = f"/loans?school={loan.uai}"
    assert "les lettres reviennent" not in (await head.get(here)).text
    assert await families.home.reminders.to_telephone(loan.uai) == []

    async def refuse(*_: object) -> str:
        return "550 nobody here"

    posted.catcher.handle_DATA = refuse  # type: ignore[method-assign,assignment]
    await posted.post()
    page = await head.get(here)
    assert "les lettres reviennent" in page.text
    assert len(await families.home.reminders.to_telephone(loan.uai)) == 1
    assert "reviennent" in (await ilse.get(HERE)).text


async def test_an_evaluation_that_was_decided_is_on_the_page_to_which_its_letter_leads(posted: Posted) -> None:
    families = posted.families
    ilse = await families.parent("ilse")
    await ilse.post(f"{HERE}/address", {"address": ILSE, "matter": ["evaluation"], "language": "fr"})
    await ilse.post(f"{HERE}/confirm", {"code": await posted.code()})
    evaluation = await families.evaluation(informed=False)
    (letter,) = await posted.post()
    assert letter.subject == "Une évaluation par des chercheurs concerne votre enfant"
    (link,) = [one for one in letter.text.split() if "/home/data/" in one]
    here = httpx.URL(link).path
    assert "Lire à la maison" in (await ilse.get(here)).text
    page = await ilse.post(f"{here}/evaluations/{evaluation}", {"choice": "objected"})
    assert "ne participe pas" in page.text
