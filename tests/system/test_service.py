"""The service as systemd and a technician see it: ready, reload, stop, refuse."""

import shutil
import signal
import socket
import ssl
import subprocess
import urllib.request
from collections.abc import Callable
from pathlib import Path

from cryptography import x509

from tests.conftest import not_run
from tests.system.conftest import RunningValise, until

UNIT = Path(__file__).resolve().parents[2] / "systemd" / "valise.service"


def test_the_unit_is_hardened(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        not_run("systemd-analyze is not installed")
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=25", str(UNIT)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-300:]


def test_it_says_when_it_is_ready_and_when_it_stops(make_valise: Callable[..., RunningValise], tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(tmp_path / "notify"))
        notify.settimeout(20)
        valise = make_valise()
        valise.start({"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "400000"})
        heard = []
        while not any("WATCHDOG=1" in one for one in heard):
            heard.append(notify.recv(4096).decode())
        assert heard[0].startswith("READY=1")
        assert valise.stop() == 0
        while not any("STOPPING=1" in one for one in heard):
            heard.append(notify.recv(4096).decode())


def served_certificate(valise: RunningValise) -> x509.Certificate:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", valise.device_port)) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as secure,
    ):
        der = secure.getpeercert(binary_form=True)
    assert der is not None
    return x509.load_der_x509_certificate(der)


async def test_a_hang_up_rereads_the_certificates(make_valise: Callable[..., RunningValise]) -> None:
    sources, serials = [], []
    for _ in range(2):
        source = make_valise()
        source.start()
        serials.append(served_certificate(source).serial_number)
        sources.append(source.folder / "data" / "keys")
    valise = make_valise()
    files = {"server.crt": valise.folder / "tls.crt", "server.key": valise.folder / "tls.key"}

    def install(source: Path) -> None:
        for name, path in files.items():
            path.write_bytes((source / name).read_bytes())

    install(sources[0])
    lines = f'[device]\ntls_certificate = "{files["server.crt"]}"\ntls_key = "{files["server.key"]}"\n'
    valise.config.write_text(valise.config.read_text("utf-8").replace("[device]\n", lines, 1), encoding="utf-8")
    valise.start()
    assert served_certificate(valise).serial_number == serials[0]
    install(sources[1])
    valise.tell(signal.SIGHUP)
    await until(lambda: served_certificate(valise).serial_number == serials[1])
    files["server.crt"].write_text("nonsense", encoding="utf-8")
    valise.tell(signal.SIGHUP)
    await until(lambda: "tls_reload_failed" in valise.log.read_text(encoding="utf-8"))
    assert served_certificate(valise).serial_number == serials[1]


def test_both_listeners_answer_and_no_secret_file_is_readable_by_others(
    make_valise: Callable[..., RunningValise],
) -> None:
    valise = make_valise()
    valise.start()
    with urllib.request.urlopen(f"{valise.people_url}/healthz") as answer:
        assert answer.read() == b"well\n"
    trust = ssl.create_default_context(cafile=str(valise.root))
    with urllib.request.urlopen(f"{valise.device_url}/ca.crt", context=trust) as answer:
        assert answer.headers["Content-Type"] == "application/x-x509-ca-cert"
    data = valise.folder / "data"
    exposed = [path for path in data.rglob("*") if path.is_file() and path.stat().st_mode & 0o077]
    assert [path.name for path in exposed if path.suffix != ".crt" and "lock" not in path.name] == []


def test_a_second_init_changes_nothing(make_valise: Callable[..., RunningValise]) -> None:
    valise = make_valise()
    before = valise.config.read_bytes()
    valise.run("init", "--data-dir", str(valise.folder / "data"), code=1)
    assert valise.config.read_bytes() == before


def test_the_exit_codes_are_as_documented(make_valise: Callable[..., RunningValise]) -> None:
    valise = make_valise()
    valise.run("config", "check")
    assert "KitUnknown" not in valise.run("kit", "show", "nowhere", code=1)
    valise.run("kit", "shwo", "nowhere", code=2)
    wrong = valise.run("config", "check", code=3, environment={"VALISE_DEVICE_URL": "nowhere", "VALISE_PUSH_PORT": "x"})
    assert len(wrong.strip().splitlines()) == 2
    assert valise.json("push-cert", "status", code=4)["level"] == "missing"
    assert valise.json("db", "check")["database"]["problems"] == []
    assert valise.json("db", "migrate")["waiting"] == []
    for verb in (("kit", "list"), ("device", "list"), ("school", "list"), ("edition", "list"), ("journal", "show"),
                 ("journal", "verify"), ("config", "show"), ("command", "list")):  # fmt: skip
        valise.json(*verb)


def test_the_database_is_exported_with_its_secrets_sealed(make_valise: Callable[..., RunningValise]) -> None:
    valise = make_valise()
    rows = valise.json("db", "export", str(valise.folder / "export"))
    assert rows["schema_migration"] >= 1
    assert "session" not in rows
    for file in (valise.folder / "export").iterdir():
        assert file.stat().st_mode & 0o077 == 0
        assert b"PRIVATE KEY" not in file.read_bytes()
