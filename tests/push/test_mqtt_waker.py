"""Wishes for Android tablets become messages of a real broker: one each, none lost when it goes away."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from mdm.clock import ManualClock
from mdm.commands.wakes import request_wake
from mdm.store import Connection, Database
from push import wake_store
from push.metrics import PushMetrics
from push.mqtt.publisher import MqttPublisher
from push.mqtt.waker import MqttWaker
from tests.push.test_mqtt_broker import Broker, listening, running_broker
from tests.push.test_mqtt_publisher import CONNECTED, LOOK_AGAIN, publishing


class Numbers:
    """Every tablet listens for ``n-<id>``, but those that listen to no broker."""

    def __init__(self) -> None:
        self.silent: set[str] = set()

    def number_of(self, conn: Connection, tablet_id: str) -> str | None:
        return None if tablet_id in self.silent else f"n-{tablet_id}"


@pytest.fixture
def numbers() -> Numbers:
    return Numbers()


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    async with running_broker(tmp_path / "broker") as made:
        yield made


@pytest.fixture
async def publisher(broker: Broker) -> AsyncIterator[MqttPublisher]:
    async with publishing(broker.port) as made:
        yield made


def waker(
    database: Database, clock: ManualClock, numbers: Numbers, publisher: MqttPublisher, name: str = "a"
) -> MqttWaker:
    return MqttWaker(
        database,
        clock,
        numbers,
        publisher,
        metrics=PushMetrics(CollectorRegistry()),
        owner=name,
        per_second=100_000,
        jitter=random.Random(1),
    )


async def wish(database: Database, clock: ManualClock, *tablets: str, platform: str = "android") -> None:
    await database.write(lambda conn: request_wake(conn, tablets, clock.ms(), "test", platform=platform))


async def waiting(database: Database) -> int:
    return await database.read(wake_store.waiting)


async def test_many_wishes_for_one_tablet_are_one_message(
    any_database: Database, clock: ManualClock, numbers: Numbers, broker: Broker, publisher: MqttPublisher
) -> None:
    async with listening(broker, "n-t1") as tablet:
        for _ in range(5):
            await wish(any_database, clock, "t1")
        made = waker(any_database, clock, numbers, publisher)
        assert await made.publish_due() == 1
        assert await tablet.next() == LOOK_AGAIN
        assert await waiting(any_database) == 0
        assert await made.publish_due() == 0
        assert await tablet.heard_by_now() == 0


async def test_each_tablet_gets_its_own(
    database: Database, clock: ManualClock, numbers: Numbers, broker: Broker, publisher: MqttPublisher
) -> None:
    async with listening(broker, "n-t1") as first, listening(broker, "n-t2") as second:
        await wish(database, clock, "t1", "t2")
        assert await waker(database, clock, numbers, publisher).publish_due() == 2
        for tablet in (first, second):
            assert await tablet.next() == LOOK_AGAIN
            assert await tablet.heard_by_now() == 0


async def test_a_broker_killed_in_the_middle_costs_no_wish_and_sends_none_twice(
    database: Database, clock: ManualClock, numbers: Numbers, broker: Broker, publisher: MqttPublisher
) -> None:
    await publisher.publish("n-t1")
    await wish(database, clock, "t1")
    made = waker(database, clock, numbers, publisher)
    await broker.signal(signal.SIGSTOP)
    under_way = asyncio.create_task(made.publish_due())
    await _until_claimed(database, 1)
    await broker.signal(signal.SIGKILL)
    assert await under_way == 1
    assert await waiting(database) == 1
    assert await made.publish_due() == 0
    await broker.start()
    async with listening(broker, "n-t1") as tablet:
        await broker.logged(CONNECTED)
        clock.advance(timedelta(seconds=2))
        assert await made.publish_due() == 1
        assert await tablet.next() == LOOK_AGAIN
        assert await waiting(database) == 0
        assert await tablet.heard_by_now() == 0


async def test_a_failure_is_put_off_longer_each_time_and_survives_a_restart_of_ours(
    any_database: Database, clock: ManualClock, numbers: Numbers, broker: Broker
) -> None:
    await broker.signal(signal.SIGTERM)
    await wish(any_database, clock, "t1")
    delays = []
    for _ in range(10):
        async with publishing(broker.port) as publisher:
            made = waker(any_database, clock, numbers, publisher)
            assert await made.publish_due() == 1
            due = await any_database.read(wake_store.next_due)
            assert due is not None
            delays.append(due - clock.ms())
            assert await made.publish_due() == 0
        clock.advance(timedelta(milliseconds=delays[-1]))
    assert delays[0] < delays[2] < delays[4] < delays[6]
    assert max(delays) <= 300_000
    await broker.start()
    async with listening(broker, "n-t1") as tablet, publishing(broker.port) as publisher:
        assert await waker(any_database, clock, numbers, publisher).publish_due() == 1
        assert await tablet.next() == LOOK_AGAIN
    assert await waiting(any_database) == 0


async def test_tablets_that_failed_together_do_not_come_back_together(
    database: Database, clock: ManualClock, numbers: Numbers, broker: Broker, publisher: MqttPublisher
) -> None:
    await publisher.publish("n-t1")
    await broker.signal(signal.SIGKILL)
    await wish(database, clock, *(f"t{number}" for number in range(100)))
    assert await waker(database, clock, numbers, publisher).publish_due() == 100
    due = await database.read(lambda conn: conn.all("SELECT DISTINCT due_at FROM wake"))
    assert len(due) > 50
    assert all(1_000 <= row["due_at"] - clock.ms() <= 2_000 for row in due)


async def test_a_wish_made_while_its_message_is_under_way_is_published_too(
    database: Database, clock: ManualClock, numbers: Numbers, broker: Broker, publisher: MqttPublisher
) -> None:
    async with listening(broker, "n-t1") as tablet:
        await wish(database, clock, "t1")
        await publisher.publish("n-t0")
        await broker.signal(signal.SIGSTOP)
        made = waker(database, clock, numbers, publisher)
        under_way = asyncio.create_task(made.publish_due())
        await _until_claimed(database, 1)
        await wish(database, clock, "t1")
        await broker.signal(signal.SIGCONT)
        assert await under_way == 1
        clock.advance(timedelta(milliseconds=2))
        assert await made.publish_due() == 1
        assert [await tablet.next(), await tablet.next()] == [LOOK_AGAIN, LOOK_AGAIN]


async def test_what_a_dead_server_had_claimed_is_published_by_the_next(
    database: Database, clock: ManualClock, numbers: Numbers, broker: Broker, publisher: MqttPublisher
) -> None:
    await wish(database, clock, "t1")
    now = clock.ms()
    await database.write(
        lambda conn: wake_store.claim(conn, owner="dead", platform="android", now=now, until=now + 120_000, limit=10)
    )
    assert await waker(database, clock, numbers, publisher, "b").publish_due() == 0
    clock.advance(timedelta(seconds=121))
    assert await waker(database, clock, numbers, publisher, "b").publish_due() == 1
    assert await waiting(database) == 0


async def test_two_servers_share_the_work(
    any_database: Database, clock: ManualClock, numbers: Numbers, broker: Broker, publisher: MqttPublisher
) -> None:
    tablets = [f"t{number}" for number in range(20)]
    for tablet in tablets:
        async with listening(broker, f"n-{tablet}"):
            pass
    await wish(any_database, clock, *tablets)
    async with publishing(broker.port) as other:
        counts = await asyncio.gather(
            waker(any_database, clock, numbers, publisher, "a").publish_due(),
            waker(any_database, clock, numbers, other, "b").publish_due(),
        )
    assert sum(counts) == 20
    for tablet in tablets:
        async with listening(broker, f"n-{tablet}") as heard:
            assert await heard.next() == LOOK_AGAIN
            assert await heard.heard_by_now() == 0


async def test_ipads_are_left_to_the_other_waker(
    database: Database, clock: ManualClock, numbers: Numbers, broker: Broker, publisher: MqttPublisher
) -> None:
    await wish(database, clock, "t1", platform="ipad")
    assert await waker(database, clock, numbers, publisher).publish_due() == 0
    assert await waiting(database) == 1


async def test_a_tablet_that_listens_to_no_broker_is_not_wished_for_ever(
    database: Database, clock: ManualClock, numbers: Numbers, broker: Broker, publisher: MqttPublisher
) -> None:
    numbers.silent.add("t1")
    await wish(database, clock, "t1", "t/2")
    assert await waker(database, clock, numbers, publisher).publish_due() == 2
    assert await waiting(database) == 0


async def test_it_runs_until_it_is_stopped_and_gives_back_what_it_did_not_publish(
    database: Database, clock: ManualClock, numbers: Numbers, broker: Broker, publisher: MqttPublisher
) -> None:
    async with listening(broker, "n-t1") as tablet:
        running = asyncio.create_task(waker(database, clock, numbers, publisher).run())
        await wish(database, clock, "t1")
        assert await tablet.next() == LOOK_AGAIN
        await broker.signal(signal.SIGSTOP)
        clock.advance(timedelta(seconds=1))
        await wish(database, clock, "t2")
        await _until_claimed(database, 1)
        running.cancel()
        await asyncio.wait({running})
        await broker.signal(signal.SIGCONT)
    assert await database.read(_claimed) == 0
    assert await waiting(database) == 1


def _claimed(conn: Connection) -> int:
    row = conn.one("SELECT COUNT(*) AS number FROM wake WHERE claimed_by IS NOT NULL")
    return int(row["number"]) if row else 0


async def _until_claimed(database: Database, count: int) -> None:
    """Return when so many wishes are being published."""
    async with asyncio.timeout(20):
        while await database.read(_claimed) < count:
            await asyncio.sleep(0)
