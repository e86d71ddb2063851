"""``valise vote``: votes opened, cast and closed, by somebody who signs in; the register of decisions for all."""

from typing import cast

import click

from mdm.cli.context import Cli, json_option, pass_cli, show, table, translate
from mdm.cli.identity import Claim, as_person, signed_in
from mdm.cli.rooms import open_rooms
from mdm.clock import from_ms
from profiles.charter import vote_store
from profiles.charter.casting import Receipt
from profiles.charter.counting import Choice, Tally
from profiles.charter.decision import Decision
from profiles.charter.vote_store import VoteRow
from webui.permissions import Action, require

CHOICES = ("yes", "no", "abstain")


@click.group(help=translate("Open votes, vote, close them; read what was decided."))
def vote() -> None:
    """Group the verbs about votes."""


@vote.command("open", help=translate("Open the vote on a proposal that was examined."))
@click.argument("proposal")
@click.option("--meeting", help=translate("The meeting in which it is voted; it may then be closed at any moment."))
@json_option
@as_person
@pass_cli
def open_vote(cli: Cli, claim: Claim, proposal: str, meeting: str | None, as_json: bool) -> None:
    """Open a vote."""

    async def work() -> VoteRow:
        async with open_rooms(cli) as rooms:
            person = await signed_in(cli, rooms.database, claim)
            require(person, Action.OPEN_VOTE)
            return await rooms.charter.votes.open(proposal, actor=person.actor, meeting_id=meeting)

    opened = cli.run(work)
    until = f"{from_ms(opened.closes_at):%Y-%m-%d %H:%M} UTC"
    lines = [translate("The vote is open until {moment}.", moment=until), opened.digest]
    show(_opened(opened), as_json=as_json, lines=lambda: lines)


@vote.command("cast", help=translate("Vote for a seat that you hold. Who has a passkey votes on the proposal's page."))
@click.argument("proposal")
@click.argument("choice", type=click.Choice(CHOICES))
@click.option("--seat", help=translate("For which seat, when you hold several."))
@json_option
@as_person
@pass_cli
def cast_ballot(cli: Cli, claim: Claim, proposal: str, choice: str, seat: str | None, as_json: bool) -> None:
    """Cast a ballot."""

    async def work() -> Receipt:
        async with open_rooms(cli) as rooms:
            person = await signed_in(cli, rooms.database, claim)
            require(person, Action.VOTE)
            return await rooms.charter.casting.cast(proposal, claim.login, cast(Choice, choice), seat=seat)

    receipt = cli.run(work)
    lines = [translate("Your ballot is kept for the seat {seat}.", seat=receipt.seat)]
    if receipt.serial is not None:
        lines.append(translate("Its serial, which only you are told: {serial}", serial=receipt.serial))
    show(receipt, as_json=as_json, lines=lambda: lines)


@vote.command("close", help=translate("Close a vote whose time is over, or in which everybody voted, and count it."))
@click.argument("proposal")
@json_option
@as_person
@pass_cli
def close_vote(cli: Cli, claim: Claim, proposal: str, as_json: bool) -> None:
    """Close a vote."""

    async def work() -> Decision:
        async with open_rooms(cli) as rooms:
            person = await signed_in(cli, rooms.database, claim)
            require(person, Action.CLOSE_VOTE)
            return await rooms.charter.votes.close(proposal, actor=person.actor)

    decision = cli.run(work)
    show(decision.tally, as_json=as_json, lines=lambda: tally_lines(cli, decision.tally))


@vote.command("list", help=translate("List the votes that are open."))
@json_option
@pass_cli
def list_votes(cli: Cli, as_json: bool) -> None:
    """Print the open votes."""

    async def work() -> list[VoteRow]:
        async with open_rooms(cli) as rooms:
            return await rooms.database.read(vote_store.open_votes)

    found = cli.run(work)
    rows = [[one.proposal_id, f"{from_ms(one.closes_at):%Y-%m-%d %H:%M}", str(one.proposal().title)] for one in found]
    head = [translate(word) for word in ("PROPOSAL", "OPEN UNTIL (UTC)", "TITLE")]
    show([_opened(one) for one in found], as_json=as_json, lines=lambda: table(head, rows))


@vote.command("decisions", help=translate("Read the register of decisions, oldest first."))
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@json_option
@pass_cli
def decisions(cli: Cli, limit: int, as_json: bool) -> None:
    """Print the register of decisions."""

    async def work() -> list[VoteRow]:
        async with open_rooms(cli) as rooms:
            return await rooms.database.read(lambda conn: vote_store.decided_votes(conn, limit=limit))

    found = cli.run(work)
    words = {True: translate("adopted"), False: translate("rejected"), None: ""}
    rows = [
        [f"{from_ms(one.closed_at or 0):%Y-%m-%d}", words[one.adopted], one.proposal_id, one.proposal().title]
        for one in found
    ]
    head = [translate("DATE"), translate("DECISION"), translate("PROPOSAL"), translate("TITLE")]
    show([one.decided() for one in found], as_json=as_json, lines=lambda: table(head, rows))


def tally_lines(cli: Cli, tally: Tally) -> list[str]:
    """Return a count for a person."""
    head = [translate("BODY"), translate("SEATS"), translate("YES"), translate("NO"), translate("ABSTAIN"), ""]
    rows = [
        [
            one.body,
            str(one.seats),
            str(one.yes),
            str(one.no),
            str(one.abstain),
            cli.words(one.reason) if one.reason else "" if one.binding else translate("consulted"),
        ]
        for one in tally.bodies
    ]
    return [translate("Adopted.") if tally.adopted else translate("Rejected."), *table(head, rows)]


def _opened(row: VoteRow) -> dict[str, str | int | bool | None]:
    return {
        "proposal_id": row.proposal_id,
        "round": row.round,
        "digest": row.digest,
        "secret": row.secret,
        "opened_at": row.opened_at,
        "closes_at": row.closes_at,
        "meeting_id": row.meeting_id,
    }
