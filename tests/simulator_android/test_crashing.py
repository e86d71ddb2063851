"""Configurations with nulls, which crash the agent until Android offers another launcher."""

from typing import Any

import pytest

from tests.simulator_android.tablets import apk


@pytest.mark.parametrize(
    "nulls",
    [
        {"applications": None},
        {"files": None},
        {"applications": [None]},
        {"applications": [{"version": "1.0", "url": "http://h/a.apk"}]},
        {"applications": [{"pkg": "com.android.chrome", "version": None, "url": "http://h/a.apk"}]},
        {"applicationSettings": [{"packageId": "a", "name": "b", "value": None, "variable": True}]},
    ],
)
async def test_a_null_crashes_the_agent_until_another_launcher_is_offered(
    headwind, joined, nulls: dict[str, Any]
) -> None:
    good = dict(headwind.configs["k-kit"])
    headwind.configs["k-kit"] = {"pushOptions": "polling", "restrictions": "no_sms", **nulls}
    assert await joined.update() == "stopped"
    assert len(joined.told("crashed")) == 4
    assert joined.told("escaped")
    assert not joined.tablet.screen_alive
    headwind.configs["k-kit"] = good
    assert await joined.update() == "done"


async def test_a_version_that_is_null_crashes_only_once_the_application_is_there(headwind, joined) -> None:
    headwind.files["org.a"] = apk("org.a")
    entry = {"pkg": "org.a", "url": f"{headwind.url}/files/org.a"}
    headwind.configs["k-kit"]["applications"] = [entry]
    assert await joined.update() == "done"
    assert await joined.update() == "stopped"


async def test_the_hourly_update_without_push_options_crashes(headwind, joined) -> None:
    headwind.configs["k-kit"] = {"title": "Room A"}
    await joined.update()
    for _ in range(4):
        await joined.job()
    assert joined.told("crashed") == ["the configuration has no push options"]
