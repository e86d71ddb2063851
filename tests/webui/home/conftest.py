"""Lina with her two guardians, Noé with one, a school that lends tablets, and a charter with hours at home."""

import gettext
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Browser as Chromium

from mdm import i18n
from mdm.clock import ManualClock
from mdm.home.evaluation.evaluation import Draft
from mdm.home.evaluation.guardians import Way
from mdm.home.evaluation.variables import Variable
from mdm.home.loans.loan import Condition, Loan
from mdm.i18n import Translator
from mdm.store import Database
from tests.charter.agreeing_in_store import Agreement
from tests.home.pupils.families import LINA, NOE, guardians_file, onde
from tests.webui.conftest import MakeSite, Site
from tests.webui.repairs.browsing import opened
from tests.webui.signed_in import Browser, browser_of
from webui import visitor
from webui.roles import Role

SCHOOL = "0400377T"
DIRECTOR = "account:directrice"
CHARTER = """
name = "Cycle 2"
[[apps]]
name = "Lire & Dire"
bundle_id = "fr.lire"
package = "fr.lire.android"
store_id = 7
[[apps]]
name = "Atelier de dessin"
bundle_id = "fr.dessin"
package = "fr.dessin.android"
store_id = 8
[home]
school_days_from = "17:00"
school_days_to = "19:30"
other_days_from = "10:00"
other_days_to = "19:30"
night_from = "20:00"
night_to = "07:00"
"""


class Families:
    """A school with two families, and the browsers of their parents."""

    def __init__(self, site: Site, clock: ManualClock, agreement: Agreement) -> None:
        self.site = site
        self.agreement = agreement
        self.clock = clock
        self.home = site.services.home
        self.database: Database = site.services.database
        self.ids: dict[str, str] = {}
        self.codes: dict[str, str] = {}
        self.guardians: dict[str, str] = {}
        self.tablets: list[str] = []

    async def settle(self) -> None:
        """Import the families, make tablets ready, and link the parents ``ilse``, ``odon`` (Lina) and ``zoe`` (Noé)."""
        rows = (
            "MME;;VERNAQUE;ILSE;1 rue;ilse@exemple.fr;;VERNAQUE;Lina;CE1 A;;;;",
            "M.;;SORBIER;Odon;9 rue;;;VERNAQUE;Lina;CE1 A;;;;",
            "MME;;TARBOUCHE;Zoé;2 rue;;;TARBOUCHE;Noé;CE2 B;;;;",
        )
        report = await self.home.imports.read([onde(LINA, NOE), guardians_file(*rows)], uai=SCHOOL, actor=DIRECTOR)
        await self.home.imports.apply(report.pending.import_id, leavers=False, actor=DIRECTOR)
        for one in (await self.home.pupils.page(SCHOOL)).pupils:
            self.ids[one.pupil.first_name] = one.pupil.pupil_id
        labels = {"Mme V.": "ilse", "M. S.": "odon", "Mme T.": "zoe"}
        for child in ("Lina", "Noé"):
            for view in await self.home.guardians.of_pupil(self.ids[child]):
                login = labels[view.guardian.label]
                self.guardians[login] = view.guardian.guardian_id
                invited = await self.home.guardians.invite(view.guardian.guardian_id, actor=DIRECTOR)
                self.codes[login] = invited.code
        for slot in (1, 2):
            tablet = await self.site.join(slot)
            await self.site.converge(tablet)
            self.tablets.append(tablet)

    async def parent(self, login: str) -> Browser:
        """The browser of a parent whose account is linked."""
        browser = await browser_of(self.site, login, Role.PARENT)
        if login in self.codes:
            await browser.post("/home/join", {"code": self.codes.pop(login), "sure": "1"})
        return browser

    async def prepare(self, child: str = "Lina", *, tablet: int = 0) -> Loan:
        """Set a tablet aside."""
        due = self.clock.now().date() + timedelta(days=200)
        return await self.home.loans.prepare(self.tablets[tablet], self.ids[child], due_on=due, actor=DIRECTOR)

    async def lend(self, child: str = "Lina", *, tablet: int = 0, by: str = "ilse") -> Loan:
        """Prepare, agree on paper, note the training, and hand over."""
        loan = await self.prepare(child, tablet=tablet)
        today = self.clock.now().date()
        guardian = self.guardians[by]
        await self.home.loans.agreements.note_on_paper(
            loan.loan_id, guardian, signed_on=today, insured=True, actor=DIRECTOR
        )
        await self.home.training.note_attended([guardian], today, actor=DIRECTOR)
        return await self.home.loans.hand_over(loan.loan_id, Condition(), actor=DIRECTOR)

    async def evaluation(self, *, informed: bool = True, **fields: Any) -> str:
        """An evaluation that the committee decided, of which Lina's guardians were told; return its identifier."""
        evaluations = self.home.figures.evaluations
        draft = Draft(
            title="Lire à la maison",
            question="Les tablettes à la maison font-elles lire davantage ?",
            first_day=date(2027, 1, 4),
            last_day=date(2027, 3, 31),
            schools=(SCHOOL,),
            variables=(Variable.DAYS_SEEN,),
            responsible="anne",
            **fields,
        )
        made = await evaluations.draft(draft, actor="account:anne")
        decided = await self.agreement.decide(
            "setting",
            purpose=f"Avis éthique sur {made.draft.digest}.",
            changes=[{"op": "set", "path": ["restrictions", "dictation"], "value": False}],
        )
        await evaluations.decide(made.evaluation_id, decided.proposal_id, actor="account:anne")
        if informed:
            await self.home.figures.guardians.inform(
                made.evaluation_id, Way.LETTER, actor=DIRECTOR, pupils=[self.ids["Lina"]]
            )
        return made.evaluation_id

    async def journal(self) -> str:
        """All that the journal says."""
        return str(await self.database.read(lambda conn: conn.all("SELECT * FROM journal")))

    async def state(self, loan: Loan) -> str:
        """Where a loan is in its life."""
        return (await self.home.lists.loan(loan.loan_id)).view.loan.state.value


@pytest.fixture
def clock() -> ManualClock:
    """Tuesday 24 November 2026, 18:00 at school: after class, in the hours of use."""
    return ManualClock(datetime(2026, 11, 24, 17, 0, tzinfo=UTC))


@pytest.fixture
async def families(make_site: MakeSite, database: Database, clock: ManualClock) -> Families:
    site = await make_site(demo=False)
    services = site.services
    agreement = Agreement(database, clock, services.journal, services.vault, services.settings)
    await agreement.agree(CHARTER)
    made = Families(site, clock, agreement)
    await made.settle()
    return made


@pytest.fixture
async def chromium() -> AsyncIterator[Chromium]:
    async with opened() as found:
        yield found


class Mirrored(gettext.NullTranslations):
    """A catalogue in which every text is one Arabic letter and the English."""

    def gettext(self, message: str) -> str:
        return f"ع {message}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"ع {msgid1 if n == 1 else msgid2}"


@pytest.fixture
def arabic(monkeypatch: pytest.MonkeyPatch) -> None:
    """A third language, Arabic, as another catalogue would bring it."""
    languages = ("fr", "en", "ar")
    monkeypatch.setattr(i18n, "LANGUAGES", languages)
    monkeypatch.setattr(visitor, "LANGUAGES", languages)
    kept = i18n.Catalogs.for_language
    mirrored = Translator("ar", [Mirrored()])
    monkeypatch.setattr(
        i18n.Catalogs,
        "for_language",
        lambda self, language: mirrored if language == "ar" else kept(self, language),
    )
