"""What the store promises, on every engine."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from mdm.clock import ManualClock
from mdm.store import Conflict, Connection, Database, StoreError, open_database
from mdm.store.errors import StoreClosed
from mdm.store.events import RESYNC


def put(conn: Connection, key: str, value: str = "v") -> None:
    conn.run("INSERT INTO territory (territory_id, name) VALUES (:key, :value)", key=key, value=value + key)


def keys(conn: Connection) -> list[str]:
    return [row["territory_id"] for row in conn.all("SELECT territory_id FROM territory ORDER BY territory_id")]


async def test_what_was_written_is_read(any_database: Database) -> None:
    await any_database.write(lambda conn: put(conn, "a"))
    assert await any_database.read(keys) == ["a"]


async def test_many_writers_at_once_all_get_their_own_result(any_database: Database) -> None:
    def write(conn: Connection, number: int) -> int:
        put(conn, f"{number:04d}")
        return number * 2

    results = await asyncio.gather(
        *[any_database.write(lambda conn, n=number: write(conn, n)) for number in range(500)]
    )
    assert results == [number * 2 for number in range(500)]
    assert len(await any_database.read(keys)) == 500


async def test_a_write_that_fails_harms_no_other_of_its_group(any_database: Database) -> None:
    def write(conn: Connection, number: int) -> None:
        put(conn, f"{number:04d}")
        if number % 7 == 0:
            raise ValueError(number)
        if number % 11 == 0:
            put(conn, f"{number:04d}")

    results = await asyncio.gather(
        *[any_database.write(lambda conn, n=number: write(conn, n)) for number in range(200)], return_exceptions=True
    )
    for number, result in enumerate(results):
        if number % 7 == 0:
            assert isinstance(result, ValueError)
        elif number % 11 == 0:
            assert isinstance(result, Conflict)
        else:
            assert result is None
    kept = [f"{number:04d}" for number in range(200) if number % 7 and number % 11]
    assert await any_database.read(keys) == kept


async def test_a_failing_item_of_a_batch_harms_no_other(any_database: Database) -> None:
    def batch(conn: Connection, items: Sequence[int]) -> list[int]:
        for item in items:
            put(conn, f"{item:04d}")
            if item == 13:
                raise ValueError(item)
        return [item + 1 for item in items]

    results = await asyncio.gather(
        *[any_database.write_batch(batch, number) for number in range(50)], return_exceptions=True
    )
    assert isinstance(results[13], ValueError)
    assert [one for one in results if not isinstance(one, ValueError)] == [n + 1 for n in range(50) if n != 13]
    assert len(await any_database.read(keys)) == 49


async def test_the_writes_of_one_caller_keep_their_order(any_database: Database) -> None:
    for number in range(50):
        await any_database.write(
            lambda conn, n=number: conn.run(
                "INSERT INTO certificate_list (one, number, der, next_update) VALUES (1, :n, :der, 0)"
                " ON CONFLICT (one) DO UPDATE SET number = excluded.number, der = excluded.der",
                n=n,
                der=b"",
            )
        )
    row = await any_database.read(lambda conn: conn.one("SELECT number FROM certificate_list"))
    assert row == {"number": 49}


async def test_a_repeated_write_by_key_changes_nothing(any_database: Database) -> None:
    statement = "INSERT INTO territory (territory_id, name) VALUES ('a', 'x') ON CONFLICT DO NOTHING"
    assert await any_database.write(lambda conn: conn.run(statement)) == 1
    assert await any_database.write(lambda conn: conn.run(statement)) == 0
    assert await any_database.read(keys) == ["a"]


@pytest.mark.parametrize(
    "text", ["é", "e\u0301", "𝔘🎒", "‏עברית", "\u200b", "a" * 100_000, "'; DROP TABLE territory", "%s :a"]
)
async def test_texts_come_back_as_they_went(any_database: Database, text: str) -> None:
    await any_database.write(lambda conn: put(conn, "k", text))
    row = await any_database.read(lambda conn: conn.one("SELECT name FROM territory"))
    assert row == {"name": text + "k"}


async def test_large_bytes_come_back_as_they_went(any_database: Database) -> None:
    body = bytes(range(256)) * 40_000
    await any_database.write(
        lambda conn: conn.run(
            "INSERT INTO artifact (hash, media_type, body, created_at) VALUES ('h', 't', :body, 1)", body=body
        )
    )
    row = await any_database.read(lambda conn: conn.one("SELECT body FROM artifact"))
    assert row is not None
    assert bytes(row["body"]) == body


async def test_many_returning_answers_each_in_its_place(any_database: Database) -> None:
    def work(conn: Connection) -> list[object]:
        conn.many(
            "INSERT INTO territory (territory_id, name) VALUES (:key, :key)", [{"key": f"{n}"} for n in range(0, 10, 2)]
        )
        rows = conn.many_returning(
            "SELECT name FROM territory WHERE territory_id = :key", [{"key": f"{n}"} for n in range(10)]
        )
        return [row["name"] if row else None for row in rows]

    assert await any_database.write(work) == ["0", None, "2", None, "4", None, "6", None, "8", None]


async def test_retention_deletes_what_is_old_and_nothing_else(any_database: Database, clock: ManualClock) -> None:
    def fill(conn: Connection) -> None:
        conn.many(
            "INSERT INTO artifact (hash, media_type, body, created_at) VALUES (:hash, 't', :body, :at)",
            [{"hash": f"{n:03d}", "body": b"", "at": n} for n in range(300)],
        )

    await any_database.write(fill)
    gone = await any_database.write(lambda conn: conn.run("DELETE FROM artifact WHERE created_at < :limit", limit=120))
    assert gone == 120
    left = await any_database.read(lambda conn: conn.one("SELECT MIN(created_at) AS low, COUNT(*) AS n FROM artifact"))
    assert left == {"low": 120, "n": 180}


async def test_a_read_sees_one_moment(any_database: Database) -> None:
    await any_database.write(lambda conn: put(conn, "a"))
    begun, may_end = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def read(conn: Connection) -> tuple[int, int]:
        first = len(keys(conn))
        loop.call_soon_threadsafe(begun.set)
        asyncio.run_coroutine_threadsafe(may_end.wait(), loop).result(10)
        return first, len(keys(conn))

    reading = asyncio.create_task(any_database.read_long(read))
    await begun.wait()
    await any_database.write(lambda conn: put(conn, "b"))
    may_end.set()
    first, second = await reading
    if any_database.engine_name == "sqlite":
        assert (first, second) == (1, 1)
    assert first == 1


async def test_a_stream_gives_every_row(any_database: Database) -> None:
    rows = [{"key": f"{n:05d}"} for n in range(3000)]
    await any_database.write(
        lambda conn: conn.many("INSERT INTO territory (territory_id, name) VALUES (:key, :key)", rows)
    )
    found = await any_database.read_long(
        lambda conn: [row["name"] for row in conn.stream("SELECT name FROM territory ORDER BY name")]
    )
    assert found == [row["key"] for row in rows]


async def test_events_come_after_the_commit_and_never_for_what_was_undone(any_database: Database) -> None:
    def good(conn: Connection) -> None:
        put(conn, "a")
        conn.publish("kit", "kept")

    def bad(conn: Connection) -> None:
        conn.publish("kit", "undone")
        raise ValueError

    async with any_database.events.subscribe("kit") as events:
        await asyncio.gather(any_database.write(bad), any_database.write(good), return_exceptions=True)
        async with asyncio.timeout(10):
            event = await anext(events)
        assert (event.topic, event.key) == ("kit", "kept")
        assert await any_database.read(keys) == ["a"]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.7):
                await anext(events)


async def test_another_server_hears_of_it_too(store_url: str, clock: ManualClock) -> None:
    first = await open_database(store_url, clock, migrate=True)
    second = await open_database(store_url, clock)

    def work(conn: Connection) -> None:
        put(conn, "a")
        conn.publish("kit", "k1")

    async with second.events.subscribe("kit") as events:
        # The other process listens within moments of opening.
        async with asyncio.timeout(15):
            heard = asyncio.create_task(anext(events))
            number = 0
            while not heard.done():
                number += 1
                await first.write(lambda conn, n=number: (put(conn, f"x{n}"), conn.publish("kit", "k1"))[1])
                await asyncio.wait([heard], timeout=0.3)
        event = heard.result()
    # An embedded file has no channel between processes: there the news is that something changed.
    assert event.topic in ("kit", RESYNC)
    await first.close()
    await second.close()


async def test_a_subscriber_that_falls_far_behind_is_told_to_look_at_everything(any_database: Database) -> None:
    async with any_database.events.subscribe("kit") as events:
        for number in range(1500):
            any_database.events.dispatch([("kit", str(number))])
        found = [await anext(events)]
        assert found[0].topic == RESYNC


async def test_closing_finishes_what_waits_and_refuses_what_comes_later(store_url: str, clock: ManualClock) -> None:
    database = await open_database(store_url, clock, migrate=True)
    waiting = [asyncio.create_task(database.write(lambda conn, n=n: put(conn, f"{n:03d}"))) for n in range(100)]
    await asyncio.sleep(0)
    await database.close()
    await asyncio.gather(*waiting)
    with pytest.raises(StoreClosed):
        await database.write(lambda conn: put(conn, "late"))
    again = await open_database(store_url, clock)
    assert len(await again.read(keys)) == 100
    await again.close()


async def test_a_foreign_key_is_kept(any_database: Database) -> None:
    statement = "INSERT INTO commune (insee, territory_id, name) VALUES ('40018', 'nowhere', 'Audignon')"
    with pytest.raises(Conflict):
        await any_database.write(lambda conn: conn.run(statement))


async def test_wrong_sql_is_an_error_of_the_store_and_the_next_write_is_well(any_database: Database) -> None:
    with pytest.raises(StoreError):
        await any_database.write(lambda conn: conn.run("INSERT INTO nothing VALUES (1)"))
    await any_database.write(lambda conn: put(conn, "a"))
    assert await any_database.read(keys) == ["a"]


async def test_one_server_of_several_holds_a_role(store_url: str, clock: ManualClock) -> None:
    first = await open_database(store_url, clock, migrate=True)
    second = await open_database(store_url, clock)
    async with first.singleton("checks") as held:
        assert held
        async with second.singleton("checks") as also:
            assert not also
        async with second.singleton("other") as other:
            assert other
    async with second.singleton("checks") as now:
        assert now
    await first.close()
    await second.close()


async def test_time_in_the_store_is_the_clocks(any_database: Database, clock: ManualClock) -> None:
    at = clock.ms()
    clock.advance(timedelta(days=1))
    assert clock.ms() - at == 86_400_000
    row = await any_database.read(lambda conn: conn.one("SELECT applied_at FROM schema_migration WHERE number = 1"))
    assert row == {"applied_at": at}
