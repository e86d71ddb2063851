"""What the open agent makes of rules: restrictions, hidden packages, managed settings, and the rest."""

from typing import Any

import pytest

from mdm.simulator.android.policies import typed_value
from tests.simulator_android.tablets import apk


def settings(package: str, **values: str) -> list[dict[str, Any]]:
    return [{"packageId": package, "name": name, "value": value} for name, value in values.items()]


async def test_restrictions_are_set_and_unknown_ones_logged(headwind, joined) -> None:
    headwind.configs["k-kit"]["restrictions"] = "no_sms, no_camera,no_such_thing,"
    await joined.update()
    assert joined.tablet.restrictions == {"no_safe_boot", "no_sms", "no_camera"}
    sent = [item["message"] for one in headwind.of("logs") for item in one.body]
    assert "Unknown restriction: no_such_thing" in sent


async def test_packages_stay_hidden_until_they_are_listed_as_unlocked(headwind, joined) -> None:
    headwind.files["org.a"] = apk("org.a")
    config = headwind.configs["k-kit"]
    config["applications"] = [{"pkg": "org.a", "version": "1.0", "url": f"{headwind.url}/files/org.a"}]
    config["applicationSettings"] = settings("com.hmdm.launcher", locked_packages="com.android.chrome,org.a, android")
    await joined.update()
    assert joined.tablet.hidden == {"com.android.chrome", "org.a"}
    config["applicationSettings"] = settings("com.hmdm.launcher", locked_packages="org.a")
    await joined.update()
    assert joined.tablet.hidden == {"com.android.chrome", "org.a"}
    config["applicationSettings"] = settings("com.hmdm.launcher", unlocked_packages="com.android.chrome,org.a,org.x")
    await joined.update()
    assert not joined.tablet.hidden


async def test_settings_become_managed_configuration(headwind, joined) -> None:
    headwind.configs["k-kit"] |= {
        "custom1": "5A",
        "applicationSettings": [
            *settings(
                "com.android.chrome", URLBlocklist='["*"]', Popups="2", Sync="false", Home='"12"', Title="Room A",
                managedConfig='{"Nested": {"a": [1]}}',
            ),
            {"packageId": "org.a", "name": "id", "value": "DEVICE_NUMBER/CUSTOM1", "variable": True},
            {"packageId": "org.a", "name": "raw", "value": "DEVICE_NUMBER", "readonly": True},
        ],
    }  # fmt: skip
    await joined.update()
    assert joined.tablet.managed == {
        "com.android.chrome": {
            "URLBlocklist": ["*"], "Popups": 2, "Sync": False, "Home": "12", "Title": "Room A", "Nested": {"a": [1]},
        },
        "org.a": {"id": f"{joined.memory.number}/5A", "raw": "DEVICE_NUMBER"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", ""), ('"', '"'), ('""', ""), ("[]", []), ("[a, b]", ["a", "b"]), ("true", True), ("True", "True"),
        ("-5", -5), ("1.5", "1.5"), ("٣", "٣"),
    ],
)  # fmt: skip
def test_a_setting_is_typed_by_its_writing(text: str, value: object) -> None:
    assert typed_value(text) == value


async def test_policies_are_those_of_the_last_configuration(headwind, joined) -> None:
    headwind.configs["k-kit"] |= {"usbStorage": True, "volume": "30", "lock": True, "title": "Room A"}
    await joined.update()
    policies = joined.tablet.policies
    assert (policies["usb_storage"], policies["volume"], policies["lock"]) == (True, 30, True)
    headwind.configs["k-kit"] = {"pushOptions": "polling"}
    await joined.update()
    assert (policies["usb_storage"], policies["volume"], policies["lock"]) == (None, None, False)


async def test_what_belongs_to_the_screen_needs_the_screen(headwind, joined) -> None:
    joined.tablet.screen_alive = False
    headwind.configs["k-kit"] |= {"lock": True, "disableScreenshots": True}
    await joined.update()
    assert not joined.tablet.policies["lock"]
    assert joined.tablet.policies["disable_screenshots"] is True


async def test_the_proxy_stays_until_it_is_cleared(headwind, joined) -> None:
    for value, proxy in (("proxy:3128", "proxy:3128"), (None, "proxy:3128"), ("0", None)):
        own = settings("com.hmdm.launcher", proxy=value) if value is not None else []
        headwind.configs["k-kit"]["applicationSettings"] = own
        await joined.update()
        assert joined.tablet.policies["proxy"] == proxy


async def test_switching_wifi_off_cuts_a_tablet_off_for_good(headwind, joined) -> None:
    headwind.configs["k-kit"]["wifi"] = False
    await joined.update()
    assert joined.told("failed") == ["the configuration switched off the only network"]
    headwind.asked.clear()
    await joined.update()
    assert not headwind.of("config")


async def test_without_owner_rights_nothing_is_restricted_and_installing_asks(headwind, make_agent) -> None:
    headwind.files["org.a"] = apk("org.a")
    headwind.configs["k-kit"] |= {
        "restrictions": "no_sms",
        "usbStorage": True,
        "applications": [{"pkg": "org.a", "version": "1.0", "url": f"{headwind.url}/files/org.a"}],
        "applicationSettings": settings("com.hmdm.launcher", locked_packages="com.android.chrome"),
    }
    agent = make_agent()
    await agent.join_by_hand(f"{headwind.url}/k-kit", "5A-01", owner=False)
    assert not agent.tablet.restrictions
    assert not agent.tablet.hidden
    assert not agent.tablet.managed
    assert "usb_storage" not in agent.tablet.policies
    assert agent.told("asked") == ["installing org.a waits for a person"]
    assert agent.told("installed") == ["org.a 1.0"]
    info = headwind.infos[-1]
    assert (info["mdmMode"], info["defaultLauncher"], info["permissions"]) == (False, False, [0, 0, 1, 0])
    headwind.configs["k-kit"]["applications"] = [{"pkg": "org.a", "version": "0", "remove": True}]
    agent.tablet.screen_alive = False
    await agent.update()
    assert "org.a" in agent.tablet.installed
