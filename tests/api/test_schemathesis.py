"""Schemathesis over the whole API: a real server, its own document, requests that follow it and that do not.

It checks each answer: no 5xx, no status or media type that is not in the document, bodies and headers as described,
what is wrong refused, other methods answered with 405. The server has a committee at work; each operation is tried by
somebody whose role opens it: what others are answered is in test_roles.py.
"""

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.api.chamber import PEOPLE
from tests.system.conftest import UAI, RunningValise
from webui.permissions import opens
from webui.roles import Role

pytestmark = pytest.mark.slow

CONFIG = Path(__file__).with_name("schemathesis.toml")
ROOT = Path(__file__).resolve().parents[2]
RUNS = ("secretary", "inspector", "mayor", "teacher-1", "tim", "dpo", "anne")
"""Who tries what their role opens, in this order; whoever comes first tries what only reads."""
USUAL = {
    "draft": ("change_proposal", "submit_proposal", "retract_proposal", "show_proposal_gaps"),
    "submitted": ("admit_proposal", "send_proposal_back", "comment_proposal", "stand_aside"),
    "admissible": ("examine_proposal",),
    "examined": ("open_vote",),
    "open": ("show_vote", "show_ballot_statement", "cast_ballot"),
    "voted": ("close_vote",),
}
"""In which state a proposal mostly is when these are tried."""
BY_TOKEN = {"tim": Role.TECHNICIAN, "dpo": Role.DPO, "anne": Role.ADMINISTRATOR}
"""These come as programs; the others are persons who signed in."""


class World:
    """A server with something in it."""

    def __init__(self, folder: Path) -> None:
        self.valise = RunningValise(folder)
        run = self.valise.run
        run("school", "create", UAI, "École", "--insee", "40018", "--commune", "Audignon", "--territory", "MACS")
        self.valise.json("kit", "create", UAI, "Cassiopée", "--slots", "3")
        done = subprocess.run(
            [sys.executable, "-m", "tests.api.busy_committee", str(self.valise.config)],
            capture_output=True, text=True, check=False, cwd=ROOT,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        made = msgspec.json.decode(done.stdout)
        self.sessions: Mapping[str, Mapping[str, str]] = made["sessions"]
        self.known: Mapping[str, list[str]] = made["known"]
        self.proposals: Mapping[str, list[str]] = made["proposals"]
        self.valise.start()
        with urllib.request.urlopen(f"{self.valise.people_url}/api/v1/openapi.json") as answer:
            self.document = msgspec.json.decode(answer.read())

    def headers(self, who: str) -> Mapping[str, str]:
        """Who asks: a session, or a new token, for the requests of the run before may have ended every older one."""
        if who not in BY_TOKEN:
            return self.sessions[who]
        token = self.valise.json("token", "create", f"test {who}", "--role", BY_TOKEN[who].value)["secret"]
        return {"Authorization": f"Bearer {token}"}

    def operations(self, who: str) -> list[str]:
        """Return the operations that this person tries."""
        taken: set[str] = set()
        for one in RUNS:
            role = BY_TOKEN.get(one) or PEOPLE[one]
            found = [name for name, action, _ in self._declared() if action is None or opens(role, action)]
            mine = [name for name, _, reads in self._declared() if name in found and not (reads and name in taken)]
            if one == who:
                return mine
            taken |= set(found)
        raise LookupError(who)

    def config(self, folder: Path) -> Path:
        """Return Schemathesis's configuration, with the names of what is there."""
        lists = {**self.known, **self.proposals}
        lists |= {"uai": [UAI], "words": ["Parce que.", "Autre"], "tag": ['"r1"', '"r2"', '"r3"', '"r4"', '"r5"']}
        text = CONFIG.read_text(encoding="utf-8")
        for name, values in lists.items():
            text += f"\n[dictionaries.{name}]\nvalues = {msgspec.json.encode(values).decode()}\n"
        bound = [f'"path.{name}" = {{ dictionary = "{name}", probability = 0.9 }}' for name in self.known]
        bound += ['"header.If-Match" = { dictionary = "tag", probability = 0.9 }']
        named = {"seat": "seat", "uai": "uai", "kit_id": "kit_id", "words": "words", "title": "words", "text": "words"}
        bound += [f'"body.{name}" = {{ dictionary = "{one}", probability = 0.5 }}' for name, one in named.items()]
        for state, names in USUAL.items():
            operations = msgspec.json.encode(names).decode()
            proposal = f'parameters."path.proposal_id" = {{ dictionary = "{state}", probability = 0.7 }}'
            text += f"\n[[operations]]\ninclude-operation-id = {operations}\n{proposal}\n"
        file = folder / "schemathesis.toml"
        file.write_text(text.replace("[parameters]\n", "[parameters]\n" + "\n".join(bound) + "\n"), encoding="utf-8")
        return file

    def _declared(self) -> list[tuple[str, Any, bool]]:
        found = []
        for methods in self.document["paths"].values():
            for method, one in methods.items():
                needs = re.search(r"`(\w+)`", one.get("description", ""))
                found.append((one["operationId"], needs[1] if needs else None, method == "get"))
        return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("api"))
    yield made
    made.valise.stop()


@pytest.mark.parametrize("who", RUNS)
def test_the_document_holds(world: World, who: str, tmp_path: Path) -> None:
    headers = [part for name, value in world.headers(who).items() for part in ("--header", f"{name}: {value}")]
    chosen = [part for name in world.operations(who) for part in ("--include-operation-id", name)]
    assert chosen
    done = subprocess.run(
        [
            sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()",
            "--config-file", str(world.config(tmp_path)), "run", f"{world.valise.people_url}/api/v1/openapi.json",
            *headers, *chosen, "--phases", "coverage,fuzzing", "--max-examples", "12", "--seed", "20260901",
            "--no-color",
        ],
        capture_output=True, text=True, check=False, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    log = world.valise.log.read_text(encoding="utf-8")
    assert "api_failed" not in log
    assert "api_error_not_declared" not in log
    assert "Traceback" not in log
