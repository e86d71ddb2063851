"""A technician names the networks of schools, one outlet for several too; a head sees them."""

import pytest

from tests.webui.conftest import MakeSite, Site
from tests.webui.signed_in import Browser, browser_of
from webui.roles import Role
from webui.scopes import parse_scope

HERE, NEXT, THERE = "0400377T", "0400002K", "0400001J"
PAGE = f"/schools/{HERE}/networks"


@pytest.fixture
async def site(make_site: MakeSite) -> Site:
    made = await make_site(demo=False)
    fleet = made.services.fleet
    (territory,) = await fleet.territories()
    await fleet.create_commune("40001", "Ailleurs", territory_id=territory.territory_id, actor="test")
    await fleet.create_school(NEXT, "École d'à côté", insee="40018", actor="test")
    await fleet.create_school(THERE, "École d'ailleurs", insee="40001", actor="test")
    return made


@pytest.fixture
async def technician(site: Site) -> Browser:
    return await browser_of(site, "tom", Role.TECHNICIAN)


async def networks(site: Site, uai: str) -> tuple[str, ...]:
    return await site.services.modes.networks.show(uai)


async def test_a_network_is_added_shown_and_removed(site: Site, technician: Browser) -> None:
    assert PAGE in (await technician.get(f"/schools/{HERE}")).text
    assert "Aucun pour l’instant" in (await technician.get(PAGE)).text
    added = await technician.post(PAGE, {"network": "203.0.113.0/28", "for": "school"})
    assert "Il compte d’ici une minute" in added.text
    assert "<code>203.0.113.0/28</code>" in added.text
    gone = await technician.post(f"{PAGE}/remove", {"network": "203.0.113.0/28"})
    assert "<code>203.0.113.0/28</code>" not in gone.text
    assert (await technician.post(f"{PAGE}/remove", {"network": "203.0.113.0/28"})).status == 404


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("chez nous", "n&#39;est pas l&#39;adresse du réseau"),
        ("192.168.1.0/24", "est privé"),
        ("90.0.0.0/8", "est trop large"),
        ("127.0.0.1", "Aucune tablette ne peut venir"),
    ],
)
async def test_a_mistake_is_said_above_what_was_typed(technician: Browser, text: str, said: str) -> None:
    answer = await technician.post(PAGE, {"network": text, "for": "school"})
    assert answer.status == 422
    assert said in answer.text
    assert f'value="{text}"' in answer.text


async def test_the_network_of_the_browser_is_added_with_one_tap(make_site: MakeSite) -> None:
    site = await make_site(demo=False)
    technician = await browser_of(site, "tom", Role.TECHNICIAN)
    # A browser on the server's own machine is in no school.
    assert "127.0.0.1" in (await technician.get(PAGE)).text
    refused = await technician.post(f"{PAGE}/this", {})
    assert refused.status == 422
    assert "Aucune tablette ne peut venir" in refused.text
    assert await networks(site, HERE) == ()


async def test_behind_a_proxy_it_is_the_browsers_own_address(make_site: MakeSite) -> None:
    site = await make_site(demo=False, trusted_proxies=("127.0.0.1",))
    technician = await browser_of(site, "tom", Role.TECHNICIAN)
    through = {"X-Forwarded-For": "203.0.113.9"}
    assert "203.0.113.9" in (await technician.get(PAGE, **through)).text
    done = await technician.post(f"{PAGE}/this", {}, **through)
    assert "<code>203.0.113.9/32</code>" in done.text
    await technician.post(f"{PAGE}/this", {}, **{"X-Forwarded-For": "2001:db8:1:2:a:b:c:d"})
    assert await networks(site, HERE) == ("2001:db8:1:2::/64", "203.0.113.9/32")


async def test_one_outlet_is_given_to_the_schools_that_the_technician_looks_after(site: Site) -> None:
    local = await browser_of(site, "lou", Role.TECHNICIAN, parse_scope("commune:40018"))
    page = await local.post(PAGE, {"network": "203.0.113.7", "for": "all"})
    assert "1 autre école l’a aussi" in page.text
    assert await networks(site, NEXT) == ("203.0.113.7/32",)
    assert await networks(site, THERE) == ()
    assert (await local.post(f"/schools/{THERE}/networks", {"network": "203.0.113.8"})).status == 403
    everywhere = await browser_of(site, "tom", Role.TECHNICIAN)
    await everywhere.post(PAGE, {"network": "203.0.113.7", "for": "all"})
    assert await networks(site, THERE) == ("203.0.113.7/32",)
    again = await everywhere.post(PAGE, {"network": "203.0.113.7", "for": "commune"})
    assert again.status == 409
    assert "est déjà connu" in again.text


async def test_a_head_sees_and_does_not_change_and_others_do_not_see(site: Site) -> None:
    await site.services.modes.networks.set(HERE, ["203.0.113.7"], actor="test")
    head = await browser_of(site, "claire", Role.HEAD, parse_scope(f"school:{HERE}"))
    page = await head.get(PAGE)
    assert "203.0.113.7/32" in page.text
    assert "<form" not in page.text.split("<main")[1].split("</main>")[0]
    assert (await head.post(PAGE, {"network": "203.0.113.8"})).status == 403
    for role in (Role.TEACHER, Role.PARENT, Role.EVALUATOR):
        assert (await (await browser_of(site, f"a-{role.value}", role)).get(PAGE)).status == 403
