"""Two schools with tablets at home, a committee, and researchers, behind the pages of a site."""

from datetime import timedelta

from mdm.clock import ManualClock
from mdm.fleet.tablet import Platform
from mdm.home.evaluation.evaluation import Evaluation
from profiles.charter.counting import Choice
from tests.charter.committee import EVERYBODY, Committee
from tests.evaluation.study import FIRST, Study
from tests.home_use.world import OTHER_UAI, TERMS, UAI
from tests.webui.conftest import Site
from tests.webui.signed_in import Browser, browser_of
from webui.roles import Role
from webui.scopes import parse_scope

WEEK = timedelta(days=7)


class Research(Study):
    """A study whose parts are those that a site's pages use."""

    def __init__(self, site: Site, clock: ManualClock) -> None:
        super().__init__(site.services.database, clock)
        figures = site.services.home.figures
        self.site = site
        self.vault = site.services.vault
        self.committee = Committee(self.database, clock, self.world.journal, self.vault)
        self.evaluations, self.guardians = figures.evaluations, figures.guardians
        self.gathering, self.exports, self.use = figures.gathering, figures.exports, figures.use
        self.picture = figures.picture

    async def begin(self) -> None:
        fleet = self.site.services.fleet
        (territory,) = await fleet.territories()
        await fleet.create_commune("59350", "Lille", territory_id=territory.territory_id, actor="test")
        await fleet.create_school(OTHER_UAI, "École d'ailleurs", insee="59350", actor="test")
        for uai in (UAI, OTHER_UAI):
            kit = await fleet.create_kit(uai, "Prêts", platform=Platform.ANDROID, slots=60, actor="test")
            self.world.kits[uai, Platform.ANDROID] = kit.kit_id
        await self.database.write(
            lambda conn: conn.run("INSERT INTO loan_terms (digest, terms, kept_at) VALUES (:it, '{}', 1)", it=TERMS)
        )
        await self.committee.begin()
        await self.researcher()

    async def researcher(self) -> Browser:
        return await browser_of(self.site, "rita", Role.EVALUATOR)

    async def vote(self, proposal: str, choice: Choice) -> None:
        """The committee examines a proposal, and everybody says the same."""
        services = self.site.services
        await services.proposals.admit(proposal, login="mayor")
        await services.proposals.examine(proposal, login="mayor")
        await services.charter.votes.open(proposal, actor="account:mayor")
        await self.committee.say(proposal, choice, *EVERYBODY)
        await services.charter.votes.close(proposal, actor="account:mayor")

    async def person(self, role: Role, scope: str = "territory") -> Browser:
        return await browser_of(self.site, f"a-{role.value}", role, parse_scope(scope))

    async def gathered(self) -> Evaluation:
        """An evaluation that runs, with two weeks of two classes."""
        await self.lend((UAI, "CP", 6), (OTHER_UAI, "CP", 6))
        made = await self.running()
        for step in range(2):
            await self.week(FIRST + step * WEEK)
        return made

    async def published(self, *, others: int) -> None:
        """Weeks of twelve tablets in one school, and of some in the other."""
        await self.lend((UAI, "CP", 12), (OTHER_UAI, "CE1", others))
        self.world.on("2026-11-20")
        await self.picture.publish_due()
