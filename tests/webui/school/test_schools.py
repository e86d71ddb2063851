"""Heads see their school, managers see all of them, and nobody else sees either."""

import html
import re

import pytest

from mdm.fleet.tablet import Platform
from mdm.fleet.uai import check_letter
from mdm.repairs.fault import FaultKind
from tests.webui.conftest import MakeSite, Site
from tests.webui.signed_in import Browser, browser_of
from webui.roles import Role
from webui.scopes import parse_scope

HERE, THERE = "0400377T", "0400001J"


@pytest.fixture
async def site(make_site: MakeSite) -> Site:
    made = await make_site(demo=False)
    fleet = made.services.fleet
    (territory,) = await fleet.territories()
    await fleet.create_commune("40001", "Ailleurs", territory_id=territory.territory_id, actor="test")
    await fleet.create_school(THERE, "École d'ailleurs", insee="40001", actor="test")
    await fleet.create_kit(THERE, "Orion", platform=Platform.IPAD, slots=2, actor="test")
    tablet = await made.join(1)
    await made.converge(tablet)
    await made.services.repair.faults.report(tablet, FaultKind.SCREEN, actor="account:test")
    return made


@pytest.fixture
async def head(site: Site) -> Browser:
    return await browser_of(site, "claire", Role.HEAD, parse_scope(f"school:{HERE}"))


async def test_a_head_lands_on_the_only_school(head: Browser) -> None:
    page = await head.get("/")
    assert page.path == f"/schools/{HERE}"
    assert "École d&#39;Audignon" in page.text
    assert "1 sur 1" in page.text
    assert f"/faults?school={HERE}" in page.text


async def test_a_head_does_not_see_another_school(head: Browser) -> None:
    assert (await head.get(f"/schools/{THERE}")).status == 403
    assert "ailleurs" not in (await head.get("/schools?text=e")).text
    assert (await head.get(f"/schools/{THERE}/renewals.svg")).status == 403
    assert (await head.post(f"/schools/{THERE}/classes", {"name": "CM1"})).status == 403


async def test_a_manager_sees_all_schools_and_the_costs(site: Site) -> None:
    manager = await browser_of(site, "marc", Role.MANAGER)
    page = await manager.get("/schools")
    assert "École d&#39;Audignon" in page.text
    assert "École d&#39;ailleurs" in page.text
    only = await manager.get("/schools?text=ailleurs")
    assert "Audignon" not in only.text
    assert (await manager.get("/costs")).status == 200
    assert (await manager.get("/costs/2026")).status == 200
    assert (await manager.get("/costs/1850")).status == 404
    plot = await manager.get("/costs/renewals.svg")
    assert plot.headers["Content-Type"].startswith("image/svg+xml")


async def test_a_head_adds_a_class_and_a_mistake_is_said_beside_the_form(head: Browser) -> None:
    added = await head.post(f"/schools/{HERE}/classes", {"name": "CM1", "level": "CM1"})
    assert "La classe a été ajoutée." in added.text
    again = await head.post(f"/schools/{HERE}/classes", {"name": "CM1"})
    assert again.status == 409
    assert 'role="alert"' in again.text


@pytest.mark.parametrize("role", [Role.PARENT, Role.MEMBER, Role.EVALUATOR])
async def test_others_are_refused(site: Site, role: Role) -> None:
    other = await browser_of(site, "other", role)
    assert (await other.get("/schools")).status == 403
    assert (await other.get(f"/schools/{HERE}")).status == 403


async def test_two_schools_of_one_name_keep_their_own_numbers(site: Site) -> None:
    await site.services.fleet.create_school("0400002K", "École d'Audignon", insee="40018", actor="test")
    manager = await browser_of(site, "marc", Role.MANAGER)
    assert "1 sur 1" in (await manager.get(f"/schools/{HERE}")).text
    other = (await manager.get("/schools/0400002K")).text
    assert "0 sur 0" in other
    assert "Cassiopée" not in other
    for page in ("/schools", "/pupils", "/loans"):
        text = (await manager.get(page)).text
        assert HERE in text
        assert "0400002K" in text


async def test_schools_go_on_page_by_page_while_a_name_is_looked_for(site: Site) -> None:
    for number in range(45):
        code = f"04001{number:02d}"
        name = f"École maternelle {number:02d}"
        await site.services.fleet.create_school(code + check_letter(code), name, insee="40018", actor="test")
    manager = await browser_of(site, "marc", Role.MANAGER)
    first = await manager.get("/schools?text=MATERNELLE")
    (following,) = re.findall(r'rel="next" href="([^"]+)"', first.text)
    second = await manager.get(html.unescape(following))
    names = [re.findall(r"École maternelle (\d\d)<", page.text) for page in (first, second)]
    assert [*names[0], *names[1]] == [f"{number:02d}" for number in range(45)]
    assert names[1]
