"""``valise committee``: who sits where, by appointments that one person proposes and another confirms."""

from collections.abc import Awaitable, Callable
from datetime import date

import click

from mdm.cli.committee_desk import Day, Desk, hour, open_desk, who
from mdm.cli.context import Cli, json_option, pass_cli, show, table, translate
from mdm.cli.identity import Claim, as_person
from profiles.charter.committee import NOBODY, Appointment
from profiles.charter.founding import end_of_day
from profiles.charter.seat_store import Holding
from webui.permissions import Action

_seat = click.argument("seat")
_holding = click.argument("holding", metavar="APPOINTMENT")


@click.group(help=translate("See who sits in the committee; appoint, confirm, refuse, end."))
def committee() -> None:
    """Group the verbs about seats."""


@committee.command("seats", help=translate("List how seats are held, and the appointments that wait."))
@click.option("--history", is_flag=True, help=translate("All that ever was."))
@json_option
@pass_cli
def seats(cli: Cli, history: bool, as_json: bool) -> None:
    """Print the seats."""

    async def work() -> tuple[list[Holding], list[str]]:
        async with open_desk(cli) as desk:
            found = await (desk.committee.history() if history else desk.committee.seats())
            return found, await desk.committee.edited()

    found, edited = cli.run(work)
    head = [
        translate("BODY"),
        translate("SEAT"),
        translate("LABEL"),
        translate("HOLDER"),
        translate("DEPUTY"),
        translate("STATE"),
        translate("UNTIL"),
        translate("APPOINTMENT"),
    ]
    rows = [_row(one) for one in found]
    lines = [*table(head, rows), *(translate("Edited by hand: {row}", row=one) for one in edited)]
    show({"seats": found, "edited": edited}, as_json=as_json, lines=lambda: lines)


@committee.command(help=translate("Propose who holds a seat, a new one or one that is held."))
@_seat
@click.option("--body", required=True, help=translate("The body, by its short name in the convention."))
@click.option("--label", required=True, help=translate("What the seat is called in the minutes."))
@click.option("--holder", required=True, help=translate("Who holds it, by login."))
@click.option("--deputy", help=translate("Who stands in for the holder, by login."))
@click.option("--reference", default="", help=translate("The act that appoints."))
@click.option("--term-ends", type=Day(), help=translate("The last day of the term, such as 2029-06-30."))
@json_option
@as_person
@pass_cli
def appoint(
    cli: Cli,
    claim: Claim,
    seat: str,
    body: str,
    label: str,
    holder: str,
    deputy: str | None,
    reference: str,
    term_ends: date | None,
    as_json: bool,
) -> None:
    """Propose an appointment."""
    wanted = Appointment(
        seat_id=seat,
        body=body,
        label=label,
        holder=holder,
        deputy=deputy,
        reference=reference,
        term_ends_at=None if term_ends is None else end_of_day(term_ends),
    )
    _act(cli, claim, Action.APPOINT_SEAT, lambda desk, login: desk.committee.appoint(wanted, login=login), as_json)


@committee.command(help=translate("Propose another deputy for a seat; without a LOGIN, none."))
@_seat
@click.argument("login", required=False)
@json_option
@as_person
@pass_cli
def deputy(cli: Cli, claim: Claim, seat: str, login: str | None, as_json: bool) -> None:
    """Propose another deputy."""
    _act(
        cli,
        claim,
        Action.APPOINT_SEAT,
        lambda desk, me: desk.committee.change_deputy(seat, login, login=me),
        as_json,
    )


@committee.command(help=translate("Propose to leave a seat empty."))
@_seat
@json_option
@as_person
@pass_cli
def end(cli: Cli, claim: Claim, seat: str, as_json: bool) -> None:
    """Propose a vacancy."""
    _act(cli, claim, Action.APPOINT_SEAT, lambda desk, login: desk.committee.end(seat, login=login), as_json)


@committee.command(help=translate("Give up a seat that you hold, at once."))
@_seat
@json_option
@as_person
@pass_cli
def resign(cli: Cli, claim: Claim, seat: str, as_json: bool) -> None:
    """Resign."""
    _act(cli, claim, Action.VOTE, lambda desk, login: desk.committee.resign(seat, login=login), as_json)


@committee.command(help=translate("Confirm an appointment that another person proposed; it holds from now on."))
@_holding
@json_option
@as_person
@pass_cli
def confirm(cli: Cli, claim: Claim, holding: str, as_json: bool) -> None:
    """Confirm an appointment."""
    _act(cli, claim, Action.VOTE, lambda desk, login: desk.committee.confirm(holding, login=login), as_json)


@committee.command(help=translate("Refuse an appointment, decline it, or take it back."))
@_holding
@json_option
@as_person
@pass_cli
def refuse(cli: Cli, claim: Claim, holding: str, as_json: bool) -> None:
    """Refuse an appointment."""
    _act(cli, claim, Action.VOTE, lambda desk, login: desk.committee.refuse(holding, login=login), as_json)


def _act(
    cli: Cli, claim: Claim, action: Action, step: Callable[[Desk, str], Awaitable[Holding]], as_json: bool
) -> None:
    async def work() -> Holding:
        async with open_desk(cli) as desk:
            return await step(desk, await desk.login(claim, action))

    done = cli.run(work)
    show(done, as_json=as_json, lines=lambda: [_sentence(done)])


def _sentence(one: Holding) -> str:
    if one.state == "proposed":
        return translate(
            "This waits for another person who holds a seat: valise committee confirm {holding}", holding=one.holding_id
        )
    if one.state == "refused":
        return translate("Refused.")
    if one.state == "ended":
        return translate("Nobody holds the seat {seat} any more.", seat=one.seat_id)
    return translate("{login} holds the seat {seat} now.", login=one.holder, seat=one.seat_id)


def _row(one: Holding) -> list[str]:
    states = {
        "proposed": translate("waits"),
        "confirmed": translate("held"),
        "ended": translate("over"),
        "refused": translate("refused"),
    }
    ends = [moment for moment in (one.until, one.term_ends_at) if moment is not None]
    holder = who(one.holder) if one.holder != NOBODY else translate("nobody")
    return [
        one.body,
        one.seat_id,
        one.label,
        holder,
        one.deputy or "",
        states[one.state],
        hour(min(ends)) if ends else "",
        one.holding_id if one.state == "proposed" else "",
    ]
