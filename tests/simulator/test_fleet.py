"""Many tablets at once, woken by a push service or by themselves."""

import asyncio
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from mdm.simulator.fleet import codes_in, hand_out, simulate
from mdm.simulator.keys import PooledKeys
from mdm.simulator.life import live
from mdm.simulator.models import make_ipads


class Pushes:
    """A push service in a dictionary."""

    def __init__(self) -> None:
        self.wakes: dict[bytes, Callable[[str], None]] = {}

    def register(self, token: bytes, wake: Callable[[str], None]) -> None:
        self.wakes[token] = wake


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


async def test_a_kit_of_tablets_enrols_and_lives(school, rsa_keys, tmp_path, qr_png) -> None:
    (tmp_path / "kit.png").write_bytes(qr_png(f"{school.url}/e/kit"))
    ca_file = tmp_path / "root.pem"
    ca_file.write_bytes(school.root.public_bytes(Encoding.PEM))
    stop, events = asyncio.Event(), []
    running = asyncio.create_task(
        simulate(
            make_ipads(5),
            codes_in([tmp_path / "kit.png"]),
            stop=stop,
            ca_file=ca_file,
            poll_seconds=0.05,
            speed=0,
            keys=PooledKeys(rsa_keys[1:]),
            report=events.append,
        )
    )
    await until(lambda: len(school.messages("TokenUpdate")) == 5)
    question = school.send("DeviceInformation", Queries=["SerialNumber"])
    await until(lambda: question in school.answers)
    stop.set()
    assert await running == 5
    assert {event.kind for event in events} >= {"scanned", "enrolled", "command"}
    assert len({one["SerialNumber"] for one in school.messages("Authenticate")}) == 5


async def test_a_push_wakes_the_right_tablet(school, make_ipad) -> None:
    pushes = Pushes()
    ipad = make_ipad(wakes=pushes)
    await ipad.enroll(f"{school.url}/e/ticket")
    stop = asyncio.Event()
    living = asyncio.create_task(live(ipad, stop, poll_seconds=0))
    told = school.messages("TokenUpdate")[0]
    question = school.send("DeviceInformation", Queries=["SerialNumber"])
    pushes.wakes[told["Token"]]("wrong magic")
    await asyncio.sleep(0.05)
    assert question not in school.answers
    pushes.wakes[told["Token"]](told["PushMagic"])
    await until(lambda: question in school.answers)
    stop.set()
    await living


async def test_a_tablet_whose_code_is_refused_does_not_stop_the_others(school, rsa_keys, tmp_path) -> None:
    stop, events = asyncio.Event(), []
    codes = [f"{school.url}/e/good", f"{school.url}/nowhere"]
    ca_file = tmp_path / "root.pem"
    ca_file.write_bytes(school.root.public_bytes(Encoding.PEM))
    running = asyncio.create_task(
        simulate(
            make_ipads(2),
            codes,
            stop=stop,
            ca_file=ca_file,
            speed=0,
            keys=PooledKeys(rsa_keys),
            report=events.append,
        )
    )
    await until(lambda: sum(event.kind == "failed" for event in events) == 3 and len(school.checkins) == 2)
    stop.set()
    assert await running == 1
    assert all("404" in event.detail for event in events if event.kind == "failed")


def test_codes_are_handed_out_one_each_or_one_for_all(tmp_path) -> None:
    assert hand_out(["kit"], 3) == ["kit"] * 3
    assert hand_out(["a", "b", "c"], 2) == ["a", "b"]
    with pytest.raises(ValueError, match="cannot share"):
        hand_out(["a", "b"], 3)
    with pytest.raises(ValueError, match="at least one"):
        hand_out([], 1)
    for name in ("slot-02.png", "slot-01.png", "readme.txt"):
        (tmp_path / name).write_bytes(b"")
    assert [file.name for file in codes_in([tmp_path])] == ["slot-01.png", "slot-02.png"]
    with pytest.raises(FileNotFoundError):
        codes_in([tmp_path / "nowhere"])


def test_tablets_are_the_same_for_the_same_seed_and_differ_from_each_other() -> None:
    assert make_ipads(20, seed=3) == make_ipads(20, seed=3)
    assert len({spec.udid for spec in make_ipads(500)} | {spec.serial for spec in make_ipads(500)}) == 1000
