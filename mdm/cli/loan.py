"""``valise loan``: tablets lent to families, from their preparation to their return, and who did the training."""

from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path

import click

from mdm.cli.context import Cli, json_option, pass_cli, show, table, translate
from mdm.cli.home_desk import open_home
from mdm.fleet.tablet_store import find_tablet
from mdm.fleet.uai import parse_uai
from mdm.home.calendar.errors import DateInvalid
from mdm.home.loans.list_store import LoanList
from mdm.home.loans.loan import USUAL_PARTS, Condition, Loan, LoanCounts, LoanDetail, LoanPage, Part, Wear
from mdm.home.loans.loans import Loans
from mdm.home.loans.states import STATE_NAMES

_WEAR = click.Choice([one.value for one in Wear])
_PARTS = click.Choice([one.value for one in Part])


@click.group(help=translate("Lend tablets to families: prepare, hand over, take back, list."))
def loan() -> None:
    """Group the verbs about loans."""


@loan.command(help=translate("Set a tablet aside for a pupil; TABLET is its label's code, serial number or name."))
@click.argument("tablet")
@click.argument("pupil_id", metavar="PUPIL")
@click.option("--due", required=True, help=translate("The planned day of return, such as 2027-06-25."))
@click.option("--part", "parts", multiple=True, type=_PARTS, help=translate("What goes with it; may be repeated."))
@json_option
@pass_cli
def prepare(cli: Cli, tablet: str, pupil_id: str, due: str, parts: tuple[str, ...], as_json: bool) -> None:
    """Prepare a loan."""
    due_on, chosen = _day(due), tuple(Part(one) for one in parts) or USUAL_PARTS

    async def work() -> Loan:
        async with open_home(cli) as desk:
            if tablet.lower().startswith("valise:"):
                tablet_id, _ = await desk.home.lists.scan(tablet)
            else:
                tablet_id = (await desk.database.read(lambda conn: find_tablet(conn, tablet))).tablet_id
            return await desk.home.loans.prepare(tablet_id, pupil_id, due_on=due_on, parts=chosen, actor=cli.actor)

    _say(cli, cli.run(work), as_json)


@loan.command("paper", help=translate("Note a guardian's agreement that was signed on paper."))
@click.argument("loan_id")
@click.argument("guardian_id")
@click.option("--on", "signed_on", required=True, help=translate("The day on which it was signed."))
@click.option("--insured", is_flag=True, help=translate("An insurance was declared."))
@json_option
@pass_cli
def note_on_paper(cli: Cli, loan_id: str, guardian_id: str, signed_on: str, insured: bool, as_json: bool) -> None:
    """Note an agreement on paper."""
    day = _day(signed_on)

    _step(
        cli,
        as_json,
        lambda loans: loans.agreements.note_on_paper(
            loan_id, guardian_id, signed_on=day, insured=insured, actor=cli.actor
        ),
    )


@loan.command("hand-over", help=translate("Give the tablet to the family, in the state that both have seen."))
@click.argument("loan_id")
@click.option("--screen", type=_WEAR, default="good", show_default=True, help=translate("The screen's state."))
@click.option("--body", type=_WEAR, default="good", show_default=True, help=translate("The body's state."))
@click.option("--note", default="", help=translate("A few words about the tablet, not about persons."))
@json_option
@pass_cli
def hand_over(cli: Cli, loan_id: str, screen: str, body: str, note: str, as_json: bool) -> None:
    """Hand a tablet over."""
    condition = Condition(screen=Wear(screen), body=Wear(body), note=note)

    _step(cli, as_json, lambda loans: loans.hand_over(loan_id, condition, actor=cli.actor))


@loan.command("return", help=translate("Take the tablet back, in the state in which it is."))
@click.argument("loan_id")
@click.option("--screen", type=_WEAR, default="good", show_default=True, help=translate("The screen's state."))
@click.option("--body", type=_WEAR, default="good", show_default=True, help=translate("The body's state."))
@click.option("--out-of-order", is_flag=True, help=translate("It does not work."))
@click.option("--missing", multiple=True, type=_PARTS, help=translate("What did not come back; may be repeated."))
@click.option("--note", default="", help=translate("A few words about the tablet, not about persons."))
@json_option
@pass_cli
def take_back(
    cli: Cli,
    loan_id: str,
    screen: str,
    body: str,
    out_of_order: bool,
    missing: tuple[str, ...],
    note: str,
    as_json: bool,
) -> None:
    """Take a tablet back."""
    condition = Condition(
        screen=Wear(screen),
        body=Wear(body),
        works=not out_of_order,
        missing=tuple(Part(one) for one in missing),
        note=note,
    )

    _step(cli, as_json, lambda loans: loans.take_back(loan_id, condition, actor=cli.actor))


@loan.command(help=translate("Declare that the family lost the tablet."))
@click.argument("loan_id")
@json_option
@pass_cli
def lost(cli: Cli, loan_id: str, as_json: bool) -> None:
    """Declare a tablet lost."""

    _step(cli, as_json, lambda loans: loans.declare_lost(loan_id, actor=cli.actor))


@loan.command(help=translate("Say that the family found the tablet: its position is erased, and it is unlocked."))
@click.argument("loan_id")
@json_option
@pass_cli
def found(cli: Cli, loan_id: str, as_json: bool) -> None:
    """Say that a lost tablet is in the family's hands again."""

    _step(cli, as_json, lambda loans: loans.find(loan_id, actor=cli.actor))


@loan.command(help=translate("Choose another planned day of return."))
@click.argument("loan_id")
@click.argument("day")
@json_option
@pass_cli
def extend(cli: Cli, loan_id: str, day: str, as_json: bool) -> None:
    """Choose another day."""
    due_on = _day(day)

    _step(cli, as_json, lambda loans: loans.extend(loan_id, due_on, actor=cli.actor))


@loan.command(help=translate("End a loan that never began, or whose tablet is given up."))
@click.argument("loan_id")
@json_option
@pass_cli
def end(cli: Cli, loan_id: str, as_json: bool) -> None:
    """End a loan."""

    _step(cli, as_json, lambda loans: loans.end(loan_id, actor=cli.actor))


@loan.command(help=translate("Let a school's year end: what never began is ended, what is out comes back by DAY."))
@click.argument("uai")
@click.argument("day")
@json_option
@pass_cli
def year(cli: Cli, uai: str, day: str, as_json: bool) -> None:
    """End a year."""
    last_day = _day(day)

    async def work() -> dict[str, int]:
        async with open_home(cli) as desk:
            return await desk.home.loans.end_year(parse_uai(uai), last_day, actor=cli.actor)

    counts = cli.run(work)
    lines = [translate("Ended: {ended}; called back: {called_back}.", **counts)]
    show(counts, as_json=as_json, lines=lambda: lines)


@loan.command("list", help=translate("List a school's loans; with --csv, write the list to a file."))
@click.argument("uai")
@click.option("--which", type=click.Choice([one.value for one in LoanList]), default="out", show_default=True,
              help=translate("Which of the school's lists."))  # fmt: skip
@click.option("--csv", "file", type=click.Path(dir_okay=False, path_type=Path), help=translate("The file to write."))
@json_option
@pass_cli
def list_loans(cli: Cli, uai: str, which: str, file: Path | None, as_json: bool) -> None:
    """Print a list of loans."""

    async def work() -> tuple[LoanPage, LoanCounts, bytes]:
        async with open_home(cli) as desk:
            code = parse_uai(uai)
            page = await desk.home.lists.page(code, LoanList(which), limit=1000)
            body = await desk.home.lists.sheet(code, LoanList(which), cli.words) if file is not None else b""
            return page, await desk.home.lists.counts(code), body

    page, counts, body = cli.run(work)
    if file is not None:
        file.write_bytes(body)
        file.chmod(0o600)
    head = [translate("LOAN"), translate("PUPIL"), translate("CLASS"), translate("TABLET"), translate("RETURN")]
    rows = [
        [
            one.loan.loan_id,
            one.pupil.shown_name if one.pupil is not None else "",
            one.class_name,
            one.tablet_name,
            one.loan.due_on.isoformat(),
        ]
        for one in page.loans
    ]
    told = translate(
        "waiting {waiting}, to hand over {to_hand_over}, out {out}, overdue {overdue}, lost {lost}",
        waiting=counts.waiting, to_hand_over=counts.to_hand_over, out=counts.out, overdue=counts.overdue,
        lost=counts.lost,
    )  # fmt: skip
    show({"loans": page.loans, "counts": counts}, as_json=as_json, lines=lambda: [*table(head, rows), told])


@loan.command("show", help=translate("Show a loan with its agreements and its text."))
@click.argument("loan_id")
@json_option
@pass_cli
def show_loan(cli: Cli, loan_id: str, as_json: bool) -> None:
    """Print a loan."""

    async def work() -> LoanDetail:
        async with open_home(cli) as desk:
            return await desk.home.lists.loan(loan_id)

    detail = cli.run(work)
    show(detail, as_json=as_json, lines=lambda: _detail_lines(cli, detail))


@loan.command(help=translate("Note that guardians attended the training in a room."))
@click.argument("guardian_ids", metavar="GUARDIAN...", nargs=-1, required=True)
@click.option("--on", "day", required=True, help=translate("The day of the meeting."))
@pass_cli
def attended(cli: Cli, guardian_ids: tuple[str, ...], day: str) -> None:
    """Note attendance."""
    held_on = _day(day)

    async def work() -> int:
        async with open_home(cli) as desk:
            return await desk.home.training.note_attended(guardian_ids, held_on, actor=cli.actor)

    click.echo(translate("Noted for {count} guardians who had not done it before.", count=cli.run(work)))


def _step(cli: Cli, as_json: bool, act: Callable[[Loans], Awaitable[Loan]]) -> None:
    async def work() -> Loan:
        async with open_home(cli) as desk:
            return await act(desk.home.loans)

    _say(cli, cli.run(work), as_json)


def _say(cli: Cli, done: Loan, as_json: bool) -> None:
    state = cli.words(STATE_NAMES[done.state])
    lines = [translate("Loan {id}: {state}, due {day}", id=done.loan_id, state=state, day=done.due_on.isoformat())]
    show(done, as_json=as_json, lines=lambda: lines)


def _detail_lines(cli: Cli, detail: LoanDetail) -> list[str]:
    view = detail.view
    who = view.pupil.shown_name if view.pupil is not None else ""
    lines = [f"{view.tablet_name}: {who}, {view.class_name}", f"{cli.words(STATE_NAMES[view.loan.state])}"]
    lines += [
        translate("accepted by {label} on {day} ({way})", label=one.label, day=one.accepted_on.isoformat(), way=one.way)
        for one in detail.acceptances
    ]
    return [*lines, "", *detail.terms.text.splitlines()]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(translate(DateInvalid.message, text=text)) from error
