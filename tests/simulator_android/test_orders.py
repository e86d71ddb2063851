"""Reset, restart and a new screen code: done only as the server's confirmation allows."""

import asyncio

import pytest

from tests.simulator_android.tablets import until


async def test_a_reset_waits_for_the_servers_confirmation(headwind, joined) -> None:
    headwind.configs["k-kit"]["factoryReset"] = True
    headwind.script("reset", 500)
    assert await joined.update() == "done"
    assert joined.tablet.owned
    assert await joined.update() == "wiped"
    asked = headwind.of("reset")[-1]
    assert (asked.method, asked.number) == ("POST", joined.tablet.serial)
    assert asked.body["factoryReset"] is True
    assert asked.body["deviceId"] == joined.tablet.serial
    assert not joined.tablet.owned
    assert joined.tablet.resets == 1
    assert not joined.enrolled
    assert joined.memory.base == ""
    assert joined.told("wiped")


async def test_a_reset_tablet_can_be_set_up_again(headwind, joined) -> None:
    headwind.configs["k-kit"]["factoryReset"] = True
    joined.tablet.install_by_hand("org.game")
    await joined.update()
    headwind.configs["k-kit"] = {"pushOptions": "polling"}
    headwind.asked.clear()
    await joined.join(headwind.code())
    assert headwind.of("config")[0].method == "POST"
    assert "org.game" not in joined.tablet.installed


async def test_without_owner_rights_a_reset_is_confirmed_but_not_done(headwind, make_agent) -> None:
    agent = make_agent()
    headwind.configs["k-kit"] |= {"factoryReset": True, "reboot": True}
    await agent.join_by_hand(f"{headwind.url}/k-kit", "5A-01", owner=False)
    assert await agent.update() == "done"
    assert agent.tablet.resets == 0
    assert headwind.of("reset")[0].body["factoryReset"] is False


async def test_a_restart_waits_for_the_servers_confirmation(headwind, joined) -> None:
    headwind.configs["k-kit"]["reboot"] = True
    headwind.script("reboot", 403)
    assert await joined.update() == "done"
    joined.tablet.screen_alive = False
    assert await joined.update() == "restart"
    assert joined.told("restarted")
    assert len(headwind.of("reboot")) == 2
    headwind.configs["k-kit"]["reboot"] = False
    headwind.asked.clear()
    assert await joined.boot() == "done"
    assert len(headwind.infos) == 1
    await until(lambda: len(headwind.of("poll")) == 1)


async def test_a_restart_that_stays_in_the_configuration_is_done_again_and_again(headwind, joined) -> None:
    headwind.configs["k-kit"]["reboot"] = True
    stop = asyncio.Event()
    living = asyncio.create_task(joined.live(stop))
    headwind.say(joined.tablet.serial, {"messageType": "configUpdated", "payload": None})
    await until(lambda: len(joined.told("restarted")) >= 3)
    stop.set()
    await living


@pytest.mark.parametrize("answer", [200, 500])
async def test_a_screen_code_is_set_whatever_the_server_says(headwind, joined, answer) -> None:
    headwind.configs["k-kit"]["passwordReset"] = "1234"
    headwind.script("password", answer)
    assert await joined.update() == "done"
    assert joined.tablet.screen_code == "1234"
    headwind.configs["k-kit"]["passwordReset"] = "5678"
    await joined.update()
    assert joined.tablet.screen_code == "1234"  # nobody unlocked it since: its reset token is not active
    joined.tablet.unlocked_since_set_up = True
    await joined.update()
    assert joined.tablet.screen_code == "5678"
    assert len(headwind.of("password")) == 3
