"""``valise geography``: where the territory's communes are, for the map."""

from pathlib import Path

import click

from mdm.cli.context import Cli, json_option, pass_cli, show, translate
from mdm.fleet_view.geography import Geography, GeographyReport


@click.group(help=translate("Tell where the territory's communes are, for the map of the fleet."))
def geography() -> None:
    """Group the verbs about places."""


@geography.command(
    "import",
    help=translate("Import the communes' contours or centres from a GeoJSON file, such as one of geo.api.gouv.fr."),
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@pass_cli
def import_geography(cli: Cli, file: Path, as_json: bool) -> None:
    """Import places."""
    body = file.read_bytes()

    async def work() -> GeographyReport:
        async with cli.database() as database:
            return await Geography(database, cli.clock, cli.journal).import_file(body, actor=cli.actor)

    report = cli.run(work)
    lines = [
        translate("Communes: {communes}, with their contours: {contours}.", communes=report.communes,
                  contours=report.contours),
        translate("Left aside, because they are of other territories: {count}.", count=report.elsewhere),
    ]  # fmt: skip
    if report.missing:
        lines.append(translate("Still without a place on the map: {communes}.", communes=", ".join(report.missing)))
    show(report, as_json=as_json, lines=lambda: lines)
