"""``valise demo`` as a person starts it: its own process, its simulated tablets, a browser for each of its people."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_LENT = "est partie à la maison"
"""What it says last, when its loans are made too."""


class Demonstration:
    """A running demonstration; ``database`` is the address of another engine than SQLite's file."""

    def __init__(self, folder: Path, *, database: str = "") -> None:
        self.port, device_port = _free_port(), _free_port()
        self.url = f"http://localhost:{self.port}"
        self._log = (folder / "demo.log").open("wb")
        more = ["--database", database] if database else []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mdm.cli", "demo", "--data-dir", str(folder / "demo"), "--port", str(self.port),
             "--device-port", str(device_port), "--speed", "0", *more],
            stdout=self._log, stderr=self._log, cwd=ROOT, env=os.environ | {"LANG": "fr_FR.UTF-8"},
            start_new_session=True,
        )  # fmt: skip
        self._folder = folder

    def wait(self, *, converged: int, seconds: float = 240) -> None:
        """Wait until the pages answer, so many tablets hold all that they should, and two of them are lent."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self._process.poll() is not None:
                break
            with suppress(OSError):
                urllib.request.urlopen(f"{self.url}/healthz", timeout=5).read()
                log = self.log()
                if _LENT in log and len(set(re.findall(r"tablet_converged\s+tablet=(\w+)", log))) >= converged:
                    return
            time.sleep(0.5)
        raise AssertionError(f"the demonstration did not come up:\n{self.log()[-3000:]}")

    def log(self) -> str:
        """Return all that it printed, without colours."""
        text = (self._folder / "demo.log").read_text(encoding="utf-8", errors="replace")
        return re.sub(r"\x1b\[[0-9;]*m", "", text)

    def stop(self) -> None:
        """Stop it and its tablets."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=10)
        self._log.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
