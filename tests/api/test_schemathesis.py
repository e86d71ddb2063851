"""Schemathesis over the whole API: a real server, its own document, requests that follow it and that do not.

It checks each answer: no 5xx, no status or media type that is not in the document, bodies and headers as described,
what is wrong refused, other methods answered with 405.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.conftest import UAI, RunningValise
from webui.permissions import Role

pytestmark = pytest.mark.slow

CONFIG = Path(__file__).with_name("schemathesis.toml")
ROOT = Path(__file__).resolve().parents[2]
BUSY = frozenset({Role.ADMINISTRATOR, Role.MANAGER, Role.TECHNICIAN})
"""Roles that change much. The others mostly read, are refused the rest, and get fewer requests."""


class World:
    """A server with something in it."""

    def __init__(self, folder: Path) -> None:
        self.valise = RunningValise(folder)
        run = self.valise.run
        run("school", "create", UAI, "École", "--insee", "40018", "--commune", "Audignon", "--territory", "MACS")
        self.valise.json("kit", "create", UAI, "Cassiopée", "--slots", "3")
        run("account", "create", "berthe", "--role", "teacher", "--password-file", str(self.valise.folder / "password"))
        self.valise.start()

    def token(self, role: Role) -> str:
        """A new token: the requests of the run before may have ended every older one."""
        return str(self.valise.json("token", "create", f"test {role}", "--role", role.value)["secret"])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("api"))
    yield made
    made.valise.stop()


@pytest.mark.parametrize("role", Role)
def test_the_document_holds(world: World, role: Role, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()",
            "--config-file", str(CONFIG), "run", f"{world.valise.people_url}/api/v1/openapi.json",
            "--header", f"Authorization: Bearer {world.token(role)}",
            *(("--max-examples", "8") if role in BUSY else ("--max-examples", "2", "--phases", "fuzzing")),
            "--seed", "20260901", "--no-color",
        ],
        capture_output=True, text=True, check=False, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    log = world.valise.log.read_text(encoding="utf-8")
    assert "api_failed" not in log
    assert "api_error_not_declared" not in log
    assert "Traceback" not in log
