"""``valise fault``: reports of what is wrong with tablets, and what is done about it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import click
import msgspec

from mdm.cli.context import Cli, json_option, pass_cli, show, table, translate
from mdm.cli.fault_sheet import list_lines, view_lines
from mdm.cli.fault_warranty import warranty
from mdm.fleet.fleet import Fleet
from mdm.fleet.uai import parse_uai
from mdm.i18n import Translator
from mdm.logs import quiet_logs
from mdm.repairs.fault import Fault, FaultFilter, FaultKind, FaultPage, FaultView, parse_kind
from mdm.repairs.fault_states import STATE_NAMES, FaultState
from mdm.repairs.faults import Faults
from mdm.repairs.repairs import Repairs
from mdm.repairs.room import repair_room
from profiles.costs.money import parse_amount
from profiles.costs.warranties import PurchasedWarranties
from profiles.costs.words import parse_day

fault_argument = click.argument("reference", metavar="FAULT")
words_option = click.option("--words", default="", help=translate("What is to be remembered of it."))
state_option = click.option(
    "--state", type=click.Choice([state.value for state in FaultState]), help=translate("Only faults in this state.")
)
school_option = click.option("--school", "schools", multiple=True, help=translate("A school's UAI; may be repeated."))
kind_option = click.option("--kind", default="", help=translate("Only this kind: {kinds}.", kinds=", ".join(FaultKind)))


class FaultRooms(msgspec.Struct, frozen=True, kw_only=True):
    """What these verbs work with."""

    fleet: Fleet
    faults: Faults
    repairs: Repairs


@click.group(help=translate("Report what is wrong with tablets, and follow the repairs."))
def fault() -> None:
    """Group the verbs about faults."""


fault.add_command(warranty)


@fault.command(help=translate("Report a fault of TABLET; the same fault reported again joins the first report."))
@click.argument("tablet")
@click.option("--kind", required=True, help=translate("What is wrong: {kinds}.", kinds=", ".join(FaultKind)))
@words_option
@click.option("--unusable", is_flag=True, help=translate("The tablet cannot be used: it becomes broken, or lost."))
@click.option(
    "--photo",
    "photos",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=translate("A photo (JPEG, PNG or WebP), kept without its place and date; four at most."),
)
@json_option
@pass_cli
def report(
    cli: Cli, tablet: str, kind: str, words: str, unusable: bool, photos: tuple[Path, ...], as_json: bool
) -> None:
    """Report a fault."""

    async def work() -> Fault:
        bodies = [await asyncio.to_thread(photo.read_bytes) for photo in photos]
        async with _rooms(cli) as rooms:
            found = await rooms.fleet.tablet(tablet)
            return await rooms.faults.report(
                found.tablet.tablet_id,
                parse_kind(kind),
                words=words,
                unusable=unusable,
                photos=bodies,
                actor=cli.actor,
            )

    made = cli.run(work)
    show(made, as_json=as_json, lines=lambda: [translate("Reported: {fault}", fault=made.fault_id)])


@fault.command("list", help=translate("List the faults that are not closed, newest first."))
@state_option
@kind_option
@school_option
@click.option("--all", "everything", is_flag=True, help=translate("Closed ones too."))
@click.option("--after", default="", help=translate("Go on after this fault of the page before."))
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help=translate("How many."))
@json_option
@pass_cli
def list_faults(
    cli: Cli,
    state: str | None,
    kind: str,
    schools: tuple[str, ...],
    everything: bool,
    after: str,
    limit: int,
    as_json: bool,
) -> None:
    """Print a page of faults."""

    async def work() -> FaultPage:
        chosen = _chosen(state, kind, schools, everything=everything or state is not None)
        async with _rooms(cli) as rooms:
            return await rooms.faults.list(chosen, after=after, limit=limit)

    page = cli.run(work)
    show(page, as_json=as_json, lines=lambda: table(*list_lines(cli.words, page)))


@fault.command("show", help=translate("Show a fault with its history, its photos and its warranty."))
@fault_argument
@json_option
@pass_cli
def show_fault(cli: Cli, reference: str, as_json: bool) -> None:
    """Print a fault."""

    async def work() -> FaultView:
        async with _rooms(cli) as rooms:
            return await rooms.faults.show((await rooms.faults.find(reference)).fault_id)

    view = cli.run(work)
    show(view, as_json=as_json, lines=lambda: view_lines(cli.words, view))


@fault.command(help=translate("Write faults to a CSV file for a spreadsheet, closed ones too."))
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help=translate("The file."))
@state_option
@kind_option
@school_option
@pass_cli
def export(cli: Cli, out: Path, state: str | None, kind: str, schools: tuple[str, ...]) -> None:
    """Write the spreadsheet."""

    async def work() -> None:
        words: Translator = cli.words
        async with _rooms(cli) as rooms:
            body = await rooms.faults.export(_chosen(state, kind, schools, everything=True), words)
        await asyncio.to_thread(out.write_bytes, body)

    cli.run(work)
    click.echo(translate("Written: {file}", file=str(out)))


@fault.command(help=translate("Say that a technician looks at it."))
@fault_argument
@words_option
@json_option
@pass_cli
def take(cli: Cli, reference: str, words: str, as_json: bool) -> None:
    """Take a fault."""
    _step(cli, reference, as_json, lambda repairs, it: repairs.take(it, words=words, actor=cli.actor))


@fault.command(help=translate("Send the tablet to a workshop."))
@fault_argument
@click.option("--workshop", required=True, help=translate("Which workshop."))
@click.option("--ref", "its_reference", default="", help=translate("The workshop's reference."))
@click.option("--on", "day", help=translate("The day on which it was sent, such as 2026-03-31; today by default."))
@words_option
@json_option
@pass_cli
def send(
    cli: Cli, reference: str, workshop: str, its_reference: str, day: str | None, words: str, as_json: bool
) -> None:
    """Send a tablet to a workshop."""

    async def change(repairs: Repairs, fault_id: str) -> Fault:
        return await repairs.send(
            fault_id,
            workshop=workshop,
            reference=its_reference,
            sent_on=parse_day(day) if day else None,
            words=words,
            actor=cli.actor,
        )

    _step(cli, reference, as_json, change)


@fault.command(help=translate("Ask the maker to repair it under warranty."))
@fault_argument
@click.option("--ref", "its_reference", default="", help=translate("The reference of the claim."))
@words_option
@json_option
@pass_cli
def claim(cli: Cli, reference: str, its_reference: str, words: str, as_json: bool) -> None:
    """Claim a warranty."""
    _step(
        cli,
        reference,
        as_json,
        lambda repairs, it: repairs.claim(it, reference=its_reference, words=words, actor=cli.actor),
    )


@fault.command(help=translate("Note what the repair would cost, with VAT."))
@fault_argument
@click.option("--amount", required=True, help=translate("The amount in euros, such as 89,90."))
@words_option
@json_option
@pass_cli
def quote(cli: Cli, reference: str, amount: str, words: str, as_json: bool) -> None:
    """Note a quote."""

    async def change(repairs: Repairs, fault_id: str) -> Fault:
        return await repairs.quote(fault_id, amount_cents=parse_amount(amount), words=words, actor=cli.actor)

    _step(cli, reference, as_json, change)


@fault.command(help=translate("Say that the tablet works again, or was found."))
@fault_argument
@click.option("--wiped", is_flag=True, help=translate("It lost its settings: it has to be enrolled again."))
@words_option
@json_option
@pass_cli
def repair(cli: Cli, reference: str, wiped: bool, words: str, as_json: bool) -> None:
    """Say that a tablet is repaired."""
    _step(cli, reference, as_json, lambda repairs, it: repairs.repair(it, wiped=wiped, words=words, actor=cli.actor))


@fault.command(help=translate("Put the spare tablet SPARE into the tablet's place in its kit."))
@fault_argument
@click.argument("spare")
@words_option
@json_option
@pass_cli
def replace(cli: Cli, reference: str, spare: str, words: str, as_json: bool) -> None:
    """Replace a tablet."""

    async def work() -> Fault:
        async with _rooms(cli) as rooms:
            found = await rooms.faults.find(reference)
            tablet = await rooms.fleet.tablet(spare)
            return await rooms.repairs.replace(found.fault_id, tablet.tablet.tablet_id, words=words, actor=cli.actor)

    _show_step(cli, cli.run(work), as_json)


@fault.command("write-off", help=translate("Let the tablet leave the fleet for good."))
@fault_argument
@words_option
@json_option
@pass_cli
def write_off(cli: Cli, reference: str, words: str, as_json: bool) -> None:
    """Write a tablet off."""
    _step(cli, reference, as_json, lambda repairs, it: repairs.write_off(it, words=words, actor=cli.actor))


@fault.command(help=translate("Say that there is nothing to repair."))
@fault_argument
@words_option
@json_option
@pass_cli
def dismiss(cli: Cli, reference: str, words: str, as_json: bool) -> None:
    """Dismiss a fault."""
    _step(cli, reference, as_json, lambda repairs, it: repairs.dismiss(it, words=words, actor=cli.actor))


@fault.command(help=translate("Be done with a fault; a year later its words and photos are removed."))
@fault_argument
@words_option
@json_option
@pass_cli
def close(cli: Cli, reference: str, words: str, as_json: bool) -> None:
    """Close a fault."""
    _step(cli, reference, as_json, lambda repairs, it: repairs.close(it, words=words, actor=cli.actor))


@fault.command(help=translate("Say that it is not over."))
@fault_argument
@click.option("--unusable", is_flag=True, help=translate("The tablet cannot be used: it becomes broken, or lost."))
@words_option
@json_option
@pass_cli
def reopen(cli: Cli, reference: str, unusable: bool, words: str, as_json: bool) -> None:
    """Reopen a fault."""
    _step(
        cli,
        reference,
        as_json,
        lambda repairs, it: repairs.reopen(it, unusable=unusable, words=words, actor=cli.actor),
    )


def _chosen(state: str | None, kind: str, schools: tuple[str, ...], *, everything: bool) -> FaultFilter:
    return FaultFilter(
        state=FaultState(state) if state else None,
        under_way=not everything,
        kind=parse_kind(kind) if kind else None,
        schools=tuple(parse_uai(uai) for uai in schools) or None,
    )


def _step(cli: Cli, reference: str, as_json: bool, change: Callable[[Repairs, str], Awaitable[Fault]]) -> None:
    async def work() -> Fault:
        async with _rooms(cli) as rooms:
            return await change(rooms.repairs, (await rooms.faults.find(reference)).fault_id)

    _show_step(cli, cli.run(work), as_json)


def _show_step(cli: Cli, after: Fault, as_json: bool) -> None:
    show(after, as_json=as_json, lines=lambda: [f"{after.fault_id[-8:]}: {cli.words(STATE_NAMES[after.state])}"])


@asynccontextmanager
async def _rooms(cli: Cli) -> AsyncIterator[FaultRooms]:
    quiet_logs()
    async with cli.database() as database:
        repair = repair_room(database, cli.clock, cli.journal, PurchasedWarranties(), cli.settings.data_dir)
        yield FaultRooms(fleet=Fleet(database, cli.clock, cli.journal), faults=repair.faults, repairs=repair.repairs)
