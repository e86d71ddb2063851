"""``valise mqtt``: the broker that wakes Android tablets."""

import os
from pathlib import Path

import click
import msgspec

from mdm.cli.context import Cli, json_option, pass_cli, refuse, show, translate
from mdm.errors import ValiseError
from push.mqtt.broker_files import (
    ACL_FILE,
    CONFIG_FILE,
    PASSWORD_FILE,
    PUBLISHER_USER,
    TABLET_USER,
    BrokerFiles,
    broker_files,
    tablet_password,
)
from push.mqtt.errors import BrokerFolderUnusable
from push.mqtt.publisher_password import ensure_publisher_password


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What was written, and what the broker does with it."""

    folder: str
    files: tuple[str, ...]
    port: int
    tablet_user: str
    publisher_user: str


@click.group(help=translate("Prepare the MQTT broker (Mosquitto) that can wake Android tablets."))
def mqtt() -> None:
    """Group the verbs about the broker."""


@mqtt.command(
    help=translate(
        "Write a Mosquitto configuration in which a tablet hears its own topic only. Passwords go to files, never to"
        " the screen."
    )
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, metavar="FOLDER")
@click.option(
    "--user",
    default=TABLET_USER,
    show_default=True,
    help=translate("The name that all tablets connect with; the agent's is fixed."),
)
@click.option(
    "--connections",
    type=click.IntRange(1, 1_000_000),
    default=20_000,
    show_default=True,
    help=translate("How many tablets at once."),
)
@json_option
@pass_cli
def acl(cli: Cli, out: Path, user: str, connections: int, as_json: bool) -> None:
    """Write the broker's files."""
    folder = out.absolute()
    settings = cli.settings
    try:
        made = broker_files(
            user=user,
            password=tablet_password(settings.android.agent_secret),
            publisher_user=PUBLISHER_USER,
            publisher_password=ensure_publisher_password(settings.keys_dir),
            port=settings.android.mqtt_port,
            folder=str(folder),
            connections=connections,
        )
        files = _write(folder, made)
    except OSError as error:
        refuse(BrokerFolderUnusable(folder=str(folder), reason=error.strerror or type(error).__name__))
    except ValiseError as error:
        refuse(error)
    written = Written(
        folder=str(folder),
        files=files,
        port=settings.android.mqtt_port,
        tablet_user=user,
        publisher_user=PUBLISHER_USER,
    )
    show(written, as_json=as_json, lines=lambda: _lines(written))


def _write(folder: Path, made: BrokerFiles) -> tuple[str, ...]:
    """Write the files, readable by the folder's owner alone; return their names."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = folder.stat()
    for name, text in ((CONFIG_FILE, made.config), (ACL_FILE, made.acl), (PASSWORD_FILE, made.password_lines)):
        path = folder / f"{name}.new"
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            if os.geteuid() == 0:
                # The broker's account owns the folder since the first time: it must still be able to read them.
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        path.replace(folder / name)
    return CONFIG_FILE, ACL_FILE, PASSWORD_FILE


def _lines(written: Written) -> list[str]:
    return [
        translate("Written to {folder}: {files}.", folder=written.folder, files=", ".join(written.files)),
        translate("Give the folder to the broker's account: chown -R mosquitto: {folder}", folder=written.folder),
        translate("Start the broker with this file alone: mosquitto -c {file}", file=f"{written.folder}/{CONFIG_FILE}"),
        translate("Tablets reach it at port {port} of the server's host name, without TLS.", port=written.port),
    ]
