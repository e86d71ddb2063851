"""Wishes become pushes: coalesced, put off when they fail, lost by no restart."""

import asyncio
import random
from datetime import timedelta

from mdm.clock import ManualClock
from mdm.commands.wakes import request_wake
from mdm.simulator.apns import PushServer, Scripted
from mdm.store import Database
from push import wake_store
from push.client import ApnsClient
from push.metrics import PushMetrics
from push.waker import Waker
from tests.push.conftest import KnownAddresses, token_of


def waker(
    database: Database, clock: ManualClock, addresses: KnownAddresses, metrics: PushMetrics, name: str = "a"
) -> Waker:
    return Waker(database, clock, addresses, metrics, owner=name, per_second=100_000, jitter=random.Random(1))


async def wish(database: Database, clock: ManualClock, *tablets: str) -> None:
    await database.write(lambda conn: request_wake(conn, tablets, clock.ms(), "test"))


async def waiting(database: Database) -> int:
    return await database.read(wake_store.waiting)


async def test_many_wishes_for_one_tablet_are_one_push(
    database: Database,
    clock: ManualClock,
    addresses: KnownAddresses,
    metrics: PushMetrics,
    client: ApnsClient,
    apns: PushServer,
) -> None:
    for _ in range(5):
        await wish(database, clock, "t1")
    made = waker(database, clock, addresses, metrics)
    assert await made.push_due(client) == 1
    assert [push.payload["mdm"] for push in apns.received] == ["magic-t1"]
    assert await waiting(database) == 0
    assert await made.push_due(client) == 0


async def test_a_wish_made_while_its_push_is_under_way_is_pushed_again(
    database: Database,
    clock: ManualClock,
    addresses: KnownAddresses,
    metrics: PushMetrics,
    client: ApnsClient,
    apns: PushServer,
) -> None:
    await wish(database, clock, "t1")
    claimed = await database.write(
        lambda conn: wake_store.claim(
            conn, platform="ipad", owner="x", now=clock.ms(), until=clock.ms() + 1000, limit=10
        )
    )
    await wish(database, clock, "t1")
    await database.write(lambda conn: wake_store.fulfilled(conn, claimed))
    clock.advance(timedelta(milliseconds=2))
    assert await waker(database, clock, addresses, metrics).push_due(client) == 1
    assert len(apns.received) == 1


async def test_a_failure_is_put_off_longer_each_time_and_survives_a_restart(
    database: Database,
    clock: ManualClock,
    addresses: KnownAddresses,
    metrics: PushMetrics,
    client: ApnsClient,
    apns: PushServer,
) -> None:
    apns.script(token_of("t1"), [Scripted(status=500, reason="InternalServerError")] * 3)
    await wish(database, clock, "t1")
    delays = []
    for _ in range(3):
        assert await waker(database, clock, addresses, metrics).push_due(client) == 1
        due = await database.read(wake_store.next_due)
        assert due is not None
        delays.append(due - clock.ms())
        assert await waker(database, clock, addresses, metrics).push_due(client) == 0
        clock.advance(timedelta(milliseconds=delays[-1]))
    assert delays[0] < delays[1] < delays[2]
    assert await waker(database, clock, addresses, metrics).push_due(client) == 1
    assert await waiting(database) == 0


async def test_a_dead_address_is_forgotten_and_not_pushed_again(
    database: Database,
    clock: ManualClock,
    addresses: KnownAddresses,
    metrics: PushMetrics,
    client: ApnsClient,
    apns: PushServer,
) -> None:
    apns.script(token_of("t1"), [Scripted(status=410, reason="Unregistered")])
    await wish(database, clock, "t1", "t2")
    made = waker(database, clock, addresses, metrics)
    assert await made.push_due(client) == 2
    assert addresses.forgotten == ["t1"]
    assert [push.payload["mdm"] for push in apns.received] == ["magic-t2"]
    assert await waiting(database) == 0


async def test_a_refused_certificate_holds_everything_back_and_loses_nothing(
    database: Database,
    clock: ManualClock,
    addresses: KnownAddresses,
    metrics: PushMetrics,
    client: ApnsClient,
    apns: PushServer,
) -> None:
    apns.script(token_of("t1"), [Scripted(status=403, reason="BadCertificate")])
    await wish(database, clock, "t1")
    made = waker(database, clock, addresses, metrics)
    await made.push_due(client)
    await wish(database, clock, "t2")
    assert made.is_paused
    assert await made.push_due(client) == 0
    assert await waiting(database) == 2
    clock.advance(timedelta(minutes=16))
    assert await made.push_due(client) == 2
    assert await waiting(database) == 0


async def test_retry_after_is_honoured_for_everybody(
    database: Database,
    clock: ManualClock,
    addresses: KnownAddresses,
    metrics: PushMetrics,
    client: ApnsClient,
    apns: PushServer,
) -> None:
    apns.script(token_of("t1"), [Scripted(status=429, headers=(("retry-after", "120"),))])
    await wish(database, clock, "t1")
    made = waker(database, clock, addresses, metrics)
    await made.push_due(client)
    await wish(database, clock, "t2")
    clock.advance(timedelta(seconds=119))
    assert await made.push_due(client) == 0
    clock.advance(timedelta(seconds=2))
    assert await made.push_due(client) == 2


async def test_what_a_stopped_server_had_claimed_is_pushed_by_the_next(
    database: Database, clock: ManualClock, addresses: KnownAddresses, metrics: PushMetrics, client: ApnsClient
) -> None:
    await wish(database, clock, "t1")
    now = clock.ms()
    await database.write(
        lambda conn: wake_store.claim(conn, platform="ipad", owner="dead", now=now, until=now + 120_000, limit=10)
    )
    assert await waker(database, clock, addresses, metrics, "b").push_due(client) == 0
    clock.advance(timedelta(seconds=121))
    assert await waker(database, clock, addresses, metrics, "b").push_due(client) == 1


async def test_two_servers_share_the_work_and_push_each_tablet_once(
    database: Database,
    clock: ManualClock,
    addresses: KnownAddresses,
    metrics: PushMetrics,
    client: ApnsClient,
    apns: PushServer,
) -> None:
    await wish(database, clock, *(f"t{number}" for number in range(900)))
    first, second = waker(database, clock, addresses, metrics, "a"), waker(database, clock, addresses, metrics, "b")
    counts = await asyncio.gather(first.push_due(client), second.push_due(client))
    assert sum(counts) == 900
    assert len({push.token for push in apns.received}) == len(apns.received) == 900
