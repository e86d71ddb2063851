"""``valise mqtt acl`` writes what a broker runs with, and tells no secret."""

import getpass
import os
import stat
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from mdm.cli.context import Cli
from mdm.cli.mqtt import mqtt
from push.mqtt.broker_files import PUBLISHER_USER
from push.mqtt.errors import PublisherPasswordUnusable
from push.mqtt.publisher import MqttPublisher
from push.mqtt.publisher_password import FILE, ensure_publisher_password, read_publisher_password
from tests.push.test_mqtt_broker import TABLETS_PASSWORD, Broker, listening


def run(tmp_path: Path, *arguments: str, port: int = 31000) -> Result:
    config = tmp_path / "valise.toml"
    config.write_text(f'[server]\ndata_dir = "{tmp_path / "data"}"\n[android]\nmqtt_port = {port}\n')
    return CliRunner().invoke(mqtt, ["acl", *arguments], obj=Cli(config))


async def test_a_broker_and_the_server_agree_on_what_was_written(tmp_path: Path) -> None:
    broker = Broker.prepare(tmp_path / "unused")
    out = tmp_path / "broker"
    assert run(tmp_path, "--out", str(out), port=broker.port).exit_code == 0
    with (out / "mosquitto.conf").open("a") as config:
        config.write(f"user {getpass.getuser()}\n")
    broker.folder = out
    await broker.start()
    publisher = MqttPublisher(
        "127.0.0.1", broker.port, PUBLISHER_USER, read_publisher_password(tmp_path / "data" / "keys")
    )
    await publisher.start()
    try:
        async with listening(broker, "k7-03") as tablet:
            await publisher.publish("k7-03")
            assert await tablet.next() == b'{"messageType":"configUpdated"}'
    finally:
        await publisher.stop()
        await broker.close()


def test_nothing_secret_is_shown_and_nobody_else_may_read_the_files(tmp_path: Path) -> None:
    out = tmp_path / "broker"
    done = run(tmp_path, "--out", str(out))
    assert done.exit_code == 0
    password = read_publisher_password(tmp_path / "data" / "keys")
    for text in (done.output, *(path.read_text() for path in out.iterdir())):
        assert password not in text
        assert TABLETS_PASSWORD not in text
    assert "$7$" not in done.output
    assert sorted(path.name for path in out.iterdir()) == ["acl", "mosquitto.conf", "passwords"]
    for path in (*out.iterdir(), tmp_path / "data" / "keys" / FILE):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(out.stat().st_mode) == 0o700


def test_written_again_it_keeps_the_servers_password_and_the_files_owner(tmp_path: Path) -> None:
    out = tmp_path / "broker"
    run(tmp_path, "--out", str(out))
    before = read_publisher_password(tmp_path / "data" / "keys")
    if os.geteuid() == 0:
        os.chown(out, 12345, 12345)
    assert run(tmp_path, "--out", str(out)).exit_code == 0
    assert read_publisher_password(tmp_path / "data" / "keys") == before
    assert {path.stat().st_uid for path in out.iterdir()} == {out.stat().st_uid}


def test_it_tells_a_program_what_it_wrote(tmp_path: Path) -> None:
    done = run(tmp_path, "--out", str(tmp_path / "broker"), "--json", port=41000)
    assert msgspec.json.decode(done.output) == {
        "folder": str(tmp_path / "broker"),
        "files": ["mosquitto.conf", "acl", "passwords"],
        "port": 41000,
        "tablet_user": "hmdm",
        "publisher_user": "valise",
    }


@pytest.mark.parametrize("user", ["valise", "a b", "a:b", "x\nuser root", ""])
def test_a_name_that_cannot_be_is_refused_before_anything_is_written(tmp_path: Path, user: str) -> None:
    done = run(tmp_path, "--out", str(tmp_path / "broker"), "--user", user)
    assert done.exit_code == 1
    assert not (tmp_path / "broker").exists()


def test_a_folder_that_cannot_be_made_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run(tmp_path, "--out", str(tmp_path / "file" / "broker"))
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)


def test_a_password_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    ensure_publisher_password(tmp_path)
    (tmp_path / FILE).chmod(0o644)
    with pytest.raises(PublisherPasswordUnusable):
        read_publisher_password(tmp_path)
    with pytest.raises(PublisherPasswordUnusable):
        ensure_publisher_password(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe"])
def test_a_password_file_that_holds_none_is_said_in_words(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    (tmp_path / FILE).chmod(0o600)
    with pytest.raises(PublisherPasswordUnusable):
        read_publisher_password(tmp_path)


def test_a_password_that_was_never_made_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(PublisherPasswordUnusable):
        read_publisher_password(tmp_path)
