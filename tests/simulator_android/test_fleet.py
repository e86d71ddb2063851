"""Many tablets at once, at their own pace, with pupils."""

import asyncio
import json

import pytest

from mdm.simulator.android.device import VirtualTablet, make_tablets
from mdm.simulator.android.drift import Mischief
from mdm.simulator.android.fleet import simulate
from tests.simulator_android.headwind import PREFIX
from tests.simulator_android.tablets import apk, until


@pytest.fixture
def run(headwind):
    """Starts a fleet; gives its events, what stops it, and its task."""

    def start(tablets: list[VirtualTablet], codes: list[str], **how):
        stop, events = asyncio.Event(), []
        task = asyncio.create_task(
            simulate(tablets, codes, **{"stop": stop, "speed": 0, "report": events.append, **how})
        )
        return stop, events, task

    return start


async def test_a_kit_of_tablets_joins_and_lives(headwind, run) -> None:
    tablets = make_tablets(6)
    stop, events, task = run(tablets, [headwind.code()])
    await until(lambda: len({one.body["serial"] for one in headwind.of("info")}) == 6)
    await until(lambda: len({one.number for one in headwind.of("poll")}) == 6)
    headwind.configs["k-kit"]["restrictions"] = "no_sms"
    for tablet in tablets:
        headwind.say(tablet.serial, {"messageType": "configUpdated", "payload": None})
    await until(lambda: all("no_sms" in tablet.restrictions for tablet in tablets))
    stop.set()
    assert await task == 6
    assert {event.kind for event in events} >= {"scanned", "provisioned", "enrolled", "updated", "informed", "message"}


async def test_a_tablet_whose_code_is_refused_does_not_stop_the_others(headwind, run) -> None:
    stop, events, task = run(make_tablets(2), [headwind.code(), "{}"])
    await until(lambda: sum(event.kind == "failed" for event in events) == 3 and bool(headwind.infos))
    stop.set()
    assert await task == 1


async def test_stopping_does_not_wait_for_what_a_slow_tablet_does(headwind, run) -> None:
    stop, events, task = run(make_tablets(1), [headwind.code()], speed=0.0001)
    await until(lambda: any(event.kind == "scanned" for event in events))
    stop.set()
    async with asyncio.timeout(20):
        assert await task == 0


async def test_a_reset_tablet_scans_again_when_told_so(headwind, run) -> None:
    stop, events, task = run(make_tablets(1), [headwind.code()], rejoins=True)
    await until(lambda: bool(headwind.infos))
    headwind.configs["k-kit"]["factoryReset"] = True
    serial = headwind.infos[0]["serial"]
    headwind.say(serial, {"messageType": "configUpdated", "payload": None})
    await until(lambda: bool(headwind.of("reset")))
    headwind.configs["k-kit"]["factoryReset"] = False
    await until(lambda: sum(event.kind == "provisioned" for event in events) >= 2)
    stop.set()
    assert await task == 1


async def test_a_fleet_trusts_the_file_of_its_authority(secure_headwind, run, tmp_path) -> None:
    server, authority = secure_headwind
    ca_file = tmp_path / "root.pem"
    await asyncio.to_thread(ca_file.write_bytes, authority)
    stop, _, task = run(make_tablets(2), [server.code()], ca_file=ca_file)
    await until(lambda: len(server.infos) >= 2)
    stop.set()
    assert await task == 2


async def test_one_code_each_or_one_for_all(headwind) -> None:
    with pytest.raises(ValueError, match="codes"):
        await simulate(make_tablets(3), [headwind.code()] * 2, stop=asyncio.Event())


async def test_pupils_change_what_no_restriction_forbids(headwind, joined) -> None:
    headwind.files["org.a"] = apk("org.a")
    headwind.configs["k-kit"]["applications"] = [
        {"pkg": "org.a", "version": "1.0", "url": f"{headwind.url}/files/org.a"}
    ]
    await joined.update()
    pupil = Mischief(joined, 60)
    assert {pupil.act() for _ in range(100)} == {"installed", "removed", "screen", "nothing"}
    assert joined.told("drifted")
    joined.tablet.uninstall("org.a")
    assert not joined.tablet.uninstall_by_hand("org.a")
    await joined.update()
    assert "org.a" in joined.tablet.installed
    headwind.configs["k-kit"]["restrictions"] = "no_install_apps,no_uninstall_apps"
    await joined.update()
    before = dict(joined.tablet.installed)
    assert {pupil.act() for _ in range(50)} == {"screen", "nothing"}
    assert dict(joined.tablet.installed) == before


async def test_pupils_drift_while_a_fleet_lives(headwind, run) -> None:
    stop, events, task = run(make_tablets(1), [headwind.code()], drift_seconds=0.01)
    await until(lambda: any(event.kind == "drifted" for event in events))
    stop.set()
    assert await task == 1


async def test_events_hold_no_secret(headwind, run) -> None:
    headwind.configs["k-kit"]["newServerUrl"] = f"{headwind.url}/d-very-secret"
    headwind.configs["d-very-secret"] = {"pushOptions": "polling", "passwordReset": "9876"}
    code = json.dumps(headwind.provisioning() | {PREFIX + "WIFI_PASSWORD": "wifi-secret"})
    stop, events, task = run(make_tablets(1, sim=True), [code])
    await until(lambda: any(event.kind == "informed" for event in events))
    stop.set()
    await task
    told = " ".join(event.detail for event in events)
    for secret in ("d-very-secret", "k-kit", "9876", "wifi-secret", "+336"):
        assert secret not in told
