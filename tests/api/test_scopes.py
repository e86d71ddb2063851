"""Scopes over HTTP: what lies outside a role's places is neither listed nor shown, by the API as by the pages."""

from typing import Any

import aiohttp
import pytest

from mdm.clock import ManualClock
from mdm.fleet.tablet import Platform
from mdm.journal import Journal
from mdm.store import Connection, Database
from tests.api.conftest import Api, Reply
from tests.webui.conftest import PASSWORD, Site
from webui.api.tokens import Tokens
from webui.passwords import Passwords
from webui.roles import Role
from webui.scopes import Scope, parse_scope
from webui.sessions import Proof, Sessions, create_account

HERE, THERE = "0400377T", "0400001J"


class TwoSchools:
    """The site's school with its kit, and a school of another commune with one kit; a tablet in each, and a spare."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.here = site.kit_id
        self.there = ""
        self.class_id = ""
        self.tablets: dict[str, str] = {}

    async def build(self) -> None:
        fleet, database = self.site.services.fleet, self.site.services.database
        (territory,) = await fleet.territories()
        await fleet.create_commune("40001", "Ailleurs", territory_id=territory.territory_id, actor="test")
        await fleet.create_school(THERE, "École d'ailleurs", insee="40001", actor="test")
        kit = await fleet.create_kit(THERE, "Orion", platform=Platform.IPAD, slots=2, actor="test")
        self.there = kit.kit_id
        made = await fleet.create_class(HERE, "CM1", actor="test")
        self.class_id = made.class_id
        self.tablets["here"] = await self.site.join(1)
        self.site.kit_id = self.there
        self.tablets["there"] = await self.site.join(1, serial="SERIAL9001")
        self.site.kit_id = self.here

        def in_class(conn: Connection) -> None:
            conn.run("UPDATE kit SET class_id = :id WHERE kit_id = :kit", id=self.class_id, kit=self.here)

        await database.write(in_class)


@pytest.fixture
async def two(site: Site) -> TwoSchools:
    made = TwoSchools(site)
    await made.build()
    return made


async def program(database: Database, clock: ManualClock, role: Role, scope: Scope) -> str:
    new = await Tokens(database, clock, Journal(clock)).create("test", role, scope=scope, days=1, actor="test")
    return new.secret


def scopes_here(two: TwoSchools) -> list[Scope]:
    texts = ["commune:40018", f"school:{HERE}", f"class:{two.class_id}", f"kit:{two.here}"]
    return [parse_scope(text) for text in texts]


async def test_a_teacher_sees_the_kits_and_tablets_of_their_places_alone(
    two: TwoSchools, api: Api, database: Database, clock: ManualClock
) -> None:
    for scope in scopes_here(two):
        headers = {"Authorization": f"Bearer {await program(database, clock, Role.TEACHER, scope)}"}

        async def ask(path: str, headers: dict[str, str] = headers) -> Any:
            return await api.ask("GET", path, role=None, headers=headers)

        assert [one["kit_id"] for one in (await ask("/kits")).json["items"]] == [two.here], scope
        assert (await ask(f"/kits?school={THERE}")).json["items"] == []
        assert [one["tablet_id"] for one in (await ask("/tablets")).json["items"]] == [two.tablets["here"]], scope
        assert (await ask(f"/tablets?kit={two.there}")).json["items"] == []
        assert (await ask(f"/kits/{two.here}")).status == 200
        assert (await ask(f"/tablets/{two.tablets['here']}")).status == 200
        for path in (f"/kits/{two.there}", f"/tablets/{two.tablets['there']}"):
            refused = await ask(path)
            assert (refused.status, refused.code) == (403, "not_allowed"), (scope, path)
        assert (await ask(f"/kits/{'0' * 32}")).status == 404


async def test_a_kit_is_renamed_where_one_is_a_technician_only(
    two: TwoSchools, api: Api, database: Database, clock: ManualClock
) -> None:
    secret = await program(database, clock, Role.TECHNICIAN, parse_scope(f"school:{HERE}"))
    headers = {"Authorization": f"Bearer {secret}"}

    async def rename(kit_id: str, name: str) -> Reply:
        return await api.ask("PATCH", f"/kits/{kit_id}", role=None, json={"name": name}, headers=headers)

    done = await rename(two.here, "Grande Ourse")
    assert (done.status, done.json["name"]) == (200, "Grande Ourse")
    assert done.json["slots"][0]["name"] == "Grande Ourse 01"
    for kit_id, name, code in (
        (two.there, "Lyre", "not_allowed"),
        ("0" * 32, "Lyre", "kit_not_found"),
        (two.here, " ", "name_empty"),
        (two.here, "", "body_wrong"),
        (two.here, "x" * 41, "name_too_long"),
    ):
        assert (await rename(kit_id, name)).code == code, name


async def test_the_whole_territory_sees_both(two: TwoSchools, api: Api) -> None:
    found = (await api.ask("GET", "/kits", role=Role.TECHNICIAN)).json["items"]
    assert {one["kit_id"] for one in found} == {two.here, two.there}
    assert len((await api.ask("GET", "/tablets", role=Role.TECHNICIAN)).json["items"]) == 2


@pytest.mark.parametrize("role", [Role.TEACHER, Role.HEAD, Role.TECHNICIAN])
async def test_a_page_of_another_school_is_refused(
    two: TwoSchools, database: Database, clock: ManualClock, role: Role
) -> None:
    journal = Journal(clock)
    scope = parse_scope(f"school:{HERE}")
    account_id = await create_account(database, clock, journal, "berthe", PASSWORD, role, scope=scope)
    cookie = await Sessions(database, clock, journal, Passwords()).open(account_id, Proof(method="password"))
    site = two.site
    async with aiohttp.ClientSession(cookies={"valise": cookie}) as browser:

        async def status(path: str) -> int:
            async with browser.get(f"{site.url}{path}", headers={"Accept": "text/html"}) as page:
                return page.status

        assert await status(f"/kits/{two.here}") == 200
        assert await status(f"/tablets/{two.tablets['here']}") == 200
        assert await status(f"/kits/{two.here}/qr.svg") == 200
        for path in (f"/kits/{two.there}", f"/kits/{two.there}/qr.svg", f"/kits/{two.there}/events"):
            assert await status(path) == 403, path
        assert await status(f"/tablets/{two.tablets['there']}") == 403
        async with browser.get(f"{site.url}/kits") as page:
            text = await page.text()
        assert "Cassiopée" in text
        assert "Orion" not in text
