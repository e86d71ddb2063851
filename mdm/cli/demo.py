"""``valise demo``: a server, a school, a valise of iPads and one of Android tablets that enrol by themselves."""

import asyncio
import os
import secrets
import shutil
import socket
import sys
from collections.abc import Sequence
from datetime import timedelta
from importlib import resources
from pathlib import Path

import click

from mdm.cli.context import Cli, pass_cli, refuse, translate
from mdm.cli.demo_charter import agree
from mdm.cli.demo_home import lend
from mdm.cli.demo_world import furnish
from mdm.cli.init import make_server
from mdm.cli.rooms import Rooms, open_rooms
from mdm.cli.serve import run_server
from mdm.errors import ValiseError
from mdm.fleet.kit import Kit
from mdm.fleet.tablet import Platform
from mdm.fleet_view.geography import Geography, macs_communes, macs_names
from mdm.logs import configure_logging
from mdm.settings import load_settings
from mdm.simulator.apk_maker import ApkFacts, make_apk
from mdm.simulator.apk_signature import SigningKey
from mdm.simulator.apns import PushAuthority
from mdm.store import Connection, Database
from profiles.apks.apks import Apks
from profiles.policy import Policy, load_policy
from push.certificate import PushCertificates
from webui.accounts import Accounts
from webui.doors.demo_people import demo_grants
from webui.passwords import Passwords

UAI, KIT, SLOTS = "0400377T", "Cassiopée", 12
ANDROID_KIT, ANDROID_SLOTS = "Pégase", 8
_AGENT = "com.hmdm.launcher"
_ADMINISTRATOR = "administratrice"

_CONFIG = """\
[server]
data_dir = "{folder}"
log_format = "console"
[device]
url = "https://localhost:{device_port}"
listen = "127.0.0.1:{device_port}"
[people]
url = "http://localhost:{port}"
listen = "127.0.0.1:{port}"
demo = true
[enrollment]
organization = "MACS"
[mail]
host = "127.0.0.1"
port = {mail_port}
security = "none"
sender = "Valise <valise@demo.invalid>"
[push]
host = "localhost"
port = {push_port}
ca_file = "{folder}/push-root.pem"
"""


@click.command(help=translate("Run a demonstration on this machine: a server and simulated valises of both kinds."))
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), default="demo-data", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True, help=translate("For people."))
@click.option(
    "--device-port", type=click.IntRange(1, 65535), default=8443, show_default=True, help=translate("For tablets.")
)
@click.option(
    "--speed",
    type=click.FloatRange(0),
    default=4.0,
    show_default=True,
    help=translate("1 is a tablet's own pace, 0 does not wait."),
)
@click.option(
    "--database", default="", help=translate("The address of an empty PostgreSQL database, instead of a file.")
)
@pass_cli
def demo(cli: Cli, data_dir: Path, port: int, device_port: int, speed: float, database: str) -> None:
    """Begin anew each time: the folder of the demonstration is made again."""
    folder = data_dir.absolute()
    marker = folder / ".valise-demo"
    if folder.exists():
        if not marker.exists():
            click.echo(
                translate("{folder} is not a demonstration's folder: choose another.", folder=str(folder)), err=True
            )
            sys.exit(1)
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700, parents=True)
    marker.touch()
    config = folder / "valise.toml"
    push_port, mail_port = _free_port(), _free_port()
    text = _CONFIG.format(folder=folder, port=port, device_port=device_port, push_port=push_port, mail_port=mail_port)
    if database:
        text += f'[database]\nurl = "{database}"\n'
    config.write_text(text, encoding="utf-8")
    made = Cli(config)
    made.clock = cli.clock
    configure_logging("info", "console")
    try:
        asyncio.run(_prepare(made, folder))
        kits = asyncio.run(_fill(made, folder))
        for kit in kits:
            click.echo(translate("Open this page: {address}", address=f"http://localhost:{port}/kits/{kit.kit_id}"))
        click.echo(translate("Its people, one click each: {address}", address=f"http://localhost:{port}/demo/people"))
        click.echo(translate("Its letters: {address}", address=f"http://localhost:{port}/demo/mail"))
        click.echo(translate("The charter, for everybody: {address}", address=f"http://localhost:{port}/charter"))
        asyncio.run(_run(made, folder, kits, device_port, push_port, speed))
    except ValiseError as error:
        refuse(error)
    except OSError as error:
        click.echo(translate("The server cannot start: {reason}", reason=error.strerror or str(error)), err=True)
        sys.exit(1)


async def _prepare(made: Cli, folder: Path) -> None:
    """Make keys, authority and database, and the stand-in for Apple's push authority."""
    settings = load_settings(folder / "valise.toml", {})
    await make_server(settings, made, _ADMINISTRATOR, secrets.token_urlsafe(16))
    (settings.keys_dir / "secrets.toml").write_text(f'school-wifi = "{secrets.token_urlsafe(12)}"\n', encoding="utf-8")
    authority = PushAuthority.create()
    (folder / "push-root.pem").write_bytes(authority.root_pem())
    key_file = folder / "push-authority.pem"
    key_file.touch(mode=0o600)
    key_file.write_bytes(authority.to_pem())


async def _fill(made: Cli, folder: Path) -> list[Kit]:
    """Create the school, its kits and their codes, and have the committee agree on a policy; return the kits."""
    authority = PushAuthority.load((folder / "push-authority.pem").read_bytes())
    certificate, key = authority.push_certificate("com.apple.mgmt.External.00000000-0000-4000-8000-000000000000")
    settings = made.settings
    async with open_rooms(made) as rooms:
        push = PushCertificates(rooms.database, made.clock, made.vault, made.journal)
        await push.import_certificate(certificate, key=key, actor=made.actor)
        territory = await rooms.fleet.create_territory("MACS", actor=made.actor)
        await _communes(made, rooms, territory.territory_id)
        await rooms.fleet.create_school(UAI, "École élémentaire de Soustons", insee="40310", actor=made.actor)
        kits = [
            await rooms.fleet.create_kit(UAI, KIT, platform=Platform.IPAD, slots=SLOTS, actor=made.actor),
            await rooms.fleet.create_kit(
                UAI, ANDROID_KIT, platform=Platform.ANDROID, slots=ANDROID_SLOTS, actor=made.actor
            ),
        ]
        await _people(rooms.database, made)
        policy = load_policy(resources.files("profiles.demo").joinpath("policy.toml").read_bytes())
        await agree(rooms.database, made.clock, rooms.charter, policy, actor=made.actor)
        files = await asyncio.to_thread(_stand_ins, folder / "files", policy)
        taken = await Apks(rooms.database, made.clock, made.journal, settings.apks_dir).add_folder(files, actor="demo")
        refused = [one.refused for one in taken if one.refused is not None]
        if refused:
            raise refused[0]
        lifetime = timedelta(hours=settings.enrollment.ticket_hours)
        for kit in kits:
            await rooms.tickets.codes(kit.kit_id, slots=True, lifetime=lifetime, actor=made.actor)
        await furnish(made, rooms, kits)
    return kits


async def _communes(made: Cli, rooms: Rooms, territory_id: str) -> None:
    """Create the territory's communes with their outlines, for the map."""
    for insee, name in macs_names().items():
        await rooms.fleet.create_commune(insee, name, territory_id=territory_id, actor=made.actor)
    await Geography(rooms.database, made.clock, made.journal).import_file(macs_communes(), actor=made.actor)


async def _people(database: Database, made: Cli) -> None:
    """Make an account of each role, without a password."""
    accounts = Accounts(database, made.clock, made.journal, Passwords())
    people = [
        await accounts.prepare(login, None, grant)
        for login, grant in demo_grants(UAI).items()
        if login != _ADMINISTRATOR
    ]

    def add(conn: Connection) -> None:
        for one in people:
            accounts.add(conn, one, actor="demo")

    await database.write(add)


def _stand_ins(folder: Path, policy: Policy) -> Path:
    """Make small files in place of the agent and of the edition's Android apps, which are not ours to give."""
    folder.mkdir()
    key = SigningKey.create("Valise demo")
    apps = {app.package: app.name for app in policy.apps if app.package is not None and app.install == "required"}
    for package, label in {_AGENT: "Headwind MDM", **apps}.items():
        facts = ApkFacts(package=package, version_name="6.36", version_code=636, label=label, padding=200_000)
        (folder / f"{package}.apk").write_bytes(make_apk(facts, key))
    return folder


async def _run(made: Cli, folder: Path, kits: list[Kit], device_port: int, push_port: int, speed: float) -> None:
    """Run the server here, and the tablets in a process of their own."""
    tablets = asyncio.create_task(
        _tablets(
            [
                "--config",
                str(folder / "valise.toml"),
                "simulate",
                "--ipads",
                str(SLOTS),
                "--android",
                str(ANDROID_SLOTS),
                "--server",
                f"https://localhost:{device_port}",
                "--kit",
                KIT,
                "--kit",
                ANDROID_KIT,
                "--ca",
                str(folder / "keys" / "authority" / "root.crt"),
                "--speed",
                str(speed),
                "--push-port",
                str(push_port),
                "--push-authority",
                str(folder / "push-authority.pem"),
            ],
            device_port,
        )
    )
    home = asyncio.create_task(_lend(made, kits))
    try:
        await run_server(made.settings, made.clock, made.vault)
    finally:
        tablets.cancel()
        home.cancel()
        await asyncio.wait([tablets, home], timeout=15)


async def _lend(made: Cli, kits: list[Kit]) -> None:
    await lend(made, kits)
    click.echo(translate("One tablet has gone home, another waits for a parent's yes."))


async def _tablets(arguments: Sequence[str], device_port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", device_port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            break
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "mdm.cli", *arguments, env=os.environ)
    try:
        await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
