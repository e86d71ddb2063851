"""A school with two ready tablets and pupils of two classes; who works there, and who does not."""

from tests.webui.conftest import Site
from tests.webui.signed_in import Browser, browser_of
from webui.roles import Role
from webui.scopes import parse_scope

HERE, THERE = "0400377T", "0400001J"
PUPILS = (
    "Nom élève;Prénom élève;Date naissance;Niveau;Libellé classe\r\n"
    "MARTIN;Lina;12/03/2018;CP;CP A\r\n"
    "DUPONT;Noé;02/11/2017;CE1;CE1 B\r\n"
).encode("utf-8-sig")


class Office:
    """The school's office: its site, and the people at its doors."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.home = site.services.home
        self.tablets: list[str] = []

    async def begin(self) -> None:
        fleet = self.site.services.fleet
        (territory,) = await fleet.territories()
        await fleet.create_commune("40001", "Ailleurs", territory_id=territory.territory_id, actor="test")
        await fleet.create_school(THERE, "École d'ailleurs", insee="40001", actor="test")
        for slot in (1, 2):
            tablet = await self.site.join(slot)
            await self.site.services.database.write(
                lambda conn, it=tablet: conn.run(
                    "INSERT INTO convergence (tablet_id, converged_at, next_check_at) VALUES (:it, 1, 1)", it=it
                )
            )
            await self.site.converge(tablet)
            self.tablets.append(tablet)

    async def fill(self) -> None:
        """Let pupils be there."""
        report = await self.home.imports.read([PUPILS], uai=HERE, actor="account:test")
        await self.home.imports.apply(report.pending.import_id, actor="account:test")

    async def head(self, uai: str = HERE) -> Browser:
        return await browser_of(self.site, f"head-{uai.lower()}", Role.HEAD, parse_scope(f"school:{uai}"))

    async def teacher(self, scope: str = f"school:{HERE}", login: str = "thomas") -> Browser:
        return await browser_of(self.site, login, Role.TEACHER, parse_scope(scope))

    async def person(self, role: Role) -> Browser:
        return await browser_of(self.site, f"a-{role.value}", role)

    async def pupil(self, first_name: str) -> str:
        page = await self.home.pupils.page(HERE)
        return next(one.pupil.pupil_id for one in page.pupils if one.pupil.first_name == first_name)

    async def class_id(self, name: str) -> str:
        return next(one.class_id for one in (await self.home.pupils.school(HERE)).classes if one.name == name)

    async def guardian(self, pupil_id: str, label: str = "Mme M.") -> str:
        return (await self.home.guardians.add(pupil_id, label=label, actor="account:test")).guardian_id

    async def trained(self, pupil_id: str) -> str:
        """Let a pupil have a guardian who came to the training; return the guardian."""
        guardian = await self.guardian(pupil_id)
        today = self.site.services.clock.now().date()
        await self.home.training.note_attended([guardian], today, actor="account:test")
        return guardian
