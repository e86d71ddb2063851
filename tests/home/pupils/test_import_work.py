"""A large import is compared and applied as long work: in steps, by one server at a time, and by the next one too."""

from datetime import timedelta

import pytest

from mdm.home.pupils import import_work as work_room
from mdm.home.pupils import imports as imports_room
from mdm.home.pupils.errors import ImportBusy, ImportDone, ImportUnknown, LeaversNotSure
from mdm.home.pupils.import_work import ImportWork, Phase, phase_of
from mdm.long_work.errors import WorkEnded
from mdm.long_work.service import LongWorks, WorkRunner
from mdm.long_work.work import WorkState
from tests.home.pupils.families import ACTOR, BOURG, LINA, MAYA, NOE, Town, guardians_file, onde

GUARDIANS = (
    "MME;;VERNAQUE;Ilse;1 rue;;;VERNAQUE;Lina;CE1 A;;;;",
    "M.;;TARBOUCHE;Hugo;2 rue;;;TARBOUCHE;Noé;CE2 B;;;;",
)


class Server:
    """A server process with nothing in its memory."""

    def __init__(self, town: Town) -> None:
        self.works = LongWorks(town.database, town.clock, town.journal)
        self.imports = ImportWork(town.database, town.clock, self.works, town.imports)
        self.runner = WorkRunner(town.database, town.clock, [self.imports.kind()])


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two lines in a step; every import counts as a large one."""
    monkeypatch.setattr(imports_room, "LARGE", 0)
    monkeypatch.setattr(work_room, "STEP", 2)


async def read(town: Town, server: Server) -> str:
    bodies = [onde(LINA, NOE, MAYA), guardians_file(*GUARDIANS)]
    return (await server.imports.read(bodies, uai=BOURG, actor=ACTOR)).import_id


async def test_files_are_compared_then_applied_step_by_step(any_town: Town) -> None:
    server = Server(any_town)
    import_id = await read(any_town, server)
    (waiting,) = await any_town.imports.waiting()
    assert (waiting.compared, waiting.counts["lines"]) == (False, 3)
    work = await server.imports.newest(import_id)
    assert work is not None
    assert phase_of(work) is Phase.COMPARE
    await server.runner.once()
    report = await any_town.imports.report(import_id)
    assert (report.pending.counts["add"], report.pending.counts["guardians"]) == (3, 2)
    assert report.compared_at == any_town.clock.ms()
    begun = await server.imports.apply(import_id, actor=ACTOR)
    assert begun.total == 3
    # Who presses twice begins once.
    assert (await server.imports.apply(import_id, actor=ACTOR)).work_id == begun.work_id
    written = []
    while await server.runner.step():
        written.append((len(await any_town.shown()), (await server.works.show(begun.work_id)).done))
    assert written == [(1, 1), (3, 2), (3, 3)]
    lina = (await any_town.named("Lina")).pupil.pupil_id
    assert [one.guardian.label for one in await any_town.guardians.of_pupil(lina)] == ["Mme V."]
    with pytest.raises(ImportDone):
        await server.imports.apply(import_id, actor=ACTOR)
    with pytest.raises(ImportDone):
        await server.imports.compare(import_id, actor=ACTOR)


async def test_the_next_server_completes_what_a_killed_one_began(any_town: Town) -> None:
    killed = Server(any_town)
    import_id = await read(any_town, killed)
    await killed.runner.once()
    await killed.imports.apply(import_id, actor=ACTOR)
    await killed.runner.step()
    assert len(await any_town.shown()) == 1
    await Server(any_town).runner.once()
    assert len(await any_town.shown()) == 3
    assert [one.guardian.label for one in await any_town.guardians.of_pupil((await any_town.named("Noé")).pupil.pupil_id)] == ["M. T."]  # fmt: skip  # noqa: E501
    assert await any_town.imports.waiting() == []


async def test_what_was_applied_in_a_terminal_meanwhile_is_not_written_twice(any_town: Town) -> None:
    server = Server(any_town)
    import_id = await read(any_town, server)
    await server.runner.once()
    begun = await server.imports.apply(import_id, actor=ACTOR)
    await server.runner.step()
    await any_town.imports.apply(import_id, actor=ACTOR)
    await server.runner.once()
    assert (await server.works.show(begun.work_id)).state is WorkState.DONE
    assert len(await any_town.shown()) == 3


async def test_a_second_import_is_refused_while_the_first_has_the_turn(any_town: Town) -> None:
    server = Server(any_town)
    first, second = await read(any_town, server), await read(any_town, server)
    await server.runner.once()
    await server.imports.apply(first, actor=ACTOR)
    with pytest.raises(ImportBusy):
        await server.imports.apply(second, actor=ACTOR)
    await server.runner.once()
    await server.imports.apply(second, actor=ACTOR)
    await server.runner.once()
    assert len(await any_town.shown()) == 3


async def test_work_that_stopped_gives_way_and_compares_anew_when_it_goes_on(any_town: Town) -> None:
    server = Server(any_town)
    first = await read(any_town, server)
    await server.runner.once()
    begun = await server.imports.apply(first, actor=ACTOR)
    await server.runner.step()
    any_town.clock.advance(timedelta(minutes=11))
    # Meanwhile somebody else takes Maya in, in a terminal.
    other = await any_town.imports.read([onde(MAYA)], uai=BOURG, actor=ACTOR)
    await any_town.imports.apply(other.pending.import_id, actor=ACTOR)
    await server.runner.once()
    assert (await server.works.show(begun.work_id)).state is WorkState.DONE
    assert [name for name, _ in await any_town.shown()] == ["Lina V.", "Maya Q.", "Noé T."]


async def test_work_without_the_turn_stops_in_words_and_goes_on_when_it_is_told_to(any_town: Town) -> None:
    server = Server(any_town)
    first = await read(any_town, server)
    await server.runner.once()
    begun = await server.imports.apply(first, actor=ACTOR)
    await server.runner.step()
    any_town.clock.advance(timedelta(minutes=11))
    other = (await any_town.imports.read([onde(MAYA)], uai=BOURG, actor=ACTOR)).pending.import_id
    await any_town.database.write(lambda conn: any_town.imports.begin(conn, other, leavers=False))
    await server.runner.once()
    failed = await server.works.show(begun.work_id)
    assert (failed.state, failed.problem) == (WorkState.FAILED, ImportBusy.message)
    await any_town.imports.apply(other, actor=ACTOR)
    again = await server.imports.apply(first, actor=ACTOR)
    await server.runner.once()
    assert (await server.works.show(again.work_id)).state is WorkState.DONE
    assert len(await any_town.shown()) == 3


async def test_dropping_ends_the_work_and_gives_the_turn_back(any_town: Town) -> None:
    server = Server(any_town)
    import_id = await read(any_town, server)
    await server.runner.once()
    begun = await server.imports.apply(import_id, actor=ACTOR)
    await server.runner.step()
    await server.imports.drop(import_id, actor=ACTOR)
    await server.runner.once()
    assert (await server.works.show(begun.work_id)).state is WorkState.CANCELLED
    assert len(await any_town.shown()) == 1
    with pytest.raises(ImportUnknown):
        await server.imports.apply(import_id, actor=ACTOR)
    with pytest.raises(WorkEnded):
        await server.works.cancel(begun.work_id, actor=ACTOR)
    other = await read(any_town, server)
    await server.runner.once()
    await server.imports.apply(other, actor=ACTOR)
    await server.runner.once()
    assert len(await any_town.shown()) == 3


async def test_leavers_are_taken_out_at_the_end_and_never_on_doubt(any_town: Town) -> None:
    server = Server(any_town)
    await any_town.take_in(onde(LINA, NOE, MAYA))
    doubtful = await server.imports.read([onde(LINA, (*NOE[:2], "31/02/2017", *NOE[3:]))], uai=BOURG, actor=ACTOR)
    with pytest.raises(LeaversNotSure):
        await server.imports.apply(doubtful.import_id, actor=ACTOR, leavers=True)
    sure = await server.imports.read([onde(LINA)], uai=BOURG, actor=ACTOR)
    await server.runner.once()
    await server.imports.apply(sure.import_id, actor=ACTOR, leavers=True)
    await server.runner.once()
    assert [name for name, _ in await any_town.shown()] == ["Lina V."]


async def test_what_is_kept_of_a_comparison_names_nobody_in_the_clear(town: Town) -> None:
    server = Server(town)
    await read(town, server)
    await server.runner.once()
    held = await town.dump() + await town.database.read(lambda conn: str(conn.all("SELECT * FROM long_work")))
    for secret in ("2018", "0701234567", "VERNAQUE", "Vernaque", "Lina"):
        assert secret not in held
