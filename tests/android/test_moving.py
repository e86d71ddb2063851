"""From the kit's path to the tablet's own: who may ask where, and until when."""

from typing import Any, cast

import pytest

from mdm.apple.identity import Identities
from tests.android.conftest import AgentSite, MakeTablet


async def test_only_asking_by_post_creates_a_tablet(site: AgentSite, tablet: MakeTablet) -> None:
    path = await site.kit_path()
    one = tablet("AAA1")
    for method, what in (
        ("GET", "/rest/public/sync/configuration/AAA1"),
        ("GET", "/rest/plugins/devicelog/log/rules/AAA1"),
        ("POST", "/rest/public/sync/info"),
    ):
        answer = await one.call(method, what, project=path, data=b'{"deviceId":"AAA1"}')
        assert answer.status == 404
    assert await site.sql("SELECT 1 FROM android_enrollment") == []


async def test_the_old_path_answers_until_the_new_one_is_used(site: AgentSite, tablet: MakeTablet) -> None:
    path = await site.kit_path()
    one = tablet("AAA1")
    await one.ask(path)

    async def by_the_old_path() -> list[int]:
        return [
            (await one.call("GET", f"/rest/public/sync/configuration/{one.number}", project=path)).status,
            (await one.call("GET", f"/rest/plugins/devicelog/log/rules/{one.number}", project=path)).status,
            (await one.call("POST", f"/rest/plugins/devicelog/log/list/{one.number}", project=path, json=[])).status,
            (await one.call("POST", "/rest/public/sync/info", project=path, json={"deviceId": one.number})).status,
        ]

    assert await by_the_old_path() == [200] * 4
    await one.move()
    assert await by_the_old_path() == [404] * 4


async def test_old_and_new_number_are_the_tablet_on_its_own_path(site: AgentSite, tablet: MakeTablet) -> None:
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    renamed = one.number
    by_old = await one.call("GET", "/rest/public/sync/configuration/AAA1")
    assert (by_old.status, by_old.data["newNumber"]) == (200, renamed)
    assert "newNumber" not in (await one.fetch()).data


async def test_a_tablets_configuration_names_no_address_but_its_own(site: AgentSite, tablet: MakeTablet) -> None:
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    assert one.configuration["newServerUrl"].endswith(f"/{one.project}")
    assert one.configuration["newServerUrl"].startswith(site.settings.device.url)


async def test_the_kits_and_the_tablets_address_are_on_one_host(site: AgentSite, tablet: MakeTablet) -> None:
    one = tablet("AAA1")
    await one.ask(await site.kit_path())
    first = one.configuration["newServerUrl"]
    await one.move()
    assert first == one.configuration["newServerUrl"]
    host, project = first.rsplit("/", 1)
    assert host == site.settings.device.url
    assert project.islower()


@pytest.mark.parametrize(("trusted", "told"), [((), "127.0.0.1"), (("127.0.0.1",), "198.51.100.7")])
async def test_only_a_trusted_proxy_says_where_a_tablet_calls_from(
    site: AgentSite, tablet: MakeTablet, trusted: tuple[str, ...], told: str
) -> None:
    nobody = cast(Any, None)
    identities = Identities(nobody, site.clock, proxy_header="", trusted_proxies=trusted)
    site.parts.resource._client_of = identities.client_of
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    forged = {"X-Real-IP": "198.51.100.7"}
    assert (await one.fetch(headers=forged)).headers["x-ip-address"] == told
