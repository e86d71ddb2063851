"""A valise of iPads joins by scanning its codes, gets what was agreed, and obeys: over the real protocols."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from mdm.simulator.apns import PushServer
from mdm.simulator.fleet import codes_in, simulate
from mdm.simulator.ipad import Ipad
from mdm.simulator.models import make_ipads
from tests.conftest import not_run
from tests.system.conftest import RunningValise, until, with_kit

pytestmark = pytest.mark.external


@asynccontextmanager
async def living(
    valise: RunningValise,
    push: PushServer,
    count: int,
    *,
    codes: Sequence[Path] | None = None,
    seed: int = 1,
    ca_file: Path | None = None,
    poll_seconds: float = 2,
) -> AsyncIterator[list[Ipad]]:
    """Let ``count`` iPads scan the kit's codes and live; they trust the server's authority, or those in ``ca_file``."""
    stop = asyncio.Event()
    made: list[Ipad] = []
    pictures = codes or codes_in([valise.folder / "codes"])
    slots = [picture for picture in pictures if "slot" in picture.name] or pictures
    life = asyncio.create_task(
        simulate(
            make_ipads(count, seed=seed), slots[:count] if len(slots) > 1 else slots, stop=stop,
            ca_file=ca_file or valise.root, wakes=push, speed=0, poll_seconds=poll_seconds, made=made.extend,
        )
    )  # fmt: skip
    try:
        await until(lambda: len(made) == count)
        yield made
    finally:
        stop.set()
        await asyncio.wait([life], timeout=20)


def managed(ipad: Ipad) -> set[str]:
    return {bundle_id for bundle_id, app in ipad.tablet.apps.items() if app.managed and app.present}


def ready(valise: RunningValise) -> int:
    view = valise.json("kit", "show", "Cassiopée")
    return sum(slot["stage"] == "ready" for slot in view["slots"])


@pytest.fixture
def valise(make_valise: Callable[..., RunningValise], push_service: PushServer, request: Any) -> RunningValise:
    made = make_valise(push_service)
    with_kit(made, 4)
    made.start()
    return made


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_a_valise_joins_and_every_slot_becomes_ready(
    make_valise: Callable[..., RunningValise], push_service: PushServer, engine: str, request: pytest.FixtureRequest
) -> None:
    database = request.getfixturevalue("postgres").create("system") if engine == "postgresql" else ""
    valise = make_valise(push_service, database=database)
    with_kit(valise, 6)
    valise.start()
    async with living(valise, push_service, 6) as ipads:
        await until(lambda: ready(valise) == 6, 120)
        names = sorted(ipad.tablet.device_name for ipad in ipads)
        assert names == [f"Cassiopée {number:02d}" for number in range(1, 7)]
        for ipad in ipads:
            assert "org.scratchjr.ScratchJr" in managed(ipad)
            assert any(name.startswith("org.valise.") for name in ipad.tablet.profiles)
    assert valise.json("db", "check")["database"]["problems"] == []
    assert valise.json("journal", "verify")["wrong_seq"] is None
    log = valise.log.read_text(encoding="utf-8")
    assert "Traceback" not in log
    for secret in ("un mot de passe", "cheval correct", "PRIVATE KEY", "/e/"):
        assert secret not in log


async def test_a_technicians_command_reaches_a_tablet_by_push(valise: RunningValise, push_service: PushServer) -> None:
    # It never looks by itself: only a push can tell it.
    async with living(valise, push_service, 1, poll_seconds=0) as (ipad,):
        await until(lambda: ready(valise) == 1)
        before = len(push_service.received)
        done = valise.json("command", "send", "EnableLostMode", "text=Rapportez-moi", "--tablet", "Cassiopée 01")
        assert len(done["queued"]) == 1
        await until(lambda: ipad.tablet.lost is not None)
        assert len(push_service.received) > before
        kinds = [entry["kind"] for entry in valise.json("journal", "show")]
        assert "command_ordered" in kinds


async def test_a_command_that_a_tablet_cannot_obey_is_refused_before_it_is_queued(
    valise: RunningValise, push_service: PushServer
) -> None:
    async with living(valise, push_service, 1):
        await until(lambda: ready(valise) == 1)
        words = valise.run("command", "send", "DeviceLocation", "--tablet", "Cassiopée 01", code=1)
        assert "nobody alone" in words
        words = valise.run("command", "send", "PlayLostModeSound", "--tablet", "Cassiopée 01", code=1)
        assert "lost mode" in words
        words = valise.run("command", "send", "InstallProfile", "--tablet", "Cassiopée 01", code=1)
        assert "edition" in words


async def test_an_erased_tablet_comes_back_into_its_slot_with_an_empty_queue(
    valise: RunningValise, push_service: PushServer
) -> None:
    async with living(valise, push_service, 1) as (ipad,):
        await until(lambda: ready(valise) == 1)
        tablet = valise.json("device", "show", "Cassiopée 01")["tablet"]["tablet"]["tablet_id"]
        valise.run("command", "send", "EraseDevice", "--tablet", tablet)
        await until(lambda: not ipad.enrolled)
        assert ready(valise) == 0
    valise.run("kit", "qr", "Cassiopée", "--out", str(valise.folder / "codes"))
    async with living(valise, push_service, 1):
        await until(lambda: ready(valise) == 1)
        again = valise.json("device", "show", "Cassiopée 01")
        assert again["tablet"]["tablet"]["tablet_id"] == tablet
        assert again["waiting"] == []


async def test_a_used_code_enrols_nobody_else(valise: RunningValise, push_service: PushServer) -> None:
    code = valise.folder / "codes" / "slot-01.png"
    async with living(valise, push_service, 1, codes=[code]):
        await until(lambda: ready(valise) == 1)
        async with living(valise, push_service, 1, codes=[code], seed=9) as (other,):
            await asyncio.sleep(3)
            assert not other.enrolled
        assert ready(valise) == 1
        assert "joining_refused" in [entry["kind"] for entry in valise.json("journal", "show")]


async def test_a_change_of_the_edition_reaches_the_tablets_and_removes_what_left(
    valise: RunningValise, push_service: PushServer
) -> None:
    async with living(valise, push_service, 2) as ipads:
        await until(lambda: ready(valise) == 2)
        smaller = valise.folder / "smaller.toml"
        smaller.write_text('name = "Moins"\n[restrictions]\ncamera = false\n', encoding="utf-8")
        valise.agree(smaller)
        await until(lambda: not any(managed(ipad) for ipad in ipads), 90)
        await until(lambda: ready(valise) == 2, 90)


async def test_a_server_that_is_stopped_in_the_middle_goes_on_where_it_was(
    valise: RunningValise, push_service: PushServer
) -> None:
    async with living(valise, push_service, 4):
        await until(lambda: ready(valise) >= 1)
        assert valise.stop() == 0
        valise.start()
        await until(lambda: ready(valise) == 4, 90)


@pytest.fixture(autouse=True)
def _needs_zbar() -> None:
    if shutil.which("zbarimg") is None:
        not_run("zbarimg is not installed")
