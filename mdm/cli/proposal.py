"""``valise proposal``: written, submitted, examined and discussed, by people who sign in; read by anybody."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import click

from mdm.cli.committee_desk import Desk, open_desk
from mdm.cli.context import Cli, json_option, pass_cli, show, translate
from mdm.cli.edition import gap_lines
from mdm.cli.identity import Claim, as_person
from mdm.cli.proposal_sheet import list_lines, sheet_lines, shown
from profiles.charter.convention import KINDS, Kind
from profiles.charter.differences import difference_lines
from profiles.charter.drafting import load_draft
from profiles.charter.proposal_life import STATES, ProposalState
from profiles.charter.proposal_store import ProposalLine
from profiles.charter.proposals import Effect, ProposalView
from profiles.compilers import compilers_of
from profiles.gaps import Gaps
from webui.permissions import Action

Step = Callable[[Desk, str, str], Awaitable[ProposalView]]
"""What is done at the desk, with a proposal's identifier and a login."""

_proposal = click.argument("proposal")
_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_revision = click.option(
    "--revision", type=click.IntRange(min=1), help=translate("The revision that you saw; refused if it is another now.")
)
_words = click.option("--words", default="", help=translate("What others read of it."))
_needed_words = click.option("--words", required=True, help=translate("What others read of it."))


@click.group(help=translate("Write proposals, submit, examine and discuss them."))
def proposal() -> None:
    """Group the verbs about proposals."""


@proposal.command(help=translate("Make a draft of a proposal from a TOML or JSON file."))
@_file
@json_option
@as_person
@pass_cli
def draft(cli: Cli, claim: Claim, file: Path, as_json: bool) -> None:
    """Make a draft."""

    body = file.read_bytes()

    async def work() -> ProposalView:
        async with open_desk(cli) as desk:
            given = load_draft(body, file.name)
            return await desk.proposals.draft(given, login=await desk.login(claim, Action.PROPOSE))

    _show(cli, cli.run(work), as_json)


@proposal.command("list", help=translate("List proposals, the one that changed last first; those with TEXT, if given."))
@click.argument("text", default="")
@click.option("--state", type=click.Choice(STATES), help=translate("Only in this state."))
@click.option("--kind", type=click.Choice(KINDS), help=translate("Only of this kind."))
@click.option("--author", default="", help=translate("Only of this author, by login."))
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@json_option
@pass_cli
def list_proposals(
    cli: Cli, text: str, state: ProposalState | None, kind: Kind | None, author: str, limit: int, as_json: bool
) -> None:
    """Print proposals."""

    async def work() -> list[ProposalLine]:
        async with open_desk(cli) as desk:
            return await desk.proposals.list(text=text, state=state, kind=kind, author=author, limit=limit)

    found = cli.run(work)
    show(found, as_json=as_json, lines=lambda: list_lines(cli.words, found))


@proposal.command("show", help=translate("Show a proposal with all that happened to it."))
@_proposal
@json_option
@pass_cli
def show_proposal(cli: Cli, proposal: str, as_json: bool) -> None:
    """Print a proposal."""

    async def work() -> ProposalView:
        async with open_desk(cli) as desk:
            return await desk.proposals.show(await desk.proposals.find(proposal))

    _show(cli, cli.run(work), as_json)


@proposal.command(help=translate("Say what tablets of each platform would not obey if the proposal were adopted."))
@_proposal
@json_option
@pass_cli
def gaps(cli: Cli, proposal: str, as_json: bool) -> None:
    """Print what cannot be enforced."""

    async def work() -> Gaps:
        async with open_desk(cli) as desk:
            compilers = compilers_of(cli.settings, cli.vault)
            return await desk.proposals.gaps(await desk.proposals.find(proposal), compilers)

    found = cli.run(work)
    show(found, as_json=as_json, lines=lambda: gap_lines(cli, found) or [translate("Everything is obeyed.")])


@proposal.command(help=translate("Say what would come, go and change if the proposal were adopted."))
@_proposal
@json_option
@pass_cli
def effect(cli: Cli, proposal: str, as_json: bool) -> None:
    """Print what a proposal changes."""

    async def work() -> Effect:
        async with open_desk(cli) as desk:
            return await desk.proposals.effect(await desk.proposals.find(proposal))

    found = cli.run(work)
    lines = difference_lines(found.before, found.after, cli.words)
    show(lines, as_json=as_json, lines=lambda: lines)


@proposal.command(help=translate("Put the content of a file in the place of a proposal's; it is a draft again."))
@_proposal
@_file
@click.option("--revision", type=click.IntRange(min=1), required=True, help=translate("The revision that you saw."))
@json_option
@as_person
@pass_cli
def change(cli: Cli, claim: Claim, proposal: str, file: Path, revision: int, as_json: bool) -> None:
    """Change a proposal."""

    body = file.read_bytes()

    async def step(desk: Desk, proposal_id: str, login: str) -> ProposalView:
        given = load_draft(body, file.name)
        return await desk.proposals.change(proposal_id, given, revision=revision, login=login)

    _act(cli, claim, Action.PROPOSE, proposal, step, as_json)


@proposal.command(help=translate("Submit a draft of yours: the days of notice begin."))
@_proposal
@_revision
@json_option
@as_person
@pass_cli
def submit(cli: Cli, claim: Claim, proposal: str, revision: int | None, as_json: bool) -> None:
    """Submit a proposal."""
    _act(
        cli,
        claim,
        Action.PROPOSE,
        proposal,
        lambda desk, one, login: desk.proposals.submit(one, login=login, revision=revision),
        as_json,
    )


@proposal.command(help=translate("Take back a proposal of yours before its vote."))
@_proposal
@_words
@json_option
@as_person
@pass_cli
def withdraw(cli: Cli, claim: Claim, proposal: str, words: str, as_json: bool) -> None:
    """Withdraw a proposal."""
    _act(
        cli,
        claim,
        Action.PROPOSE,
        proposal,
        lambda desk, one, login: desk.proposals.withdraw(one, login=login, words=words),
        as_json,
    )


@proposal.command(help=translate("Find a proposal admissible."))
@_proposal
@_words
@_revision
@json_option
@as_person
@pass_cli
def admit(cli: Cli, claim: Claim, proposal: str, words: str, revision: int | None, as_json: bool) -> None:
    """Admit a proposal."""
    _act(
        cli,
        claim,
        Action.EXAMINE_PROPOSAL,
        proposal,
        lambda desk, one, login: desk.proposals.admit(one, login=login, words=words, revision=revision),
        as_json,
    )


@proposal.command("send-back", help=translate("Send a proposal back to its author, with reasons."))
@_proposal
@_needed_words
@_revision
@json_option
@as_person
@pass_cli
def send_back(cli: Cli, claim: Claim, proposal: str, words: str, revision: int | None, as_json: bool) -> None:
    """Send a proposal back."""
    _act(
        cli,
        claim,
        Action.EXAMINE_PROPOSAL,
        proposal,
        lambda desk, one, login: desk.proposals.send_back(one, login=login, words=words, revision=revision),
        as_json,
    )


@proposal.command(
    help=translate("Note that a proposal was examined, with the report; a pilot is examined by the DSDEN.")
)
@_proposal
@_words
@_revision
@json_option
@as_person
@pass_cli
def examine(cli: Cli, claim: Claim, proposal: str, words: str, revision: int | None, as_json: bool) -> None:
    """Note an examination."""

    async def work() -> ProposalView:
        async with open_desk(cli) as desk:
            one = await desk.proposals.find(proposal)
            kind = (await desk.proposals.show(one)).row.kind
            action = Action.VALIDATE_PILOT if kind == "pilot" else Action.EXAMINE_PROPOSAL
            login = await desk.login(claim, action)
            return await desk.proposals.examine(one, login=login, words=words, revision=revision)

    _show(cli, cli.run(work), as_json)


@proposal.command(help=translate("Say something about a proposal under discussion."))
@_proposal
@_needed_words
@json_option
@as_person
@pass_cli
def comment(cli: Cli, claim: Claim, proposal: str, words: str, as_json: bool) -> None:
    """Comment on a proposal."""
    _act(
        cli,
        claim,
        Action.COMMENT,
        proposal,
        lambda desk, one, login: desk.proposals.comment(one, login=login, words=words),
        as_json,
    )


@proposal.command(help=translate("Request information about a proposal."))
@_proposal
@_needed_words
@json_option
@as_person
@pass_cli
def ask(cli: Cli, claim: Claim, proposal: str, words: str, as_json: bool) -> None:
    """Request information."""
    _act(
        cli,
        claim,
        Action.COMMENT,
        proposal,
        lambda desk, one, login: desk.proposals.ask(one, login=login, words=words),
        as_json,
    )


@proposal.command(help=translate("Answer the request for information that has this number in the history."))
@_proposal
@click.argument("request", type=click.IntRange(min=1))
@_needed_words
@json_option
@as_person
@pass_cli
def answer(cli: Cli, claim: Claim, proposal: str, request: int, words: str, as_json: bool) -> None:
    """Answer a request."""
    _act(
        cli,
        claim,
        Action.COMMENT,
        proposal,
        lambda desk, one, login: desk.proposals.answer(one, request=request, login=login, words=words),
        as_json,
    )


@proposal.command("stand-aside", help=translate("Declare a conflict of interest: the seat does not vote on it."))
@_proposal
@click.argument("seat")
@_needed_words
@json_option
@as_person
@pass_cli
def stand_aside(cli: Cli, claim: Claim, proposal: str, seat: str, words: str, as_json: bool) -> None:
    """Stand aside."""
    _act(
        cli,
        claim,
        Action.DECLARE_CONFLICT,
        proposal,
        lambda desk, one, login: desk.proposals.stand_aside(one, seat_id=seat, login=login, words=words),
        as_json,
    )


def _act(cli: Cli, claim: Claim, action: Action, reference: str, step: Step, as_json: bool) -> None:
    async def work() -> ProposalView:
        async with open_desk(cli) as desk:
            login = await desk.login(claim, action)
            return await step(desk, await desk.proposals.find(reference), login)

    _show(cli, cli.run(work), as_json)


def _show(cli: Cli, view: ProposalView, as_json: bool) -> None:
    show(shown(view), as_json=as_json, lines=lambda: sheet_lines(cli.words, view))
