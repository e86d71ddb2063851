"""Created once, although the request comes twice: by two clicks, by a lost line, or across a crash."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import aiohttp
import pytest

from mdm.clock import ManualClock
from mdm.fleet.errors import KitExists
from mdm.ids import new_id
from mdm.store import Connection, Database
from tests.api.conftest import Api, Reply, Serve
from tests.webui.conftest import PASSWORD
from webui.api.operation import Call, Creates, Operation, operation
from webui.api.results import Created, Nothing
from webui.roles import Role

KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
WANTED = {"name": "inventory", "role": "technician"}


class Crash(BaseException):
    """Stands for the end of the process: nothing of ours catches it."""


async def names(database: Database) -> list[str]:
    rows = await database.read(lambda conn: conn.all("SELECT name FROM territory ORDER BY name"))
    return [row["name"] for row in rows]


def insert(conn: Connection, clock: ManualClock) -> str:
    made = new_id(clock)
    conn.run("INSERT INTO territory (territory_id, name) VALUES (:it, :it)", it=made)
    return made


def at_once(
    database: Database,
    clock: ManualClock,
    hook: Callable[[str], Awaitable[None]] | None = None,
    within: Callable[[], None] | None = None,
) -> list[Operation]:
    """An operation that creates a territory in one transaction; ``hook`` is called before and after it."""

    async def create(call: Call[Nothing, Nothing, Nothing]) -> Created[str]:
        if hook is not None:
            await hook("before")

        def work(conn: Connection) -> Created[str]:
            made = insert(conn, clock)
            if within is not None:
                within()
            return Created(value=made, location=f"/api/v1/things/{made}")

        created = await call.once(work)
        if hook is not None:
            await hook("after")
        return created

    return [
        operation("POST", "/things", create, name="create", summary="", needs=None, creates=Creates.AT_ONCE),
    ]


def in_steps(
    database: Database, clock: ManualClock, hook: Callable[[str], Awaitable[None]] | None = None
) -> list[Operation]:
    """The same by a service with transactions of its own."""

    async def create(call: Call[Nothing, Nothing, Nothing]) -> Created[str]:
        if hook is not None:
            await hook("before")
        made = await database.write(lambda conn: insert(conn, clock))
        if hook is not None:
            await hook("after")
        return Created(value=made, location=f"/api/v1/things/{made}")

    return [
        operation("POST", "/things", create, name="create", summary="", needs=None, creates=Creates.IN_STEPS),
    ]


BOTH = pytest.mark.parametrize("kind", [at_once, in_steps])


@BOTH
async def test_a_repetition_gets_the_first_answer(
    serve: Serve, any_database: Database, clock: ManualClock, kind: Callable[..., list[Operation]]
) -> None:
    api = await serve(kind(any_database, clock))
    first = await api.ask("POST", "/things", headers=KEY)
    again = await api.ask("POST", "/things", headers=KEY)
    assert first.status == again.status == 201
    assert first.body == again.body
    assert first.headers["Location"] == again.headers["Location"]
    assert ("Idempotency-Replayed" in first.headers, again.headers["Idempotency-Replayed"]) == (False, "true")
    assert len(await names(any_database)) == 1
    quoted = await api.ask("POST", "/things", headers={"Idempotency-Key": f'"{KEY["Idempotency-Key"]}"'})
    assert quoted.body == first.body


@BOTH
async def test_without_a_key_or_with_another_it_is_another_thing(
    serve: Serve, any_database: Database, clock: ManualClock, kind: Callable[..., list[Operation]]
) -> None:
    api = await serve(kind(any_database, clock))
    for headers, role in (
        ({}, Role.PARENT),
        ({}, Role.PARENT),
        (KEY, Role.PARENT),
        (KEY, Role.TEACHER),
        ({"Idempotency-Key": "another-key-of-mine"}, Role.PARENT),
    ):
        assert (await api.ask("POST", "/things", headers=headers, role=role)).status == 201
    assert len(await names(any_database)) == 5


async def test_a_key_is_of_one_request(api: Api) -> None:
    first = await api.ask("POST", "/tokens", json=WANTED, headers=KEY)
    assert first.status == 201
    other = await api.ask("POST", "/tokens", json={**WANTED, "days": 5}, headers=KEY)
    assert (other.status, other.code) == (422, "idempotency_key_reused")


async def test_a_secret_is_told_once_and_not_kept(api: Api, database: Database) -> None:
    first = await api.ask("POST", "/tokens", json=WANTED, headers=KEY)
    again = await api.ask("POST", "/tokens", json=WANTED, headers=KEY)
    assert again.json == {"token": first.json["token"], "secret": None}
    kept = await database.read(lambda conn: conn.all("SELECT * FROM idempotency_key"))
    assert len(kept) == 1
    assert first.json["secret"] not in str(kept)
    assert KEY["Idempotency-Key"] not in str(kept)


async def test_a_refusal_is_not_kept(api: Api) -> None:
    anne = {"login": "anne", "grants": [{"role": "teacher", "at": "territory"}], "password": PASSWORD}
    refused = await api.ask("POST", "/accounts", json=anne, headers=KEY)
    assert (refused.status, refused.code) == (409, "login_taken")
    done = await api.ask("POST", "/accounts", json={**anne, "login": "berthe"}, headers=KEY)
    assert done.status == 201


@BOTH
async def test_a_key_is_forgotten_after_a_day(
    serve: Serve, any_database: Database, clock: ManualClock, kind: Callable[..., list[Operation]]
) -> None:
    api = await serve(kind(any_database, clock))
    first = await api.ask("POST", "/things", headers=KEY)
    clock.advance(timedelta(hours=24) - timedelta(milliseconds=1))
    assert (await api.ask("POST", "/things", headers=KEY)).body == first.body
    clock.advance(timedelta(milliseconds=1))
    assert (await api.ask("POST", "/things", headers=KEY)).body != first.body


@BOTH
async def test_a_second_request_while_the_first_goes_on_is_told_so(
    serve: Serve, any_database: Database, clock: ManualClock, kind: Callable[..., list[Operation]]
) -> None:
    begun, may_go_on = asyncio.Event(), asyncio.Event()

    async def wait(moment: str) -> None:
        if moment == "before":
            begun.set()
            await may_go_on.wait()

    api = await serve(kind(any_database, clock, wait))
    first = asyncio.create_task(api.ask("POST", "/things", headers=KEY))
    await begun.wait()
    second = await api.ask("POST", "/things", headers=KEY)
    assert (second.status, second.code) == (409, "idempotency_in_flight")
    may_go_on.set()
    assert (await first).status == 201
    assert (await api.ask("POST", "/things", headers=KEY)).body == (await first).body
    assert len(await names(any_database)) == 1


async def test_two_server_processes_create_one_thing(serve: Serve, any_database: Database, clock: ManualClock) -> None:
    begun = 0
    together = asyncio.Event()

    async def meet(moment: str) -> None:
        nonlocal begun
        if moment == "before":
            begun += 1
            if begun == 2:
                together.set()
            await together.wait()

    one = await serve(at_once(any_database, clock, meet))
    two = await serve(at_once(any_database, clock, meet))
    replies: list[Reply] = list(
        await asyncio.gather(one.ask("POST", "/things", headers=KEY), two.ask("POST", "/things", headers=KEY))
    )
    assert [reply.status for reply in replies] == [201, 201]
    assert replies[0].body == replies[1].body
    assert len(await names(any_database)) == 1


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_after_a_crash_a_repetition_creates_at_most_once(
    serve: Serve, any_database: Database, clock: ManualClock, moment: str
) -> None:
    async def crash(now: str) -> None:
        if now == moment:
            raise Crash

    crashing = await serve(at_once(any_database, clock, crash))
    await lost(crashing)
    restarted = await serve(at_once(any_database, clock))
    again = await restarted.ask("POST", "/things", headers=KEY)
    assert again.status == 201
    assert ("Idempotency-Replayed" in again.headers) is (moment == "after")
    assert await names(any_database) == [again.json]


async def test_what_fails_inside_leaves_neither_the_thing_nor_the_key(
    serve: Serve, any_database: Database, clock: ManualClock
) -> None:
    failing = True

    def fail() -> None:
        if failing:
            raise RuntimeError

    api = await serve(at_once(any_database, clock, within=fail))
    assert (await api.ask("POST", "/things", headers=KEY)).status == 500
    assert await names(any_database) == []
    failing = False
    again = await api.ask("POST", "/things", headers=KEY)
    assert (again.status, "Idempotency-Replayed" in again.headers) == (201, False)
    assert await names(any_database) == [again.json]


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_after_a_crash_in_steps_a_repetition_is_told_to_look(
    serve: Serve, any_database: Database, clock: ManualClock, moment: str
) -> None:
    async def crash(now: str) -> None:
        if now == moment:
            raise Crash

    crashing = await serve(in_steps(any_database, clock, crash))
    await lost(crashing)
    restarted = await serve(in_steps(any_database, clock))
    assert (await restarted.ask("POST", "/things", headers=KEY)).code == "idempotency_in_flight"
    clock.advance(timedelta(minutes=2))
    told = await restarted.ask("POST", "/things", headers=KEY)
    assert (told.status, told.code) == (409, "idempotency_outcome_unknown")
    assert len(await names(any_database)) == (1 if moment == "after" else 0)


async def test_what_was_refused_in_steps_may_be_tried_again(
    serve: Serve, any_database: Database, clock: ManualClock
) -> None:
    refuse = True

    async def maybe(moment: str) -> None:
        if moment == "before" and refuse:
            raise KitExists(uai="0400377T", name="Cassiopée")

    api = await serve(in_steps(any_database, clock, maybe))
    assert (await api.ask("POST", "/things", headers=KEY)).status == 409
    refuse = False
    assert (await api.ask("POST", "/things", headers=KEY)).status == 201


async def lost(api: Api) -> None:
    """Send the request to a server that ends in the middle of it: no answer comes, or none that tells anything."""
    try:
        reply = await api.ask("POST", "/things", headers=KEY)
        assert reply.status == 500
    except aiohttp.ClientError:
        pass
