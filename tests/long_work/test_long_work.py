"""Long work: shown before it is begun, carried on part by part, seen, stopped, found again; nothing is done twice."""

import asyncio
import random
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from mdm.clock import ManualClock
from mdm.errors import Words
from mdm.fleet_view.bulk_actions import StateForbids
from mdm.i18n import N_, Catalogs
from mdm.journal import Journal, latest_entries
from mdm.long_work import store
from mdm.long_work.errors import WorkEnded, WorkExpired, WorkUnknown
from mdm.long_work.service import DRAFT_MS, KEPT_MS, LongWorks, WorkRunner
from mdm.long_work.work import Carried, LongWork, Outcome, Part, WorkKind, WorkState, read_params, write_params
from mdm.store import Connection, Database
from tests.long_work import counting

ACTOR = "account:test"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def works(any_database: Database, clock: ManualClock) -> LongWorks:
    return LongWorks(any_database, clock, Journal(clock))


@pytest.fixture
def runner(any_database: Database, clock: ManualClock) -> WorkRunner:
    return WorkRunner(any_database, clock, [counting.kind()])


async def counts(database: Database) -> dict[str, int]:
    rows = await database.read(lambda conn: conn.all("SELECT version, rank FROM os_version"))
    return {row["version"]: row["rank"] for row in rows}


def keys(number: int) -> list[str]:
    return [f"part-{place:03d}" for place in range(number)]


async def prepared(works: LongWorks, number: int) -> LongWork:
    return await works.prepare(counting.KIND, keys(number), spec="{}", subject="fleet", actor=ACTOR)


async def test_a_draft_does_nothing_until_it_is_begun_and_then_all(
    any_database: Database, works: LongWorks, runner: WorkRunner
) -> None:
    draft = await prepared(works, 20)
    await runner.once()
    assert await counts(any_database) == {}
    assert (await works.show(draft.work_id)).state is WorkState.DRAFT
    begun = await works.begin(draft.work_id, actor=ACTOR)
    assert (begun.state, begun.percent, await works.recent(subject="fleet")) == (WorkState.WAITING, 0, [begun])
    assert await runner.step()
    half = await works.show(draft.work_id)
    assert (half.state, half.done, half.failed, half.percent) == (WorkState.RUNNING, 7, 0, 35)
    await runner.once()
    done = await works.show(draft.work_id)
    assert (done.state, done.done, done.percent, done.is_open) == (WorkState.DONE, 20, 100, False)
    assert await counts(any_database) == dict.fromkeys(keys(20), 1)


async def test_who_begins_twice_begins_once(any_database: Database, works: LongWorks, runner: WorkRunner) -> None:
    draft = await prepared(works, 3)
    await asyncio.gather(*[works.begin(draft.work_id, actor=ACTOR) for _ in range(5)])
    await runner.once()
    await works.begin(draft.work_id, actor=ACTOR)
    await runner.once()
    assert await counts(any_database) == dict.fromkeys(keys(3), 1)
    kinds = [entry.kind for entry in await any_database.read(latest_entries)]
    assert kinds == ["long_work_started"]


async def test_a_draft_expires(works: LongWorks, clock: ManualClock) -> None:
    draft = await prepared(works, 3)
    clock.advance(timedelta(milliseconds=DRAFT_MS + 1))
    with pytest.raises(WorkExpired):
        await works.begin(draft.work_id, actor=ACTOR)
    assert await works.tidy() == 1
    with pytest.raises(WorkUnknown):
        await works.show(draft.work_id)


async def test_work_that_is_cancelled_leaves_the_rest(
    any_database: Database, works: LongWorks, runner: WorkRunner
) -> None:
    work = await works.begin((await prepared(works, 20)).work_id, actor=ACTOR)
    await runner.step()
    cancelled = await works.cancel(work.work_id, actor=ACTOR)
    await runner.once()
    assert (cancelled.state, len(await counts(any_database))) == (WorkState.CANCELLED, 7)
    for refuse in (works.cancel, works.resume):
        with pytest.raises(WorkEnded):
            await refuse(work.work_id, actor=ACTOR)


async def test_work_cancelled_in_the_middle_of_a_step_keeps_nothing_of_it(
    any_database: Database, works: LongWorks, clock: ManualClock
) -> None:
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def slow(work: LongWork, parts: Sequence[Part]) -> Carried:
        inside.set()
        await go_on.wait()
        return await counting.step(work, parts)

    runner = WorkRunner(any_database, clock, [WorkKind(name=counting.KIND, step=slow)])
    work = await works.begin((await prepared(works, 5)).work_id, actor=ACTOR)
    stepping = asyncio.ensure_future(runner.step())
    await inside.wait()
    await works.cancel(work.work_id, actor=ACTOR)
    go_on.set()
    await stepping
    assert await counts(any_database) == {}
    assert (await works.show(work.work_id)).state is WorkState.CANCELLED


async def test_parts_that_fail_are_counted_and_told_in_words(
    any_database: Database, works: LongWorks, clock: ManualClock
) -> None:
    async def picky(_work: LongWork, parts: Sequence[Part]) -> Carried:
        def carry(_conn: Connection) -> list[Outcome]:
            return [
                Outcome.refused(part, StateForbids(state=Words("lost"))) if part.position % 2 else Outcome.done(part)
                for part in parts
            ]

        return carry

    def finish(_conn: Connection, work: LongWork) -> str:
        return f'{{"done":{work.done}}}'

    runner = WorkRunner(any_database, clock, [WorkKind(name=counting.KIND, step=picky, parts_a_step=2, finish=finish)])
    work = await works.begin((await prepared(works, 5)).work_id, actor=ACTOR)
    await runner.once()
    ended = await works.show(work.work_id)
    assert (ended.state, ended.done, ended.failed, ended.result) == (WorkState.DONE, 3, 2, '{"done":3}')
    failures = await works.failures(work.work_id)
    french = Catalogs("mdm.fleet", "mdm.fleet_view").for_language("fr")
    assert [(position, one.key) for position, one in failures] == [(1, "part-001"), (3, "part-003")]
    assert "perdue" in failures[0][1].text(french)
    assert await works.failures(work.work_id, after=1) == failures[1:]


async def test_a_step_that_breaks_is_tried_again_and_then_waits_for_a_person(
    any_database: Database, works: LongWorks, clock: ManualClock
) -> None:
    broken = True

    async def breaks(work: LongWork, parts: Sequence[Part]) -> Carried:
        if broken and parts[0].position:
            raise RuntimeError("the printer is on fire")
        return await counting.step(work, parts)

    runner = WorkRunner(any_database, clock, [WorkKind(name=counting.KIND, step=breaks, parts_a_step=2)])
    work = await works.begin((await prepared(works, 6)).work_id, actor=ACTOR)
    await runner.once()
    failed = await works.show(work.work_id)
    assert (failed.state, failed.done, bool(failed.problem)) == (WorkState.FAILED, 2, True)
    broken = False
    await works.resume(work.work_id, actor=ACTOR)
    await runner.once()
    assert (await works.show(work.work_id)).state is WorkState.DONE
    assert await counts(any_database) == dict.fromkeys(keys(6), 1)


async def test_a_step_that_forgets_a_part_is_not_believed(
    any_database: Database, works: LongWorks, clock: ManualClock
) -> None:
    async def forgets(work: LongWork, parts: Sequence[Part]) -> Carried:
        carry = await counting.step(work, parts)
        return lambda conn: list(carry(conn))[1:]

    runner = WorkRunner(any_database, clock, [WorkKind(name=counting.KIND, step=forgets)])
    work = await works.begin((await prepared(works, 2)).work_id, actor=ACTOR)
    await runner.once()
    assert (await works.show(work.work_id)).state is WorkState.FAILED
    assert await counts(any_database) == {}


async def test_small_work_does_not_wait_for_the_end_of_large_work(works: LongWorks, runner: WorkRunner) -> None:
    large = await works.begin((await prepared(works, 70)).work_id, actor=ACTOR)
    small = await works.begin((await prepared(works, 7)).work_id, actor=ACTOR)
    for _ in range(3):
        await runner.step()
    states = [(await works.show(one.work_id)).state for one in (large, small)]
    assert states == [WorkState.RUNNING, WorkState.DONE]


async def test_two_runners_do_a_part_once(any_database: Database, works: LongWorks, clock: ManualClock) -> None:
    work = await works.begin((await prepared(works, 100)).work_id, actor=ACTOR)
    runners = [WorkRunner(any_database, clock, [counting.kind()]) for _ in range(4)]
    await asyncio.gather(*[runner.once() for runner in runners])
    assert (await works.show(work.work_id)).done == 100
    assert await counts(any_database) == dict.fromkeys(keys(100), 1)


async def test_a_server_begins_by_itself_what_was_asked(
    any_database: Database, works: LongWorks, runner: WorkRunner
) -> None:
    async with any_database.events.subscribe("long_work") as changes:
        await runner.start()
        draft = await prepared(works, 5)
        await works.begin(draft.work_id, actor=ACTOR)
        async with asyncio.timeout(20):
            while (await works.show(draft.work_id)).is_open:
                assert (await anext(changes)).key in (draft.work_id, "")
        await runner.stop()
    assert await counts(any_database) == dict.fromkeys(keys(5), 1)


async def test_what_another_version_of_the_server_knows_waits_for_it(works: LongWorks, runner: WorkRunner) -> None:
    other = await works.prepare("not known here", keys(2), spec="{}", subject="fleet", actor=ACTOR)
    await works.begin(other.work_id, actor=ACTOR)
    await runner.once()
    assert (await works.show(other.work_id)).state is WorkState.WAITING


async def test_old_work_is_forgotten_with_its_parts(
    any_database: Database, works: LongWorks, runner: WorkRunner, clock: ManualClock
) -> None:
    await works.begin((await prepared(works, 3)).work_id, actor=ACTOR)
    await runner.once()
    assert await works.tidy() == 0
    clock.advance(timedelta(milliseconds=KEPT_MS + 1))
    assert await works.tidy() == 1
    assert await any_database.read(lambda conn: conn.all("SELECT * FROM long_work_item")) == []


async def test_work_may_begin_in_the_transaction_that_asks_for_it(
    any_database: Database, works: LongWorks, runner: WorkRunner
) -> None:
    def ask(conn: Connection) -> LongWork:
        return works.start(conn, counting.KIND, keys(2), spec="{}", subject="kit:1", actor=ACTOR)

    work = await any_database.write(ask)
    await runner.once()
    assert [one.work_id for one in await works.recent(started_by=ACTOR)] == [work.work_id]
    assert await counts(any_database) == dict.fromkeys(keys(2), 1)


@pytest.mark.slow
async def test_a_server_that_is_killed_at_any_moment_does_nothing_twice(
    any_database: Database, works: LongWorks, store_url: str
) -> None:
    number = 200
    work = await works.begin((await prepared(works, number)).work_id, actor=ACTOR)
    rng = random.Random(20261125)
    kills = 0
    while (await works.show(work.work_id)).is_open:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.long_work.counting", store_url], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert process.stdout is not None
        # Killed while it writes, at another step each time.
        for _ in range(rng.randrange(1, 9)):
            await asyncio.to_thread(process.stdout.readline)
        if process.poll() is None:
            process.kill()
            kills += 1
        process.wait()
    done = await works.show(work.work_id)
    assert (done.state, done.done, done.failed) == (WorkState.DONE, number, 0)
    assert await counts(any_database) == dict.fromkeys(keys(number), 1)
    assert await any_database.read(lambda conn: store.waiting_parts(conn, work.work_id, limit=1)) == []
    assert kills >= 3


def test_reasons_keep_their_words() -> None:
    params = {"state": Words(N_("lost")), "count": 3, "name": "Orion"}
    assert read_params(write_params(params)) == params
    assert isinstance(read_params(write_params(params))["state"], Words)
