"""``valise cost``, the verbs about shares: keys, pupil numbers, the year's statement and its export."""

import asyncio
import hashlib
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import click

from mdm.cli.context import EXIT_NOT_RIGHT, Cli, json_option, pass_cli, show, table, translate
from mdm.fleet.fleet import Fleet
from mdm.fleet.import_report import ImportRefused
from profiles.costs.costs import Costs
from profiles.costs.money import euros, parse_percent, percent
from profiles.costs.place_store import SchoolPupils
from profiles.costs.pupil_import import PupilReport
from profiles.costs.sharing import AUTHORITY, ItemRule, KeyDraft, Rule, SharingKey
from profiles.costs.statement import Statement
from profiles.costs.words import BASIS_NAMES, Basis, parse_day, parse_word

_key_option = click.option("--key", "reference", default="", help=translate("The deliberation that you mean."))


@click.command(help=translate("Enter the sharing key that a deliberation adopted; a key never changes afterwards."))
@click.argument("reference")
@click.option("--adopted", required=True, help=translate("The day of the deliberation, such as 2026-03-31."))
@click.option("--from", "first_year", type=int, required=True, help=translate("The first year that it is for."))
@click.option("--common", required=True, help=translate("What the authority bears itself, in percent."))
@click.option("--by", "basis", required=True, help=translate("What the rest is in proportion to: pupils or tablets."))
@click.option(
    "--rule",
    "rules",
    multiple=True,
    metavar="ITEM=PERCENT,BASIS",
    help=translate("Another rule for a kind or a purchase, such as licence=100,pupils; may be repeated."),
)
@click.option("--replaces", default="", help=translate("The deliberation whose key it replaces."))
@json_option
@pass_cli
def key(
    cli: Cli,
    reference: str,
    adopted: str,
    first_year: int,
    common: str,
    basis: str,
    rules: tuple[str, ...],
    replaces: str,
    as_json: bool,
) -> None:
    """Enter a sharing key."""

    async def work() -> SharingKey:
        draft = KeyDraft(
            reference=reference,
            adopted_on=parse_day(adopted),
            first_year=first_year,
            rule=Rule(common_per_mille=parse_percent(common), basis=parse_word(Basis, basis)),
            items=tuple(_item_rule(rule) for rule in rules),
        )
        async with _costs(cli) as costs:
            return await costs.adopt_key(draft, replaces=replaces, actor=cli.actor)

    made = cli.run(work)
    show(made, as_json=as_json, lines=lambda: _table(cli, [made]))


@click.command(help=translate("List the sharing keys, oldest first."))
@json_option
@pass_cli
def keys(cli: Cli, as_json: bool) -> None:
    """Print the keys."""

    async def work() -> list[SharingKey]:
        async with _costs(cli) as costs:
            return await costs.keys()

    found = cli.run(work)
    show(found, as_json=as_json, lines=lambda: _table(cli, found))


@click.command(help=translate("Show the pupil numbers for YEAR, enter one, or import a CSV file (tried first)."))
@click.argument("year", type=int)
@click.option("--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help=translate("A CSV file."))
@click.option("--apply", "applied", is_flag=True, help=translate("Import; without it only what would be done."))
@click.option("--school", "uai", help=translate("The school's UAI code."))
@click.option("--count", type=int, help=translate("How many pupils this school has."))
@json_option
@pass_cli
def pupils(
    cli: Cli, year: int, file: Path | None, applied: bool, uai: str | None, count: int | None, as_json: bool
) -> None:
    """Show, enter or import pupil numbers."""
    if (uai is None) != (count is None) or (file is not None and uai is not None):
        raise click.UsageError(translate("Give a file, or a school with its number of pupils."))
    if file is not None:
        _import(cli, year, file.read_bytes(), applied=applied, as_json=as_json)
        return

    async def work() -> list[SchoolPupils]:
        async with _costs(cli) as costs:
            if uai is not None and count is not None:
                await costs.set_pupils(uai, year, count, actor=cli.actor)
            return await costs.pupils(year)

    found = cli.run(work)
    head = ["INSEE", translate("COMMUNE"), "UAI", translate("SCHOOL"), translate("PUPILS")]
    rows = [
        [one.insee, one.commune, one.uai, one.name, "–" if one.pupils is None else str(one.pupils)] for one in found
    ]
    show(found, as_json=as_json, lines=lambda: table(head, rows))


@click.command(help=translate("Show what YEAR costs, and what each commune bears."))
@click.argument("year", type=int)
@_key_option
@json_option
@pass_cli
def share(cli: Cli, year: int, reference: str, as_json: bool) -> None:
    """Print the year's statement."""

    async def work() -> tuple[Statement, dict[str, str]]:
        async with cli.database() as database:
            costs = Costs(database, cli.clock, cli.journal)
            communes = await Fleet(database, cli.clock, cli.journal).communes()
            return await costs.statement(year, key=reference), {one.insee: one.name for one in communes}

    statement, communes = cli.run(work)
    names = {**communes, AUTHORITY: cli.settings.enrollment.organization}
    show(statement, as_json=as_json, lines=lambda: _statement_lines(statement, names))


@click.command(help=translate("Write what YEAR costs, by commune and purchase, as a CSV file for the accountant."))
@click.argument("year", type=int)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help=translate("The file to write.")
)
@_key_option
@json_option
@pass_cli
def export(cli: Cli, year: int, out: Path, reference: str, as_json: bool) -> None:
    """Write the year's statement."""

    async def work() -> bytes:
        async with _costs(cli) as costs:
            body = await costs.export(
                year,
                key=reference,
                authority=cli.settings.enrollment.organization,
                words=cli.words,
                actor=cli.actor,
            )
        await asyncio.to_thread(out.write_bytes, body)
        return body

    digest = hashlib.sha256(cli.run(work)).hexdigest()
    show({"file": str(out), "sha256": digest}, as_json=as_json, lines=lambda: [str(out), f"SHA-256 {digest}"])


def _item_rule(text: str) -> ItemRule:
    item, equals, said = text.partition("=")
    common, comma, basis = said.rpartition(",")
    if not equals or not comma:
        raise click.UsageError(translate("A rule is written ITEM=PERCENT,BASIS: {rule}", rule=text))
    return ItemRule(item=item, rule=Rule(common_per_mille=parse_percent(common), basis=parse_word(Basis, basis)))


def _import(cli: Cli, year: int, body: bytes, *, applied: bool, as_json: bool) -> None:
    async def work() -> PupilReport | ImportRefused:
        async with _costs(cli) as costs:
            try:
                return await costs.import_pupils(body, year, actor=cli.actor, dry_run=not applied)
            except ImportRefused as refused:
                return refused

    report = cli.run(work)
    if isinstance(report, ImportRefused):
        for problem in report.problems:
            place = translate(
                "line {line}, {column}: {value}", line=problem.line, column=problem.column or "-", value=problem.value
            )
            click.echo(f"{place}\n    {problem.text(cli.words)} {problem.advice(cli.words)}", err=True)
        click.echo(report.text(cli.words), err=True)
        sys.exit(EXIT_NOT_RIGHT)
    lines = [f"{one.uai}: {'–' if one.before is None else one.before} → {one.after}" for one in report.changed]
    unchanged = report.lines - len(report.changed)
    lines.append(translate("{count} lines say what is known already.", count=unchanged))
    lines.append(translate("Imported.") if report.applied else translate("Nothing was changed: add --apply to import."))
    show(report, as_json=as_json, lines=lambda: lines)


def _table(cli: Cli, found: list[SharingKey]) -> list[str]:
    head = [translate("KEY"), translate("ADOPTED"), translate("FROM"), translate("COMMON SHARE"), translate("BY")]
    rows = []
    for one in found:
        general = [one.reference, one.adopted_on.isoformat(), str(one.first_year), *_rule_cells(cli, one.rule)]
        rows.append(general)
        rows += [["", "", f"  {item.item[-9:]}", *_rule_cells(cli, item.rule)] for item in one.items]
    return table(head, rows)


def _rule_cells(cli: Cli, rule: Rule) -> list[str]:
    return [f"{percent(rule.common_per_mille, translate.lang)} %", cli.words(BASIS_NAMES[rule.basis])]


def _statement_lines(statement: Statement, names: Mapping[str, str]) -> list[str]:
    lang = translate.lang
    head = [translate("PURCHASE"), translate("GROSS"), translate("SUBSIDY"), translate("NET")]
    rows = [
        [item.purchase.label, *(euros(cents, lang) for cents in (item.gross_cents, item.subsidy_cents, item.net_cents))]
        for item in statement.items
    ]
    shares = [[insee, names.get(insee, ""), euros(cents, lang)] for insee, cents in statement.by_commune().items()]
    whole = sum(item.net_cents for item in statement.items)
    return [
        translate("{year}, by the key “{key}”", year=statement.year, key=statement.key.reference),
        "",
        *table(head, rows),
        "",
        *table(["INSEE", translate("COMMUNE"), translate("SHARE")], shares),
        translate("In all: {amount}", amount=euros(whole, lang)),
    ]


@asynccontextmanager
async def _costs(cli: Cli) -> AsyncIterator[Costs]:
    async with cli.database() as database:
        yield Costs(database, cli.clock, cli.journal)
