"""A real Mosquitto with the files that are written for it: who may hear and say what."""

import asyncio
import getpass
import re
import shutil
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiomqtt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from push.mqtt.broker_files import (
    ACL_FILE,
    CONFIG_FILE,
    PASSWORD_FILE,
    PUBLISHER_USER,
    TABLET_USER,
    BrokerFiles,
    broker_files,
    password_line,
    tablet_password,
)
from push.mqtt.errors import BrokerNameRefused
from tests.conftest import not_run

TABLETS_PASSWORD = tablet_password("changeme-C3z9vi54")
PUBLISHERS_PASSWORD = "the server's own"
WAIT = 20.0


def files_for(folder: str, port: int) -> BrokerFiles:
    return broker_files(
        user=TABLET_USER,
        password=TABLETS_PASSWORD,
        publisher_user=PUBLISHER_USER,
        publisher_password=PUBLISHERS_PASSWORD,
        port=port,
        folder=folder,
    )


class Broker:
    """A Mosquitto process that can be stopped, killed and started again on its port; its log tells how far it is."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._lines: list[str] = []
        self._more = asyncio.Condition()

    @classmethod
    def prepare(cls, folder: Path) -> "Broker":
        if shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin") is None:
            not_run("mosquitto is not installed")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        folder.mkdir()
        files = files_for(str(folder), port)
        # Started by root it would change to an account that may not read the test's folder.
        (folder / CONFIG_FILE).write_text(f"{files.config}\nuser {getpass.getuser()}\n")
        (folder / ACL_FILE).write_text(files.acl)
        (folder / PASSWORD_FILE).write_text(files.password_lines)
        return cls(folder, port)

    async def start(self) -> None:
        self._lines.clear()
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
        assert program is not None
        self._process = await asyncio.create_subprocess_exec(
            program, "-v", "-c", str(self.folder / CONFIG_FILE), stderr=asyncio.subprocess.PIPE
        )
        self._reader = asyncio.create_task(self._read(self._process))
        await self.logged(" running")
        # It says so before it minds signals: it is there when it has answered somebody.
        with suppress(aiomqtt.MqttError):
            async with speaking(self):
                pass

    async def logged(self, text: str, times: int = 1) -> None:
        """Return when the running broker has logged a text so many times."""
        async with asyncio.timeout(WAIT), self._more:
            await self._more.wait_for(lambda: sum(text in line for line in self._lines) >= times)

    async def signal(self, number: signal.Signals) -> None:
        """Send a signal; return when the process is gone, if it is one that ends it."""
        assert self._process is not None
        self._process.send_signal(number)
        if number in (signal.SIGKILL, signal.SIGTERM):
            await self._process.wait()
            assert self._reader is not None
            await self._reader

    async def close(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGCONT)
            await self.signal(signal.SIGTERM)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        async for line in process.stderr:
            async with self._more:
                self._lines.append(line.decode(errors="replace"))
                self._more.notify_all()


@asynccontextmanager
async def running_broker(folder: Path) -> AsyncIterator[Broker]:
    made = Broker.prepare(folder)
    await made.start()
    try:
        yield made
    finally:
        await made.close()


class Listener:
    """A client that hears what the broker lets it hear."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self.client = client

    async def next(self) -> bytes:
        async with asyncio.timeout(WAIT):
            message = await anext(self.client.messages)
        assert isinstance(message.payload, bytes)
        return message.payload

    async def heard_by_now(self) -> int:
        """Return how many messages came: what was routed before is read before the answer to a later question.

        Three of them, since a message of QoS 2 is handed over only after a second exchange.
        """
        for _ in range(3):
            await self.client.subscribe("nothing/is/here", qos=2)
        return len(self.client.messages)


@asynccontextmanager
async def listening(
    broker: Broker,
    number: str,
    *topics: str,
    user: str = TABLET_USER,
    password: str = TABLETS_PASSWORD,
    clean: bool = False,
) -> AsyncIterator[Listener]:
    """Connect as the agent does; without topics listen for the own number."""
    async with aiomqtt.Client(
        "127.0.0.1", broker.port, username=user, password=password, identifier=number, clean_session=clean
    ) as client:
        for topic in topics or (number,):
            await client.subscribe(topic, qos=2)
        yield Listener(client)


@asynccontextmanager
async def speaking(broker: Broker) -> AsyncIterator[aiomqtt.Client]:
    """Connect with the server's name."""
    async with aiomqtt.Client(
        "127.0.0.1", broker.port, username=PUBLISHER_USER, password=PUBLISHERS_PASSWORD, identifier="server"
    ) as client:
        yield client


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    async with running_broker(tmp_path / "broker") as made:
        yield made


async def test_a_tablet_hears_its_own_topic(broker: Broker) -> None:
    async with listening(broker, "k7-03") as tablet, speaking(broker) as server:
        await server.publish("k7-03", b"wake", qos=2)
        assert await tablet.next() == b"wake"
        assert await tablet.heard_by_now() == 0


@pytest.mark.parametrize(
    ("intruder", "topics"),
    [
        ("k7-04", ("k7-03",)),
        ("k7-04", ("#",)),
        ("k7-04", ("+",)),
        ("k7-04", ("$share/all/#",)),
        ("#", ("k7-03", "#")),
        ("+", ("k7-03", "+")),
        ("k7-0#", ("k7-03", "#")),
    ],
)
async def test_another_client_hears_nothing_of_it(broker: Broker, intruder: str, topics: tuple[str, ...]) -> None:
    async with (
        listening(broker, "k7-03") as tablet,
        listening(broker, intruder, *topics) as other,
        speaking(broker) as server,
    ):
        await server.publish("k7-03", b"wake", qos=2)
        assert await tablet.next() == b"wake"
        assert await other.heard_by_now() == 0


async def test_the_state_of_the_broker_is_heard_by_nobody(broker: Broker) -> None:
    async with listening(broker, "k7-04", "$SYS/#") as other:
        assert await other.heard_by_now() == 0


async def test_the_servers_name_hears_nothing(broker: Broker) -> None:
    async with (
        listening(broker, "k7-03") as tablet,
        listening(broker, "other", "#", user=PUBLISHER_USER, password=PUBLISHERS_PASSWORD) as other,
        speaking(broker) as server,
    ):
        await server.publish("k7-03", b"wake", qos=2)
        await tablet.next()
        assert await other.heard_by_now() == 0


@pytest.mark.parametrize("quality", [0, 1, 2])
async def test_a_tablet_cannot_speak_to_another_nor_to_itself(broker: Broker, quality: int) -> None:
    async with listening(broker, "k7-03") as tablet, listening(broker, "k7-04") as other:
        await other.client.publish("k7-03", b"forged", qos=quality)
        await other.client.publish("k7-04", b"forged", qos=quality)
        assert await other.heard_by_now() == 0
        assert await tablet.heard_by_now() == 0


@pytest.mark.parametrize(
    ("user", "password"),
    [
        (TABLET_USER, "wrong"),
        (TABLET_USER, TABLETS_PASSWORD.lower()),
        (TABLET_USER, PUBLISHERS_PASSWORD),
        (PUBLISHER_USER, TABLETS_PASSWORD),
        ("nobody", TABLETS_PASSWORD),
        (None, None),
    ],
)
async def test_a_wrong_password_is_refused(broker: Broker, user: str | None, password: str | None) -> None:
    with pytest.raises(aiomqtt.MqttError):
        async with aiomqtt.Client(
            "127.0.0.1", broker.port, username=user, password=password, identifier="k7-03", timeout=WAIT
        ):
            pass


async def test_a_client_of_another_make_hears_its_own_topic_only(broker: Broker) -> None:
    program = shutil.which("mosquitto_sub")
    if program is None:
        not_run("mosquitto_sub is not installed")
    process = await asyncio.create_subprocess_exec(
        *(program, "-h", "127.0.0.1", "-p", str(broker.port), "-i", "k7-04", "-u", TABLET_USER),
        *("-P", TABLETS_PASSWORD, "-q", "2", "-t", "k7-04", "-t", "#", "-t", "k7-03", "-C", "1", "-F", "got %t %p"),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        await broker.logged("Sending SUBACK to k7-04")
        async with speaking(broker) as server:
            await server.publish("k7-03", b"not for it", qos=2)
            await server.publish("k7-04", b"for it", qos=2)
        async with asyncio.timeout(WAIT):
            output = (await process.communicate())[0].decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert [line for line in output.splitlines() if line.startswith("got ")] == ["got k7-04 for it"]


async def test_a_tablet_that_was_away_hears_it_when_it_is_back(broker: Broker) -> None:
    async with listening(broker, "k7-03"):
        pass
    async with speaking(broker) as server:
        await server.publish("k7-03", b"wake", qos=2)
    async with listening(broker, "k7-03") as tablet:
        assert await tablet.next() == b"wake"
        assert await tablet.heard_by_now() == 0


async def test_what_waits_for_a_tablet_outlives_a_restart_of_the_broker(broker: Broker) -> None:
    async with listening(broker, "k7-03"):
        pass
    async with speaking(broker) as server:
        await server.publish("k7-03", b"wake", qos=2)
    await broker.signal(signal.SIGTERM)
    await broker.start()
    async with listening(broker, "k7-03") as tablet:
        assert await tablet.next() == b"wake"


async def test_only_a_few_messages_are_kept_for_a_tablet_that_is_away(broker: Broker) -> None:
    async with listening(broker, "k7-03"):
        pass
    async with speaking(broker) as server:
        for _ in range(30):
            await server.publish("k7-03", b"wake", qos=2)
    async with listening(broker, "k7-03") as tablet:
        assert 1 <= await tablet.heard_by_now() <= 4


async def test_what_is_longer_than_a_wake_is_not_passed_on(broker: Broker) -> None:
    async with listening(broker, "k7-03") as tablet:
        async with speaking(broker) as server:
            await server.publish("k7-03", b"x" * 300, qos=2)
        async with speaking(broker) as server:
            await server.publish("k7-03", b"x" * 5000, qos=0)
            with pytest.raises(aiomqtt.MqttError):
                await anext(server.messages)
        assert await tablet.heard_by_now() == 0


def test_the_tablets_password_is_what_the_agent_sends() -> None:
    # printf hmdmchangeme-C3z9vi54 | sha1sum, in upper case
    assert TABLETS_PASSWORD == "D54F553ED2EAC4DCF371B38366EBFA1B5973811A"


def test_a_password_line_has_the_brokers_form_and_not_the_password() -> None:
    line = password_line("hmdm", "secret", b"123456789012")
    assert re.fullmatch(r"hmdm:\$7\$\d+\$[A-Za-z0-9+/]{16}\$[A-Za-z0-9+/]{86}==\n", line)
    assert "secret" not in line


def test_two_lines_for_one_password_differ() -> None:
    first, second = files_for("/srv/broker", 31000), files_for("/srv/broker", 31000)
    assert first.password_lines != second.password_lines
    assert first.config == second.config


@given(st.text(max_size=20))
def test_no_name_adds_a_line_to_the_brokers_files(name: str) -> None:
    plain = files_for("/srv/broker", 31000)
    try:
        made = broker_files(
            user=name, password="p", publisher_user="valise", publisher_password="q", port=31000, folder="/srv/broker"
        )
        other = broker_files(
            user="hmdm", password="p", publisher_user=name, publisher_password="q", port=31000, folder="/srv/broker"
        )
    except BrokerNameRefused:
        return
    for files in (made, other):
        assert files.acl.count("\n") == plain.acl.count("\n")
        assert files.password_lines.count("\n") == 2
        assert all(line.count(":") == 1 for line in files.password_lines.splitlines())


@pytest.mark.parametrize("folder", ["here", "/srv/a\nallow_anonymous true", ""])
def test_a_folder_that_would_be_another_line_is_refused(folder: str) -> None:
    with pytest.raises(BrokerNameRefused):
        files_for(folder, 31000)


def test_tablets_and_server_cannot_share_a_name() -> None:
    with pytest.raises(BrokerNameRefused):
        broker_files(
            user="a", password="p", publisher_user="a", publisher_password="q", port=31000, folder="/srv/broker"
        )
