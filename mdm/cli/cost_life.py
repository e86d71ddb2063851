"""``valise cost``, the verbs about the life of the hardware."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import click

from mdm.cli.context import Cli, json_option, pass_cli, show, table, translate
from profiles.costs.life_store import FleetModel
from profiles.costs.money import euros, parse_amount
from profiles.costs.renewal_plot import plot_renewals
from profiles.costs.renewal_table import renewals_page
from profiles.costs.renewal_words import in_words, remarks, school_name, school_year_name
from profiles.costs.renewals import NamedForecast, Renewals
from profiles.costs.words import parse_day


@click.command(help=translate("Foresee when tablets are to be replaced and at what cost, by school and school year."))
@click.option("--school", "uai", default="", help=translate("The school's UAI code."))
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    help=translate("Write a picture to this .svg file, or a page with the picture and a table to this .html file."),
)
@json_option
@pass_cli
def renewal(cli: Cli, uai: str, plot: Path | None, as_json: bool) -> None:
    """Print the forecast, and draw it."""
    if plot is not None and plot.suffix.lower() not in (".svg", ".html"):
        raise click.UsageError(translate("The file's name ends in .svg or .html: {file}", file=plot.name))

    async def work() -> NamedForecast:
        async with _renewals(cli) as renewals:
            named = await renewals.forecast(uai=uai)
        if plot is not None:
            draw = renewals_page if plot.suffix.lower() == ".html" else plot_renewals
            drawn = draw(named.forecast, named.schools, cli.words)
            await asyncio.to_thread(plot.write_text, drawn, "utf-8")
        return named

    named = cli.run(work)
    show(named.forecast, as_json=as_json, lines=lambda: _lines(cli, named))


@click.command(help=translate("List the models of tablets, or set how long MODEL is planned for."))
@click.argument("model", required=False)
@click.option("--years", type=int, help=translate("How many years it is planned for: 4 to 6."))
@click.option("--price", help=translate("What a new tablet costs, with VAT."))
@json_option
@pass_cli
def life(cli: Cli, model: str | None, years: int | None, price: str | None, as_json: bool) -> None:
    """List or set planned lives."""
    if (model is None) != (years is None):
        raise click.UsageError(translate("Name a model and its years, or neither."))

    async def work() -> list[FleetModel]:
        async with _renewals(cli) as renewals:
            if model is not None and years is not None:
                cents = parse_amount(price) if price else None
                await renewals.plan_model(model, years, price_cents=cents, actor=cli.actor)
            return await renewals.models()

    found = cli.run(work)
    show(found, as_json=as_json, lines=lambda: _model_table(found))


@click.command("in-service", help=translate("Enter since when tablets serve, or with which purchase they came."))
@click.option("--tablet", "tablets", multiple=True, help=translate("A tablet; may be given several times."))
@click.option("--kit", "kits", multiple=True, help=translate("All the tablets of this kit; may be repeated."))
@click.option("--since", help=translate("The day on which they were handed out, such as 2026-03-31."))
@click.option("--purchase", default="", help=translate("The purchase that they came with."))
@json_option
@pass_cli
def in_service(
    cli: Cli, tablets: tuple[str, ...], kits: tuple[str, ...], since: str | None, purchase: str, as_json: bool
) -> None:
    """Enter dates in service."""
    if since is None and not purchase:
        raise click.UsageError(translate("Give a day or a purchase."))

    async def work() -> list[str]:
        async with _renewals(cli) as renewals:
            return await renewals.put_in_service(
                tablets=tablets,
                kits=kits,
                since=parse_day(since) if since else None,
                purchase=purchase,
                actor=cli.actor,
            )

    done = cli.run(work)
    show(done, as_json=as_json, lines=lambda: [translate("Noted for {count} tablets.", count=len(done))])


def _lines(cli: Cli, named: NamedForecast) -> list[str]:
    head = [translate("SCHOOL YEAR"), translate("SCHOOL"), translate("TABLETS"), translate("AMOUNT"), ""]
    ordered = sorted(named.forecast.renewals, key=lambda one: (one.school_year, one.uai))
    rows = [
        [
            school_year_name(one.school_year),
            school_name(one.uai, named.schools, cli.words),
            str(one.tablets),
            euros(one.amount_cents, translate.lang) if one.amount_cents else "?",
            ", ".join(remarks(one, cli.words)),
        ]
        for one in ordered
    ]
    return [*table(head, rows), "", in_words(named.forecast, cli.words)]


def _model_table(found: list[FleetModel]) -> list[str]:
    head = [translate("MODEL"), translate("TABLETS"), translate("YEARS"), translate("PRICE")]
    rows = [
        [
            one.model or "–",
            str(one.tablets),
            "–" if one.life_years is None else str(one.life_years),
            "–" if one.price_cents is None else euros(one.price_cents, translate.lang),
        ]
        for one in found
    ]
    return table(head, rows)


@asynccontextmanager
async def _renewals(cli: Cli) -> AsyncIterator[Renewals]:
    async with cli.database() as database:
        yield Renewals(database, cli.clock, cli.journal)
