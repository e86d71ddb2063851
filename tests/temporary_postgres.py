"""A real PostgreSQL on a free port, with its data in a temporary folder, for tests and measurements."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg


class PostgresMissing(Exception):
    """PostgreSQL is not installed, or cannot be started here."""


class TemporaryPostgres:
    """One cluster; root runs it as the user ``postgres``, as PostgreSQL itself refuses to run as root.

    One that is not ``durable`` does not survive its machine, and makes databases faster.
    """

    def __init__(self, wrapper: Sequence[str] = (), *, durable: bool = True) -> None:
        self._wrapper = list(wrapper)
        self._bin = _programs()
        self._as_user = _other_user()
        self.folder = Path(tempfile.mkdtemp(prefix="valise-postgres-"))
        if self._as_user:
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "-D", str(self.folder / "data"), "-U", "valise", "-A", "trust", "-E", "UTF8", "--locale=C")
        with (self.folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(
                f"listen_addresses = '127.0.0.1'\nport = {self.port}\nunix_socket_directories = '{self.folder}'\n"
                "max_connections = 60\nshared_buffers = 128MB\nlogging_collector = off\n"
            )
            if not durable:
                settings.write("fsync = off\nfull_page_writes = off\n")

    @property
    def pid(self) -> int:
        """The postmaster's process."""
        return int((self.folder / "data" / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])

    def url(self, database: str) -> str:
        """Return the address of a database of the cluster."""
        return f"postgresql://valise@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start the cluster and wait until it answers."""
        self._process = subprocess.Popen(
            [*self._as_user, *self._wrapper, str(self._bin / "postgres"), "-D", str(self.folder / "data")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise PostgresMissing("PostgreSQL does not start") from None
                time.sleep(0.05)
            else:
                return

    def create(self, database: str, *, like: str = "template1") -> str:
        """Create a database, as a copy of another to which nobody is connected, and return its address."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{database}"')
            connection.execute(f'CREATE DATABASE "{database}" TEMPLATE "{like}"')
        return self.url(database)

    def crash(self) -> None:
        """Kill every process of the cluster at once, as a power cut does, and start it again."""
        children = _descendants(self.pid)
        for pid in [self.pid, *children]:
            _kill(pid, signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
        (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)
        deadline = time.monotonic() + 10
        while any(_alive(pid) for pid in children) and time.monotonic() < deadline:
            time.sleep(0.02)
        self.start()

    def stop(self) -> None:
        """Stop the cluster and remove its data."""
        if self._process is not None and self._process.poll() is None:
            _kill(self.pid, signal.SIGINT)
            try:
                self._process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self._process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*self._as_user, str(self._bin / program), *arguments], capture_output=True, check=False, cwd=self.folder
        )
        if done.returncode:
            raise PostgresMissing(done.stderr.decode(errors="replace")[-500:])


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    if not found:
        raise PostgresMissing("PostgreSQL is not installed")
    return found[-1].parent


def _other_user() -> list[str]:
    if os.geteuid() != 0:
        return []
    try:
        pwd.getpwnam("postgres")
    except KeyError as error:
        raise PostgresMissing("there is no user postgres") from error
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _descendants(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
            if parent == pid:
                found.append(int(entry.name))
    return found


def _alive(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def _kill(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
