"""Valises go into class mode and back, over the real protocols, while the server runs as a process of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from mdm.clock import SystemClock
from mdm.home.class_mode.focus import Focus
from mdm.home.class_mode.view import Stage
from mdm.journal import Journal
from mdm.mode_parts import ModeServices, mode_services
from mdm.settings import load_settings
from mdm.simulator.apns import PushServer
from mdm.store import open_database
from mdm.vault_key import open_vault
from profiles.charter.charter import charter_of
from profiles.compilers import compilers_of
from profiles.targets import AgreedTargets
from tests.system.conftest import RunningValise, until, with_kit
from tests.system.test_valise_of_android import GEOGEBRA, stages, with_android_kit
from tests.system.test_valise_of_android import living as living_android
from tests.system.test_valise_of_ipads import living as living_ipads
from tests.system.test_valise_of_ipads import ready

pytestmark = [pytest.mark.external, pytest.mark.slow]

SCRATCH = "org.scratchjr.ScratchJr"
TEACHER = "account:teacher"


@asynccontextmanager
async def teacher_of(valise: RunningValise) -> AsyncIterator[ModeServices]:
    """What a teacher's page has, in a process beside the server's, on the same store."""
    settings, clock = load_settings(valise.config, {}), SystemClock()
    database = await open_database(settings.database_url, clock)
    vault, journal = open_vault(settings.keys_dir), Journal(clock)
    agreed = charter_of(database, clock, journal, vault, settings).agreed
    targets = AgreedTargets(clock, compilers_of(settings, vault), agreed)
    yield mode_services(database, clock, journal, settings, agreed, targets)
    await database.close()


async def doing(services: ModeServices, kit_id: str, stage: Stage, count: int) -> None:
    """Wait until so many places are that far."""
    for _ in range(600):
        view = await services.class_mode.now(kit_id)
        if view.count(stage) == count:
            return
        await asyncio.sleep(0.2)
    pytest.fail(f"never {count} places {stage}: {[(slot.stage, slot.why, slot.detail) for slot in view.slots]}")


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_a_valise_of_ipads_is_held_in_an_app_and_comes_free(
    make_valise: Callable[..., RunningValise], push_service: PushServer, engine: str, request: pytest.FixtureRequest
) -> None:
    database = request.getfixturevalue("postgres").create("classmode") if engine == "postgresql" else ""
    valise = make_valise(push_service, database=database)
    kit_id = with_kit(valise, 4)
    valise.start()
    async with living_ipads(valise, push_service, 4) as ipads, teacher_of(valise) as services:
        await until(lambda: ready(valise) == 4, 120)
        await services.class_mode.start(kit_id, Focus(kind="app", what=SCRATCH), actor=TEACHER)
        await until(lambda: all(ipad.tablet.held_in == SCRATCH for ipad in ipads), 60)
        assert all(ipad.tablet.opens(SCRATCH) and not ipad.tablet.opens("com.apple.Pages") for ipad in ipads)
        await doing(services, kit_id, Stage.DOING, 4)
        await services.class_mode.start(kit_id, Focus(kind="lock"), actor=TEACHER)
        await until(lambda: not any(ipad.tablet.touch for ipad in ipads), 60)
        await services.class_mode.stop(kit_id, actor=TEACHER)
        await until(lambda: all(ipad.tablet.held_in is None and ipad.tablet.touch for ipad in ipads), 60)
        await until(lambda: ready(valise) == 4, 60)
        await doing(services, kit_id, Stage.FREE, 4)
    assert valise.json("journal", "verify")["wrong_seq"] is None
    assert "Traceback" not in valise.log.read_text(encoding="utf-8")


async def test_a_valise_of_android_tablets_opens_an_app_is_covered_and_comes_free(
    make_valise: Callable[..., RunningValise],
) -> None:
    valise = make_valise()
    with_android_kit(valise, 2)
    kit_id = str(valise.json("kit", "show", "Pégase")["kit"]["kit_id"])
    valise.start()
    async with living_android(valise, 2) as agents, teacher_of(valise) as services:
        await until(lambda: stages(valise) == ["ready"] * 2, 120)
        await services.class_mode.start(kit_id, Focus(kind="app", what=GEOGEBRA), actor=TEACHER)
        await until(lambda: all(agent.tablet.foreground == GEOGEBRA for agent in agents), 60)
        await doing(services, kit_id, Stage.DOING, 2)
        await services.class_mode.start(kit_id, Focus(kind="lock"), actor=TEACHER)
        await until(lambda: all(agent.tablet.covered for agent in agents), 60)
        await services.class_mode.stop(kit_id, actor=TEACHER)
        await until(lambda: not any(agent.tablet.covered for agent in agents), 60)
        await doing(services, kit_id, Stage.FREE, 2)
    assert "Traceback" not in valise.log.read_text(encoding="utf-8")
