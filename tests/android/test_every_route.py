"""Every endpoint: found under the secret segment alone, one answer for strangers, steady in whatever it is sent."""

from typing import Any

import aiohttp
import msgspec
import pytest
from yarl import URL

from mdm.android.orders import AgentOrders
from tests.android.conftest import EDITION, NULLS, AgentSite, Answer, MakeTablet, Tablet, apk


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint with a body that it takes, and bodies that are ``wrong`` where it reads them."""

    name: str
    method: str
    path: str
    body: Any = None
    wrong: tuple[bytes, ...] = ()


RESET = "/rest/plugins/devicereset/public"
NO_JSON = (b"", b"{", b"null", b'"text"', b"\xff\xfe{}", b"[" * 60_000)
NO_INFO = (*NO_JSON, b"[]", b'{"batteryLevel":"x"}', b'{"applications":[null]}', b'{"factoryReset":1}')
NO_LOG = (*NO_JSON, b"{}", b"[[]]", b'[{"timestamp":1,"logLevel":9}]', b'[{"timestamp":-1,"logLevel":1}]')
ITEM = {"timestamp": 5, "logLevel": 2, "packageId": "com.hmdm.launcher", "message": "retry"}
CONFIGURATION = Route(name="configuration", method="GET", path="/rest/public/sync/configuration/{n}")
INFO = Route(name="info", method="POST", path="/rest/public/sync/info", body={"deviceId": "{n}"}, wrong=NO_INFO)
LOG = Route(name="log", method="POST", path="/rest/plugins/devicelog/log/list/{n}", body=[ITEM], wrong=NO_LOG)
CONFIRMATIONS = (
    Route(name="erase", method="POST", path=f"{RESET}/{{n}}", body={"factoryReset": True}, wrong=NO_INFO),
    Route(name="restart", method="POST", path=f"{RESET}/reboot/{{n}}", body={}, wrong=NO_INFO),
    Route(name="password", method="POST", path=f"{RESET}/password/{{n}}", body={}, wrong=NO_INFO),
)
ACCEPTED = (
    CONFIGURATION,
    INFO,
    Route(name="poll", method="GET", path="/rest/notification/polling/{n}"),
    Route(name="poll at once", method="GET", path="/rest/notifications/device/{n}"),
    Route(name="rules", method="GET", path="/rest/plugins/devicelog/log/rules/{n}"),
    LOG,
    Route(name="details", method="PUT", path="/rest/plugins/deviceinfo/deviceinfo/public/{n}", body=[{"id": 1}]),
    Route(name="detail rules", method="GET", path="/rest/plugins/deviceinfo/deviceinfo-plugin-settings/device/{n}"),
    Route(name="positions", method="PUT", path="/rest/plugins/devicelocations/public/update/{n}", body=[{"lat": 1.5}]),
)
ALL = (*ACCEPTED, *CONFIRMATIONS)


def each(*routes: Route) -> Any:
    return pytest.mark.parametrize("route", routes, ids=[one.name for one in routes])


async def send(
    one: Tablet, route: Route, *, number: str | None = None, body: bytes | None = None, **more: Any
) -> Answer:
    """Send a right request, or one with another number or body."""
    said = one.number if number is None else number
    content = msgspec.json.encode(route.body).replace(b"{n}", said.encode()) if body is None else body
    has_body = route.body is not None or body is not None
    return await one.call(route.method, route.path.format(n=said), data=content if has_body else None, **more)


async def joined(site: AgentSite, tablet: MakeTablet, *serials: str) -> list[Tablet]:
    await site.load(EDITION, apk())
    path = await site.kit_path()
    found = [tablet(serial) for serial in serials]
    for one in found:
        await one.join(path)
    return found


async def with_a_message(site: AgentSite, tablet: MakeTablet) -> Tablet:
    """A tablet for which a message waits, so that no poll is held."""
    [one] = await joined(site, tablet, "AAA1")
    await order(site, "runApp", pkg="org.geogebra.android")
    return one


async def order(site: AgentSite, name: str, **arguments: str) -> None:
    orders = AgentOrders(site.database, site.clock, site.journal, site.vault, push="polling")
    first = (await site.view()).slots[0].tablet_id
    assert first is not None
    await orders.give(name, arguments, [first], actor="account:anne")


async def known(site: AgentSite) -> dict[str, Any]:
    """All that requests can change."""
    tables = ("android_enrollment", "android_log", "tablet", "slot", "delivery", "journal", "convergence")
    return {table: await site.sql(f"SELECT * FROM {table}") for table in tables}


@each(*ACCEPTED)
async def test_each_endpoint_answers_under_the_segment_in_the_agents_envelope(
    site: AgentSite, tablet: MakeTablet, route: Route
) -> None:
    one = await with_a_message(site, tablet)
    answer = await send(one, route)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json; charset=utf-8")
    assert list(answer.json) == ["status", "message", "data"]
    assert answer.json["status"] == "OK"
    assert answer.body.endswith(b"}")
    if route.method == "GET":
        assert answer.data is not None


@each(*ALL)
async def test_without_the_segment_there_is_nothing(site: AgentSite, tablet: MakeTablet, route: Route) -> None:
    one = await with_a_message(site, tablet)
    url = URL(site.url + route.path.format(n=one.number), encoded=True)
    async with aiohttp.ClientSession() as http, http.request(route.method, url, json=route.body) as answer:
        assert answer.status == 404


@each(*ALL)
async def test_no_form_of_an_address_is_redirected(site: AgentSite, tablet: MakeTablet, route: Route) -> None:
    one = await with_a_message(site, tablet)
    path = route.path.format(n=one.number)
    for project, asked in (
        (one.project, f"{path}/"),
        (one.project, path.replace("/rest/", "//rest/")),
        (one.project, path.replace("/public/", "/public//")),
        (one.project.replace("-", "%2F"), path),
        (f"{one.project}%2F", path),
        ("", path),
        (one.project, path.upper()),
    ):
        answer = await one.call(route.method, asked, project=project, json=route.body)
        assert answer.status in (200, 400, 404, 405, 409), (asked, answer)


@each(*ALL)
async def test_strangers_get_one_answer(site: AgentSite, tablet: MakeTablet, route: Route) -> None:
    await site.load(EDITION, apk())
    path = await site.kit_path()
    one, other = tablet("AAA1"), tablet("BBB2")
    await one.join(path)
    await other.join(path)
    answers = [
        await send(one, route, project="d-aaaaaaaaaaaaaaaaaaaaaaaaaa"),
        await send(one, route, project="k-aaaaaaaaaaaaaaaaaaaaaa"),
        await send(one, route, project="k%2Faaaaaaaaaaaaaaaaaaaaaa"),
        await send(one, route, project="x"),
        await send(one, route, project=path),
        await send(one, route, number=other.number),
        await send(one, route, number="no-such-number"),
        await send(one, route, number="x" * 150),
    ]
    assert {(answer.status, answer.body) for answer in answers} == {(404, answers[0].body)}
    assert b"error." not in answers[0].body
    assert answers[0].json["message"]


@each(*ALL)
async def test_strangers_change_nothing(site: AgentSite, tablet: MakeTablet, route: Route) -> None:
    one, other = await joined(site, tablet, "AAA1", "BBB2")
    await order(site, "factoryReset")
    before = await known(site)
    assert (await send(other, route, number=one.number)).status == 404
    assert await known(site) == before
    assert (await one.fetch()).data["factoryReset"] is True


@each(*(route for route in ALL if route.wrong))
async def test_a_malformed_body_is_refused_in_words_and_changes_nothing(
    site: AgentSite, tablet: MakeTablet, route: Route
) -> None:
    one = await with_a_message(site, tablet)
    before = await known(site)
    for body in route.wrong:
        answer = await send(one, route, body=body)
        assert (answer.status, answer.json["status"]) == (400, "ERROR"), body[:20]
        assert len(answer.json["message"]) > 20
    assert await known(site) == before


@each(*ALL)
async def test_what_is_too_large_is_refused_before_it_is_read(
    site: AgentSite, tablet: MakeTablet, route: Route
) -> None:
    one = await with_a_message(site, tablet)
    before = await known(site)
    assert (await send(one, route, body=b" " * 600_000)).status == 413
    assert (await send(one, route, number="1" * 12_000)).status in (400, 404)
    assert await known(site) == before


@each(*(route for route in ALL if "poll" not in route.name))
async def test_a_request_that_comes_twice_is_answered_twice_and_done_once(
    site: AgentSite, tablet: MakeTablet, route: Route
) -> None:
    one = await with_a_message(site, tablet)
    first = await send(one, route)
    after = await known(site)
    second = await send(one, route)
    assert (second.status, second.body) == (first.status, first.body)
    assert await known(site) == after


async def test_a_first_asking_that_comes_twice_is_one_tablet(site: AgentSite, tablet: MakeTablet) -> None:
    path = await site.kit_path()
    one = tablet("AAA1")
    asked = "/rest/public/sync/configuration/AAA1"
    first = await one.call("POST", asked, project=path, json=NULLS)
    after = await known(site)
    second = await one.call("POST", asked, project=path, json=NULLS)
    assert (second.status, second.body) == (200, first.body)
    assert await known(site) == after


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        msgspec.json.encode(NULLS),
        b'{"configuration":"7","groups":["a"],"groupSet":["a"],"customer":"x","more":{"deep":[1]}}',
        b'{"groups":"no list"}',
        b"\xff\xfe no JSON",
    ],
)
async def test_nothing_of_a_first_bodys_keys_is_needed_or_minded(
    site: AgentSite, tablet: MakeTablet, body: bytes
) -> None:
    asked = "/rest/public/sync/configuration/AAA1"
    answer = await tablet("AAA1").call("POST", asked, project=await site.kit_path(), data=body)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json; charset=utf-8")
    assert answer.body.startswith(b'{"status":"OK","message":null,"data":{')
    assert answer.body.endswith(b"}}")
    assert answer.headers["x-ip-address"] == "203.0.113.9"
    assert answer.data["pushOptions"] == "polling"
    assert answer.data["password"] == answer.data["password"].upper()
