"""``valise simulate``: virtual tablets that enrol at a server and live, over real sockets."""

import asyncio
import shutil
import signal
import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import click

from mdm.cli.context import Cli, pass_cli, translate
from mdm.cli.rooms import open_rooms
from mdm.fleet.tablet import Platform
from mdm.simulator.android.device import make_tablets
from mdm.simulator.android.events import AgentEvent
from mdm.simulator.android.fleet import simulate as live_android
from mdm.simulator.apns import PushAuthority, PushServer
from mdm.simulator.events import IpadEvent
from mdm.simulator.fleet import Code, codes_in
from mdm.simulator.fleet import simulate as live
from mdm.simulator.models import make_ipads
from webui.security import is_loopback_host


@click.command(help=translate("Simulate tablets that scan a kit's codes, enrol, and live until Ctrl-C."))
@click.option("--ipads", type=click.IntRange(0, 10_000), help=translate("How many iPads; 12 unless said."))
@click.option(
    "--android", "androids", type=click.IntRange(0, 10_000), default=0, help=translate("How many Android tablets.")
)
@click.option(
    "--server", required=True, help=translate("The address that tablets call, such as https://localhost:8443.")
)
@click.option(
    "--kit",
    "kits",
    multiple=True,
    help=translate("Take the codes of this kit from the configured database; one for each kind of tablet."),
)
@click.option(
    "--qr",
    "pictures",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    help=translate("A picture of a code, or a folder of them."),
)
@click.option(
    "--ca",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=translate("What the tablets trust before they have a profile (PEM)."),
)
@click.option(
    "--speed",
    type=click.FloatRange(0),
    default=1.0,
    show_default=True,
    help=translate("1 is a tablet's own pace, 0 does not wait."),
)
@click.option(
    "--poll-seconds",
    type=click.FloatRange(0),
    default=60.0,
    show_default=True,
    help=translate("Each tablet asks by itself so often; 0 is never."),
)
@click.option(
    "--drift-seconds",
    type=click.FloatRange(min=1),
    help=translate("Pupils change something on an Android tablet by hand, so often on average."),
)
@click.option("--rejoins", is_flag=True, help=translate("An Android tablet that was reset scans its code again."))
@click.option("--seed", type=int, default=1, show_default=True)
@click.option(
    "--mqtt-port", type=click.IntRange(1, 65535), default=31000, show_default=True, help=translate("The broker's.")
)
@click.option("--push-port", type=click.IntRange(1, 65535), help=translate("Play Apple's push service on this port."))
@click.option(
    "--push-authority",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=translate("The certificate authority of that push service (PEM, with its key)."),
)
@pass_cli
def simulate(
    cli: Cli,
    ipads: int | None,
    androids: int,
    server: str,
    kits: tuple[str, ...],
    pictures: tuple[Path, ...],
    ca: Path | None,
    speed: float,
    poll_seconds: float,
    drift_seconds: float | None,
    rejoins: bool,
    seed: int,
    mqtt_port: int,
    push_port: int | None,
    push_authority: Path | None,
) -> None:
    """Run virtual tablets of both kinds."""
    ipads = (0 if androids else 12) if ipads is None else ipads

    async def work() -> tuple[int, int]:
        given = list(await asyncio.to_thread(codes_in, pictures))
        codes = await _kit_codes(cli, kits, {Platform.IPAD: ipads, Platform.ANDROID: androids})
        if not given and not codes:
            raise click.UsageError(translate("Name a kit with --kit, or pictures of codes with --qr."))
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        wakes = None
        if push_port is not None and push_authority is not None:
            wakes = PushServer(PushAuthority.load(await asyncio.to_thread(push_authority.read_bytes)))
            await wakes.start(push_port)
        trusted = ca or await _fetch_root(cli, server)
        try:
            return await asyncio.gather(
                live(
                    make_ipads(ipads, seed=seed),
                    codes.get(Platform.IPAD, given),
                    stop=stop,
                    ca_file=trusted,
                    wakes=wakes,
                    speed=speed,
                    poll_seconds=poll_seconds,
                    report=_tell,
                )
                if ipads
                else _nobody(),
                live_android(
                    make_tablets(androids, seed=seed, meter=True),
                    codes.get(Platform.ANDROID, given),
                    stop=stop,
                    ca_file=trusted,
                    speed=speed,
                    report=_tell,
                    mqtt_port=mqtt_port,
                    seed=seed,
                    drift_seconds=drift_seconds,
                    rejoins=rejoins,
                )
                if androids
                else _nobody(),
            )
        finally:
            if wakes is not None:
                await wakes.stop()

    enrolled = cli.run(work)
    if ipads:
        click.echo(translate("{count} of {all} iPads were enrolled.", count=enrolled[0], all=ipads))
    if androids:
        click.echo(translate("{count} of {all} Android tablets were enrolled.", count=enrolled[1], all=androids))


async def _nobody() -> int:
    return 0


async def _kit_codes(cli: Cli, kits: Sequence[str], counts: Mapping[Platform, int]) -> dict[Platform, list[Code]]:
    """Return the codes of kits, by kind of tablet: those of their slots, or a kit's own when there are not enough.

    They are pictures; where no program that reads QR codes is installed, what is in them is returned instead.
    """
    chosen: dict[Platform, list[Code]] = {}
    if not kits:
        return chosen
    async with open_rooms(cli) as rooms:
        for kit in kits:
            view = await rooms.fleet.kit(kit)
            platform, count = view.kit.platform, counts[view.kit.platform]
            found = await rooms.tickets.shown_all(view.kit.kit_id)
            slots = [code for code in found if code.slot_number is not None]
            own = [code for code in found if code.slot_number is None][:1]
            for code in slots[:count] if len(slots) >= count else own:
                read = shutil.which("zbarimg") is not None
                chosen.setdefault(platform, []).append(await asyncio.to_thread(code.png) if read else code.address)
    return chosen


async def _fetch_root(cli: Cli, server: str) -> Path | None:
    """Fetch the root of a server on this machine; any other server must be trusted by the system or by --ca."""
    if not is_loopback_host(urlsplit(server).hostname or ""):
        return None
    unverified = ssl.create_default_context()
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE
    async with aiohttp.ClientSession() as session, session.get(f"{server}/ca.crt", ssl=unverified) as answer:
        der = await answer.read()
    path = cli.settings.data_dir / "simulator-root.pem"
    await asyncio.to_thread(path.write_text, ssl.DER_cert_to_PEM_cert(der), "ascii")
    return path


def _tell(event: IpadEvent | AgentEvent) -> None:
    click.echo(f"{event.serial}  {event.kind}  {event.detail}".rstrip())
