"""One connection to a real broker, and messages that count only when they were confirmed."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Self

import pytest
import uvloop

from push.mqtt.broker_files import PUBLISHER_USER
from push.mqtt.errors import BrokerAway, NumberRefused
from push.mqtt.publisher import MqttPublisher
from tests.push.test_mqtt_broker import PUBLISHERS_PASSWORD, WAIT, Broker, listening, running_broker

CONNECTED = "Sending CONNACK to valise-"
LOOK_AGAIN = b'{"messageType":"configUpdated"}'


@asynccontextmanager
async def publishing(
    port: int, password: str = PUBLISHERS_PASSWORD, timeout: float = WAIT
) -> AsyncIterator[MqttPublisher]:
    made = MqttPublisher("127.0.0.1", port, PUBLISHER_USER, password, timeout=timeout)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


class Gate:
    """Stands between publisher and broker, and can keep the broker's answers to itself."""

    def __init__(self, broker_port: int) -> None:
        self._broker_port = broker_port
        self._writers: list[asyncio.StreamWriter] = []
        self._open = True
        self.swallowed = asyncio.Event()
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.cut()
        self._server.close()

    def swallow_answers(self) -> None:
        self._open = False

    def cut(self) -> None:
        """Close every connection, and let answers to the next ones through."""
        for writer in self._writers:
            writer.close()
        self._writers.clear()
        self._open = True

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_broker, to_broker = await asyncio.open_connection("127.0.0.1", self._broker_port)
        self._writers += [writer, to_broker]
        await asyncio.gather(self._questions(reader, to_broker), self._answers(from_broker, writer))

    async def _questions(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while content := await reader.read(1000):
                writer.write(content)
        writer.close()

    async def _answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while content := await reader.read(1000):
                if self._open:
                    writer.write(content)
                else:
                    self.swallowed.set()
        writer.close()


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    async with running_broker(tmp_path / "broker") as made:
        yield made


async def test_a_tablet_gets_what_the_agent_reads(broker: Broker) -> None:
    async with listening(broker, "k7-03") as tablet, publishing(broker.port) as publisher:
        await publisher.publish("k7-03")
        assert await tablet.next() == LOOK_AGAIN
        assert await tablet.heard_by_now() == 0


async def test_many_at_once_all_arrive_over_one_connection(broker: Broker) -> None:
    numbers = [f"k7-{number}" for number in range(300)]
    for number in numbers[::6]:
        async with listening(broker, number):
            pass
    async with publishing(broker.port) as publisher:
        await asyncio.gather(*(publisher.publish(number) for number in numbers))
        assert publisher.is_connected
        await broker.logged(CONNECTED)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await broker.logged(CONNECTED, times=2)
    for number in numbers[::6]:
        async with listening(broker, number) as tablet:
            assert await tablet.next() == LOOK_AGAIN
            assert await tablet.heard_by_now() == 0


async def test_a_message_that_the_broker_took_to_its_grave_was_not_confirmed(broker: Broker) -> None:
    async with publishing(broker.port) as publisher:
        await publisher.publish("k7-03")
        await broker.signal(signal.SIGSTOP)
        under_way = asyncio.create_task(publisher.publish("k7-03"))
        await broker.signal(signal.SIGKILL)
        with pytest.raises(BrokerAway):
            await under_way
        with pytest.raises(BrokerAway):
            await publisher.publish("k7-03")
        assert not publisher.is_connected


async def test_it_comes_back_to_a_broker_that_comes_back_and_sends_nothing_by_itself(broker: Broker) -> None:
    async with publishing(broker.port) as publisher:
        await publisher.publish("k7-03")
        await broker.signal(signal.SIGSTOP)
        under_way = asyncio.create_task(publisher.publish("k7-03"))
        await broker.signal(signal.SIGKILL)
        with pytest.raises(BrokerAway):
            await under_way
        await broker.start()
        async with listening(broker, "k7-03") as tablet:
            await broker.logged(CONNECTED)
            await publisher.publish("k7-03")
            assert await tablet.next() == LOOK_AGAIN
            assert await tablet.heard_by_now() == 0


async def test_a_message_that_the_broker_has_but_could_not_confirm_arrives_once(broker: Broker) -> None:
    async with listening(broker, "k7-03") as tablet, Gate(broker.port) as gate, publishing(gate.port) as publisher:
        await publisher.publish("k7-04")
        gate.swallow_answers()
        under_way = asyncio.create_task(publisher.publish("k7-03"))
        async with asyncio.timeout(WAIT):
            await gate.swallowed.wait()
        gate.cut()
        with pytest.raises(BrokerAway):
            await under_way
        await _until_confirmed(publisher, "k7-03")
        assert await tablet.next() == LOOK_AGAIN
        assert await tablet.heard_by_now() == 0


async def test_a_broker_that_says_nothing_is_given_up_and_called_again(broker: Broker) -> None:
    async with publishing(broker.port, timeout=0.3) as publisher:
        await publisher.publish("k7-03")
        await broker.signal(signal.SIGSTOP)
        with pytest.raises(BrokerAway):
            await publisher.publish("k7-03")
        await broker.signal(signal.SIGCONT)
        await broker.logged(CONNECTED, times=2)
        await _until_confirmed(publisher, "k7-03")


async def test_without_a_broker_it_fails_and_does_not_wait(broker: Broker) -> None:
    await broker.signal(signal.SIGTERM)
    async with publishing(broker.port) as publisher:
        for _ in range(3):
            with pytest.raises(BrokerAway):
                await publisher.publish("k7-03")


async def test_a_wrong_password_is_a_broker_that_is_away(broker: Broker) -> None:
    async with publishing(broker.port, password="wrong") as publisher:
        with pytest.raises(BrokerAway):
            await publisher.publish("k7-03")


async def test_one_that_was_stopped_or_never_started_publishes_nothing(broker: Broker) -> None:
    publisher = MqttPublisher("127.0.0.1", broker.port, PUBLISHER_USER, PUBLISHERS_PASSWORD)
    with pytest.raises(BrokerAway):
        await publisher.publish("k7-03")
    await publisher.start()
    await publisher.publish("k7-03")
    await publisher.stop()
    with pytest.raises(BrokerAway):
        await publisher.publish("k7-03")


@pytest.mark.parametrize("number", ["", "#", "+", "a/b", "k7+", "$SYS", "a\0b", "a\nb", "x" * 201, "\ud800"])
async def test_what_is_no_topic_is_refused(broker: Broker, number: str) -> None:
    async with publishing(broker.port) as publisher:
        with pytest.raises(NumberRefused):
            await publisher.publish(number)
        await publisher.publish("k7-03")


async def test_it_works_on_the_faster_loop_too(broker: Broker) -> None:
    async def work() -> bytes:
        async with listening(broker, "k7-03") as tablet, publishing(broker.port) as publisher:
            await publisher.publish("k7-03")
            return await tablet.next()

    def on_uvloop() -> bytes:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(work())

    assert await asyncio.to_thread(on_uvloop) == LOOK_AGAIN


async def test_the_faster_loop_survives_the_brokers_death_too(broker: Broker) -> None:
    here = asyncio.get_running_loop()

    def ask(action: signal.Signals | None) -> None:
        """Let the tests' loop, which has the process, act on the broker."""
        asyncio.run_coroutine_threadsafe(broker.start() if action is None else broker.signal(action), here).result(WAIT)

    async def work() -> bytes:
        async with publishing(broker.port) as publisher:
            await publisher.publish("k7-03")
            await asyncio.to_thread(ask, signal.SIGSTOP)
            under_way = asyncio.create_task(publisher.publish("k7-03"))
            await asyncio.to_thread(ask, signal.SIGKILL)
            with pytest.raises(BrokerAway):
                await under_way
            await asyncio.to_thread(ask, None)
            async with listening(broker, "k7-03") as tablet:
                await _until_confirmed(publisher, "k7-03")
                return await tablet.next()

    def on_uvloop() -> bytes:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(work())

    assert await asyncio.to_thread(on_uvloop) == LOOK_AGAIN


async def _until_confirmed(publisher: MqttPublisher, number: str) -> None:
    """Publish again until the broker confirms, as the waker does."""
    async with asyncio.timeout(WAIT):
        while True:
            try:
                return await publisher.publish(number)
            except BrokerAway:
                await asyncio.sleep(0.05)
