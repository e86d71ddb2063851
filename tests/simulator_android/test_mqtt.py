"""Listening at a real Mosquitto."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import aiomqtt
import pytest

from mdm.simulator.android.addresses import mqtt_password
from mdm.simulator.android.config import ServerConfig
from mdm.simulator.android.push import keepalive_seconds
from tests.conftest import not_run
from tests.simulator_android.tablets import until

PASSWORD = mqtt_password("changeme-C3z9vi54")


class Broker:
    """A Mosquitto with the agents' user, which can be stopped and started again."""

    def __init__(self, program: str, folder: Path, port: int) -> None:
        self._program = program
        self._config = folder / "mosquitto.conf"
        self.port = port
        passwords = folder / "passwords"
        passwords.touch(mode=0o600)
        subprocess.run(["mosquitto_passwd", "-b", str(passwords), "hmdm", PASSWORD], check=True, capture_output=True)
        self._config.write_text(
            f"listener {port} 127.0.0.1\npassword_file {passwords}\nallow_anonymous false\n"
            f"persistence true\npersistence_location {folder}/\nuser root\nlog_type none\n"
        )
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(self._program, "-c", str(self._config))
        async with asyncio.timeout(20):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    return

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            await process.wait()

    async def say(self, topic: str, body: str) -> None:
        async with aiomqtt.Client("127.0.0.1", self.port, username="hmdm", password=PASSWORD) as client:
            await client.publish(topic, body, qos=2)


@pytest.fixture
async def broker(tmp_path: Path, unused_tcp_port: int) -> AsyncIterator[Broker]:
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if program is None or shutil.which("mosquitto_passwd") is None:
        not_run("mosquitto is not installed")
    made = await asyncio.to_thread(Broker, program, tmp_path, unused_tcp_port)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def listening(headwind, make_agent, broker: Broker):
    """A tablet that joined, lives, and listens at the broker."""
    headwind.configs["k-kit"]["pushOptions"] = "mqttWorker"
    agent = make_agent(mqtt_port=broker.port)
    await agent.join(headwind.code())
    stop = asyncio.Event()
    life = asyncio.create_task(agent.live(stop))
    await heard(agent, broker, agent.memory.number)
    headwind.asked.clear()
    yield agent
    stop.set()
    await life


async def heard(agent, broker: Broker, topic: str) -> None:
    """Say something until the tablet hears it."""
    before = len(agent.told("message"))
    async with asyncio.timeout(20):
        while len(agent.told("message")) == before:
            await broker.say(topic, '{"messageType":"adminPanel"}')
            await asyncio.sleep(0.05)


@pytest.mark.external
async def test_a_wake_makes_the_tablet_fetch_its_configuration(headwind, listening, broker) -> None:
    await broker.say(listening.memory.number, '{"messageType":"configUpdated","payload":{"x":1}}')
    await until(lambda: headwind.infos)
    assert not headwind.of("poll")


@pytest.mark.external
async def test_what_is_no_message_is_passed_over(listening, broker) -> None:
    await broker.say(listening.memory.number, "nothing")
    await heard(listening, broker, listening.memory.number)


@pytest.mark.external
async def test_a_tablet_comes_back_to_a_broker_that_went_away(listening, broker) -> None:
    await broker.stop()
    await broker.start()
    await heard(listening, broker, listening.memory.number)


@pytest.mark.external
async def test_a_new_number_makes_a_new_client(headwind, listening, broker) -> None:
    headwind.configs["k-kit"]["newNumber"] = "5A-01"
    await listening.update()
    await heard(listening, broker, "5A-01")


@pytest.mark.external
async def test_an_offline_tablet_gets_what_was_said_meanwhile(headwind, listening, broker) -> None:
    await listening.restart()
    await broker.say(listening.memory.number, '{"messageType":"runApp","payload":{"pkg":"com.android.chrome"}}')
    await until(lambda: "runApp: started com.android.chrome" in listening.told("message"))


@pytest.mark.external
async def test_going_from_the_broker_to_polling_leaves_the_broker(headwind, listening, broker) -> None:
    headwind.configs["k-kit"]["pushOptions"] = "polling"
    await listening.update()
    await until(lambda: headwind.of("poll"))


@pytest.mark.external
async def test_of_two_tablets_with_one_number_one_gives_up(headwind, make_agent, broker) -> None:
    headwind.configs["k-kit"]["pushOptions"] = "mqttAlarm"
    agents = [make_agent(seed=seed, mqtt_port=broker.port) for seed in range(2)]
    for agent in agents:
        await agent.join_by_hand(f"{headwind.url}/k-kit", "5A-01")
    await until(lambda: any(gave_up(agent) for agent in agents))


def gave_up(agent) -> bool:
    return any("two devices" in item.message for item in agent.log.waiting)


@pytest.mark.parametrize(
    ("options", "wish", "seconds"),
    [
        ("mqttWorker", 60, 900), ("mqttAlarm", None, 300), ("mqttAlarm", 60, 60), ("mqttAlarm", 5, 30),
        ("mqttAlarm", 10**6, 65535),
    ],
)  # fmt: skip
def test_the_silence_before_a_ping(options: str, wish: int | None, seconds: int) -> None:
    assert keepalive_seconds(ServerConfig(push_options=options, keepalive_time=wish)) == seconds
