"""``valise evaluation``: protocols of evaluations and their exports; each act by one who signs in."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from mdm.cli.committee_desk import open_desk
from mdm.cli.context import Cli, json_option, pass_cli, show, table, translate
from mdm.cli.home_desk import open_home
from mdm.cli.identity import Claim, as_person, signed_in
from mdm.clock import from_ms
from mdm.home.evaluation.cohort import Choice
from mdm.home.evaluation.evaluation import STATE_NAMES, Evaluation, draft_of
from mdm.home.evaluation.export_store import EXPORT_STATE_NAMES, Export
from mdm.home.evaluation.guardians import Way
from mdm.home.evaluation.room import HomeFigures
from profiles.charter.studies import Studies
from webui.permissions import Action, require

T = TypeVar("T")


@click.group(help=translate("Write the protocols of evaluations, inform guardians, release exports to researchers."))
def evaluation() -> None:
    """Group the verbs about evaluations."""


@evaluation.command("list", help=translate("List the evaluations."))
@json_option
@pass_cli
def list_evaluations(cli: Cli, as_json: bool) -> None:
    """Print the evaluations."""
    found = cli.run(lambda: _read(cli, lambda room: room.evaluations.every()))
    head = [translate("EVALUATION"), translate("STATE"), translate("FROM"), translate("UNTIL"), translate("TITLE")]
    rows = [
        [
            one.evaluation_id,
            cli.words(STATE_NAMES[one.state]),
            one.draft.first_day.isoformat(),
            one.draft.last_day.isoformat(),
            one.draft.title,
        ]
        for one in found
    ]
    show([_tree(one) for one in found], as_json=as_json, lines=lambda: table(head, rows))


@evaluation.command("show", help=translate("Show an evaluation with its exports."))
@click.argument("reference", metavar="EVALUATION")
@json_option
@pass_cli
def show_evaluation(cli: Cli, reference: str, as_json: bool) -> None:
    """Print an evaluation."""

    async def look(room: HomeFigures) -> tuple[Evaluation, list[Export]]:
        return await room.evaluations.show(reference), await room.exports.of_evaluation(reference)

    found, exports = cli.run(lambda: _read(cli, look))
    tree = {**_tree(found), "exports": msgspec.to_builtins(exports)}
    show(tree, as_json=as_json, lines=lambda: _lines(cli, found, exports))


@evaluation.command(help=translate("Keep a new protocol, from a TOML file as in docs/evaluation.md."))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@as_person
@pass_cli
def draft(cli: Cli, claim: Claim, file: Path, as_json: bool) -> None:
    """Keep a protocol."""
    body = file.read_bytes()

    async def act(room: HomeFigures, actor: str) -> Evaluation:
        return await room.evaluations.draft(draft_of(body), actor=actor)

    _print(cli, cli.run(lambda: _act(cli, claim, Action.PROPOSE_EVALUATION, act)), as_json)


@evaluation.command(help=translate("Keep another text of a protocol on which the committee has not decided."))
@click.argument("reference", metavar="EVALUATION")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@as_person
@pass_cli
def change(cli: Cli, claim: Claim, reference: str, file: Path, as_json: bool) -> None:
    """Change a protocol."""
    body = file.read_bytes()

    async def act(room: HomeFigures, actor: str) -> Evaluation:
        seen = (await room.evaluations.show(reference)).revision
        return await room.evaluations.change(reference, draft_of(body), seen=seen, actor=actor)

    _print(cli, cli.run(lambda: _act(cli, claim, Action.PROPOSE_EVALUATION, act)), as_json)


@evaluation.command(
    help=translate("Submit a protocol to the committee, as a proposal of its own; its adoption decides.")
)
@click.argument("reference", metavar="EVALUATION")
@json_option
@as_person
@pass_cli
def submit(cli: Cli, claim: Claim, reference: str, as_json: bool) -> None:
    """Submit a protocol."""

    async def work() -> str:
        async with open_desk(cli) as desk:
            login = await desk.login(claim, Action.PROPOSE_EVALUATION)
            return await Studies(desk.rooms.database, cli.clock, desk.proposals).submit(reference, login=login)

    proposal = cli.run(work)
    line = translate("The protocol is before the committee, with the proposal {proposal}.", proposal=proposal)
    show({"proposal": proposal}, as_json=as_json, lines=lambda: [line])


@evaluation.command(help=translate("Note the adopted proposal with which the committee decided on a protocol."))
@click.argument("reference", metavar="EVALUATION")
@click.argument("proposal")
@json_option
@as_person
@pass_cli
def decide(cli: Cli, claim: Claim, reference: str, proposal: str, as_json: bool) -> None:
    """Note a decision."""

    async def act(room: HomeFigures, actor: str) -> Evaluation:
        return await room.evaluations.decide(reference, proposal, actor=actor)

    _print(cli, cli.run(lambda: _act(cli, claim, Action.RELEASE_EVALUATION, act)), as_json)


@evaluation.command(help=translate("Let a decided evaluation run."))
@click.argument("reference", metavar="EVALUATION")
@json_option
@as_person
@pass_cli
def start(cli: Cli, claim: Claim, reference: str, as_json: bool) -> None:
    """Start an evaluation."""

    async def act(room: HomeFigures, actor: str) -> Evaluation:
        return await room.evaluations.start(reference, actor=actor)

    _print(cli, cli.run(lambda: _act(cli, claim, Action.RELEASE_EVALUATION, act)), as_json)


@evaluation.command(help=translate("End an evaluation: its key is destroyed, and what was gathered is erased."))
@click.argument("reference", metavar="EVALUATION")
@json_option
@as_person
@pass_cli
def end(cli: Cli, claim: Claim, reference: str, as_json: bool) -> None:
    """End an evaluation."""

    async def act(room: HomeFigures, actor: str) -> Evaluation:
        return await room.evaluations.end(reference, actor=actor)

    _print(cli, cli.run(lambda: _act(cli, claim, Action.RELEASE_EVALUATION, act)), as_json)


@evaluation.command(
    help=translate("Note that guardians were informed: of all pupils of the schools, or of those that are named.")
)
@click.argument("reference", metavar="EVALUATION")
@click.option("--way", type=click.Choice([one.value for one in Way]), required=True, help=translate("How."))
@click.option("--pupil", "pupils", multiple=True, help=translate("A pupil's identifier; may be repeated."))
@json_option
@as_person
@pass_cli
def inform(cli: Cli, claim: Claim, reference: str, way: str, pupils: tuple[str, ...], as_json: bool) -> None:
    """Note who was informed."""

    async def act(room: HomeFigures, actor: str) -> int:
        return await room.guardians.inform(reference, Way(way), pupils=pupils or None, actor=actor)

    many = cli.run(lambda: _act(cli, claim, Action.RELEASE_EVALUATION, act))
    line = translate("Guardians of {pupils} more pupils are noted as informed.", pupils=many)
    show({"pupils": many}, as_json=as_json, lines=lambda: [line])


@evaluation.command(help=translate("Note what a guardian chose on paper: consented or objected."))
@click.argument("reference", metavar="EVALUATION")
@click.argument("pupil")
@click.argument("guardian")
@click.argument("choice", type=click.Choice([one.value for one in Choice]))
@json_option
@as_person
@pass_cli
def choose(cli: Cli, claim: Claim, reference: str, pupil: str, guardian: str, choice: str, as_json: bool) -> None:
    """Note a choice."""

    async def act(room: HomeFigures, actor: str) -> bool:
        return await room.guardians.choose(reference, pupil, guardian, Choice(choice), actor=actor, on_paper=True)

    part = cli.run(lambda: _act(cli, claim, Action.RELEASE_EVALUATION, act))
    line = translate("The pupil takes part.") if part else translate("The pupil does not take part.")
    show({"takes_part": part}, as_json=as_json, lines=lambda: [line])


@evaluation.command(help=translate("Ask for an export, and see what it would hold."))
@click.argument("reference", metavar="EVALUATION")
@json_option
@as_person
@pass_cli
def ask(cli: Cli, claim: Claim, reference: str, as_json: bool) -> None:
    """Ask for an export."""

    async def act(room: HomeFigures, actor: str) -> Export:
        return await room.exports.ask(reference, actor=actor)

    _print_export(cli, cli.run(lambda: _act(cli, claim, Action.PROPOSE_EVALUATION, act)), as_json)


@evaluation.command(help=translate("Show an export, with what it would hold now while it waits."))
@click.argument("export")
@json_option
@pass_cli
def preview(cli: Cli, export: str, as_json: bool) -> None:
    """Show an export."""
    _print_export(cli, cli.run(lambda: _read(cli, lambda room: room.exports.preview(export))), as_json)


@evaluation.command(help=translate("Release an export that somebody else asked for."))
@click.argument("export")
@json_option
@as_person
@pass_cli
def release(cli: Cli, claim: Claim, export: str, as_json: bool) -> None:
    """Release an export."""

    async def act(room: HomeFigures, actor: str) -> Export:
        return await room.exports.release(export, actor=actor)

    _print_export(cli, cli.run(lambda: _act(cli, claim, Action.RELEASE_EVALUATION, act)), as_json)


@evaluation.command(help=translate("Refuse an export."))
@click.argument("export")
@as_person
@pass_cli
def refuse(cli: Cli, claim: Claim, export: str) -> None:
    """Refuse an export."""

    async def act(room: HomeFigures, actor: str) -> None:
        await room.exports.refuse(export, actor=actor)

    cli.run(lambda: _act(cli, claim, Action.RELEASE_EVALUATION, act))
    click.echo(translate("The export is refused."))


@evaluation.command(help=translate("Write an export's file (zip); that it was fetched is in the journal."))
@click.argument("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@as_person
@pass_cli
def fetch(cli: Cli, claim: Claim, export: str, file: Path) -> None:
    """Fetch an export."""

    async def act(room: HomeFigures, actor: str) -> bytes:
        return await room.exports.fetch(export, actor=actor)

    body = cli.run(lambda: _act(cli, claim, Action.PROPOSE_EVALUATION, act))
    # Children's data, though without names: for its owner's eyes alone.
    file.touch(mode=0o600, exist_ok=True)
    file.write_bytes(body)
    click.echo(translate("{size} bytes are in {file}.", size=len(body), file=str(file)))


@evaluation.command(
    "to-erase", help=translate("Print the pseudonyms whose lines researchers must erase, after objections.")
)
@click.argument("reference", metavar="EVALUATION")
@json_option
@as_person
@pass_cli
def to_erase(cli: Cli, claim: Claim, reference: str, as_json: bool) -> None:
    """Print pseudonyms."""

    async def act(room: HomeFigures, actor: str) -> list[str]:
        del actor
        return await room.exports.to_erase(reference)

    found = cli.run(lambda: _act(cli, claim, Action.PROPOSE_EVALUATION, act))
    show(found, as_json=as_json, lines=lambda: found)


@evaluation.command(help=translate("Gather the weeks whose time has come; the server does it by itself."))
@pass_cli
def gather(cli: Cli) -> None:
    """Gather weeks."""
    many = cli.run(lambda: _read(cli, lambda room: room.gathering.gather_due()))
    click.echo(translate("{weeks} weeks were gathered.", weeks=many))


async def _read(cli: Cli, look: Callable[[HomeFigures], Awaitable[T]]) -> T:
    async with open_home(cli) as desk:
        return await look(desk.home.figures)


async def _act(cli: Cli, claim: Claim, action: Action, act: Callable[[HomeFigures, str], Awaitable[T]]) -> T:
    async with open_home(cli) as desk:
        person = await signed_in(cli, desk.database, claim)
        require(person, action)
        return await act(desk.home.figures, person.actor)


def _tree(found: Evaluation) -> dict[str, Any]:
    return {**msgspec.to_builtins(found), "digest": found.draft.digest}


def _print(cli: Cli, found: Evaluation, as_json: bool) -> None:
    show(_tree(found), as_json=as_json, lines=lambda: _lines(cli, found, []))


def _print_export(cli: Cli, export: Export, as_json: bool) -> None:
    show(export, as_json=as_json, lines=lambda: _export_lines(cli, export))


def _lines(cli: Cli, found: Evaluation, exports: list[Export]) -> list[str]:
    told = found.draft
    lines = [
        f"{told.title} · {found.evaluation_id} · {cli.words(STATE_NAMES[found.state])}",
        told.question,
        translate("From {first} to {last}.", first=told.first_day.isoformat(), last=told.last_day.isoformat()),
        translate("Schools: {schools}", schools=", ".join(told.schools)),
        translate("Variables: {variables}", variables=", ".join(told.variables)),
        translate("Digest, for the committee's proposal: {digest}", digest=told.digest),
    ]
    if found.ethics is not None:
        lines.append(translate("Decided with the proposal {proposal}.", proposal=found.ethics))
    return lines + [line for one in exports for line in _export_lines(cli, one)]


def _export_lines(cli: Cli, export: Export) -> list[str]:
    lines = [f"{export.export_id} · {cli.words(EXPORT_STATE_NAMES[export.state])}"]
    summary = export.summary
    if summary is not None:
        lines.append(
            translate(
                "  {rows} lines of {pupils} pupils, {left_out} left out; the smallest group has {smallest}",
                rows=summary.rows,
                pupils=summary.pupils,
                left_out=summary.left_out,
                smallest=summary.smallest,
            )
        )
    if export.expires_at is not None:
        lines.append(translate("  to be fetched until {day}", day=f"{from_ms(export.expires_at):%Y-%m-%d}"))
    if export.digest is not None:
        lines.append(f"  SHA-256 {export.digest}")
    return lines
