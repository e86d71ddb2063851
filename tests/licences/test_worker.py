"""The worker: carries wishes out while the server runs, alone of all servers, and picks up after another."""

import asyncio
from datetime import timedelta

from mdm.simulator.apps_and_books import AppsAndBooksServer
from mdm.store import Database
from tests.licences.conftest import ACTOR, GEOGEBRA, MakeWorld, World, furnish

PATIENCE = 30


async def until_done(world: World, number: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while (await world.states()).get("done", 0) < number:
            await asyncio.sleep(0.05)
            world.clock.advance(timedelta(seconds=3))


async def test_wishes_are_carried_out_as_they_come(world: World) -> None:
    library = await world.library({GEOGEBRA: 10})
    await world.worker.start()
    try:
        await asyncio.sleep(0.2)
        await world.assign([GEOGEBRA])
        await until_done(world, 4)
    finally:
        await world.worker.stop()
    assert len(library.holders(GEOGEBRA)) == 4


async def test_a_token_that_comes_while_it_runs_is_counted_at_once(world: World) -> None:
    await world.worker.start()
    try:
        await asyncio.sleep(0.2)
        library = world.server.add_library("A")
        library.own(GEOGEBRA, 3)
        await world.tokens.import_token(world.server.token_for(library), actor=ACTOR)
        async with asyncio.timeout(PATIENCE):
            while (await world.location(library)).counted_at is None:
                await asyncio.sleep(0.05)
    finally:
        await world.worker.stop()


async def test_one_server_of_two_does_it(any_database: Database, make_world: MakeWorld) -> None:
    world = await furnish(make_world(any_database))
    library = await world.library({GEOGEBRA: 10})
    workers = [make_world(any_database).worker for _ in range(2)]
    for worker in workers:
        await worker.start()
    try:
        await world.assign([GEOGEBRA])
        await until_done(world, 4)
    finally:
        for worker in workers:
            await worker.stop()
    assert len(library.products[str(GEOGEBRA)].holders) == 4
    assert world.server.paths().count("assets/associate") == 1


async def test_counts_are_made_again_when_they_are_old_or_the_clock_jumped_back(world: World) -> None:
    library = await world.library({GEOGEBRA: 10})
    for step, counted in ((5, False), (2, True), (-24, True)):
        world.clock.advance(timedelta(hours=step))
        before = world.server.paths().count("assets")
        await world.worker.once()
        assert (world.server.paths().count("assets") > before) is counted, step
    assert (await world.location(library)).counted_at == world.clock.ms()


async def test_a_service_that_is_away_ends_no_worker(world: World, apple: AppsAndBooksServer) -> None:
    await world.library({GEOGEBRA: 10})
    await world.assign([GEOGEBRA])
    port = apple.port
    await apple.stop()
    world.clock.advance(timedelta(hours=7))
    await world.worker._round()
    assert await world.states() == {"open": 4}
    await apple.start(port)
    for _ in range(3):
        world.clock.advance(timedelta(hours=2))
        await world.worker._round()
    assert await world.states() == {"done": 4}
