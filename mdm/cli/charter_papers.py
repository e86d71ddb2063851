"""The charter on paper, and what changes from one edition to another, at a terminal."""

from pathlib import Path

import click

from mdm.cli.context import Cli, json_option, pass_cli, show, translate
from mdm.cli.rooms import open_rooms
from profiles.charter.differences import difference_lines
from profiles.charter.public_page import PublicCharter


@click.command(help=translate("Write the charter as PDF, with the digest and the code by which it is checked."))
@click.option("--edition", "reference", default="head", show_default=True, help=translate("Which edition."))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@pass_cli
def paper(cli: Cli, reference: str, out: Path) -> None:
    """Print the charter."""

    async def work() -> bytes:
        async with open_rooms(cli) as rooms:
            charter = rooms.charter
            public = PublicCharter(rooms.database, charter.editions, charter.agreed, address=cli.settings.people.url)
            return await public.paper((await charter.editions.show(reference)).number, cli.words)

    out.write_bytes(cli.run(work))
    click.echo(str(out))


@click.command(help=translate("Say in plain words what changes from one edition to another."))
@click.argument("before")
@click.argument("after", default="head")
@json_option
@pass_cli
def differences(cli: Cli, before: str, after: str, as_json: bool) -> None:
    """Compare two editions."""

    async def work() -> list[str]:
        async with open_rooms(cli) as rooms:
            editions = rooms.charter.editions
            one, other = await editions.show(before), await editions.show(after)
            return difference_lines(one.state, other.state, cli.words)

    lines = cli.run(work)
    show(lines, as_json=as_json, lines=lambda: lines or [translate("Nothing changes.")])
