"""``valise edition``: what the tablets may hold."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import click

from mdm.cli.context import Cli, json_option, pass_cli, show, table, translate
from mdm.cli.rooms import open_rooms
from profiles.compilers import compilers_of
from profiles.edition import Edition
from profiles.edition_store import StoredEdition
from profiles.editions import Editions, Gaps

FindKit = Callable[[str], Awaitable[str]]


@click.group(help=translate("Load editions from files, and let kits or schools follow them."))
def edition() -> None:
    """Group the verbs about editions."""


@edition.command(help=translate("Load an edition from a TOML or JSON file; the same content twice is one edition."))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kit", "reference", help=translate("Let this kit follow it."))
@click.option("--school", "uai", help=translate("Let this school's kits follow it."))
@json_option
@pass_cli
def load(cli: Cli, file: Path, reference: str | None, uai: str | None, as_json: bool) -> None:
    """Load an edition."""
    body = file.read_bytes()

    async def work() -> tuple[Edition, Gaps]:
        async with _editions(cli) as (editions, find_kit):
            made = await editions.load(body, file.name, actor=cli.actor)
            if reference is not None:
                await editions.follow(made.edition_id, kit_id=await find_kit(reference), actor=cli.actor)
            if uai is not None:
                await editions.follow(made.edition_id, uai=uai.upper(), actor=cli.actor)
            return made, await editions.gaps(made)

    made, gaps = cli.run(work)
    shown = {"edition_id": made.edition_id, "name": made.name, "gaps": gaps}
    show(shown, as_json=as_json, lines=lambda: [f"{made.edition_id}  {made.name}", *_gap_lines(cli, gaps)])


@edition.command("list", help=translate("List the editions."))
@json_option
@pass_cli
def list_editions(cli: Cli, as_json: bool) -> None:
    """Print the editions, newest first."""

    async def work() -> list[StoredEdition]:
        async with _editions(cli) as (editions, _):
            return await editions.list()

    found = cli.run(work)
    rows = [[one.edition_id[:12], one.name, str(one.followed_by)] for one in found]
    head = [translate("EDITION"), translate("NAME"), translate("KITS")]
    show(found, as_json=as_json, lines=lambda: table(head, rows))


@edition.command("show", help=translate("Show an edition as canonical JSON."))
@click.argument("reference", metavar="EDITION")
@pass_cli
def show_edition(cli: Cli, reference: str) -> None:
    """Print an edition."""

    async def work() -> Edition:
        async with _editions(cli) as (editions, _):
            return await editions.show(reference)

    click.echo(cli.run(work).canonical().decode())


@edition.command(help=translate("Say what tablets of each platform will not obey, and what it would need."))
@click.argument("reference", metavar="EDITION")
@json_option
@pass_cli
def gaps(cli: Cli, reference: str, as_json: bool) -> None:
    """Print what cannot be enforced."""

    async def work() -> Gaps:
        async with _editions(cli) as (editions, _):
            return await editions.gaps(await editions.show(reference))

    found = cli.run(work)
    show(found, as_json=as_json, lines=lambda: _gap_lines(cli, found) or [translate("Everything is obeyed.")])


@edition.command(help=translate("Let a kit or a school follow an edition that was loaded."))
@click.argument("reference", metavar="EDITION")
@click.option("--kit", help=translate("The kit."))
@click.option("--school", "uai", help=translate("The school's UAI code."))
@pass_cli
def follow(cli: Cli, reference: str, kit: str | None, uai: str | None) -> None:
    """Assign an edition."""
    if (kit is None) == (uai is None):
        raise click.UsageError(translate("Name a kit or a school."))

    async def work() -> str:
        async with _editions(cli) as (editions, find_kit):
            kit_id = await find_kit(kit) if kit is not None else None
            return await editions.follow(reference, kit_id=kit_id, uai=uai.upper() if uai else None, actor=cli.actor)

    click.echo(cli.run(work))


def _gap_lines(cli: Cli, gaps: Gaps) -> list[str]:
    lines = []
    platforms = (
        (translate("Not obeyed by iPads:"), gaps.ipad),
        (translate("Not obeyed by Android tablets:"), gaps.android),
    )
    for title, found in platforms:
        if found:
            lines += [title, *[f"  {one.in_words(cli.words)}" for one in found]]
    return lines


@asynccontextmanager
async def _editions(cli: Cli) -> AsyncIterator[tuple[Editions, FindKit]]:
    async with open_rooms(cli) as rooms:

        async def find_kit(reference: str) -> str:
            return (await rooms.fleet.kit(reference)).kit.kit_id

        yield Editions(rooms.database, cli.clock, cli.journal, compilers_of(cli.settings, cli.vault)), find_kit
