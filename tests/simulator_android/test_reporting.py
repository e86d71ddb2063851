"""What a tablet tells: its information, and its log."""

import pytest

from mdm.simulator.android import logs
from mdm.simulator.android.memory import LogRule
from tests.simulator_android.tablets import apk

PERSONAL = {"imei", "imsi", "iccid", "phone", "location"}


async def test_the_information_of_a_tablet_without_a_card(headwind, joined) -> None:
    headwind.files["org.a"] = apk("org.a", "2.1", 21)
    headwind.configs["k-kit"]["applications"] = [
        {"pkg": "org.a", "version": "2.1", "url": f"{headwind.url}/files/org.a", "name": "A"},
        {"pkg": "com.android.chrome", "version": "0"},
        {"pkg": "org.missing", "version": "1"},
        {"pkg": "page", "version": "0", "type": "web", "url": "https://example.org"},
    ]
    await joined.update()
    info = headwind.infos[0]
    model = joined.tablet.spec.model
    assert not PERSONAL & set(info)
    assert info["permissions"] == [1, 0, 1, 0]
    assert (info["model"], info["cpu"], info["androidVersion"]) == (model.name, model.cpu, model.android_version)
    assert (info["launcherType"], info["launcherPackage"]) == ("opensource", "com.hmdm.launcher")
    assert (info["mdmMode"], info["kioskMode"], info["defaultLauncher"]) == (True, False, True)
    apps = {app["pkg"]: app for app in info["applications"]}
    assert {name: app["version"] for name, app in apps.items()} == {
        "org.a": "2.1", "com.android.chrome": "131.0.6778.39",
    }  # fmt: skip
    assert apps["org.a"]["code"] is None
    assert "X-Request-Signature" not in headwind.of("info")[0].headers


async def test_a_tablet_with_a_card_tells_of_a_person_whatever_it_is_told(headwind, make_agent) -> None:
    agent = make_agent(sim=True)
    await agent.join(headwind.code())
    assert set(headwind.infos[0]) >= PERSONAL
    assert set(headwind.infos[0]["location"]) == {"ts", "lat", "lon"}
    phone = agent.tablet.sim.phone
    assert any(phone in item["message"] for one in headwind.of("logs") for item in one.body)
    headwind.configs["k-kit"]["appPermissions"] = "denylocation"
    await agent.update()
    assert PERSONAL - set(headwind.infos[-1]) == {"location"}


async def test_numbers_of_the_configuration_are_echoed(headwind, joined) -> None:
    headwind.configs["k-kit"] |= {"phone": "+33", "imei": "35"}
    await joined.update()
    assert (headwind.infos[0]["phone"], headwind.infos[0]["imei"]) == ("+33", "35")


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        (LogRule(package="com.hmdm.launcher", level=2), ["bad", "careful"]),
        (LogRule(package="com.hmdm.launcher", level=5), ["bad", "careful", "by the way"]),
        (LogRule(package="com.hmdm.launcher", level=5, filter="a"), ["bad", "careful", "by the way"]),
        (LogRule(package="com.hmdm.launcher", level=5, filter="way"), ["by the way"]),
        (LogRule(package="com.hmdm.launcher", level=0), []),
        (LogRule(package="org.other", level=5), []),
    ],
)
async def test_only_what_a_rule_asks_for_is_sent(headwind, joined, rule: LogRule, kept: list[str]) -> None:
    joined.memory.rules = (rule,)
    for level, message in ((logs.ERROR, "bad"), (logs.WARN, "careful"), (logs.INFO, "by the way")):
        joined.log.write(level, message)
    headwind.rules = [{"packageId": rule.package, "logLevel": rule.level, "filter": rule.filter}]
    await joined.update()
    assert [item["message"] for one in headwind.of("logs") for item in one.body] == kept


async def test_lines_go_ten_at_a_time_and_stay_until_they_are_taken(headwind, joined) -> None:
    for number in range(25):
        joined.log.write(logs.WARN, str(number))
    headwind.script("logs", 200, 500)
    await joined.update()
    assert [len(one.body) for one in headwind.of("logs")] == [10, 10]
    assert len(joined.log.waiting) == 15
    await joined.update()
    assert [item["message"] for one in headwind.of("logs") for item in one.body] == [
        str(number) for number in [*range(20), *range(10, 25)]
    ]  # fmt: skip
    item = headwind.of("logs")[0].body[0]
    assert set(item) == {"timestamp", "logLevel", "packageId", "message"}
    assert abs(item["timestamp"] / 1000 - joined.tablet.now().timestamp()) < 60


async def test_the_job_reports_each_quarter_and_updates_each_hour(headwind, joined) -> None:
    for _ in range(8):
        await joined.job()
    assert len(headwind.of("config")) == 2
    assert len(headwind.infos) == 8 + 2
    joined.tablet.screen_alive = False
    headwind.asked.clear()
    for _ in range(4):
        await joined.job()
    assert len(headwind.infos) == 4


async def test_a_tablet_that_never_joined_reports_nothing(headwind, make_agent) -> None:
    agent = make_agent()
    await agent.job()
    assert not headwind.asked
