"""Android tablets that listen by MQTT, with a real Mosquitto that reads the files that Valise writes."""

import asyncio
import getpass
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import DEVNULL, Popen

import pytest

from mdm.simulator.android.device import make_tablets
from mdm.simulator.android.fleet import simulate
from mdm.simulator.fleet import codes_in
from tests.conftest import not_run
from tests.system.conftest import RunningValise, free_port, until
from tests.system.test_valise_of_android import SMALLER, stages, with_android_kit

pytestmark = [pytest.mark.external, pytest.mark.slow]


@pytest.fixture
def broker_port() -> int:
    return free_port()


@pytest.fixture
def broker(broker_port: int) -> Iterator[Callable[[Path], None]]:
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if program is None:
        not_run("mosquitto is not installed")
    running: list[Popen[bytes]] = []

    def start(config: Path) -> None:
        running.append(Popen([program, "-c", str(config)], stderr=DEVNULL, stdout=DEVNULL))
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", broker_port), timeout=1).close()
                return
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.05)

    yield start
    for process in running:
        process.kill()
        process.wait()


async def test_a_new_edition_reaches_tablets_that_listen_by_mqtt(
    make_valise: Callable[..., RunningValise], broker: Callable[[Path], None], broker_port: int
) -> None:
    valise = make_valise()
    text = valise.config.read_text(encoding="utf-8")
    valise.config.write_text(f'{text}\n[android]\npush = "mqttWorker"\nmqtt_port = {broker_port}\n', encoding="utf-8")
    with_android_kit(valise, 2)
    valise.run("mqtt", "acl", "--out", str(valise.folder / "broker"))
    with (valise.folder / "broker" / "mosquitto.conf").open("a", encoding="utf-8") as config:
        # Started by root it would change to an account that may not read the test's folder.
        config.write(f"user {getpass.getuser()}\n")
    broker(valise.folder / "broker" / "mosquitto.conf")
    valise.start()
    stop, agents, heard = asyncio.Event(), [], []  # type: ignore[var-annotated]
    pictures = [one for one in codes_in([valise.folder / "codes"]) if "slot" in one.name]
    life = asyncio.create_task(
        simulate(
            make_tablets(2, seed=4), pictures, stop=stop, ca_file=valise.root, speed=20, mqtt_port=broker_port,
            made=agents.extend, report=lambda event: heard.append(event.kind),
        )
    )  # fmt: skip
    try:
        await until(lambda: stages(valise) == ["ready"] * 2, 150)
        assert "message" not in heard
        (valise.folder / "smaller.toml").write_text(SMALLER, encoding="utf-8")
        valise.agree(valise.folder / "smaller.toml")
        await until(lambda: heard.count("message") >= 2, 60)
        await until(lambda: all("org.geogebra.android" not in agent.tablet.installed for agent in agents), 60)
    finally:
        stop.set()
        await asyncio.wait([life], timeout=30)
