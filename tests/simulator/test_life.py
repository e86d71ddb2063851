"""A tablet's days: pushes, its own questions, its certificate, its system, its pupils."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from mdm.simulator.life import Habits, Pupil, live
from mdm.simulator.pace import Pace


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def living(ipad, **how) -> AsyncIterator[None]:
    stop = asyncio.Event()
    life = asyncio.create_task(live(ipad, stop, **{"poll_seconds": 0.05, **how}))
    yield
    stop.set()
    await life


async def test_a_tablet_asks_again_after_the_server_was_down(school, ipad) -> None:
    school.status = 503
    async with living(ipad, poll_seconds=0):
        await until(lambda: len(school.reports) == 1)
        school.status = 200
        question = school.send("DeviceInformation", Queries=["UDID"])
        await until(lambda: question in school.answers)


async def test_a_push_to_a_tablet_out_of_reach_waits_without_haste(school, ipad) -> None:
    ipad.go_offline()
    question = school.send("DeviceInformation", Queries=["UDID"])
    async with living(ipad, poll_seconds=0):
        ipad.wake(school.messages("TokenUpdate")[0]["PushMagic"])
        await until(lambda: not ipad.wanted.is_set())
        assert question not in school.answers
        ipad.go_online()
        await until(lambda: question in school.answers)


async def test_a_certificate_is_renewed_before_it_expires(school, ipad) -> None:
    first = ipad.identity.certificate
    ipad._now = lambda: first.not_valid_after_utc - timedelta(days=3)
    async with living(ipad):
        await until(lambda: ipad.identity.certificate != first)
        assert "17" in school.scep_types


async def test_an_enforced_system_is_installed_at_its_local_hour(school, ipad) -> None:
    payload = {"TargetOSVersion": "18.3.2", "TargetLocalDateTime": "2026-09-01T10:00:00"}
    kind = "com.apple.configuration.softwareupdate.enforcement.specific"
    school.declare("configuration", kind, "system", payload)
    school.activate()
    school.sync()
    await ipad.converse()
    await ipad.settle()
    declared, ipad.tablet.charging = ipad.declaring.declarations, True
    before, after = datetime(2026, 9, 1, 7, 59, tzinfo=UTC), datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
    assert not declared.enforced_update(before).due
    ipad._now = lambda: after
    async with living(ipad):
        await until(lambda: ipad.tablet.os.version == "18.3.2" and ipad.powered)
    assert declared.enforced_update(after) is None


async def test_pupils_lock_unlock_leave_and_come_back(make_ipad) -> None:
    ipad = make_ipad(passcode=True)
    pupil = Pupil(ipad, Habits(), random.Random(5))
    deeds = [deed for _ in range(2000) for deed in pupil.live(60)]
    assert set(deeds) == {"lock", "unlock", "leave", "return"}
    network = [deed for deed in deeds if deed in ("leave", "return")]
    assert network == ["leave" if number % 2 == 0 else "return" for number in range(len(network))]


async def test_nothing_waits_at_full_speed_and_everything_scales() -> None:
    assert Pace(0).real(100) == 0
    assert Pace(4).real(100) == 25
    assert Pace(4).lived(25) == 100
    assert Pace(0).lived(25) == 25
