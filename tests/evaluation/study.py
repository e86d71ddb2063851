"""An evaluation with its committee, its schools and its pupils, in a real store."""

from datetime import date, timedelta

from mdm.clock import ManualClock
from mdm.fleet.tablet import Platform
from mdm.home.evaluation.cohort import Choice, LoanCohort
from mdm.home.evaluation.evaluation import Basis, Draft, Evaluation
from mdm.home.evaluation.evaluations import Evaluations
from mdm.home.evaluation.exports import Exports
from mdm.home.evaluation.gathering import Gathering
from mdm.home.evaluation.guardians import Guardians, Way
from mdm.home.evaluation.variables import Variable
from mdm.home.use.categories import Category, Source
from mdm.home.use.daily import DailyUse
from mdm.home.use.loan_store import KeptLoans
from mdm.home.use.loans import Loan
from mdm.home.use.report import UseReport
from mdm.i18n import Catalogs
from mdm.store import Database
from mdm.vault import Vault
from profiles.charter.ethics import AdoptedEthics
from tests.charter.committee import Committee
from tests.home_use.world import OTHER_UAI, UAI, World, at

RESEARCHER, MANAGER, SECOND = "account:rita", "account:max", "account:ines"
LENT = at("2026-09-07T15:30:00")
FIRST, LAST = date(2026, 11, 2), date(2027, 1, 31)


class Study:
    """The parts of an evaluation, and its steps."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.world = World(database, clock)
        self.database, self.clock = database, clock
        self.vault = Vault(bytes(32))
        self.committee = Committee(database, clock, self.world.journal, self.vault)
        journal, cohort = self.world.journal, LoanCohort(KeptLoans())
        self.evaluations = Evaluations(database, clock, journal, self.vault, AdoptedEthics())
        self.guardians = Guardians(database, clock, journal, self.vault)
        self.gathering = Gathering(database, clock, self.vault, cohort)
        self.exports = Exports(database, clock, journal, self.vault, [])
        self.use = DailyUse(database, clock, KeptLoans())
        self.loans: list[Loan] = []

    async def begin(self) -> None:
        await self.world.begin()
        await self.committee.begin()
        await self.database.write(
            lambda conn: conn.run(
                "INSERT INTO account (account_id, login, password_hash, created_at) VALUES ('a', 'rita', '', 1)"
            )
        )

    def draft(self, **fields: object) -> Draft:
        told: dict[str, object] = {
            "title": "Lire à la maison",
            "question": "Les tablettes à la maison font-elles lire davantage au CP ?",
            "first_day": FIRST,
            "last_day": LAST,
            "schools": (UAI, OTHER_UAI),
            "variables": tuple(Variable),
            "threshold": 5,
            "notice_days": 15,
            "retention_days": 90,
            "responsible": "rita",
        }
        return Draft(**{**told, **fields})  # type: ignore[arg-type]

    async def decided(self, **fields: object) -> Evaluation:
        """A protocol that the committee adopted."""
        made = await self.evaluations.draft(self.draft(**fields), actor=RESEARCHER)
        proposal = await self.committee.adopt("setting", purpose=f"Avis éthique sur l'évaluation {made.draft.digest}.")
        return await self.evaluations.decide(made.evaluation_id, proposal, actor=MANAGER)

    async def running(self, **fields: object) -> Evaluation:
        """An evaluation that runs, of which all guardians know."""
        made = await self.decided(**fields)
        await self.evaluations.start(made.evaluation_id, actor=MANAGER)
        await self.guardians.inform(made.evaluation_id, Way.LETTER, actor=MANAGER)
        return await self.evaluations.show(made.evaluation_id)

    async def lend(self, *classes: tuple[str, str, int], platform: Platform = Platform.ANDROID) -> None:
        for uai, level, many in classes:
            self.loans += [await self.world.lend(LENT, uai=uai, level=level, platform=platform) for _ in range(many)]

    async def tell(self, loan: Loan, monday: date, minutes: dict[Category, int]) -> None:
        """A tablet tells of a Wednesday's use."""
        number = (monday - date(2026, 1, 1)).days
        told = UseReport(number=number, version=1, days={monday + timedelta(days=2): minutes})
        await self.database.write(lambda conn: self.use.take(conn, loan.tablet_id, Source.AGENT_FIELD, told))

    async def week(self, monday: date, *, tell: bool = True) -> None:
        """A week passes: tablets tell of it, and what is due is gathered."""
        self.world.on((monday + timedelta(days=5)).isoformat())
        for number, loan in enumerate(self.loans if tell else ()):
            minutes = {Category.READING: 10 * number + monday.day, Category.WEB: 7}
            await self.tell(loan, monday, minutes)
        self.world.on((monday + timedelta(days=11)).isoformat(), 14)
        await self.gathering.gather_due()

    async def object(self, evaluation: Evaluation, loan: Loan, choice: Choice = Choice.OBJECTED) -> bool:
        return await self.guardians.choose(
            evaluation.evaluation_id, loan.pupil_id, f"guardian-{loan.pupil_id}", choice, actor="account:parent"
        )

    def speak(self) -> None:
        """Let exports have codebooks, whose papers take their time."""
        catalogs = Catalogs("mdm", "mdm.home.use", "mdm.home.picture", "mdm.home.evaluation")
        languages = [catalogs.for_language("fr"), catalogs.for_language("en")]
        self.exports = Exports(self.database, self.clock, self.world.journal, self.vault, languages)


CONSENT = Basis.CONSENT
