"""A whole server as a process of its own, on a fresh folder, with a school and a kit."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from mdm.simulator.apns import PushAuthority, PushServer

TOPIC = "com.apple.mgmt.External.11111111-2222-4333-8444-555555555555"
UAI = "0400377T"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RunningValise:
    """``valise serve`` and the other verbs, run as a technician runs them."""

    def __init__(self, folder: Path, *, database: str = "", push_port: int = 0, people: str = "") -> None:
        self.folder = folder
        self.config = folder / "valise.toml"
        self.device_port, self.people_port = free_port(), free_port()
        self.log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "password").write_text("cheval correct batterie agrafe", encoding="utf-8")
        self.run(
            "init", "--data-dir", str(folder / "data"), "--organization", "MACS", "--device-url", self.device_url,
            "--device-listen", f"127.0.0.1:{self.device_port}", "--people-url", self.people_url,
            "--people-listen", f"127.0.0.1:{self.people_port}", "--password-file", str(folder / "password"),
            environment={"VALISE_DATABASE_URL": database} if database else {},
        )  # fmt: skip
        text = self.config.read_text(encoding="utf-8").replace("[push]\n", f"[push]\nport = {push_port or 9}\n", 1)
        text = text.replace("[push]\n", f'[push]\nhost = "localhost"\nca_file = "{folder}/push-root.pem"\n', 1)
        text = text.replace("[people]\n", f"[people]\n{people}\n", 1)
        if database:
            text = text.replace("[database]\n", f'[database]\nurl = "{database}"\n', 1)
        self.config.write_text(text, encoding="utf-8")
        (folder / "push-root.pem").touch()
        secrets = folder / "data" / "keys" / "secrets.toml"
        secrets.touch(mode=0o600)
        secrets.write_text('school-wifi = "un mot de passe"\n', encoding="utf-8")

    @property
    def device_url(self) -> str:
        return f"https://localhost:{self.device_port}"

    @property
    def people_url(self) -> str:
        return f"http://127.0.0.1:{self.people_port}"

    @property
    def root(self) -> Path:
        return self.folder / "data" / "keys" / "authority" / "root.crt"

    def run(self, *arguments: str, code: int = 0, environment: dict[str, str] | None = None) -> str:
        """Run a verb; its exit code must be ``code``."""
        done = subprocess.run(
            [sys.executable, "-m", "mdm.cli", "--config", str(self.config), *arguments],
            capture_output=True, text=True, check=False,
            env={**os.environ, "LANG": "en_GB.UTF-8", **(environment or {})},
        )  # fmt: skip
        assert done.returncode == code, done.stderr + done.stdout
        return done.stdout if code == 0 else done.stderr + done.stdout

    def json(self, *arguments: str, code: int = 0) -> Any:
        """Run a verb with --json."""
        return json.loads(self.run(*arguments, "--json", code=code))

    def agree(self, policy: Path) -> str:
        """Have the committee agree on the policy in a file, for everybody; return the edition."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.charter.agree_policy", str(self.config), str(policy)],
            capture_output=True, text=True, check=False, cwd=Path(__file__).resolve().parents[2],
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def start(self, environment: dict[str, str] | None = None) -> None:
        """Serve, and wait until both listeners answer."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mdm.cli", "--config", str(self.config), "serve"],
            stderr=self.log.open("ab"), env={**os.environ, **(environment or {})},
        )  # fmt: skip
        deadline = time.monotonic() + 30
        for port in (self.device_port, self.people_port):
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                except OSError:
                    assert self._process.poll() is None, self.log.read_text(encoding="utf-8")
                    assert time.monotonic() < deadline, self.log.read_text(encoding="utf-8")
                    time.sleep(0.05)
                else:
                    break

    def memory(self) -> int:
        """Return the server's resident memory in bytes."""
        assert self._process is not None
        return int(psutil.Process(self._process.pid).memory_info().rss)

    def tell(self, number: signal.Signals) -> None:
        """Send a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def stop(self) -> int:
        """Stop with SIGTERM and return the exit code."""
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.terminate()
        code = self._process.wait(timeout=30)
        self._process = None
        return code


@pytest.fixture
async def push_service() -> AsyncIterator[PushServer]:
    """What stands for Apple's push service."""
    server = PushServer(PushAuthority.create())
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def make_valise(tmp_path: Path) -> Iterator[Callable[..., RunningValise]]:
    """Makes servers that are stopped at the end."""
    made: list[RunningValise] = []

    def make(push: PushServer | None = None, **options: Any) -> RunningValise:
        folder = tmp_path / f"server{len(made)}"
        folder.mkdir()
        valise = RunningValise(folder, push_port=push.port if push else 0, **options)
        made.append(valise)
        if push is not None:
            (folder / "push-root.pem").write_bytes(push.authority.root_pem())
            certificate, key = push.authority.push_certificate(TOPIC)
            (folder / "push.pem").write_bytes(certificate)
            (folder / "push.key").write_bytes(key)
            valise.run("push-cert", "import", str(folder / "push.pem"), "--key", str(folder / "push.key"))
        return valise

    yield make
    for valise in made:
        valise.stop()


def with_kit(valise: RunningValise, slots: int) -> str:
    """Create a school and a kit that follows the demonstration's policy; return the kit."""
    policy = Path(__file__).resolve().parents[2] / "profiles" / "demo" / "policy.toml"
    valise.run("school", "create", UAI, "École", "--insee", "40018", "--commune", "Audignon", "--territory", "MACS")
    kit = valise.json("kit", "create", UAI, "Cassiopée", "--slots", str(slots))
    valise.agree(policy)
    valise.run("kit", "qr", "Cassiopée", "--out", str(valise.folder / "codes"))
    return str(kit["kit"]["kit_id"])


async def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for something that other processes bring about."""
    deadline = time.monotonic() + seconds
    while not await asyncio.to_thread(condition):
        assert time.monotonic() < deadline, "it did not come about in time"
        await asyncio.sleep(0.2)
