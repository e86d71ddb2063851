"""``valise fault warranty``: how long makers repair tablets at their own cost."""

import click

from mdm.cli.context import Cli, json_option, pass_cli, show, table, translate
from profiles.costs.warranties import WarrantyDesk, WarrantyTerms


@click.command(help=translate("List how long warranties last, or enter it for a purchase or a model."))
@click.option("--purchase", default="", help=translate("The purchase that tablets came with."))
@click.option("--model", default="", help=translate("The model, for tablets whose purchase says nothing."))
@click.option("--months", type=int, help=translate("How many months it lasts."))
@json_option
@pass_cli
def warranty(cli: Cli, purchase: str, model: str, months: int | None, as_json: bool) -> None:
    """List or enter warranties."""
    if (months is None) != (not purchase and not model) or (purchase and model):
        raise click.UsageError(translate("Name a purchase or a model, with its months; or neither."))

    async def work() -> WarrantyTerms:
        async with cli.database() as database:
            desk = WarrantyDesk(database, cli.clock, cli.journal)
            if months is not None and purchase:
                await desk.cover_purchase(purchase, months, actor=cli.actor)
            elif months is not None:
                await desk.cover_model(model, months, actor=cli.actor)
            return await desk.terms()

    terms = cli.run(work)
    show(terms, as_json=as_json, lines=lambda: _lines(terms))


def _lines(terms: WarrantyTerms) -> list[str]:
    rows = [[one[-8:], str(months)] for one, months in terms.purchases.items()]
    rows += [[model, str(months)] for model, months in terms.models.items()]
    return table([translate("PURCHASE OR MODEL"), translate("MONTHS")], rows)
