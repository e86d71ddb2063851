"""``valise kit``: the cases of tablets and their codes."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import click

from enrollment.errors import AgentMissing
from enrollment.kit_codes import KitCode
from mdm.cli.context import Cli, json_option, pass_cli, show, table, translate
from mdm.cli.labels import labels
from mdm.cli.rooms import open_rooms
from mdm.commands.kit_naming import KitNaming
from mdm.fleet.kit import KitSummary, KitView
from mdm.fleet.tablet import parse_platform


@click.group(help=translate("Create kits, list them, and get their codes."))
def kit() -> None:
    """Group the verbs about kits."""


kit.add_command(labels)


@kit.command(help=translate("Create a kit of SLOTS tablets in the school with code UAI."))
@click.argument("uai")
@click.argument("name")
@click.option("--slots", type=click.IntRange(1, 60), required=True, help=translate("How many tablets it holds."))
@click.option("--platform", default="ipad", show_default=True, help=translate("ipad or android."))
@json_option
@pass_cli
def create(cli: Cli, uai: str, name: str, slots: int, platform: str, as_json: bool) -> None:
    """Create a kit with its slots."""

    async def work() -> KitView:
        async with open_rooms(cli) as rooms:
            made = await rooms.fleet.create_kit(
                uai, name, platform=parse_platform(platform), slots=slots, actor=cli.actor
            )
            return await rooms.fleet.kit(made.kit_id)

    view = cli.run(work)
    lines = [translate("Kit {name} created: {id}", name=view.kit.name, id=view.kit.kit_id)]
    show(view, as_json=as_json, lines=lambda: lines)


@kit.command(help=translate("Rename a kit and its tablets; KIT is its identifier, its name, or UAI/name."))
@click.argument("reference", metavar="KIT")
@click.argument("name")
@json_option
@pass_cli
def rename(cli: Cli, reference: str, name: str, as_json: bool) -> None:
    """Give a kit another name."""

    async def work() -> KitView:
        async with open_rooms(cli) as rooms:
            found = (await rooms.fleet.kit(reference)).kit
            await KitNaming(rooms.database, cli.clock, cli.journal).rename(found.kit_id, name, actor=cli.actor)
            return await rooms.fleet.kit(found.kit_id)

    view = cli.run(work)
    lines = [translate("The kit is called {name} now. Print its labels again.", name=view.kit.name)]
    show(view, as_json=as_json, lines=lambda: lines)


@kit.command("list", help=translate("List the kits, of one school or of all."))
@click.option("--school", "uai", default="", help=translate("The school's UAI code."))
@json_option
@pass_cli
def list_kits(cli: Cli, uai: str, as_json: bool) -> None:
    """Print the kits with how many of their slots are ready."""

    async def work() -> list[KitSummary]:
        async with open_rooms(cli) as rooms:
            return await rooms.fleet.kits(uai=uai.upper())

    kits = cli.run(work)
    head = [translate("KIT"), translate("SCHOOL"), translate("NAME"), translate("READY"), translate("TABLETS")]
    rows = [
        [one.kit.kit_id, one.kit.uai, one.kit.name, f"{one.ready}/{one.slots}", f"{one.filled}/{one.slots}"]
        for one in kits
    ]
    show(kits, as_json=as_json, lines=lambda: table(head, rows))


@kit.command("show", help=translate("Show a kit and its slots; KIT is its identifier, its name, or UAI/name."))
@click.argument("reference", metavar="KIT")
@json_option
@pass_cli
def show_kit(cli: Cli, reference: str, as_json: bool) -> None:
    """Print a kit's slots."""

    async def work() -> KitView:
        async with open_rooms(cli) as rooms:
            return await rooms.fleet.kit(reference)

    view = cli.run(work)
    head = [translate("SLOT"), translate("NAME"), translate("STATE"), translate("SERIAL"), translate("BATTERY")]
    rows = [
        [
            str(slot.number),
            slot.name,
            slot.stage.value,
            slot.serial or "",
            "" if slot.battery is None else f"{slot.battery} %",
        ]
        for slot in view.slots
    ]
    lines = [
        f"{view.kit.name} · {view.school.name} ({view.kit.uai})",
        translate("{ready} of {all} ready", ready=view.ready, all=len(view.slots)),
        *table(head, rows),
    ]
    show(view, as_json=as_json, lines=lambda: lines)


@kit.command(help=translate("Make the codes that a kit's tablets scan, as PNG or SVG files in a folder."))
@click.argument("reference", metavar="KIT")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help=translate("The folder to write to.")
)
@click.option("--format", "form", type=click.Choice(["png", "svg"]), default="png", show_default=True)
@click.option("--slots/--no-slots", default=True, help=translate("One code for each slot too, not only the kit's."))
@click.option("--hours", type=click.IntRange(1, 24 * 90), help=translate("For how long the codes are valid."))
@click.option("--wifi", is_flag=True, help=translate("Put the edition's first Wi-Fi network into codes for Android."))
@json_option
@pass_cli
def qr(
    cli: Cli, reference: str, out: Path, form: str, slots: bool, hours: int | None, wifi: bool, as_json: bool
) -> None:
    """Write the codes; the addresses in them are secrets and are not printed."""

    async def work() -> list[str]:
        async with open_rooms(cli) as rooms:
            view = await rooms.fleet.kit(reference)
            lifetime = timedelta(hours=hours or cli.settings.enrollment.ticket_hours)
            codes = await rooms.tickets.codes(
                view.kit.kit_id, slots=slots, lifetime=lifetime, actor=cli.actor, wifi=wifi
            )
            if not all(code.address for code in codes):
                raise AgentMissing
            return await asyncio.to_thread(_write, codes, out, form)

    written = cli.run(work)
    show(written, as_json=as_json, lines=lambda: written)


def _write(codes: Sequence[KitCode], folder: Path, form: str) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for code in codes:
        name = "kit" if code.slot_number is None else f"slot-{code.slot_number:02d}"
        path = folder / f"{name}.{form}"
        path.touch(mode=0o600)
        path.write_bytes(code.png() if form == "png" else code.svg())
        written.append(str(path))
    return written
