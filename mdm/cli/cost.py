"""``valise cost``: what the tablets cost. Here the purchases; shares, subsidies and lives are in files beside."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import click
import msgspec

from mdm.cli.context import Cli, json_option, pass_cli, show, table, translate
from mdm.cli.cost_funding import subsidies, subsidy, subsidy_change, subsidy_state
from mdm.cli.cost_life import in_service, life, renewal
from mdm.cli.cost_sharing import export, key, keys, pupils, share
from profiles.costs.costs import Costs
from profiles.costs.errors import NothingCovered
from profiles.costs.money import euros, parse_amount, parse_percent, percent
from profiles.costs.purchase import Coverage, Lot, Purchase, PurchaseDraft
from profiles.costs.words import KIND_NAMES, Extent, PurchaseKind, Recurrence, parse_day, parse_word


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says of a purchase; None and empty where it says nothing."""

    kind: str | None = None
    amount: str | None = None
    vat: str | None = None
    day: str | None = None
    reference: str | None = None
    territory: str | None = None
    communes: tuple[str, ...] = ()
    schools: tuple[str, ...] = ()
    kits: tuple[str, ...] = ()
    item: str | None = None
    group: bool | None = None
    lots: tuple[str, ...] = ()
    yearly: bool | None = None
    until: int | None = None
    units: int | None = None
    life: int | None = None


_DETAILS = (
    click.option("--reference", help=translate("The supplier's reference: an invoice or a contract.")),
    click.option("--territory", help=translate("For all the communes of this territory.")),
    click.option("--commune", "communes", multiple=True, help=translate("For this commune (INSEE); may be repeated.")),
    click.option("--school", "schools", multiple=True, help=translate("For this school (UAI); may be repeated.")),
    click.option("--kit", "kits", multiple=True, help=translate("For this kit; may be repeated.")),
    click.option("--item", help=translate("What it buys, by its identifier in the catalogue.")),
    click.option("--group/--no-group", default=None, help=translate("Whether authorities bought together.")),
    click.option("--lot", "lots", multiple=True, metavar="LABEL=AMOUNT", help=translate("A lot; may be repeated.")),
    click.option("--yearly/--once", default=None, help=translate("Whether it is paid every year.")),
    click.option("--until", type=int, help=translate("The last year that a yearly purchase is paid for.")),
    click.option("--units", type=int, help=translate("How many tablets or licences it is.")),
    click.option("--life", type=int, help=translate("How many years its tablets are planned for: 4 to 6.")),
)
Verb = TypeVar("Verb", bound=Callable[..., None])


def _details(verb: Verb) -> Verb:
    """Give a verb the options that say more of a purchase."""
    for option in reversed(_DETAILS):
        verb = option(verb)
    return verb


@click.group(help=translate("Enter purchases, share their cost among communes, foresee the renewal of tablets."))
def cost() -> None:
    """Group the verbs about costs."""


@cost.command(help=translate("Enter a purchase; amounts include VAT."))
@click.argument("label")
@click.option("--kind", required=True, help=translate("hardware, licence, service, case or repair."))
@click.option(
    "--amount", required=True, help=translate("The amount with VAT, such as 12345,60; of one year if yearly.")
)
@click.option("--vat", default="20", show_default=True, help=translate("The VAT rate in percent."))
@click.option("--date", "day", required=True, help=translate("The day of the purchase, such as 2026-03-31."))
@_details
@json_option
@pass_cli
def add(cli: Cli, /, label: str, as_json: bool, **options: object) -> None:
    """Enter a purchase."""
    given = msgspec.convert(options, Given)

    async def work() -> tuple[Purchase, list[str]]:
        draft = PurchaseDraft(
            label=label,
            kind=parse_word(PurchaseKind, given.kind or ""),
            amount_cents=parse_amount(given.amount or ""),
            vat_per_mille=parse_percent(given.vat or ""),
            bought_on=parse_day(given.day or ""),
            coverage=_coverage(given),
            supplier_reference=given.reference or "",
            item_id=given.item or "",
            group_purchase=bool(given.group),
            lots=tuple(_lot(lot) for lot in given.lots),
            recurrence=Recurrence.YEARLY if given.yearly else Recurrence.ONCE,
            last_year=given.until,
            units=given.units,
            life_years=given.life,
        )
        async with _costs(cli) as costs:
            made = await costs.add(draft, actor=cli.actor)
            return made, await costs.place_names(made)

    made, places = cli.run(work)
    show(made, as_json=as_json, lines=lambda: _full(cli, made, places))


@cost.command(help=translate("Correct a purchase that you saw at a version; only what is given changes."))
@click.argument("purchase")
@click.option("--version", "revision", type=int, required=True, help=translate("The version that you saw."))
@click.option("--label", help=translate("Its name."))
@click.option("--kind", help=translate("hardware, licence, service, case or repair."))
@click.option("--amount", help=translate("The amount with VAT, such as 12345,60; of one year if yearly."))
@click.option("--vat", help=translate("The VAT rate in percent."))
@click.option("--date", "day", help=translate("The day of the purchase, such as 2026-03-31."))
@_details
@json_option
@pass_cli
def change(cli: Cli, /, purchase: str, revision: int, label: str | None, as_json: bool, **options: object) -> None:
    """Correct a purchase."""
    given = msgspec.convert(options, Given)

    async def work() -> tuple[Purchase, list[str]]:
        async with _costs(cli) as costs:
            found = await costs.purchase(purchase)
            draft = _corrected(found, given, label)
            kept = await costs.change(found.purchase_id, draft, revision=revision, actor=cli.actor)
            return kept, await costs.place_names(kept)

    kept, places = cli.run(work)
    show(kept, as_json=as_json, lines=lambda: _full(cli, kept, places))


@cost.command(help=translate("Let a purchase that was entered by mistake count no more."))
@click.argument("purchase")
@click.option("--version", "revision", type=int, required=True, help=translate("The version that you saw."))
@json_option
@pass_cli
def withdraw(cli: Cli, purchase: str, revision: int, as_json: bool) -> None:
    """Withdraw a purchase."""

    async def work() -> Purchase:
        async with _costs(cli) as costs:
            found = await costs.purchase(purchase)
            return await costs.withdraw(found.purchase_id, revision=revision, actor=cli.actor)

    gone = cli.run(work)
    show(gone, as_json=as_json, lines=lambda: [translate("“{label}” counts no more.", label=gone.label)])


@cost.command("list", help=translate("List the purchases, by day."))
@json_option
@pass_cli
def list_purchases(cli: Cli, as_json: bool) -> None:
    """Print the purchases."""

    async def work() -> list[Purchase]:
        async with _costs(cli) as costs:
            return await costs.purchases()

    found = cli.run(work)
    head = [translate("PURCHASE"), translate("DATE"), translate("KIND"), translate("AMOUNT"), translate("NAME")]
    rows = [
        [
            one.purchase_id[-8:],
            one.bought_on.isoformat(),
            cli.words(KIND_NAMES[one.kind]),
            euros(one.amount_cents, translate.lang),
            one.label,
        ]
        for one in found
    ]
    show(found, as_json=as_json, lines=lambda: table(head, rows))


@cost.command("show", help=translate("Show a purchase, by its identifier or the end of it."))
@click.argument("purchase")
@json_option
@pass_cli
def show_purchase(cli: Cli, purchase: str, as_json: bool) -> None:
    """Print a purchase in full."""

    async def work() -> tuple[Purchase, list[str]]:
        async with _costs(cli) as costs:
            found = await costs.purchase(purchase)
            return found, await costs.place_names(found)

    found, places = cli.run(work)
    show(found, as_json=as_json, lines=lambda: _full(cli, found, places))


for verb in (
    *(key, keys, pupils, share, export),
    *(subsidy, subsidies, subsidy_change, subsidy_state),
    *(renewal, life, in_service),
):
    cost.add_command(verb)


def _coverage(given: Given) -> Coverage:
    named = {
        Extent.TERRITORY: (given.territory,) if given.territory else (),
        Extent.COMMUNES: given.communes,
        Extent.SCHOOLS: given.schools,
        Extent.KITS: given.kits,
    }
    said = [(extent, places) for extent, places in named.items() if places]
    if len(said) != 1:
        raise NothingCovered
    return Coverage(extent=said[0][0], places=said[0][1])


def _lot(text: str) -> Lot:
    label, equals, amount = text.rpartition("=")
    if not equals:
        raise click.UsageError(translate("A lot is written LABEL=AMOUNT: {lot}", lot=text))
    return Lot(label=label, amount_cents=parse_amount(amount))


def _corrected(found: Purchase, given: Given, label: str | None) -> PurchaseDraft:
    fields = {name: getattr(found, name) for name in PurchaseDraft.__struct_fields__}
    said = {
        "label": label,
        "kind": parse_word(PurchaseKind, given.kind) if given.kind else None,
        "amount_cents": parse_amount(given.amount) if given.amount else None,
        "vat_per_mille": parse_percent(given.vat) if given.vat else None,
        "bought_on": parse_day(given.day) if given.day else None,
        "coverage": _coverage(given) if given.territory or given.communes or given.schools or given.kits else None,
        "supplier_reference": given.reference,
        "item_id": given.item,
        "group_purchase": given.group,
        "lots": tuple(_lot(lot) for lot in given.lots) or None,
        "last_year": given.until,
        "units": given.units,
        "life_years": given.life,
    }
    if given.yearly is not None:
        said["recurrence"] = Recurrence.YEARLY if given.yearly else Recurrence.ONCE
        if not given.yearly:
            fields["last_year"] = None
    return PurchaseDraft(**{**fields, **{name: value for name, value in said.items() if value is not None}})


def _full(cli: Cli, one: Purchase, places: list[str]) -> list[str]:
    lines = [
        f"{one.label} · {cli.words(KIND_NAMES[one.kind])} · {one.bought_on.isoformat()}",
        translate(
            "  {amount} with VAT at {vat} %",
            amount=euros(one.amount_cents, translate.lang),
            vat=percent(one.vat_per_mille, translate.lang),
        ),
        translate("  for: {places}", places=", ".join(places)),
        translate("  identifier {id}, version {version}", id=one.purchase_id, version=one.revision),
    ]
    if one.recurrence is Recurrence.YEARLY:
        until = str(one.last_year) if one.last_year is not None else "–"
        lines.append(translate("  every year, the last one: {until}", until=until))
    if one.units is not None:
        lines.append(translate("  tablets or licences: {units}", units=one.units))
    if one.life_years is not None:
        lines.append(translate("  planned life in years: {years}", years=one.life_years))
    lines += [f"  · {lot.label} {euros(lot.amount_cents, translate.lang)}" for lot in one.lots]
    return lines


@asynccontextmanager
async def _costs(cli: Cli) -> AsyncIterator[Costs]:
    async with cli.database() as database:
        yield Costs(database, cli.clock, cli.journal)
