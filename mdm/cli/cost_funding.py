"""``valise cost``, the verbs about subsidies."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click

from mdm.cli.context import Cli, json_option, pass_cli, show, table, translate
from profiles.costs.funding import Funding
from profiles.costs.money import euros, parse_amount, parse_percent, percent
from profiles.costs.subsidies import Subsidy, SubsidyDraft
from profiles.costs.words import STATE_NAMES, SubsidyState, parse_day, parse_word


@click.command(help=translate("Enter a subsidy that is asked of FUNDER for some purchases."))
@click.argument("funder")
@click.option("--rate", required=True, help=translate("What it pays of what qualifies, in percent."))
@click.option(
    "--purchase", "purchases", multiple=True, required=True, help=translate("One that qualifies; may be repeated.")
)
@click.option("--ceiling", help=translate("The most that it pays in all."))
@click.option("--reference", default="", help=translate("The funder's reference."))
@click.option("--starts", help=translate("Purchases qualify from this day on."))
@click.option("--ends", help=translate("Purchases qualify up to this day."))
@click.option("--without-vat", is_flag=True, help=translate("The funder counts amounts without VAT."))
@json_option
@pass_cli
def subsidy(
    cli: Cli,
    funder: str,
    rate: str,
    purchases: tuple[str, ...],
    ceiling: str | None,
    reference: str,
    starts: str | None,
    ends: str | None,
    without_vat: bool,
    as_json: bool,
) -> None:
    """Enter a subsidy."""

    async def work() -> Subsidy:
        draft = SubsidyDraft(
            funder=funder,
            reference=reference,
            rate_per_mille=parse_percent(rate),
            ceiling_cents=parse_amount(ceiling) if ceiling else None,
            purchases=purchases,
            vat_qualifies=not without_vat,
            starts_on=parse_day(starts) if starts else None,
            ends_on=parse_day(ends) if ends else None,
        )
        async with _funding(cli) as funding:
            return await funding.add(draft, actor=cli.actor)

    made = cli.run(work)
    show(made, as_json=as_json, lines=lambda: _table(cli, [made]))


@click.command(help=translate("List the subsidies; with --year also what each gives for that year's purchases."))
@click.option("--year", type=int, help=translate("The year."))
@json_option
@pass_cli
def subsidies(cli: Cli, year: int | None, as_json: bool) -> None:
    """Print the subsidies."""

    async def work() -> tuple[list[Subsidy], dict[str, int]]:
        async with _funding(cli) as funding:
            given: dict[str, int] = {}
            for grant in await funding.grants(year) if year is not None else ():
                given[grant.subsidy_id] = given.get(grant.subsidy_id, 0) + grant.amount_cents
            return await funding.subsidies(), given

    found, given = cli.run(work)
    shown = found if year is None else [{"subsidy": one, "cents": given.get(one.subsidy_id, 0)} for one in found]
    lines = _table(cli, found, given if year is not None else None)
    show(shown, as_json=as_json, lines=lambda: lines)


@click.command(
    "subsidy-change", help=translate("Correct a subsidy that you saw at a version; only what is given changes.")
)
@click.argument("reference", metavar="SUBSIDY")
@click.option("--version", "revision", type=int, required=True, help=translate("The version that you saw."))
@click.option("--rate", help=translate("What it pays of what qualifies, in percent."))
@click.option("--ceiling", help=translate("The most that it pays in all."))
@click.option("--purchase", "purchases", multiple=True, help=translate("One that qualifies; may be repeated."))
@json_option
@pass_cli
def subsidy_change(
    cli: Cli,
    reference: str,
    revision: int,
    rate: str | None,
    ceiling: str | None,
    purchases: tuple[str, ...],
    as_json: bool,
) -> None:
    """Correct a subsidy."""

    async def work() -> Subsidy:
        async with _funding(cli) as funding:
            found = await funding.subsidy(reference)
            fields = {name: getattr(found, name) for name in SubsidyDraft.__struct_fields__}
            if rate:
                fields["rate_per_mille"] = parse_percent(rate)
            if ceiling:
                fields["ceiling_cents"] = parse_amount(ceiling)
            if purchases:
                fields["purchases"] = purchases
            draft = SubsidyDraft(**fields)
            return await funding.change(found.subsidy_id, draft, revision=revision, actor=cli.actor)

    kept = cli.run(work)
    show(kept, as_json=as_json, lines=lambda: _table(cli, [kept]))


@click.command("subsidy-state", help=translate("Note that a subsidy was granted, paid or refused."))
@click.argument("reference", metavar="SUBSIDY")
@click.argument("state")
@click.option("--version", "revision", type=int, required=True, help=translate("The version that you saw."))
@json_option
@pass_cli
def subsidy_state(cli: Cli, reference: str, state: str, revision: int, as_json: bool) -> None:
    """Note what became of a subsidy."""

    async def work() -> Subsidy:
        async with _funding(cli) as funding:
            found = await funding.subsidy(reference)
            wanted = parse_word(SubsidyState, state)
            return await funding.move(found.subsidy_id, wanted, revision=revision, actor=cli.actor)

    kept = cli.run(work)
    show(kept, as_json=as_json, lines=lambda: _table(cli, [kept]))


def _table(cli: Cli, found: list[Subsidy], given: dict[str, int] | None = None) -> list[str]:
    lang = translate.lang
    head = [
        *(translate("SUBSIDY"), translate("VERSION"), translate("FUNDER"), translate("RATE"), translate("CEILING")),
        translate("STATE"),
    ]
    rows = [
        [
            one.subsidy_id[-8:],
            str(one.revision),
            one.funder,
            f"{percent(one.rate_per_mille, lang)} %",
            "–" if one.ceiling_cents is None else euros(one.ceiling_cents, lang),
            cli.words(STATE_NAMES[one.state]),
        ]
        for one in found
    ]
    if given is not None:
        head.append(translate("AMOUNT"))
        rows = [[*row, euros(given.get(one.subsidy_id, 0), lang)] for row, one in zip(rows, found, strict=True)]
    return table(head, rows)


@asynccontextmanager
async def _funding(cli: Cli) -> AsyncIterator[Funding]:
    async with cli.database() as database:
        yield Funding(database, cli.clock, cli.journal)
