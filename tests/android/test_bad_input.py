"""Whatever comes by a live path is answered without a fault, and the tablets go on."""

import random

import msgspec
from structlog.testing import capture_logs

from tests.android.conftest import EDITION, AgentSite, MakeTablet, Tablet, apk

PATHS = (
    "/rest/public/sync/configuration/{n}",
    "/rest/public/sync/info",
    "/rest/notifications/device/{n}",
    "/rest/plugins/devicelog/log/rules/{n}",
    "/rest/plugins/devicelog/log/list/{n}",
    "/rest/plugins/devicereset/public/{n}",
    "/rest/plugins/devicereset/public/reboot/{n}",
    "/rest/plugins/devicereset/public/password/{n}",
    "/rest/plugins/deviceinfo/deviceinfo/public/{n}",
    "/rest/plugins/deviceinfo/deviceinfo-plugin-settings/device/{n}",
    "/rest/plugins/devicelocations/public/update/{n}",
    "/rest/else/{n}",
    "/rest/",
)
METHODS = ("GET", "POST", "PUT", "HEAD", "DELETE", "BREW")
NUMBERS = (
    "",
    "1",
    "99",
    "0",
    "AAA1",
    "%00",
    "%ff%fe",
    "..%2F..",
    "x" * 300,
    "%F0%9F%98%80",
    "' OR 1=1 --".replace(" ", "+"),
)


def body(rng: random.Random, one: Tablet) -> bytes:
    kind = rng.randrange(6)
    if kind == 0:
        return rng.randbytes(rng.randrange(300))
    if kind == 1:
        return b"[" * rng.randrange(3000)
    if kind == 2:
        return b"9" * rng.randrange(700_000)
    values: list[object] = [None, 0, -1, 2**70, 1e308, "x", "\0", "é" * 300, [], {}, [None], {"pkg": None}, True]
    names = ("deviceId", "serial", "model", "androidVersion", "batteryLevel", "applications", "mdmMode", "factoryReset")
    info: dict[str, object] = {name: rng.choice(values) for name in rng.sample(names, rng.randrange(len(names)))}
    if rng.random() < 0.5:
        info["deviceId"] = one.number
    items = [{"timestamp": rng.choice([0, -1, 2**60, 4e12]), "logLevel": rng.randrange(-1, 8), "message": "x"}]
    return msgspec.json.encode(rng.choice([info, items, [info], None]))


async def test_no_request_by_a_live_path_makes_the_server_fail(site: AgentSite, tablet: MakeTablet) -> None:
    await site.load(EDITION, apk())
    path = await site.kit_path()
    one = tablet("AAA1")
    await one.join(path)
    rng = random.Random(20261124)
    seen: set[int] = set()
    with capture_logs() as logs:
        for _ in range(900):
            number = one.number if rng.random() < 0.5 else rng.choice(NUMBERS)
            answer = await one.call(
                rng.choice(METHODS),
                rng.choice(PATHS).format(n=number),
                project=rng.choice([path, one.project, one.project, "k-x", "k-%2F", "d-" + "a" * 26]),
                data=body(rng, one),
            )
            seen.add(answer.status)
            assert answer.status < 500, answer
    assert {200, 400, 404, 405, 413} <= seen
    assert not [line for line in logs if line["log_level"] in ("error", "critical") and "failed" in line["event"]]
    fresh = tablet("CCC3")
    await fresh.join(await site.kit_path(3))
    assert (await fresh.report(applications=[{"pkg": "org.geogebra.android", "version": "5.2"}])).status == 200
    assert (await site.view()).slots[2].stage.value == "ready"


async def test_a_tablet_whose_clock_is_a_year_off_is_like_any_other(site: AgentSite, tablet: MakeTablet) -> None:
    await site.load(EDITION, apk())
    one = tablet("AAA1")
    await one.join(await site.kit_path())
    year = 365 * 24 * 3600 * 1000
    for at in (site.clock.ms() - year, site.clock.ms() + year, 0):
        item = {"timestamp": at, "logLevel": 2, "packageId": "com.hmdm.launcher", "message": f"at {at % 97}"}
        log = await one.call("POST", f"/rest/plugins/devicelog/log/list/{one.number}", json=[item])
        assert log.status == 200
    assert (await one.report(location={"ts": 1, "lat": 1.5, "lon": 2.5})).status == 200
    assert len(await site.sql("SELECT 1 FROM android_log")) == 3
    assert (await site.sql("SELECT seen_at FROM tablet_report"))[0]["seen_at"] == site.clock.ms()


async def test_requests_out_of_order_lose_nothing(site: AgentSite, tablet: MakeTablet) -> None:
    await site.load(EDITION, apk())
    one = tablet("AAA1")
    await one.ask(await site.kit_path())
    one.project = one.configuration["newServerUrl"].rsplit("/", 1)[1]
    assert (await one.report()).status == 200
    assert (await one.call("GET", f"/rest/plugins/devicelog/log/rules/{one.number}")).status == 200
    assert (await one.fetch()).status == 200
    assert (await site.view()).slots[0].serial == "AAA1"
