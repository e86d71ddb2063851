"""``valise school``: schools and their communes."""

import click

from mdm.cli.context import Cli, json_option, pass_cli, show, table, translate
from mdm.cli.rooms import open_rooms
from mdm.cli.school_networks import networks
from mdm.fleet.fleet import Fleet
from mdm.fleet.territory import School, Territory


@click.group(help=translate("Create schools and list them; valise import takes many at once."))
def school() -> None:
    """Group the verbs about schools."""


school.add_command(networks)


@school.command(help=translate("Create the school with code UAI, and its commune and territory where they are new."))
@click.argument("uai")
@click.argument("name")
@click.option("--insee", required=True, help=translate("The commune's INSEE code."))
@click.option("--commune", required=True, help=translate("The commune's name."))
@click.option("--territory", required=True, help=translate("The territory's name."))
@json_option
@pass_cli
def create(cli: Cli, uai: str, name: str, insee: str, commune: str, territory: str, as_json: bool) -> None:
    """Create a school."""

    async def work() -> School:
        async with open_rooms(cli) as rooms:
            owner = await _territory(rooms.fleet, territory, cli.actor)
            if insee.upper() not in {one.insee for one in await rooms.fleet.communes()}:
                await rooms.fleet.create_commune(insee, commune, territory_id=owner.territory_id, actor=cli.actor)
            return await rooms.fleet.create_school(uai, name, insee=insee, actor=cli.actor)

    made = cli.run(work)
    show(made, as_json=as_json, lines=lambda: [translate("School {uai} created: {name}", uai=made.uai, name=made.name)])


@school.command("list", help=translate("List the schools."))
@json_option
@pass_cli
def list_schools(cli: Cli, as_json: bool) -> None:
    """Print the schools by their code."""

    async def work() -> list[School]:
        async with open_rooms(cli) as rooms:
            return await rooms.fleet.schools()

    schools = cli.run(work)
    rows = [[one.uai, one.insee, one.name] for one in schools]
    show(schools, as_json=as_json, lines=lambda: table(["UAI", "INSEE", translate("NAME")], rows))


async def _territory(fleet: Fleet, name: str, actor: str) -> Territory:
    for known in await fleet.territories():
        if known.name == name:
            return known
    return await fleet.create_territory(name, actor=actor)
