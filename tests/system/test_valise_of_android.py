"""A valise of Android tablets joins by scanning its codes, gets what was agreed, and obeys: over the real protocol."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from mdm.simulator.android.agent import AndroidAgent
from mdm.simulator.android.device import make_tablets
from mdm.simulator.android.fleet import simulate
from mdm.simulator.apk_maker import ApkFacts, make_apk
from mdm.simulator.apk_signature import SigningKey
from mdm.simulator.fleet import codes_in
from tests.system.conftest import UAI, RunningValise, until

pytestmark = pytest.mark.external

GEOGEBRA, KIWIX = "org.geogebra.android", "org.kiwix.kiwixmobile"
EDITION = f"""
name = "Android"
[[apps]]
name = "GeoGebra"
package = "{GEOGEBRA}"
[[apps]]
name = "Kiwix"
package = "{KIWIX}"
[restrictions]
erase = false
"""
SMALLER = f'name = "Smaller"\n[[apps]]\nname = "Kiwix"\npackage = "{KIWIX}"\n'


def apks(folder: Path, *packages: str, code: int = 1) -> list[str]:
    """Files of apps, and of the agent, as a technician has them."""
    key = SigningKey.create("Publisher")
    made = []
    for package in packages:
        facts = ApkFacts(package=package, version_name=f"{code}.0", version_code=code, label=package, padding=50_000)
        path = folder / f"{package}-{code}.apk"
        path.write_bytes(make_apk(facts, key))
        made.append(str(path))
    return made


def with_android_kit(valise: RunningValise, slots: int) -> None:
    """A school with a kit of Android tablets, its edition, its files and its codes."""
    (valise.folder / "edition.toml").write_text(EDITION, encoding="utf-8")
    valise.run("apk", "add", *apks(valise.folder, "com.hmdm.launcher", GEOGEBRA, KIWIX))
    valise.run("school", "create", UAI, "École", "--insee", "40018", "--commune", "Audignon", "--territory", "MACS")
    valise.run("kit", "create", UAI, "Pégase", "--slots", str(slots), "--platform", "android")
    valise.agree(valise.folder / "edition.toml")
    valise.run("kit", "qr", "Pégase", "--out", str(valise.folder / "codes"))


@asynccontextmanager
async def living(
    valise: RunningValise,
    count: int,
    *,
    codes: Sequence[Path] | None = None,
    seed: int = 1,
    ca_file: Path | None = None,
) -> AsyncIterator[list[AndroidAgent]]:
    """Let ``count`` tablets scan the kit's codes and live; they trust the server's authority, or ``ca_file``'s."""
    stop = asyncio.Event()
    made: list[AndroidAgent] = []
    pictures = codes or [one for one in codes_in([valise.folder / "codes"]) if "slot" in one.name][:count]
    life = asyncio.create_task(
        simulate(
            make_tablets(count, seed=seed), pictures, stop=stop, ca_file=ca_file or valise.root, speed=200,
            made=made.extend,
        )
    )  # fmt: skip
    try:
        await until(lambda: len(made) == count)
        yield made
    finally:
        stop.set()
        await asyncio.wait([life], timeout=30)


def stages(valise: RunningValise) -> list[str]:
    return [slot["stage"] for slot in valise.json("kit", "show", "Pégase")["slots"]]


@pytest.fixture
def valise(make_valise: Callable[..., RunningValise]) -> RunningValise:
    made = make_valise()
    with_android_kit(made, 3)
    made.start()
    return made


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_a_valise_joins_and_every_slot_becomes_ready(
    make_valise: Callable[..., RunningValise], engine: str, request: pytest.FixtureRequest
) -> None:
    database = request.getfixturevalue("postgres").create("android") if engine == "postgresql" else ""
    valise = make_valise(database=database)
    with_android_kit(valise, 4)
    valise.start()
    async with living(valise, 4) as agents:
        await until(lambda: stages(valise) == ["ready"] * 4, 120)
        for agent in agents:
            assert {GEOGEBRA, KIWIX} <= set(agent.tablet.installed)
            assert "no_factory_reset" in agent.tablet.restrictions
    assert valise.json("db", "check")["database"]["problems"] == []
    assert valise.json("journal", "verify")["wrong_seq"] is None
    log = valise.log.read_text(encoding="utf-8")
    assert "Traceback" not in log
    for secret in ("k-", "/d-", "356938", "un mot de passe"):
        assert secret not in log


@pytest.mark.slow
async def test_what_leaves_the_edition_leaves_the_tablets(valise: RunningValise) -> None:
    async with living(valise, 2) as agents:
        await until(lambda: stages(valise)[:2] == ["ready"] * 2, 120)
        (valise.folder / "smaller.toml").write_text(SMALLER, encoding="utf-8")
        valise.agree(valise.folder / "smaller.toml")
        await until(lambda: all(GEOGEBRA not in agent.tablet.installed for agent in agents), 120)
        await until(lambda: stages(valise)[:2] == ["ready"] * 2, 120)


@pytest.mark.slow
async def test_a_technicians_erase_is_done_once_and_the_tablet_comes_back_into_its_slot(
    valise: RunningValise,
) -> None:
    async with living(valise, 1) as (agent,):
        await until(lambda: stages(valise)[0] == "ready", 120)
        tablet = valise.json("device", "show", "Pégase 01")["tablet"]["tablet"]["tablet_id"]
        valise.run("command", "send", "lock", "message=Bonjour", "--tablet", tablet)
        await until(lambda: valise.json("device", "show", tablet)["waiting"] == [], 60)
        assert len(valise.run("device", "agent-password", tablet).strip()) == 10
        valise.json("device", "log", tablet)
        valise.run("command", "send", "factoryReset", "--tablet", tablet)
        await until(lambda: not agent.enrolled, 120)
        assert stages(valise)[0] == "waiting"
    valise.run("kit", "qr", "Pégase", "--out", str(valise.folder / "codes"))
    async with living(valise, 1):
        await until(lambda: stages(valise)[0] == "ready", 120)
        again = valise.json("device", "show", "Pégase 01")["tablet"]["tablet"]["tablet_id"]
        assert again == tablet


def test_codes_for_android_need_the_agent_and_say_so(make_valise: Callable[..., RunningValise]) -> None:
    valise = make_valise()
    valise.run("school", "create", UAI, "École", "--insee", "40018", "--commune", "Audignon", "--territory", "MACS")
    valise.run("kit", "create", UAI, "Pégase", "--slots", "2", "--platform", "android")
    words = valise.run("kit", "qr", "Pégase", "--out", str(valise.folder / "codes"), code=1)
    assert "valise apk add" in words
    assert not (valise.folder / "codes").exists()
