"""``valise charter found``: the founding act, from a file that names the convention and the first seats."""

from pathlib import Path

import click

from mdm.cli.committee_desk import open_desk
from mdm.cli.context import Cli, json_option, pass_cli, show, translate
from mdm.cli.identity import Claim, as_person
from profiles.charter.founding import founding_holdings
from profiles.charter.record import Record
from webui.permissions import Action


@click.command(help=translate("Found the charter from a file: territory, convention and first seats."))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@as_person
@pass_cli
def found(cli: Cli, claim: Claim, file: Path, as_json: bool) -> None:
    """Found the charter."""

    async def work() -> Record:
        founding = founding_holdings(file, clock=cli.clock, actor=f"account:{claim.login}")
        async with open_desk(cli) as desk:
            login = await desk.login(claim, Action.ADOPT_CONVENTION)
            await desk.committee.require_accounts(founding.holdings)
            return await desk.rooms.charter.editions.found(
                founding.territory, founding.convention, founding.holdings, actor=f"account:{login}"
            )

    record = cli.run(work)
    shown = {"edition_id": record.edition_id, "key": record.key, "seats": record.seats}
    lines = [
        translate(
            "The charter of {territory} is founded: {edition}", territory=record.territory, edition=record.edition_id
        ),
        translate("Publish the fingerprint of the first key, so that anybody can check: {key}", key=record.key),
    ]
    show(shown, as_json=as_json, lines=lambda: lines)
