"""``valise school networks``: the public addresses from which the tablets of schools come."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click

from mdm.cli.context import Cli, json_option, pass_cli, show, translate
from mdm.home.modes.school_networks import Added, SchoolNetworks


@click.group(help=translate("Show and set the networks by which a borrowed tablet is known to be at school."))
def networks() -> None:
    """Group the verbs about schools' networks."""


@networks.command("list", help=translate("List the networks of a school."))
@click.argument("uai")
@json_option
@pass_cli
def list_networks(cli: Cli, uai: str, as_json: bool) -> None:
    """Print a school's networks."""

    async def work() -> tuple[str, ...]:
        async with _networks(cli) as found:
            return await found.show(uai)

    kept = cli.run(work)
    show(kept, as_json=as_json, lines=lambda: list(kept) or [translate("The school has no network.")])


@networks.command(help=translate("Add a network to one school, or to several that share an outlet."))
@click.argument("network")
@click.argument("uais", metavar="UAI...", nargs=-1, required=True)
@json_option
@pass_cli
def add(cli: Cli, network: str, uais: tuple[str, ...], as_json: bool) -> None:
    """Add a network."""

    async def work() -> Added:
        async with _networks(cli) as found:
            return await found.add(uais, network, actor=cli.actor)

    done = cli.run(work)
    said = translate(
        "{network} was added. Schools that did not have it yet: {schools}", network=done.network, schools=done.schools
    )
    show(done, as_json=as_json, lines=lambda: [said])


@networks.command(help=translate("Take a network away from a school."))
@click.argument("uai")
@click.argument("network")
@pass_cli
def remove(cli: Cli, uai: str, network: str) -> None:
    """Take a network away."""

    async def work() -> None:
        async with _networks(cli) as found:
            await found.remove(uai, network, actor=cli.actor)

    cli.run(work)
    click.echo(translate("The network was removed."))


@asynccontextmanager
async def _networks(cli: Cli) -> AsyncIterator[SchoolNetworks]:
    async with cli.database() as database:
        proxies = cli.settings.device.trusted_proxies
        yield SchoolNetworks(database, cli.clock, cli.journal, proxies=proxies)
